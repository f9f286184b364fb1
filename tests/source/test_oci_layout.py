"""OCI image layouts in folders and archives: choice, verification, and what is owed to hostile ones."""

import gzip
import hashlib
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.errors import (
    BasedexError,
    DigestMismatch,
    ImageNotFound,
    InvalidArchive,
    InvalidDocument,
    InvalidReference,
    LayerNotAvailable,
    LimitExceeded,
    NotAnImage,
    PlatformNotFound,
    SizeMismatch,
    SourceError,
)
from generator.oci.digest import digest_of
from generator.oci.platform import Platform
from generator.source.base import Opened, Source, Surroundings
from generator.source.layout import FULL_NAME, REF_NAME
from generator.source.oci_layout import OCI_ARCHIVE, OCI_FOLDER
from tests import builders
from tests.builders import BuiltImage, file, tar, write_layout

AMD64 = Platform()
ARM64 = Platform("linux", "arm64", "v8")


def make(name: str = "a", architecture: str = "amd64", **options: Any) -> BuiltImage:
    """Make an image of one file."""
    return builders.image([tar([file(name)])], platform={"os": "linux", "architecture": architecture}, **options)


def opened(layout: Path, tag: str = "", platform: Platform = AMD64) -> Opened:
    """Open a layout in a folder."""
    details = f"{layout}:{tag}" if tag else str(layout)
    OCI_FOLDER.check(details)
    with OCI_FOLDER.open(details, platform, Surroundings(cache_folder=layout.parent / "cache")) as image:
        return image


def content_of(image: Opened) -> list[bytes]:
    """Read all layers."""
    contents = []
    for layer in image.layers:
        with layer.open() as chunks:
            contents.append(b"".join(chunks))
    return contents


def fingerprint(layout: Path, tag: str = "", platform: Platform = AMD64) -> str | None:
    """Return a layout's fingerprint."""
    details = f"{layout}:{tag}" if tag else str(layout)
    return OCI_FOLDER.fingerprint(details, platform, Surroundings(cache_folder=layout))


def blob_path(layout: Path, digest: str) -> Path:
    """Return a blob's file."""
    return layout / "blobs" / "sha256" / digest.partition(":")[2]


def add_blob(layout: Path, content: bytes, **fields: Any) -> dict[str, Any]:
    """Write a blob and return its descriptor."""
    blob_path(layout, builders.sha256(content)).write_bytes(content)
    return {"mediaType": builders.OCI_INDEX, "digest": builders.sha256(content), "size": len(content), **fields}


def named(descriptor: dict[str, Any], name: str, key: str = REF_NAME) -> dict[str, Any]:
    """Return a descriptor with a name."""
    return descriptor | {"annotations": {**descriptor.get("annotations", {}), key: name}}


ATTESTATION = {
    "mediaType": builders.OCI_MANIFEST,
    "digest": "sha256:" + "0" * 64,
    "size": 100,
    "platform": {"os": "unknown", "architecture": "unknown"},
    "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
}


def test_one_image(tmp_path: Path) -> None:
    """A layout of one image gives manifest, configuration and layers as they are, with digests and sizes."""
    built = make()
    image = opened(write_layout(tmp_path / "l", built))
    assert (image.manifest, image.config, content_of(image)) == (built.manifest, built.config, built.layers)
    assert image.resolved_digest == built.digest == fingerprint(tmp_path / "l")
    assert image.manifest_media_type == builders.OCI_MANIFEST
    assert [(layer.digest, layer.size) for layer in image.layers] == [
        (builders.sha256(built.layers[0]), len(built.layers[0]))
    ]
    assert (image.platforms, image.index_size, image.attestation_count) == ((), None, 0)
    assert image.source == f"oci:{tmp_path / 'l'}"


@pytest.mark.parametrize("kind", ["none", "gzip", "zstd", "xz"])
def test_archive(tmp_path: Path, kind: str) -> None:
    """A layout in an archive, plain or compressed, is the same image as in a folder."""
    built = make()
    layout = write_layout(tmp_path / "l", built)
    with tarfile.open(tmp_path / "l.tar", "w") as archive:
        archive.add(layout, ".")
    path = tmp_path / "l.tar"
    path.write_bytes(builders.compress(path.read_bytes(), kind))
    source: Source = OCI_ARCHIVE
    with source.open(f"{path}:latest", AMD64, Surroundings(cache_folder=tmp_path / "cache")) as image:
        assert (image.manifest, image.config, content_of(image)) == (built.manifest, built.config, built.layers)
        assert image.resolved_digest == built.digest
    before = source.fingerprint(str(path), AMD64, Surroundings(cache_folder=tmp_path))
    os.utime(path, ns=(1, 1))
    assert before != source.fingerprint(str(path), AMD64, Surroundings(cache_folder=tmp_path))


def test_archive_with_links(tmp_path: Path) -> None:
    """Blobs in an archive may be links inside it, and one that leaves it is refused."""
    built = make()
    names = {content: builders.sha256(content).removeprefix("sha256:") for content in (built.manifest, built.config)}
    layer = builders.sha256(built.layers[0]).removeprefix("sha256:")
    entries = [
        file("oci-layout", b'{"imageLayoutVersion": "1.0.0"}'),
        file("index.json", builders.index([built.descriptor])),
        *(file(f"blobs/sha256/{name}", content) for content, name in names.items()),
        file("rootfs.tar.gz", built.layers[0]),
    ]
    path = tmp_path / "l.tar"
    for target, error in (("../../rootfs.tar.gz", None), ("../../../rootfs.tar.gz", InvalidArchive)):
        path.write_bytes(tar([*entries, builders.symlink(f"blobs/sha256/{layer}", target)]))
        with OCI_ARCHIVE.open(str(path), AMD64, Surroundings(cache_folder=tmp_path)) as image:
            if error is None:
                assert content_of(image) == built.layers
            else:
                with pytest.raises(error):
                    content_of(image)


# Symbolic links


def moved(layout: Path, digest: str, name: str) -> Path:
    """Move a blob elsewhere and return its old place."""
    place = blob_path(layout, digest)
    place.rename(layout / name)
    return place


@pytest.mark.parametrize("as_text", [False, True])
def test_blobs_behind_links(tmp_path: Path, as_text: bool) -> None:
    """Blobs may be links inside the folder, also as the text that Git leaves where it cannot make links."""
    built = make()
    layout = write_layout(tmp_path / "l", built)
    for name, content in (("m.json", built.manifest), ("c.json", built.config), ("rootfs.tar.gz", built.layers[0])):
        place = moved(layout, builders.sha256(content), name)
        if as_text:
            place.write_text(f"../../{name}")
        else:
            place.symlink_to(f"../../{name}")
    image = opened(layout)
    assert (image.manifest, image.config, content_of(image)) == (built.manifest, built.config, built.layers)


@pytest.mark.parametrize("which", ["manifest", "layer"])
@pytest.mark.parametrize("as_text", [False, True])
def test_links_that_leave_the_folder(tmp_path: Path, which: str, as_text: bool) -> None:
    """A link out of the folder is refused, even where the right bytes lie there."""
    built = make()
    layout = write_layout(tmp_path / "l", built)
    content = built.manifest if which == "manifest" else built.layers[0]
    place = moved(layout, builders.sha256(content), "../outside")
    if as_text:
        place.write_text("../../../outside")
    else:
        place.symlink_to("../../../outside")
    with pytest.raises(InvalidArchive, match="leaves the folder"):
        content_of(opened(layout))


def test_links_in_a_circle(tmp_path: Path) -> None:
    """A circle of links is a typed error."""
    built = make()
    layout = write_layout(tmp_path / "l", built)
    place = moved(layout, built.digest, "m")
    place.symlink_to(place.name)
    with pytest.raises(InvalidArchive):
        opened(layout)


def test_blob_that_is_no_file(tmp_path: Path) -> None:
    """A pipe in a blob's place is refused, not waited for."""
    built = make()
    layout = write_layout(tmp_path / "l", built)
    os.mkfifo(moved(layout, builders.sha256(built.layers[0]), "x"))
    with pytest.raises(InvalidArchive, match="no regular file"):
        content_of(opened(layout))


def test_published_busybox(shared_images: Path) -> None:
    """The official busybox layouts open, and their layers have the digests that their manifests name."""
    for libc in ("glibc", "musl", "uclibc"):
        image = opened(shared_images / "oci" / f"busybox-1.37.0-{libc}", f"busybox:1.37.0-{libc}")
        assert [digest_of(layer) for layer in content_of(image)] == [layer.digest for layer in image.layers]


# Names


def test_names(tmp_path: Path) -> None:
    """An image is found by either annotation, whole or by its tag; whole names go before tags."""
    one, two, three = make("1"), make("2"), make("3")
    entries = [
        named(one.descriptor, "localhost/x:1.0"),
        named(named(two.descriptor, "2.0"), "docker.io/library/y:2.0", FULL_NAME),
        named(three.descriptor, "1.0"),
    ]
    layout = write_layout(tmp_path / "l", one, two, three, index_json=builders.index(entries))
    for tag, built in (("localhost/x:1.0", one), ("2.0", two), ("docker.io/library/y:2.0", two), ("1.0", three)):
        assert opened(layout, tag).manifest == built.manifest
        assert fingerprint(layout, tag) == built.digest
    with pytest.raises(ImageNotFound, match=r"offers 1\.0, 2\.0, localhost/x:1\.0"):
        opened(layout, "3.0")


def test_several_names_without_tag(tmp_path: Path) -> None:
    """Without a tag, images of different names are ambiguous; one image under two names is not."""
    one, two = make("1"), make("2")
    layout = write_layout(
        tmp_path / "l",
        one,
        two,
        index_json=builders.index([named(one.descriptor, "a"), named(two.descriptor, "b")]),
    )
    with pytest.raises(ImageNotFound, match=r"several.*: a, b\)$"):
        opened(layout)
    twice = builders.index([named(one.descriptor, "a"), named(one.descriptor, "b")])
    layout = write_layout(tmp_path / "m", one, index_json=twice)
    assert opened(layout).manifest == one.manifest
    assert fingerprint(layout) == one.digest


# Platforms and indexes


def test_nested_index(tmp_path: Path) -> None:
    """A nested index resolves to itself, names its platforms, and counts attestations, never offering them."""
    amd64, arm64 = make("x"), make("y", "arm64")
    layout = write_layout(tmp_path / "l", amd64, arm64)
    nested = builders.index([amd64.descriptor, arm64.descriptor, ATTESTATION, ATTESTATION])
    descriptor = add_blob(layout, nested)
    (layout / "index.json").write_bytes(builders.index([named(descriptor, "latest")]))
    image = opened(layout, platform=ARM64)
    assert image.manifest == arm64.manifest
    assert image.resolved_digest == digest_of(nested) == fingerprint(layout, platform=ARM64)
    assert image.index_size == len(nested)
    assert [str(platform) for platform in image.platforms] == ["linux/amd64", "linux/arm64"]
    assert image.attestation_count == 2


def test_two_levels(tmp_path: Path) -> None:
    """Indexes in indexes are searched in order, and the sizes of all that led there are added."""
    built = make("x", "arm64")
    layout = write_layout(tmp_path / "l", built)
    inner = builders.index([built.descriptor])
    outer = builders.index([add_blob(layout, builders.index([])), add_blob(layout, inner)])
    (layout / "index.json").write_bytes(builders.index([add_blob(layout, outer)]))
    image = opened(layout, platform=Platform("linux", "arm64"))
    assert image.manifest == built.manifest
    assert image.index_size == len(inner) + len(outer)


def test_platforms_in_the_layouts_own_index(tmp_path: Path) -> None:
    """Images of several platforms side by side in index.json are chosen by platform; that index has no size."""
    amd64, arm64 = make("x"), make("y", "arm64")
    layout = write_layout(tmp_path / "l", amd64, arm64)
    image = opened(layout, platform=ARM64)
    assert image.manifest == arm64.manifest
    assert fingerprint(layout, platform=ARM64) == arm64.digest
    assert (image.resolved_digest, image.index_size, len(image.platforms)) == (arm64.digest, None, 2)


def test_platform_not_there(tmp_path: Path) -> None:
    """A platform that is not offered is PlatformNotFound, which lists those that are, attestations never."""
    layout = write_layout(tmp_path / "l", make("x"), make("y", "arm64"))
    with pytest.raises(PlatformNotFound, match=r"no linux/s390x; it offers linux/amd64, linux/arm64$"):
        opened(layout, platform=Platform("linux", "s390x"))


def test_entry_without_platform(tmp_path: Path) -> None:
    """Where the index is silent, the configuration says which platform an image is for."""
    built = make("x", "arm64")
    entry = {key: value for key, value in built.descriptor.items() if key != "platform"}
    layout = write_layout(tmp_path / "l", built, index_json=builders.index([entry]))
    assert opened(layout, platform=ARM64).manifest == built.manifest
    with pytest.raises(PlatformNotFound, match=r"offers linux/arm64$"):
        opened(layout)


def test_artifacts_beside_images(tmp_path: Path) -> None:
    """An artifact beside an image is passed by; an artifact alone is NotAnImage."""
    built = make()
    artifact = json.dumps(
        {
            "schemaVersion": 2,
            "artifactType": "application/vnd.example.sbom",
            "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": builders.sha256(b"{}"), "size": 2},
            "layers": [],
        }
    ).encode()
    layout = write_layout(tmp_path / "l", built)
    entry = add_blob(layout, artifact, mediaType=builders.OCI_MANIFEST)
    (layout / "index.json").write_bytes(builders.index([entry, built.descriptor]))
    assert opened(layout).manifest == built.manifest
    (layout / "index.json").write_bytes(builders.index([entry]))
    with pytest.raises(NotAnImage, match=r"vnd\.example\.sbom"):
        opened(layout)


def chain(layout: Path, depth: int, last: dict[str, Any]) -> dict[str, Any]:
    """Wrap a descriptor into `depth` indexes."""
    for _ in range(depth):
        last = add_blob(layout, builders.index([last]))
    return last


@pytest.mark.parametrize(("depth", "works"), [(4, True), (5, False), (200, False)])
def test_depth(tmp_path: Path, depth: int, works: bool) -> None:
    """Four indexes in one another are followed, more are refused."""
    built = make()
    layout = write_layout(tmp_path / "l", built)
    (layout / "index.json").write_bytes(builders.index([chain(layout, depth, built.descriptor)]))
    if works:
        assert opened(layout).manifest == built.manifest
    else:
        with pytest.raises(LimitExceeded, match="depth"):
            opened(layout)


def test_exponential_index(tmp_path: Path) -> None:
    """A thousand references to one index at each of four levels cost four reads, not 10¹²."""
    built = make("x", "arm64")
    layout = write_layout(tmp_path / "l", built)
    last = built.descriptor
    for _ in range(4):
        last = add_blob(layout, builders.index([last] * 1000))
    (layout / "index.json").write_bytes(builders.index([last] * 1000))
    with pytest.raises(PlatformNotFound):
        opened(layout)


# Verification


def flipped(content: bytes) -> bytes:
    """Return the content with one bit changed."""
    return bytes([content[0] ^ 1]) + content[1:]


def write_blob(of: Callable[[BuiltImage], bytes], new: Callable[[bytes], bytes]) -> Callable[[Path, BuiltImage], None]:
    """Make a change of one blob's bytes."""

    def change(layout: Path, built: BuiltImage) -> None:
        blob_path(layout, builders.sha256(of(built))).write_bytes(new(of(built)))

    return change


def index_of(**fields: Any) -> Callable[[Path, BuiltImage], None]:
    """Make a change of the descriptor in index.json."""

    def change(layout: Path, built: BuiltImage) -> None:
        (layout / "index.json").write_bytes(builders.index([built.descriptor | fields]))

    return change


def put(name: str, content: bytes) -> Callable[[Path, BuiltImage], None]:
    """Make a change of one of the layout's own files."""

    def change(layout: Path, built: BuiltImage) -> None:
        (layout / name).write_bytes(content)

    return change


def drop(name: str) -> Callable[[Path, BuiltImage], None]:
    """Make a change that removes a file."""
    return lambda layout, built: (layout / name).unlink()


MALFORMED: dict[str, tuple[Callable[[Path, BuiltImage], None], type[BasedexError]]] = {
    "manifest with a flipped bit": (write_blob(lambda built: built.manifest, flipped), DigestMismatch),
    "manifest too long": (write_blob(lambda built: built.manifest, lambda content: content + b" "), SizeMismatch),
    "manifest too short": (write_blob(lambda built: built.manifest, lambda content: content[:-1]), SizeMismatch),
    "manifest empty": (write_blob(lambda built: built.manifest, lambda content: b""), SizeMismatch),
    "configuration with a flipped bit": (write_blob(lambda built: built.config, flipped), DigestMismatch),
    "configuration too long": (write_blob(lambda built: built.config, lambda content: content * 2), SizeMismatch),
    "descriptor one byte larger": (
        lambda layout, built: index_of(size=len(built.manifest) + 1)(layout, built),
        SizeMismatch,
    ),
    "descriptor one byte smaller": (
        lambda layout, built: index_of(size=len(built.manifest) - 1)(layout, built),
        SizeMismatch,
    ),
    "descriptor of 5 MB": (index_of(size=5 << 20), LimitExceeded),
    "descriptor of negative size": (index_of(size=-1), InvalidDocument),
    "digest that climbs": (index_of(digest="sha256:../../../../etc/passwd"), InvalidDocument),
    "digest of an unknown algorithm": (index_of(digest="md5:" + "0" * 32), InvalidDocument),
    "digest of no blob": (index_of(digest="sha256:" + "0" * 64), InvalidArchive),
    "no oci-layout": (drop("oci-layout"), InvalidArchive),
    "no index.json": (drop("index.json"), InvalidArchive),
    "another version": (put("oci-layout", b'{"imageLayoutVersion": "2.0.0"}'), InvalidArchive),
    "oci-layout is no JSON": (put("oci-layout", b"1.0.0\n."), InvalidDocument),
    "oci-layout of 1 MB": (put("oci-layout", b" " * (1 << 20)), LimitExceeded),
    "index.json is no JSON": (put("index.json", b"<html>"), InvalidDocument),
    "index.json is null": (put("index.json", b"null"), InvalidDocument),
    "index.json nested 100,000 deep": (put("index.json", b"[" * 100_000), InvalidDocument),
    "index.json of 5 MB": (put("index.json", b" " * (5 << 20)), LimitExceeded),
    "index.json without images": (put("index.json", builders.index([])), ImageNotFound),
    "index.json of attestations": (put("index.json", builders.index([ATTESTATION])), ImageNotFound),
    "index.json is a manifest": (
        lambda layout, built: put("index.json", built.manifest)(layout, built),
        InvalidArchive,
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, name: str) -> None:
    """A malformed layout gives its typed error, with a sentence that names the layout."""
    change, error = MALFORMED[name]
    built = make()
    layout = write_layout(tmp_path / "l", built)
    change(layout, built)
    with pytest.raises(error) as raised:
        opened(layout)
    assert type(raised.value) is error
    assert str(layout) in str(raised.value) or error is InvalidDocument


def test_index_under_another_digest(tmp_path: Path) -> None:
    """An index that names itself, which only a lying digest makes possible, is refused by its digest."""
    layout = write_layout(tmp_path / "l", make())
    digest = "sha256:" + "a" * 64
    entry = {"mediaType": builders.OCI_INDEX, "digest": digest, "size": 0}
    content = builders.index([entry])
    entry["size"] = len(content) + 2
    blob_path(layout, digest).write_bytes(builders.index([entry]))
    (layout / "index.json").write_bytes(builders.index([entry | {"size": len(builders.index([entry]))}]))
    with pytest.raises(DigestMismatch):
        opened(layout)


def test_layers_missing(tmp_path: Path) -> None:
    """A layer without its blob is the layout's error; a foreign one is LayerNotAvailable, its address not followed."""
    built = make()
    layout = write_layout(tmp_path / "l", built)
    blob_path(layout, builders.sha256(built.layers[0])).unlink()
    with pytest.raises(InvalidArchive, match="missing"):
        content_of(opened(layout))
    foreign = make(layer_media_type="application/vnd.oci.image.layer.nondistributable.v1.tar+gzip")
    layout = write_layout(tmp_path / "m", foreign)
    blob_path(layout, builders.sha256(foreign.layers[0])).unlink()
    with pytest.raises(LayerNotAvailable, match=f"{len(foreign.layers[0])} bytes declared"):
        content_of(opened(layout))


def test_sha512(tmp_path: Path) -> None:
    """Blobs by sha512 are found and verified, too."""
    built = make()
    layout = write_layout(tmp_path / "l", built)
    (layout / "blobs" / "sha512").mkdir()
    hexadecimal = hashlib.sha512(built.manifest).hexdigest()
    place = layout / "blobs" / "sha512" / hexadecimal
    place.write_bytes(built.manifest)
    index_of(digest=f"sha512:{hexadecimal}")(layout, built)
    assert opened(layout).manifest == built.manifest
    place.write_bytes(flipped(built.manifest))
    with pytest.raises(DigestMismatch):
        opened(layout)


# Places that are none


def test_no_layout(tmp_path: Path) -> None:
    """A missing folder is ImageNotFound, a file in its place names the other transport, an empty path is a mistake."""
    (tmp_path / "f").write_bytes(gzip.compress(b""))
    with pytest.raises(ImageNotFound):
        opened(tmp_path / "missing")
    with pytest.raises(ImageNotFound, match="oci-archive:"):
        opened(tmp_path / "f")
    with (
        pytest.raises(ImageNotFound),
        OCI_ARCHIVE.open(str(tmp_path / "x"), AMD64, Surroundings(cache_folder=tmp_path)),
    ):
        pass
    with pytest.raises(SourceError), OCI_ARCHIVE.open(str(tmp_path), AMD64, Surroundings(cache_folder=tmp_path)):
        pass
    for source in (OCI_FOLDER, OCI_ARCHIVE):
        for details in ("", ":latest"):
            with pytest.raises(InvalidReference):
                source.check(details)


def test_fingerprint_reads_no_blob(tmp_path: Path) -> None:
    """The fingerprint comes from index.json alone, and changes when that names another image."""
    one, two = make("1"), make("2")
    layout = write_layout(tmp_path / "l", one)
    for place in (layout / "blobs" / "sha256").iterdir():
        place.unlink()
    assert fingerprint(layout) == one.digest
    (layout / "index.json").write_bytes(builders.index([two.descriptor]))
    assert fingerprint(layout) == two.digest
    ambiguous = builders.index([one.descriptor, two.descriptor])
    (layout / "index.json").write_bytes(ambiguous)
    assert fingerprint(layout) == digest_of(ambiguous)
