"""Compiled time zones, TZif (RFC 9636): header, counts and footer. Not read: the transitions themselves.

Linear, and every length is checked against the file's before anything is sliced.
"""

import struct
from typing import Final

import msgspec

from generator.errors import FormatError

MAGIC: Final = b"TZif"

_HEADER: Final = struct.Struct(">4sc15x6I")


class TimeZone(msgspec.Struct, frozen=True):
    """One compiled zone."""

    version: int
    """1 to 4. Version 1 ends in 2038 and has no rule for later times."""
    transition_count: int
    """Changes of the clock that the file lists (64-bit ones where there are any)."""
    leap_second_count: int
    """Above zero in zones that count leap seconds, which are not what POSIX calls time."""
    rule: str
    """The footer: the rule for times after the last transition, as TZ has it; "" where there is none."""


def parse_tzif(content: bytes) -> TimeZone:
    """Read a zone; raises FormatError, its path left empty."""
    version, counts, end = _block(content, 0, time_size=4)
    if version == 1:
        return TimeZone(1, counts[3], counts[2], "")
    again, counts, end = _block(content, end, time_size=8)
    if again != version:
        raise FormatError(path="", offset=end, rule="the same version in both headers")
    footer_end = content.find(b"\n", end + 1)
    if content[end : end + 1] != b"\n" or footer_end < 0:
        raise FormatError(path="", offset=end, rule="a footer between line ends")
    footer = content[end + 1 : footer_end]
    if len(footer) > 200 or not footer.isascii() or b"\0" in footer:
        raise FormatError(path="", offset=end, rule="a footer of ASCII text")
    return TimeZone(version, counts[3], counts[2], footer.decode("ascii"))


def _block(content: bytes, start: int, *, time_size: int) -> tuple[int, tuple[int, ...], int]:
    """Return a block's version, its six counts and where it ends."""
    if len(content) < start + _HEADER.size:
        raise FormatError(path="", offset=start, rule="a header of 44 bytes")
    magic, mark, *counts = _HEADER.unpack_from(content, start)
    if magic != MAGIC:
        raise FormatError(path="", offset=start, rule="the magic TZif")
    if mark not in b"\x00234":
        raise FormatError(path="", offset=start + 4, rule="version 1 to 4")
    utc_count, standard_count, leap_count, transition_count, type_count, character_count = counts
    if not type_count or not character_count or utc_count not in (0, type_count):
        raise FormatError(path="", offset=start + 20, rule="at least one type and one character of its name")
    end = start + _HEADER.size + transition_count * (time_size + 1) + type_count * 6 + character_count
    end += leap_count * (time_size + 4) + standard_count + utc_count
    if end > len(content):
        raise FormatError(path="", offset=start + 20, rule="counts that the file has room for")
    return (1 if mark == b"\0" else int(mark)), tuple(counts), end
