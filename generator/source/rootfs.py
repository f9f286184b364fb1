"""`rootfs:PATH`: a root file system without an image around it: a tarball as it is, or a folder as a tar stream.

A folder's stream is deterministic: pax format, entries sorted by their names' bytes, owners as numbers only, whole
seconds, hard links kept, extended attributes kept as `SCHILY.xattr.` records. Symbolic links are never followed, and
files are streamed, not held. Left out: sockets, which tar cannot hold, attributes whose names pax cannot
spell, and those that belong to this machine rather than to the files (SELinux labels, access lists, overlay marks).
There is no manifest, no configuration and no
platform, so the caller's word on the platform is taken.
"""

import os
import stat
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from generator.errors import ImageNotFound, InvalidReference, SourceError
from generator.limits import CHUNK_SIZE
from generator.oci.platform import Platform
from generator.source.base import Opened, RawLayer, Surroundings
from generator.source.host_file import chunks_of, open_host_file, reason_of, stamp_of

_BLOCK: Final = 512
_HOST_ATTRIBUTES: Final = ("security.selinux", "system.", "trusted.overlay.")
_KINDS: Final = {
    stat.S_IFREG: tarfile.REGTYPE,
    stat.S_IFDIR: tarfile.DIRTYPE,
    stat.S_IFLNK: tarfile.SYMTYPE,
    stat.S_IFCHR: tarfile.CHRTYPE,
    stat.S_IFBLK: tarfile.BLKTYPE,
    stat.S_IFIFO: tarfile.FIFOTYPE,
}


@dataclass(slots=True)
class _FolderStream:
    """One pass over a folder."""

    root: Path
    source: str
    first_names: dict[tuple[int, int], str] = field(default_factory=dict)
    """Where each file with several names was met first, by device and inode."""

    def chunks(self) -> Iterator[bytes]:
        """Yield the tar stream; raises SourceError when something cannot be read, vanishes or changes its size."""
        waiting = [""]  # a stack: what was found last comes first, so names are pushed in reverse
        small: list[bytes] = []
        small_size = 0
        while waiting:
            name = waiting.pop()
            for part in self._entry(name, waiting):
                small.append(part)
                small_size += len(part)
                if small_size >= CHUNK_SIZE:
                    yield b"".join(small)
                    small, small_size = [], 0
        yield b"".join([*small, bytes(2 * _BLOCK)])

    def _entry(self, name: str, waiting: list[str]) -> Iterator[bytes]:
        path = self.root / name
        try:
            status = path.lstat()
            kind = _KINDS.get(stat.S_IFMT(status.st_mode))
            if kind is None:
                return
            header = self._header(name, path, status, kind)
            if kind == tarfile.DIRTYPE:
                with os.scandir(path) as found:
                    names = sorted((os.fsencode(entry.name) for entry in found), reverse=True)
                waiting.extend(f"{name}/{os.fsdecode(child)}" if name else os.fsdecode(child) for child in names)
            if header.isreg():
                yield from self._file(path, header, status)
            else:
                yield _encoded(header)
        except OSError as err:
            raise SourceError(source=self.source, reason=f"{path}: {reason_of(err)}") from err

    def _header(self, name: str, path: Path, status: os.stat_result, kind: bytes) -> tarfile.TarInfo:
        header = tarfile.TarInfo(name or ".")
        header.type = kind
        header.mode = stat.S_IMODE(status.st_mode)
        header.uid, header.gid = status.st_uid, status.st_gid
        header.mtime = status.st_mtime_ns // 10**9
        if kind == tarfile.SYMTYPE:
            header.linkname = os.readlink(path)  # noqa: PTH115 - Path.readlink would tidy the target
        if kind in (tarfile.CHRTYPE, tarfile.BLKTYPE):
            header.devmajor, header.devminor = os.major(status.st_rdev), os.minor(status.st_rdev)
        if kind != tarfile.DIRTYPE and status.st_nlink > 1:
            first = self.first_names.setdefault((status.st_dev, status.st_ino), name)
            if first != name:
                header.type, header.linkname = tarfile.LNKTYPE, first
                return header
        header.pax_headers = _extended_attributes(path)
        return header

    def _file(self, path: Path, header: tarfile.TarInfo, status: os.stat_result) -> Iterator[bytes]:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            now = os.fstat(descriptor)
            if (now.st_dev, now.st_ino) != (status.st_dev, status.st_ino):
                raise SourceError(source=self.source, reason=f"{path} was replaced while it was read", temporary=True)
            header.size = now.st_size
            yield _encoded(header)
            left = header.size
            while left:
                part = file.read(min(left, CHUNK_SIZE))
                if not part:
                    raise SourceError(source=self.source, reason=f"{path} shrank while it was read", temporary=True)
                left -= len(part)
                yield part
            yield bytes(-header.size % _BLOCK)


def _encoded(header: tarfile.TarInfo) -> bytes:
    return header.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _extended_attributes(path: Path) -> dict[str, str]:
    """Return a file's extended attributes as pax records; systems and file systems without them have none."""
    if not hasattr(os, "listxattr"):
        return {}
    try:
        names = sorted(os.listxattr(path, follow_symlinks=False))
    except OSError:
        return {}
    return {
        f"SCHILY.xattr.{name}": os.getxattr(path, name, follow_symlinks=False).decode("utf-8", "surrogateescape")
        for name in names
        if not name.startswith(_HOST_ATTRIBUTES) and "=" not in name and name.isprintable()
    }


@contextmanager
def _folder_chunks(root: Path, source: str) -> Iterator[Iterator[bytes]]:
    yield _FolderStream(root, source).chunks()


@contextmanager
def _file_chunks(host_path: Path, source: str) -> Iterator[Iterator[bytes]]:
    with (
        open_host_file(host_path, source) as file,
        chunks_of(file, 0, os.fstat(file.fileno()).st_size, source) as chunks,
    ):
        yield chunks


@dataclass(frozen=True, slots=True)
class RootfsSource:
    """A root file system as a folder or a tarball."""

    transport: str = "rootfs"

    def check(self, details: str) -> None:
        """Raise InvalidReference when no path is named."""
        if not details or "\0" in details:
            raise InvalidReference(reference=f"rootfs:{details}", reason="a path must follow the transport")

    def fingerprint(self, details: str, platform: Platform, surroundings: Surroundings) -> str | None:
        """Return a tarball's size and time of change; a folder has nothing that is cheap."""
        path, source = Path(details), f"{self.transport}:{details}"
        stamp = stamp_of(path, source)
        return None if path.is_dir() else stamp

    @contextmanager
    def open(self, details: str, platform: Platform, surroundings: Surroundings) -> Iterator[Opened]:
        """Open it as an image of one layer."""
        path, source = Path(details), f"{self.transport}:{details}"
        try:
            is_folder = stat.S_ISDIR(path.stat().st_mode)
        except (FileNotFoundError, NotADirectoryError) as err:
            raise ImageNotFound(source=source, reason=reason_of(err)) from err
        except (OSError, ValueError) as err:
            raise SourceError(source=source, reason=str(err)) from err
        start = partial(_folder_chunks if is_folder else _file_chunks, path, source)
        yield Opened(source=source, layers=(RawLayer(open=start),))


ROOTFS: Final = RootfsSource()
