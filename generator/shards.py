"""A share of the images for each of several machines: `I/N`, and which images are machine I's.

Every machine works it out alone from names, platforms and recorded sizes, so all must begin with the same store and
the same images.yml. An image has an order of preference among the machines that depends on nothing but its name and
platform (rendezvous hashing), and goes to the first that has room; large images choose first, and a machine has room
for a little more than its part of all bytes. So the work is balanced, and one image more moves few others.
"""

import hashlib
import re
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from generator.errors import UsageError

_ROOM: Final = 1.15
"""What one machine may have, as a multiple of an equal part."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One machine's place among several."""

    number: int
    """From 1 to `count`."""
    count: int

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read `I/N`; raises UsageError."""
        match = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", written, re.ASCII)
        if not match or int(match[1]) > int(match[2]):
            raise UsageError(problem=f"“{written}” is not a shard: write I/N, such as 1/3, 2/3 and 3/3")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def share(sizes: Mapping[str, int | None], shard: Shard) -> frozenset[str]:
    """Return which of the images, given with what is known of their sizes, are this machine's."""
    return frozenset(key for key, number in _distribution(sizes, shard.count).items() if number == shard.number)


def _distribution(sizes: Mapping[str, int | None], count: int) -> dict[str, int]:
    """Return each image's machine. An image of unknown size counts as one of middling size."""
    known = [size for size in sizes.values() if size is not None]
    middling = int(statistics.median(known)) if known else 1
    weights = {key: max(1, middling if size is None else size) for key, size in sizes.items()}
    room = _ROOM * sum(weights.values()) / count
    loads = dict.fromkeys(range(1, count + 1), 0)
    chosen = {}
    for key in sorted(weights, key=lambda key: (-weights[key].bit_length(), _rank(key))):  # by classes of size
        fitting = [number for number in loads if loads[number] + weights[key] <= room]
        if fitting:
            number = min(fitting, key=lambda number: _rank(f"{number} {key}"))
        else:
            number = min(loads, key=lambda number: (loads[number], number))
        chosen[key] = number
        loads[number] += weights[key]
    return chosen


def _rank(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
