"""ELF programs and shared libraries → what each is (formats.elf_facts). Objects and core dumps are not read."""

from typing import Final

from generator.formats.elf import read_elf
from generator.formats.elf_facts import ElfFacts, elf_facts
from generator.probes.base import Probe

_MAGIC: Final = b"\x7fELF"
_LOADABLE: Final = (2, 3)  # ET_EXEC, ET_DYN


def wants(path: str, size: int, mode: int, start: bytes) -> bool:
    """Tell from the first bytes whether this is a program or a shared library."""
    if start[:4] != _MAGIC or len(start) < 18:
        return False
    return int.from_bytes(start[16:18], "big" if start[5] == 2 else "little") in _LOADABLE


def read(content: bytes) -> ElfFacts:
    """Read one file; raises FormatError."""
    return elf_facts(read_elf(content, path=""))


PROBE: Final = Probe("elf", 1, wants, read, ElfFacts)
