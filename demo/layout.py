"""Writing one image as an OCI image layout (image-spec v1.1: image-layout.md, manifest.md, config.md).

Tar entries go in; `blobs/sha256/*`, `index.json` and `oci-layout` come out. Layers stream: nothing is held but
the bytes under way. Nothing depends on the clock or on this machine: the gzip header carries no time, JSON is
sorted, and the same entries give the same digests (for the same version of zlib).
"""

import hashlib
import json
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

Entry = tuple[tarfile.TarInfo, IO[bytes] | None]
"""One member of a layer and the stream of its content (None for all but regular files)."""

GZIP_LEVEL = 6
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"


@dataclass(frozen=True)
class WrittenLayer:
    """A layer in the layout, and the line of history that made it."""

    digest: str
    size: int
    diff_id: str
    created_by: str


class _GzipBlob:
    """A file object for tarfile: compresses what is written and hashes both sides."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._deflate = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
        self.tar_hash = hashlib.sha256()
        self.blob_hash = hashlib.sha256()
        self.size = 0

    def write(self, content: bytes) -> int:
        self.tar_hash.update(content)
        self._store(self._deflate.compress(content))
        return len(content)

    def finish(self) -> None:
        self._store(self._deflate.flush())

    def _store(self, compressed: bytes) -> None:
        self.blob_hash.update(compressed)
        self.size += len(compressed)
        self._out.write(compressed)


class LayerWriter:
    """Takes the entries of one layer."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive

    def add(self, member: tarfile.TarInfo, content: IO[bytes] | None = None) -> None:
        """Append one entry."""
        self._archive.addfile(member, content)

    def add_all(self, entries: Iterator[Entry]) -> None:
        """Append entries in their order."""
        for member, content in entries:
            self.add(member, content)


@dataclass
class LayoutWriter:
    """One image under way: layers first, lowest first, then `finish`."""

    folder: Path
    architecture: dict[str, str]
    """`architecture` and, where there is one, `variant`."""
    layers: list[WrittenLayer] = field(default_factory=list)

    @contextmanager
    def layer(self, created_by: str) -> Iterator[LayerWriter]:
        """Write a new topmost layer while the context is open."""
        blobs = self.folder / "blobs" / "sha256"
        blobs.mkdir(parents=True, exist_ok=True)
        partial = blobs / "partial"
        with partial.open("wb") as out:
            blob = _GzipBlob(out)
            with tarfile.open(fileobj=blob, mode="w|", format=tarfile.PAX_FORMAT) as archive:  # type: ignore[call-overload]
                yield LayerWriter(archive)
            blob.finish()
        digest = blob.blob_hash.hexdigest()
        partial.rename(blobs / digest)
        self.layers.append(
            WrittenLayer("sha256:" + digest, blob.size, "sha256:" + blob.tar_hash.hexdigest(), created_by)
        )

    def take_layers(self, layout: Path) -> None:
        """Start from the layers of another image: the same blobs, not written anew."""
        manifest = _read_blob(layout, _only_image(layout)["digest"])
        config = _read_blob(layout, manifest["config"]["digest"])
        blobs = self.folder / "blobs" / "sha256"
        blobs.mkdir(parents=True, exist_ok=True)
        steps = [step["created_by"] for step in config["history"] if not step.get("empty_layer")]
        for descriptor, diff_id, step in zip(manifest["layers"], config["rootfs"]["diff_ids"], steps, strict=True):
            name = descriptor["digest"].removeprefix("sha256:")
            shutil.copyfile(layout / "blobs" / "sha256" / name, blobs / name)
            self.layers.append(WrittenLayer(descriptor["digest"], descriptor["size"], diff_id, step))

    def finish(self, created: str, run: dict[str, Any], *, steps: Sequence[str] = (), history: bool = True) -> None:
        """Write configuration, manifest and index; `run` is the configuration's `config`.

        `steps` are further lines of history that made no layer. Without `history` the image has none at all.
        """
        config: dict[str, Any] = {
            "created": created,
            **self.architecture,
            "os": "linux",
            "config": run,
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in self.layers]},
        }
        if history:
            made = [{"created": created, "created_by": layer.created_by} for layer in self.layers]
            config["history"] = made + [{"created": created, "created_by": step, "empty_layer": True} for step in steps]
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": self._descriptor(CONFIG_TYPE, config),
            "layers": [{"mediaType": LAYER_TYPE, "digest": layer.digest, "size": layer.size} for layer in self.layers],
        }
        image = self._descriptor(MANIFEST_TYPE, manifest)
        image["platform"] = {**self.architecture, "os": "linux"}
        image["annotations"] = {"org.opencontainers.image.ref.name": "latest"}
        index = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [image]}
        (self.folder / "index.json").write_bytes(_encoded(index))
        (self.folder / "oci-layout").write_bytes(b'{"imageLayoutVersion":"1.0.0"}')

    def _descriptor(self, media_type: str, document: dict[str, Any]) -> dict[str, Any]:
        content = _encoded(document)
        digest = hashlib.sha256(content).hexdigest()
        (self.folder / "blobs" / "sha256" / digest).write_bytes(content)
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(content)}


def _encoded(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _only_image(layout: Path) -> dict[str, Any]:
    (image,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    return dict(image)


def _read_blob(layout: Path, digest: str) -> dict[str, Any]:
    return dict(json.loads((layout / "blobs" / "sha256" / digest.removeprefix("sha256:")).read_bytes()))
