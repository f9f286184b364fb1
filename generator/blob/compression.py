"""Decompression of layers: gzip (any number of members), zstd (any number of frames), xz, or nothing, told by magic.

RFC 1952 (gzip), RFC 8878 (zstd, with its skippable frames), the .xz format. Output comes in chunks of bounded size
whatever the input does, so that a small stream of much air costs time but no memory.
"""

import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

from generator import limits
from generator.errors import InvalidCompression
from generator.oci.media_type import Compression

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

igzip_lib: Any
try:
    from isal import igzip_lib
except ImportError:  # no wheel for this machine: zlib gives the same bytes at half the speed
    igzip_lib = None

_MAGICS: Final[tuple[tuple[bytes, Compression], ...]] = (
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ\x00", "xz"),
)
_ZSTD_SKIPPABLE: Final = b"\x2a\x4d\x18"  # after a first byte of 0x50 to 0x5f
_ZSTD_WINDOW_LOG: Final = 27
"""128 MiB, the window up to which the zstd program itself decompresses unasked."""
_MEMORY: Final = 128 * limits.MIB
"""What an xz stream may ask for (its -9 needs 65 MiB)."""


class _Decompressor(Protocol):
    """The interface of the standard library's incremental decompressors (bz2, lzma, zstd; isal's too)."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Zlib:
    """zlib's decompressor behind that interface."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def needs_input(self) -> bool:
        return not self._inflate.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)


def compression_of(start: bytes) -> Compression:
    """Tell a stream's compression from its first bytes (16 are enough); what is nothing known is "none"."""
    for magic, kind in _MAGICS:
        if start.startswith(magic):
            return kind
    if start[1:4] == _ZSTD_SKIPPABLE and 0x50 <= start[0] <= 0x5F:
        return "zstd"
    return "none"


def peek(chunks: Iterator[bytes], size: int = 16) -> tuple[bytes, Iterator[bytes]]:
    """Return the first `size` bytes (fewer at the stream's end) and an iterator of the whole stream."""
    start = b""
    while len(start) < size:
        chunk = next(chunks, None)
        if chunk is None:
            break
        start += chunk

    def whole() -> Iterator[bytes]:
        if start:
            yield start
        yield from chunks

    return start[:size], whole()


def decompressed(chunks: Iterator[bytes], kind: Compression, *, where: str) -> Iterator[bytes]:
    """Yield the stream's content in chunks of at most `limits.CHUNK_SIZE`.

    Raises InvalidCompression when it is damaged, ends early or carries foreign bytes behind its last member.
    """
    if kind == "none":
        return chunks
    return _members(chunks, _FACTORIES[kind], kind, where)


def _members(chunks: Iterator[bytes], start: Callable[[], _Decompressor], kind: str, where: str) -> Iterator[bytes]:
    decompressor: _Decompressor | None = None
    ended = False  # one member at least
    for chunk in chunks:
        data = chunk
        while True:
            if decompressor is None:
                if ended and kind != "zstd":
                    data = data.lstrip(b"\0")  # members may be followed by zeros that pad the file
                if not data:
                    break
                decompressor = start()
            try:
                out = decompressor.decompress(data, limits.CHUNK_SIZE)
            except _ERRORS as err:
                raise InvalidCompression(where=where, reason=f"damaged {kind} stream ({err})") from err
            if out:
                yield out
            if decompressor.eof:
                data = decompressor.unused_data
                decompressor = None
                ended = True
            elif decompressor.needs_input and not (out and len(out) == limits.CHUNK_SIZE):
                break
            else:
                data = b""
    if decompressor is not None:
        raise InvalidCompression(where=where, reason=f"the {kind} stream ends early")


def _gzip() -> _Decompressor:
    if igzip_lib is None:
        return _Zlib()
    decompressor: _Decompressor = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
    return decompressor


def _zstd() -> _Decompressor:
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG})


def _xz() -> _Decompressor:
    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_MEMORY)


_FACTORIES: Final[dict[str, Callable[[], _Decompressor]]] = {"gzip": _gzip, "zstd": _zstd, "xz": _xz}
_ERRORS: Final[tuple[type[Exception], ...]] = (
    zlib.error,
    lzma.LZMAError,
    zstd.ZstdError,
    EOFError,
    MemoryError,
    *([] if igzip_lib is None else [igzip_lib.error]),
)
