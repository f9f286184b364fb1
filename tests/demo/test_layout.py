"""The demo's own writer of OCI layouts: digests are true, bytes repeatable, layers taken over unchanged."""

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from demo import entries, scratch_hello
from demo.layout import LayoutWriter
from demo.recipes import RECIPES, assembled
from generator.targets import load
from tests.conftest import REPOSITORY

ARCHITECTURE = {"architecture": "amd64"}


def write(folder: Path) -> Path:
    """Write a small image of two layers."""
    writer = LayoutWriter(folder, ARCHITECTURE)
    with writer.layer("first") as layer:
        layer.add(*entries.directory("etc/"))
        layer.add(*entries.file("etc/one", "1\n"))
        layer.add(*entries.hard_link("etc/same", "etc/one"))
        layer.add(*entries.symlink("link", "etc/one"))
    with writer.layer("second") as layer:
        layer.add(*entries.whiteout("etc/one"))
    writer.finish("2024-01-01T00:00:00Z", {"Cmd": ["sh"]}, steps=['CMD ["sh"]'])
    return folder


def blob(layout: Path, digest: str) -> bytes:
    """Read a blob, checking that its name is its digest."""
    content = (layout / "blobs" / "sha256" / digest.removeprefix("sha256:")).read_bytes()
    assert "sha256:" + hashlib.sha256(content).hexdigest() == digest
    return content


def documents(layout: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return manifest and configuration."""
    (image,) = json.loads((layout / "index.json").read_text())["manifests"]
    manifest = json.loads(blob(layout, image["digest"]))
    assert image["size"] == len(blob(layout, image["digest"]))
    return manifest, json.loads(blob(layout, manifest["config"]["digest"]))


def test_every_digest_and_size_is_true(tmp_path: Path) -> None:
    """Blobs are named by their digests, descriptors give their sizes, diff_ids are of the tar streams."""
    layout = write(tmp_path / "one")
    manifest, config = documents(layout)
    for descriptor, diff_id in zip(manifest["layers"], config["rootfs"]["diff_ids"], strict=True):
        content = blob(layout, descriptor["digest"])
        assert len(content) == descriptor["size"]
        assert "sha256:" + hashlib.sha256(gzip.decompress(content)).hexdigest() == diff_id
    assert len(list((layout / "blobs" / "sha256").iterdir())) == 4


def test_entries_arrive_in_order_and_whole(tmp_path: Path) -> None:
    """A layer holds the entries that were added, in their order, with contents, links and whiteouts."""
    layout = write(tmp_path / "one")
    manifest, _ = documents(layout)
    first, second = (io.BytesIO(blob(layout, descriptor["digest"])) for descriptor in manifest["layers"])
    with tarfile.open(fileobj=first) as archive:
        assert archive.getnames() == ["etc", "etc/one", "etc/same", "link"]
        assert archive.getmember("etc/same").islnk()
        assert archive.extractfile("etc/one").read() == b"1\n"  # type: ignore[union-attr]
    with tarfile.open(fileobj=second) as archive:
        assert archive.getnames() == ["etc/.wh.one"]


def test_the_same_entries_give_the_same_bytes(tmp_path: Path) -> None:
    """Two writings of one image, at other times and places, are equal blob for blob."""
    one, other = write(tmp_path / "one"), write(tmp_path / "other")
    names = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(other) for path in other.rglob("*") if path.is_file())
    assert all((one / name).read_bytes() == (other / name).read_bytes() for name in names)


def test_layers_taken_over_are_the_same_blobs(tmp_path: Path) -> None:
    """An image on top of another starts with its layers and their history, unchanged."""
    below = write(tmp_path / "below")
    writer = LayoutWriter(tmp_path / "above", ARCHITECTURE)
    writer.take_layers(below)
    with writer.layer("third") as layer:
        layer.add(*entries.file("more", b""))
    writer.finish("2024-01-01T00:00:00Z", {})
    manifest, config = documents(tmp_path / "above")
    assert manifest["layers"][:2] == documents(below)[0]["layers"]
    assert [step["created_by"] for step in config["history"]] == ["first", "second", "third"]


def test_a_failed_assembly_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recipe that fails half way leaves no layout under the image's name, so that the next run starts anew."""

    def fails() -> bytes:
        raise OSError("no space left")

    monkeypatch.setattr(scratch_hello, "program", fails)
    with pytest.raises(OSError, match="no space"):
        assembled("scratch-hello", tmp_path)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


def test_a_layout_that_is_there_is_kept_unless_forced(tmp_path: Path) -> None:
    """Assembling again is free; `force` writes anew."""
    layout = assembled("scratch-hello", tmp_path)
    (layout / "witness").touch()
    assert (assembled("scratch-hello", tmp_path) / "witness").exists()
    assert not (assembled("scratch-hello", tmp_path, force=True) / "witness").exists()


def test_the_hello_program_runs(tmp_path: Path) -> None:
    """The hand-written executable of scratch-hello is one: it prints its line and ends with 0."""
    program = tmp_path / "hello"
    program.write_bytes(scratch_hello.program())
    program.chmod(0o755)
    try:
        done = subprocess.run([program], capture_output=True, timeout=10, check=True)
    except OSError as error:
        pytest.skip(f"this machine does not run x86-64 Linux programs: {error}")
    assert done.stdout == b"Hello from a file of its own.\n"


def test_the_demo_site_names_what_the_demo_assembles() -> None:
    """demo/images.yml is valid and its sources are the recipes for readers, one each."""
    configuration = load(REPOSITORY / "demo" / "images.yml")
    sources = [source for target in configuration.targets for source in target.sources]
    assert sorted(sources) == sorted(f"oci:build/demo/{recipe.name}" for recipe in RECIPES if recipe.for_readers)
