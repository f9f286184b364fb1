"""Toybox executables: Debian's, made-up ones, and anything at all."""

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import FormatError
from generator.formats.option import claim
from generator.formats.toybox import option_string, parse_toybox
from tests.engines import need, run
from tests.formats.elf_builder import ElfBuilder

NAMES = ["arch", "cat", "cp", "ls", "tar"] + [f"x{at:02}" for at in range(20)]


def executable(bits: int, order: str, relocations: str) -> bytes:
    """Build an executable with toybox's table, an array of strings right before it, and one internal entry."""
    kind = 2 if relocations == "fixed" else 3
    builder = ElfBuilder(bits, order, 62 if bits == 64 else 3, kind=kind, relocations=relocations)
    builder.add(b"\0toybox\0\n0.8.9\0")
    code = builder.add(b"code")
    stray = builder.text("zz")
    values: list[int | tuple[int]] = [(stray,), (code,), (stray,), 0]
    for name in [*NAMES, "y_internal"]:
        options: int | tuple[int] = (builder.text("<1(preserve):;ab:"),) if name != "cat" else 0
        flags = 0 if name == "y_internal" else 2
        values += [(builder.text(name),), (code,), options, flags << 32 if bits == 64 and order == ">" else flags]
    builder.words([*values, 0, 0, 0, 0])
    return builder.build()


@pytest.mark.parametrize("bits", [64, 32])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("relocations", ["rela", "rel", "relr", "fixed"])
def test_the_table_of_every_layout(bits: int, order: str, relocations: str) -> None:
    """Commands keep their order; internal entries are no commands; a null option string is not analysed."""
    found = parse_toybox(executable(bits, order, relocations), path="toybox")
    assert (found.version, found.commands, found.internal) == ("0.8.9", tuple(NAMES), ("y_internal",))
    assert claim(found.options["cp"], "--preserve") == "in the option table"
    assert claim(found.options["cp"], "--archive") == "not in the option table"
    assert claim(found.options["cat"], "-u") == "not analysed"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("<1(preserve):;D(parents)rt:T[-HL][+Rr]", "--preserve=? -D --parents -r -t= -T"),
        ("(color):;(full-time)w#=80<0x1[-Cx]", "--color=? --full-time -w= -x -1"),
        ("^n%<100=2000te", "-n= -t -e"),
        ("t#<1(target)C(cgroup):; i(ipc):; ", "-t= --target= -C=? --cgroup=? -i=? --ipc=?"),
        (
            "&(to-command):~(strip-components)(strip)#~(xform)*o",
            "--to-command= --strip-components= --strip= --xform= -o",
        ),
        ("?fFs:c(bytes)-n(lines)-[-cn]", "-f -F -s= -c= --bytes= -n= --lines="),
        ("", ""),
    ],
)
def test_option_strings(text: str, meant: str) -> None:
    """Letters, long names, arguments, conditions and groups of toybox's option strings."""
    shape = {"none": "", "required": "=", "optional": "=?", "unknown": "~"}
    assert [option.name + shape[option.argument] for option in option_string(text)] == meant.split()


@given(st.text(max_size=100))
def test_any_text_is_an_option_string(text: str) -> None:
    """Any text gives options that begin with a dash."""
    assert all(option.name.startswith("-") for option in option_string(text))


@pytest.mark.parametrize("content", [b"", b"toybox", ElfBuilder().build(), b"\x7fELF\x02\x01toybox"])
def test_what_is_no_toybox_is_refused(content: bytes) -> None:
    """Files without the name or the table are FormatErrors."""
    with pytest.raises(FormatError, match="toybox: at"):
        parse_toybox(content, path="toybox")


SEED = executable(64, "<", "rela")


@settings(max_examples=200, deadline=2000)
@given(st.lists(st.tuples(st.integers(0, len(SEED) - 1), st.binary(min_size=1, max_size=9)), max_size=12))
def test_any_damage_gives_a_value_or_a_format_error(damage: list[tuple[int, bytes]]) -> None:
    """Whatever bytes are overwritten, the file reads or is refused, and commands stay in ascending order."""
    content = bytearray(SEED)
    for at, patch in damage:
        content[at : at + len(patch)] = patch
    try:
        found = parse_toybox(bytes(content), path="toybox")
    except FormatError:
        return
    assert list(found.commands) == sorted(found.commands)


def test_a_hostile_table_of_pointers_takes_linear_time() -> None:
    """A hundred thousand pointers to one name are read once each."""
    builder = ElfBuilder(relocations="relr")
    builder.add(b"\0toybox\0")
    name = builder.text("name")
    table = builder.add(struct.pack("<Q", name) * 100_000)
    bitmaps = [table, *([(1 << 64) - 1] * (100_000 // 63))]
    address = builder.add(struct.pack(f"<{len(bitmaps)}Q", *bitmaps))
    builder.tags += [(36, address), (35, 8 * len(bitmaps))]
    with pytest.raises(FormatError):
        parse_toybox(builder.build(), path="toybox")


@pytest.mark.engine
def test_debians_toybox_lists_the_same_commands() -> None:
    """The table is what `toybox --long` prints, in its order, without internal names."""
    program = need("toybox", "toybox")
    found = parse_toybox(Path(program).read_bytes(), path="toybox")
    assert found.commands == tuple(line.rsplit("/", 1)[-1] for line in run([program, "--long"]).split())
    assert run([program, "--version"]).strip() == f"toybox {found.version}"
