"""Options of ordinary programs: the tables that getopt_long, argp and GNU find parse by, and the getopt string.

In: an `Elf`. Out: `CommandOptions`. Tables are found as chains of equal steps among the words that the dynamic
linker relocates, so nothing is disassembled and every machine reads alike:

* `struct option {const char *name; int has_arg; int *flag; int val;}` (getopt(3)), closed by a zero entry;
* `struct argp_option {const char *name; int key; const char *arg; int flags; const char *doc; int group;}`;
* GNU find's `struct parser_table {enum arg_type type; const char *name; parse; pred;}`.

Short options come from the getopt string, which nothing points to in a findable way: it is the string that fits the
table's values best and clearly better than any other. Programs without a table are read by the help text inside.
Measured: tables and their option string had no false option; a help text is right in 99 % and misses a quarter.

Not read: tables of programs with parsers of their own (curl, wget, ps), keyword grammars (ip), Go, Rust, scripts.
Cost: linear in the relocations, of which at most 200,000 are read, and in the constant data, up to 4 MiB.
"""

import re
import struct
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, TypeVar

import msgspec

from generator.formats.elf import ELSEWHERE, Elf
from generator.formats.help_text import help_options
from generator.formats.option import NOT_ANALYSED, Argument, CommandOptions, Option, merged

_NAME: Final = re.compile(rb"-?[A-Za-z0-9][-\w.@%+:]{0,63}")
_PREDICATE: Final = re.compile(rb"[!(),]|-?[A-Za-z][\w-]*")
_KINDS: Final[tuple[Argument, ...]] = ("none", "required", "optional")
_MAX_ROWS: Final = 1000
_MAX_SEARCHED: Final = 20_000
_MAX_TITLES: Final = 1000
_MAX_CONSTANT: Final = 4 * 1024 * 1024
_OPTION_STRING: Final = re.compile(rb"(?<=\0)[-+:]{0,2}((?:[A-Za-z0-9?#@%,+=]:{0,2}|W;)+)(?=\0)")
_ALPHABET: Final = "abcdefghijklmnop"
_FIND_SIGNATURE: Final = frozenset({"name", "type", "print", "exec", "maxdepth"})
_ARGP_OPTIONAL, _ARGP_ALIAS, _ARGP_DOC = 1, 4, 8


class LongRow(NamedTuple):
    """One row of a `struct option` table."""

    name: str
    argument: int
    flag: bool
    value: int


class ArgpRow(NamedTuple):
    """One row of an `argp_option` table; either of name and letter may be empty, both for a heading."""

    name: str
    letter: str
    argument: Argument
    alias: bool
    documented: bool


def read_options(file: Elf) -> CommandOptions:
    """Return the options of a program, NOT_ANALYSED where nothing tells; never raises, whatever the file holds."""
    constant = _constant(file)
    if b"\xff Go buildinf:" in file.content:
        return NOT_ANALYSED
    if b"\0maxdepth\0" in constant and (predicates := _find_predicates(file)):
        return CommandOptions(merged(Option("-" + name, "unknown", "table") for name in predicates), predicates=True)
    longs = _struct_option_tables(file)
    titled = [table for table in longs if any(row.name in ("help", "version") for row in table)]
    longs = titled or [table for table in longs if _is_likely(table)] * (b"getopt_long" in file.dynamic_strings)
    uses_argp = b"\0argp_parse\0" in file.dynamic_strings or b"[OPTION...]" in constant
    argps = _argp_tables(file) if uses_argp and not titled else []
    if not longs and not argps and b"/rustc/" in constant:
        return NOT_ANALYSED  # its strings are not terminated: what reads like a help text may be several
    helped = help_options(constant)
    found: list[Option] = []
    for table in longs:
        found += (Option("--" + row.name, _KINDS[row.argument], "table") for row in table if row.name[0] != "-")
    if longs:
        found += _short_options([row for table in longs for row in table], constant, helped)
    for rows in argps:
        found += (Option("--" + row.name, row.argument, "table") for row in rows if row.name)
        found += (Option("-" + row.letter, row.argument, "table") for row in rows if row.letter)
    if argps:
        found += _argp_defaults(file)
    if found:
        return CommandOptions(_documented(found, helped), long_table=True, union=len(longs) > 1)
    return CommandOptions(helped) if len(helped) >= 2 else NOT_ANALYSED


def _is_likely(table: list[LongRow]) -> bool:
    """Judge a table without --help and --version: other arrays have capital letters and nothing behind the names."""
    return all((row.value or row.flag) and row.name.islower() for row in table)


def _constant(file: Elf) -> bytes:
    """Return the constant data with a NUL before each part; nothing of programs that have too much of it."""
    section = file.section(".rodata")
    parts = [file.bytes_of(section)] if section else [file.bytes_of(s) for s in file.loads if not s.flags & 2]
    return b"".join(b"\0" + part for part in parts) if sum(map(len, parts)) <= _MAX_CONSTANT else b""


def _documented(found: Iterable[Option], helped: Iterable[Option]) -> tuple[Option, ...]:
    named = {option.name for option in helped}
    return merged(msgspec.structs.replace(option, documented=option.name in named) for option in found)


# Tables

Row = TypeVar("Row", LongRow, ArgpRow)


def _chains(file: Elf, starts: Iterable[int], stride: int, read: Callable[[int, int], Row | None]) -> list[list[Row]]:
    """Return the runs of rows that begin at one of `starts` and end in a row of zeros.

    A place is looked at once: a chain from the middle of another ends where that one ended, in the same way.
    """
    chains: list[list[Row]] = []
    seen: set[int] = set()
    words = range(0, stride, file.word_size)
    for start in starts:
        rows: list[Row] = []
        at = start
        while at not in seen and len(rows) < _MAX_ROWS:
            seen.add(at)
            offset = file.offset_of(at)
            if offset is None or offset + stride > len(file.content):
                break
            row = read(at, offset)
            if row is not None and at in file.constants:
                rows.append(row)
                at += stride
                continue
            if (
                rows
                and not any(file.content[offset : offset + stride])
                and file.constants.keys().isdisjoint(at + step for step in words)
            ):
                seen.update(range(start, at, file.word_size))
                chains.append(rows)
                break
            if row is None:
                break
            rows.append(row)
            at += stride
    return chains


def _titled_starts(file: Elf, stride: int, read: Callable[[int, int], LongRow | None]) -> list[int]:
    """Return where the tables start that have a row named help or version, without looking at all words."""
    titles: set[int] = set()
    for title in (b"help\0", b"version\0"):
        at = file.content.find(title)
        while at >= 0 and len(titles) < _MAX_TITLES:
            titles.update(file.addresses_of(at))
            at = file.content.find(title, at + 1)
    starts, walked = set[int](), set[int]()
    for place, target in file.constants.items():
        if target not in titles:
            continue
        start = place
        while start not in walked and start - stride in file.constants:
            walked.add(start)
            offset = file.offset_of(start - stride)
            if offset is None or read(start - stride, offset) is None:
                break
            start -= stride
        starts.add(start)
    return sorted(starts)


def _struct_option_tables(file: Elf) -> list[list[LongRow]]:
    form = struct.Struct(file.order + ("I4xQI4x" if file.bits == 64 else "III"))
    word, places = file.word_size, file.constants
    stride = 4 * word

    def read(at: int, offset: int) -> LongRow | None:
        if at + word in places or at + 3 * word in places:
            return None
        argument, flag, value = form.unpack_from(file.content, offset + word)
        name_at = places.get(at, 0)
        name = file.string_at(name_at, 64) if argument <= 2 and name_at > 0 else None
        points = bool(places.get(at + 2 * word, 0))
        if name is None or not _NAME.fullmatch(name) or (flag and not points):
            return None
        return LongRow(name.decode(), argument, points, value)

    starts: Iterable[int] = _titled_starts(file, stride, read)
    if not starts and len(places) <= _MAX_SEARCHED:
        starts = (
            at for at in places if at + stride in places and at + word not in places and at + 3 * word not in places
        )
    tables = []
    for rows in _chains(file, starts, stride, read):
        while rows and not (rows[0].argument or rows[0].flag or rows[0].value):
            del rows[0]  # what a neighbouring array of strings looks like
        if rows and _is_neighbour(rows, file.content):
            del rows[0]
        tables += [rows] if rows else []
    return tables


def _is_neighbour(table: list[LongRow], content: bytes) -> bool:
    """Tell whether the first row is the end of the array before, {name, number} and padding, as in lsipc.

    getopt_long would give nothing back for it: no value, no flag. That alone may be meant, in programs that go by an
    option's index; then other rows are like it, or the help text names it.
    """
    told = [bool(row.flag or row.value) for row in table]
    named = re.compile(rb"--" + re.escape(table[0].name.encode()) + rb"(?![-\w])")
    return not told[0] and all(told[1:]) and len(told) > 1 and named.search(content) is None


def _argp_tables(file: Elf) -> list[list[ArgpRow]]:
    word, places = file.word_size, file.constants
    if len(places) > _MAX_SEARCHED:
        return []
    number = struct.Struct(file.order + "i")

    def read(at: int, offset: int) -> ArgpRow | None:
        if any(at + n * word in places for n in (1, 3, 5)):  # these are numbers
            return None
        key, flags, group = (number.unpack_from(file.content, offset + n * word)[0] for n in (1, 3, 5))
        name_at, argument_at, doc_at = (places.get(at + n * word, 0) for n in (0, 2, 4))
        name = file.string_at(name_at, 64) if name_at > 0 else b""
        if ELSEWHERE in (name_at, doc_at) or name is None or not 0 <= flags < 0x40 or not -64 < group < 64:
            return None
        if flags & _ARGP_DOC or not (name or key):
            return ArgpRow("", "", "none", False, bool(doc_at))
        if name and not _NAME.fullmatch(name):
            return None
        kind: Argument = "none" if not argument_at else "optional" if flags & _ARGP_OPTIONAL else "required"
        return ArgpRow(
            name.decode(), chr(key) if 0x20 < key < 0x7F else "", kind, bool(flags & _ARGP_ALIAS), doc_at > 0
        )

    starts = (
        at for at in places if at + 4 * word in places and at + word not in places and at + 3 * word not in places
    )
    tables = []
    for rows in _chains(file, starts, 6 * word, read):
        for at, row in enumerate(rows[1:], 1):
            if row.alias and row.argument == "none":  # an alias has its original's argument
                rows[at] = row._replace(argument=rows[at - 1].argument)
        options = [row for row in rows if row.name or row.letter]
        documented = sum(row.documented for row in rows)
        if documented * 2 >= len(rows) and options and (len(rows) > 1 or options[0].letter):
            tables.append(options)
    return tables


def _find_predicates(file: Elf) -> list[str]:
    word, places = file.word_size, file.constants
    seen: set[int] = set()
    for start in places:
        names: list[str] = []
        at = start  # the name's place; the type is in the word before it, a function in the one behind it
        while at not in seen and at + word in places and at - word not in places and len(names) < _MAX_ROWS:
            seen.add(at)
            name_at = places.get(at, 0)
            name = file.string_at(name_at, 64) if name_at > 0 else None
            if name is None or not _PREDICATE.fullmatch(name):
                break
            names.append(name.decode())
            at += 4 * word
        if set(names) >= _FIND_SIGNATURE:
            return [name.lstrip("-") for name in names if name[0].isalpha() or name[0] == "-"]
    return []


def _argp_defaults(file: Elf) -> list[Option]:
    """Return what argp adds by itself; --version only where the program defines argp_program_version."""
    names = ["--help", "--usage", "-?"]
    if b"\0argp_program_version" in file.dynamic_strings:
        names += ["--version", "-V"]
    return [Option(name, "none", "curated") for name in names]


# The getopt string


def _short_options(rows: list[LongRow], constant: bytes, helped: tuple[Option, ...]) -> list[Option]:
    """Return the letters of the string that fits the table's values clearly best; else what help and table share."""
    letters = {chr(row.value): row.argument for row in rows if not row.flag and 0x20 < row.value < 0x7F}
    best, second, chosen = 0, 0, ""
    for text in {match[0].decode() for match in _OPTION_STRING.finditer(constant)}:
        kinds = _string_letters(text)
        matching = letters.keys() & kinds.keys()
        wrong = sum(kinds[letter] != _KINDS[letters[letter]] for letter in matching)
        if _ALPHABET in text:
            continue  # what temporary names are made of
        score = len(matching) - 2 * len(letters.keys() - kinds.keys()) - wrong
        if len(matching) * 2 < len(letters) or len(kinds) < 2:
            continue
        if score > best:
            best, second, chosen = score, best, text
        elif score > second:
            second = score
    if chosen and len(letters) >= 3 and best - second >= 4:
        return [Option("-" + k, kind, "inferred option string") for k, kind in _string_letters(chosen).items()]
    named = {option.name for option in helped}
    found = [Option("-" + letter, _KINDS[kind], "table") for letter, kind in letters.items() if "-" + letter in named]
    return found + [option for option in helped if option.name[:2] != "--"]


def _string_letters(text: str) -> dict[str, Argument]:
    text = re.sub(r"^[-+:]*", "", text).replace("W;", "")
    kinds: tuple[Argument, ...] = ("none", "required", "optional")
    return {match[1]: kinds[len(match[2])] for match in re.finditer(r"([^:])(:{0,2})", text)}
