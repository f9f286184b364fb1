"""Option tables of ordinary programs: made-up ones of every machine's layout, and this machine's own commands."""

import os
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import FormatError
from generator.formats.elf import read_elf
from generator.formats.getopt_tables import read_options
from generator.formats.help_text import help_options
from generator.formats.option import CommandOptions, claim
from tests.engines import need, run
from tests.formats.elf_builder import ElfBuilder, long_options
from tests.formats.probing import accepted

LAYOUTS = [
    (64, "<", 62, 8, "rela"),
    (64, "<", 62, 8, "relr"),
    (64, ">", 22, 12, "rela"),
    (32, "<", 3, 8, "rel"),
    (32, "<", 40, 23, "rel"),
    (32, ">", 20, 22, "rela"),
    (64, "<", 183, 1027, "rela"),
    (64, "<", 62, 8, "fixed"),
]
ROWS = [("all", 0, ord("a")), ("file", 1, ord("f")), ("color", 2, 300), ("width", 1, ord("w")), ("zero", 0, ord("z")),
        ("help", 0, 301)]  # fmt: skip


def options(builder: ElfBuilder) -> CommandOptions:
    """Read the options of what was built."""
    return read_options(read_elf(builder.build(), path="x"))


@pytest.mark.parametrize(("bits", "order", "machine", "relative", "relocations"), LAYOUTS)
def test_a_struct_option_table_of_every_layout(
    bits: int, order: str, machine: int, relative: int, relocations: str
) -> None:
    """Names, arguments and the getopt string read alike from every kind of relocation."""
    kind = 2 if relocations == "fixed" else 3
    builder = ElfBuilder(bits, order, machine, kind=kind, relative=relative, relocations=relocations)
    builder.text("")
    builder.text("+af:w:zx")
    builder.text("  -a, --all    show all\n  -q, --quiet  no more")
    long_options(builder, ROWS)
    found = options(builder)
    shape = {"none": "", "required": "=", "optional": "=?", "unknown": "~"}
    assert " ".join(each.name + shape[each.argument] for each in found.options) == (
        "--all --color=? --file= --help --width= --zero -a -f= -w= -x -z"
    )
    assert found.long_table and not found.union
    assert claim(found, "--colo") == "in the option table"
    assert claim(found, "--quiet") == "not in the option table"
    assert [each.name for each in found.options if each.documented] == ["--all", "-a"]


def test_two_tables_in_one_file_are_a_union() -> None:
    """With several tables nobody can tell which name takes which option, and the claim says so."""
    builder = ElfBuilder()
    long_options(builder, ROWS)
    long_options(builder, [("machine", 0, ord("m")), ("version", 0, ord("V"))])
    found = options(builder)
    assert found.union
    assert claim(found, "--machine") == "in one of the file's option tables"
    assert claim(found, "--other") == "not in the option table"


def test_an_array_of_strings_is_no_table() -> None:
    """Strings before a table and tables of settings are not read as options."""
    builder = ElfBuilder()
    long_options(builder, [("SETTING", 0, 0), ("OTHER", 0, 0), ("THIRD", 0, 0)])
    assert not options(builder).analysed
    builder = ElfBuilder()
    words = [builder.text("modify"), builder.text("help"), builder.text("all")]
    builder.words([(words[0],), 0, 0, 0, (words[2],), 0, 0, ord("a"), (words[1],), 0, 0, ord("h"), 0, 0, 0, 0])
    assert [each.name for each in options(builder).options if each.name.startswith("--")] == ["--all", "--help"]


@pytest.mark.parametrize(
    ("before", "text", "listed"),
    [
        ([("short", 1, 0)], "", False),
        ([("short", 1, 0)], "  --shorter  no", False),
        ([("short", 1, 0)], "  --short=HOW  how", True),
        ([("short", 1, 0), ("long", 1, 0)], "", True),
        ([("short", 1, 256)], "", True),
    ],
)
def test_the_end_of_a_neighbouring_array(before: list[tuple[str, int, int]], text: str, listed: bool) -> None:
    """A lone first row that getopt could say nothing of is no option, unless the help text names it."""
    builder = ElfBuilder()
    builder.text(text)
    long_options(builder, [*before, *ROWS])
    names = [each.name for each in options(builder).options]
    assert ("--short" in names, "--all" in names) == (listed, True)


def test_an_argp_table() -> None:
    """Headings are no options, aliases have their original's argument, and argp adds what it always adds."""
    builder = ElfBuilder()
    builder.needed("argp_parse", tag=1)
    doc, argument = builder.text("What it does"), builder.text("FILE")
    rows: list[int | tuple[int]] = []
    for name, key, takes, flags, documented in (
        ("create", "c", False, 0, True),
        ("file", "f", True, 0, True),
        ("archive", "", False, 4, False),
        ("sparse", "S", True, 1, True),
        ("just a heading", "", False, 8, True),
    ):
        rows += [(builder.text(name),), ord(key) if key else 0, (argument,) if takes else 0, flags]
        rows += [(doc,) if documented else 0, 0]
    builder.words([*rows, 0, 0, 0, 0, 0, 0])
    shape = {"none": "", "required": "=", "optional": "=?", "unknown": "~"}
    found = " ".join(each.name + shape[each.argument] for each in options(builder).options)
    assert found == "--archive= --create --file= --help --sparse=? --usage -? -S=? -c -f="


def test_finds_predicates() -> None:
    """GNU find's table gives whole words, its punctuation left out."""
    builder = ElfBuilder()
    builder.text("")
    code = builder.add(b"code")
    rows: list[int | tuple[int]] = []
    for name in ("!", "name", "type", "print", "exec", "maxdepth", "newerXY"):
        rows += [3, (builder.text(name),), (code,), 0]
    builder.words([*rows, 0, 0, 0, 0])
    found = options(builder)
    assert found.predicates
    assert [each.name for each in found.options] == ["-exec", "-maxdepth", "-name", "-newerXY", "-print", "-type"]


def test_the_help_text() -> None:
    """Lines that begin with an option count, sentences about options do not; a shared argument is everybody's."""
    text = b"\0Usage: x\n  -a, --all  all\n  -o, --out=FILE  to\n      --color[=WHEN]\n see --other, -z\n-v be loud\0"
    shape = {"none": "", "required": "=", "optional": "=?", "unknown": "~"}
    found = " ".join(each.name + shape[each.argument] for each in help_options(text))
    assert found == "--all --color=? --out= -a -o= -v"


def test_go_and_rust_are_not_analysed() -> None:
    """Programs whose strings are not terminated are not read by what looks like a help text."""
    for mark in (b"\xff Go buildinf:\x08\x02", b"/rustc/0123/library"):
        builder = ElfBuilder()
        builder.add(b"\0" + mark + b"\0\n  -a, --all\n  -b, --bytes\n\0")
        assert not options(builder).analysed


def seed() -> bytes:
    """Build a program with every kind of table."""
    builder = ElfBuilder()
    builder.needed("argp_parse", tag=1)
    builder.text("af:w:zx")
    long_options(builder, ROWS)
    return builder.build()


SEED = seed()


@settings(max_examples=300, deadline=2000)
@given(st.lists(st.tuples(st.integers(0, len(SEED) - 1), st.binary(min_size=1, max_size=9)), max_size=12))
def test_any_damage_gives_options_or_a_format_error(damage: list[tuple[int, bytes]]) -> None:
    """Whatever bytes are overwritten, the program reads or is refused; names are ones that a shell could pass."""
    content = bytearray(SEED)
    for at, patch in damage:
        content[at : at + len(patch)] = patch
    try:
        found = read_options(read_elf(bytes(content), path="x"))
    except FormatError:
        return
    assert all(option.name.startswith("-") for option in found.options)


@given(st.binary(max_size=500))
def test_any_bytes_are_constants(content: bytes) -> None:
    """Any bytes give a sorted set of options of a help text."""
    names = [option.name for option in help_options(content)]
    assert names == sorted(set(names))


COMMANDS = (
    "basename cat chgrp chmod chown cp cut date df dircolors dirname du expand find fmt fold grep gzip head id install "
    "join ln ls mkdir mktemp mv nl od paste pr ptx readlink realpath rm rmdir sed seq shuf sort split stat sum tac "
    "tail tar tee touch tr truncate uname uniq wc xargs"
)


def host_commands() -> dict[str, tuple[str, CommandOptions]]:
    """Read this machine's GNU commands; name → path and options."""
    found = {}
    for name in COMMANDS.split():
        path = shutil.which(name, path="/usr/bin:/bin")
        content = Path(os.path.realpath(path)).read_bytes() if path else b""
        if path and content.startswith(b"\x7fELF") and b"BusyBox v" not in content:
            found[name] = path, read_options(read_elf(content, path=path))
    return found


@pytest.mark.engine
def test_options_equal_what_gnu_commands_accept() -> None:
    """Every long option of a table is accepted, and of the short ones not one in a hundred is refused."""
    need("setpriv", "util-linux")
    commands = host_commands()
    probes = {(path, each.name): each for path, command in commands.values() for each in command.options}
    results: Counter[tuple[str, bool]] = Counter()
    wrong = []
    for probe, taken in accepted(Path("/"), probes).items():
        option = probes[probe]
        if taken is not None:
            results[option.evidence, taken] += 1
            wrong += [probe] if not taken and option.evidence in ("table", "inferred option string") else []
    assert len(commands) >= 40, sorted(commands)
    assert wrong == []
    assert results["table", True] > 400, results
    assert results["inferred option string", True] > 200, results


@pytest.mark.engine
def test_tables_have_all_that_help_prints() -> None:
    """What --help prints of long options is in the table of the same file; at most one in a hundred is a mere text."""
    missing, compared = [], 0
    for name, (path, command) in host_commands().items():
        if command.predicates:
            continue
        printed = set(re.findall(r"(?m)^ {2,8}(?:-\S, )?(--[a-z][-a-z0-9]+)", run([path, "--help"])))
        ours = {option.name for option in command.options}
        compared += len(printed)
        missing += [(name, option) for option in sorted(printed - ours)]
    assert compared > 300
    assert len(missing) <= compared // 100, missing
