"""Compiled time zones, wherever they lie."""

from typing import Final

from generator import limits
from generator.formats.tzif import MAGIC, TimeZone, parse_tzif
from generator.probes.base import Probe


def wants(path: str, size: int, mode: int, start: bytes) -> bool:
    """Want what begins like a zone; the largest have a few kilobytes."""
    return start.startswith(MAGIC) and size <= limits.MIB


PROBE: Final = Probe("tzif", 1, wants, parse_tzif, TimeZone)
