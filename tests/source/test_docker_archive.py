"""Docker archives: every layout that real tools write, and what is owed to malformed ones."""

import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from generator.errors import (
    BasedexError,
    ContentError,
    DigestMismatch,
    ImageNotFound,
    InvalidArchive,
    InvalidCompression,
    InvalidDocument,
    InvalidReference,
    LayerCountMismatch,
    LimitExceeded,
    NotAnImage,
    PlatformNotFound,
    SourceError,
)
from generator.oci.digest import digest_of
from generator.oci.platform import Platform
from generator.source.base import Opened, Surroundings
from generator.source.docker_archive import DOCKER_ARCHIVE
from generator.source.layout import REF_NAME
from tests import builders
from tests.builders import BuiltImage, directory, file, hard_link, symlink, tar

Entry = tuple[tarfile.TarInfo, bytes]
AMD64 = Platform()


@pytest.fixture
def built() -> BuiltImage:
    """Give an image of two layers."""
    return builders.image([tar([file("a", b"one")]), tar([file("b", b"two")])])


def opened(tmp_path: Path, path: Path, reference: str = "", platform: Platform = AMD64) -> tuple[Opened, list[bytes]]:
    """Open an archive and read all its layers."""
    details = f"{path}:{reference}" if reference else str(path)
    DOCKER_ARCHIVE.check(details)
    with DOCKER_ARCHIVE.open(details, platform, Surroundings(cache_folder=tmp_path / "cache")) as image:
        return image, [read(layer.open) for layer in image.layers]


def read(start: Callable[[], Any]) -> bytes:
    """Read a layer to its end."""
    with start() as chunks:
        return b"".join(chunks)


def config_name(built: BuiltImage) -> str:
    """Return the name that Docker gives a configuration."""
    return builders.sha256(built.config).removeprefix("sha256:") + ".json"


def manifest(*items: dict[str, Any]) -> Entry:
    """Return manifest.json."""
    return file("manifest.json", json.dumps(items).encode())


def item(
    built: BuiltImage, layers: Sequence[str] = ("0.tar", "1.tar"), tags: Sequence[str] | None = None
) -> dict[str, Any]:
    """Return an image's part of manifest.json."""
    return {"Config": config_name(built), "RepoTags": tags, "Layers": list(layers)}


def flat(built: BuiltImage) -> list[Entry]:
    """Return an archive's entries with layers beside the configuration."""
    layers = [file(f"{index}.tar", content) for index, content in enumerate(built.tars)]
    return [*layers, file(config_name(built), built.config), manifest(item(built))]


def written(path: Path, entries: Sequence[Entry]) -> Path:
    """Write an archive."""
    path.write_bytes(tar(entries))
    return path


# What tools write


def test_legacy_folders(tmp_path: Path, built: BuiltImage) -> None:
    """A folder for each layer, as Docker up to Engine 24 has it, gives configuration and layers, and no manifest."""
    image, layers = opened(tmp_path, builders.write_docker_archive(tmp_path / "a.tar", built))
    assert layers == built.tars
    assert image.config == built.config
    assert image.manifest is None and image.resolved_digest is None
    assert all(layer.digest is None and layer.media_type is None for layer in image.layers)


@pytest.mark.parametrize("kind", ["gzip", "zstd", "xz"])
def test_compressed_as_a_whole(tmp_path: Path, built: BuiltImage, kind: str) -> None:
    """An archive may be compressed; the unpacked copy leaves nothing in the cache folder."""
    path = builders.write_docker_archive(tmp_path / "a.tar", built)
    path.write_bytes(builders.compress(path.read_bytes(), kind))
    assert opened(tmp_path, path)[1] == built.tars
    assert list((tmp_path / "cache").iterdir()) == []


def test_links_to_layers(tmp_path: Path, built: BuiltImage) -> None:
    """Layers may be symbolic and hard links inside the archive, as podman, skopeo and old Dockers write them."""
    entries = [
        *flat(built)[:-1],
        symlink("one/layer.tar", "../0.tar"),
        hard_link("two/layer.tar", "1.tar"),
        symlink("three/layer.tar", "../two/layer.tar"),
        manifest(item(built, ["one/layer.tar", "three/layer.tar"])),
    ]
    assert opened(tmp_path, written(tmp_path / "a.tar", entries))[1] == built.tars


def test_last_duplicate_wins(tmp_path: Path, built: BuiltImage) -> None:
    """Of several members of one name the last counts, as in tar."""
    entries = [file("0.tar", b"not this"), file("manifest.json", b"nor this"), *flat(built)]
    assert opened(tmp_path, written(tmp_path / "a.tar", entries))[1] == built.tars


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_long_names(tmp_path: Path, built: BuiltImage, form: int) -> None:
    """Long member names and link targets are read in each tar format."""
    folder = "f" * 70 + "/" + "g" * 70 if form != tarfile.USTAR_FORMAT else "f" * 90 + "/" + "g" * 70
    entries = [file(f"{folder}/0", built.tars[0]), file(f"{folder}/1", built.tars[1])]
    entries += [file(config_name(built), built.config), manifest(item(built, [f"./{folder}/0", f"{folder}//1"]))]
    if form != tarfile.USTAR_FORMAT:
        entries[1:2] = [file(f"{folder}/x", built.tars[1]), symlink(f"{folder}/1", f"../../{folder}/x")]
    (tmp_path / "a.tar").write_bytes(tar(entries, form=form))
    assert opened(tmp_path, tmp_path / "a.tar")[1] == built.tars


def test_size_in_a_pax_header(tmp_path: Path, built: BuiltImage) -> None:
    """A size in a pax header overrides the header's own, as for members of 8 GiB and more."""
    entries = flat(built)
    member, content = entries[0]
    member.pax_headers = {"size": str(len(content))}
    path = written(tmp_path / "a.tar", entries)
    assert b" size=" in path.read_bytes()[:2048]
    assert opened(tmp_path, path)[1] == built.tars


def as_engine(built: BuiltImage, compressed: bool, tag: str = "test:latest") -> list[Entry]:
    """Return an archive as Engine 25 and later writes it: a layout, with manifest.json beside index.json."""
    layers = built.layers if compressed else built.tars
    media_type = builders.OCI_LAYER + ("+gzip" if compressed else "")
    document = json.loads(built.manifest) | {
        "layers": [{"mediaType": media_type, "digest": builders.sha256(one), "size": len(one)} for one in layers]
    }
    content = json.dumps(document).encode()
    blobs = [content, built.config, *layers]
    names = ["blobs/sha256/" + builders.sha256(blob).removeprefix("sha256:") for blob in blobs]
    entry = {
        "mediaType": builders.OCI_MANIFEST,
        "digest": builders.sha256(content),
        "size": len(content),
        "annotations": {"io.containerd.image.name": f"docker.io/library/{tag}", REF_NAME: tag.partition(":")[2]},
    }
    return [
        directory("blobs"),
        directory("blobs/sha256"),
        *(file(name, blob) for name, blob in zip(names, blobs, strict=True)),
        file("index.json", builders.index([entry])),
        manifest({"Config": names[1], "RepoTags": [tag], "Layers": names[2:]}),
        file("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'),
    ]


def test_made_up_manifest_is_left_aside(tmp_path: Path, built: BuiltImage) -> None:
    """A manifest over uncompressed layers, which Engines 25 to 28 make for saving, is not the image's own."""
    image, layers = opened(tmp_path, written(tmp_path / "a.tar", as_engine(built, compressed=False)))
    assert image.manifest is None
    assert layers == built.tars


def test_own_manifest_of_a_containerd_store(tmp_path: Path, built: BuiltImage) -> None:
    """Where the layout in the archive has the compressed layers, its manifest is the image's own."""
    image, layers = opened(tmp_path, written(tmp_path / "a.tar", as_engine(built, compressed=True)), "test:latest")
    assert image.manifest is not None
    assert image.resolved_digest == digest_of(image.manifest)
    assert [layer.digest for layer in image.layers] == [builders.sha256(one) for one in built.layers]
    assert layers == built.layers


def test_real_docker_save(tmp_path: Path, shared_images: Path) -> None:
    """A gzipped legacy archive of Docker 18.09 is read; its layer is what its configuration says."""
    path = shared_images / "docker-archive" / "alpine-3.11-docker-save.tar.gz"
    image, layers = opened(tmp_path, path, "alpine:3.11")
    assert image.config is not None
    assert digest_of(image.config) == "sha256:a187dde48cd289ac374ad8539930628314bc581a481cdb41409c9289419ddb72"
    assert [digest_of(layer) for layer in layers] == json.loads(image.config)["rootfs"]["diff_ids"]


# Choosing


def several(tmp_path: Path) -> tuple[Path, BuiltImage, BuiltImage]:
    """Write an archive of two images."""
    one, two = (builders.image([tar([file(name)])]) for name in ("one", "two"))
    entries = [file("1.tar", one.tars[0]), file("2.tar", two.tars[0])]
    entries += [file(config_name(image), image.config) for image in (one, two)]
    entries.append(
        manifest(item(one, ["1.tar"], ["a:1", "localhost/b:2"]), item(two, ["2.tar"], ["docker.io/library/c:latest"]))
    )
    return written(tmp_path / "a.tar", entries), one, two


@pytest.mark.parametrize("reference", ["a:1", "docker.io/library/a:1", "localhost/b:2", "@0"])
def test_reference(tmp_path: Path, reference: str) -> None:
    """An image is found by each of its names, spelled out or not, and by its place."""
    path, one, _ = several(tmp_path)
    assert opened(tmp_path, path, reference)[0].config == one.config


def test_several_without_reference(tmp_path: Path) -> None:
    """Without a reference, an archive of several images is ambiguous, and the error names them."""
    path, _, _ = several(tmp_path)
    with pytest.raises(ImageNotFound, match=r"several.*a:1, docker\.io/library/c:latest"):
        opened(tmp_path, path)


@pytest.mark.parametrize("reference", ["a:2", "d", "@2"])
def test_reference_not_there(tmp_path: Path, reference: str) -> None:
    """A reference that the archive does not have is ImageNotFound."""
    path, _, _ = several(tmp_path)
    with pytest.raises(ImageNotFound):
        opened(tmp_path, path, reference)


def test_platform_chooses(tmp_path: Path) -> None:
    """Of several images of one name, the platform chooses; one that none has is PlatformNotFound."""
    images = [builders.image([], platform={"os": "linux", "architecture": name}) for name in ("amd64", "arm64")]
    entries = [file(config_name(image), image.config) for image in images]
    path = written(tmp_path / "a.tar", [*entries, manifest(*(item(image, [], ["a:1"]) for image in images))])
    assert opened(tmp_path, path, platform=Platform("linux", "arm64"))[0].config == images[1].config
    with pytest.raises(PlatformNotFound, match="linux/s390x; it offers linux/amd64, linux/arm64"):
        opened(tmp_path, path, platform=Platform("linux", "s390x"))


@pytest.mark.parametrize("details", ["", ":a", "a.tar:UPPER", "a.tar:@x", "a.tar:@", "a\0"])
def test_details_that_mean_nothing(details: str) -> None:
    """Details without a path, or with a reference that is none, are the caller's mistake."""
    with pytest.raises(InvalidReference):
        DOCKER_ARCHIVE.check(details)


def test_fingerprint(tmp_path: Path, built: BuiltImage) -> None:
    """The fingerprint changes when the file does; a file that is not there is ImageNotFound."""
    path = builders.write_docker_archive(tmp_path / "a.tar", built)
    surroundings = Surroundings(cache_folder=tmp_path)
    before = DOCKER_ARCHIVE.fingerprint(str(path), AMD64, surroundings)
    assert before == DOCKER_ARCHIVE.fingerprint(f"{path}:test:latest", AMD64, surroundings)
    os.utime(path, ns=(1, 1))
    assert before != DOCKER_ARCHIVE.fingerprint(str(path), AMD64, surroundings)
    with pytest.raises(ImageNotFound):
        DOCKER_ARCHIVE.fingerprint(str(tmp_path / "missing"), AMD64, surroundings)


def test_files_that_are_none(tmp_path: Path) -> None:
    """A missing file is ImageNotFound; a folder and a pipe are refused, not waited for."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ImageNotFound):
        opened(tmp_path, tmp_path / "missing.tar")
    for name in ("pipe", "."):
        with pytest.raises(SourceError, match="no regular file"):
            opened(tmp_path, tmp_path / name)


# Malformed archives


def replaced(entries: Sequence[Entry], name: str, *new: Entry) -> list[Entry]:
    """Return the entries with one of them replaced."""
    assert any(member.name == name for member, _ in entries)
    return [entry for entry in entries if entry[0].name != name] + list(new)


def raw(name: str, kind: bytes, size: int, content: bytes = b"") -> bytes:
    """Return a header that claims `size`, and whatever follows it."""
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, size
    return member.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % 512)


def with_config(change: Callable[[dict[str, Any]], object]) -> Callable[[BuiltImage], bytes]:
    """Make an archive whose configuration has been changed, under a name that promises no digest."""

    def make(built: BuiltImage) -> bytes:
        config = json.loads(built.config)
        change(config)
        return with_config_bytes(json.dumps(config).encode())(built)

    return make


def with_config_bytes(content: bytes) -> Callable[[BuiltImage], bytes]:
    """Make an archive with these bytes as its configuration."""

    def make(built: BuiltImage) -> bytes:
        entries = replaced(flat(built), "manifest.json", file("config.json", content))
        return tar([*entries, manifest(item(built) | {"Config": "config.json"})])

    return make


def with_manifest(content: bytes) -> Callable[[BuiltImage], bytes]:
    """Make an archive with these bytes as its manifest.json."""
    return lambda built: tar(replaced(flat(built), "manifest.json", file("manifest.json", content)))


def with_layers(*names: str, also: Sequence[Entry] = ()) -> Callable[[BuiltImage], bytes]:
    """Make an archive whose manifest.json names these layers."""
    return lambda built: tar([*replaced(flat(built), "manifest.json"), *also, manifest(item(built, names))])


def sparse_member(built: BuiltImage) -> bytes:
    """Make an archive with a GNU sparse member."""
    return raw("0.tar", tarfile.GNUTYPE_SPARSE, 0) + tar(flat(built))


def pax_sparse_member(built: BuiltImage) -> bytes:
    """Make an archive with a pax sparse member."""
    entries = flat(built)
    entries[0][0].pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "9" * 12}
    return tar(entries)


def changed_header(built: BuiltImage) -> bytes:
    """Make an archive with a damaged second header."""
    content = bytearray(tar(flat(built)))
    second = 512 + len(built.tars[0])
    content[second] ^= 0xFF
    return bytes(content)


MALFORMED: dict[str, tuple[Callable[[BuiltImage], bytes], type[BasedexError]]] = {
    "empty file": (lambda built: b"", InvalidArchive),
    "no tar": (lambda built: b"#!/bin/sh\necho hello\n" * 100, InvalidArchive),
    "shorter than a header": (lambda built: b"ustar", InvalidArchive),
    "only an end of archive": (lambda built: bytes(1024), InvalidArchive),
    "damaged header": (changed_header, InvalidArchive),
    "ends inside a member": (lambda built: tar(flat(built))[:1500], InvalidArchive),
    "ends inside a header": (lambda built: tar(flat(built))[: 512 + len(built.tars[0]) + 100], InvalidArchive),
    "zeros between members": (lambda built: bytes(512) + tar(flat(built)), InvalidArchive),
    "gzip cut in half": (lambda built: gzip.compress(tar(flat(built)))[:200], InvalidCompression),
    "gzip with rubbish": (lambda built: gzip.compress(tar(flat(built))) + b"rubbish", InvalidCompression),
    "extended header of 2 GB": (lambda built: raw("x", tarfile.XHDTYPE, 2 << 30) + tar(flat(built)), LimitExceeded),
    "long name of 2 MB": (
        lambda built: raw("././@LongLink", tarfile.GNUTYPE_LONGNAME, 2 << 20, bytes(2 << 20)) + tar(flat(built)),
        LimitExceeded,
    ),
    "negative size": (lambda built: raw("a", tarfile.REGTYPE, -512) + tar(flat(built)), InvalidArchive),
    "size beyond the file": (lambda built: raw("a", tarfile.REGTYPE, 1 << 40) + tar(flat(built)), InvalidArchive),
    "pax header with a wrong length": (
        lambda built: raw("x", tarfile.XHDTYPE, 20, b"99 path=somewhere\n..") + tar(flat(built)),
        InvalidArchive,
    ),
    "pax header with a size that is none": (
        lambda built: raw("x", tarfile.XHDTYPE, 11, b"11 size=-1\n") + tar(flat(built)),
        InvalidArchive,
    ),
    "sparse member": (sparse_member, InvalidArchive),
    "pax sparse member": (pax_sparse_member, InvalidArchive),
    "no manifest.json": (lambda built: tar(flat(built)[:-1]), InvalidArchive),
    "manifest.json is a folder": (
        lambda built: tar(replaced(flat(built), "manifest.json", directory("manifest.json"))),
        InvalidArchive,
    ),
    "manifest.json is a device": (
        lambda built: tar(replaced(flat(built), "manifest.json", file("manifest.json", type=tarfile.CHRTYPE))),
        InvalidArchive,
    ),
    "manifest.json is a link to the host": (
        lambda built: tar(replaced(flat(built), "manifest.json", symlink("manifest.json", "/etc/passwd"))),
        InvalidArchive,
    ),
    "manifest.json of 5 MB": (with_manifest(b" " * (5 << 20)), LimitExceeded),
    "manifest.json is no JSON": (with_manifest(b"{"), InvalidDocument),
    "manifest.json is not UTF-8": (with_manifest(b'[{"Config": "\xff\xfe"}]'), InvalidDocument),
    "manifest.json is an object": (with_manifest(b"{}"), InvalidDocument),
    "manifest.json is null": (with_manifest(b"null"), InvalidDocument),
    "manifest.json nested 100,000 deep": (with_manifest(b"[" * 100_000), InvalidDocument),
    "manifest.json without images": (with_manifest(b"[]"), ImageNotFound),
    "manifest.json without configuration": (with_manifest(b'[{"Layers": []}]'), InvalidDocument),
    "manifest.json with a number as layer": (with_manifest(b'[{"Config": "c", "Layers": [1]}]'), InvalidDocument),
    "configuration is missing": (with_manifest(b'[{"Config": "none.json", "Layers": []}]'), InvalidArchive),
    "configuration is named nothing": (with_manifest(b'[{"Config": "", "Layers": []}]'), InvalidArchive),
    "configuration outside": (with_manifest(b'[{"Config": "../../etc/passwd", "Layers": []}]'), InvalidArchive),
    "configuration of another digest": (
        lambda built: tar(replaced(flat(built), config_name(built), file(config_name(built), built.config + b" "))),
        DigestMismatch,
    ),
    "configuration is no JSON": (with_config_bytes(b"\0\1\2"), InvalidDocument),
    "configuration is an array": (with_config_bytes(b"[]"), InvalidDocument),
    "configuration of 17 MB": (with_config_bytes(b" " * (17 << 20)), LimitExceeded),
    "configuration without rootfs": (with_config(lambda config: config.pop("rootfs")), NotAnImage),
    "diff_ids that are none": (
        with_config(lambda config: config["rootfs"].update(diff_ids=["../../x", "sha256:1"])),
        InvalidDocument,
    ),
    "too few diff_ids": (with_config(lambda config: config["rootfs"]["diff_ids"].pop()), LayerCountMismatch),
    "too few layers": (with_layers("0.tar"), LayerCountMismatch),
    "layers are null": (
        lambda built: tar([*replaced(flat(built), "manifest.json"), manifest(item(built) | {"Layers": None})]),
        LayerCountMismatch,
    ),
    "layer is missing": (with_layers("0.tar", "2.tar"), InvalidArchive),
    "layer is an absolute path": (with_layers("0.tar", "/etc/passwd"), InvalidArchive),
    "layer outside": (with_layers("0.tar", "../1.tar"), InvalidArchive),
    "layer is a folder": (with_layers("0.tar", "d", also=[directory("d")]), InvalidArchive),
    "layer is a link outside": (
        with_layers("0.tar", "d/layer.tar", also=[symlink("d/layer.tar", "../../../etc/passwd")]),
        InvalidArchive,
    ),
    "layer is a link to nothing": (with_layers("0.tar", "l", also=[symlink("l", "nothing")]), InvalidArchive),
    "layers are links in a circle": (
        with_layers("a", "b", also=[symlink("a", "b"), symlink("b", "a")]),
        InvalidArchive,
    ),
    "layer is a hard link to nothing": (with_layers("0.tar", "l", also=[hard_link("l", "x")]), InvalidArchive),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, built: BuiltImage, name: str) -> None:
    """A malformed archive gives its typed error, with a sentence that names the archive."""
    make, error = MALFORMED[name]
    path = tmp_path / "a.tar"
    path.write_bytes(make(built))
    with pytest.raises(error) as raised:
        opened(tmp_path, path)
    assert type(raised.value) is error
    assert "a.tar" in str(raised.value)


def test_too_many_members(tmp_path: Path) -> None:
    """An archive of more members than any image has is refused while it is listed."""
    path = tmp_path / "a.tar"
    path.write_bytes(raw("a", tarfile.REGTYPE, 0) * 50_001)
    with pytest.raises(LimitExceeded, match="members"):
        opened(tmp_path, path)


def test_every_cut_and_every_flip(tmp_path: Path, built: BuiltImage) -> None:
    """Wherever an archive is cut or a header byte is changed, there is an image or a typed error, never a traceback."""
    content = tar(flat(built), form=tarfile.GNU_FORMAT)
    path = tmp_path / "a.tar"
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        headers = [member.offset for member in archive]
    cuts = [content[:size] for size in range(0, len(content), 331)]
    flips = [
        content[:place] + bytes([content[place] ^ flip]) + content[place + 1 :]
        for header in headers
        for place in range(header, header + 512, 7)
        for flip in (0x01, 0x80)
    ]
    results: set[type] = set()
    for damaged in cuts + flips:
        path.write_bytes(damaged)
        try:
            opened(tmp_path, path)
        except (SourceError, ContentError) as err:
            results.add(type(err))
        else:
            results.add(type(None))
    assert {InvalidArchive, type(None)} <= results
