"""One build at a time in a folder: an advisory lock (flock) on the folder itself, so that nothing is left behind.

The kernel gives the lock back when its process ends, however it ends. File systems that cannot lock a folder (some
network file systems) go without.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from generator.errors import StoreBusy, StoreError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold `folder`, made when missing; raises StoreBusy at once when another process holds it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as err:
        raise StoreError(path=str(folder), reason=f"cannot be used: {err.strerror or err}") from err
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as err:
            if err.errno in (errno.EWOULDBLOCK, errno.EACCES):
                raise StoreBusy(path=str(folder)) from err
        yield
    finally:
        os.close(descriptor)
