"""Debian copyright files (`usr/share/doc/PACKAGE/copyright`): machine-readable (format 1.0, DEP 5) or prose.

Out: the licence short names, as written, that the file's `Files` paragraphs give (the header's, where there are none);
of prose only which texts in /usr/share/common-licenses it refers to, for nothing else in it can be told soundly.
Paragraphs that only hold a licence's text say nothing about files and are passed over, as are copyright holders.
"""

import re
from typing import Final

import msgspec

from generator.errors import FormatError
from generator.formats.deb822 import stanzas

_WANTED: Final = frozenset({"format", "format-specification", "license", "files"})
_REFERENCE: Final = re.compile(rb"/usr/share/common-licenses/([A-Za-z]+(?:-[0-9]+(?:\.[0-9]+)*)?)")
_MOST_NAMES: Final = 300
_LONGEST_NAME: Final = 500


class Copyright(msgspec.Struct, frozen=True):
    """What one copyright file says."""

    machine_readable: bool
    names: tuple[str, ...] = ()
    """Short names (`GPL-2+ or MIT` is one) in order of first use; only of machine-readable files."""
    references: tuple[str, ...] = ()
    """Names of texts in /usr/share/common-licenses that are referred to, sorted; only of prose."""


def parse_copyright(content: bytes, *, path: str) -> Copyright:
    """Read one file. Real files have stray lines; those are passed over.

    Raises FormatError for binary files, and for more or longer names than any real file has.
    """
    names: dict[str, None] = {}
    header = ""
    for count, (line, stanza) in enumerate(stanzas(content, _WANTED, path=path, strict=False)):
        if count == 0:
            declared = (stanza.get("format") or stanza.get("format-specification") or [""])[0].lower()
            if "copyright-format/1.0" not in declared and "dep5" not in declared and "dep-5" not in declared:
                return _prose(content)
        name = " ".join(stanza.get("license", [""])[0].split())
        if len(name) > _LONGEST_NAME or len(names) > _MOST_NAMES:
            raise FormatError(path=path, offset=f"line {line}", rule="a few short licence names")
        if name and "files" in stanza:
            names[name] = None
        elif name and count == 0:
            header = name
    if not names and header:
        names[header] = None
    return Copyright(True, tuple(names)) if names else _prose(content)


def _prose(content: bytes) -> Copyright:
    found = {match[1].decode() for match in _REFERENCE.finditer(content)}
    return Copyright(False, references=tuple(sorted(found)[:_MOST_NAMES]))
