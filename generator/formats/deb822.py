"""Debian's control syntax, deb822(5): stanzas of `Name: value` lines, continued by lines that begin with a blank.

In: bytes and the names of the fields that matter. Out: one mapping a stanza, in order. Signed files and the
difference between simple, folded and multi-line fields are the caller's.
"""

from collections.abc import Collection, Iterator

from generator.errors import FormatError

Stanza = dict[str, list[str]]
"""Lower-case field name → its lines: the value after the colon, then each continuation, blanks at the ends gone."""


def stanzas(content: bytes, wanted: Collection[str], *, path: str, strict: bool = True) -> Iterator[tuple[int, Stanza]]:
    """Give each stanza's first line number and its `wanted` fields (lower case), a stanza without them too.

    Lines that are no field and no continuation, and fields that come twice, end in FormatError; where `strict` is
    false, the former are passed over and the first of the latter counts. NUL bytes are a FormatError always.
    Bytes that are not UTF-8 come out as replacement characters. Linear in the size of `content`.
    """
    if (found := content.find(b"\0")) >= 0:
        raise FormatError(path=path, offset=found, rule="a text file, found a NUL byte")
    stanza: Stanza | None = None
    names: set[bytes] = set()
    start = 1
    lines: list[str] | None = None
    """Of the field that a continuation line belongs to; None for a field that is not wanted."""
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            if stanza is not None:
                yield start, stanza
            stanza, lines = None, None
            continue
        if line.startswith(b"#"):
            continue
        if stanza is None:
            stanza, names, start = {}, set(), number
        if line[0] in b" \t":
            if lines is not None:
                lines.append(line.decode("utf-8", "replace").strip())
            elif strict and not names:
                raise FormatError(path=path, offset=f"line {number}", rule="a stanza begins with a field")
            continue
        name, colon, value = line.partition(b":")
        name = name.rstrip().lower()
        if not colon or not name or b" " in name:
            if strict:
                raise FormatError(path=path, offset=f"line {number}", rule="a field: name, colon, value")
            lines = None
            continue
        if name in names:
            if strict:
                raise FormatError(path=path, offset=f"line {number}", rule="each field once a stanza")
            lines = None
            continue
        names.add(name)
        field = name.decode("utf-8", "replace")
        lines = None
        if field in wanted:
            lines = stanza[field] = [value.decode("utf-8", "replace").strip()]
    if stanza is not None:
        yield start, stanza
