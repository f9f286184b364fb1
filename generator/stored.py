"""As stored: what lies in a saved archive of an image, told from its manifest and configuration alone.

Two archives are told. Docker's, as `podman save` and `skopeo copy … docker-archive:` write it (containers/image,
docker/internal/tarfile/writer.go): the legacy layers' IDs and files are computed to the byte as there. And the OCI
image layout, as `skopeo copy … oci-archive:` writes it. Sizes that depend on the name an image is saved under are
None; so are the sizes of what is translated on the way, whose names are left open. `docker save` arranges the same
parts otherwise, differently in each generation of the engine.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Final

import msgspec

from generator.analysis.document import Layer, Member, Stored
from generator.limits import CONFIG_SIZE
from generator.oci.digest import Digest, algorithm_of, digest_of, hex_of
from generator.oci.documents import Manifest, decode_json, parse_manifest
from generator.oci.media_type import OCI_MANIFEST

MEANINGS: Final[dict[str, str]] = {
    "archive-manifest": "Names the configuration and the layers of each image in the archive, lowest layer first.",
    "repositories": "The oldest list of names: each repository and tag with the ID of its topmost legacy layer.",
    "config": "The configuration: platform, command, environment, history and the layers' diff_ids. Its digest is the"
    " image ID.",
    "layer": "A layer: a tar stream of files that were added or changed, and whiteouts for those removed.",
    "legacy-layer-version": "The version of the legacy layer's format, always 1.0.",
    "legacy-layer-config": "The legacy layer's own description, for Docker before 1.10: its parent, and in the topmost"
    " layer what containers run with.",
    "legacy-layer-link": "Leads from the legacy layer's folder to the layer itself.",
    "blob-folder": "Holds the blobs, each named by the digest of its bytes.",
    "manifest": "The manifest: configuration and layers with their digests and compressed sizes. Its digest names the"
    " image in a registry.",
    "converted-config": "The configuration, translated from Docker's format to OCI's when the layout is written; its"
    " digest depends on the tool.",
    "converted-manifest": "The manifest, translated from Docker's format to OCI's when the layout is written; its"
    " digest depends on the tool.",
    "index": "The index: which images the layout holds, by digest and name.",
    "layout-marker": "Marks the folder as an OCI image layout and says of which version.",
}
"""What each kind of member is for, one sentence for readers."""

_LAYOUT_MARKER: Final = b'{"imageLayoutVersion": "1.0.0"}'
_ANY_BLOB: Final = "blobs/sha256/…"
_LEGACY_VERSION: Final = b"1.0"
_LEGACY_FIELDS: Final = ("architecture", "config", "container", "container_config", "created", "docker_version", "os")
_JSON_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[ \t\r\n]+', re.DOTALL)
_GO_ESCAPES: Final = {
    b"<": b"\\u003c", b">": b"\\u003e", b"&": b"\\u0026", b"\xe2\x80\xa8": b"\\u2028", b"\xe2\x80\xa9": b"\\u2029",
}  # fmt: skip
_GO_ESCAPED: Final = re.compile(b"|".join(_GO_ESCAPES))


def stored_members(*, manifest: bytes | None, config: bytes | None, layers: Sequence[Layer]) -> Stored:
    """Tell both archives' members in the order in which they are written; () for what cannot be told."""
    return Stored(
        docker_archive=() if config is None else tuple(_docker_archive(config, layers)),
        oci_archive=() if manifest is None or config is None else tuple(_oci_archive(manifest, config, layers)),
    )


# Docker's archive


def _docker_archive(config: bytes, layers: Sequence[Layer]) -> list[Member]:
    """List what containers/image's tarfile.Writer sends: layers, configuration, legacy layers, the two indexes."""
    contents: dict[str, Member] = {}
    for index, layer in enumerate(layers):
        name = _layer_name(layer)
        contents.setdefault(name, Member(name, "file", layer.tar_size, "layer", index))
    return [
        *contents.values(),
        Member(f"{hex_of(digest_of(config))}.json", "file", len(config), "config"),
        *_legacy_layers(config, layers),
        Member("manifest.json", "file", None, "archive-manifest"),
        Member("repositories", "file", None, "repositories"),
    ]


def _layer_name(layer: Layer) -> str:
    return f"{hex_of(layer.diff_id)}.tar"


def _legacy_layers(config: bytes, layers: Sequence[Layer]) -> list[Member]:
    """List a folder for each layer, named by a digest of its description and of its chain ID."""
    members = []
    parent = ""
    for index, layer in enumerate(layers):
        description = {"parent": _quoted(parent)} if parent else {}
        if index == len(layers) - 1:
            description |= _legacy_fields(config)
        folder = hashlib.sha256(_object({**description, "layer_id": _quoted(layer.chain_id)})).hexdigest()
        size = len(_object({**description, "id": _quoted(folder)}))
        target = f"../{_layer_name(layer)}"
        members += [
            Member(f"{folder}/layer.tar", "symlink", 0, "legacy-layer-link", index, target),
            Member(f"{folder}/VERSION", "file", len(_LEGACY_VERSION), "legacy-layer-version", index),
            Member(f"{folder}/json", "file", size, "legacy-layer-config", index),
        ]
        parent = folder
    return members


def _legacy_fields(config: bytes) -> dict[str, bytes]:
    """Return what the topmost legacy layer repeats of the configuration, as Go writes it."""
    fields = decode_json(config, dict[str, msgspec.Raw], where="configuration", limit=CONFIG_SIZE)
    return {name: _compact(bytes(fields[name])) if name in fields else b"null" for name in _LEGACY_FIELDS}


def _object(fields: dict[str, bytes]) -> bytes:
    """Write a JSON object as Go's encoding/json does for a map: names sorted, no spaces."""
    return b"{" + b",".join(_quoted(name) + b":" + value for name, value in sorted(fields.items())) + b"}"


def _quoted(text: str) -> bytes:
    """Quote text that needs no escapes."""
    return b'"' + text.encode() + b'"'


def _compact(value: bytes) -> bytes:
    """Rewrite JSON as Go's `json.Compact` does on marshalling: spaces go, HTML's active characters are escaped."""
    return _JSON_TOKEN.sub(lambda token: _GO_ESCAPED.sub(lambda one: _GO_ESCAPES[one[0]], token[0]).strip(), value)


# The OCI image layout


def _oci_archive(manifest: bytes, config: bytes, layers: Sequence[Layer]) -> list[Member]:
    """List a layout's files in the order of their names."""
    read = parse_manifest(manifest, where="manifest")
    blobs: dict[Digest, Member] = {}
    for index, layer in enumerate(layers):
        if layer.digest is not None:
            blobs.setdefault(layer.digest, _blob(layer.digest, layer.compressed_size, "layer", index))
    last = []
    if read.media_type == OCI_MANIFEST:
        blobs[digest_of(manifest)] = _blob(digest_of(manifest), len(manifest), "manifest")
        config_digest = read.config.digest if isinstance(read, Manifest) else digest_of(config)
        blobs[config_digest] = _blob(config_digest, len(config), "config")
    else:
        last = [Member(_ANY_BLOB, "file", None, meaning) for meaning in ("converted-config", "converted-manifest")]
    folders = sorted({f"blobs/{algorithm_of(digest)}/" for digest in blobs})
    return [
        Member("blobs/", "directory", 0, "blob-folder"),
        *sorted(
            [Member(folder, "directory", 0, "blob-folder") for folder in folders] + list(blobs.values()), key=_name
        ),
        *last,
        Member("index.json", "file", None, "index"),
        Member("oci-layout", "file", len(_LAYOUT_MARKER), "layout-marker"),
    ]


def _blob(digest: Digest, size: int | None, meaning: str, layer: int | None = None) -> Member:
    return Member(f"blobs/{algorithm_of(digest)}/{hex_of(digest)}", "file", size, meaning, layer)


def _name(member: Member) -> str:
    return member.name
