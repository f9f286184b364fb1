"""What documents say of programs and libraries, held against readelf's words about every ELF file of two systems."""

import os
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from generator.analysis.sections.elf import ElfFile
from tests.engine.conftest import DocumentOf, Unpacked
from tests.engines import need, run

pytestmark = [pytest.mark.engine, pytest.mark.slow]


class Row(NamedTuple):
    """What is compared of one file."""

    interpreter: str | None
    needed: tuple[str, ...]
    runpath: tuple[str, ...]
    pie: bool | None
    relro: str | None
    nx: bool | None


def our_row(one: ElfFile) -> Row:
    """Return what the document says."""
    return Row(one.interpreter, one.needed, one.runpath, one.pie, one.relro, one.nx)


def read_row(said: str) -> Row:
    """Return what readelf says of one file; what a program is, it tells itself since its version 2.36."""
    interpreter = re.search(r"\[Requesting program interpreter: (.*)\]", said)
    kind = re.search(r"^ +Type: +(\w+) \((.*)\)$", said, re.MULTILINE)
    stack = re.search(r"^ +GNU_STACK(?: +0x\w+){5} (.)(.)(.) ", said, re.MULTILINE)
    assert kind is not None, said[:500]
    is_library = kind[1] == "DYN" and "Position-Independent Executable" not in kind[2]
    if is_library and interpreter is not None and "(SONAME)" not in said:
        is_library = False
    now = re.search(r"\(BIND_NOW\)|\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*\bNOW\b", said)
    relro = "none" if not re.search(r"^ +GNU_RELRO ", said, re.MULTILINE) else "full" if now else "partial"
    paths = re.findall(r"\((?:RPATH|RUNPATH)\) .*\[(.*)\]", said)
    return Row(
        interpreter[1] if interpreter else None,
        tuple(re.findall(r"\(NEEDED\) .*\[(.*)\]", said)),
        tuple(part for text in paths for part in text.split(":") if part),
        None if is_library else kind[1] == "DYN",
        relro,
        stack[3] != "E" if stack else None,
    )


def elf_files(root: Path) -> list[Path]:
    """Return every program and library below a root, a file with several names once."""
    found, seen = [], set()
    for folder, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            path = Path(folder) / name
            if path.is_symlink() or not path.is_file() or path.stat().st_ino in seen:
                continue
            with path.open("rb") as file:
                start = file.read(18)
            if start[:4] == b"\x7fELF" and start[16] in (2, 3):
                seen.add(path.stat().st_ino)
                found.append(path)
    return found


@pytest.mark.parametrize(("name", "least"), [("alpine-3.20.3", 17), ("debian", 500), ("distroless-cc", 200)])
def test_every_elf_file_is_as_readelf_says(name: str, least: int, unpacked: Unpacked, document_of: DocumentOf) -> None:
    """Interpreter, needed libraries, search paths, PIE, RELRO and the stack of every file are those readelf prints."""
    readelf = need("readelf", "binutils")
    root = unpacked(name)
    files = elf_files(root)
    printed = run([readelf, "-hldW", *files])
    said = re.split(r"^File: (.*)\n", printed, flags=re.MULTILINE)
    theirs = {
        f"/{Path(path).relative_to(root)}": read_row(text) for path, text in zip(said[1::2], said[2::2], strict=True)
    }
    section = document_of(name).sections.elf
    assert section is not None
    assert section.found is not None
    inodes = {(root / one.path[1:]).stat().st_ino: one for one in section.found.files}
    ours = {
        path: our_row(inodes[(root / path[1:]).stat().st_ino])
        for path in theirs
        if (root / path[1:]).stat().st_ino in inodes
    }
    assert sorted(theirs.keys() - ours.keys()) == []
    assert len(section.found.files) == len(theirs) >= least
    differing = {path: (ours[path], theirs[path]) for path in theirs if ours[path] != theirs[path]}
    assert dict(sorted(differing.items())[:5]) == {}
