"""A cache of blobs on disk, by digest: only whole, verified blobs are in it, and it keeps within its bound.

`receiving` gives the place where a blob's bytes are collected; `keep` checks digest and size over all of them and
only then renames the file to the blob's name, so that a process killed at any moment leaves nothing that looks like
a blob. What was collected stays as `.part` and can be continued. A file lock lets one process at a time collect a
blob; the others wait and find it. Least recently used files go when `shrink` is called; a file that is being read
survives that as long as it is open. Raises OSError where the disk fails.

    FOLDER/sha256-HEX        a blob        FOLDER/sha256-HEX.part    bytes of one, not to be believed
"""

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from generator.errors import DigestMismatch, SizeMismatch
from generator.limits import CHUNK_SIZE
from generator.oci.digest import Digest, algorithm_of

if TYPE_CHECKING:
    from hashlib import _Hash

_PART: Final = ".part"


def _pause() -> None:
    time.sleep(0.05)


@dataclass(frozen=True, slots=True)
class BlobCache:
    """Blobs in one folder, `max_size` bytes of them at most (after `shrink`)."""

    folder: Path
    max_size: int

    def find(self, digest: Digest) -> BinaryIO | None:
        """Open a blob for reading and mark it as used; None when it is not here."""
        path = self._path(digest)
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return None
        os.utime(file.fileno())
        return file

    @contextmanager
    def receiving(self, digest: Digest, pause: Callable[[], None] = _pause) -> "Iterator[Partial | None]":
        """Give the bytes collected of a blob so far, or None when somebody else has completed it meanwhile.

        `pause` is called again and again while somebody else collects; it may raise in order to wait no longer.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(digest)
        file = self._locked(path, pause)
        if file is None:
            yield None
            return
        with file:
            yield Partial(file, path, digest)

    def _locked(self, path: Path, pause: Callable[[], None]) -> BinaryIO | None:
        part = path.with_name(path.name + _PART)
        while not path.exists():
            file = os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b")
            # Between opening and locking, its last user may have renamed it, or `shrink` removed it.
            if _lock(file) and _is_at(file, part):
                if not path.exists():
                    return file
                part.unlink()
            file.close()
            if not path.exists():
                pause()
        return None

    def is_damaged(self, digest: Digest) -> bool:
        """Read a blob again; remove it and return True when the disk no longer holds what was once verified."""
        file = self.find(digest)
        if file is None:
            return False
        with file:
            damaged = _hash_of(file, digest)[0].hexdigest() != digest.partition(":")[2]
        if damaged:
            self._path(digest).unlink(missing_ok=True)
        return damaged

    def shrink(self) -> None:
        """Remove the least recently used files until the rest is within bounds; what is being collected stays."""
        files = []
        total = 0
        if not self.folder.is_dir():
            return
        for entry in os.scandir(self.folder):
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            files.append((status.st_mtime_ns, entry.name, status.st_size))
            total += status.st_size
        for _, name, size in sorted(files):
            if total <= self.max_size:
                return
            if _remove(self.folder / name):
                total -= size

    def _path(self, digest: Digest) -> Path:
        return self.folder / digest.replace(":", "-")


class Partial:
    """A blob being collected, by us alone."""

    def __init__(self, file: BinaryIO, path: Path, digest: Digest) -> None:
        self._file = file
        self._path = path
        self._digest = digest
        self._hasher, self.size = _hash_of(file, digest)

    def restart(self) -> None:
        """Forget what was collected."""
        self._file.seek(0)
        self._file.truncate()
        self._hasher, self.size = hashlib.new(algorithm_of(self._digest)), 0

    def write(self, chunk: bytes) -> None:
        """Add bytes."""
        self._file.write(chunk)
        self._hasher.update(chunk)
        self.size += len(chunk)

    def keep(self, size: int, blob: str) -> None:
        """Make it a blob of the cache; raises SizeMismatch or DigestMismatch, and forgets the bytes, when it is not."""
        got = f"{self._hasher.name}:{self._hasher.hexdigest()}"
        mismatch = (
            SizeMismatch(blob=blob, expected=size, got=self.size)
            if self.size != size
            else DigestMismatch(blob=blob, expected=self._digest, got=got)
            if got != self._digest
            else None
        )
        if mismatch:
            self.restart()
            raise mismatch
        self._file.flush()
        self._path.with_name(self._path.name + _PART).replace(self._path)


def _hash_of(file: BinaryIO, digest: Digest) -> "tuple[_Hash, int]":
    hasher = hashlib.new(algorithm_of(digest))
    size = 0
    file.seek(0)
    while chunk := file.read(CHUNK_SIZE):
        hasher.update(chunk)
        size += len(chunk)
    return hasher, size


def _is_at(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _lock(file: BinaryIO) -> bool:
    """Lock a file for us alone, if nobody else has; closing it unlocks it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove(path: Path) -> bool:
    """Remove a file unless somebody collects bytes in it."""
    try:
        with path.open("rb") as file:
            if not _lock(file):
                return False
            path.unlink()
    except OSError:
        return False
    return True
