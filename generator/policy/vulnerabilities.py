"""Rules about known vulnerabilities: how many of a kind may be open, as the recorded assessment has them.

What is not assessed, or by a database that is too old or of no known age, cannot be told; what such a database already
found breaks a rule all the same. A flaw of unknown severity is in no count of a severity, an advisory that nobody can
hold against a package is in no count at all, and about a release that has ended nobody writes advisories any more:
rules that hold say so in a warning.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final

from generator.advisories.assessment import Assessment, Finding
from generator.policy import verdict
from generator.policy.subject import CannotTellError, Subject
from generator.policy.verdict import violation, warning
from generator.text import shortened, visible

_PACKAGES: Final = 3
"""Packages of one flaw that a sentence names."""
STANDS_STILL_DAYS: Final = 180
"""How much older than the database the newest advisory about a release may be before that is a warning."""
_REASONS: Final = {
    "no-database": "it was not held against a database of advisories",
    "packages-unknown": "the document is older than the question about packages; another build answers it",
    "packages-failed": "its packages could not be read",
    "no-os-release": "without os-release nothing says whose advisories are about its packages",
    "unknown-distribution": "no source of advisories is known for its distribution",
    "no-archive": "the database has no advisories about its distribution",
    "no-release": "the database has no advisories about its release",
}


def severe(severity: str, subject: Subject, limit: int) -> Iterator[verdict.Finding]:
    """So many of one severity are open at most."""
    assessment = _assessment(subject)
    words = f"vulnerability of {severity} severity is open", f"vulnerabilities of {severity} severity are open"
    yield from _limited(subject, limit, words, lambda one: one.severity == severity)
    unknown = assessment.counts.unknown if assessment.counts else 0
    if unknown:
        yield warning(
            _counted(unknown, "open vulnerability is", "open vulnerabilities are")
            + " of unknown severity, so not counted",
            _evidence(subject, number=unknown, unit="vulnerabilities"),
        )


def open_ones(subject: Subject, limit: int) -> Iterator[verdict.Finding]:
    """So many are open at most, of whatever severity."""
    words = "known vulnerability is open", "known vulnerabilities are open"
    yield from _limited(subject, limit, words, lambda one: True)


def fixable(subject: Subject, limit: int) -> Iterator[verdict.Finding]:
    """So many are open at most of which every package has a fixed version."""
    words = "open vulnerability has a fixed version", "open vulnerabilities have a fixed version"
    yield from _limited(subject, limit, words, lambda one: one.fixable)


def exploited(subject: Subject, limit: int) -> Iterator[verdict.Finding]:
    """So many are open at most that CISA's catalogue has."""
    assessment = _assessment(subject)
    if assessment.exploited_count is None:
        raise CannotTellError("there was no catalogue of exploited vulnerabilities (KEV) to ask")
    words = "open vulnerability is known to be exploited", "open vulnerabilities are known to be exploited"
    yield from _limited(subject, limit, words, lambda one: one.exploited is not None)
    old = [one.name for one in assessment.archives if one.kind == "kev" and one.name in subject.outdated]
    if old:
        raise CannotTellError(f"the catalogue of exploited vulnerabilities is older than allowed: {', '.join(old)}")


def _assessment(subject: Subject) -> Assessment:
    """Return what is known; raises CannotTellError where that is nothing."""
    subject.document  # noqa: B018 - without a document that is the reason
    found = subject.assessment or Assessment(state="not-assessed", reason="no-database")
    if found.counts is not None:
        return found
    if found.state == "no-package-database":
        files = "" if found.unowned_file_count is None else f"; {found.unowned_file_count:,} files are no package's"
        raise CannotTellError(f"there is no package database, so nothing says what is installed{files}")
    about = f" ({visible(found.ecosystem)})" if found.ecosystem else ""
    raise CannotTellError(f"{_REASONS.get(found.reason, 'it is not assessed')}{about}")


def _limited(
    subject: Subject, limit: int, words: tuple[str, str], is_meant: Callable[[Finding], bool]
) -> Iterator[verdict.Finding]:
    """Yield, when more than `limit` are meant, their number and each of them; raises when more may be unknown."""
    assessment = _assessment(subject)
    meant = [one for one in assessment.findings if one.counts and is_meant(one)]
    if len(meant) > limit:
        yield violation(
            f"{_counted(len(meant), *words)}, {len(meant) - limit:,} more than the {limit:,} allowed",
            _evidence(subject, number=len(meant), limit=limit, unit="vulnerabilities"),
        )
        for one in meant:
            yield violation(_sentence(one), _of(subject, one))
    if not assessment.database_date:
        raise CannotTellError("nobody knows of when the database of advisories is")
    if assessment.state == "too-old":
        raise CannotTellError(
            f"the database of advisories is of {assessment.database_date}, which is longer ago than "
            "`advisories.max_age_days` allows"
        )
    newest = assessment.newest_advisory
    if newest and (date.fromisoformat(assessment.database_date) - date.fromisoformat(newest)).days > STANDS_STILL_DAYS:
        yield warning(
            f"the newest advisory about {visible(assessment.ecosystem)} is of {newest}: nobody writes them any more, "
            "so later flaws are not counted",
            _evidence(subject, date=newest),
        )
    if assessment.unheld_count:
        yield warning(
            f"{_counted(assessment.unheld_count, 'package', 'packages')} could not be held against advisories: without "
            "a version, or installed by another package system than the distribution's own",
            _evidence(subject, number=assessment.unheld_count, unit="packages"),
        )
    if assessment.undecided:
        count = len(assessment.undecided)
        first = assessment.undecided[0]
        yield warning(
            f"{_counted(count, 'advisory', 'advisories')} may or may not concern a package: nobody can say, "
            f"{visible(first.advisory)} of {visible(first.name)} to begin with",
            _evidence(subject, number=count, unit="advisories"),
        )


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _sentence(one: Finding) -> str:
    known = ", known to be exploited" if one.exploited else ""
    places = [
        f"{visible(place.name)} {visible(place.installed)}"
        + (f", fixed in {visible(place.fixed)}" if place.fixed else ", not fixed yet")
        for place in one.packages
    ]
    more = f" and {len(places) - _PACKAGES} more packages" if len(places) > _PACKAGES else ""
    severity = f"{one.severity} severity" if one.severity != "unknown" else "severity unknown"
    return shortened(f"{visible(one.id)} ({severity}{known}) in {'; '.join(places[:_PACKAGES])}{more}", 400)


def _of(subject: Subject, one: Finding) -> verdict.Evidence:
    place = one.packages[0] if one.packages else None
    return _evidence(
        subject,
        vulnerability=visible(one.id),
        package=visible(place.name) if place else "",
        version=visible(place.installed) if place else "",
        fixed=visible(place.fixed) if place else "",
    )


def _evidence(subject: Subject, **facts: Any) -> verdict.Evidence:
    date = subject.assessment.database_date if subject.assessment else ""
    return subject.evidence(database_date=date, **facts)
