"""Files → build/docs: only what differs is written, what is no longer wanted goes.

Each file is replaced in one step (a temporary file beside it, then a rename), so a run that is killed leaves
whole files, old or new, and at most one temporary file; the next run puts everything right.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from generator.pages.site import File

_TEMPORARY: Final = ".new-"


@dataclass(frozen=True, slots=True)
class Report:
    """What writing changed, as paths below the destination, sorted."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    deleted: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Tell whether anything differs from before."""
        return bool(self.written or self.deleted)


def write(files: Iterable[File], destination: Path) -> Report:
    """Make `destination` hold exactly `files`, taking them one at a time; of two with one path the last stands."""
    return finish([put(files, destination)], destination)


def put(files: Iterable[File], destination: Path) -> dict[str, bool]:
    """Write `files`, and return of each path whether it differs from before. Deletes nothing but what is in the way."""
    destination.mkdir(parents=True, exist_ok=True)
    differs: dict[str, bool] = {}
    for file in files:
        differs[file.path] = _write_if_changed(destination, file) or differs.get(file.path, False)
    return differs


def finish(parts: Iterable[Mapping[str, bool]], destination: Path) -> Report:
    """Delete what is in none of `parts`, which `put` returned."""
    written: set[str] = set()
    wanted: set[str] = set()
    for part in parts:
        wanted.update(part)
        written.update(path for path, differs in part.items() if differs)
    deleted = _delete_all_but(wanted, destination)
    return Report(tuple(sorted(written)), tuple(sorted(wanted - written)), tuple(sorted(deleted)))


def _write_if_changed(destination: Path, file: File) -> bool:
    path = destination / file.path
    if path.is_file() and not path.is_symlink():
        if path.stat().st_size == len(file.content) and path.read_bytes() == file.content:
            return False
    else:
        _make_room(destination, file.path)
    temporary = path.with_name(f"{_TEMPORARY}{path.name}")
    temporary.write_bytes(file.content)
    temporary.replace(path)
    return True


def _make_room(destination: Path, name: str) -> None:
    """Let nothing below `destination` stand where the file or one of its folders has to be."""
    here = destination
    for part in Path(name).parent.parts:
        here = here / part
        if here.is_symlink() or (here.exists() and not here.is_dir()):
            here.unlink(missing_ok=True)  # several processes may write here
        here.mkdir(exist_ok=True)
    path = destination / name
    if path.is_dir() and not path.is_symlink():
        _delete_all_but(set(), path)
        path.rmdir()
    elif path.is_symlink():
        path.unlink()


def _delete_all_but(wanted: set[str], destination: Path) -> list[str]:
    deleted: list[str] = []
    for folder, folder_names, file_names in os.walk(destination, topdown=False):
        here = Path(folder)
        links = [name for name in folder_names if (here / name).is_symlink()]
        for name in (*file_names, *links):
            path = (here / name).relative_to(destination).as_posix()
            if path not in wanted:
                (here / name).unlink()
                deleted.append(path)
        if here != destination and not any(here.iterdir()):
            here.rmdir()
    return deleted
