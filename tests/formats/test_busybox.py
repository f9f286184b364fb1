"""BusyBox executables: real ones of every image at hand, made-up ones, and anything at all."""

import bz2
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import FormatError
from generator.formats.busybox import BusyBox, is_busybox, parse_busybox
from tests.engines import need, run
from tests.formats.elf_builder import ElfBuilder
from tests.formats.probing import answers, emulated

NAMES = ["[", "[[", "ash", "cat", "cp", "date", "ls", "mv", "rm", "sh", "test"] + [f"x{at:02}" for at in range(20)]


def executable(names: list[str], texts: list[str] | None, *, more: bytes = b"", banner: str = "v1.36.1") -> bytes:
    """Build an executable with a name table and, unless None, compressed usage texts."""
    builder = ElfBuilder()
    builder.add(f"\0BusyBox {banner}\0".encode())
    builder.add(b"\0" + b"".join(name.encode() + b"\0" for name in names) + b"\0")
    if texts is not None:
        builder.add(bz2.compress(b"".join(text.encode() + b"\0" for text in texts))[2:])
    builder.add(more)
    return builder.build()


def parse(content: bytes) -> BusyBox:
    """Read an executable."""
    return parse_busybox(content, path="/bin/busybox")


def test_the_table_with_as_many_texts_as_names_is_verified() -> None:
    """Names keep their order, a backspace means that there is no help, and equal counts verify both."""
    texts = ["\b", "\b", *(f"[-a] {name}" for name in NAMES[2:])]
    found = parse(executable(NAMES, texts, banner="v1.36.1 (2024-06-10 07:11:47 UTC)"))
    assert found.applets == tuple(NAMES)
    assert found.verified
    assert (found.version, found.built) == ("1.36.1", "2024-06-10 07:11:47 UTC")
    assert found.usages[:3] == (None, None, "[-a] ash")


def test_another_number_of_texts_proves_nothing() -> None:
    """A table without texts of its number is given, but not as verified, and without usage texts."""
    found = parse(executable(NAMES, ["text"] * (len(NAMES) - 1)))
    assert found.applets == tuple(NAMES)
    assert not found.verified
    assert found.usages == ()


def test_streams_that_are_no_usage_texts() -> None:
    """Embedded scripts and the build's configuration are told apart from the usage texts."""
    script = bz2.compress(b"#!/bin/sh\nexit 1\n\0")[2:]
    lines = "".join(f"CONFIG_FEATURE_{at}=y\n" for at in range(9)) + 'CONFIG_PREFIX="x"\n# CONFIG_OFF is not set\n'
    config = bz2.compress(lines.encode())[2:]
    found = parse(executable(NAMES, ["t"] * len(NAMES), more=script + bytes(8) + config))
    assert found.verified
    assert found.scripts == ("#!/bin/sh\nexit 1\n",)
    assert found.configuration is not None and found.configuration[-2:] == ("FEATURE_8", 'PREFIX="x"')


def test_long_options_are_read_with_their_letters() -> None:
    """A packed table gives name, argument kind and the letter that means the same, where there is one."""
    packed = b"\0archive\0\0aforce\0\0fcolor\0\x02\xff\0"
    (table,) = parse(executable(NAMES, ["t"] * len(NAMES), more=packed)).long_tables
    assert [(row.name, row.argument, row.letter) for row in table] == [
        ("archive", 0, "a"),
        ("force", 0, "f"),
        ("color", 2, ""),
    ]


@pytest.mark.parametrize("content", [b"", b"BusyBox v1.36.1", executable(NAMES[:5], None), ElfBuilder().build()])
def test_what_is_no_busybox_is_refused(content: bytes) -> None:
    """No executable, no banner or no table of applets: FormatError with the file's name."""
    with pytest.raises(FormatError, match="/bin/busybox"):
        parse(content)


def test_a_stream_that_expands_without_end_is_bounded() -> None:
    """A megabyte of text is the most that one stream may hold; what is longer counts as damaged."""
    bomb = bz2.compress(bytes(64 * 1024 * 1024))[2:]
    assert parse(executable(NAMES, ["t"] * len(NAMES), more=bomb)).verified


SEED = executable(NAMES, ["t"] * len(NAMES), more=b"\0archive\0\0aforce\0\0f\0\0ab:c::d\0")


@settings(max_examples=200, deadline=2000)
@given(st.lists(st.tuples(st.integers(0, len(SEED) - 1), st.binary(min_size=1, max_size=9)), max_size=12))
def test_any_damage_gives_a_value_or_a_format_error(damage: list[tuple[int, bytes]]) -> None:
    """Whatever bytes are overwritten, the file reads or is refused, and applets stay in ascending order."""
    content = bytearray(SEED)
    for at, patch in damage:
        content[at : at + len(patch)] = patch
    try:
        found = parse(bytes(content))
    except FormatError:
        return
    assert list(found.applets) == sorted(found.applets)
    assert not found.verified or len(found.usages) == len(found.applets)


@given(st.binary(max_size=400))
def test_any_bytes_with_a_banner(content: bytes) -> None:
    """Any bytes behind a magic number and a banner give a value or FormatError."""
    try:
        parse(b"\x7fELF\x02\x01" + content + b"BusyBox v1.2.3\0" + content)
    except FormatError:
        return


@pytest.mark.engine
def test_applets_equal_busybox_list_in_every_image(roots: dict[str, Path]) -> None:
    """The table of every Alpine and BusyBox image has the names of `busybox --list` in its order, verified."""
    for name, root in roots.items():
        content = (root / "bin" / "busybox").read_bytes()
        emulator = emulated(root) if "aarch64" in name else ""
        (listed,) = answers(root, [("/bin/busybox", "--list")], emulator)
        found = parse(content)
        assert found.applets == tuple(listed.split()), name
        assert found.verified, name
        assert len(found.usages) == len(found.applets), name
        (banner,) = answers(root, [("/bin/busybox",)], emulator)
        assert banner.startswith(f"BusyBox v{found.version} ({found.built}) "), name
        if "busybox" not in name:
            assert found.configuration is not None, name


@pytest.mark.engine
def test_twins_of_every_image_are_one_code(roots: dict[str, Path]) -> None:
    """In every image the shell's names are twins and the copying and listing commands are not."""
    for name, root in roots.items():
        twins = parse((root / "bin" / "busybox").read_bytes()).twins
        groups = [group for group in twins if "ash" in group or "ls" in group or "cp" in group]
        assert len(groups) == 1 and {"ash", "sh"} <= set(groups[0]), name


@pytest.mark.engine
def test_debians_static_busybox() -> None:
    """Debian's build for rescue systems: a static program whose list has busybox itself."""
    program = need("busybox", "busybox-static")
    content = Path(program).read_bytes()
    assert is_busybox(content)
    found = parse(content)
    assert found.applets == tuple(run([program, "--list"]).split())
    assert "busybox" in found.applets
    assert found.built.startswith("Debian")
