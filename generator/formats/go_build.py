"""Go build information: which Go built a program, from which modules, with which settings.

In: an `Elf`. Out: a frozen `GoBuild` or None. Follows the format that Go's debug/buildinfo documents: a 32-byte
header with the magic `\\xff Go buildinf:`, followed by two strings since Go 1.18, or by two pointers to Go string
headers before it; the module text is wrapped in 16 bytes before and after it. Nothing else of Go is read.
"""

import struct
from typing import Final

import msgspec

from generator.formats.elf import Elf

_MAGIC: Final = b"\xff Go buildinf:"
_SEARCHED: Final = 1024 * 1024
_MAX_VERSION: Final = 4096
_MAX_MODULES: Final = 4 * 1024 * 1024
_WRITABLE_NOT_EXECUTABLE: Final = 2


class GoModule(msgspec.Struct, frozen=True, array_like=True):
    """One module that the program is made of."""

    path: str
    version: str
    replaced_by: str = ""
    """`PATH VERSION` of the replacement, if there is one."""


class GoBuild(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a program was built by Go."""

    version: str
    """Of the toolchain, such as `go1.22.1`."""
    path: str = ""
    """The main package's import path."""
    main: GoModule | None = None
    modules: tuple[GoModule, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()


def read_go_build(file: Elf) -> GoBuild | None:
    """Return the build information, or None where there is none or it is damaged."""
    header = _header(file)
    if header is None:
        return None
    pointer_size, flags = file.content[header + 14], file.content[header + 15]
    if flags & 2:
        version, after = _inline_string(file.content, header + 32, _MAX_VERSION)
        modules, _ = _inline_string(file.content, after, _MAX_MODULES)
    elif pointer_size in (4, 8):
        order = ">" if flags & 1 else "<"
        version = _pointed_string(file, header + 16, pointer_size, order, _MAX_VERSION)
        modules = _pointed_string(file, header + 16 + pointer_size, pointer_size, order, _MAX_MODULES)
    else:
        return None
    return _parse(version.decode("utf-8", "replace"), modules) if version else None


def _header(file: Elf) -> int | None:
    if section := file.section(".go.buildinfo"):
        at = file.content.find(_MAGIC, section.offset, section.offset + min(section.size, _SEARCHED))
        return at if at >= 0 and at + 32 <= len(file.content) else None
    for load in file.loads:  # section table stripped: the linker puts it first in the data
        if load.flags & 3 == _WRITABLE_NOT_EXECUTABLE:
            at = file.content.find(_MAGIC, load.offset, load.offset + min(load.file_size, _SEARCHED))
            if at >= 0 and at % 16 == load.offset % 16 and at + 32 <= len(file.content):
                return at
    return None


def _inline_string(content: bytes, at: int, limit: int) -> tuple[bytes, int]:
    length = shift = 0
    for place in range(at, min(at + 5, len(content))):
        length |= (content[place] & 0x7F) << shift
        shift += 7
        if content[place] < 0x80:
            start = place + 1
            if length > limit or start + length > len(content):
                return b"", start
            return content[start : start + length], start + length
    return b"", at


def _pointed_string(file: Elf, offset: int, size: int, order: str, limit: int) -> bytes:
    word = struct.Struct(order + ("Q" if size == 8 else "I"))
    place = file.offset_of(word.unpack_from(file.content, offset)[0])
    if place is None or place + 2 * size > len(file.content):
        return b""
    start = file.offset_of(word.unpack_from(file.content, place)[0])
    length = word.unpack_from(file.content, place + size)[0]
    if start is None or length > limit or start + length > len(file.content):
        return b""
    return file.content[start : start + length]


def _parse(version: str, wrapped: bytes) -> GoBuild:
    text = wrapped[16:-16] if len(wrapped) >= 33 and wrapped[-17:-16] == b"\n" else b""
    path, main = "", None
    modules: list[GoModule] = []
    settings: list[tuple[str, str]] = []
    for line in text.decode("utf-8", "replace").split("\n"):
        kind, _, rest = line.partition("\t")
        fields = [*rest.split("\t"), ""]
        if kind == "path":
            path = rest
        elif kind == "mod":
            main = GoModule(fields[0], fields[1])
        elif kind == "dep":
            modules.append(GoModule(fields[0], fields[1]))
        elif kind == "=>" and modules:
            modules[-1] = msgspec.structs.replace(modules[-1], replaced_by=" ".join(fields[:2]).strip())
        elif kind == "=>" and main:
            main = msgspec.structs.replace(main, replaced_by=" ".join(fields[:2]).strip())
        elif kind == "build":
            key, _, value = rest.partition("=")
            settings.append((key, value))
    return GoBuild(version, path, main, tuple(modules), tuple(settings))
