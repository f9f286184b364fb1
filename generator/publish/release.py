"""What a publication changes: the staged site held against what stands, file by file.

In: the staged site, and what is published already, on a branch or in a folder. Out: the files to write and the ones to
delete, or nothing where all is as it should be. Nothing is written here.

- A version is added only when its files differ from those of the version that `latest/` stands for.
- Public places become what the new site has. What it no longer makes there stays, since others may link to it; where
  such a page leads to one that is gone, it is led to the nearest place that is there.
- Versions that retention lets go are deleted. What else is there, whoever made it, is not touched.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NamedTuple, Protocol

from generator.errors import NotAPublishedSite, UsageError
from generator.pages.public import PUBLIC
from generator.publish import versions
from generator.publish.content_policy import HEADERS
from generator.publish.git import FILE, SYMLINK, Entry
from generator.publish.staged import INDEX, Staged, is_redirect, redirect
from generator.publish.version import LATEST
from generator.publish.versions import Retention, Version

AliasType = Literal["symlink", "redirect", "copy"]
"""What `latest` is: a symbolic link, pages that lead to the version's, or a second copy. mike's words."""

_NO_SITE: Final = frozenset({".git", ".gitattributes", ".gitignore", ".nojekyll", "CNAME", "LICENSE", "README.md"})
"""What may be at a place before its first publication."""
_TO_LATEST: Final = re.compile(rb"((?:\.\./)+)latest/([^\"#?<>\s]*)")


class Content(NamedTuple):
    """A file as it shall be."""

    blob: str
    mode: str
    size: int
    source: Path | bytes


class Standing(Protocol):
    """What is published already."""

    where: str

    def names(self) -> Mapping[str, Entry]:
        """Return what is at the root."""

    def files(self, folder: str) -> Mapping[str, Entry]:
        """Return all files below a folder, by their paths from the root."""

    def read(self, path: str) -> bytes | None:
        """Return a file's content; None when it is not there."""

    def read_all(self, files: Mapping[str, Entry]) -> Iterator[bytes]:
        """Yield the contents of files that are there, in their order."""

    def blob_id(self, content: bytes) -> str:
        """Return what `Entry.blob` is for this content."""


class Wishes(NamedTuple):
    """How it shall be published."""

    today: str
    """Year-month-day, the name of a new version."""
    url: str = ""
    name: str = ""
    """Of a version that is wanted by this name, changed or not."""
    retention: Retention = Retention()
    alias_type: AliasType = "symlink"
    prune: bool = False
    """Whether public files go that the site no longer makes."""


@dataclass(frozen=True, slots=True)
class Release:
    """What a publication changes."""

    version: str
    """What `latest/` stands for afterwards."""
    added: bool
    """Whether that version is new."""
    removed: tuple[str, ...]
    writes: Mapping[str, Content]
    deletions: tuple[str, ...]
    """Files and whole folders; they go before anything is written."""
    known: frozenset[str]
    """Blobs that stand already."""

    @property
    def new_size(self) -> int:
        """Bytes of contents that were not there before."""
        return sum({one.blob: one.size for one in self.writes.values() if one.blob not in self.known}.values())


def plan(staged: Staged, standing: Standing, wishes: Wishes) -> Release | None:
    """Return what is to be changed; None when all is as it should be.

    Raises NotAPublishedSite for a place that holds something else, UsageError for a name that is taken.
    """
    there = standing.names()
    listed = _listed(standing, there)
    current = versions.latest(listed)
    published = dict(standing.files(current.name)) if current and current.name in there else {}
    fresh = {path: _content(standing, source) for path, source in staged.version.items()}
    name, added = _name(standing, wishes, fresh, published, current, [*there, *(one.name for one in listed)])
    listed = versions.with_newest(listed, name)
    removed = versions.superseded(listed, wishes.retention) if added else ()
    listed = tuple(one for one in listed if one.name not in removed)
    changes = _Changes(standing, there, {entry.blob for entry in published.values()})
    changes.deletions += [one for one in removed if one in there]
    if added:
        changes.writes |= {f"{name}/{path}": content for path, content in fresh.items()}
    _alias(changes, name, fresh, wishes.alias_type)
    _public(changes, staged, wishes.prune)
    front = standing.read(INDEX)
    is_ours = front is None or is_redirect(front)
    roots = {path: source.read_bytes() for path, source in staged.root.items() if path != INDEX or is_ours}
    roots |= {versions.FILE_NAME: versions.encode(listed), HEADERS: _headers(standing, staged, listed, name)}
    for path, content in roots.items():
        changes.put(path, there.get(path), _content(standing, content))
    if not changes.writes and not changes.deletions:
        return None
    return Release(name, added, removed, changes.writes, tuple(changes.deletions), frozenset(changes.known))


def _listed(standing: Standing, there: Mapping[str, Entry]) -> tuple[Version, ...]:
    try:
        listed = versions.read(standing.read(versions.FILE_NAME))
    except ValueError as err:
        raise NotAPublishedSite(where=standing.where, reason=str(err)) from err
    other = sorted(set(there) - _NO_SITE)
    if other and versions.FILE_NAME not in there:
        named = ", ".join(other[:5]) + (" …" if len(other) > 5 else "")
        raise NotAPublishedSite(where=standing.where, reason=f"it has no {versions.FILE_NAME}, but {named}")
    return listed


def _name(
    standing: Standing,
    wishes: Wishes,
    fresh: Mapping[str, Content],
    published: Mapping[str, Entry],
    current: Version | None,
    taken: Iterable[str],
) -> tuple[str, bool]:
    """Return the name of the version that the site is or becomes, and whether it is new."""
    if not wishes.name:
        if current and _equal(fresh, published, current.name):
            return current.name, False
        return versions.free_name(wishes.today, taken), True
    reserved = {LATEST, *(place.partition("/")[0] for place in PUBLIC), *_NO_SITE}
    versions.check_name(wishes.name, reserved)
    if wishes.name not in taken:
        return wishes.name, True
    if not _equal(fresh, standing.files(wishes.name), wishes.name):
        raise UsageError(problem=f"{standing.where} has “{wishes.name}” already, and it is another one")
    return wishes.name, False


class _Changes:
    """What has been found to differ so far."""

    def __init__(self, standing: Standing, there: Mapping[str, Entry], known: set[str]) -> None:
        self.standing = standing
        self.there = there
        self.known = known | {entry.blob for entry in there.values()}
        self.writes: dict[str, Content] = {}
        self.deletions: list[str] = []

    def put(self, path: str, before: Entry | None, content: Content) -> None:
        """Have a file written unless it is as it should be."""
        if before is None or (before.blob, before.mode) != (content.blob, content.mode):
            self.writes[path] = content


def _alias(changes: _Changes, name: str, fresh: Mapping[str, Content], alias_type: AliasType) -> None:
    before = changes.there.get(LATEST)
    if alias_type == "symlink":
        link = _content(changes.standing, name.encode())._replace(mode=SYMLINK)
        changes.put(LATEST, before, link)
        return
    wanted = fresh
    if alias_type == "redirect":
        wanted = {path: _leading(changes.standing, path, name, content) for path, content in fresh.items()}
    old = changes.standing.files(LATEST) if before and before.mode != SYMLINK else {}
    if not _equal(wanted, old, LATEST):
        changes.deletions += [LATEST] if before else []
        changes.writes |= {f"{LATEST}/{path}": content for path, content in wanted.items()}
        changes.known |= {entry.blob for entry in old.values()}


def _leading(standing: Standing, path: str, name: str, content: Content) -> Content:
    """Return what stands for a file of the version below `latest/`: a page that leads to it; other files themselves."""
    if not path.endswith(".html"):
        return content
    address = f"{'../' * (path.count('/') + 1)}{name}/{path.removesuffix(INDEX)}"
    page = content.source if isinstance(content.source, bytes) else content.source.read_bytes()
    return _content(standing, redirect(address, page))


def _public(changes: _Changes, staged: Staged, prune: bool) -> None:
    standing = changes.standing
    before = {path: entry for place in PUBLIC for path, entry in standing.files(place).items()}
    changes.known |= {entry.blob for entry in before.values()}
    for path, source in staged.public.items():
        changes.put(path, before.get(path), _content(standing, source))
    folders = {
        "/".join(parts[:end]) for path in staged.public for parts in [path.split("/")] for end in range(1, len(parts))
    }
    stale = {path: before[path] for path in sorted(before.keys() - staged.public.keys())}
    going = [path for path in stale if prune or path in folders]
    changes.deletions += going
    pages = {path: entry for path, entry in stale.items() if path.endswith(".html") and path not in going}
    for (path, entry), content in zip(pages.items(), standing.read_all(pages), strict=True):
        changes.put(path, entry, _content(standing, _repaired(content, staged.version)))


def _repaired(content: bytes, there: Mapping[str, Path]) -> bytes:
    """Lead a page's ways into `latest/` to places that are there: the nearest folder above one that is gone."""

    def led(match: re.Match[bytes]) -> bytes:
        path = match[2].decode("utf-8", "replace")
        while path and path not in there and f"{path.rstrip('/')}/{INDEX}" not in there:
            path = path.rstrip("/").rpartition("/")[0]
            path += "/" if path else ""
        return match[1] + LATEST.encode() + b"/" + path.encode()

    return _TO_LATEST.sub(led, content)


def _headers(standing: Standing, staged: Staged, listed: Iterable[Version], name: str) -> bytes:
    """Return the headers of the whole tree: each version has its own policy, public places that of the newest."""
    newest = staged.version[HEADERS].read_bytes() if HEADERS in staged.version else b""
    policy, others = _policy(newest)
    parts = [("/*", others)]
    for one in sorted(listed):
        own = newest if one.name == name else standing.read(f"{one.name}/{HEADERS}") or b""
        parts.append((f"/{one.name}/*", _policy(own)[0]))
    parts += [(f"/{place}/*", policy) for place in (LATEST, "cards", "permalink")]
    return b"".join(f"{pattern}\n".encode() + b"".join(lines) for pattern, lines in parts if lines)


def _policy(headers: bytes) -> tuple[list[bytes], list[bytes]]:
    """Split the lines of a file of headers into the content policy and the rest."""
    lines = [line + b"\n" for line in headers.splitlines() if line.startswith(b"  ")]
    policy = [line for line in lines if b"Content-Security-Policy:" in line]
    return policy, [line for line in lines if line not in policy]


def _equal(wanted: Mapping[str, Content], standing: Mapping[str, Entry], folder: str) -> bool:
    return {f"{folder}/{path}": one.blob for path, one in wanted.items()} == {
        path: entry.blob for path, entry in standing.items()
    }


def _content(standing: Standing, source: Path | bytes) -> Content:
    content = source if isinstance(source, bytes) else source.read_bytes()
    return Content(standing.blob_id(content), FILE, len(content), source)
