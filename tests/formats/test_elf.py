"""ELF files of every class and byte order, real ones, and anything at all."""

import re
import shutil
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import FormatError
from generator.formats.elf import read_elf
from generator.formats.elf_facts import ElfFacts, elf_facts
from tests.engines import need, run
from tests.formats.elf_builder import BASE, ElfBuilder

LAYOUTS = [(64, "<", 62, 8), (64, ">", 22, 12), (32, "<", 3, 8), (32, ">", 20, 22), (64, "<", 183, 1027)]


def facts(content: bytes) -> ElfFacts:
    """Read what a file is."""
    return elf_facts(read_elf(content, path="x"))


def program(bits: int = 64, order: str = "<", machine: int = 62) -> ElfBuilder:
    """Build a dynamic program that needs a library."""
    builder = ElfBuilder(bits, order, machine)
    interpreter = b"/lib/ld-musl-x.so.1\0"
    builder.segments.append((3, 4, builder.add(interpreter), len(interpreter)))
    builder.needed("libc.musl-x.so.1")
    return builder


@pytest.mark.parametrize(("bits", "order", "machine", "relative"), LAYOUTS)
def test_a_dynamic_program_of_every_layout(bits: int, order: str, machine: int, relative: int) -> None:
    """Linkage, libraries, paths and hardening read alike in every class and byte order."""
    builder = program(bits, order, machine)
    builder.needed("$ORIGIN/lib:/opt/lib", tag=29)
    builder.segments += [(0x6474E551, 6, BASE, 0), (0x6474E552, 4, BASE, 8)]
    builder.tags.append((0x6FFFFFFB, 0x08000001))
    found = facts(builder.build())
    assert (found.role, found.linkage, found.libc, found.bits) == ("program", "dynamic", "musl", bits)
    assert (found.interpreter, found.needed) == ("/lib/ld-musl-x.so.1", ("libc.musl-x.so.1",))
    assert found.runpath == ("$ORIGIN/lib", "/opt/lib")
    assert (found.pie, found.relro, found.nx, found.little_endian) == (True, "full", True, order == "<")


def test_what_is_not_said_is_not_no() -> None:
    """A static program without section table: canary, fortify and strip state are unknown, its C library too."""
    builder = ElfBuilder(kind=2)
    builder.text("nothing of note")
    found = facts(builder.build())
    assert (found.linkage, found.pie, found.relro) == ("static", False, "none")
    assert (found.canary, found.fortified, found.stripped, found.nx) == (None, None, None, None)
    assert found.libc == "unknown"


def test_a_shared_library_is_no_program() -> None:
    """A library has a name of its own and no linkage; its C library follows from what it needs."""
    builder = ElfBuilder()
    builder.needed("libc.so.6")
    builder.needed("libx.so.1", tag=14)
    found = facts(builder.build())
    assert (found.role, found.linkage, found.pie, found.soname) == ("shared library", None, None, "libx.so.1")
    assert found.libc == "glibc"


@pytest.mark.parametrize("relocations", ["rela", "rel", "relr"])
def test_pointers_of_every_kind_of_relocation(relocations: str) -> None:
    """Relative relocations with addend, in place and packed lead to the same addresses."""
    builder = ElfBuilder(relocations=relocations)
    target = builder.text("here")
    table = builder.words([7, (target,), 0, (target,)])
    file = read_elf(builder.build(), path="x")
    assert {at - table: to for at, to in file.pointers.items()} == {8: target, 24: target}
    assert file.string_at(file.pointer_at(table + 8)) == b"here"


def test_packed_relocations_with_bitmaps() -> None:
    """A bitmap stands for the 63 words behind the last address, and the next bitmap goes on behind those."""
    builder = ElfBuilder()
    words = builder.words([1] * 140)
    entries = [words, 0b1011, 0b101]
    address = builder.add(struct.pack("<3Q", *entries))
    builder.tags += [(36, address), (35, 24)]
    places = read_elf(builder.build(), path="x").pointers
    assert sorted((at - words) // 8 for at in places) == [0, 1, 3, 65]


def go_program(version: bytes, modules: bytes) -> bytes:
    """Build a static program with Go's build information in writable data."""
    builder = ElfBuilder(kind=2)

    def counted(text: bytes) -> bytes:
        length, out = len(text), b""
        while length >= 0x80:
            out += bytes([length & 0x7F | 0x80])
            length >>= 7
        return out + bytes([length]) + text

    wrapped = b"s" * 16 + modules + b"e" * 16 if modules else b""
    header = (b"\xff Go buildinf:" + bytes([8, 2])).ljust(32, b"\0")
    builder.body += bytes(-len(builder.body) % 16)
    address = builder.add(header + counted(version) + counted(wrapped))
    builder.segments.append((1, 6, address, 4096))
    return builder.build()


def test_go_build_information() -> None:
    """Version, main package, modules with replacements and settings are read; pure Go needs no C library."""
    text = (
        b"path\texample.invalid/cmd\nmod\texample.invalid\tv1.0.0\t\ndep\ta.invalid/x\tv2.1.0\th1:x=\n"
        b"dep\ta.invalid/y\tv0.1.0\n=>\t./y\t\nbuild\tCGO_ENABLED=0\nbuild\tGOARCH=amd64\n"
    )
    found = facts(go_program(b"go1.22.1", text))
    assert found.go is not None
    assert (found.go.version, found.go.path, found.libc) == ("go1.22.1", "example.invalid/cmd", "none")
    assert [(m.path, m.version, m.replaced_by) for m in found.go.modules] == [
        ("a.invalid/x", "v2.1.0", ""),
        ("a.invalid/y", "v0.1.0", "./y"),
    ]
    assert found.go.settings == (("CGO_ENABLED", "0"), ("GOARCH", "amd64"))


@pytest.mark.parametrize(
    "content",
    [b"", b"\x7fELF", b"\x7fELF\x03\x01", b"\x7fELF\x02\x01" + bytes(20), program().build()[:100]],
)
def test_broken_headers_are_refused(content: bytes) -> None:
    """Files whose headers are cut off or impossible are FormatErrors that name the file."""
    with pytest.raises(FormatError, match="x: at"):
        read_elf(content, path="x")


def test_relocations_are_bounded() -> None:
    """A file that claims millions of packed pointers gives a bounded number of them."""
    builder = ElfBuilder()
    bitmaps = [BASE, *([(1 << 64) - 1] * 20_000)]
    address = builder.add(struct.pack(f"<{len(bitmaps)}Q", *bitmaps))
    builder.tags += [(36, address), (35, 8 * len(bitmaps)), (7, address), (8, 8 * len(bitmaps))]
    assert 190_000 < len(read_elf(builder.build(), path="x").pointers) <= 200_063


SEED = program().build()


@settings(max_examples=300, deadline=2000)
@given(st.lists(st.tuples(st.integers(0, len(SEED) - 1), st.binary(min_size=1, max_size=9)), max_size=12))
def test_any_damage_gives_facts_or_a_format_error(damage: list[tuple[int, bytes]]) -> None:
    """Whatever bytes of a program are overwritten, it reads in bounded time or is refused."""
    content = bytearray(SEED)
    for at, patch in damage:
        content[at : at + len(patch)] = patch
    try:
        file = read_elf(bytes(content), path="x")
    except FormatError:
        return
    elf_facts(file)
    assert len(file.constants) <= 200_063


@given(st.binary(max_size=300))
def test_any_bytes_behind_the_magic(content: bytes) -> None:
    """Any bytes behind the magic number give facts or FormatError."""
    try:
        facts(b"\x7fELF" + content)
    except FormatError:
        return


@pytest.mark.engine
def test_real_programs_equal_readelf() -> None:
    """Libraries, interpreter, paths, RELRO, stack and build id of this machine's programs are readelf's."""
    readelf = need("readelf", "binutils")
    checked = 0
    for host_path in sorted(Path("/usr/bin").iterdir())[:400]:
        if host_path.is_symlink() or not host_path.is_file() or host_path.stat().st_size > 5_000_000:
            continue
        content = host_path.read_bytes()
        if not content.startswith(b"\x7fELF"):
            continue
        shown = run([readelf, "-W", "-d", "-l", "-n", host_path])
        found = facts(content)
        assert list(found.needed) == re.findall(r"\(NEEDED\).*\[(.*)\]", shown), host_path
        assert [found.interpreter or ""] == (re.findall(r"interpreter: (.*)\]", shown) or [""]), host_path
        assert (found.relro != "none") == ("GNU_RELRO" in shown), host_path
        assert (found.relro == "full") == ("GNU_RELRO" in shown and bool(re.search(r"BIND_NOW|\bNOW\b", shown)))
        stack = re.search(r"GNU_STACK.* (RWE?) ", shown)
        assert found.nx == (None if stack is None else stack[1] == "RW"), host_path
        assert [found.build_id or ""] == (re.findall(r"Build ID: ([0-9a-f]+)", shown) or [""]), host_path
        checked += 1
    assert checked > 50


@pytest.mark.engine
def test_a_real_go_program() -> None:
    """A program that Go built names its toolchain and its main package."""
    found = facts(Path(need("skopeo", "skopeo")).read_bytes())
    assert found.go is not None and found.go.version.startswith("go1.") and found.go.path.endswith("/cmd/skopeo")


@pytest.mark.engine
def test_the_c_library_tells_its_version() -> None:
    """The version that the C library's file holds is the one that the linked programs are told."""
    library = next(iter(sorted(Path("/lib").glob("*-linux-gnu*/libc.so.6"))), None)
    getconf = shutil.which("getconf")
    if library is None or getconf is None:
        pytest.skip("not a glibc system")
    assert f"glibc {facts(library.read_bytes()).libc_version}" == run([getconf, "GNU_LIBC_VERSION"]).strip()
