"""Compiled time zones made by hand."""

import struct


def zone(
    *, version: bytes = b"2", rule: bytes = b"CET-1CEST,M3.5.0,M10.5.0/3", transitions: int = 3, leaps: int = 0
) -> bytes:
    """Make a TZif file of one type; version b"\\0" has 32-bit times and no rule."""

    def block(time_format: str) -> bytes:
        size = struct.calcsize(time_format)
        header = struct.pack(">4sc15x6I", b"TZif", version, 1, 1, leaps, transitions, 1, 4)
        times = b"".join(struct.pack(time_format, moment) for moment in range(transitions))
        return header + times + bytes(transitions) + bytes(6) + b"CET\0" + bytes(leaps * (size + 4)) + bytes(2)

    if version == b"\0":
        return block(">i")
    return block(">i") + block(">q") + b"\n" + rule + b"\n"
