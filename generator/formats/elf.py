"""ELF files: headers, segments, sections, the dynamic section and relocations of every class and byte order.

In: the bytes of one file. Out: an `Elf` whose parts are read when they are asked for. Follows the System V gABI
(chapters 4 and 5) and the relative relocations of the processor supplements, with RELR as the gABI draft has it.

Loading goes by segments, as the kernel and the dynamic linker do; sections are an extra that may be stripped,
and a section table that lies outside the file reads as none. Nothing is followed twice and every table is
bounded, so the cost is linear in the file. Not read: symbol versions of definitions, hash tables, DWARF.
"""

import struct
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from generator.errors import FormatError

MAGIC: Final = b"\x7fELF"

RELOCATABLE, EXECUTABLE, SHARED, CORE = 1, 2, 3, 4
LOAD, DYNAMIC, INTERP, NOTE, GNU_STACK, GNU_RELRO = 1, 2, 3, 4, 0x6474E551, 0x6474E552
SYMTAB, NOBITS, DYNSYM = 2, 8, 11

MACHINES: Final = {
    2: "sparc", 3: "i386", 4: "m68k", 8: "mips", 15: "parisc", 18: "sparc32plus", 20: "ppc", 21: "ppc64", 22: "s390",
    40: "arm", 42: "sh", 43: "sparcv9", 50: "ia64", 62: "x86_64", 183: "aarch64", 243: "riscv", 247: "bpf",
    252: "csky", 258: "loongarch", 0x9026: "alpha",
}  # fmt: skip
"""Names of e_machine; the same number in 32 and 64 bits keeps one name."""

_RELATIVE: Final = {
    2: 22, 3: 8, 4: 22, 8: 3, 18: 22, 20: 22, 21: 22, 22: 12, 40: 23, 42: 165, 43: 22, 62: 8, 183: 1027, 243: 3,
    258: 3, 0x9026: 27,
}  # fmt: skip
"""The relocation type that adds the load address, by machine."""

_MAX_SEGMENTS: Final = 4096
_MAX_SECTIONS: Final = 0x20000
_MAX_DYNAMIC: Final = 65_536
_MAX_RELOCATIONS: Final = 200_000
_MAX_FIXED_SIZE: Final = 8 * 1024 * 1024
_MAX_STRING: Final = 65_536

_NEEDED, _STRTAB, _SYMTAB, _RELA, _RELASZ, _STRSZ, _REL, _RELSZ = 1, 5, 6, 7, 8, 10, 17, 18
_RELRSZ, _RELR, _VERNEED, _VERNEEDNUM = 35, 36, 0x6FFFFFFE, 0x6FFFFFFF

ELSEWHERE: Final = -1
"""A pointer that the dynamic linker fills in from a symbol: it is not null, and where it points is not known."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One program header."""

    kind: int
    flags: int
    offset: int
    address: int
    file_size: int
    memory_size: int


@dataclass(frozen=True, slots=True)
class Section:
    """One section header."""

    name: str
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int


@dataclass(frozen=True, eq=False)
class Elf:
    """One ELF file; `address` is always a virtual address, `offset` a place in the file."""

    content: bytes
    bits: int
    order: str
    """`<` or `>`, as struct has them."""
    os_abi: int
    kind: int
    machine: int
    flags: int
    segments: tuple[Segment, ...]
    section_table: tuple[int, int, int, int]
    """Offset, entry size, count, index of the names' section."""

    @property
    def word(self) -> str:
        """The struct letter of an address."""
        return "Q" if self.bits == 64 else "I"

    @property
    def word_size(self) -> int:
        """Bytes of an address."""
        return self.bits // 8

    @cached_property
    def loads(self) -> tuple[Segment, ...]:
        """What is loaded from the file."""
        return tuple(s for s in self.segments if s.kind == LOAD and s.file_size)

    def segment(self, kind: int) -> Segment | None:
        """Return the first segment of a kind."""
        return next((s for s in self.segments if s.kind == kind), None)

    def bytes_of(self, part: Segment | Section) -> bytes:
        """Return what the file holds of it: fewer bytes than its size where the file ends early."""
        size = part.file_size if isinstance(part, Segment) else 0 if part.kind == NOBITS else part.size
        return self.content[part.offset : part.offset + size]

    @cached_property
    def _by_address(self) -> tuple[list[int], list[Segment]]:
        ordered = sorted(self.loads, key=lambda load: load.address)
        return [load.address for load in ordered], ordered

    def offset_of(self, address: int) -> int | None:
        """Return where in the file an address is loaded from, or None."""
        starts, loads = self._by_address
        at = bisect_right(starts, address) - 1
        if at < 0 or address - starts[at] >= loads[at].file_size:
            return None
        offset = address - starts[at] + loads[at].offset
        return offset if offset < len(self.content) else None

    def addresses_of(self, offset: int) -> list[int]:
        """Return the addresses at which a place in the file is loaded; usually one."""
        return [s.address + offset - s.offset for s in self.loads if 0 <= offset - s.offset < s.file_size]

    def string_at(self, address: int, limit: int = _MAX_STRING) -> bytes | None:
        """Return the NUL-terminated string at an address; None outside the file or longer than `limit`."""
        offset = self.offset_of(address)
        if offset is None:
            return None
        end = self.content.find(b"\0", offset, offset + limit + 1)
        return self.content[offset:end] if end >= 0 else None

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The section table; empty where it is stripped or does not lie in the file."""
        offset, size, count, names_index = self.section_table
        form = struct.Struct(self.order + ("IIQQQQIIQQ" if self.bits == 64 else "IIIIIIIIII"))
        if not offset or size != form.size or offset + size > len(self.content):
            return ()
        if count == 0:  # more than 0xff00 sections: the count is in the first one
            count = form.unpack_from(self.content, offset)[5]
        if count > _MAX_SECTIONS or offset + count * size > len(self.content):
            return ()
        rows = list(form.iter_unpack(self.content[offset : offset + count * size]))
        if names_index == 0xFFFF and rows:
            names_index = rows[0][6]
        names = b""
        if names_index < len(rows) and rows[names_index][1] != NOBITS:
            start = rows[names_index][4]
            names = self.content[start : start + rows[names_index][5]]
        return tuple(Section(_string_in(names, row[0], 256) or "", *row[1:7]) for row in rows)

    def section(self, name: str) -> Section | None:
        """Return the first section of a name."""
        return next((s for s in self.sections if s.name == name), None)

    # The dynamic section

    @cached_property
    def dynamic(self) -> dict[int, list[int]]:
        """Tag → values in order; empty for what is not dynamically linked."""
        segment = self.segment(DYNAMIC)
        tags: dict[int, list[int]] = {}
        if segment is None:
            return tags
        form = struct.Struct(self.order + 2 * self.word)
        table = self.bytes_of(segment)[: _MAX_DYNAMIC * form.size]
        for tag, value in form.iter_unpack(table[: len(table) - len(table) % form.size]):
            if tag == 0:
                break
            tags.setdefault(tag, []).append(value)
        return tags

    def tag(self, tag: int) -> int | None:
        """Return the last value of a tag, which is the one that counts."""
        return self.dynamic[tag][-1] if tag in self.dynamic else None

    @cached_property
    def dynamic_strings(self) -> bytes:
        """The dynamic string table."""
        return self._table(_STRTAB, _STRSZ)

    def dynamic_text(self, tag: int) -> tuple[str, ...]:
        """Return the strings that a tag's values name; a value outside the table is left out."""
        strings = self.dynamic_strings
        return tuple(text for at in self.dynamic.get(tag, ()) if (text := _string_in(strings, at)) is not None)

    def _table(self, where: int, how_long: int) -> bytes:
        address, size = self.tag(where), self.tag(how_long)
        offset = self.offset_of(address) if address is not None else None
        return self.content[offset : offset + size] if offset is not None and size is not None else b""

    def dynamic_symbols(self, limit: int = 200_000) -> list[tuple[int, bool]]:
        """Return (offset of the name, whether it is imported) of the dynamic symbols.

        The table has no length of its own: the section header gives it, else the string table that linkers put
        behind it.
        """
        address, strings = self.tag(_SYMTAB), self.tag(_STRTAB)
        offset = self.offset_of(address) if address is not None else None
        if address is None or offset is None:
            return []
        form = struct.Struct(self.order + ("IBBHQQ" if self.bits == 64 else "IIIBBH"))
        section = next((s for s in self.sections if s.kind == DYNSYM and s.address == address), None)
        size = section.size if section else strings - address if strings is not None and strings > address else 0
        table = self.content[offset : offset + min(size, limit * form.size)]
        defined = 3 if self.bits == 64 else 5
        return [(row[0], row[defined] == 0) for row in form.iter_unpack(table[: len(table) - len(table) % form.size])]

    @cached_property
    def needed_versions(self) -> tuple[tuple[str, str], ...]:
        """(library, version) that the file was linked against, as its version needs say; at most 4096."""
        address = self.tag(_VERNEED)
        offset = self.offset_of(address) if address is not None else None
        found: list[tuple[str, str]] = []
        library, version = struct.Struct(self.order + "HHIII"), struct.Struct(self.order + "IHHII")
        for _ in range(min(self.tag(_VERNEEDNUM) or 0, 1024)):
            if offset is None or offset + library.size > len(self.content):
                break
            _, count, name, first, following = library.unpack_from(self.content, offset)
            at = offset + first
            for _ in range(min(count, 4096)):
                if at + version.size > len(self.content) or len(found) >= 4096:
                    return tuple(found)
                _, _, _, label, step = version.unpack_from(self.content, at)
                pair = _string_in(self.dynamic_strings, name), _string_in(self.dynamic_strings, label)
                if pair[0] is not None and pair[1] is not None:
                    found.append((pair[0], pair[1]))
                if not step:
                    break
                at += step
            if not following:
                break
            offset += following
        return tuple(found)

    # Relocations

    @cached_property
    def pointers(self) -> dict[int, int]:
        """Address of every word that the dynamic linker changes → where it points, relative to the load address.

        Only relative relocations say where; those that take a symbol's value give `ELSEWHERE`. Files that are
        loaded where they were linked (no relocations) give none.
        """
        found: dict[int, int] = {}
        self._read_relr(found)
        relative = _RELATIVE.get(self.machine, -1)
        if self.machine == 8 and self.bits == 64:  # three types packed into one word, the first in its last byte
            shift, mask = (56 if self.order == "<" else 0), 0xFF
        else:  # SPARC keeps data of its own above the type, 32-bit machines the symbol
            shift, mask = 0, 0xFFFFFFFF if self.bits == 64 and self.machine not in (2, 18, 43) else 0xFF
        for where, how_long, addend in ((_RELA, _RELASZ, self.word.lower()), (_REL, _RELSZ, "")):
            form = struct.Struct(self.order + 2 * self.word + addend)
            table = self._table(where, how_long)[: max(_MAX_RELOCATIONS - len(found), 0) * form.size]
            for row in form.iter_unpack(table[: len(table) - len(table) % form.size]):
                if row[1] >> shift & mask != relative:
                    found[row[0]] = ELSEWHERE
                elif addend:
                    found[row[0]] = row[2]
                else:
                    found[row[0]] = self.word_at(row[0])
        return found

    @cached_property
    def constants(self) -> dict[int, int]:
        """Like `pointers`, sorted by place, and also for programs that are loaded where they were linked.

        There it is every aligned word of the data that could be an address; at most 8 MiB are searched.
        """
        if self.pointers or self.kind != EXECUTABLE:
            return dict(sorted(self.pointers.items()))
        low = min((load.address for load in self.loads), default=0)
        high = max((load.address + load.memory_size for load in self.loads), default=0)
        found: dict[int, int] = {}
        for load in self.loads:
            if load.flags & 1:
                continue
            start = -load.address % self.word_size
            raw = self.content[load.offset + start : load.offset + min(load.file_size, _MAX_FIXED_SIZE)]
            words = struct.iter_unpack(self.order + self.word, raw[: len(raw) - len(raw) % self.word_size])
            for at, (value,) in enumerate(words):
                if low < value < high and len(found) < _MAX_RELOCATIONS:
                    found[load.address + start + at * self.word_size] = value
        return found

    def _read_relr(self, found: dict[int, int]) -> None:
        address, step = 0, self.word_size
        table = self._table(_RELR, _RELRSZ)[: _MAX_RELOCATIONS * step]
        for (entry,) in struct.iter_unpack(self.order + self.word, table[: len(table) - len(table) % step]):
            if len(found) >= _MAX_RELOCATIONS:
                break
            if entry & 1 == 0:
                found[entry] = self.word_at(entry)
                address = entry + step
                continue
            bitmap, place = entry >> 1, address
            while bitmap and len(found) < _MAX_RELOCATIONS:
                if bitmap & 1:
                    found[place] = self.word_at(place)
                bitmap >>= 1
                place += step
            address += (self.bits - 1) * step

    def word_at(self, address: int) -> int:
        """Return the word that the file holds at an address, `ELSEWHERE` outside it."""
        offset = self.offset_of(address)
        if offset is None or offset + self.word_size > len(self.content):
            return ELSEWHERE
        return int.from_bytes(self.content[offset : offset + self.word_size], "little" if self.order == "<" else "big")

    def pointer_at(self, address: int) -> int:
        """Return where the pointer at an address will point: 0 is null, `ELSEWHERE` a symbol's place."""
        found = self.pointers.get(address)
        return self.word_at(address) if found is None else found


def read_elf(content: bytes, *, path: str) -> Elf:
    """Read the headers of an ELF file.

    Raises FormatError unless the file header is one and all program headers lie in the file.
    """
    if content[:4] != MAGIC:
        raise FormatError(path=path, offset=0, rule="the magic number of an ELF file")
    if len(content) < 16 or content[4] not in (1, 2) or content[5] not in (1, 2):
        raise FormatError(path=path, offset=4, rule="an ELF class and byte order that exist")
    bits, order = 32 * content[4], "<>"[content[5] - 1]
    header = struct.Struct(order + ("HHIQQQIHHHHHH" if bits == 64 else "HHIIIIIHHHHHH"))
    if len(content) < 16 + header.size:
        raise FormatError(path=path, offset=16, rule="a whole file header")
    kind, machine, _, _, programs, sections, flags, _, size, count, *rest = header.unpack_from(content, 16)
    form = struct.Struct(order + ("IIQQQQQQ" if bits == 64 else "IIIIIIII"))
    if count == 0xFFFF and sections and sections + 64 <= len(content):  # the count is in the first section header
        count = struct.unpack_from(order + "I", content, sections + (44 if bits == 64 else 28))[0]
    if count and (size != form.size or programs + count * size > len(content)):
        raise FormatError(path=path, offset=programs, rule="program headers that lie in the file")
    if count > _MAX_SEGMENTS:
        raise FormatError(path=path, offset=programs, rule=f"at most {_MAX_SEGMENTS} program headers")
    segments = []
    for row in form.iter_unpack(content[programs : programs + count * size] if count else b""):
        if bits == 64:
            segments.append(Segment(row[0], row[1], row[2], row[3], row[5], row[6]))
        else:
            segments.append(Segment(row[0], row[6], row[1], row[2], row[4], row[5]))
    table = (sections, rest[0], rest[1], rest[2])
    return Elf(content, bits, order, content[7], kind, machine, flags, tuple(segments), table)


def _string_in(strings: bytes, at: int, limit: int = 4096) -> str | None:
    end = strings.find(b"\0", at, at + limit) if 0 <= at < len(strings) else -1
    return _text(strings[at:end]) if end >= 0 else None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
