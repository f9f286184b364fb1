"""A published site in a plain folder, for any web server: the complete new tree is made beside it and swapped in.

In one step, so that a server sees the old tree or the new one, and so does whoever comes after a run that was killed:

- a folder is exchanged with the new one (renameat2(2), RENAME_EXCHANGE);
- a symbolic link is pointed to the new one, by a rename over it, on any file system;
- a folder that is not there yet, or is empty, gets its place by a rename.

What has contents that were there already is a hard link to the old file, so a publication costs the space of what is
new. The old tree goes afterwards. Takes time for each file that is there, in all versions.
"""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Final

from generator.errors import NotAPublishedSite, PublishError
from generator.publish.branch import Plan, Published
from generator.publish.exchange import exchange
from generator.publish.git import FILE, SYMLINK, Entry, blob_id
from generator.publish.release import Release
from generator.publish.staged import remove
from generator.store.lock import locked

_FOLDER: Final = "040000"


class FolderStanding:
    """What a folder has; nothing when it is not there."""

    def __init__(self, place: Path) -> None:
        self.where = f"folder {place}"
        self._place = place
        self.paths: dict[str, Path] = {}
        """Where a content was seen, of those that were looked at."""

    def names(self) -> Mapping[str, Entry]:
        """Return what is at the root."""
        if not self._place.is_dir():
            return {}
        return {path.name: self._entry(path) for path in sorted(self._place.iterdir())}

    def files(self, folder: str) -> Mapping[str, Entry]:
        """Return all files below a folder."""
        top = self._place / folder
        if top.is_symlink() or not top.is_dir():
            return {}
        found = (path for path in sorted(top.rglob("*")) if path.is_symlink() or path.is_file())
        return {path.relative_to(self._place).as_posix(): self._entry(path) for path in found}

    def read(self, path: str) -> bytes | None:
        """Return a file's content; None when it is not there."""
        file = self._place / path
        return file.read_bytes() if file.is_file() else None

    def read_all(self, files: Mapping[str, Entry]) -> Iterator[bytes]:
        """Yield the contents of files that are there."""
        return ((self._place / path).read_bytes() for path in files)

    def blob_id(self, content: bytes) -> str:
        """Return the id that git would give it."""
        return blob_id(content)

    def _entry(self, path: Path) -> Entry:
        if path.is_symlink():
            return Entry(SYMLINK, blob_id(os.fsencode(path.readlink())))
        if path.is_dir():
            return Entry(_FOLDER, "")
        if not path.is_file():
            raise NotAPublishedSite(where=str(self._place), reason=f"{path.name} is neither a file nor a folder")
        found = Entry(FILE, blob_id(path.read_bytes()))
        self.paths[found.blob] = path
        return found


def publish_to_folder(place: Path, plan: Plan, *, held: Path | None = None, dry_run: bool = False) -> Published:
    """Publish what `plan` gives in the folder `place`, or in the one that the symbolic link `place` leads to.

    `held` is a folder whose lock the caller has; the one above `place` is locked unless it is that. Raises
    NotAPublishedSite or PublishError; the folder is then as it was.
    """
    if place.name in ("", ".."):  # named by dots: it has a name all the same
        place = place.resolve()
    where = f"folder {place}"
    if place.exists() and not place.is_dir():
        raise NotAPublishedSite(where=str(place), reason="it is a file")
    if place.is_mount():
        raise NotAPublishedSite(
            where=str(place), reason="it is a mount point, which cannot be swapped; name one below it"
        )
    above = place.absolute().parent
    try:
        with nullcontext() if held and above.resolve() == held.resolve() else locked(above):
            _sweep(place)
            standing = FolderStanding(place)
            release = plan(standing)
            if release is None or dry_run:
                return Published(release, where)
            building = _building(place)
            try:
                _make(place, building, release, standing.paths)
                _swap(building, place)
            except (OSError, NotAPublishedSite):
                remove(building)  # on a full disk its room is needed
                raise
            _sweep(place)
    except OSError as err:
        raise PublishError(step=f"publishing in {place}", reason=str(err)) from err
    return Published(release, where)


def _building(place: Path) -> Path:
    return place.with_name(f".{place.name}.new")


def _released(place: Path) -> Iterator[Path]:
    """Yield the folders beside a symbolic link that it leads to or has led to."""
    pattern = re.compile(re.escape(f".{place.name}.release-") + r"\d+")
    return (path for path in place.absolute().parent.iterdir() if pattern.fullmatch(path.name))


def _sweep(place: Path) -> None:
    """Remove what is no longer, or was never, in place."""
    remove(_building(place))
    remove(place.with_name(f".{place.name}.link"))
    if place.is_symlink():
        standing = place.resolve()
        for folder in _released(place):
            if folder.resolve() != standing:
                remove(folder)


def _make(old: Path, new: Path, release: Release, known: Mapping[str, Path]) -> None:
    """Make the complete new tree; contents that are `known` come from the old one."""
    new.mkdir(mode=0o755)
    new.chmod(0o755)
    if old.is_dir():
        shutil.copymode(old, new)
        _take_over(old, new, "", {*release.deletions, *release.writes})
    for path, content in sorted(release.writes.items()):
        target = new / path
        if content.mode == SYMLINK:
            assert isinstance(content.source, bytes)
            target.symlink_to(os.fsdecode(content.source))
            continue
        _folders(target.parent, new, old)
        if content.blob in known and _linked(known[content.blob], target):
            continue
        target.write_bytes(content.source if isinstance(content.source, bytes) else content.source.read_bytes())
        target.chmod(0o644)


def _linked(source: Path, target: Path) -> bool:
    """Make a hard link; return whether that could be done."""
    try:
        os.link(source, target)
    except OSError:
        return False
    return True


def _folders(folder: Path, new: Path, old: Path) -> None:
    """Make a folder of the new tree; a link that was taken over from the old one would lead out of it."""
    if folder.is_symlink():
        name = folder.relative_to(new).as_posix()
        raise NotAPublishedSite(
            where=str(old), reason=f"{name} is a link, and what is published would be written through it"
        )
    if folder != new:
        _folders(folder.parent, new, old)
    if not folder.is_dir():
        folder.mkdir()
        folder.chmod(0o755)


def _take_over(old: Path, new: Path, below: str, without: set[str]) -> None:
    with os.scandir(old) as entries:
        for entry in entries:
            path = below + entry.name
            target = new / entry.name
            if path in without:
                continue
            if entry.is_symlink():
                target.symlink_to(Path(entry.path).readlink())
            elif entry.is_dir():
                target.mkdir()
                shutil.copymode(entry.path, target)
                _take_over(Path(entry.path), target, f"{path}/", without)
            elif not _linked(Path(entry.path), target):
                shutil.copy2(entry.path, target)


def _swap(new: Path, place: Path) -> None:
    if place.is_symlink():
        number = max((int(path.name.rpartition("-")[2]) for path in _released(place)), default=0) + 1
        release = new.with_name(f".{place.name}.release-{number}")
        new.rename(release)
        link = place.with_name(f".{place.name}.link")
        link.symlink_to(release.name)
        link.replace(place)
    elif place.is_dir() and any(place.iterdir()):
        _exchange(new, place)
    else:
        new.replace(place)


def _exchange(one: Path, other: Path) -> None:
    """Exchange two folders in one step; raises PublishError where the system cannot."""
    if exchange(one, other):
        return
    reason = "this system cannot exchange two folders in one step; make it a symbolic link to the folder, and it can"
    raise PublishError(step=f"putting the new tree in the place of {other}", reason=reason)
