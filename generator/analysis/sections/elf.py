"""The elf inspector's section: programs and libraries, their C library, what they need, how they are hardened."""

from typing import Annotated

import msgspec

from generator.analysis.sections.base import Part, Section


class CLibrary(Part, frozen=True):
    """A C library that is in the image."""

    flavour: str
    """glibc, musl, uclibc or bionic."""
    version: str
    """Empty when the file does not tell."""
    build: str
    """Whose build, as glibc's banner has it; empty for others."""
    machine: str
    path: str
    layer: int


class MissingLibrary(Part, frozen=True):
    """A file that needs a library which is nowhere on its search path in the image."""

    path: str
    library: str


class GoProgram(Part, frozen=True):
    """A program built by Go that kept its build information."""

    path: str
    go_version: str
    module: str
    module_version: str


class Hardening(Part, frozen=True):
    """How many files have one protection. The three add up to all programs, or to all dynamically linked ones."""

    protection: str
    """pie, nx, relro (partial or full), relro-full, canary or fortify."""
    yes: Annotated[int, msgspec.Meta(title="have it")]
    no: Annotated[int, msgspec.Meta(title="do not")]
    unclear: Annotated[int, msgspec.Meta(title="cannot be told")]
    """Static and stripped files prove nothing by what they do not import."""


class ElfFile(Part, frozen=True, omit_defaults=True):
    """One program or shared library. What is left out does not apply or cannot be told."""

    path: str
    layer: int
    role: str
    machine: str
    libc: str
    linkage: str | None = None
    interpreter: str | None = None
    needed: tuple[str, ...] = ()
    runpath: tuple[str, ...] = ()
    """RPATH or RUNPATH."""
    pie: bool | None = None
    relro: str | None = None
    nx: bool | None = None
    canary: bool | None = None
    fortified_count: int | None = None


class Elf(Part, frozen=True):
    """Programs and shared libraries in ELF's format."""

    program_count: int
    library_count: int
    unreadable_count: int
    """Files that begin like ELF and are broken, or too large to be read."""
    machines: dict[str, int]
    linkages: dict[str, int]
    """Programs by how they are linked: dynamic, static, static-pie."""
    libcs: dict[str, int]
    """Programs by the C library they use; unknown for static ones that do not show it."""
    libraries: tuple[CLibrary, ...]
    missing: tuple[MissingLibrary, ...]
    missing_interpreters: tuple[MissingLibrary, ...]
    """Programs whose interpreter (dynamic loader) is not there: they cannot start."""
    hardening: tuple[Hardening, ...]
    go_programs: tuple[GoProgram, ...]
    files: tuple[ElfFile, ...]


class ElfSection(Section, frozen=True):
    """What the image's programs are made of."""

    found: Elf | None = None
