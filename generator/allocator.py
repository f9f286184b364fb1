"""The C library's allocator, told once how large buffers are to be had: from the system, and given back to it.

glibc raises the size from which it maps memory (M_MMAP_THRESHOLD, mallopt(3)) whenever a larger mapping is freed.
After one program of 30 MB has been read, every buffer up to that size comes from the heap and tears holes into it that
are never given back. Fixing the threshold keeps the peak where the live bytes are. Elsewhere this does nothing.
"""

import ctypes
import sys
from contextlib import suppress
from functools import cache
from typing import Final

_M_MMAP_THRESHOLD: Final = -3
_THRESHOLD: Final = 1024 * 1024
"""Above the chunks that move between stages, which must not be mapped anew each."""


@cache
def fix_mapping_threshold() -> None:
    """Map every buffer of more than 1 MiB; a second call changes nothing."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # musl has no mallopt, and maps large buffers anyway
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _THRESHOLD)
