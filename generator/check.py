"""The gate's job: what images.yml asks, held against the store. Reads the store alone, and asks no source anything.

In: the places and the day of the judgement; out: a report. What this machine remembers of its last build is read too,
for the rule `fresh`.
"""

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from generator import __version__, targets
from generator.advisories import recorded as assessed
from generator.advisories.recorded import Assessments
from generator.errors import StoreError, UsageError
from generator.lifecycle import calendar
from generator.lifecycle.calendar import Calendar
from generator.policy import rules
from generator.policy.subject import Subject
from generator.policy.verdict import SCHEMA_VERSION, ImageVerdicts, Report, counts_of
from generator.recorded import Recorded, not_asked, recorded_images
from generator.source import check_source
from generator.store import documents, history, local_state
from generator.text import visible

if TYPE_CHECKING:
    from pathlib import Path

    from generator.build import Places


def check(places: "Places", today: date, *, only: Iterable[str] = (), allow_unknown: bool = False) -> Report:
    """Judge every image, or those that `only` names; documents are loaded one at a time.

    Raises UsageError for names that images.yml does not have, and when it asks nothing of any image: a gate that is
    open because nothing was asked would not be noticed.
    """
    configuration = targets.load(places.configuration, check_source)
    configuration.check_names(only)
    dates = calendar.load(places.store)
    remembered = local_state.load(places.cache, places.store)
    assessments = assessed.open_recorded(places.store, configuration, places.configuration.parent, today)
    named = frozenset(only)
    images = tuple(
        _judged(places.store, image, dates, assessments, configuration.lines[image.target.name], today)
        for image in recorded_images(places.store, configuration, remembered)
        if not named or image.target.name in named
    )
    counts = counts_of(images)
    if not counts.verdicts:
        raise UsageError(
            problem=f"{places.configuration} asks nothing of {'these' if named else 'its'} images: no policy"
        )
    return Report(
        schema_version=SCHEMA_VERSION,
        generator_version=__version__,
        configuration=visible(str(places.configuration)),
        today=today.isoformat(),
        allow_unknown=allow_unknown,
        passed=not counts.violated and (allow_unknown or not counts.unknown),
        counts=counts,
        images=images,
    )


def _judged(
    store: "Path", image: Recorded, dates: Calendar, assessments: Assessments, line: int, today: date
) -> ImageVerdicts:
    outcome = not_asked(image, offline=False).outcome
    document, trouble = None, str(image.trouble) if image.trouble else ""
    if outcome.observation is not None:
        try:
            document = documents.load(store, outcome.observation.subject)
        except StoreError as err:
            trouble = str(err)
    since, changed_then = _since(store, image)
    subject = Subject(
        target=image.target,
        outcome=outcome,
        today=today,
        calendar=dates,
        recorded=document,
        trouble=trouble,
        since=since,
        changed_then=changed_then,
        assessment=assessments.of(outcome.observation.subject if outcome.observation else None, image.target),
        outdated=assessments.outdated,
    )
    return rules.judged(subject, line)


def _since(store: "Path", image: Recorded) -> tuple[str, bool]:
    """Return when the image was first seen as it is now, and whether it was seen otherwise before."""
    try:
        seen = history.read(store, image.target.name, image.platform)
    except StoreError:
        return "", False
    states = [next(same).at for _, same in groupby(seen, lambda one: one.subject)]
    return (states[-1], len(states) > 1) if states else ("", False)
