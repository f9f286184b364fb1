"""Entries of a layer that no package brings: files, directories, links and whiteouts, all owned by root."""

import io
import tarfile

from demo.layout import Entry


def file(path: str, content: bytes | str, mode: int = 0o644, mtime: int = 0) -> Entry:
    """Make a regular file."""
    body = content.encode() if isinstance(content, str) else content
    member = _member(path, tarfile.REGTYPE, mode, mtime)
    member.size = len(body)
    return member, io.BytesIO(body)


def directory(path: str, mode: int = 0o755, mtime: int = 0, owner: int = 0) -> Entry:
    """Make a directory; `owner` is its uid and gid."""
    member = _member(path, tarfile.DIRTYPE, mode, mtime)
    member.uid = member.gid = owner
    return member, None


def symlink(path: str, target: str, mtime: int = 0) -> Entry:
    """Make a symbolic link."""
    member = _member(path, tarfile.SYMTYPE, 0o777, mtime)
    member.linkname = target
    return member, None


def hard_link(path: str, target: str, mode: int = 0o755, mtime: int = 0) -> Entry:
    """Make a further name of the file `target`, which stands earlier in the same layer."""
    member = _member(path, tarfile.LNKTYPE, mode, mtime)
    member.linkname = target
    return member, None


def whiteout(path: str) -> Entry:
    """Delete `path` of a lower layer (image-spec, layer.md, "Whiteouts")."""
    folder, _, name = path.rpartition("/")
    return file(f"{folder}/.wh.{name}" if folder else f".wh.{name}", b"", 0)


def _member(path: str, kind: bytes, mode: int, mtime: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(path)
    member.type = kind
    member.mode = mode
    member.mtime = mtime
    return member
