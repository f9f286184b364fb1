"""A folder of advisories: what is in it, each file's index made once; damaged files leave the last good index in use.

Known by place and name: `ECOSYSTEM/all.zip` and any other `*.zip` (OSV), `v3.N/main|community.yaml|json` (Alpine's
secdb), `known_exploited_vulnerabilities.json` (KEV), `epss*.csv.gz` (EPSS). Links are not followed. Indexes live in a
folder of the cache under the files' digests; `last.json` there tells the last good one by file.
"""

import hashlib
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from generator.advisories.assessment import Archive
from generator.advisories.index import VERSION, Index, Kind, find, make
from generator.errors import BasedexError, InvalidAdvisories
from generator.store import atomic

_SECDB: Final = re.compile(r"(main|community)\.(yaml|yml|json)")
_LAST: Final = "last.json"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Database:
    """What can be asked."""

    digest: str = ""
    """sha256:HEX over the names and digests of the files in use; "" when there are none."""
    archives: tuple[tuple[Archive, Index], ...] = ()
    problems: tuple[BasedexError, ...] = field(default=(), compare=False)
    """Files that cannot be used, or not any more: the last good state of those is in use where there is one."""

    def of(self, *kinds: str) -> tuple[tuple[Archive, Index], ...]:
        """Return the archives of some kinds."""
        return tuple(one for one in self.archives if one[0].kind in kinds)


def open_database(folder: Path, indexes: Path) -> Database:
    """Open a folder of advisories; files that are as they were cost their digest and nothing else."""
    last = _last(indexes)
    archives: list[tuple[Archive, Index]] = []
    problems: list[BasedexError] = []
    kept: dict[str, str] = {}
    for path, kind in _files(folder, problems):
        name = os.fsencode(path.relative_to(folder)).decode(errors="backslashreplace")
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            index = opened(path, kind, name, digest, indexes)
        except OSError as err:
            problems.append(InvalidAdvisories(where=name, reason=f"cannot be read: {err.strerror or err}"))
            digest = ""
        except BasedexError as err:
            problems.append(err)
            digest = ""
        if not digest:
            digest = last.get(name, "")
            before = find(indexes, digest) if digest else None
            if before is None:
                continue
            index = before
        if digest in kept.values():
            continue  # the same file at two places is one
        kept[name] = digest
        archives.append((Archive(name=name, kind=kind, digest=f"sha256:{digest}", as_of=index.as_of), index))
    if kept and kept != last:
        atomic.write(indexes / _LAST, msgspec.json.encode(kept, order="deterministic"))
    digest = hashlib.sha256(msgspec.json.encode([VERSION, kept], order="deterministic")).hexdigest()
    return Database(f"sha256:{digest}" if archives else "", tuple(archives), tuple(problems))


def _files(folder: Path, problems: list[BasedexError]) -> list[tuple[Path, Kind]]:
    def unreadable(err: OSError) -> None:
        where = Path(folder.name) / Path(err.filename).relative_to(folder)
        problems.append(InvalidAdvisories(where=str(where), reason=f"cannot be read: {err.strerror or err}"))

    names = (Path(parent, name) for parent, _, here in os.walk(folder, onerror=unreadable) for name in here)
    found = [(path, _kind(path)) for path in sorted(names) if path.is_file() and not path.is_symlink()]
    return [(path, kind) for path, kind in found if kind]


def _kind(path: Path) -> Kind | None:
    if path.name.startswith("."):
        return None
    if path.suffix == ".zip":
        return "osv"
    if _SECDB.fullmatch(path.name):
        return "secdb"
    if path.name == "known_exploited_vulnerabilities.json":
        return "kev"
    return "epss" if path.name.startswith("epss") and path.name.endswith(".csv.gz") else None


def opened(path: Path, kind: Kind, name: str, digest: str, indexes: Path) -> Index:
    """Return the index of a file whose sha256 is `digest`, made where it is missing or damaged.

    Raises InvalidAdvisories when the file is broken, StoreError or OSError when the index cannot be written.
    """
    return find(indexes, digest) or make(path, kind, name, digest, indexes)


def forget(indexes: Path, database: Database) -> None:
    """Remove the indexes of files that are not in use any more, and what killed runs left. Only where nobody writes."""
    used = {index.path for _, index in database.archives}
    for path in indexes.glob("*.sqlite"):
        if path not in used:
            path.unlink(missing_ok=True)
    for left_over in indexes.glob(".new-*"):
        shutil.rmtree(left_over, ignore_errors=True)
        left_over.unlink(missing_ok=True)


def _last(indexes: Path) -> dict[str, str]:
    try:
        last = msgspec.json.decode((indexes / _LAST).read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return {name: digest for name, digest in last.items() if _DIGEST.fullmatch(digest)}
