"""`docker-archive:FILE[:REFERENCE]`: what `docker save`, `podman save` and skopeo write, plain or compressed.

Follows Docker's image specification 1.2, "Combined Image JSON + Filesystem Changeset Format": `manifest.json` names
configuration and layers, which lie in folders of their own (Docker up to Engine 24), beside it (podman, skopeo, with
links from the folders) or under `blobs/` (Engine 25 and later, an OCI layout at the same time). The first colon ends
the path; REFERENCE is needed only where the archive holds several images, `@N` takes the N-th.

Such an archive has no registry manifest: layers lie uncompressed, and Engines 25 to 28 write a manifest of their own
making over them, which is left aside. Only where the layout in it has compressed layers (Engine 29's containerd
store) it is the image's own manifest, and taken.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec

from generator.errors import (
    ContentError,
    DigestMismatch,
    ImageNotFound,
    InvalidArchive,
    InvalidDigest,
    InvalidReference,
    LayerCountMismatch,
    PlatformNotFound,
    SourceError,
)
from generator.limits import CONFIG_SIZE, MANIFEST_SIZE
from generator.oci.digest import Digest, digest_of, parse_digest
from generator.oci.documents import Config, Manifest, decode_json, parse_config, parse_manifest
from generator.oci.media_type import layer_compression
from generator.oci.platform import Platform
from generator.oci.reference import Reference
from generator.source.archive import Archive, open_archive
from generator.source.base import Opened, RawLayer, Surroundings
from generator.source.host_file import split_details, stamp_of
from generator.source.layout import fits, open_layout
from generator.source.oci_layout import check_path


class _Item(msgspec.Struct, frozen=True, rename="pascal"):
    """One image of `manifest.json`."""

    config: str
    repo_tags: list[str] | None = None
    layers: list[str] | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An image of the archive whose configuration has been read."""

    item: _Item
    content: bytes
    config: Config


def open_docker_archive(archive: Archive, reference: str | None, platform: Platform, source: str) -> Opened:
    """Find the image that `reference` names for `platform`; raises SourceError or ContentError."""
    items = _items_named(_items(archive), reference, source)
    candidates = [_candidate(archive, item) for item in {item.config: item for item in items}.values()]
    fitting = [one for one in candidates if fits(platform, one.config.platform)]
    if not fitting:
        offered = ", ".join(sorted({str(one.config.platform) for one in candidates}))
        raise PlatformNotFound(source=source, platform=platform, offered=offered)
    if len({digest_of(one.content) for one in fitting}) > 1:
        names = ", ".join((one.item.repo_tags or ["one without a name"])[0] for one in fitting)
        raise ImageNotFound(source=source, reason=f"it holds several; write one's name behind a colon: {names}")
    chosen = fitting[0]
    return _as_layout(archive, chosen, platform, source) or Opened(
        source=source,
        layers=tuple(RawLayer(open=partial(_open_layer, archive, name)) for name in chosen.item.layers or ()),
        config=chosen.content,
    )


def _items(archive: Archive) -> list[_Item]:
    piece = archive.find("manifest.json")
    if piece is None:
        reason = "it has no manifest.json: no docker archive, or saved by Docker before 1.10"
        raise InvalidArchive(where=archive.where, reason=reason)
    where = f"{archive.where}: manifest.json"
    items = decode_json(piece.read(MANIFEST_SIZE, where), list[_Item], where=where)
    if not items:
        raise ImageNotFound(source=archive.where, reason="its manifest.json names no image")
    return items


def _items_named(items: list[_Item], reference: str | None, source: str) -> list[_Item]:
    if reference is None:
        return items
    if reference.startswith("@"):
        number = int(reference[1:])
        if number >= len(items):
            raise ImageNotFound(source=source, reason=f"it holds {len(items)} image(s), counted from @0")
        return [items[number]]
    wanted = Reference.parse(reference)
    found = [item for item in items if wanted in _references(item)]
    if not found:
        offered = ", ".join(tag for item in items for tag in item.repo_tags or ()) or "no image with a name"
        raise ImageNotFound(source=source, reason=f"it offers {offered}")
    return found


def _references(item: _Item) -> list[Reference]:
    """Return an image's names, spelled out; what is no reference names nothing."""
    references = []
    for tag in item.repo_tags or ():
        with suppress(InvalidReference):
            references.append(Reference.parse(tag))
    return references


def _candidate(archive: Archive, item: _Item) -> _Candidate:
    where = f"{archive.where}: {item.config}"
    piece = archive.find(item.config)
    if piece is None:
        raise InvalidArchive(where=where, reason="the configuration that manifest.json names is missing")
    content = piece.read(CONFIG_SIZE, where)
    promised = _digest_in(item.config)
    if promised and promised != digest_of(content):
        raise DigestMismatch(blob=where, expected=promised, got=digest_of(content))
    config = parse_config(content, where=where)
    layers = item.layers or ()
    if len(layers) != len(config.diff_ids):
        raise LayerCountMismatch(where=where, layers=len(layers), diff_ids=len(config.diff_ids))
    for name in layers:
        if archive.find(name) is None:
            raise InvalidArchive(where=archive.where, reason=f"the layer {name} that manifest.json names is missing")
    return _Candidate(item, content, config)


def _digest_in(name: str) -> Digest | None:
    """Return the digest that a configuration's name promises: `HEX.json`, `blobs/sha256/HEX`, `sha256:HEX`."""
    stem = name.rpartition("/")[2].removesuffix(".json").removeprefix("sha256:")
    try:
        return parse_digest(f"sha256:{stem}")
    except InvalidDigest:
        return None


def _open_layer(archive: Archive, name: str) -> AbstractContextManager[Iterator[bytes]]:
    piece = archive.find(name)
    if piece is None:
        raise InvalidArchive(where=archive.where, reason=f"the layer {name} is missing")
    return piece.open()


def _as_layout(archive: Archive, chosen: _Candidate, platform: Platform, source: str) -> Opened | None:
    """Return the image as the layout in the archive has it, if that is the image itself and not made for saving."""
    if "index.json" not in archive:
        return None
    names = [*(chosen.item.repo_tags or ()), *map(str, _references(chosen.item))]
    for tag in (*names, None):
        try:
            opened = open_layout(archive, tag, platform, source)
        except (SourceError, ContentError):
            continue  # manifest.json is what counts here; a layout that cannot be read adds nothing to it
        if opened.config != chosen.content or opened.manifest is None:
            continue
        manifest = parse_manifest(opened.manifest, where=source)
        compressions = (
            [layer_compression(layer.media_type) for layer in manifest.layers] if isinstance(manifest, Manifest) else []
        )
        if any(kind not in ("none", None) for kind in compressions):
            return opened
    return None


@dataclass(frozen=True, slots=True)
class DockerArchiveSource:
    """An archive in Docker's format."""

    transport: str = "docker-archive"

    def check(self, details: str) -> None:
        """Raise InvalidReference when no file is named, or the reference is none."""
        check_path(self.transport, details)
        reference = split_details(details)[1]
        if reference is None:
            return
        if not reference.startswith("@"):
            Reference.parse(reference)
        elif not (reference[1:].isascii() and reference[1:].isdigit() and len(reference) < 10):
            raise InvalidReference(reference=f"{self.transport}:{details}", reason="a number must follow @")

    def fingerprint(self, details: str, platform: Platform, surroundings: Surroundings) -> str | None:
        """Return the archive's size and time of change."""
        return stamp_of(split_details(details)[0], f"{self.transport}:{details}")

    @contextmanager
    def open(self, details: str, platform: Platform, surroundings: Surroundings) -> Iterator[Opened]:
        """Open the image."""
        self.check(details)
        path, reference = split_details(details)
        source = f"{self.transport}:{details}"
        with open_archive(path, source, surroundings) as archive:
            yield open_docker_archive(archive, reference, platform, source)


DOCKER_ARCHIVE: Final = DockerArchiveSource()
