"""Image and ImageLayer: the full, immutable view of an image, derived from the little that a source gives.

Here the bytes of a layer become a verified tar stream: raw bytes → digest and size checked → decompressed →
diff_id checked, with the limits watched on the way. Nothing is believed before the stream has ended.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from generator.blob.ahead import read_ahead
from generator.blob.compression import compression_of, decompressed, peek
from generator.blob.verify import Meter, verified
from generator.errors import DigestMismatch, InvalidCompression, InvalidDocument, LayerCountMismatch, LimitExceeded
from generator.limits import Limits
from generator.oci.digest import Digest, digest_of
from generator.oci.documents import Config, Index, Manifest, parse_config, parse_manifest
from generator.oci.media_type import Compression, layer_compression
from generator.oci.platform import Platform
from generator.source.base import Opened, Progress, RawLayer
from generator.tar import Entry, Keep, read_entries
from generator.warnings import WarningLog


@dataclass(frozen=True, slots=True)
class ImageLayer:
    """One layer: where its bytes come from and what they are promised to be."""

    index: int
    raw: RawLayer
    diff_id: Digest | None
    """What the configuration promises; None without a configuration."""
    where: str
    """The layer's name in errors."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image of one platform."""

    opened: Opened
    manifest: Manifest | None
    config: Config | None
    digest: Digest | None
    image_id: Digest | None
    layers: tuple[ImageLayer, ...]

    @classmethod
    def of(cls, opened: Opened, platform: Platform, log: WarningLog) -> Self:
        """Derive the view; raises ContentError where manifest, configuration and layers disagree."""
        source = opened.source
        manifest = None
        if opened.manifest is not None:
            read = parse_manifest(opened.manifest, where=f"{source}: manifest", media_type=opened.manifest_media_type)
            if isinstance(read, Index):
                raise InvalidDocument(where=source, reason="an index where a manifest is expected")
            manifest = read
        config = None
        if opened.config is not None:
            config = parse_config(opened.config, where=f"{source}: configuration", layer_count=len(opened.layers))
            asked = Platform(config.platform.os or platform.os, config.platform.architecture or platform.architecture)
            if (asked.os, asked.architecture) != (platform.os, platform.architecture):
                log.warn("platform-mismatch", text=f"asked for {platform}, the configuration says {config.platform}")
        if manifest is not None and len(manifest.layers) != len(opened.layers):
            raise LayerCountMismatch(where=source, layers=len(manifest.layers), diff_ids=len(opened.layers))
        diff_ids = config.diff_ids if config else (None,) * len(opened.layers)
        layers = tuple(
            ImageLayer(index, raw, diff_id, f"{source}: layer {index}" + (f" ({raw.digest})" if raw.digest else ""))
            for index, (raw, diff_id) in enumerate(zip(opened.layers, diff_ids, strict=True))
        )
        return cls(
            opened=opened,
            manifest=manifest,
            config=config,
            digest=None if opened.manifest is None else digest_of(opened.manifest),
            image_id=None if opened.config is None else digest_of(opened.config),
            layers=layers,
        )


@dataclass(slots=True)
class Budget:
    """What is left of an image's limits."""

    limits: Limits
    unpacked_left: int

    @classmethod
    def of(cls, limits: Limits) -> Self:
        """Start with everything."""
        return cls(limits, limits.unpacked_size)


@dataclass(slots=True)
class LayerStream:
    """One layer being read. What is not `entries` is right only when `entries` has ended."""

    entries: Iterator[Entry]
    compression: Compression
    content: Meter
    """Counts and hashes the tar stream: its size, its digest (the diff_id)."""
    raw_size: int = 0
    """Bytes as stored."""


@contextmanager
def read_layer(
    layer: ImageLayer, *, budget: Budget, keep: Keep, log: WarningLog, progress: Progress
) -> Iterator[LayerStream]:
    """Read one layer from its first byte to its last.

    `entries` raises SourceError or ContentError; once it has ended without, digest, size and diff_id are right.
    """
    where = layer.where
    with layer.raw.open() as raw_chunks:
        chunks = verified(raw_chunks, digest=layer.raw.digest, size=layer.raw.size, blob=where)
        start, chunks = peek(chunks)
        if not start:
            raise InvalidCompression(where=where, reason="the layer is empty: not even an end of archive")
        kind = compression_of(start)
        if layer.raw.media_type is not None and layer_compression(layer.raw.media_type) != kind:
            log.warn("media-type-mismatch", text=f"{layer.raw.media_type}, but it is {kind}", layer=layer.index)
        meter = Meter()
        stream = LayerStream(iter(()), kind, meter)
        chunks = _counted(chunks, stream, layer, progress)
        content = _bounded(decompressed(chunks, kind, where=where), stream, budget, where)
        if kind == "none":  # nothing to inflate: the first thread has time to hash
            content = meter.watch(content)
        with read_ahead(content) as content:
            if kind != "none":
                content = meter.watch(content)
            stream.entries = _to_the_end(
                read_entries(content, where=where, keep=keep, log=log, layer=layer.index), layer, meter
            )
            yield stream


def _counted(chunks: Iterator[bytes], stream: LayerStream, layer: ImageLayer, progress: Progress) -> Iterator[bytes]:
    for chunk in chunks:
        stream.raw_size += len(chunk)
        progress(layer.where, stream.raw_size, layer.raw.size)
        yield chunk


def _bounded(chunks: Iterator[bytes], stream: LayerStream, budget: Budget, where: str) -> Iterator[bytes]:
    """Watch the limits: all tar bytes of the image, and how much air a layer holds."""
    count = 0
    for chunk in chunks:
        count += len(chunk)
        budget.unpacked_left -= len(chunk)
        if budget.unpacked_left < 0:
            raise LimitExceeded(where=where, what="unpacked size", limit=f"{budget.limits.unpacked_size} bytes")
        if count > budget.limits.expansion_floor and count > stream.raw_size * budget.limits.expansion_ratio:
            ratio = budget.limits.expansion_ratio
            raise LimitExceeded(where=where, what="expansion ratio", limit=f"{ratio} bytes out of each byte")
        yield chunk


def _to_the_end(entries: Iterator[Entry], layer: ImageLayer, meter: Meter) -> Iterator[Entry]:
    yield from entries
    if layer.diff_id is not None and layer.diff_id.startswith("sha256:") and meter.digest != layer.diff_id:
        raise DigestMismatch(blob=f"{layer.where}, uncompressed", expected=layer.diff_id, got=meter.digest)
