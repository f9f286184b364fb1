"""The index of all images' terms, cut into small files: packed terms in, shards of JSON out, in order.

Terms of all images are merged as sorted streams, so memory does not grow with them. A shard holds the keys of one
range; the list of cuts tells which one holds a key: the last whose cut is not greater. Files are named by their
contents, so a list of cuts never meets a shard of another build. Equal sets of images are written once a shard.
"""

import hashlib
import heapq
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from generator.compare.terms import FIELD_END, unpack

LARGEST_SHARD: Final = 40_000
"""Bytes of a shard before compression, give or take one key; a key that has more goes on in the next shard."""

_ANGLES: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028"})
_GOES_ON: Final = "\x01"
"""Ends a cut inside a key: greater than the key, less than every longer one."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One file of the index."""

    cut: str
    """No key in it is less, and every key of the shards before is."""
    name: str
    content: bytes


@dataclass(slots=True)
class _Open:
    """A shard that is being filled."""

    cut: str
    rows: list[tuple[str, list[tuple[str, str, str, int]]]] = field(default_factory=list)
    sets: dict[str, int] = field(default_factory=dict)
    size: int = 0


def cut(packed: Sequence[bytes]) -> Iterator[Shard]:
    """Yield the shards; an image's number is its place in `packed`."""
    here, last_key = _Open(""), ""
    for key, kind, name, detail, images in _merged(packed):
        is_new = key != last_key
        if here.size >= (LARGEST_SHARD if is_new else 2 * LARGEST_SHARD):
            yield _close(here)
            here = _Open(_shortest_above(last_key, key) if is_new else key + _GOES_ON)
        if is_new or not here.rows:
            here.rows.append((key, []))
            here.size += len(key) + 6
        here.rows[-1][1].append((kind, name, detail, here.sets.setdefault(images, len(here.sets))))
        here.size += len(name) + len(detail) + 16
        last_key = key
    yield _close(here)


def ranges(numbers: Sequence[int]) -> str:
    """Write ascending numbers shortly: `0-3,7`."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][-1] == number - 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number])
    return ",".join("-".join(map(str, part)) for part in parts)


def _merged(packed: Sequence[bytes]) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield key, kind, name, detail and the images that have it, in order."""
    streams = [_numbered(one, number) for number, one in enumerate(packed)]
    for line, same in groupby(heapq.merge(*streams), key=lambda one: one[:-5]):
        key, kind, name, detail = line.split(FIELD_END)
        yield key, kind, name, detail, ranges([int(one[-4:]) for one in same])


def _numbered(packed: bytes, number: int) -> Iterator[str]:
    end = f"{FIELD_END}{number:04d}"  # after the field's end, lines that begin alike keep their order
    return (line + end for line in unpack(packed))


def _shortest_above(before: str, key: str) -> str:
    return next(key[:end] for end in range(1, len(key) + 1) if key[:end] > before)


def _close(shard: _Open) -> Shard:
    content = encoded({"sets": list(shard.sets), "keys": shard.rows})
    return Shard(shard.cut, f"{hashlib.sha256(content).hexdigest()[:10]}.json", content)


def encoded(value: object) -> bytes:
    """Return compact JSON that stays what it is wherever a browser reads it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_ANGLES).encode() + b"\n"
