"""Inspectors: the squashed tree → one section of the document each. One file a topic, all listed here.

An inspector reads a `Filesystem`, never an image, and knows no other inspector.
"""

from typing import Any, Final

from generator.inspectors import (
    certificates,
    commands,
    elf,
    identity,
    multicall,
    os_release,
    packages,
    permissions,
    time_zones,
)
from generator.inspectors.base import Inspector

INSPECTORS: Final[tuple[Inspector[Any], ...]] = (
    os_release.INSPECTOR,
    multicall.INSPECTOR,
    commands.INSPECTOR,
    packages.INSPECTOR,
    elf.INSPECTOR,
    certificates.INSPECTOR,
    time_zones.INSPECTOR,
    identity.INSPECTOR,
    permissions.INSPECTOR,
)
