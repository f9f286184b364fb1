"""A published site on a git branch, such as gh-pages: one commit for each publication, on top of what is there.

The working tree and the index of the repository are never touched, and no push is forced. Who pushed meanwhile keeps
what they pushed: the publication is worked out anew on top of it. A process that is killed leaves the branch, here and
at the remote, where it was or where it shall be.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from generator.errors import BranchDiverged, GitFailed, PushRejected
from generator.publish.git import SYMLINK, Addition, Entry, Repository
from generator.publish.release import Release, Standing
from generator.store.lock import locked

ATTEMPTS: Final = 5
"""How often a publication is pushed on top of what others have just pushed."""

Plan = Callable[[Standing], Release | None]


class Branch(NamedTuple):
    """Where to publish."""

    repository: Path
    name: str = "gh-pages"
    remote: str = "origin"
    """Name, address or folder of the repository to fetch from and push to."""
    push: bool = False


class Published(NamedTuple):
    """What became of it."""

    release: Release | None
    """None when nothing had to be changed."""
    where: str
    commit: str = ""
    """What the branch leads to; "" when nothing was done."""
    pushed: bool = False


class BranchStanding:
    """What a commit has; nothing at all when there is none yet."""

    def __init__(self, repository: Repository, branch: str, commit: str | None) -> None:
        self.where = f"branch {branch}"
        self._repository = repository
        self._commit = commit

    def names(self) -> Mapping[str, Entry]:
        """Return what is at the root."""
        return self._repository.names(self._commit) if self._commit else {}

    def files(self, folder: str) -> Mapping[str, Entry]:
        """Return all files below a folder."""
        return self._repository.files(self._commit, folder) if self._commit else {}

    def read(self, path: str) -> bytes | None:
        """Return a file's content; None when it is not there."""
        return self._repository.read(self._commit, path) if self._commit else None

    def read_all(self, files: Mapping[str, Entry]) -> Iterator[bytes]:
        """Yield the contents of files that are there."""
        return self._repository.contents([entry.blob for entry in files.values()])

    def blob_id(self, content: bytes) -> str:
        """Return git's own id."""
        return self._repository.blob_id(content)


def publish_to_branch(
    branch: Branch, plan: Plan, message: Callable[[Release], str], seconds: int, *, dry_run: bool = False
) -> Published:
    """Publish what `plan` gives; `seconds` is the time since 1970 for the commit.

    With `dry_run` neither branch moves. Raises GitFailed, BranchDiverged or PushRejected, and then neither has moved.
    """
    repository = Repository(branch.repository)
    repository.check_branch(branch.name)
    where = f"branch {branch.name}"
    with locked(repository.common_folder):
        _check_not_checked_out(repository, branch)
        refused = ""
        for _ in range(ATTEMPTS):
            ours = repository.ref(f"refs/heads/{branch.name}")
            theirs = _theirs(repository, branch)
            base = _newer(repository, branch, ours, theirs)
            release = plan(BranchStanding(repository, branch.name, base))
            if dry_run:
                return Published(release, where)
            commit = base if release is None else _commit(repository, base, release, message(release), seconds)
            if commit is None:
                return Published(None, where)
            refused = repository.push(branch.remote, branch.name, commit) if branch.push and commit != theirs else ""
            if not refused:
                if commit != ours:
                    repository.move(branch.name, commit, ours)
                return Published(release, where, commit, branch.push and commit != theirs)
    raise PushRejected(remote=branch.remote, branch=branch.name, count=ATTEMPTS, reason=refused)


def _check_not_checked_out(repository: Repository, branch: Branch) -> None:
    place = repository.checked_out_at(branch.name)
    if place:
        reason = f"{branch.name} is checked out in {place}, whose files would no longer be those of the branch"
        raise GitFailed(step="moving the branch", reason=f"{reason}; check out another one there")


def _theirs(repository: Repository, branch: Branch) -> str | None:
    if branch.push:
        return repository.fetch(branch.remote, branch.name)
    return repository.ref(f"refs/remotes/{branch.remote}/{branch.name}")


def _newer(repository: Repository, branch: Branch, ours: str | None, theirs: str | None) -> str | None:
    """Return the one of both that has all of the other."""
    if ours is None or theirs is None:
        return ours or theirs
    if repository.is_ancestor(ours, theirs):
        return theirs
    if repository.is_ancestor(theirs, ours):
        return ours
    base = repository.merge_base(ours, theirs)
    raise BranchDiverged(branch=branch.name, remote=branch.remote, base=base[:12] or "their very beginnings")


def _commit(repository: Repository, base: str | None, release: Release, message: str, seconds: int) -> str:
    additions = [
        Addition(path, one.mode, one.blob, None if one.blob in release.known and one.mode != SYMLINK else one.source)
        for path, one in sorted(release.writes.items())
    ]
    return repository.commit(base, additions, release.deletions, message, seconds)
