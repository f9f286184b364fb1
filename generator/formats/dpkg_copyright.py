"""Debian copyright files (`usr/share/doc/PACKAGE/copyright`) in the machine-readable format 1.0 (DEP 5).

Out: the license short names, as written; or None for prose, in which nothing is guessed. License texts, copyright
holders and file patterns are not read.
"""

from typing import Final

from generator.formats.deb822 import stanzas

_WANTED: Final = frozenset({"format", "format-specification", "license"})


def parse_copyright(content: bytes, *, path: str) -> tuple[str, ...] | None:
    """Return the short names (`GPL-2+ or MIT` is one) in order of first use, or None if it is not format 1.0.

    Real files have stray lines; those are passed over. Raises FormatError for binary files.
    """
    names: dict[str, None] = {}
    for count, (_, stanza) in enumerate(stanzas(content, _WANTED, path=path, strict=False)):
        if count == 0:
            declared = (stanza.get("format") or stanza.get("format-specification") or [""])[0].lower()
            if "copyright-format/1.0" not in declared and "dep5" not in declared and "dep-5" not in declared:
                return None
        name = " ".join(stanza.get("license", [""])[0].split())
        if name:
            names[name] = None
    return tuple(names) if names else None
