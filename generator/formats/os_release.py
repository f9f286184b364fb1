"""os-release(5): shell-compatible assignments, one a line."""

import shlex
from typing import Final

from generator.errors import FormatError

_LONGEST: Final = 16 * 1024
"""Characters of one value: hundreds are real, and shlex's time grows with the square of a word's length."""


def parse_os_release(content: bytes, *, path: str) -> dict[str, str]:
    """Return the fields in the file's order, values unquoted; a later assignment of a name wins.

    Lines that are no assignment are passed over, as every reader of this file does; bytes that are not UTF-8 come
    out as replacement characters. Raises FormatError for a value whose quotes do not close or that is too long, and
    for binary files.
    """
    if b"\0" in content:
        raise FormatError(path=path, offset=content.index(b"\0"), rule="a text file, found a NUL byte")
    fields: dict[str, str] = {}
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        name, equals, value = line.strip().partition("=")
        if not equals or not name.isidentifier() or not name.isascii():
            continue
        if len(value) > _LONGEST:
            raise FormatError(path=path, offset=f"line {number}", rule=f"a value of at most {_LONGEST} characters")
        try:
            fields[name] = "".join(shlex.split(value, comments=False, posix=True))
        except ValueError as err:
            raise FormatError(path=path, offset=f"line {number}", rule=f"a quoted value ({err})") from err
    return fields
