"""Inspectors: the squashed tree → one section of the document each. One file a topic, all listed here.

An inspector reads a `Filesystem`, never an image, and knows no other inspector.
"""

from typing import Any, Final

from generator.inspectors import elf, os_release, packages
from generator.inspectors.base import Inspector

INSPECTORS: Final[tuple[Inspector[Any], ...]] = (os_release.INSPECTOR, packages.INSPECTOR, elf.INSPECTOR)
