"""Two folders exchanged in one step (renameat2(2), RENAME_EXCHANGE), so that nobody ever finds none in its place."""

import ctypes
import errno
import os
from pathlib import Path
from typing import Final

_EXCHANGE: Final = 2
_HERE: Final = -100
"""AT_FDCWD: paths are relative to the current folder."""
_NOT_KNOWN: Final = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM)


def exchange(one: Path, other: Path) -> bool:
    """Exchange two folders of one file system; return False, with nothing changed, where the system cannot.

    Raises OSError where it could, and failed.
    """
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2"):
        return False
    if library.renameat2(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NOT_KNOWN:
        return False
    raise OSError(number, os.strerror(number), str(other))
