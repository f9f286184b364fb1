"""Rules about how the image stands: by the day, by what people say of it, and by the last build."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from generator.images_policy import EndOfLife
from generator.lifecycle.rules import standing_of
from generator.policy.subject import CannotTellError, Subject
from generator.policy.verdict import Finding, violation, warning
from generator.text import visible


def end_of_life(subject: Subject, asked: EndOfLife) -> Iterator[Finding]:
    """The distribution's regular support has not ended."""
    section = subject.document.sections.os_release
    standing = standing_of(section, subject.calendar)
    if standing.kind == "rolling":
        return
    release = standing.release
    if release is None:
        said = " ".join(f"{name}={visible(value)}" for name, value in standing.matched)
        raise CannotTellError(f"{_NO_DATES[standing.kind]}{f' ({said})' if said else ''}")
    name = f"{standing.title} {standing.cycle}".strip()
    where = (section.found.path, section.found.layer) if section.found else ("", None)
    as_of = f"as {subject.calendar.source} had it on {subject.calendar.as_of}"
    if release.ends is True:
        yield violation(f"{name} is no longer looked after, {as_of}", subject.evidence(*where))
    elif isinstance(release.ends, str):
        days = (date.fromisoformat(release.ends) - subject.today).days
        if days < 0:
            yield violation(
                f"{name} reached its end of life on {release.ends}, {as_of}",
                subject.evidence(*where, date=release.ends, number=-days, limit=0, unit="days"),
            )
        elif days <= asked.warn_days:
            yield warning(
                f"{name} reaches its end of life on {release.ends}, {as_of}",
                subject.evidence(*where, date=release.ends, number=days, unit="days"),
            )


_NO_DATES: Final = {
    "development": "it is between releases, which has no dates",
    "unknown-release": "no dates are at hand for this release",
    "unknown-distribution": "no dates are at hand for this distribution",
    "no-os-release": "without os-release nothing names a distribution whose dates could be told",
    "unreadable": "os-release could not be read",
}


def age(subject: Subject, limit: int) -> Iterator[Finding]:
    """The image changed so many days ago at most."""
    document = subject.document
    since, words = subject.since[:10], "first seen as it is now"
    known = subject.changed_then
    created = (document.identity.created or "")[:10]
    if not known and created:
        since, words, known = (*min((since, words), (created, "made, by its own word,")), True)
    if not since:
        raise CannotTellError("nothing says when it was first seen")
    days = (subject.today - date.fromisoformat(since)).days
    if days > limit:
        yield violation(
            f"it was {words} on {since}, {days:,} days ago; allowed are {limit:,}",
            subject.evidence(date=since, number=days, limit=limit, unit="days"),
        )
    elif not known:
        raise CannotTellError(
            f"it was first seen on {since}, and neither its own date nor the history says how long it had been the same"
        )


def review(subject: Subject, asked: bool) -> Iterator[Finding]:
    """The review is not overdue."""
    on = subject.target.review_on
    if on and date.fromisoformat(on) < subject.today:
        days = (subject.today - date.fromisoformat(on)).days
        yield violation(f"its review was due on {on}", subject.evidence(date=on, number=days, limit=0, unit="days"))


def banned(subject: Subject, asked: bool) -> Iterator[Finding]:
    """The status is not banned."""
    target = subject.target
    words = f"its status is {target.status}"
    if target.reason:
        words += f": {visible(target.reason)}"
    if target.replacement:
        words += f" Use {target.replacement} instead." if words.endswith(".") else f"; use {target.replacement} instead"
    if target.status == "banned":
        yield violation(words, subject.evidence())
    elif target.status == "deprecated":
        yield warning(words, subject.evidence())


def fresh(subject: Subject, asked: bool) -> Iterator[Finding]:
    """The last build knows the image to be up to date."""
    outcome = subject.outcome
    if outcome.state in ("fresh", "unchanged"):
        return
    why = visible(outcome.reason)
    if outcome.state == "offline":
        raise CannotTellError(why or "no build on this machine has asked for it")
    if outcome.observation:
        day = outcome.observation.at[:10]
        yield violation(f"it could not be refreshed, and its facts are of {day}: {why}", subject.evidence(date=day))
    else:
        yield violation(f"nothing is recorded of it: {why}", subject.evidence())
