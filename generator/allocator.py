"""How memory is had and given back while an image is analyzed: the C library's allocator, and Python's collector.

glibc raises the size from which it maps memory (M_MMAP_THRESHOLD, mallopt(3)) whenever a larger mapping is freed.
After one program of 30 MB has been read, every buffer up to that size comes from the heap and tears holes into it that
are never given back. Fixing the threshold keeps the peak where the live bytes are. Elsewhere this does nothing.

Python's collector walks over all objects again and again, looking for cycles that are no longer in use. An analysis
makes a tree of some hundred thousand objects and no cycles: the walks cost a twentieth of its time and find nothing.
"""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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


def give_back() -> None:
    """Return to the system what has been freed (malloc_trim(3)): worth it before something of another shape is made."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def without_collector() -> Iterator[None]:
    """Leave what is no longer used to reference counts alone; afterwards all is as it was."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
