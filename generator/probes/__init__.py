"""Probes: one file's bytes → one small fact, as a layer streams by. One file a kind, all listed here.

A probe knows nothing of paths but whether it wants one: its fact depends on the content alone, so a content that has
been probed once, in any layer of any image, is never probed again.
"""

from typing import Any, Final

from generator.probes import command, debian_copyright, elf, pem, tzif
from generator.probes.base import Probe

PROBES: Final[tuple[Probe[Any], ...]] = (elf.PROBE, command.PROBE, pem.PROBE, tzif.PROBE, debian_copyright.PROBE)
