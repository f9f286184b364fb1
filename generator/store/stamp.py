"""Files by size and time of change: whether something may have changed on this machine, without reading it."""

import hashlib
import os
from pathlib import Path


def tree_stamp(folder: Path) -> str:
    """Return a digest over every file below `folder`, byte code left out; a missing folder is an empty one."""
    digest = hashlib.sha256()
    for parent, folder_names, file_names in os.walk(folder):
        folder_names[:] = sorted(name for name in folder_names if name != "__pycache__")
        for name in sorted(file_names):
            digest.update(file_stamp(Path(parent, name)))
    return digest.hexdigest() + "\n"


def file_stamp(path: Path) -> bytes:
    """Return one file's path, size and time, or that it is gone."""
    try:
        status = path.stat()
    except OSError:
        return f"{path}\0gone\n".encode("utf-8", "surrogateescape")
    return f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode("utf-8", "surrogateescape")
