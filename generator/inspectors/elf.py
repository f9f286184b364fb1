"""Programs and shared libraries: linkage, C library, libraries that are missing, hardening, Go's build information.

A library is looked for as the dynamic loader would, as far as files tell: RPATH or RUNPATH with $ORIGIN, the
directories of /etc/ld.so.conf (glibc) or /etc/ld-musl-ARCH.path (musl), then the usual ones; a file of another
machine or word size is no match. LD_LIBRARY_PATH, the loader's cache, dlopen and the RPATHs of those who loaded a
library are not considered, so a library called missing may still be found by one of those.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final, NamedTuple

from generator import limits
from generator.analysis.sections.elf import (
    CLibrary,
    Elf,
    ElfFile,
    ElfSection,
    GoProgram,
    Hardening,
    MissingLibrary,
)
from generator.formats.elf_facts import ElfFacts
from generator.inspectors.base import File, Filesystem, Inspector
from generator.oci.documents import Config
from generator.text import visible

_CONFIGURATIONS: Final = frozenset({"etc/ld.so.conf", "etc/ld.so.conf.d/*", "etc/ld-musl-*"})
_FOLDERS: Final = ("lib", "usr/lib", "lib64", "usr/lib64", "usr/local/lib")
_MULTIARCH: Final = re.compile(r"[a-z0-9_]+-linux-(?:gnu|musl|uclibc)\w*\Z")


class _Program(NamedTuple):
    path: str
    file: File
    facts: ElfFacts


def inspect(filesystem: Filesystem, config: Config | None) -> ElfSection:
    """Sum up what the probe found."""
    found: list[_Program] = []
    unreadable_count = 0
    seen: set[int] = set()
    for path, file in filesystem.walk():
        fact = (file.facts or {}).get("elf")
        if fact is None or id(file) in seen:
            continue
        seen.add(id(file))
        if isinstance(fact, ElfFacts):
            found.append(_Program(f"/{path}", file, fact))
        else:
            unreadable_count += 1
    if not found and not unreadable_count:
        return ElfSection(state="absent")
    programs = [one for one in found if one.facts.role == "program"]
    return ElfSection(
        state="found",
        found=Elf(
            program_count=len(programs),
            library_count=len(found) - len(programs),
            unreadable_count=unreadable_count,
            machines=_counted(one.facts.machine for one in found),
            linkages=_counted(one.facts.linkage or "unknown" for one in programs),
            libcs=_counted(one.facts.libc for one in programs),
            libraries=tuple(_c_libraries(found)),
            missing=tuple(_missing(filesystem, found)),
            missing_interpreters=tuple(
                MissingLibrary(visible(one.path), visible(one.facts.interpreter))
                for one in programs
                if one.facts.interpreter and filesystem.find(one.facts.interpreter) is None
            ),
            hardening=_hardening(found, programs),
            go_programs=tuple(_go_programs(programs)),
            files=tuple(_file(one) for one in found),
        ),
    )


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def _file(one: _Program) -> ElfFile:
    facts = one.facts
    return ElfFile(
        path=visible(one.path),
        layer=one.file.layer,
        role=facts.role,
        machine=facts.machine,
        libc=facts.libc,
        linkage=facts.linkage,
        interpreter=None if facts.interpreter is None else visible(facts.interpreter),
        needed=tuple(map(visible, facts.needed)),
        runpath=tuple(map(visible, facts.runpath or facts.rpath)),
        pie=facts.pie,
        relro=facts.relro,
        nx=facts.nx,
        canary=facts.canary,
        fortified_count=None if facts.fortified is None else len(facts.fortified),
    )


def _c_libraries(found: list[_Program]) -> Iterator[CLibrary]:
    for path, file, facts in found:
        name = path.rpartition("/")[2]
        is_libc = (facts.soname or "").startswith(("libc.so", "libc.musl-")) or name.startswith("ld-musl-")
        if facts.role == "shared library" and is_libc and facts.libc != "unknown":
            yield CLibrary(
                flavour=facts.libc,
                version=facts.libc_version or "",
                build=visible(facts.libc_build or ""),
                machine=facts.machine,
                path=visible(path),
                layer=file.layer,
            )


def _go_programs(programs: list[_Program]) -> Iterator[GoProgram]:
    for path, _, facts in programs:
        if facts.go is not None:
            main = facts.go.main
            module, version = (main.path, main.version) if main else (facts.go.path, "")
            yield GoProgram(visible(path), visible(facts.go.version), visible(module), visible(version))


def _hardening(found: list[_Program], programs: list[_Program]) -> tuple[Hardening, ...]:
    loaded = [one.facts for one in found]
    dynamic = [facts for facts in loaded if facts.needed or facts.interpreter]
    states: list[tuple[str, list[bool | None]]] = [
        ("pie", [one.facts.pie for one in programs]),
        ("nx", [facts.nx for facts in loaded]),
        ("relro", [None if facts.relro is None else facts.relro != "none" for facts in loaded]),
        ("relro-full", [None if facts.relro is None else facts.relro == "full" for facts in loaded]),
        ("canary", [facts.canary for facts in dynamic]),
        ("fortify", [_is_fortified(facts) for facts in dynamic]),
    ]
    return tuple(
        Hardening(name, values.count(True), values.count(False), values.count(None)) for name, values in states
    )


def _is_fortified(facts: ElfFacts) -> bool | None:
    """Judge only files of C libraries that have checked functions; musl's fortify-headers leave no trace in a file."""
    if facts.fortified is None or facts.libc not in ("glibc", "bionic"):
        return None
    return bool(facts.fortified)


# Libraries


def _missing(filesystem: Filesystem, found: list[_Program]) -> Iterator[MissingLibrary]:
    folders = _loader_folders(filesystem)

    @cache
    def lies_in(folder: str, library: str, machine: str, bits: int) -> bool:
        file = filesystem.find(f"{folder}/{library}")
        facts = (file.facts or {}).get("elf") if file is not None else None
        return file is not None and (
            not isinstance(facts, ElfFacts) or (facts.machine == machine and facts.bits == bits)
        )

    for path, _, facts in found:
        origin = path.rpartition("/")[0]
        own = [
            folder.replace("$ORIGIN", origin).replace("${ORIGIN}", origin) for folder in (*facts.runpath, *facts.rpath)
        ]
        for library in facts.needed:
            if "/" in library:
                known = filesystem.find(library) is not None
            else:
                known = any(lies_in(folder, library, facts.machine, facts.bits) for folder in (*own, *folders))
            if not known:
                yield MissingLibrary(visible(path), visible(library))


def _loader_folders(filesystem: Filesystem) -> tuple[str, ...]:
    """Return where the dynamic loader looks: configured directories, the usual ones, and multiarch ones below them."""
    configured = []
    for path, file in (
        ("etc/ld.so.conf", filesystem.find("etc/ld.so.conf")),
        *((f"etc/ld.so.conf.d/{name}", file) for name, file in sorted(filesystem.children("etc/ld.so.conf.d").items())),
        *((name, file) for name, file in sorted(filesystem.children("etc").items()) if name.startswith("ld-musl-")),
    ):
        if file is None or file.content is None or not (path.endswith(".conf") or path.startswith("ld-musl-")):
            continue
        for line in re.split(r"[\n:,]", file.content.decode("utf-8", "replace")):
            words = line.partition("#")[0].split()
            if words and words[0] != "include":
                configured.append(words[0])
    multiarch = [
        f"{folder}/{name}" for folder in _FOLDERS for name in filesystem.children(folder) if _MULTIARCH.match(name)
    ]
    return tuple(dict.fromkeys((*configured, *_FOLDERS, *sorted(multiarch))))


INSPECTOR: Final = Inspector(
    name="elf", keeps=_CONFIGURATIONS, kept_size=limits.MIB, inspect=inspect, failed=ElfSection
)
