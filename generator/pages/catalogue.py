"""The catalogues of other languages, kept in step with the words in code and templates: `python -m` this module.

Out of every module of the program and every template come the messages that readers may see; a catalogue
(`locale/LANGUAGE.po`) gets those that are new, untranslated, and loses those that are gone. It is sorted by message and
holds neither places nor dates, so that a change of words is all that changes in it.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import jinja2.ext
from babel.messages import pofile
from babel.messages.catalog import Catalog
from babel.messages.extract import extract

from generator.language import CATALOGUES, ENGLISH, LANGUAGES

Id = str | tuple[str, str]
"""The English words; for a count, those for one and those for many."""

_PROGRAM: Final = Path(__file__).parents[1]
_KEYWORDS: Final = {"_": None, "gettext": None, "mark": None, "ngettext": (1, 2)}
_OPTIONS: Final = {"newstyle_gettext": "true", "trimmed": "true", "silent": "false"}
_HEADER: Final = """\
# Words of the site in another language. `make words` brings in new messages and takes out those that are gone.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals};\\n"

"""


def messages(templates: Path) -> set[Id]:
    """Return every message of the program and of `templates`."""
    found = set(_in_files(_PROGRAM, "*.py", "python"))
    found.update(_in_files(templates, "*.j2", jinja2.ext.babel_extract))
    return found


def updated(content: bytes, language: str, wanted: set[Id]) -> bytes:
    """Return the catalogue `content` with exactly the wanted messages; translations of those that stay are kept."""
    old = pofile.read_po(io.BytesIO(content), locale=language)
    new = Catalog(locale=language)
    for one in wanted:
        known = old.get(one if isinstance(one, str) else one[0])
        same = known is not None and (known.id if isinstance(known.id, str) else tuple(known.id)) == one
        new.add(one, known.string if known is not None and same else None)
    written = io.BytesIO()
    pofile.write_po(written, new, sort_output=True, omit_header=True, width=120)
    header = _HEADER.format(language=language, plurals=new.plural_forms.rstrip(";"))
    return header.encode() + written.getvalue().strip() + b"\n"


def update(templates: Path, catalogues: Path = CATALOGUES) -> None:
    """Bring the catalogue of each language up to date."""
    wanted = messages(templates)
    for language in LANGUAGES:
        path = catalogues / f"{language}.po"
        if language != ENGLISH:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(updated(path.read_bytes() if path.is_file() else b"", language, wanted))


def _in_files(folder: Path, pattern: str, method: Any) -> Iterator[Id]:
    for path in sorted(folder.rglob(pattern)):
        with path.open("rb") as stream:
            for _, message, _, _ in extract(method, stream, keywords=_KEYWORDS, options=_OPTIONS):
                if message:
                    yield message if isinstance(message, str) else (message[0], message[1])


if __name__ == "__main__":
    update(Path("templates"))
