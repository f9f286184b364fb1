"""What a saved archive contains: our listings against those of the archives that real tools write."""

import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from generator.analysis.document import Layer, Member, Stored
from generator.analyze import analyze_source
from generator.oci.digest import chain_ids, parse_digest
from generator.oci.platform import Platform
from generator.source.base import Surroundings
from generator.stored import MEANINGS, stored_members
from tests import builders
from tests.builders import BuiltImage, file, tar, write_layout
from tests.engines import PodmanEngine, copy_image, layout_reference

KINDS = {tarfile.REGTYPE: "file", tarfile.DIRTYPE: "directory", tarfile.SYMTYPE: "symlink"}

Listed = tuple[str, str, int, str]
"""Name, kind, size and link target."""


def listed(path: Path) -> list[Listed]:
    """List an archive as `tar tvf` does."""
    with tarfile.open(path) as archive:
        return [
            (member.name + "/" * member.isdir(), KINDS[member.type], member.size, member.linkname) for member in archive
        ]


def check_listing(told: Sequence[Member], real: Sequence[Listed]) -> None:
    """Check that we told the real members, in their order, and every size that we claim to know."""
    assert [(member.name, member.kind, member.target) for member in told] == [
        (name, kind, target) for name, kind, _, target in real
    ]
    for member, (name, _, size, _) in zip(told, real, strict=True):
        assert member.size in (None, size), name
    unknown = {member.name for member in told if member.size is None}
    assert unknown <= {"manifest.json", "repositories", "index.json"}


def layers_of(built: BuiltImage) -> tuple[Layer, ...]:
    """Return an image's layers as its document has them, as far as archives are concerned."""
    diff_ids = tuple(parse_digest(builders.sha256(one)) for one in built.tars)
    zero = {"docker_vfs_size": 0, "docker_size": 0, "entry_count": 0, "added_count": 0, "changed_count": 0}
    return tuple(
        Layer(
            digest=parse_digest(builders.sha256(stored)),
            diff_id=diff_id,
            chain_id=chain_id,
            media_type=None,
            compression=None,
            compressed_size=len(stored),
            tar_size=len(content),
            removed_count=0,
            hidden_size=0,
            **zero,
        )
        for content, stored, diff_id, chain_id in zip(
            built.tars, built.layers, diff_ids, chain_ids(diff_ids), strict=True
        )
    )


def told(built: BuiltImage) -> Stored:
    """Tell what archives of a built image contain."""
    return stored_members(manifest=built.manifest, config=built.config, layers=layers_of(built))


ODD_CONFIG = """{
  "created": "2024-05-01T12:00:00.123456789Z", "architecture" : "amd64", "os": "linux", "container": null,
  "docker_version": "\\u0032<6>\\t\\"&\\\\", "variant": "v2", "author": "left out",
  "container_config": {"b": [ 1.50, -0, 1e3, true, { } ], "a": "spaces  stay : , here", "\u2028": "\u2029 é 😀"},
  "config": {"Labels": {"<html> & more": "a\\/b\\u003c"}, "Cmd": null},
  "rootfs": {"type": "layers", "diff_ids": DIFF_IDS}, "history": []
}"""


def odd_image(layers: Sequence[bytes]) -> BuiltImage:
    """Make an image whose configuration is written as no tool writes it."""
    plain = builders.image(layers)
    config = ODD_CONFIG.replace("DIFF_IDS", json.dumps([builders.sha256(one) for one in layers])).encode()
    manifest = json.loads(plain.manifest)
    manifest["config"] |= {"digest": builders.sha256(config), "size": len(config)}
    return BuiltImage(json.dumps(manifest).encode(), config, plain.layers, plain.tars)


def images() -> dict[str, BuiltImage]:
    """Return images that differ in what their archives look like."""
    one, two = tar([file("a", b"one")]), tar([file("b", b"two" * 1000)])
    return {
        "one layer": builders.image([one]),
        "three layers": builders.image([one, two, tar([file("c")])]),
        "a layer twice": builders.image([one, two, one]),
        "no layers": builders.image([]),
        "an odd configuration": odd_image([one, two]),
        "a docker configuration": builders.image(
            [one], config={"docker_version": "18.09.7", "container": "c" * 64, "container_config": {"Cmd": ["x && y"]}}
        ),
    }


@pytest.mark.engine
@pytest.mark.parametrize("name", images())
def test_skopeo(tmp_path: Path, name: str) -> None:
    """Both listings equal the archives that skopeo writes, whether the image is saved under a name or not."""
    built = images()[name]
    source = layout_reference(write_layout(tmp_path / "l", built))
    if built.layers:
        for reference in ("", ":localhost/test:1.0"):
            copy_image(source, f"docker-archive:{tmp_path / 'docker.tar'}{reference}")
            check_listing(told(built).docker_archive, listed(tmp_path / "docker.tar"))
            (tmp_path / "docker.tar").unlink()
    copy_image(source, f"oci-archive:{tmp_path / 'oci.tar'}:test")
    check_listing(told(built).oci_archive, listed(tmp_path / "oci.tar"))


@pytest.mark.engine
@pytest.mark.parametrize("name", [name for name, built in images().items() if built.layers])
def test_podman(podman_engine: PodmanEngine, tmp_path: Path, name: str) -> None:
    """The listing equals what `podman save` writes."""
    built = images()[name]
    image = f"basedex-stored-{name.replace(' ', '-')}"
    podman_engine.load_layout(write_layout(tmp_path / "l", built), image)
    podman_engine.podman("save", "--quiet", "-o", tmp_path / "docker.tar", f"localhost/{image}:latest")
    check_listing(told(built).docker_archive, listed(tmp_path / "docker.tar"))


@pytest.mark.engine
@pytest.mark.parametrize("name", ["busybox-1.37.0-musl", "busybox-1.37.0-uclibc", "busybox-1.37.0-glibc"])
def test_real_images(shared_images: Path, tmp_path: Path, name: str) -> None:
    """The documents of real images tell what skopeo really writes of them."""
    published = shared_images / "oci" / name
    layout = tmp_path / "l"
    (layout / "blobs" / "sha256").mkdir(parents=True)
    for path in ("oci-layout", "index.json"):
        (layout / path).write_bytes((published / path).read_bytes())
    for blob in (published / "blobs" / "sha256").iterdir():  # the glibc one's are links, or the text of links
        text = blob.read_bytes()
        target = blob.parent / text.decode() if text.startswith(b"../") else blob
        (layout / "blobs" / "sha256" / blob.name).write_bytes(target.read_bytes())
    stored = analyze_source(f"oci:{published}", Platform(), Surroundings(cache_folder=tmp_path)).document.stored
    copy_image(layout_reference(layout), f"docker-archive:{tmp_path / 'docker.tar'}:{name.replace('-', ':', 1)}")
    copy_image(layout_reference(layout), f"oci-archive:{tmp_path / 'oci.tar'}")
    check_listing(stored.docker_archive, listed(tmp_path / "docker.tar"))
    check_listing(stored.oci_archive, listed(tmp_path / "oci.tar"))


@pytest.mark.engine
def test_real_docker_save(shared_images: Path, tmp_path: Path) -> None:
    """An image saved by an old Docker is told as skopeo saves it again; without a manifest there is no layout."""
    saved = shared_images / "docker-archive" / "alpine-3.11-docker-save.tar.gz"
    stored = analyze_source(f"docker-archive:{saved}", Platform(), Surroundings(cache_folder=tmp_path)).document.stored
    with tarfile.open(saved) as archive:
        archive.extractall(tmp_path / "x", filter="data")
    with tarfile.open(tmp_path / "plain.tar", "w") as archive:
        archive.add(tmp_path / "x", ".")
    copy_image(f"docker-archive:{tmp_path / 'plain.tar'}", f"docker-archive:{tmp_path / 'docker.tar'}:alpine:3.11")
    check_listing(stored.docker_archive, listed(tmp_path / "docker.tar"))
    assert stored.oci_archive == ()


@pytest.mark.engine
def test_docker_manifest(tmp_path: Path) -> None:
    """Of a manifest in Docker's format, the layout holds translations whose names are left open; all else is right."""
    built = builders.image([tar([file("a")])], docker=True)
    folder = tmp_path / "dir"
    folder.mkdir()
    (folder / "manifest.json").write_bytes(built.manifest)
    (folder / "version").write_text("Directory Transport Version: 1.1\n")
    for digest, content in built.blobs.items():
        (folder / digest.partition(":")[2]).write_bytes(content)
    copy_image(f"dir:{folder}", f"docker-archive:{tmp_path / 'docker.tar'}")
    copy_image(f"dir:{folder}", f"oci-archive:{tmp_path / 'oci.tar'}")
    stored = told(built)
    check_listing(stored.docker_archive, listed(tmp_path / "docker.tar"))
    real = {name: (kind, size, target) for name, kind, size, target in listed(tmp_path / "oci.tar")}
    open_names = [member for member in stored.oci_archive if member.name not in real]
    assert [member.meaning for member in open_names] == ["converted-config", "converted-manifest"]
    assert len(real) == len(stored.oci_archive)
    assert all(member.size in (None, real[member.name][1]) for member in stored.oci_archive if member.name in real)


def test_legacy_layers() -> None:
    """The legacy layers' IDs and sizes are those that skopeo 1.9.3 gave this image."""
    archive = told(odd_image([bytes(1024), bytes(2048)])).docker_archive
    assert [(member.name, member.size) for member in archive if member.meaning == "legacy-layer-config"] == [
        ("8ec18aff18f272f173c5ff3ee6f2637b70843070e81796b5659168d059b766be/json", 73),
        ("afa286656bc3dfb5e8690d32595e2474bfed9310a76f2ffe8fd5b0ac270ec74b/json", 474),
    ]


def test_without_configuration() -> None:
    """A bare root file system has no archive to tell."""
    assert stored_members(manifest=None, config=None, layers=()) == Stored(docker_archive=(), oci_archive=())


def test_meanings() -> None:
    """Every meaning is one plain sentence, and every member's meaning is one of them."""
    for sentence in MEANINGS.values():
        assert sentence.endswith(".") and sentence.isprintable()
    used = {
        member.meaning
        for built in (builders.image([tar([])]), builders.image([tar([])], docker=True))
        for archive in (told(built).docker_archive, told(built).oci_archive)
        for member in archive
    }
    assert used == set(MEANINGS)
