"""Decompression: members and frames without end, bounded output, damage told."""

import os
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from generator.blob import compression
from generator.blob.compression import compression_of, decompressed, peek
from generator.errors import InvalidCompression
from generator.limits import CHUNK_SIZE
from generator.oci.media_type import Compression
from tests.builders import compress

KINDS: tuple[Compression, ...] = ("gzip", "zstd", "xz")
CONTENT = os.urandom(1000) + bytes(3_000_000) + os.urandom(700_000)


@pytest.fixture(params=["isal", "zlib"])
def inflate(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run with the quick inflater and with the standard library's."""
    if request.param == "zlib":
        monkeypatch.setitem(compression._FACTORIES, "gzip", compression._Zlib)


def cut(content: bytes, size: int) -> Iterator[bytes]:
    """Cut into chunks."""
    return (content[start : start + size] for start in range(0, len(content), size))


@pytest.mark.usefixtures("inflate")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [7, 4096, 10**9])
def test_members_and_frames_follow_one_another(kind: Compression, size: int) -> None:
    """Any number of members or frames is one stream, in chunks of bounded size, wherever the input is cut."""
    stored = compress(CONTENT, kind) + compress(b"", kind) + compress(b"tail", kind)
    chunks = list(decompressed(cut(stored, size), kind, where="x"))
    assert b"".join(chunks) == CONTENT + b"tail"
    assert max(map(len, chunks)) <= CHUNK_SIZE


@pytest.mark.usefixtures("inflate")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("keep", [3, 50, 5000, -1])
def test_streams_that_end_early(kind: Compression, keep: int) -> None:
    """A stream cut anywhere is an error, never a shorter content."""
    with pytest.raises(InvalidCompression, match="ends early"):
        list(decompressed(cut(compress(CONTENT, kind)[:keep], 1000), kind, where="layer 3"))


@pytest.mark.usefixtures("inflate")
@pytest.mark.parametrize("kind", KINDS)
def test_flipped_bits(kind: Compression) -> None:
    """A flipped bit is an error, not other content."""
    stored = bytearray(compress(CONTENT, kind))
    stored[len(stored) // 2] ^= 0x10
    try:
        content = b"".join(decompressed(cut(bytes(stored), 4096), kind, where="layer 3"))
    except InvalidCompression:
        return
    assert kind == "zstd", "gzip and xz carry checksums"
    assert content != CONTENT  # a frame without checksum: the diff_id tells


@pytest.mark.usefixtures("inflate")
def test_gzip_padding() -> None:
    """Zeros behind the last member are padding, as gzip itself has it; anything else is an error."""
    stored = compress(b"content")
    assert b"".join(decompressed(cut(stored + bytes(1000), 100), "gzip", where="x")) == b"content"
    with pytest.raises(InvalidCompression):
        list(decompressed(cut(stored + b"garbage behind the member", 100), "gzip", where="x"))


def test_skippable_zstd_frames() -> None:
    """zstd:chunked keeps its table in a skippable frame, which is no content, also at the start."""
    skippable = b"\x50\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"table"
    stored = skippable + compress(b"one", "zstd") + skippable
    assert compression_of(stored[:16]) == "zstd"
    assert b"".join(decompressed(cut(stored, 5), "zstd", where="x")) == b"one"


@pytest.mark.parametrize(
    ("kind", "make"),
    [("gzip", lambda: compress(bytes(50_000_000)) * 4), ("zstd", lambda: compress(bytes(50_000_000), "zstd") * 4)],
)
def test_bombs_cost_no_memory(kind: Compression, make: Callable[[], bytes]) -> None:
    """200 MB of zeros pass in chunks; the memory they take does not grow with them."""
    stored = make()
    tracemalloc.start()
    total = sum(len(chunk) for chunk in decompressed(cut(stored, 65536), kind, where="x"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == 200_000_000
    assert peak < 10_000_000


def test_magic() -> None:
    """What is nothing known is taken for an uncompressed tar."""
    assert [compression_of(compress(b"x", kind)[:16]) for kind in KINDS] == list(KINDS)
    assert compression_of(b"") == compression_of(b"etc/passwd") == compression_of(b"P*M") == "none"


def test_peek_gives_the_whole_back() -> None:
    """Looking at the start takes nothing away."""
    start, whole = peek(iter([b"a", b"", b"bc", b"d" * 20]), 16)
    assert start == b"abc" + b"d" * 13
    assert b"".join(whole) == b"abc" + b"d" * 20
    assert peek(iter([]))[0] == b""
