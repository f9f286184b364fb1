"""Manifests, indexes and configurations: bytes in, frozen values out, every claim checked.

Follows image-spec 1.1 manifest.md, image-index.md and config.md, and Docker's schema 2. Documents are decoded
leniently where Go's encoders are (null for an empty list, unknown fields) and strictly everywhere else.
Raises InvalidDocument, NotAnImage or LimitExceeded; a hostile document never gives another exception.
"""

from typing import Annotated, Any, Final, TypeVar

import msgspec

from generator import limits
from generator.errors import InvalidDigest, InvalidDocument, LayerCountMismatch, LimitExceeded, NotAnImage
from generator.oci import media_type as mt
from generator.oci.digest import Digest, parse_digest
from generator.oci.platform import Platform

Size = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
T = TypeVar("T")

_ATTESTATION: Final = "vnd.docker.reference.type"


class Descriptor(msgspec.Struct, frozen=True, omit_defaults=True):
    """A pointer to a blob (descriptor.md). `size` is in bytes."""

    digest: Digest
    size: Size
    media_type: str = msgspec.field(default="", name="mediaType")
    platform: Platform | None = None
    annotations: dict[str, str] | None = None
    urls: list[str] | None = None
    artifact_type: str = msgspec.field(default="", name="artifactType")

    @property
    def is_attestation(self) -> bool:
        """BuildKit's attestation manifests sit in an index beside the platforms and are none themselves."""
        if self.annotations and self.annotations.get(_ATTESTATION) == "attestation-manifest":
            return True
        return self.platform is not None and self.platform.os == "unknown" and self.platform.architecture == "unknown"

    @property
    def is_foreign(self) -> bool:
        """Tell whether the bytes lie outside the registry, at addresses that the image names."""
        return mt.is_foreign(self.media_type) or bool(self.urls)


class Manifest(msgspec.Struct, frozen=True):
    """An image manifest: one configuration and the layers, lowest first."""

    config: Descriptor
    layers: tuple[Descriptor, ...]
    media_type: str
    annotations: dict[str, str] = {}


class Index(msgspec.Struct, frozen=True):
    """An image index or Docker manifest list."""

    manifests: tuple[Descriptor, ...]
    media_type: str
    annotations: dict[str, str] = {}

    @property
    def images(self) -> tuple[Descriptor, ...]:
        """The manifests that stand for a platform: everything but attestations."""
        return tuple(entry for entry in self.manifests if not entry.is_attestation)

    @property
    def attestation_count(self) -> int:
        """How many attestation manifests stand beside the images."""
        return len(self.manifests) - len(self.images)


class History(msgspec.Struct, frozen=True, omit_defaults=True):
    """One build step as the configuration's history tells it."""

    created: str | None = None
    created_by: str = ""
    author: str = ""
    comment: str = ""
    empty_layer: bool = False


class Config(msgspec.Struct, frozen=True):
    """An image configuration (config.md). Times are the text that stood there, not parsed."""

    platform: Platform
    diff_ids: tuple[Digest, ...]
    created: str | None = None
    author: str = ""
    user: str = ""
    env: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    working_dir: str = ""
    exposed_ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    labels: dict[str, str] = {}
    stop_signal: str = ""
    shell: tuple[str, ...] | None = None
    healthcheck: tuple[str, ...] | None = None
    on_build: tuple[str, ...] = ()
    history: tuple[History, ...] = ()


# The documents as they stand on the wire: Go writes null for an empty list or map.


class _WireManifest(msgspec.Struct, frozen=True):
    schema_version: int = msgspec.field(default=0, name="schemaVersion")
    media_type: str = msgspec.field(default="", name="mediaType")
    config: Descriptor | None = None
    layers: list[Descriptor] | None = None
    manifests: list[Descriptor] | None = None
    artifact_type: str | None = msgspec.field(default="", name="artifactType")
    annotations: dict[str, str] | None = None


class _WireHealthcheck(msgspec.Struct, frozen=True):
    test: list[str] | None = msgspec.field(default=None, name="Test")


class _WireContainer(msgspec.Struct, frozen=True, rename="pascal"):
    user: str | None = None
    env: list[str] | None = None
    entrypoint: list[str] | str | None = None
    cmd: list[str] | str | None = None
    working_dir: str | None = None
    exposed_ports: dict[str, Any] | None = None
    volumes: dict[str, Any] | None = None
    labels: dict[str, str] | None = None
    stop_signal: str | None = None
    shell: list[str] | None = None
    healthcheck: _WireHealthcheck | None = None
    on_build: list[str] | None = None


class _WireHistory(msgspec.Struct, frozen=True):
    created: str | None = None
    created_by: str | None = None
    author: str | None = None
    comment: str | None = None
    empty_layer: bool | None = None


class _WireRootfs(msgspec.Struct, frozen=True):
    type: str = ""
    diff_ids: list[str] | None = None


class _WireConfig(msgspec.Struct, frozen=True):
    architecture: str | None = None
    os: str | None = None
    variant: str | None = None
    os_version: str | None = msgspec.field(default=None, name="os.version")
    created: str | None = None
    author: str | None = None
    config: _WireContainer | None = None
    rootfs: _WireRootfs | None = None
    history: list[_WireHistory] | None = None


def decode_json(content: bytes, kind: type[T], *, where: str, limit: int = limits.MANIFEST_SIZE) -> T:
    """Decode hostile JSON into `kind`; every failure is InvalidDocument or LimitExceeded, naming `where`."""
    if len(content) > limit:
        raise LimitExceeded(where=where, what="document size", limit=f"{limit} bytes")
    try:
        return msgspec.json.decode(content, type=kind)
    except RecursionError as err:
        raise InvalidDocument(where=where, reason="nested too deeply") from err
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as err:
        raise InvalidDocument(where=where, reason=str(err)) from err


def parse_manifest(content: bytes, *, where: str, media_type: str = "") -> Manifest | Index:
    """Read a manifest or index.

    The document's own `mediaType` decides, then its shape; `media_type` (a Content-Type header or a descriptor's
    word) only fills the gap, since it may lie. Digests of all descriptors are checked here.
    """
    wire = decode_json(content, _WireManifest, where=where)
    if wire.schema_version == 1 or media_type in (mt.DOCKER_SCHEMA1, mt.DOCKER_SCHEMA1_SIGNED):
        raise NotAnImage(where=where, reason="Docker manifest schema 1 has been withdrawn; push the image again")
    if wire.schema_version != 2:
        raise InvalidDocument(where=where, reason=f"schemaVersion must be 2, is {wire.schema_version}")
    if wire.manifests is not None and wire.layers is not None:
        raise InvalidDocument(where=where, reason="it is both an index and a manifest")
    for entry in (*(wire.manifests or ()), *(wire.layers or ()), *((wire.config,) if wire.config else ())):
        _check(entry, where)
    annotations = wire.annotations or {}
    if wire.manifests is not None or wire.media_type in mt.INDEXES:
        kind = wire.media_type or (media_type if media_type in mt.INDEXES else mt.OCI_INDEX)
        if kind not in mt.INDEXES:
            raise InvalidDocument(where=where, reason=f"an index cannot have media type {kind}")
        return Index(tuple(wire.manifests or ()), kind, annotations)
    kind = wire.media_type or (media_type if media_type in mt.MANIFESTS else mt.OCI_MANIFEST)
    if kind not in mt.MANIFESTS:
        raise NotAnImage(where=where, reason=f"media type {kind}")
    if wire.config is None:
        raise InvalidDocument(where=where, reason="it has neither a configuration nor an index's manifests")
    if wire.config.media_type and wire.config.media_type not in mt.CONFIGS:
        artifact = wire.artifact_type or wire.config.media_type
        raise NotAnImage(where=where, reason=f"an OCI artifact of type {artifact}")
    return Manifest(wire.config, tuple(wire.layers or ()), kind, annotations)


def _check(descriptor: Descriptor, where: str) -> None:
    try:
        parse_digest(descriptor.digest)
    except InvalidDigest as err:
        raise InvalidDocument(where=where, reason=str(err)) from err


def parse_config(content: bytes, *, where: str, layer_count: int | None = None) -> Config:
    """Read a configuration; with `layer_count`, also check that it has as many diff_ids.

    A config without `rootfs` (an artifact's, say) is NotAnImage. Operating system and architecture that are
    missing come out as the empty string.
    """
    wire = decode_json(content, _WireConfig, where=where, limit=limits.CONFIG_SIZE)
    if wire.rootfs is None:
        raise NotAnImage(where=where, reason="its configuration describes no root file system")
    try:
        diff_ids = tuple(parse_digest(diff_id) for diff_id in wire.rootfs.diff_ids or ())
    except InvalidDigest as err:
        raise InvalidDocument(where=where, reason=f"diff_ids: {err}") from err
    if layer_count is not None and layer_count != len(diff_ids):
        raise LayerCountMismatch(where=where, layers=layer_count, diff_ids=len(diff_ids))
    run = wire.config or _WireContainer()
    return Config(
        platform=Platform(wire.os or "", wire.architecture or "", wire.variant or "", wire.os_version or ""),
        diff_ids=diff_ids,
        created=wire.created,
        author=wire.author or "",
        user=run.user or "",
        env=tuple(run.env or ()),
        entrypoint=_command(run.entrypoint),
        cmd=_command(run.cmd),
        working_dir=run.working_dir or "",
        exposed_ports=tuple(sorted(run.exposed_ports or ())),
        volumes=tuple(sorted(run.volumes or ())),
        labels=dict(sorted((run.labels or {}).items())),
        stop_signal=run.stop_signal or "",
        shell=None if run.shell is None else tuple(run.shell),
        healthcheck=tuple(run.healthcheck.test or ()) if run.healthcheck else None,
        on_build=tuple(run.on_build or ()),
        history=tuple(
            History(step.created, step.created_by or "", step.author or "", step.comment or "", bool(step.empty_layer))
            for step in wire.history or ()
        ),
    )


def _command(argv: list[str] | str | None) -> tuple[str, ...] | None:
    if argv is None:
        return None
    return (argv,) if isinstance(argv, str) else tuple(argv)


def choose_platform(index: Index, wanted: Platform) -> Descriptor | None:
    """Return the first image of `index` for `wanted`, or None.

    An entry without a platform stands for any only when the index has no other image (OCI layouts of one image).
    """
    images = index.images
    for entry in images:
        if entry.platform and wanted.matches(entry.platform):
            return entry
    if len(images) == 1 and images[0].platform is None:
        return images[0]
    return None
