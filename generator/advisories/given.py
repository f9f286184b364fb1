"""Files that images.yml names: a path in, its bytes out, whatever is really there.

What is named may be anything: a pipe that nobody writes to, a device that never ends, a folder, nothing. Only regular
files are read, and no more of them than allowed.
"""

import os
import stat
from pathlib import Path

from generator.errors import InvalidReport


def content_of(path: Path, where: str, largest: int) -> bytes:
    """Return a file's bytes; raises InvalidReport, naming it as `where`, when there is none or it has more."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # non-blocking: pipes are waited for
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise InvalidReport(where=where, reason="not a regular file")
            content = file.read(largest + 1)
    except OSError as err:
        raise InvalidReport(where=where, reason=f"cannot be read: {err.strerror or err}") from err
    except ValueError as err:  # a NUL in its name
        raise InvalidReport(where=where, reason="no file can have this name") from err
    if len(content) > largest:
        raise InvalidReport(where=where, reason=f"more than {largest} bytes")
    return content
