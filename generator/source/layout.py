"""Reading an image from an OCI image layout, wherever its files lie: in a folder or in an archive.

Follows image-spec 1.1 image-layout.md and image-index.md: `oci-layout`, `index.json`, `blobs/ALGORITHM/HEX`. Indexes
may hold indexes; a platform is chosen on the way down, attestations are counted and passed by. Size and digest of
every index, manifest and configuration are checked before a word of it is believed; layers are checked by whoever
reads them.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol

import msgspec

from generator.blob.verify import verified
from generator.errors import (
    ImageNotFound,
    InvalidArchive,
    LayerNotAvailable,
    LimitExceeded,
    NotAnImage,
    PlatformNotFound,
)
from generator.limits import CONFIG_SIZE, INDEX_DEPTH, KIB, MANIFEST_SIZE
from generator.oci.digest import Digest, algorithm_of, digest_of, hex_of
from generator.oci.documents import Descriptor, Index, Manifest, decode_json, parse_config, parse_manifest
from generator.oci.media_type import INDEXES
from generator.oci.platform import Platform
from generator.source.base import Opened, RawLayer
from generator.source.host_file import Piece

REF_NAME: Final = "org.opencontainers.image.ref.name"
FULL_NAME: Final = "io.containerd.image.name"


class Files(Protocol):
    """Where a layout's files lie."""

    @property
    def where(self) -> str:
        """What errors name."""

    def find(self, name: str, size: int | None = None) -> Piece | None:
        """Return a file's content, None when there is no such file; `size` is what it should have, if known."""


class _Marker(msgspec.Struct, frozen=True):
    version: str = msgspec.field(name="imageLayoutVersion")


def read_index(files: Files) -> tuple[Index, bytes]:
    """Read a layout's marker and `index.json`; raises ContentError when this is no layout of version 1."""
    marker = files.find("oci-layout")
    index = files.find("index.json")
    if marker is None or index is None:
        missing = "oci-layout" if marker is None else "index.json"
        raise InvalidArchive(where=files.where, reason=f"it has no {missing}, so it is no OCI image layout")
    where = f"{files.where}: oci-layout"
    version = decode_json(marker.read(KIB, where), _Marker, where=where).version
    if not version.startswith("1."):
        raise InvalidArchive(where=files.where, reason=f"an OCI image layout of version {version}, not 1.0.0")
    where = f"{files.where}: index.json"
    content = index.read(MANIFEST_SIZE, where)
    document = parse_manifest(content, where=where)
    if not isinstance(document, Index):
        raise InvalidArchive(where=where, reason="it is no index")
    return document, content


def entries_named(index: Index, tag: str | None, source: str) -> tuple[Descriptor, ...]:
    """Return the entries that `tag` names, by their whole names or else by the tags in these; all without `tag`."""
    if tag is None:
        return index.manifests
    for part_of in (lambda name: name, _tag_of):
        found = tuple(entry for entry in index.manifests if tag in map(part_of, names_of(entry)))
        if found:
            return found
    offered = sorted({name for entry in index.manifests for name in names_of(entry)[:1]})
    raise ImageNotFound(source=source, reason=f"the layout offers {', '.join(offered) or 'no image with a name'}")


def names_of(entry: Descriptor) -> tuple[str, ...]:
    """Return what an entry of `index.json` is called: OCI's annotation and containerd's."""
    annotations = entry.annotations or {}
    return tuple(dict.fromkeys(annotations[key] for key in (REF_NAME, FULL_NAME) if annotations.get(key)))


def _tag_of(name: str) -> str | None:
    """Return the tag in `repository:tag`."""
    _, colon, tag = name.rpartition(":")
    return tag if colon and "/" not in tag else None


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A manifest, and the way that led to it."""

    manifest: Manifest
    content: bytes
    config: bytes
    trail: tuple[tuple[Index, int], ...]
    """The indexes that led here below `index.json`, outermost first, each with its size."""


@dataclass(slots=True)
class _Search:
    """One search for the image of a platform."""

    files: Files
    wanted: Platform
    offered: list[Platform] = field(default_factory=list)
    read: set[Digest] = field(default_factory=set)
    no_image: NotAnImage | None = None

    def down(self, entry: Descriptor, trail: tuple[tuple[Index, int], ...] = ()) -> _Leaf | None:
        """Return the first image for the platform at or below `entry`, in the indexes' order."""
        if entry.is_attestation:
            return None
        named = entry.platform
        if named and entry.media_type not in INDEXES and not self.wanted.matches(named):
            self.offered.append(named)
            return None
        if entry.digest in self.read:
            return None
        self.read.add(entry.digest)
        where = f"{self.files.where}: {entry.digest}"
        content = blob(self.files, entry, MANIFEST_SIZE)
        try:
            document = parse_manifest(content, where=where, media_type=entry.media_type)
            if isinstance(document, Index):
                return self._below(document, (*trail, (document, len(content))), where)
            config = blob(self.files, document.config, CONFIG_SIZE)
            if named is None:
                named = parse_config(config, where=f"{where}: configuration").platform
        except NotAnImage as err:
            if entry.platform:
                raise
            self.no_image = err
            return None
        if entry.platform is None and not fits(self.wanted, named):
            self.offered.append(named)
            return None
        return _Leaf(document, content, config, trail)

    def _below(self, index: Index, trail: tuple[tuple[Index, int], ...], where: str) -> _Leaf | None:
        if len(trail) > INDEX_DEPTH:
            raise LimitExceeded(where=where, what="depth of indexes in indexes", limit=INDEX_DEPTH)
        for entry in index.manifests:
            leaf = self.down(entry, trail)
            if leaf:
                return leaf
        return None


def fits(wanted: Platform, named: Platform) -> bool:
    """Tell whether a configuration's platform is the wanted one; one that names none may be any."""
    return not named.os or not named.architecture or wanted.matches(named)


def blob(files: Files, descriptor: Descriptor, limit: int) -> bytes:
    """Return a small blob, size and digest checked."""
    where = f"{files.where}: {descriptor.digest}"
    if descriptor.size > limit:
        raise LimitExceeded(where=where, what="document size", limit=f"{limit} bytes")
    piece = files.find(blob_name(descriptor.digest), descriptor.size)
    if piece is None:
        raise InvalidArchive(where=where, reason="the blob is missing")
    with piece.open() as chunks:
        return b"".join(verified(chunks, digest=descriptor.digest, size=descriptor.size, blob=where))


def blob_name(digest: Digest) -> str:
    """Return a blob's place in a layout."""
    return f"blobs/{algorithm_of(digest)}/{hex_of(digest)}"


def open_layer(files: Files, descriptor: Descriptor) -> AbstractContextManager[Iterator[bytes]]:
    """Start a layer's stream. A foreign layer's addresses are never followed."""
    piece = files.find(blob_name(descriptor.digest), descriptor.size)
    if piece is None:
        where = f"{files.where}: {descriptor.digest}"
        if descriptor.is_foreign:
            raise LayerNotAvailable(where=where, size=descriptor.size)
        raise InvalidArchive(where=where, reason="the layer's blob is missing")
    return piece.open()


def open_layout(files: Files, tag: str | None, platform: Platform, source: str) -> Opened:
    """Find the image that `tag` names for `platform`."""
    index, _ = read_index(files)
    entries = entries_named(index, tag, source)
    search = _Search(files, platform)
    found = [(entry, leaf) for entry in entries if (leaf := search.down(entry))]
    if not found:
        if search.offered:
            offered = ", ".join(map(str, dict.fromkeys(search.offered)))
            raise PlatformNotFound(source=source, platform=platform, offered=offered)
        raise search.no_image or ImageNotFound(source=source, reason="the layout's index names no image")
    names = list(dict.fromkeys(names_of(entry)[:1] for entry, _ in found))
    if len(names) > 1:
        listed = ", ".join(name[0] if name else "one without a name" for name in names)
        raise ImageNotFound(
            source=source, reason=f"the layout holds several; write one's name behind a colon: {listed}"
        )
    entry, leaf = found[0]
    indexes = [nested for nested, _ in leaf.trail] or [Index(entries, index.media_type)]
    offered_by_index = tuple(
        dict.fromkeys(image.platform for nested in indexes for image in nested.images if image.platform)
    )
    return Opened(
        source=source,
        layers=tuple(
            RawLayer(
                open=partial(open_layer, files, layer),
                digest=layer.digest,
                size=layer.size,
                media_type=layer.media_type,
            )
            for layer in leaf.manifest.layers
        ),
        manifest=leaf.content,
        manifest_media_type=leaf.manifest.media_type,
        config=leaf.config,
        resolved_digest=entry.digest,
        index_size=sum(size for _, size in leaf.trail) or None,
        platforms=offered_by_index if leaf.trail or len(entries) > 1 else (),
        attestation_count=sum(nested.attestation_count for nested in indexes),
    )


def layout_fingerprint(index: Index, content: bytes, tag: str | None, platform: Platform, source: str) -> Digest:
    """Return the digest in `index.json` that `tag` stands for, or that of the whole index where it is not one alone."""
    entries = [entry for entry in entries_named(index, tag, source) if not entry.is_attestation]
    if len({entry.digest for entry in entries}) > 1:
        entries = [entry for entry in entries if entry.platform and platform.matches(entry.platform)]
    digests = {entry.digest for entry in entries}
    return digests.pop() if len(digests) == 1 else digest_of(content)
