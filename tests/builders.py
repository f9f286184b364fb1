"""Small builders of layers, images, layouts and archives for tests: honest ones and, by override, hostile ones."""

import gzip
import hashlib
import io
import json
import lzma
import sys
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER_GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip"


def sha256(content: bytes) -> str:
    """Return the digest as descriptors write it."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


# Layers


def file(name: str, content: bytes = b"", **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    """Make a regular file's entry; `fields` set any attribute of the TarInfo (mode, uid, mtime, pax_headers …)."""
    return _entry(name, tarfile.REGTYPE, content, **{"mode": 0o644} | fields)


def directory(name: str, **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    """Make a directory's entry."""
    return _entry(name, tarfile.DIRTYPE, **{"mode": 0o755} | fields)


def symlink(name: str, target: str, **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    """Make a symbolic link's entry."""
    return _entry(name, tarfile.SYMTYPE, linkname=target, **{"mode": 0o777} | fields)


def hard_link(name: str, target: str, **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    """Make a hard link's entry."""
    return _entry(name, tarfile.LNKTYPE, linkname=target, **fields)


def whiteout(path: str) -> tuple[tarfile.TarInfo, bytes]:
    """Make the whiteout that deletes `path`."""
    folder, _, name = path.rpartition("/")
    return file(f"{folder}/.wh.{name}" if folder else f".wh.{name}", mode=0)


def opaque(folder: str) -> tuple[tarfile.TarInfo, bytes]:
    """Make the opaque whiteout that empties `folder`."""
    return file(f"{folder}/.wh..wh..opq" if folder else ".wh..wh..opq", mode=0)


def _entry(name: str, kind: bytes, content: bytes = b"", **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type = kind
    member.size = len(content)
    for key, value in fields.items():
        setattr(member, key, value)
    return member, content


def tar(
    entries: Iterable[tuple[tarfile.TarInfo, bytes]], *, form: int = tarfile.PAX_FORMAT, encoding: str = "utf-8"
) -> bytes:
    """Return a tar stream of `entries`, exactly in their order."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, encoding=encoding, errors="surrogateescape") as archive:
        for member, content in entries:
            archive.addfile(member, io.BytesIO(content) if member.isreg() else None)
    return out.getvalue()


def compress(content: bytes, kind: str = "gzip", level: int = 1) -> bytes:
    """Compress as gzip (no time stamp), zstd, xz or none."""
    if kind == "gzip":
        return gzip.compress(content, level, mtime=0)
    if kind == "zstd":
        return zstd.compress(content, level)
    if kind == "xz":
        return lzma.compress(content, preset=level)
    return content


# Images


@dataclass
class BuiltImage:
    """An image as bytes; change any attribute before writing it somewhere to make it lie."""

    manifest: bytes
    config: bytes
    layers: list[bytes]
    """As stored: compressed."""
    tars: list[bytes]
    media_type: str = OCI_MANIFEST
    platform: dict[str, str] = field(default_factory=lambda: {"os": "linux", "architecture": "amd64"})
    extra_blobs: dict[str, bytes] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The manifest's digest."""
        return sha256(self.manifest)

    @property
    def blobs(self) -> dict[str, bytes]:
        """Every blob by its true digest."""
        parts = [self.manifest, self.config, *self.layers]
        return {sha256(part): part for part in parts} | self.extra_blobs

    @property
    def descriptor(self) -> dict[str, Any]:
        """The manifest's entry in an index."""
        return {
            "mediaType": self.media_type,
            "digest": self.digest,
            "size": len(self.manifest),
            "platform": self.platform,
        }


def image(
    layers: Sequence[bytes],
    *,
    compression: str = "gzip",
    docker: bool = False,
    config: dict[str, Any] | None = None,
    run: dict[str, Any] | None = None,
    platform: dict[str, str] | None = None,
    layer_media_type: str | None = None,
) -> BuiltImage:
    """Make an image of tar streams; `config` overrides top-level fields of the configuration, `run` its `config`."""
    platform = platform or {"os": "linux", "architecture": "amd64"}
    stored = [compress(layer, compression) for layer in layers]
    body: dict[str, Any] = {
        "created": "2024-05-01T12:00:00Z",
        **{key: platform[key] for key in ("architecture", "os", "variant") if key in platform},
        "config": run or {},
        "rootfs": {"type": "layers", "diff_ids": [sha256(layer) for layer in layers]},
        "history": [{"created": "2024-05-01T12:00:00Z", "created_by": f"step {i}"} for i in range(len(layers))],
    }
    body |= config or {}
    config_bytes = json.dumps(body).encode()
    suffix = {"none": "", "gzip": "+gzip", "zstd": "+zstd", "xz": "+xz"}[compression]
    layer_type = layer_media_type or (DOCKER_LAYER_GZIP if docker else OCI_LAYER + suffix)
    media_type = DOCKER_MANIFEST if docker else OCI_MANIFEST
    manifest = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": {
            "mediaType": DOCKER_CONFIG if docker else OCI_CONFIG,
            "digest": sha256(config_bytes),
            "size": len(config_bytes),
        },
        "layers": [{"mediaType": layer_type, "digest": sha256(one), "size": len(one)} for one in stored],
    }
    return BuiltImage(json.dumps(manifest).encode(), config_bytes, stored, list(layers), media_type, platform)


def index(entries: Sequence[dict[str, Any]], **fields: Any) -> bytes:
    """Return an image index of descriptors."""
    return json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(entries), **fields}).encode()


def write_layout(folder: Path, *images: BuiltImage, tag: str = "latest", index_json: bytes | None = None) -> Path:
    """Write an OCI image layout whose index names `images` (or is `index_json`); return the folder."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    for built in images:
        for digest, content in built.blobs.items():
            (blobs / digest.partition(":")[2]).write_bytes(content)
    annotations = {"annotations": {"org.opencontainers.image.ref.name": tag}}
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (folder / "index.json").write_bytes(index_json or index([one.descriptor | annotations for one in images]))
    return folder


def write_docker_archive(path: Path, built: BuiltImage, *, tags: Sequence[str] = ("test:latest",)) -> Path:
    """Write a docker archive with Docker's legacy layout (one folder a layer); return its path."""
    entries: list[tuple[tarfile.TarInfo, bytes]] = []
    names: list[str] = []
    for content in built.tars:
        layer_id = hashlib.sha256(b"v1" + content + str(len(names)).encode()).hexdigest()
        names.append(f"{layer_id}/layer.tar")
        entries += [directory(layer_id), file(f"{layer_id}/VERSION", b"1.0"), file(f"{layer_id}/json", b"{}")]
        entries.append(file(f"{layer_id}/layer.tar", content))
    config_name = sha256(built.config).partition(":")[2] + ".json"
    entries.append(file(config_name, built.config))
    manifest = [{"Config": config_name, "RepoTags": list(tags), "Layers": names}]
    entries.append(file("manifest.json", json.dumps(manifest).encode()))
    path.write_bytes(tar(entries))
    return path
