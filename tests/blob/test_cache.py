"""The blob cache: nothing but whole, verified blobs is ever visible in it, whoever writes and whoever dies."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from generator.blob.cache import BlobCache
from generator.errors import DigestMismatch, SizeMismatch
from generator.oci.digest import Digest, digest_of

BLOB = bytes(range(256)) * 1000
DIGEST = digest_of(BLOB)


@pytest.fixture
def cache(tmp_path: Path) -> BlobCache:
    """Give an empty cache."""
    return BlobCache(tmp_path / "blobs", 10**9)


def put(cache: BlobCache, content: bytes) -> Digest:
    """Put a blob into the cache."""
    digest = digest_of(content)
    with cache.receiving(digest) as partial:
        if partial:
            partial.restart()
            partial.write(content)
            partial.keep(len(content), "blob")
    return digest


def content_of(cache: BlobCache, digest: Digest) -> bytes | None:
    """Return a blob's bytes, None when it is not there."""
    file = cache.find(digest)
    if file is None:
        return None
    with file:
        return file.read()


def test_a_blob_is_kept(cache: BlobCache) -> None:
    """What was collected and verified is found again, and nothing else lies beside it."""
    assert cache.find(DIGEST) is None
    put(cache, BLOB)
    assert content_of(cache, DIGEST) == BLOB
    assert [path.name for path in cache.folder.iterdir()] == [DIGEST.replace(":", "-")]
    with cache.receiving(DIGEST) as partial:
        assert partial is None


def test_other_algorithms(cache: BlobCache) -> None:
    """A sha512 digest is verified as such."""
    digest = Digest("sha512:" + hashlib.sha512(BLOB).hexdigest())
    with cache.receiving(digest) as partial:
        assert partial
        partial.write(BLOB)
        partial.keep(len(BLOB), "blob")
    assert content_of(cache, digest) == BLOB


@pytest.mark.parametrize(
    ("content", "size", "error"),
    [
        (BLOB[:-1] + b"x", len(BLOB), DigestMismatch),
        (BLOB, len(BLOB) + 1, SizeMismatch),
        (BLOB[:-1], len(BLOB), SizeMismatch),
        (b"", 0, DigestMismatch),
    ],
)
def test_what_is_not_the_blob_is_not_kept(cache: BlobCache, content: bytes, size: int, error: type[Exception]) -> None:
    """Digest and size are checked over all bytes; what does not fit is forgotten."""
    with cache.receiving(DIGEST) as partial:
        assert partial
        partial.write(content)
        with pytest.raises(error, match="layer 3"):
            partial.keep(size, "layer 3")
        assert partial.size == 0
    assert cache.find(DIGEST) is None


def test_collecting_goes_on(cache: BlobCache) -> None:
    """Bytes that were left are there the next time, hashed anew, and the blob is whole with the rest."""
    with pytest.raises(ZeroDivisionError), cache.receiving(DIGEST) as partial:
        assert partial
        partial.write(BLOB[:1000])
        raise ZeroDivisionError
    assert cache.find(DIGEST) is None
    with cache.receiving(DIGEST) as partial:
        assert partial
        assert partial.size == 1000
        partial.write(BLOB[1000:])
        partial.keep(len(BLOB), "blob")
    assert content_of(cache, DIGEST) == BLOB


WRITER = """
import sys, time
from pathlib import Path
from generator.blob.cache import BlobCache
from generator.oci.digest import digest_of
blob = bytes(range(256)) * 1000
with BlobCache(Path(sys.argv[1]), 10**9).receiving(digest_of(blob)) as partial:
    if partial is None:
        print("there", flush=True)
    else:
        partial.restart()
        for start in range(0, len(blob), 1000):
            partial.write(blob[start:start + 1000])
            print("wrote", flush=True)
            time.sleep(float(sys.argv[2]))
        partial.keep(len(blob), "blob")
        print("kept", flush=True)
"""


def start_writer(cache: BlobCache, pause: float) -> "subprocess.Popen[str]":
    """Start a process that collects the blob, pausing after each piece."""
    command = [sys.executable, "-c", WRITER, str(cache.folder), str(pause)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])


def test_a_killed_process_leaves_no_broken_blob(cache: BlobCache) -> None:
    """After a kill at any moment the blob is either whole or not there, and can be collected at once."""
    for moment in (0.0, 0.01, 0.05):
        writer = start_writer(cache, 0.005)
        assert writer.stdout
        writer.stdout.readline()
        time.sleep(moment)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        assert content_of(cache, DIGEST) in (None, BLOB)
    put(cache, BLOB)
    assert content_of(cache, DIGEST) == BLOB


def test_one_process_collects_and_the_others_find(cache: BlobCache) -> None:
    """Of several processes that want a blob at once, exactly one fetches it."""
    writers = [start_writer(cache, 0.0005) for _ in range(3)]
    outputs = [writer.communicate(timeout=60)[0] for writer in writers]
    assert sum(output.endswith("kept\n") for output in outputs) == 1
    assert sum(output == "there\n" for output in outputs) == 2
    assert content_of(cache, DIGEST) == BLOB


def test_one_thread_collects_and_the_others_find(cache: BlobCache) -> None:
    """The same holds for threads of one process."""
    kept = []

    def work() -> None:
        with cache.receiving(DIGEST) as partial:
            if partial:
                partial.write(BLOB)
                partial.keep(len(BLOB), "blob")
                kept.append(partial)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 1 and content_of(cache, DIGEST) == BLOB


def test_the_least_recently_used_goes_first(cache: BlobCache) -> None:
    """Reading a blob keeps it; the bound holds to the byte after `shrink`."""
    digests = [put(cache, bytes([number]) * 1000) for number in range(5)]
    for age, digest in enumerate(digests):
        os.utime(cache.folder / digest.replace(":", "-"), (1000 + age, 1000 + age))
    assert content_of(cache, digests[0])
    BlobCache(cache.folder, 3000).shrink()
    assert [bool(content_of(cache, digest)) for digest in digests] == [True, False, False, True, True]
    BlobCache(cache.folder, 2999).shrink()
    assert sum(bool(content_of(cache, digest)) for digest in digests) == 2


def test_what_is_in_use_survives(cache: BlobCache) -> None:
    """An open blob is read to its end, and bytes being collected stay, whatever the bound."""
    put(cache, BLOB)
    other = digest_of(b"other")
    file = cache.find(DIGEST)
    assert file
    with file, cache.receiving(other) as partial:
        assert partial
        partial.write(b"oth")
        BlobCache(cache.folder, 0).shrink()
        assert file.read() == BLOB
        partial.write(b"er")
        partial.keep(5, "blob")
    assert cache.find(DIGEST) is None
    assert content_of(cache, other) == b"other"


def test_abandoned_pieces_go_too(cache: BlobCache) -> None:
    """What nobody collects any longer counts, and is removed like a blob."""
    with cache.receiving(DIGEST) as partial:
        assert partial
        partial.write(BLOB[:1000])
    BlobCache(cache.folder, 999).shrink()
    assert list(cache.folder.iterdir()) == []
    BlobCache(cache.folder / "missing", 0).shrink()


def test_damage_is_found_and_removed(cache: BlobCache) -> None:
    """A blob that the disk has changed is removed when somebody doubts it; a whole one stays."""
    put(cache, BLOB)
    assert not cache.is_damaged(DIGEST)
    path = cache.folder / DIGEST.replace(":", "-")
    path.write_bytes(BLOB[:-1])
    assert cache.is_damaged(DIGEST)
    assert cache.find(DIGEST) is None
    assert not cache.is_damaged(DIGEST)
