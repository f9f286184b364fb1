"""What a probe is, and the stream in which probes sit."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec

from generator import limits
from generator.errors import FormatError
from generator.tar import Entry

F = TypeVar("F", bound=msgspec.Struct)

_READ: Final = b"\1"
_UNREADABLE: Final = b"\0"

SIZE_LIMIT: Final = 32 * limits.MIB
"""Bytes of the largest file that is probed; one file is in memory at a time. What is larger has no facts."""


class Unreadable(msgspec.Struct, frozen=True):
    """A file that a probe wanted and could not read: a fact, too."""

    rule: str
    """What the format asks for and the file does not keep, with the place."""


@dataclass(frozen=True, slots=True)
class Probe(Generic[F]):
    """One kind of fact about one file's content."""

    name: str
    version: int
    """Goes up when `read` says something else about the same bytes."""
    wants: Callable[[str, int, int, bytes], bool]
    """Tells from path, size, mode and the first `tar.START_SIZE` bytes whether the file is worth reading."""
    read: Callable[[bytes], F]
    """Reads the content; may raise FormatError (its path is left empty here)."""
    fact: type[F]


class FactCache(Protocol):
    """Where facts are kept between runs; values are bytes whose meaning is the probe's."""

    def get(self, probe: str, digest: bytes) -> bytes | None:
        """Return what `put` was given for this content, or None."""

    def put(self, probe: str, digest: bytes, fact: bytes) -> None:
        """Keep a fact; may be forgotten at any time."""


def wanted_by(probes: Sequence[Probe[Any]], path: str, size: int, mode: int, start: bytes) -> bool:
    """Tell whether any probe wants the file."""
    return 0 < size <= SIZE_LIMIT and any(probe.wants(path, size, mode, start) for probe in probes)


def probed(
    entries: Iterator[Entry], probes: Sequence[Probe[Any]], cache: FactCache, keeps: Callable[[str, int], bool]
) -> Iterator[Entry]:
    """Yield `entries` with the facts of those whose content came along.

    Content goes no further than this, except where `keeps` says that it is wanted whole.
    """
    for entry in entries:
        content = entry.content
        if content is None or entry.digest is None:
            yield entry
            continue
        start = content[:20]
        facts = {
            probe.name: _fact(probe, content, entry.digest, cache)
            for probe in probes
            if 0 < entry.size <= SIZE_LIMIT and probe.wants(entry.path, entry.size, entry.mode, start)
        }
        kept = content if keeps(entry.path, entry.size) else None
        yield entry._replace(content=kept, facts=facts or None)


def _fact(probe: Probe[Any], content: bytes, digest: bytes, cache: FactCache) -> Any:
    key = f"{probe.name}/{probe.version}"
    known = cache.get(key, digest)
    if known is not None:
        with suppress(msgspec.DecodeError):  # damaged, or another generator's: the file is read again
            return msgspec.msgpack.decode(known[1:], type=probe.fact if known[:1] == _READ else Unreadable)
    try:
        fact: Any = probe.read(content)
        mark = _READ
    except FormatError as err:
        fact = Unreadable(f"at {err.values['offset']}: {err.values['rule']}")
        mark = _UNREADABLE
    cache.put(key, digest, mark + msgspec.msgpack.encode(fact))
    return fact
