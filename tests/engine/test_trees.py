"""The squashed tree equals, entry by entry, what real tools unpack from the same image."""

import os
import stat
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from generator.analysis.document import Document, Tree
from tests.engine.conftest import DocumentOf
from tests.engine.images import IMAGE_NAMES, Images
from tests.engines import PodmanEngine, copy_image, layout_reference, need, need_root, run

pytestmark = [pytest.mark.engine, pytest.mark.slow]

KINDS = {stat.S_IFDIR: "d", stat.S_IFREG: "-", stat.S_IFLNK: "l", stat.S_IFCHR: "c", stat.S_IFBLK: "b"}


class Row(NamedTuple):
    """What is compared of one entry."""

    kind: str
    mode: int
    owner: tuple[int, int]
    size: int
    target: bytes
    device: tuple[int, int]
    xattrs: tuple[tuple[str, bytes], ...]
    mtime: int | None
    """None for directories, whose time a later layer's change below them moves in some tools."""


class Rows(NamedTuple):
    """A whole tree: rows by path, and the groups of names that are one file."""

    rows: dict[bytes, Row]
    hard_links: set[frozenset[bytes]]


@pytest.mark.parametrize("name", IMAGE_NAMES)
def test_tree_equals_what_umoci_unpacks(name: str, images: Images, document_of: DocumentOf, tmp_path: Path) -> None:
    """Paths, kinds, modes, owners, sizes, targets, links, devices and xattrs are those that umoci unpacks."""
    umoci = need("umoci", "umoci")
    need_root("unpacking an image with its owners")
    layout = tmp_path / "layout"  # under a plain tag: umoci takes none with a colon in it
    copy_image(layout_reference(images.layout(name)), f"oci:{layout}:latest")
    run([umoci, "unpack", "--image", f"{layout}:latest", tmp_path / "bundle"])
    assert_equal(document_of(name), host_rows(tmp_path / "bundle" / "rootfs"))


@pytest.mark.parametrize("name", IMAGE_NAMES)
def test_tree_equals_what_podman_mounts(
    name: str, images: Images, document_of: DocumentOf, podman_engine: PodmanEngine
) -> None:
    """Paths, kinds, modes, owners, sizes, targets, links, devices and xattrs are those that Podman mounts."""
    podman_engine.load_layout(images.layout(name), name)
    with podman_engine.mounted(name) as root:
        assert_equal(document_of(name), host_rows(root))


def assert_equal(document: Document, real: Rows) -> None:
    """Compare, naming the first entries that differ."""
    ours = document_rows(document.tree)
    assert sorted(ours.rows.keys() ^ real.rows.keys()) == []
    assert len(ours.rows) > 0
    differing = {path: (row, real.rows[path]) for path, row in ours.rows.items() if row != real.rows[path]}
    assert dict(sorted(differing.items())[:5]) == {}
    assert ours.hard_links == real.hard_links


def document_rows(tree: Tree) -> Rows:
    """Return the rows of a document's tree; the root directory itself is left out."""
    rows: dict[bytes, Row] = {}
    same: dict[int, set[bytes]] = defaultdict(set)
    all_paths = [b""]
    for entry in range(1, len(tree)):
        raw = tree.raw_names.get(str(entry))
        name = bytes.fromhex(raw) if raw is not None else tree.names[entry].encode()
        path = all_paths[tree.parents[entry]] + b"/" + name
        all_paths.append(path)
        raw_target = tree.raw_targets.get(str(entry))
        kind = tree.kinds[entry]
        rows[path] = Row(
            kind=kind,
            mode=0o777 if kind == "l" else tree.modes[entry],
            owner=(tree.uids[entry], tree.gids[entry]),
            size=tree.sizes[entry],
            target=bytes.fromhex(raw_target) if raw_target else tree.targets.get(str(entry), "").encode(),
            device=tree.devices.get(str(entry), (0, 0)),
            xattrs=tuple(sorted((k, bytes.fromhex(v)) for k, v in tree.xattrs.get(str(entry), {}).items())),
            mtime=None if kind == "d" else tree.mtimes[entry],
        )
        if str(entry) in tree.hard_links:
            first = tree.hard_links[str(entry)]
            same[first] |= {all_paths[first], path}
    return Rows(rows, {frozenset(group) for group in same.values()})


def host_rows(root: Path) -> Rows:
    """Return the rows of a directory on this machine."""
    rows: dict[bytes, Row] = {}
    same: dict[int, set[bytes]] = defaultdict(set)
    for path in _host_paths(os.fsencode(root)):
        status = os.lstat(path)
        kind = KINDS.get(stat.S_IFMT(status.st_mode), "p")
        inside = path.removeprefix(os.fsencode(root))
        is_device = kind in "bc"
        rows[inside] = Row(
            kind=kind,
            mode=stat.S_IMODE(status.st_mode),
            owner=(status.st_uid, status.st_gid),
            size=status.st_size if kind == "-" else 0,
            target=os.readlink(path) if kind == "l" else b"",  # noqa: PTH115 - Path would rewrite the target
            device=(os.major(status.st_rdev), os.minor(status.st_rdev)) if is_device else (0, 0),
            xattrs=_xattrs(path),
            mtime=None if kind == "d" else int(status.st_mtime),
        )
        if kind != "d" and status.st_nlink > 1:
            same[status.st_ino].add(inside)
    return Rows(rows, {frozenset(group) for group in same.values() if len(group) > 1})


def _host_paths(folder: bytes) -> Iterator[bytes]:
    with os.scandir(folder) as found:
        entries = list(found)
    for entry in entries:
        yield entry.path
        if entry.is_dir(follow_symlinks=False):
            yield from _host_paths(entry.path)


def _xattrs(path: bytes) -> tuple[tuple[str, bytes], ...]:
    names = os.listxattr(path, follow_symlinks=False)
    kept = sorted(name for name in names if name.startswith("user.") or name == "security.capability")
    return tuple(
        (name, os.getxattr(path, name, follow_symlinks=False))
        for name in kept
        if not name.startswith(("user.overlay.", "user.rootlesscontainers"))
    )
