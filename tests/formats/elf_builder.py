"""Small ELF files of every class and byte order, with what a linker would put into them."""

import struct
from dataclasses import dataclass, field

BASE = 0x10000
"""Where the only loaded segment begins; a file's offset is its address less this."""


@dataclass
class ElfBuilder:
    """Collects parts; `build` lays them out behind the headers in one loaded segment."""

    bits: int = 64
    order: str = "<"
    machine: int = 62
    kind: int = 3
    relocations: str = "rela"
    """How pointers are stored: rela, rel, relr, or fixed for a program that is loaded where it was linked."""
    relative: int = 8
    """The machine's number of the relative relocation."""
    body: bytearray = field(default_factory=bytearray)
    segments: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Kind, flags, address, size."""
    tags: list[tuple[int, int]] = field(default_factory=list)
    strings: bytearray = field(default_factory=lambda: bytearray(b"\0"))
    pointers: list[int] = field(default_factory=list)

    @property
    def word(self) -> str:
        return "Q" if self.bits == 64 else "I"

    @property
    def size(self) -> int:
        return self.bits // 8

    @property
    def start(self) -> int:
        return 1024  # room for the headers

    def add(self, content: bytes) -> int:
        """Append bytes, aligned to 8, and return their address."""
        self.body += bytes(-len(self.body) % 8)
        self.body += content
        return BASE + self.start + len(self.body) - len(content)

    def text(self, text: str) -> int:
        """Append a NUL-terminated string and return its address."""
        return self.add(text.encode() + b"\0")

    def words(self, values: list[int | tuple[int]]) -> int:
        """Append words; a value in a tuple is an address and becomes a pointer."""
        packed = b""
        places = []
        for at, value in enumerate(values):
            pointer = isinstance(value, tuple)
            number = value[0] if isinstance(value, tuple) else value
            if pointer:
                places.append(at * self.size)
            stored = 0 if pointer and self.relocations == "rela" else number
            packed += struct.pack(self.order + self.word, stored)
        address = self.add(packed)
        self.pointers += [address + place for place in places]
        self._targets.update({address + at * self.size: v[0] for at, v in enumerate(values) if isinstance(v, tuple)})
        return address

    _targets: dict[int, int] = field(default_factory=dict)

    def dynamic_string(self, text: str) -> int:
        """Append to the dynamic string table and return the offset in it."""
        self.strings += text.encode() + b"\0"
        return len(self.strings) - len(text.encode()) - 1

    def needed(self, library: str, tag: int = 1) -> None:
        """Add a dynamic entry that names something."""
        self.tags.append((tag, self.dynamic_string(library)))

    def build(self) -> bytes:
        """Return the file."""
        e = self.order
        self._add_relocations()
        if self.tags or self.pointers:
            address = self.add(bytes(self.strings))
            self.tags += [(5, address), (10, len(self.strings))]
            table = b"".join(struct.pack(e + 2 * self.word, *tag) for tag in [*self.tags, (0, 0)])
            self.segments.append((2, 6, self.add(table), len(table)))
        loaded = self.start + len(self.body)
        segments = [(1, 4, BASE, loaded), *self.segments]
        headers = b""
        for kind, flags, address, size in segments:
            offset = address - BASE
            if self.bits == 64:
                headers += struct.pack(e + "IIQQQQQQ", kind, flags, offset, address, address, size, size, 8)
            else:
                headers += struct.pack(e + "IIIIIIII", kind, offset, address, address, size, size, flags, 4)
        ident = b"\x7fELF" + bytes([self.bits // 32, "<>".index(e) + 1, 1]) + bytes(9)
        form = "HHIQQQIHHHHHH" if self.bits == 64 else "HHIIIIIHHHHHH"
        at, entry = 16 + struct.calcsize("<" + form), 56 if self.bits == 64 else 32
        header = struct.pack(e + form, self.kind, self.machine, 1, BASE, at, 0, 0, at, entry, len(segments), 0, 0, 0)
        front = ident + header + headers
        assert len(front) <= self.start
        return front + bytes(self.start - len(front)) + bytes(self.body)

    def _add_relocations(self) -> None:
        e, word = self.order, self.word
        if not self.pointers or self.relocations == "fixed":
            return
        if self.relocations == "relr":
            table = struct.pack(e + len(self.pointers) * word, *self.pointers)
            tags = (36, 35)
        elif self.relocations == "rela":
            rows = [struct.pack(e + 2 * word + word.lower(), p, self.relative, self._targets[p]) for p in self.pointers]
            table, tags = b"".join(rows), (7, 8)
        else:
            table = b"".join(struct.pack(e + 2 * word, p, self.relative) for p in self.pointers)
            tags = (17, 18)
        address = self.add(table)
        self.tags += [(tags[0], address), (tags[1], len(table))]


def long_options(builder: ElfBuilder, rows: list[tuple[str, int, int]]) -> None:
    """Add a `struct option` table of (name, has_arg, val) with its closing zeros."""
    names = [builder.text(name) for name, _, _ in rows]
    values: list[int | tuple[int]] = []
    for address, (_, argument, value) in zip(names, rows, strict=True):
        values += [(address,), _first_half(builder, argument), 0, _first_half(builder, value)]
    builder.words([*values, 0, 0, 0, 0])


def _first_half(builder: ElfBuilder, value: int) -> int:
    """Return the word whose first four bytes are an int."""
    return value << 32 if builder.bits == 64 and builder.order == ">" else value
