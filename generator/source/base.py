"""What every source gives, and no more: the minimum from which `image` derives the rest.

A source turns the part after `transport:` into an `Opened` image. It fetches bytes and says what it knows of
them; it does not verify layers (the layer pass does, in one place, for every source), but manifests and
configurations are small, and a source checks their digests before it believes a word of them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from generator.oci.digest import Digest
from generator.oci.platform import Platform

Progress = Callable[[str, int, int | None], None]
"""Called as bytes arrive: what they belong to, bytes so far, bytes in all where known."""


def silent(what: str, done: int, total: int | None) -> None:
    """Be a Progress that shows nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawLayer:
    """One layer's bytes as the source has them, unverified.

    `digest`, `size` and `media_type` are the manifest descriptor's; None where the source has no manifest of its
    own (a docker archive holds uncompressed layers under names of its own).
    """

    open: Callable[[], AbstractContextManager[Iterator[bytes]]]
    """Starts the stream anew at each call; may raise SourceError or ContentError, at the call or while iterating."""
    digest: Digest | None = None
    size: int | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One image of one platform at a source; usable while the source's context is open."""

    source: str
    """The source as asked for, transport and all, credentials never."""
    layers: tuple[RawLayer, ...]
    """Lowest first."""
    manifest: bytes | None = None
    """The manifest's exact bytes, already checked against the digest they were asked by; None: has none."""
    manifest_media_type: str = ""
    config: bytes | None = None
    """The configuration's exact bytes, already checked against the manifest; None: has none (a bare rootfs)."""
    resolved_digest: Digest | None = None
    """What the reference resolved to: the index's digest where there was one, else the manifest's."""
    index_size: int | None = None
    """Bytes of the index (of all of them where nested) that led here; None without one."""
    platforms: tuple[Platform, ...] = ()
    """All platforms that the index offers, in its order; empty when there was no index."""
    attestation_count: int = 0
    repo_digests: tuple[str, ...] = ()
    """What an engine says the image was pulled as (`name@digest`): its word, not verified."""
    warnings: tuple[tuple[str, str], ...] = ()
    """(slug, sentence) of what was odd but bearable on the way: no fact of the image, so of no document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What sources need from outside: where to keep bytes, whom to tell, what is allowed."""

    cache_folder: Path
    progress: Progress = silent
    plain_http_hosts: frozenset[str] = frozenset()
    """Registry hosts (host or host:port) that may be spoken to without TLS; loopback always may."""
    parallel_downloads: int = 3
    cache_size: int = 10 * 1024**3
    """Bytes that the blob cache may take; the least recently used blobs go first."""
    environment: dict[str, str] = field(default_factory=dict)
    """The process environment (DOCKER_HOST, proxies, DOCKER_CONFIG …); tests pass their own."""
    silent_hosts: Mapping[str, str] = field(default_factory=dict)
    """Host (`host:port` where it has one) → why it could not be reached a moment ago, when another image asked it.

    Nobody knocks at these again; whoever gave them decides how long that is so.
    """


class Source(Protocol):
    """One transport. Each is one module of this package, an instance in `SOURCES`."""

    @property
    def transport(self) -> str:
        """The name before the colon."""

    def check(self, details: str) -> None:
        """Raise UsageError (InvalidReference) when `details` cannot mean anything; touches nothing outside."""

    def fingerprint(self, details: str, platform: Platform, surroundings: Surroundings) -> str | None:
        """Return a cheap token that changes whenever the image may have changed, or None when none is cheap.

        Costs one request (a registry's HEAD) or one stat, reads no blob. Raises SourceError like `open`.
        """

    def open(self, details: str, platform: Platform, surroundings: Surroundings) -> AbstractContextManager[Opened]:
        """Find the image for `platform`; raises SourceError or ContentError."""
