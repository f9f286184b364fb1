"""Debian copyright files → what they say of licences. Large as they are, only that is kept of each."""

import re
from typing import Final

from generator import limits
from generator.formats.dpkg_copyright import Copyright, parse_copyright
from generator.probes.base import Probe

SIZE_LIMIT: Final = 4 * limits.MIB
"""Bytes of the largest file that is read; Debian's largest has about a mebibyte."""
_PATH: Final = re.compile(r"usr/share/doc/[^/]+/copyright\Z")


def wants(path: str, size: int, mode: int, start: bytes) -> bool:
    """Want what lies where Debian's policy puts it (12.5)."""
    return path.endswith("/copyright") and size <= SIZE_LIMIT and _PATH.match(path) is not None


def read(content: bytes) -> Copyright:
    """Read one file; raises FormatError."""
    return parse_copyright(content, path="")


PROBE: Final = Probe("copyright", 1, wants, read, Copyright)
"""Machine-readable or prose, and the licences named."""
