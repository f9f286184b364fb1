"""What one ELF file is: how it is linked, what it needs, its C library, its hardening, how Go built it.

In: an `Elf`. Out: one small frozen `ElfFacts`. A property that the file cannot show is None or "not applicable",
never "no": a stripped static program without the name `__stack_chk_fail` may have stack protectors or not.

Costs a read of the headers and the dynamic section; only static programs are searched for their C library's
signature, and only programs for Go's build information.
"""

import re
from typing import Final, Literal

import msgspec

from generator.formats import elf as e
from generator.formats.elf import Elf
from generator.formats.go_build import GoBuild, read_go_build

Linkage = Literal["dynamic", "static", "static-pie"]
Role = Literal["program", "shared library", "object", "core dump", "other"]
Libc = Literal["glibc", "musl", "uclibc", "bionic", "none", "unknown"]
Relro = Literal["full", "partial", "none"]

_INTERPRETERS: Final[tuple[tuple[str, Libc], ...]] = (
    (r"/ld-musl-", "musl"),
    (r"/ld(64)?-uClibc", "uclibc"),
    (r"/(ld-linux|ld64?\.so|ld\.so|ld-lsb)", "glibc"),
    (r"/system/bin/linker|/linker(64)?$", "bionic"),
)
_NEEDED: Final[tuple[tuple[str, Libc], ...]] = (
    (r"libc\.musl-|ld-musl-", "musl"),
    (r"libc\.so\.[01]$|ld(64)?-uClibc", "uclibc"),
    (r"libc\.so\.6(\.1)?$|ld-linux", "glibc"),
)
_FORTIFIED: Final = re.compile(rb"__\w+_chk")
_GLIBC_BANNER: Final = re.compile(rb"GNU C Library \(([^\n\0]{0,200})\) [a-z]+ release version (\d+(?:\.\d+)+)")
_VERSION_STRING: Final = re.compile(rb"\0(\d+\.\d+\.\d+(?:[-_.]?git[-\w]*)?)\0")

_DF_BIND_NOW, _DF_1_NOW, _DF_1_PIE = 8, 1, 0x08000000
_SONAME, _RPATH, _RUNPATH, _NEEDED_TAG, _BIND_NOW, _FLAGS, _FLAGS_1 = 14, 15, 29, 1, 24, 30, 0x6FFFFFFB


class ElfFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One ELF file in a few words."""

    machine: str
    bits: int
    little_endian: bool
    role: Role
    linkage: Linkage | None = None
    """None for what is no program."""
    interpreter: str | None = None
    needed: tuple[str, ...] = ()
    soname: str | None = None
    rpath: tuple[str, ...] = ()
    runpath: tuple[str, ...] = ()
    libc: Libc = "unknown"
    libc_needed: str | None = None
    """The newest glibc symbol version it was linked against: it cannot start on an older one."""
    libc_version: str | None = None
    """Only of a C library itself: its version."""
    libc_build: str | None = None
    """Only of glibc itself: whose build, as `Debian GLIBC 2.36-9`."""
    pie: bool | None = None
    """None for what is no program."""
    relro: Relro | None = None
    """None for what is not loaded."""
    nx: bool | None = None
    """Whether the stack is not executable; None where the file does not say."""
    canary: bool | None = None
    """Whether it imports the stack protector's failure function; None where that proves nothing."""
    fortified: tuple[str, ...] | None = None
    """The checked functions of _FORTIFY_SOURCE that it imports; None where that proves nothing."""
    stripped: bool | None = None
    """Whether the symbol table is gone; None without section table."""
    build_id: str | None = None
    go: GoBuild | None = None


def elf_facts(file: Elf) -> ElfFacts:
    """Tell what a file is; never raises, whatever the file holds."""
    interpreter = _interpreter(file)
    needed = file.dynamic_text(_NEEDED_TAG)
    soname = next(iter(file.dynamic_text(_SONAME)), None)
    role = _role(file, interpreter, soname)
    program = role == "program"
    dynamic = interpreter is not None or bool(needed)
    linkage: Linkage | None = None
    if program:
        linkage = "dynamic" if dynamic else "static-pie" if file.kind == e.SHARED else "static"
    go = read_go_build(file) if program else None
    canary, fortified = _checked_functions(file) if dynamic and go is None else (None, None)
    libc = _libc(file, interpreter, needed, soname, go)
    versions = [v for _, name in file.needed_versions if (v := _glibc_version(name))]
    build, version = _libc_release(file, soname) if soname else (None, None)
    return ElfFacts(
        machine=e.MACHINES.get(file.machine, f"machine {file.machine}"),
        bits=file.bits,
        little_endian=file.order == "<",
        role=role,
        linkage=linkage,
        interpreter=interpreter,
        needed=needed,
        soname=soname,
        rpath=_paths(file, _RPATH),
        runpath=_paths(file, _RUNPATH),
        libc=libc,
        libc_needed=".".join(map(str, max(versions))) if versions and libc == "glibc" else None,
        libc_version=version,
        libc_build=build,
        pie=file.kind == e.SHARED if program else None,
        relro=_relro(file) if file.loads else None,
        nx=None if (stack := file.segment(e.GNU_STACK)) is None else not stack.flags & 1,
        canary=canary,
        fortified=fortified,
        stripped=all(s.kind != e.SYMTAB for s in file.sections) if file.loads and file.sections else None,
        build_id=_build_id(file),
        go=go,
    )


def _role(file: Elf, interpreter: str | None, soname: str | None) -> Role:
    if file.kind == e.EXECUTABLE:
        return "program"
    if file.kind == e.SHARED:
        position_independent = bool((file.tag(_FLAGS_1) or 0) & _DF_1_PIE)
        return "program" if position_independent or (interpreter is not None and soname is None) else "shared library"
    return {e.RELOCATABLE: "object", e.CORE: "core dump"}.get(file.kind, "other")  # type: ignore[return-value]


def _interpreter(file: Elf) -> str | None:
    segment = file.segment(e.INTERP)
    if segment is None:
        return None
    return file.bytes_of(segment)[:4096].split(b"\0")[0].decode("utf-8", "surrogateescape")


def _paths(file: Elf, tag: int) -> tuple[str, ...]:
    return tuple(part for text in file.dynamic_text(tag) for part in text.split(":") if part)


def _relro(file: Elf) -> Relro:
    if file.segment(e.GNU_RELRO) is None:
        return "none"
    now = (
        file.tag(_BIND_NOW) is not None
        or (file.tag(_FLAGS) or 0) & _DF_BIND_NOW
        or (file.tag(_FLAGS_1) or 0) & _DF_1_NOW
    )
    return "full" if now else "partial"


def _checked_functions(file: Elf) -> tuple[bool, tuple[str, ...]]:
    strings = file.dynamic_strings
    places: dict[int, str] = {}
    at = strings.find(b"_chk\0")
    while at >= 0:
        start = strings.rfind(b"\0", 0, at) + 1
        if _FORTIFIED.fullmatch(strings, start, at + 4):
            places[start] = strings[start : at + 4].decode()
        at = strings.find(b"_chk\0", at + 4)
    if (at := strings.find(b"\0__stack_chk_fail\0")) >= 0:
        places[at + 1] = "__stack_chk_fail"
    if not places:
        return False, ()
    imported = {places[at] for at, undefined in file.dynamic_symbols() if undefined and at in places}
    return "__stack_chk_fail" in imported, tuple(sorted(imported - {"__stack_chk_fail"}))


def _build_id(file: Elf) -> str | None:
    for segment in file.segments:
        if segment.kind != e.NOTE:
            continue
        notes = file.bytes_of(segment)[:4096]
        at = notes.find(b"\x03\0\0\0GNU\0" if file.order == "<" else b"\0\0\0\x03GNU\0")
        if at >= 4:
            size = int.from_bytes(notes[at - 4 : at], "little" if file.order == "<" else "big")
            if size <= 64 and len(notes) >= at + 8 + size:
                return notes[at + 8 : at + 8 + size].hex()
    return None


# The C library


def _libc(file: Elf, interpreter: str | None, needed: tuple[str, ...], soname: str | None, go: GoBuild | None) -> Libc:
    if interpreter is not None:
        return next((libc for pattern, libc in _INTERPRETERS if re.search(pattern, interpreter)), "unknown")
    for name in (*needed, soname or ""):
        for pattern, libc in _NEEDED:
            if re.match(pattern, name):
                return libc
    if any(_glibc_version(name) for _, name in file.needed_versions):
        return "glibc"
    if file.kind not in (e.EXECUTABLE, e.SHARED) or needed or soname:
        return "unknown"
    if go is not None:
        return "none" if ("CGO_ENABLED", "0") in go.settings else "unknown"
    return _static_libc(file)


def _static_libc(file: Elf) -> Libc:
    """Judge a static file by what only one C library contains; uClibc has glibc's names inside, so it is first."""
    constant = [s for s in file.loads if not s.flags & 1] or file.loads

    def contains(text: bytes) -> bool:
        return any(file.content.find(text, s.offset, s.offset + s.file_size) >= 0 for s in constant)

    if contains(b"uClibc"):
        return "uclibc"
    if contains(b"GLIBC_TUNABLES\0"):
        return "glibc"
    return "musl" if contains(b"musl libc (") else "unknown"


def _glibc_version(name: str) -> tuple[int, ...] | None:
    match = re.fullmatch(r"GLIBC_(\d{1,4}(?:\.\d{1,4}){1,3})", name)
    return tuple(map(int, match[1].split("."))) if match else None


def _libc_release(file: Elf, soname: str) -> tuple[str | None, str | None]:
    if soname.startswith("libc.so.6"):
        if banner := _GLIBC_BANNER.search(file.content):
            return banner[1].decode("utf-8", "surrogateescape"), banner[2].decode()
    elif soname.startswith(("libc.musl-", "libc.so")) and (at := file.content.find(b"musl libc (")) >= 0:
        # The version is a string of its own; the banner around it is nearby in the read-only data.
        found = {m[1].decode() for m in _VERSION_STRING.finditer(file.content) if m.start() != at}
        if len(found) == 1:
            return None, found.pop()
    return None, None
