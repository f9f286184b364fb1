"""`oci:FOLDER[:NAME]` and `oci-archive:FILE[:NAME]`: OCI image layouts, in a folder or in a tar archive.

The first colon ends the path. NAME is what `org.opencontainers.image.ref.name` (or containerd's full name) says in
`index.json`, or the tag in it; it may be left out where there is one image only. In a folder, blobs may be symbolic
links to files inside the folder, also such as Git leaves behind without support for them: files with the target's
path as text. A link that leaves the folder is refused.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from generator.errors import ImageNotFound, InvalidArchive, InvalidReference, SourceError
from generator.oci.platform import Platform
from generator.source.archive import open_archive
from generator.source.base import Opened, Surroundings
from generator.source.host_file import Piece, chunks_of, open_host_file, reason_of, split_details, stamp_of
from generator.source.layout import layout_fingerprint, open_layout, read_index

_LINK_TEXT_SIZE: Final = 1024
"""Bytes up to which a file of the wrong size may be a symbolic link that Git wrote as text."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A layout's files in a folder of this machine."""

    root: Path
    where: str

    def find(self, name: str, size: int | None = None) -> Piece | None:
        """Return a file's content, None when there is no such file.

        Raises InvalidArchive when it lies outside the folder or is no regular file.
        """
        place = self._inside(self.root / name)
        if place is None:
            return None
        status = place.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InvalidArchive(where=self.where, reason=f"{name} is no regular file")
        if size is not None and size != status.st_size <= _LINK_TEXT_SIZE:
            target = self._text_link(place)
            if target is not None:
                return Piece(target.stat().st_size, lambda: self._open(target))
        return Piece(status.st_size, lambda: self._open(place))

    def _inside(self, path: Path) -> Path | None:
        """Return where a path really leads: into the folder, or nowhere (None)."""
        try:
            place = path.resolve(strict=True)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, RuntimeError, ValueError) as err:  # RuntimeError: links in a circle, before Python 3.13
            raise InvalidArchive(where=self.where, reason=str(err)) from err
        if not place.is_relative_to(self.root):
            raise InvalidArchive(where=self.where, reason=f"{path.name} is a link that leaves the folder")
        return place

    def _text_link(self, place: Path) -> Path | None:
        """Return the file that a link written as text leads to, None when the text is no such link."""
        with self._open(place) as chunks:
            text = b"".join(chunks)
        if not text.startswith(b"../") or b"\0" in text or b"\n" in text:
            return None
        target = self._inside(place.parent / os.fsdecode(text))
        return target if target and target.is_file() else None

    @contextmanager
    def _open(self, place: Path) -> Iterator[Iterator[bytes]]:
        with (
            open_host_file(place, self.where) as file,
            chunks_of(file, 0, os.fstat(file.fileno()).st_size, self.where) as chunks,
        ):
            yield chunks


@dataclass(frozen=True, slots=True)
class OciFolderSource:
    """An OCI image layout in a folder."""

    transport: str = "oci"

    def check(self, details: str) -> None:
        """Raise InvalidReference when no folder is named."""
        check_path(self.transport, details)

    def fingerprint(self, details: str, platform: Platform, surroundings: Surroundings) -> str | None:
        """Return the digest that `index.json` names; no blob is read."""
        files, tag, source = self._files(details)
        index, content = read_index(files)
        return layout_fingerprint(index, content, tag, platform, source)

    @contextmanager
    def open(self, details: str, platform: Platform, surroundings: Surroundings) -> Iterator[Opened]:
        """Open the image."""
        files, tag, source = self._files(details)
        yield open_layout(files, tag, platform, source)

    def _files(self, details: str) -> tuple[Folder, str | None, str]:
        path, tag = split_details(details)
        source = f"{self.transport}:{details}"
        try:
            root = path.resolve(strict=True)
        except (FileNotFoundError, NotADirectoryError) as err:
            raise ImageNotFound(source=source, reason=reason_of(err)) from err
        except (OSError, RuntimeError, ValueError) as err:
            raise SourceError(source=source, reason=str(err)) from err
        if not root.is_dir():
            raise ImageNotFound(source=source, reason=f"{path} is no folder; a file is oci-archive:{path}")
        return Folder(root, source), tag, source


@dataclass(frozen=True, slots=True)
class OciArchiveSource:
    """An OCI image layout in a tar archive, plain or compressed."""

    transport: str = "oci-archive"

    def check(self, details: str) -> None:
        """Raise InvalidReference when no file is named."""
        check_path(self.transport, details)

    def fingerprint(self, details: str, platform: Platform, surroundings: Surroundings) -> str | None:
        """Return the archive's size and time of change."""
        return stamp_of(split_details(details)[0], f"{self.transport}:{details}")

    @contextmanager
    def open(self, details: str, platform: Platform, surroundings: Surroundings) -> Iterator[Opened]:
        """Open the image."""
        path, tag = split_details(details)
        source = f"{self.transport}:{details}"
        with open_archive(path, source, surroundings) as archive:
            yield open_layout(archive, tag, platform, source)


def check_path(transport: str, details: str) -> None:
    """Raise InvalidReference when `details` does not start with a path."""
    if not details.partition(":")[0] or "\0" in details:
        raise InvalidReference(reference=f"{transport}:{details}", reason="a path must follow the transport")


OCI_FOLDER: Final = OciFolderSource()
OCI_ARCHIVE: Final = OciArchiveSource()
