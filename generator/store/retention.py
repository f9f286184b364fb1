"""Which documents the store keeps: its histories and a rule in, the documents that may go out.

A document is needed while it is one of an image's newest states, or was the image at some time within the days of the
rule. What any history needs stays; the newest state of every history is always needed, also of those of images that
are gone from images.yml. The history itself is never touched, so figures and changes outlive the documents.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Literal

from generator.errors import StoreError
from generator.oci.digest import Digest
from generator.store import documents, history
from generator.store.observation import Observation


@dataclass(frozen=True, slots=True)
class Removable:
    """A document that nothing needs."""

    subject: Digest
    path: Path
    size: int
    """Bytes of the file."""
    reason: Literal["old", "orphan"]
    """orphan: no history names it, as when a build was killed between the document and its line."""
    images: tuple[str, ...]
    """`NAME PLATFORM-SLUG` of the histories that name it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a rule means for a store."""

    kept_count: int
    kept_size: int
    removable: tuple[Removable, ...]
    """By digest."""


def plan(store: Path, *, keep_last: int, keep_days: int, today: date) -> Plan:
    """Return what may go: not among the newest `keep_last` states (at least 1), and not in use for `keep_days`.

    Raises StoreError when a history cannot be read: what it needs is not known then.
    """
    histories = _histories(store)
    first_day = (today - timedelta(days=min(keep_days, today.toordinal() - 1))).isoformat()
    needed: set[Digest] = set()
    named: dict[Digest, list[str]] = {}
    for (name, slug), observations in histories.items():
        needed.update(_needed(observations, max(1, keep_last), first_day))
        for subject in dict.fromkeys(one.subject for one in observations):
            named.setdefault(subject, []).append(f"{name} {slug}")
    kept_count = kept_size = 0
    removable = []
    for subject, path, size in _documents(store):
        if subject in needed:
            kept_count, kept_size = kept_count + 1, kept_size + size
        else:
            images = tuple(named.get(subject, ()))
            removable.append(Removable(subject, path, size, "old" if images else "orphan", images))
    return Plan(kept_count, kept_size, tuple(removable))


def carry_out(planned: Plan) -> None:
    """Remove what may go, one file at a time: whenever this ends, everything that is needed is there."""
    for one in planned.removable:
        try:
            one.path.unlink(missing_ok=True)
        except OSError as err:
            raise StoreError(path=str(one.path), reason=f"cannot be removed: {err.strerror or err}") from err
        with suppress(OSError):  # other documents are in it
            one.path.parent.rmdir()


def sweep(store: Path) -> None:
    """Remove folders that a killed run has emptied. Only for who holds the store's lock."""
    for folder in (store / documents.FOLDER).glob("*/*/"):
        with suppress(OSError):  # documents are in it
            folder.rmdir()


def _histories(store: Path) -> Mapping[tuple[str, str], Sequence[Observation]]:
    """Return every history; a damaged one is no reason to take its documents for orphans."""
    histories = history.read_all(store)
    for path in sorted((store / history.FOLDER).glob("*/*.jsonl")):
        if (path.parent.name, path.stem) not in histories:
            raise StoreError(path=str(path), reason="a line of it is damaged, so it is not known what it needs")
    return histories


def _needed(observations: Sequence[Observation], keep_last: int, first_day: str) -> Iterator[Digest]:
    """Yield the newest states, and those that lasted until `first_day` or longer: until the next one began."""
    states = [(subject, next(together).at) for subject, together in groupby(observations, lambda one: one.subject)]
    ends = [*(since for _subject, since in states[1:]), None]
    for place, ((subject, _since), end) in enumerate(zip(states, ends, strict=True)):
        if place >= len(states) - keep_last or end is None or end[:10] >= first_day:
            yield subject


def _documents(store: Path) -> Iterator[tuple[Digest, Path, int]]:
    """Yield the documents by digest."""
    for subject in documents.subjects(store):
        path = documents.path_of(store, subject)
        yield subject, path, path.stat().st_size
