"""The reader's language: English words → those of the language that pages are being made in.

English is what stands in code and templates; another language is a gettext catalogue, `locale/LANGUAGE.po`, whose
entries are found by the English words. Which language is spoken is a context variable, so that words deep inside a
page need not be handed it. Documents, errors and the terminal speak English only.

Words with values are written `gettext("%(count)s of %(total)s") % {...}`: the same form as in templates, so that
one check compares the places in both languages.
"""

import functools
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Final, TypeVar, cast

ENGLISH: Final = "en"
LANGUAGES: Final = {ENGLISH: "English", "zh": "简体中文"}
"""What each language calls itself, by its BCP 47 tag."""
CATALOGUES: Final = Path(__file__).parent / "locale"

T = TypeVar("T")

_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


def spoken() -> str:
    """Return the tag of the language that is being spoken."""
    return _spoken.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak `language`, one of LANGUAGES, until the end of the block."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def while_speaking(language: str, pieces: Iterator[T]) -> Iterator[T]:
    """Yield `pieces`, each made while `language` is spoken; who takes them hears nothing of it."""
    end = object()
    while True:
        with speaking(language):
            piece = next(pieces, end)
        if piece is end:
            return
        yield cast("T", piece)


def gettext(message: str) -> str:
    """Return the words for `message`; those of English where the catalogue has none."""
    return _catalogue(_spoken.get()).gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """Return the words for `count` things."""
    return _catalogue(_spoken.get()).ngettext(one, many, count)


def listed(words: Iterable[str]) -> str:
    """Return the words one after the other, separated as the language does."""
    return gettext(", ").join(words)


def mark(message: str) -> str:
    """Mark words for the catalogue where they stand; whoever shows them calls `gettext` then."""
    return message


@functools.cache
def _catalogue(language: str) -> NullTranslations:
    path = CATALOGUES / f"{language}.po"
    if language == ENGLISH or not path.is_file():
        return NullTranslations()
    from babel.messages import mofile, pofile

    compiled = io.BytesIO()
    with path.open("rb") as stream:
        mofile.write_mo(compiled, pofile.read_po(stream, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
