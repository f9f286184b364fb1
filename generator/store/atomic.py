"""Files that are whole or not there: written beside their place, brought to disk, renamed.

A run that is killed leaves at most a temporary file, whose name starts with `.new-`; `sweep` removes those.
"""

import os
import tempfile
from pathlib import Path
from typing import Final

from generator.errors import StoreError

_TEMPORARY: Final = ".new-"
_MODE: Final = 0o644


def write(path: Path, content: bytes) -> None:
    """Put `content` at `path` in one step; raises StoreError when it cannot, and then nothing has changed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)
    except OSError as err:
        raise StoreError(path=str(path), reason=f"cannot be written: {err.strerror or err}") from err
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(descriptor, _MODE)
            os.fsync(descriptor)
        temporary.replace(path)
    except BaseException as err:
        temporary.unlink(missing_ok=True)
        if isinstance(err, OSError):
            raise StoreError(path=str(path), reason=f"cannot be written: {err.strerror or err}") from err
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to disk, where the file system knows how."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> None:
    """Remove what killed runs left below `folder`. Only for who holds the folder's lock."""
    for left_over in folder.rglob(f"{_TEMPORARY}*"):
        left_over.unlink(missing_ok=True)
