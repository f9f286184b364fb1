"""The job of `basedex history`: the store in, what each image was and what changed out. Asks no source anything.

Images are those of images.yml and, where they have a history, those that were in it. The lines are in English, as all
that the command line says.
"""

import difflib
import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from generator import targets
from generator.advisories.recorded import Assessments, open_recorded
from generator.analysis.document import Document
from generator.compare import flaws
from generator.compare.flaws import FlawChanges
from generator.compare.over_time import as_json, compared, completed
from generator.compare.past import Past, Step
from generator.compare.summary import Summary
from generator.errors import UsageError
from generator.language import ENGLISH, speaking
from generator.oci.digest import Digest
from generator.pages.change_words import headline
from generator.pages.flaw_words import line
from generator.pages.past import pasts
from generator.store import documents, history
from generator.targets import Target

if TYPE_CHECKING:
    from generator.build import Places


@dataclass(frozen=True, slots=True)
class Annal:
    """One image on one platform over time."""

    name: str
    platform: str
    is_listed: bool
    """Whether images.yml has it."""
    past: Past
    changes: tuple[tuple[Step, Summary, str], ...]
    """Oldest first, each with its line; only those since the day asked for."""
    since: str

    @property
    def states(self) -> Past:
        """What it was since the day asked for; the state that lasted then is among them."""
        ends = [*(state.since for state in self.past.states[1:]), None]
        return Past(
            tuple(
                state
                for state, end in zip(self.past.states, ends, strict=True)
                if end is None or end[:10] >= self.since[:10]
            )
        )


def annals(places: "Places", names: Iterable[str] = (), since: str = "") -> Iterator[Annal]:
    """Yield what is known of the images that `names` names, of all when there are none, in images.yml's order.

    `since` is a day, YEAR-MONTH-DAY: changes before it are left out. Raises UsageError for names of which neither
    images.yml nor the history knows.
    """
    configuration = targets.load(places.configuration)
    store = places.store
    histories = history.read_all(store)
    found, removed = pasts(configuration, (), histories, lambda subject: documents.path_of(store, subject).exists())
    every: list[tuple[str, str, bool, Past]] = []
    for target in configuration.targets:
        for number, platform in enumerate(target.platforms):
            folder = f"images/{target.name}" if number == 0 else f"images/{target.name}/{platform.slug}"
            every.append((target.name, str(platform), True, found[folder]))
    every += [(one.name, slug.replace("-", "/"), False, past) for one in removed for slug, past in one.pasts.items()]
    # date.min: a line is about the change, whatever the age of the database that tells it
    assessments = open_recorded(store, configuration, places.configuration.parent, date.min)
    listed = {target.name: target for target in configuration.targets}
    wanted = tuple(names)
    _check(wanted, {name for name, *_ in every})

    @functools.lru_cache(maxsize=2)
    def load(subject: Digest) -> Document:
        return documents.load(store, subject)

    with speaking(ENGLISH):
        for name, written, is_listed, past in every:
            if not wanted or name in wanted:
                whole = completed(past, load)
                changes = tuple(
                    (one.step, one.summary, _line(one.step, one.summary, assessments, listed.get(name)))
                    for one in compared(_since(whole, since), load)
                )
                yield Annal(name, written, is_listed, whole, changes, since)


def _line(step: Step, summary: Summary, assessments: Assessments, target: Target | None) -> str:
    found = flaws.between(assessments.of(step.before.subject, target), assessments.of(step.after.subject, target))
    outline = flaws.outline_of(found) if isinstance(found, FlawChanges) else None
    return line(headline(summary), outline)


def values_of(annal: Annal) -> dict[str, Any]:
    """Return an annal as values for JSON."""
    return {
        "name": annal.name,
        "platform": annal.platform,
        "listed": annal.is_listed,
        **as_json(annal.states, list(annal.changes)),
    }


def _since(past: Past, since: str) -> Past:
    """Return the states of which the changes since a day are made."""
    first = next((number for number, one in enumerate(past.states) if one.since[:10] >= since[:10]), len(past.states))
    return Past(past.states[max(0, first - 1) :])


def _check(names: Iterable[str], known: set[str]) -> None:
    problems = []
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=1)
            problems.append(f"no image is called “{name}”" + (f"; did you mean “{near[0]}”?" if near else ""))
    if problems:
        raise UsageError(problem="; ".join(problems))
