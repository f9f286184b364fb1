"""Tar archives with random access: a file in, its members by name out, nothing extracted.

Reads what `docker save`, podman, skopeo and umoci write: POSIX ustar and pax, GNU long names. A member's links are
followed inside the archive only; of several members of one name the last one counts, as in tar. An archive that is
compressed as a whole is unpacked into a temporary file without a name first. Sparse members are refused.
Cost: one small read per member when the archive is opened.
"""

import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from generator.blob.compression import compression_of, decompressed
from generator.errors import InvalidArchive, LimitExceeded
from generator.limits import EXTENDED_HEADER_SIZE, SYMLINK_HOPS, Limits
from generator.source.base import Surroundings
from generator.source.host_file import Piece, chunks_of, open_host_file, read_at, temporary_file

MEMBER_COUNT: Final = 50_000
"""Members of one archive; images have about four for each layer, and engines allow 128 layers."""

_BLOCK: Final = 512
_HEADER_ONLY: Final = (tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.DIRTYPE,
                       tarfile.FIFOTYPE)  # fmt: skip
_BOUNDS: Final = Limits()


class _Member(NamedTuple):
    kind: bytes
    """The header's type flag."""
    offset: int
    size: int
    target: str


class Archive:
    """The members of a tar file that stays open as long as this is used."""

    def __init__(self, file: BinaryIO, where: str) -> None:
        """List the members; raises InvalidArchive or LimitExceeded, naming `where`."""
        self.where = where
        self._file = file
        self._members = _Headers(file, where).members()

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def find(self, name: str, size: int | None = None) -> Piece | None:
        """Return a regular file's content, or None when there is no such member.

        `size` is what the caller expects; it makes no difference here. Raises InvalidArchive for everything that
        is no regular file, and for links that leave the archive or run in circles.
        """
        path = self._path(name, within="")
        for _ in range(SYMLINK_HOPS):
            member = self._members.get(path)
            if member is None:
                if path != self._path(name, within=""):
                    raise self._refusal(f"{name} is a link to {path}, which is not in the archive")
                return None
            if member.kind == tarfile.SYMTYPE:
                path = self._path(member.target, within=path.rpartition("/")[0])
            elif member.kind == tarfile.LNKTYPE:
                path = self._path(member.target, within="")
            elif member.kind in tarfile.REGULAR_TYPES:
                return Piece(member.size, partial(chunks_of, self._file, member.offset, member.size, self.where))
            else:
                raise self._refusal(f"{name} is no regular file")
        raise self._refusal(f"{name}: more than {SYMLINK_HOPS} links in a row")

    def _path(self, name: str, *, within: str) -> str:
        """Return a name as the members are listed by; it may not leave the archive."""
        parts: list[str] = [part for part in within.split("/") if part]
        for part in name.split("/"):
            if part == ".." and parts:
                parts.pop()
            elif part == "..":
                raise self._refusal(f"{name} leads out of the archive")
            elif part not in ("", "."):
                parts.append(part)
        if name.startswith("/"):
            raise self._refusal(f"{name} is an absolute path")
        return "/".join(parts)

    def _refusal(self, reason: str) -> InvalidArchive:
        return InvalidArchive(where=self.where, reason=reason)


class _Headers:
    """Walks an archive's headers, seeking past all contents."""

    def __init__(self, file: BinaryIO, where: str) -> None:
        self._file = file
        self._where = where
        self._end = os.fstat(file.fileno()).st_size
        self._offset = 0

    def members(self) -> dict[str, _Member]:
        """Return the members by cleaned name, the last of each name."""
        found: dict[str, _Member] = {}
        pax: dict[str, str] = {}
        long_name = long_target = ""
        count = 0
        while (header := self._header()) is not None:
            count += 1
            if count > MEMBER_COUNT:
                raise LimitExceeded(where=self._where, what="number of members", limit=MEMBER_COUNT)
            if header.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
                pax = self._pax_records(self._record(header.size))
            elif header.type == tarfile.GNUTYPE_LONGNAME:
                long_name = _text(self._record(header.size).partition(b"\0")[0])
            elif header.type == tarfile.GNUTYPE_LONGLINK:
                long_target = _text(self._record(header.size).partition(b"\0")[0])
            elif header.type == tarfile.XGLTYPE:
                self._record(header.size)
            else:
                name = long_name or pax.get("path") or header.name
                target = long_target or pax.get("linkpath") or header.linkname
                found[_cleaned(name)] = self._member(header, pax, target)
                pax, long_name, long_target = {}, "", ""
        return found

    def _member(self, header: tarfile.TarInfo, pax: dict[str, str], target: str) -> _Member:
        if header.type == tarfile.GNUTYPE_SPARSE or any(key.startswith("GNU.sparse.") for key in pax):
            raise self._refusal("a sparse member, which no tool that saves images writes")
        size = header.size
        if "size" in pax:
            if not pax["size"].isascii() or not pax["size"].isdigit() or len(pax["size"]) > 19:
                raise self._refusal("a pax header with a malformed size")
            size = int(pax["size"])
        stored = 0 if header.type in _HEADER_ONLY else size
        member = _Member(header.type, self._offset, size, target)
        self._pass(stored)
        return member

    def _header(self) -> tarfile.TarInfo | None:
        """Return the next header, None at the end of the archive (two blocks of zeros, or the end of the file)."""
        for zero_blocks in range(3):
            if zero_blocks == 2 or self._offset == self._end:
                if not self._offset:
                    raise self._refusal("it is empty")
                return None
            if self._end - self._offset < _BLOCK:
                raise self._refusal("the file ends inside a header" if self._offset else "this is no tar archive")
            block = read_at(self._file, self._offset, _BLOCK, self._where)
            if block.strip(b"\0"):
                if zero_blocks:
                    raise self._refusal("a header is expected, found zeros")
                break
            self._offset += _BLOCK
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except (tarfile.TarError, ValueError, OverflowError) as err:
            reason = f"no tar header ({err})" if self._offset else "this is no tar archive"
            raise InvalidArchive(where=self._where, reason=f"at byte {self._offset}: {reason}") from err
        self._offset += _BLOCK
        return header

    def _record(self, size: int) -> bytes:
        """Return an extended header's record."""
        if size > EXTENDED_HEADER_SIZE:
            raise LimitExceeded(where=self._where, what="an extended header", limit=f"{EXTENDED_HEADER_SIZE} bytes")
        start = self._offset
        self._pass(size)
        return read_at(self._file, start, size, self._where)

    def _pass(self, size: int) -> None:
        """Go past `size` bytes and their padding, which may be missing at the very end."""
        if size < 0:
            raise self._refusal(f"a member of {size} bytes")
        if size > self._end - self._offset:
            raise self._refusal(f"the file ends inside a member ({size} bytes, {self._end - self._offset} left)")
        self._offset = min(self._end, self._offset + size + -size % _BLOCK)

    def _pax_records(self, record: bytes) -> dict[str, str]:
        """Read `LENGTH KEY=VALUE\\n`, repeated."""
        records: dict[str, str] = {}
        start = 0
        while start < len(record):
            space = record.find(b" ", start, start + 20)
            length = record[start:space]
            end = start + int(length) if space > 0 and length.isdigit() else 0
            if not space + 1 < end <= len(record) or record[end - 1 : end] != b"\n":
                raise self._refusal("a pax header with a wrong record length")
            key, _, value = record[space + 1 : end - 1].partition(b"=")
            records[_text(key)] = _text(value)
            start = end
        return records

    def _refusal(self, reason: str) -> InvalidArchive:
        return InvalidArchive(where=self._where, reason=f"at byte {self._offset}: {reason}")


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _cleaned(name: str) -> str:
    """Return a member's name without what changes nothing; one that climbs is kept as it is, and never found."""
    return "/".join(part for part in name.split("/") if part not in ("", "."))


@contextmanager
def open_archive(host_path: Path, source: str, surroundings: Surroundings) -> Iterator[Archive]:
    """Open a tar archive, plain or compressed as a whole; raises SourceError or ContentError."""
    with open_host_file(host_path, source) as file:
        kind = compression_of(file.read(16))
        if kind == "none":
            yield Archive(file, source)
            return
        total = os.fstat(file.fileno()).st_size
        packed = _Packed(surroundings, f"{source}: unpacking", total)
        with chunks_of(file, 0, total, source) as chunks:
            content = packed.bounded(decompressed(packed.counted(chunks), kind, where=source))
            with temporary_file(content, surroundings.cache_folder, source) as unpacked:
                yield Archive(unpacked, source)


@dataclass(slots=True)
class _Packed:
    """Watches how a compressed archive swells."""

    surroundings: Surroundings
    what: str
    total: int
    read: int = 0

    def counted(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.read += len(chunk)
            self.surroundings.progress(self.what, self.read, self.total)
            yield chunk

    def bounded(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        size = 0
        for chunk in chunks:
            size += len(chunk)
            if size > _BOUNDS.unpacked_size:
                raise LimitExceeded(where=self.what, what="size", limit=f"{_BOUNDS.unpacked_size} bytes")
            if size > _BOUNDS.expansion_floor and size > self.read * _BOUNDS.expansion_ratio:
                ratio = f"{_BOUNDS.expansion_ratio} bytes out of each byte"
                raise LimitExceeded(where=self.what, what="expansion ratio", limit=ratio)
            yield chunk
