"""RPM's NDB, `Packages.db` (SUSE): slots at the front, header blobs behind (rpm's lib/backend/ndb/rpmpkg.c).

Little-endian. Pages of 4096 bytes hold slots of 16 bytes (magic, package number, first block, blocks), the file's
own header in place of the first two; a blob is a head of 16 bytes, the header, padding to blocks of 16 bytes less
12, and a tail of 12: Adler-32, length, magic. The checksum is verified.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

from generator.errors import FormatError

MAGIC: Final = b"RpmP"

_BLOCK: Final = 16
_PAGE: Final = 4096
_SLOT: Final = struct.Struct("<4sIII")
_HEAD: Final = struct.Struct("<4sIII")
_TAIL: Final = struct.Struct("<II4s")


def header_blobs(content: bytes, *, path: str) -> Iterator[bytes]:
    """Give the header of each installed package, in the order in which the file holds them."""
    if len(content) < 32 or not content.startswith(MAGIC):
        raise FormatError(path=path, offset=0, rule="an NDB file")
    version, _, page_count = struct.unpack_from("<III", content, 4)
    if version != 0:
        raise FormatError(path=path, offset=4, rule=f"NDB version 0, found {version}")
    slots_end = page_count * _PAGE
    if not 0 < slots_end <= len(content):
        raise FormatError(path=path, offset=12, rule="as many slot pages as the file holds")
    slots = []
    for offset in range(2 * _SLOT.size, slots_end, _SLOT.size):
        magic, number, first_block, block_count = _SLOT.unpack_from(content, offset)
        if magic != b"Slot":
            raise FormatError(path=path, offset=offset, rule="a slot")
        if first_block:
            slots.append((first_block * _BLOCK, block_count * _BLOCK, number, offset))
    end = slots_end
    for start, size, number, offset in sorted(slots):
        # Blobs do not overlap, so that all of them together are no longer than the file.
        if start < end or start + size > len(content) or number == 0:
            raise FormatError(path=path, offset=offset, rule="a slot whose blob has its own place in the file")
        end = start + size
        yield _blob(content, start, size, number, path)


def _blob(content: bytes, start: int, size: int, number: int, path: str) -> bytes:
    if size < _HEAD.size + _TAIL.size:
        raise FormatError(path=path, offset=start, rule="a blob with head and tail")
    magic, head_number, _, length = _HEAD.unpack_from(content, start)
    tail = start + size - _TAIL.size
    checksum, tail_length, tail_magic = _TAIL.unpack_from(content, tail)
    blocks = -(-(_HEAD.size + length + _TAIL.size) // _BLOCK)
    if (magic, head_number, tail_length, tail_magic, blocks * _BLOCK) != (b"BlbS", number, length, b"BlbE", size):
        raise FormatError(path=path, offset=start, rule="a blob whose slot, head and tail agree")
    if zlib.adler32(memoryview(content)[start:tail]) != checksum:
        raise FormatError(path=path, offset=start, rule="a blob with the checksum in its tail")
    return content[start + _HEAD.size : start + _HEAD.size + length]
