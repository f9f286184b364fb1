"""Files of this machine that hold an image: opened without surprises, read by position, kept for a while.

Nothing here writes anywhere but to temporary files without a name in the folder it is given.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from generator.errors import ImageNotFound, InvalidArchive, LimitExceeded, SourceError
from generator.limits import CHUNK_SIZE


@dataclass(frozen=True, slots=True)
class Piece:
    """One file inside an archive or a layout: how large it is, and how to read it as often as wanted."""

    size: int
    open: Callable[[], AbstractContextManager[Iterator[bytes]]]

    def read(self, limit: int, where: str) -> bytes:
        """Return the whole of it; raises LimitExceeded when it is larger than `limit`."""
        if self.size > limit:
            raise LimitExceeded(where=where, what="document size", limit=f"{limit} bytes")
        with self.open() as chunks:
            return b"".join(chunks)


def reason_of(err: OSError) -> str:
    """Return what the system says, without the number."""
    return err.strerror or str(err)


@contextmanager
def open_host_file(host_path: Path, source: str) -> Iterator[BinaryIO]:
    """Open a regular file (a pipe or a device is refused rather than waited for); raises SourceError."""
    try:
        descriptor = os.open(host_path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError) as err:
        raise ImageNotFound(source=source, reason=reason_of(err)) from err
    except (OSError, ValueError) as err:
        raise SourceError(source=source, reason=f"{host_path}: {err}") from err
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise SourceError(source=source, reason=f"{host_path} is no regular file")
    with os.fdopen(descriptor, "rb") as file:
        yield file


def read_at(file: BinaryIO, offset: int, size: int, where: str) -> bytes:
    """Return `size` bytes from `offset`, without moving the file's position: threads may read at the same time."""
    parts = []
    while size:
        try:
            part = os.pread(file.fileno(), min(size, CHUNK_SIZE), offset)
        except OSError as err:
            raise SourceError(source=where, reason=reason_of(err)) from err
        if not part:
            raise InvalidArchive(where=where, reason="the file ends early; it became shorter while it was read")
        parts.append(part)
        offset += len(part)
        size -= len(part)
    return b"".join(parts)


@contextmanager
def chunks_of(file: BinaryIO, offset: int, size: int, where: str) -> Iterator[Iterator[bytes]]:
    """Give `size` bytes from `offset` in chunks."""

    def read() -> Iterator[bytes]:
        for start in range(offset, offset + size, CHUNK_SIZE):
            yield read_at(file, start, min(CHUNK_SIZE, offset + size - start), where)

    yield read()


@contextmanager
def temporary_file(chunks: Iterator[bytes], folder: Path, source: str) -> Iterator[BinaryIO]:
    """Keep a stream in a file that has no name and vanishes with its last user; raises SourceError when it cannot."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed below; opening and using fail differently
    except OSError as err:
        raise SourceError(source=source, reason=f"{folder}: {reason_of(err)}") from err
    with file:
        for chunk in chunks:
            try:
                file.write(chunk)
            except OSError as err:
                free = shutil.disk_usage(folder).free
                raise SourceError(source=source, reason=f"{folder}: {reason_of(err)} ({free} bytes free)") from err
        try:
            file.flush()
        except OSError as err:
            raise SourceError(source=source, reason=f"{folder}: {reason_of(err)}") from err
        file.seek(0)
        yield file


def stamp_of(host_path: Path, source: str) -> str:
    """Return a file's size and time of change, which tell whether it may have changed; raises SourceError."""
    try:
        status = host_path.stat()
    except (FileNotFoundError, NotADirectoryError) as err:
        raise ImageNotFound(source=source, reason=reason_of(err)) from err
    except (OSError, ValueError) as err:
        raise SourceError(source=source, reason=str(err)) from err
    return f"{status.st_size}-{status.st_mtime_ns}"


def split_details(details: str) -> tuple[Path, str | None]:
    """Read `PATH[:REST]`: the first colon ends the path (as containers/image has it); an empty REST is None."""
    path, _, rest = details.partition(":")
    return Path(path), rest or None
