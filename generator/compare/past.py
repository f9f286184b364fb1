"""The past of one image on one platform: the history's observations in, its states and changes out.

Figures come from the observations, so they outlive the documents. A change is between two states in a row that are
about different bytes. An image that goes back to what it was before gets a new state and, where the same change comes
again, the same change once more.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from generator.analysis.document import Document
from generator.compare import matrix
from generator.oci.digest import Digest, hex_of
from generator.store.observation import Figures, Observation

SHORT: Final = 12
"""Hex digits of a digest that name a state in an address."""


@dataclass(frozen=True, slots=True)
class State:
    """The image for as long as it was the same bytes."""

    observations: tuple[Observation, ...]
    """At least one, oldest first, all of one subject."""
    figures: Figures | None
    """As last observed; None where no observation has them."""
    is_kept: bool
    """Whether its document is in the store."""

    @property
    def subject(self) -> Digest:
        """The digest of the image, which is also the document's key."""
        return self.observations[-1].subject

    @property
    def since(self) -> str:
        """When it was first seen."""
        return self.observations[0].at

    @property
    def last(self) -> Observation:
        """The newest observation of it."""
        return self.observations[-1]

    @property
    def short(self) -> str:
        """The first hex digits of the digest."""
        return hex_of(self.subject)[:SHORT]


@dataclass(frozen=True, slots=True)
class Step:
    """From one state to the next."""

    before: State
    after: State

    @property
    def name(self) -> str:
        """What its page is called: the same two states always have the same."""
        return f"{self.before.short}-{self.after.short}"

    @property
    def at(self) -> str:
        """When the change was seen; it happened between then and the build before."""
        return self.after.since

    @property
    def is_kept(self) -> bool:
        """Whether both documents are in the store."""
        return self.before.is_kept and self.after.is_kept


@dataclass(frozen=True, slots=True)
class Past:
    """An image's states, oldest first; none for an image that was never seen."""

    states: tuple[State, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """Its changes, oldest first."""
        return tuple(Step(before, after) for before, after in pairwise(self.states))

    @property
    def newest(self) -> State | None:
        """The last state."""
        return self.states[-1] if self.states else None


def past_of(observations: Iterable[Observation], has_document: Callable[[Digest], bool]) -> Past:
    """Return the past that `observations`, oldest first, tell of."""
    return Past(tuple(_states(observations, has_document)))


def figures_of(document: Document) -> Figures:
    """Return what the history keeps of a document."""
    row = matrix.row_of(document)
    packages, commands = row.facts["packages"], row.facts["commands"]
    return Figures(
        **{name: size for name, size in row.sizes.items() if size is not None},
        layer_count=row.layer_count,
        entry_count=row.entry_count,
        package_count=_count(packages),
        command_count=_count(commands),
        created=row.created or "",
        distribution=row.distribution,
    )


def _count(fact: matrix.Fact) -> int | None:
    """None is for what is not known; without a package database there are 0 packages to count."""
    return fact.count if fact.state == "yes" else 0 if fact.state == "no" else None


def _states(observations: Iterable[Observation], has_document: Callable[[Digest], bool]) -> Iterator[State]:
    for subject, together in groupby(observations, lambda one: one.subject):
        seen = tuple(together)
        known = next((one.figures for one in reversed(seen) if one.figures is not None), None)
        yield State(seen, known, has_document(subject))
