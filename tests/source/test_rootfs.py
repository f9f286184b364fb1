"""Root file systems without an image: a folder becomes the same tar stream each time, a tarball stays as it is."""

import io
import os
import socket
import stat
import tarfile
from pathlib import Path

import pytest

from generator.analyze import analyze_source
from generator.errors import ImageNotFound, InvalidReference, SourceError
from generator.oci.platform import Platform
from generator.source.base import Opened, Surroundings
from generator.source.rootfs import ROOTFS
from generator.tar import read_entries
from generator.warnings import WarningLog
from tests import builders
from tests.builders import file

ARM64 = Platform("linux", "arm64")


def opened(path: Path) -> Opened:
    """Open a root file system."""
    ROOTFS.check(str(path))
    with ROOTFS.open(str(path), ARM64, Surroundings(cache_folder=path.parent / "cache")) as image:
        return image


def stream(path: Path) -> bytes:
    """Return the only layer."""
    (layer,) = opened(path).layers
    with layer.open() as chunks:
        return b"".join(chunks)


def members(path: Path) -> list[tarfile.TarInfo]:
    """Return the entries of a folder's stream as the standard library reads them."""
    with tarfile.open(fileobj=io.BytesIO(stream(path)), errors="surrogateescape") as archive:
        return archive.getmembers()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a folder with one of everything that needs no privilege."""
    root = tmp_path / "root"
    (root / "b" / "c").mkdir(parents=True)
    (root / "b" / "c" / "file").write_bytes(b"content")
    (root / "b" / "c" / "file").chmod(0o4755)
    (root / "b" / "link").symlink_to("/etc/passwd")
    (root / "b" / "loop").symlink_to("..")
    (root / "b-").write_bytes(b"")
    os.link(root / "b" / "c" / "file", root / "z")
    os.mkfifo(root / "fifo")
    for place in (*root.rglob("*"), root):
        os.utime(place, ns=(10**18, 10**18 + 999_999_999), follow_symlinks=False)
    return root


def test_folder(root: Path) -> None:
    """Everything in a folder comes out once, sorted, with kind, mode, time and link targets; links are not followed."""
    found = {member.name: member for member in members(root)}
    assert list(found) == [".", "b", "b/c", "b/c/file", "b/link", "b/loop", "b-", "fifo", "z"]
    assert found["b/c/file"].mode == 0o4755 and found["b/c/file"].size == 7
    assert (found["b/link"].type, found["b/link"].linkname) == (tarfile.SYMTYPE, "/etc/passwd")
    assert (found["z"].type, found["z"].linkname) == (tarfile.LNKTYPE, "b/c/file")
    assert found["fifo"].isfifo()
    assert {member.mtime for member in found.values()} == {10**9}
    assert {(member.uid, member.uname) for member in found.values()} == {(os.getuid(), "")}


def test_nothing_is_known(root: Path) -> None:
    """A root file system has one layer and neither manifest, configuration nor platforms."""
    image = opened(root)
    assert len(image.layers) == 1
    assert (image.manifest, image.config, image.resolved_digest, image.platforms) == (None, None, None, ())
    assert image.source == f"rootfs:{root}"


def test_deterministic(root: Path, tmp_path: Path) -> None:
    """The stream is the same at each reading, and for another folder of the same contents made in another order."""
    other = tmp_path / "other"
    with tarfile.open(fileobj=io.BytesIO(stream(root))) as archive:
        wanted = archive.getmembers()
        for member in sorted(wanted, key=lambda member: member.name, reverse=True):
            if member.isdir():
                (other / member.name).mkdir(parents=True, exist_ok=True)
        for member in reversed([member for member in wanted if not member.isdir() and not member.islnk()]):
            archive.extract(member, other, filter="fully_trusted")
        os.link(other / "b" / "c" / "file", other / "z")
        for place in (*other.rglob("*"), other):
            os.utime(place, (10**9, 10**9), follow_symlinks=False)
    assert stream(root) == stream(root) == stream(other)


def test_our_reader_reads_it(root: Path) -> None:
    """The program's own tar reader finds the same entries as the standard library, without a warning."""
    log = WarningLog()
    entries = read_entries(iter([stream(root)]), where="folder", keep=lambda *_: False, log=log, layer=0)
    assert [entry.path for entry in entries] == ["", *(member.name for member in members(root)[1:])]
    assert not log.counts


def test_odd_names(tmp_path: Path) -> None:
    """Names that are long, not ASCII or not UTF-8 come out as they are."""
    root = tmp_path / "root"
    names = [b"\xff\xfe", "naïve 日本".encode(), b"n" * 255, b"new\nline", b" space "]
    root.mkdir()
    for name in names:
        (root / os.fsdecode(name)).write_bytes(name)
        (root / os.fsdecode(name[:200] + b"-link")).symlink_to(os.fsdecode(name))
    found = members(root)
    assert sorted(os.fsencode(member.name) for member in found if member.isfile()) == sorted(names)
    assert sorted(os.fsencode(member.linkname) for member in found if member.issym()) == sorted(names)


def test_link_targets_stay_as_they_are(tmp_path: Path) -> None:
    """A symlink's target is kept to the byte, without tidying."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to("./a//b/../c/")
    assert members(root)[1].linkname == "./a//b/../c/"


def test_extended_attributes(tmp_path: Path) -> None:
    """Extended attributes are kept, binary ones too, as our reader finds them."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "f").write_bytes(b"x")
    try:
        os.setxattr(root / "f", "user.binary", b"\x00\xff=\n")
        os.setxattr(root / "f", "user.text", b"text")
    except OSError as err:
        pytest.skip(f"the temporary folder's file system has no extended attributes ({err})")
    chunks = iter([stream(root)])
    found = list(read_entries(chunks, where="", keep=lambda *_: False, log=WarningLog(), layer=0))
    assert found[1].xattrs == {"user.binary": b"\x00\xff=\n", "user.text": b"text"}


def test_sockets_are_left_out(tmp_path: Path) -> None:
    """A socket, which tar cannot hold, is left out."""
    root = tmp_path / "r"
    root.mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(root / "s"))
        assert [member.name for member in members(root)] == ["."]


@pytest.mark.skipif(os.geteuid() != 0, reason="making device nodes needs root")
def test_devices(tmp_path: Path) -> None:
    """Device nodes keep their numbers and are not opened."""
    root = tmp_path / "root"
    root.mkdir()
    try:
        os.mknod(root / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError as err:
        pytest.skip(f"no device nodes here ({err})")
    device = members(root)[1]
    assert (device.ischr(), device.devmajor, device.devminor) == (True, 1, 3)


def test_large_files_stream(tmp_path: Path) -> None:
    """A large file comes in bounded chunks."""
    root = tmp_path / "root"
    root.mkdir()
    with (root / "large").open("wb") as large:
        large.truncate(20 << 20)
    (layer,) = opened(root).layers
    with layer.open() as chunks:
        sizes = [len(chunk) for chunk in chunks]
    assert max(sizes) <= 2 << 20
    assert sum(sizes) >= 20 << 20


def test_vanished_file(root: Path) -> None:
    """What vanishes between listing and reading is a SourceError that names it, not a shorter tree."""
    with opened(root).layers[0].open() as chunks:
        (root / "b" / "c" / "file").write_bytes(bytes(3 << 20))  # larger than a chunk: the stream stops here
        next(chunks)
        (root / "z").unlink()
        with pytest.raises(SourceError, match="z: No such file"):
            list(chunks)


def test_shrinking_file(tmp_path: Path) -> None:
    """A file that becomes shorter while it is read is a temporary SourceError."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "f").write_bytes(bytes(3 << 20))
    with opened(root).layers[0].open() as chunks:
        next(chunks)
        os.truncate(root / "f", 0)
        with pytest.raises(SourceError, match="shrank") as raised:
            list(chunks)
    assert raised.value.temporary


def test_tarball(tmp_path: Path) -> None:
    """A tarball's bytes are the layer, whatever their compression; its fingerprint changes with the file."""
    content = builders.tar([file("etc/os-release", b"ID=x\n")])
    for kind in ("none", "gzip", "xz", "zstd"):
        path = tmp_path / f"rootfs.{kind}"
        path.write_bytes(builders.compress(content, kind))
        assert stream(path) == path.read_bytes()
        before = ROOTFS.fingerprint(str(path), ARM64, Surroundings(cache_folder=tmp_path))
        os.utime(path, ns=(1, 1))
        assert before != ROOTFS.fingerprint(str(path), ARM64, Surroundings(cache_folder=tmp_path))


def test_tarball_with_a_colon(tmp_path: Path) -> None:
    """A colon is part of the path, since nothing can follow it."""
    path = tmp_path / "a:b.tar"
    path.write_bytes(b"x")
    assert stream(path) == b"x"


def test_folder_has_no_fingerprint(root: Path) -> None:
    """A folder has no cheap fingerprint."""
    assert ROOTFS.fingerprint(str(root), ARM64, Surroundings(cache_folder=root)) is None


def test_places_that_are_none(tmp_path: Path) -> None:
    """A missing path is ImageNotFound, a pipe is refused rather than waited for, an empty path is a mistake."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ImageNotFound):
        opened(tmp_path / "missing")
    with pytest.raises(ImageNotFound):
        ROOTFS.fingerprint(str(tmp_path / "missing"), ARM64, Surroundings(cache_folder=tmp_path))
    with pytest.raises(SourceError, match="no regular file"):
        stream(tmp_path / "pipe")
    with pytest.raises(InvalidReference):
        ROOTFS.check("")


@pytest.mark.skipif(os.geteuid() != 0, reason="giving files their owners needs root")
def test_folder_and_tarball_have_the_same_tree(shared_images: Path, tmp_path: Path) -> None:
    """A real root file system has the same tree as a tarball and unpacked in a folder."""
    tarball = shared_images / "rootfs" / "alpine-minirootfs-3.20.3-x86_64.tar.gz"
    with tarfile.open(tarball) as archive:
        archive.extractall(tmp_path / "root", filter="fully_trusted")
        for member in archive:
            if member.issym():  # the one thing that tarfile does not restore
                os.utime(tmp_path / "root" / member.name, (member.mtime, member.mtime), follow_symlinks=False)
    around = Surroundings(cache_folder=tmp_path / "cache")
    packed, unpacked = (
        analyze_source(f"rootfs:{path}", Platform(), around).document for path in (tarball, tmp_path / "root")
    )
    assert len(packed.tree) > 500
    assert unpacked.tree == packed.tree
    assert unpacked.sizes.docker_size == packed.sizes.docker_size
