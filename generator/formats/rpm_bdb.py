"""RPM's Berkeley DB, `Packages` (RHEL to 8, Fedora to 32, Amazon Linux 2): a hash database, versions 8 to 10.

Formats as in Berkeley DB's dbinc/db_page.h and rpm's lib/backend/bdb_ro.c. Every hash page is read, whichever
bucket it belongs to: keys and values alternate in it, each on the page itself or as a chain of overflow pages. Not
read: B-tree databases (never rpm's choice for Packages), duplicates, encrypted or checksummed files.
"""

import struct
from collections.abc import Iterator
from typing import Final

from generator.errors import FormatError

_HASH_MAGIC: Final = 0x061561
_HASH_VERSIONS: Final = range(8, 11)
_PAGE_HEADER: Final = 26
_HASH_UNSORTED, _HASH, _OVERFLOW = 2, 13, 7
"""Page types, byte 25."""
_ON_PAGE, _OFF_PAGE = 1, 3
"""Entry types."""
_COUNTER_KEY: Final = bytes(4)
"""The key under which rpm keeps the last package number instead of a header."""


def is_bdb_hash(content: bytes) -> bool:
    """Say whether the file is a Berkeley DB hash database, of either byte order."""
    return content[12:16] in (struct.pack("<I", _HASH_MAGIC), struct.pack(">I", _HASH_MAGIC))


def header_blobs(content: bytes, *, path: str) -> Iterator[bytes]:
    """Give the header of each installed package, in the order of the pages."""
    return _Database(content, path).values()


class _Database:
    """One file: byte order, page size, and how many bytes its overflow chains may still give."""

    def __init__(self, content: bytes, path: str) -> None:
        if len(content) < 512 or not is_bdb_hash(content):
            raise FormatError(path=path, offset=0, rule="a Berkeley DB hash database")
        self.content, self.path = content, path
        self.order = "<" if content[12:16] == struct.pack("<I", _HASH_MAGIC) else ">"
        version, page_size = self.unpack("II", 16)
        self.last_page = self.unpack("I", 32)[0]
        if version not in _HASH_VERSIONS:
            raise FormatError(path=path, offset=16, rule=f"hash version 8 to 10, found {version}")
        if not (512 <= page_size <= 65536 and page_size & (page_size - 1) == 0):
            raise FormatError(path=path, offset=20, rule=f"a page size of 512 to 65536, found {page_size}")
        if content[24] or content[26] & 1:
            raise FormatError(path=path, offset=24, rule="neither encryption nor checksums")
        if (self.last_page + 1) * page_size > len(content):
            raise FormatError(path=path, offset=32, rule=f"{self.last_page + 1} whole pages")
        self.page_size = page_size
        self.left = len(content)
        """Each overflow page belongs to one item, so that all items together are no longer than the file."""

    def unpack(self, codes: str, offset: int) -> tuple[int, ...]:
        return struct.unpack_from(self.order + codes, self.content, offset)

    def error(self, offset: int, rule: str) -> FormatError:
        return FormatError(path=self.path, offset=offset, rule=rule)

    def values(self) -> Iterator[bytes]:
        for number in range(1, self.last_page + 1):
            page = number * self.page_size
            if self.content[page + 25] in (_HASH, _HASH_UNSORTED):
                yield from self._page_values(page)

    def _page_values(self, page: int) -> Iterator[bytes]:
        (count,) = self.unpack("H", page + 20)
        if _PAGE_HEADER + 2 * count > self.page_size or count % 2:
            raise self.error(page + 20, "pairs of entries, all on the page")
        starts = self.unpack(f"{count}H", page + _PAGE_HEADER)
        end = self.page_size
        for key_start, value_start in zip(starts[::2], starts[1::2], strict=True):
            if not _PAGE_HEADER + 2 * count <= value_start < key_start < end:
                raise self.error(page, "entries one below the other, from the page's end")
            if self._item(page + key_start, page + end) != _COUNTER_KEY:
                yield self._item(page + value_start, page + key_start)
            end = value_start

    def _item(self, start: int, end: int) -> bytes:
        kind = self.content[start]
        if kind == _ON_PAGE:
            return self.content[start + 1 : end]
        if kind != _OFF_PAGE or end - start != 12:
            raise self.error(start, "an item on the page or in overflow pages")
        page_number, size = self.unpack("II", start + 4)
        self.left -= size
        if self.left < 0:
            raise self.error(start, "overflow items that are together no longer than the file")
        pieces = []
        while size > 0:
            page = page_number * self.page_size
            if not 0 < page_number <= self.last_page or self.content[page + 25] != _OVERFLOW:
                raise self.error(start, "a chain of overflow pages")
            (length,) = self.unpack("H", page + 22)
            if not 0 < length <= min(size, self.page_size - _PAGE_HEADER):
                raise self.error(page + 22, "an overflow page that its item fills")
            pieces.append(self.content[page + _PAGE_HEADER : page + _PAGE_HEADER + length])
            size -= length
            (page_number,) = self.unpack("I", page + 16)
        return b"".join(pieces)
