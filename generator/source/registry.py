"""Images from registries, without any engine: `registry:HOST/REPOSITORY:TAG@DIGEST`.

Follows the OCI distribution specification 1.1 (pulling) and Docker's registry API version 2. A tag is asked about
once; everything after that is asked for by digest, so that a tag that moves meanwhile changes nothing. Indexes may
hold indexes; attestations beside the platforms are counted and passed by. Layers begin to download when the context
opens and are read from the blob cache. Foreign layers' own addresses are never asked. No tags are listed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar, Final, NamedTuple

from generator.blob.cache import BlobCache
from generator.errors import ImageNotFound, InvalidDigest, InvalidDocument, LimitExceeded, PlatformNotFound
from generator.limits import CONFIG_SIZE, INDEX_DEPTH, MANIFEST_SIZE
from generator.oci.digest import Digest, digest_of, parse_digest
from generator.oci.documents import Descriptor, Index, Manifest, choose_platform, parse_config, parse_manifest
from generator.oci.media_type import ACCEPTED, INDEXES
from generator.oci.platform import Platform
from generator.oci.reference import DEFAULT_TAG, Reference
from generator.source.base import Opened, RawLayer, Surroundings
from generator.source.registry_address import Network
from generator.source.registry_client import Client, Document
from generator.source.registry_download import Downloads
from generator.source.registry_transport import Patience

BLOB_FOLDER: Final = "blobs"
"""The blob cache's place in the cache folder."""

_ACCEPT: Final = ", ".join(ACCEPTED)
_DOCUMENTS: Final = 64
"""Indexes and manifests read in one search; real images need three."""


@dataclass(frozen=True, slots=True)
class RegistrySource:
    """The transport `registry`."""

    transport: ClassVar[str] = "registry"
    network: Network = field(default_factory=Network)
    patience: Patience = field(default_factory=Patience)

    def check(self, details: str) -> None:
        """Raise InvalidReference when `details` is no reference."""
        Reference.parse(details)

    def fingerprint(self, details: str, platform: Platform, surroundings: Surroundings) -> str | None:
        """Return the digest that the tag points at: one HEAD request, none for a reference with a digest."""
        reference = Reference.parse(details)
        if reference.digest:
            return reference.digest
        with self._client(details, reference, surroundings) as client:
            tag = reference.tag or DEFAULT_TAG
            try:
                return parse_digest(client.digest_of_manifest(tag, _ACCEPT))
            except InvalidDigest:  # the registry does not say, or says nonsense
                return digest_of(_top_document(client, reference).content)

    @contextmanager
    def open(self, details: str, platform: Platform, surroundings: Surroundings) -> Iterator[Opened]:
        """Find the image for `platform` and start to download its layers."""
        reference = Reference.parse(details)
        cache = BlobCache(surroundings.cache_folder / BLOB_FOLDER, surroundings.cache_size)
        with (
            self._client(details, reference, surroundings) as client,
            Downloads(client, cache, surroundings.progress, surroundings.parallel_downloads) as downloads,
        ):
            search = _Search(client, platform)
            found = search.image_of(reference)
            layers = []
            for number, layer in enumerate(found.manifest.layers):
                where = f"{client.source}: layer {number} ({layer.digest})"
                downloads.start(layer, where)
                opener = partial(downloads.open, layer, where)
                layers.append(RawLayer(open=opener, digest=layer.digest, size=layer.size, media_type=layer.media_type))
            yield Opened(
                source=client.source,
                layers=tuple(layers),
                manifest=found.content,
                manifest_media_type=found.manifest.media_type,
                config=found.config,
                resolved_digest=found.resolved_digest,
                index_size=sum(size for _, size in found.trail) or None,
                platforms=tuple(entry.platform for index, _ in found.trail for entry in index.images if entry.platform),
                attestation_count=sum(index.attestation_count for index, _ in found.trail),
                warnings=tuple(search.warnings),
            )

    def _client(self, details: str, reference: Reference, surroundings: Surroundings) -> Client:
        return Client(reference, f"{self.transport}:{details}", surroundings, self.network, self.patience)


def _top_document(client: Client, reference: Reference) -> Document:
    name = reference.digest or reference.tag or DEFAULT_TAG
    return client.document(
        f"manifests/{name}", what=f"manifest {name}", accept=_ACCEPT, limit=MANIFEST_SIZE, digest=reference.digest
    )


Trail = tuple[tuple[Index, int], ...]
"""Indexes on the way to a manifest, outermost first, each with its size."""


class _Found(NamedTuple):
    resolved_digest: Digest
    content: bytes
    manifest: Manifest
    config: bytes
    trail: Trail


@dataclass(slots=True)
class _Search:
    """One search for the image of a platform."""

    client: Client
    wanted: Platform
    offered: list[Platform] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    _read: set[Digest] = field(default_factory=set)
    _vouched_for: bool = False
    """Whether an index named the platform of the manifest that was found."""

    def image_of(self, reference: Reference) -> _Found:
        """Resolve the reference, once, and go down to its image for the platform."""
        document = _top_document(self.client, reference)
        digest = reference.digest or digest_of(document.content)
        self._read.add(digest)
        top = self._parse(document, digest)
        found = self._below(top, len(document.content), ()) if isinstance(top, Index) else (document.content, top, ())
        if found is None:
            if not self.offered:
                raise ImageNotFound(source=self.client.source, reason="its index names no image with a platform")
            raise self._not_offered(*self.offered)
        content, manifest, trail = found
        config = self.client.document(
            f"blobs/{manifest.config.digest}",
            what=f"configuration {manifest.config.digest}",
            limit=CONFIG_SIZE,
            digest=manifest.config.digest,
            size=manifest.config.size,
        ).content
        if not self._vouched_for:
            self._check_platform(config)
        return _Found(digest, content, manifest, config, trail)

    def _below(self, index: Index, size: int, trail: Trail) -> tuple[bytes, Manifest, Trail] | None:
        """Return the first image for the platform at or below an index."""
        trail = (*trail, (index, size))
        if len(trail) > INDEX_DEPTH:
            raise LimitExceeded(where=self.client.source, what="depth of indexes in indexes", limit=INDEX_DEPTH)
        chosen = choose_platform(index, self.wanted)
        self.offered += [entry.platform for entry in index.images if entry.platform]
        nested = [entry for entry in index.images if entry.media_type in INDEXES and entry is not chosen]
        for entry in ([chosen] if chosen else []) + nested:
            if entry.digest in self._read:
                continue
            self._read.add(entry.digest)
            if len(self._read) > _DOCUMENTS:
                raise LimitExceeded(where=self.client.source, what="number of indexes", limit=_DOCUMENTS)
            document = self._fetch(entry)
            parsed = self._parse(document, entry.digest, entry.media_type)
            if isinstance(parsed, Manifest):
                self._vouched_for = entry.platform is not None
                return document.content, parsed, trail
            found = self._below(parsed, len(document.content), trail)
            if found:
                return found
        return None

    def _fetch(self, entry: Descriptor) -> Document:
        return self.client.document(
            f"manifests/{entry.digest}",
            what=f"manifest {entry.digest}",
            accept=_ACCEPT,
            limit=MANIFEST_SIZE,
            digest=entry.digest,
            size=entry.size,
        )

    def _parse(self, document: Document, digest: Digest, media_type: str = "") -> Manifest | Index:
        """Parse a document that has its digest, and note where the registry's headers lied about it."""
        where = f"{self.client.source}: manifest {digest}"
        if document.content.lstrip()[:1] != b"{":
            start = document.content[:100].decode("utf-8", "surrogateescape")
            kind = document.media_type or "no content type"
            raise InvalidDocument(where=where, reason=f"not a JSON document ({kind}), it begins with “{start}”")
        parsed = parse_manifest(document.content, where=where, media_type=media_type or document.media_type)
        if document.digest_header and document.digest_header != digest:
            text = f"the registry calls {digest} by another digest: {document.digest_header}"
            self.warnings.append(("registry-digest-header", text))
        if document.media_type and document.media_type != parsed.media_type:
            text = f"the registry calls {digest} {document.media_type}, but it is {parsed.media_type}"
            self.warnings.append(("registry-content-type", text))
        return parsed

    def _check_platform(self, content: bytes) -> None:
        """Compare the platform of an image that no index vouches for with the wanted one.

        Another system or architecture is not what was asked for. A variant that is missing is a common omission.
        """
        named = parse_config(content, where=f"{self.client.source}: configuration").platform
        if not named.os or not named.architecture or self.wanted.matches(named):
            return
        same = (named.os, named.architecture) == (self.wanted.os, self.wanted.architecture)
        if not same or (named.variant and self.wanted.variant):
            raise self._not_offered(named)
        text = f"asked for {self.wanted}, the configuration says {named}"
        self.warnings.append(("platform-mismatch", text))

    def _not_offered(self, *offered: Platform) -> PlatformNotFound:
        listed = ", ".join(map(str, dict.fromkeys(offered)))
        return PlatformNotFound(source=self.client.source, platform=self.wanted, offered=listed)
