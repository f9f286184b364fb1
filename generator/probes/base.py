"""What a probe is, and the stream in which probes sit."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec

from generator import limits
from generator.errors import FormatError
from generator.tar import START_SIZE, Entry

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


@dataclass(slots=True)
class Reading:
    """Which files of a stream of entries are read whole, and what becomes of their contents."""

    probes: Sequence[Probe[Any]]
    keeps: Callable[[str, int], bool]
    """Tells from path and size whether a content is to be kept, beyond what probes make of it."""
    cache: FactCache
    _too_large: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def wants(self, path: str, size: int, mode: int, start: bytes) -> bool:
        """Be the stream's `tar.Keep`."""
        if self.keeps(path, size):
            return True
        if not size:
            return False
        wanting = [probe.name for probe in self.probes if probe.wants(path, size, mode, start)]
        if wanting and size > SIZE_LIMIT:
            self._too_large[path] = tuple(wanting)
            return False
        return bool(wanting)

    def read(self, entries: Iterator[Entry]) -> Iterator[Entry]:
        """Yield `entries` with the facts of those whose content was wanted; content goes further only where kept."""
        for entry in entries:
            content = entry.content
            if content is None:
                names = self._too_large.pop(entry.path, ()) if self._too_large else ()
                unread = {name: Unreadable(f"a file of at most {SIZE_LIMIT} bytes") for name in names}
                yield entry._replace(facts=unread) if unread else entry
                continue
            assert entry.digest is not None
            start = content[:START_SIZE]
            facts = {
                probe.name: _fact(probe, content, entry.digest, self.cache)
                for probe in self.probes
                if 0 < entry.size <= SIZE_LIMIT and probe.wants(entry.path, entry.size, entry.mode, start)
            }
            kept = content if self.keeps(entry.path, entry.size) else None
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
