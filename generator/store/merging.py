"""What other stores have and this one has not: their history lines, and the documents that those name.

Lines are a union, in the order of time. Merging the same store again changes nothing, and the order of merging several
makes no difference but for lines of the same second. Documents are taken where a new line names them. Where two
stores have different documents about one image, the newest observation of it says which version of the program is
right; two different documents of the same version are a conflict, which is told, and this store's stays. A document
that the other store no longer keeps is no mistake.

Everything is read and judged before anything is written; documents are written before the lines that name them, so
that a run that is killed leaves a store in order, and merging again completes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from generator.errors import UsageError
from generator.oci.digest import Digest
from generator.store import documents, history
from generator.store.observation import Observation


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging has changed."""

    line_count: int
    """Lines that were added."""
    document_count: int
    """Documents that were written."""
    conflicts: tuple[str, ...]
    """One sentence for every document that differs without a reason."""


@dataclass(slots=True)
class _Plan:
    files: dict[Path, dict[bytes, Observation]] = field(default_factory=dict)
    """History files that get lines, below the store: all lines that they will have."""
    added: int = 0
    holders: dict[Digest, list[Path]] = field(default_factory=dict)
    """Subject of a new line → stores whose lines name it, in the order given."""


def merge(store: Path, others: Sequence[Path]) -> Merged:
    """Take into `store` what `others` have more. Only for who holds the store's lock.

    Raises UsageError for a store that is no folder and StoreError for a damaged file, and then nothing has changed.
    """
    for other in others:
        if not other.is_dir():
            raise UsageError(problem=f"{other} is not a folder, so it is no store")
    plan = _Plan()
    for other in others:
        _add_lines(plan, store, other)
    newest = _newest_by_subject(line for lines in plan.files.values() for line in lines.values())
    conflicts: list[str] = []
    taken = []
    for subject, holders in sorted(plan.holders.items()):
        holder = _holder(subject, [store, *holders], newest[subject].generator_version, conflicts)
        if holder not in (None, store):
            taken.append((subject, holder))
    for subject, holder in taken:
        documents.save_encoded(store, subject, documents.read(documents.path_of(holder, subject)))
    for path, lines in sorted(plan.files.items()):
        history.put_lines(path, lines)
    return Merged(plan.added, len(taken), tuple(conflicts))


def _add_lines(plan: _Plan, store: Path, other: Path) -> None:
    for path in sorted((other / history.FOLDER).glob("*/*.jsonl")):
        place = store / path.relative_to(other)
        known = plan.files.get(place) or history.lines_of(place)
        new = {line: one for line, one in history.lines_of(path).items() if line not in known}
        if new:
            plan.files[place] = known | new
            plan.added += len(new)
        for one in new.values():
            holders = plan.holders.setdefault(one.subject, [])
            if other not in holders:
                holders.append(other)


def _newest_by_subject(observations: Iterable[Observation]) -> dict[Digest, Observation]:
    newest: dict[Digest, Observation] = {}
    for one in observations:
        if one.subject not in newest or one.at > newest[one.subject].at:
            newest[one.subject] = one
    return newest


def _holder(subject: Digest, stores: Sequence[Path], version: str, conflicts: list[str]) -> Path | None:
    """Return the store whose document about `subject` is to be this store's, None when none has one."""
    having = []
    for store in stores:
        path = documents.path_of(store, subject)
        if path.exists():
            having.append((store, documents.read(path), documents.load(store, subject).generator_version))
    right = [one for one in having if one[2] == version] or having
    if not right:
        return None
    store, content, made_by = right[0]
    for other, others_content, others_version in right[1:]:
        if others_content != content and others_version == made_by:
            theirs = documents.path_of(other, subject)
            conflicts.append(f"{theirs} differs from {documents.path_of(store, subject)}, which stays")
    return store
