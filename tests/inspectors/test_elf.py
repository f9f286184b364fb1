"""The elf inspector on real programs of this machine and on broken ones."""

import struct
import sys
from pathlib import Path

import pytest

from generator.analysis.sections.elf import Elf, ElfSection
from generator.analyze import analyze_source
from generator.oci.platform import Platform
from generator.source.base import Surroundings
from tests.builders import file, hard_link, image, symlink, tar
from tests.opened import analyzed

PYTHON = Path(sys.executable).resolve()


def section_of(*entries: object) -> ElfSection:
    """Analyze one layer and return its section."""
    section = analyzed(image([tar(entries)])).sections.elf  # type: ignore[arg-type]
    assert section is not None
    return section


def found(*entries: object) -> Elf:
    """Return what was found."""
    section = section_of(*entries)
    assert section.found is not None
    return section.found


def needs_elf() -> bytes:
    """Return this interpreter's own file."""
    content = PYTHON.read_bytes()
    if content[:4] != b"\x7fELF":
        pytest.skip("this machine's Python is no ELF file")
    return content


def test_a_program_whose_loader_and_libraries_are_missing() -> None:
    """A dynamic program alone in an image cannot start, and every library it needs is missing."""
    result = found(file("usr/bin/python", needs_elf(), mode=0o755))
    assert (result.program_count, result.library_count, result.linkages) == (1, 0, {"dynamic": 1})
    assert len(result.missing_interpreters) == 1
    assert {one.library for one in result.missing} == set(result.files[0].needed)
    assert "libc.so.6" in result.files[0].needed or "libc.musl-x86_64.so.1" in result.files[0].needed


def test_libraries_are_found_where_the_loader_looks() -> None:
    """A library counts as there in a usual, a multiarch, a configured or an $ORIGIN directory, also behind a link."""
    program = needs_elf()
    needed = found(file("bin/p", program)).files[0].needed
    for folder in ("lib", "usr/lib/x86_64-linux-gnu", "opt/libs"):
        entries = [file(f"{folder}/{name}") for name in needed[1:]]
        entries += [file("real/first"), symlink(f"{folder}/{needed[0]}", "/real/first")]
        configuration = file("etc/ld.so.conf.d/x.conf", b"# here\n/opt/libs\n")
        assert found(file("bin/p", program), configuration, *entries).missing == ()
        without = found(file("bin/p", program), *entries).missing
        assert bool(without) == (folder == "opt/libs")


def test_a_library_of_another_machine_is_no_match() -> None:
    """A library for another word size under the right name does not satisfy."""
    program = needs_elf()
    first = found(file("bin/p", program)).files[0].needed[0]
    other = bytearray(program)
    other[18:20] = struct.pack("<H", 40)
    assert first in {one.library for one in found(file("bin/p", program), file(f"lib/{first}", bytes(other))).missing}


def test_broken_files_are_counted_and_objects_passed_by() -> None:
    """A file that only begins like ELF is unreadable; an object file is none of this section's business."""
    result = section_of(file("a", b"\x7fELF\2\1\1" + bytes(9) + b"\2\0" + bytes(10)))
    assert (result.state, result.found and result.found.unreadable_count) == ("found", 1)
    assert section_of(file("a.o", b"\x7fELF\2\1\1" + bytes(9) + b"\1\0" + bytes(100))).state == "absent"
    assert section_of(file("readme", b"text")).state == "absent"


def test_a_hard_link_is_one_program() -> None:
    """Two names of one file are one program."""
    assert found(file("bin/p", needs_elf()), hard_link("bin/q", "bin/p")).program_count == 1


def test_names_that_are_not_text() -> None:
    """A program whose path is not UTF-8 is listed with its bytes escaped, as the tree shows it."""
    assert found(file("bin/\udcff", needs_elf())).files[0].path == "/bin/\\xff"


def test_musl_leaves_no_trace_of_fortification(shared_images: Path, tmp_path: Path) -> None:
    """Alpine's files are called neither fortified nor not: musl's checked functions are inlined, and leave no name."""
    source = f"rootfs:{shared_images / 'rootfs' / 'alpine-minirootfs-3.20.3-x86_64.tar.gz'}"
    document = analyze_source(source, Platform(), Surroundings(cache_folder=tmp_path)).document
    assert document.sections.elf is not None
    assert document.sections.elf.found is not None
    (fortify,) = [one for one in document.sections.elf.found.hardening if one.protection == "fortify"]
    assert (fortify.yes, fortify.no) == (0, 0)
    assert fortify.unclear > 0
