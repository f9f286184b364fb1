"""Toybox: its version, commands and the options of each, from the table that it dispatches on.

In: the bytes of one executable. Out: a frozen `Toybox`; FormatError for files that are none. Read as toybox's own
sources lay it out: `struct toy_list { char *name; void (*toy_main)(void); char *options; unsigned flags; }`
(toys.h), sorted by name, pointers through relocations; the option grammar is that of lib/args.c.

The options are complete: toybox itself parses its arguments by these strings. Commands whose string is null parse
their arguments on their own, and are not analysed.
"""

import re
import struct
from collections.abc import Iterator
from typing import Final

import msgspec

from generator.errors import FormatError
from generator.formats.elf import ELSEWHERE, MAGIC, Elf, read_elf
from generator.formats.option import NOT_ANALYSED, Argument, CommandOptions, Option, merged

_VERSION: Final = re.compile(rb"(?<![\w.])(0\.\d+\.\d+(?:-[-\w]+)?)\0")
_NAME: Final = re.compile(rb"[-A-Za-z0-9_.+\[?]{1,40}")
_INSTALLED: Final = 0x1 | 0x2 | 0x4
"""TOYFLAG_USR, TOYFLAG_BIN, TOYFLAG_SBIN: where the command would be linked; internal entries have none of them."""
_LEAST_COMMANDS: Final = 20
_MAX_COMMANDS: Final = 2000


class Toybox(msgspec.Struct, frozen=True, kw_only=True):
    """One toybox executable."""

    version: str
    """Empty where it is not told."""
    commands: tuple[str, ...]
    """In the order of the table; without internal entries and toybox itself."""
    internal: tuple[str, ...]
    """Names in the table that are no commands."""
    options: dict[str, CommandOptions]


def is_toybox(content: bytes) -> bool:
    """Tell at the cost of one search whether `parse_toybox` is worth calling."""
    return content.startswith(MAGIC) and b"toybox" in content


def parse_toybox(content: bytes, *, path: str) -> Toybox:
    """Read a toybox executable; raises FormatError where no table of commands is found."""
    if not is_toybox(content):
        raise FormatError(path=path, offset=0, rule="an executable that names toybox")
    table = _table(read_elf(content, path=path))
    if not table:
        raise FormatError(path=path, offset=0, rule="toybox's sorted table of commands")
    commands = {name: options for name, options, flags in table if flags & _INSTALLED}
    version = next((m[1].decode() for m in _VERSION.finditer(content)), "")
    return Toybox(
        version=version,
        commands=tuple(commands),
        internal=tuple(name for name, _, flags in table if not flags & _INSTALLED),
        options={name: _command_options(text) for name, text in commands.items()},
    )


def _table(file: Elf) -> list[tuple[str, bytes | None, int]]:
    """Return the longest sorted run of entries, without toybox itself; nothing where none is long enough."""
    flags = struct.Struct(file.order + "I")
    longest: list[tuple[str, bytes | None, int]] = []
    used: set[int] = set()
    for start in file.constants:
        rows: list[tuple[str, bytes | None, int]] = []
        at = start
        while at not in used and (row := _entry(file, at, flags)) is not None:
            used.add(at)
            at += 4 * file.word_size
            if row[0] == "toybox":
                continue
            if rows and row[0] <= rows[-1][0]:  # another array before the table
                rows = []
            rows.append(row)
            longest = max(longest, rows, key=len)
    return longest if _LEAST_COMMANDS <= len(longest) <= _MAX_COMMANDS else []


def _entry(file: Elf, at: int, flags: struct.Struct) -> tuple[str, bytes | None, int] | None:
    word = file.word_size
    name_at, main = file.constants.get(at, 0), file.constants.get(at + word, 0)
    if name_at in (0, ELSEWHERE) or main == 0:
        return None
    name = file.string_at(name_at, 64)
    offset = file.offset_of(at + 3 * word)
    if name is None or not _NAME.fullmatch(name) or offset is None or offset + 4 > len(file.content):
        return None
    options_at = file.pointer_at(at + 2 * word)
    options = None if options_at == 0 else file.string_at(options_at, 4096)
    if options_at and options is None:
        return None
    return name.decode(), options, flags.unpack_from(file.content, offset)[0]


# The grammar of lib/args.c


_LONG: Final = re.compile(r"\(([^()]*)\)")
_MARKS: Final = re.compile(r"(?:[<>=]-?\d+(?:\.\d+)?|[:*#@.%;|^ -])+")
_CONDITIONS: Final = re.compile(r"(?:[<>]\d+|[?&^+0])+")
_GROUPS: Final = re.compile(r"\[[-+!][^\[\]]*\]")


def _command_options(text: bytes | None) -> CommandOptions:
    if text is None:
        return NOT_ANALYSED
    return CommandOptions(merged(option_string(text.decode("latin-1"))), long_table=True)


def option_string(text: str) -> Iterator[Option]:
    """Give the options that one of toybox's option strings means.

    A letter is followed by its `(long names)` and its argument's kind: `:` string, `*` list, `#` and `-` integer,
    `.` decimal, `%` seconds, `@` a counter without argument, `;` optional. Long names before the first letter are
    options of their own. Conditions on the number of arguments stand in front (`<1>2^?&`), groups of what excludes
    what at the end (`[-ab]`); letters that nobody can type stand for options without one.
    """
    text = _GROUPS.sub("", text)
    at = match.end() if (match := _CONDITIONS.match(text)) else 0
    names: list[str] = []
    marks, letter_seen = "", False

    def finished() -> Iterator[Option]:
        argument: Argument = "none"
        if any(mark in marks for mark in ":*#.%-"):
            argument = "optional" if ";" in marks else "required"
        return (Option(name, argument, "table") for name in names)

    while at < len(text):
        if match := _LONG.match(text, at):
            if not letter_seen:
                yield from finished()
                names, marks = [], ""
            names.append("--" + match[1])
            at = match.end()
        elif match := _MARKS.match(text, at):
            marks += match[0]
            at = match.end()
        else:
            yield from finished()
            names, marks, letter_seen = ["-" + text[at]] if text[at].isalnum() else [], "", True
            at += 1
    yield from finished()
