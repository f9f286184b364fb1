"""Options of ordinary programs: the tables that getopt_long, argp and GNU find parse by, and the help text.

In: an `Elf`. Out: `CommandOptions`. Tables are found as chains of equal steps among the words that the dynamic
linker relocates, so nothing is disassembled and every machine reads alike:

* `struct option {const char *name; int has_arg; int *flag; int val;}` (getopt(3)), closed by a zero entry;
* `struct argp_option {const char *name; int key; const char *arg; int flags; const char *doc; int group;}`;
* GNU find's `struct parser_table {enum arg_type type; const char *name; parse; pred;}`.

Short options come from the getopt string, which nothing points to in a findable way: it is the string that fits the
table's values best and clearly better than any other. Programs without a table are read by the help text inside.
Measured: tables and their option string had no false option; a help text is right in 99 % and misses a quarter.

Not read: tables of programs with parsers of their own (curl, wget, ps), keyword grammars (ip), Go, Rust, scripts.
"""

import re
import struct
from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from generator.formats.elf import ELSEWHERE, Elf
from generator.formats.option import NOT_ANALYSED, Argument, CommandOptions, Option, merged

_NAME: Final = re.compile(rb"-?[A-Za-z0-9][-\w.@%+:]{0,63}")
_KINDS: Final[tuple[Argument, ...]] = ("none", "required", "optional")
_MAX_ROWS: Final = 1000
_MAX_TABLES: Final = 500
_DOCUMENTED: Final = re.compile(
    rb"(?:(?<=\0)|(?<=\n)) {0,10}(-[A-Za-z0-9?](?![\w-])[^\n\0]{0,60}|--[A-Za-z0-9][^\n\0]{0,80})"
)
_HELP_ITEM: Final = re.compile(
    r"(--[A-Za-z0-9][-\w.]*|-[A-Za-z0-9?](?![\w-]))(\[=?[^\]]*\]?|=\S+| <[^>]*>| [A-Z][A-Z_]+\b|)"
)
_OPTION_STRING: Final = re.compile(rb"(?<=\0)[-+:]{0,2}((?:[A-Za-z0-9?#@%,+=]:{0,2}|W;)+)(?=\0)")
_ALPHABET: Final = "abcdefghijklmnop"
_FIND_SIGNATURE: Final = frozenset({"name", "type", "print", "exec", "maxdepth"})
_ARGP_OPTIONAL, _ARGP_DOC = 1, 8


class LongRow(NamedTuple):
    """One row of a `struct option` table."""

    name: str
    argument: int
    flag: bool
    value: int


class ArgpRow(NamedTuple):
    """One row of an `argp_option` table; either of name and letter may be empty."""

    name: str
    letter: str
    argument: Argument


def read_options(file: Elf) -> CommandOptions:
    """Return the options of a program, NOT_ANALYSED where nothing tells; never raises, whatever the file holds."""
    constant = _constant(file)
    helped = help_options(constant)
    longs = _struct_option_tables(file)
    titled = [table for table in longs if any(row.name in ("help", "version") for row in table)]
    longs = titled or [table for table in longs if _is_likely(table)] * (b"getopt_long" in file.dynamic_strings)
    uses_argp = b"\0argp_parse\0" in file.dynamic_strings or b"[OPTION...]" in constant
    argps = _argp_tables(file) if uses_argp and not titled else []
    if predicates := _find_predicates(file):
        known = [Option("-" + name, "unknown", "table") for name in predicates]
        return CommandOptions(merged(known), predicates=True)
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


def _is_likely(table: tuple[LongRow, ...]) -> bool:
    """Judge a table without --help and --version: other arrays have capital letters and nothing behind the names."""
    return len(table) > 1 and all((row.value or row.flag) and row.name.islower() for row in table)


def _constant(file: Elf) -> bytes:
    section = file.section(".rodata")
    if section is not None:
        return b"\0" + file.bytes_of(section)
    return b"".join(b"\0" + file.bytes_of(load) for load in file.loads if not load.flags & 2)


def _documented(found: Iterable[Option], helped: Iterable[Option]) -> tuple[Option, ...]:
    named = {option.name for option in helped}
    return merged(msgspec.structs.replace(option, documented=option.name in named) for option in found)


# Tables


def _struct_option_tables(file: Elf) -> list[tuple[LongRow, ...]]:
    form = struct.Struct(file.order + ("IIQII" if file.bits == 64 else "III"))
    word, places = file.word_size, file.constants
    stride = word + form.size
    tables, used = [], set[int]()
    for start, target in places.items():
        if start in used or target == ELSEWHERE:
            continue
        rows: list[LongRow] = []
        at = start
        while len(rows) < _MAX_ROWS:
            offset = file.offset_of(at)
            if offset is None or offset + stride > len(file.content):
                rows = []
                break
            name_at = places.get(at, 0)
            if name_at == 0:
                if any(file.content[offset : offset + stride]):
                    rows = []
                break
            values = form.unpack_from(file.content, offset + word)
            argument, flag, value = values[0], values[-2 if file.bits == 32 else 2], values[2 if file.bits == 32 else 3]
            padding = values[1] | values[4] if file.bits == 64 else 0
            name = file.string_at(name_at, 64) if argument <= 2 and not padding and name_at != ELSEWHERE else None
            if name is None or not _NAME.fullmatch(name):
                rows = []
                break
            points = places.get(at + (2 * word), 0)
            if flag and not points:
                rows = []
                break
            rows.append(LongRow(name.decode(), argument, bool(points), value))
            at += stride
        if rows:
            used.update(range(start, at, word))
            while rows and not (rows[0].argument or rows[0].flag or rows[0].value):
                del rows[0]  # what a neighbouring array of strings looks like
            tables += [tuple(rows)] if rows else []
            if len(tables) >= _MAX_TABLES:
                break
    return tables


def _argp_tables(file: Elf) -> list[list[ArgpRow]]:
    word, places = file.word_size, file.constants
    keyed = struct.Struct(file.order + ("i4x" if file.bits == 64 else "i"))
    stride = 6 * word
    tables: list[list[ArgpRow]] = []
    used: set[int] = set()
    for start in places:
        if start in used:
            continue
        rows: list[ArgpRow] = []
        at, documented = start, 0
        while len(rows) < _MAX_ROWS:
            offset = file.offset_of(at)
            if offset is None or offset + stride > len(file.content):
                rows = []
                break
            name_at, argument_at, doc_at = places.get(at, 0), places.get(at + 2 * word, 0), places.get(at + 4 * word, 0)
            (key,) = keyed.unpack_from(file.content, offset + word)
            (flags,) = keyed.unpack_from(file.content, offset + 3 * word)
            (group,) = keyed.unpack_from(file.content, offset + 5 * word)
            if not (name_at or key or doc_at):
                if group or argument_at:
                    rows = []
                break
            name = file.string_at(name_at, 64) if name_at > 0 else b""
            doc = file.string_at(doc_at) if doc_at > 0 else b""
            wild = not 0 <= flags < 0x40 or not -64 < group < 64 or ELSEWHERE in (name_at, doc_at)
            if name is None or doc is None or wild or not (flags & _ARGP_DOC or not name or _NAME.fullmatch(name)):
                rows = []
                break
            documented += bool(doc_at)
            kind: Argument = "none" if not argument_at else "optional" if flags & _ARGP_OPTIONAL else "required"
            letter = chr(key) if 0x20 < key < 0x7F else ""
            if not flags & _ARGP_DOC and (name or letter):
                if rows and flags & 4 and not argument_at:
                    kind = rows[-1].argument
                rows.append(ArgpRow(name.decode(), letter, kind))
            at += stride
        if rows and documented * 2 >= len(rows) and any(row.name for row in rows) and documented:
            used.update(range(start, at, word))
            tables.append(rows)
    return tables


def _find_predicates(file: Elf) -> list[str]:
    word, places = file.word_size, file.constants
    used: set[int] = set()
    for start in places:
        if start in used:
            continue
        names: list[str] = []
        at = start  # the name's place; the type is in the word before it
        while len(names) < _MAX_ROWS and places.get(at + word, 0):
            name_at = places.get(at, 0)
            name = file.string_at(name_at, 64) if name_at > 0 else None
            if name is None or not re.fullmatch(rb"[!(),]|-?[A-Za-z][\w-]*", name):
                break
            used.add(at)
            names.append(name.decode())
            at += 4 * word
        if set(names) >= _FIND_SIGNATURE:
            return [name.lstrip("-") for name in names if name[0].isalpha() or name[0] == "-"]
    return []


def _argp_defaults(file: Elf) -> list[Option]:
    """Return what argp adds by itself; --version only where the program defines argp_program_version."""
    always = [Option(name, "none", "curated") for name in ("--help", "--usage", "-?")]
    if b"\0argp_program_version" in file.dynamic_strings:
        always += [Option(name, "none", "curated") for name in ("--version", "-V")]
    return always


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


# The help text


def help_options(constant: bytes) -> tuple[Option, ...]:
    """Return the options that lines of help text name: `  -x, --long[=ARG]` at the start of a string or line."""
    found: dict[str, Option] = {}
    for match in _DOCUMENTED.finditer(constant):
        text = match[1].decode("latin-1")
        at, items = 0, []
        while item := _HELP_ITEM.match(text, at):
            items.append((item[1], item[2]))
            separator = re.compile(r",? +(?=-)|,|\|").match(text, item.end())
            if separator is None:
                break
            at = separator.end()
        shared = items[-1][1] if items else ""
        for name, argument in items:
            shape = argument or shared
            kind: Argument = "none" if not shape else "optional" if shape[0] == "[" else "required"
            found.setdefault(name, Option(name, kind, "help text"))
    return tuple(sorted(found.values()))
