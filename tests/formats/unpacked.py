"""Real root file systems, unpacked into the session's temporary folder, for parsers and for what runs inside."""

import json
import shutil
import tarfile
from pathlib import Path

import pytest

from tests.engines import run, unavailable


def unpacked_roots(shared_images: Path, folder: Path) -> dict[str, Path]:
    """Unpack every Alpine and BusyBox image that is shared; name → root file system."""
    roots = {}
    for archive in sorted((shared_images / "rootfs").glob("alpine-*.tar.gz")):
        roots[archive.name.removeprefix("alpine-minirootfs-").removesuffix(".tar.gz")] = archive
    for layout in sorted((shared_images / "oci").glob("busybox-*")):
        layer = _only_layer(layout)
        roots[layout.name] = layer
    unpacked = {}
    for name, archive in roots.items():
        root = folder / name
        root.mkdir()
        run(["tar", "-xzf", archive, "-C", root])
        unpacked[name] = root
    for archive in sorted((shared_images / "docker-archive").glob("alpine-*.tar.gz")):
        name = "alpine-" + archive.name.split("-")[1]
        root = folder / name
        root.mkdir()
        with tarfile.open(archive) as saved:
            member = next(each for each in saved if each.name.endswith("/layer.tar"))
            content = saved.extractfile(member)
            assert content is not None
            (folder / f"{name}.tar").write_bytes(content.read())
        run(["tar", "-xf", folder / f"{name}.tar", "-C", root])
        unpacked[name] = root
    if not unpacked:
        unavailable("no Alpine or BusyBox images among the shared ones")
    return unpacked


def _only_layer(layout: Path) -> Path:
    """Return the layer's blob, also where the published layout's links have become small files."""

    def blob(digest: str) -> Path:
        path = layout / "blobs" / "sha256" / digest.removeprefix("sha256:")
        if not path.is_symlink() and path.stat().st_size < 100:
            return (path.parent / path.read_text().strip()).resolve()
        return path

    index = json.loads((layout / "index.json").read_text())
    manifest = json.loads(blob(index["manifests"][0]["digest"]).read_text())
    return blob(manifest["layers"][0]["digest"])


def command_paths(root: Path) -> dict[str, str]:
    """Return where each command of a root file system is, the first of PATH's directories winning."""
    found: dict[str, str] = {}
    for directory in ("bin", "sbin", "usr/bin", "usr/sbin"):
        if (root / directory).is_dir():
            for command in sorted((root / directory).iterdir()):
                found.setdefault(command.name, f"/{directory}/{command.name}")
    return found


@pytest.fixture(scope="session")
def roots(shared_images: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give the root file systems of all shared Alpine and BusyBox images."""
    if shutil.which("tar") is None:
        unavailable("tar is not installed: apt-get install tar")
    return unpacked_roots(shared_images, tmp_path_factory.mktemp("roots"))
