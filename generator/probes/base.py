"""What a probe is, and the stream in which probes sit."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
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


@dataclass(slots=True)
class Reading:
    """Which files of a stream of entries are read whole, and what becomes of their contents."""

    probes: Sequence[Probe[Any]]
    keeps: Callable[[str, int], bool]
    """Tells from path and size whether a content is to be kept, beyond what probes make of it."""
    cache: FactCache
    _kept: bool = False
    """Whether the content of the entry that is being made is kept."""
    _wanting: tuple[Probe[Any], ...] = ()
    """The probes that want it."""
    _facts: dict[str, Any] = field(default_factory=dict)
    """What is known of it already."""

    def wants(self, path: str, size: int, mode: int, start: bytes) -> bool | Callable[[bytes], bool]:
        """Be the stream's `tar.Keep`: a content whose facts are all known is wanted only where it is kept."""
        self._kept = self.keeps(path, size)
        wanting = [probe for probe in self.probes if probe.wants(path, size, mode, start)] if size else []
        if not wanting:
            return self._kept
        if size > SIZE_LIMIT:
            unread = Unreadable(f"a file of at most {SIZE_LIMIT} bytes")
            self._facts = {probe.name: unread for probe in wanting}
            return self._kept
        self._wanting = tuple(wanting)
        return self._look_up

    def _look_up(self, digest: bytes) -> bool:
        """Look up what is known of a content; tell whether it is wanted still."""
        known = ((probe.name, _known(probe, digest, self.cache)) for probe in self._wanting)
        self._facts = {name: fact for name, fact in known if fact is not None}
        return self._kept or len(self._facts) < len(self._wanting)

    def read(self, entries: Iterator[Entry]) -> Iterator[Entry]:
        """Yield `entries` with the facts of those whose content was wanted; content goes further only where kept."""
        for entry in entries:
            if not self._wanting and not self._facts:
                yield entry
                continue
            content, facts = entry.content, self._facts
            for probe in self._wanting:
                if probe.name not in facts:
                    assert content is not None
                    assert entry.digest is not None
                    facts[probe.name] = _read(probe, content, entry.digest, self.cache)
            self._wanting, self._facts = (), {}
            yield entry._replace(content=content if self._kept else None, facts=facts)


def _known(probe: Probe[Any], digest: bytes, cache: FactCache) -> Any:
    """Return what an earlier reading of the same content gave, or None."""
    known = cache.get(_key(probe), digest)
    if known is not None:
        with suppress(msgspec.DecodeError):  # damaged, or another generator's: the file is read again
            return msgspec.msgpack.decode(known[1:], type=probe.fact if known[:1] == _READ else Unreadable)
    return None


def _read(probe: Probe[Any], content: bytes, digest: bytes, cache: FactCache) -> Any:
    try:
        fact: Any = probe.read(content)
        mark = _READ
    except FormatError as err:
        fact = Unreadable(f"at {err.values['offset']}: {err.values['rule']}")
        mark = _UNREADABLE
    cache.put(_key(probe), digest, mark + msgspec.msgpack.encode(fact))
    return fact


def _key(probe: Probe[Any]) -> str:
    return f"{probe.name}/{probe.version}"
