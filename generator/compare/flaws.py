"""Two assessments → what a move or a rebuild does to known vulnerabilities, or why that cannot be told.

A flaw counts once, by its identifier and aliases, however many packages have it; what somebody says the image is not
affected by is not open, so it does not count. Only what one and the same database says of both sides is compared:
else a flaw that was made known in between would look like one that the change brought. Unknown is never 0: where one
side is not assessed, nothing is told of either.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from generator.advisories.assessment import SEVERITIES, Assessment, Counts, Finding, Occurrence, Statement
from generator.compare.changes import PackageChange, PackageChanges, PackageKind, Unknown
from generator.compare.packages import full_version

Became = PackageKind | Literal["same", "unknown"]
"""What became of a package from one side to the other. same: it has one version on both; unknown: not compared."""


@dataclass(frozen=True, slots=True)
class Place:
    """One package that has a flaw on one side."""

    name: str
    version: str
    """The one that has the flaw."""
    fixed: str
    """The first version without it; "": there is none yet."""
    became: Became
    """From before to after, on whichever side the flaw is."""
    other: str
    """The version on the other side; "" where the package is not there, or that is not known."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """A flaw that is open on one side only."""

    finding: Finding
    places: tuple[Place, ...]
    statement: Statement | None
    """What somebody says of it on the other side, where it has the same flaw and it is closed by their word."""

    @property
    def weighs(self) -> bool:
        """Whether it is exploited or critical."""
        return _weighs(self.finding)


@dataclass(frozen=True, slots=True)
class Tally:
    """Flaws in figures."""

    counts: Counts
    exploited_count: int | None
    """None: there was no catalogue to ask."""
    fixable_count: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.counts.total


@dataclass(frozen=True, slots=True)
class FlawChanges:
    """What is open before and not after, after and not before, and on both sides; exploited and worst first."""

    before: Assessment
    """Without its lists, as `after`."""
    after: Assessment
    gone: tuple[Flaw, ...]
    new: tuple[Flaw, ...]
    stay: tuple[Finding, ...]
    """As they are after."""

    @property
    def is_same_release(self) -> bool:
        """Whether both sides are judged by advisories about one and the same release of one distribution."""
        return self.before.ecosystem == self.after.ecosystem

    @property
    def date(self) -> str:
        """The day as of which the database is known to be current for both sides; "": not known."""
        return min(self.before.database_date, self.after.database_date)

    def tally(self, findings: Iterable[Flaw | Finding]) -> Tally:
        """Count some of them."""
        found = [one.finding if isinstance(one, Flaw) else one for one in findings]
        asked = self.before.exploited_count is not None and self.after.exploited_count is not None
        return Tally(
            counts=Counts(**{name: sum(one.severity == name for one in found) for name in SEVERITIES}),
            exploited_count=sum(one.exploited is not None for one in found) if asked else None,
            fixable_count=sum(one.fixable for one in found),
        )


@dataclass(frozen=True, slots=True)
class Untold:
    """Why the two cannot be compared: `sides` when one of them, or both, are not assessed."""

    before: Assessment
    """Without its lists, as `after`."""
    after: Assessment
    reason: Literal["sides", "databases"]

    @property
    def is_same(self) -> bool:
        """Whether it is for one and the same reason on both sides."""
        return (self.before.state, self.before.reason) == (self.after.state, self.after.reason)


@dataclass(frozen=True, slots=True)
class Outline:
    """The same in figures and a few names, for a line about a change."""

    gone: Tally
    new: Tally
    gone_named: tuple[str, ...]
    """All of them where they are few, else the first that are exploited or critical."""
    new_named: tuple[str, ...]


FEW: Final = 2
"""Flaws that are all named when there are no more than these."""
NAMED: Final = 5
"""Exploited and critical ones that are named when there are more."""


def between(
    before: Assessment, after: Assessment, packages: PackageChanges | Unknown | None = None
) -> FlawChanges | Untold:
    """Compare two assessments; `packages` says what became of the packages between the two."""
    if not (before.knows and after.knows):
        return Untold(before.head, after.head, "sides")
    if before.database_digest != after.database_digest:
        return Untold(before.head, after.head, "databases")
    became = None if packages is None or isinstance(packages, Unknown) else _by_name(packages)
    ours, theirs = _Names(before.findings), _Names(after.findings)
    return FlawChanges(
        before=before.head,
        after=after.head,
        gone=_worst_first(
            _flaw(one, theirs, became, is_gone=True) for one in before.findings if one.counts and not theirs.has(one)
        ),
        new=_worst_first(
            _flaw(one, ours, became, is_gone=False) for one in after.findings if one.counts and not ours.has(one)
        ),
        stay=tuple(sorted((one for one in after.findings if one.counts and ours.has(one)), key=_weight)),
    )


def outline_of(changes: FlawChanges) -> Outline:
    """Return it in figures."""
    return Outline(
        gone=changes.tally(changes.gone),
        new=changes.tally(changes.new),
        gone_named=_few(changes.gone),
        new_named=_few(changes.new),
    )


def _few(flaws: tuple[Flaw, ...]) -> tuple[str, ...]:
    if len(flaws) <= FEW:
        return tuple(one.finding.id for one in flaws)
    return tuple(one.finding.id for one in flaws[:NAMED] if one.weighs)


def _weight(finding: Finding) -> tuple[bool, int, str]:
    return finding.exploited is None, SEVERITIES.index(finding.severity), finding.id


def _weighs(finding: Finding) -> bool:
    return finding.exploited is not None or finding.severity == "critical"


def _worst_first(flaws: Iterable[Flaw]) -> tuple[Flaw, ...]:
    return tuple(sorted(flaws, key=lambda one: _weight(one.finding)))


class _Names:
    """The flaws of one side, by every name that they go by."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._open: set[str] = set()
        self._closed: dict[str, Statement] = {}
        for one in findings:
            if one.counts:
                self._open.update((one.id, *one.aliases))
            elif one.statement:
                self._closed |= dict.fromkeys((one.id, *one.aliases), one.statement)

    def has(self, finding: Finding) -> bool:
        """Tell whether a flaw is open here, under whichever name."""
        return not self._open.isdisjoint((finding.id, *finding.aliases))

    def closed(self, finding: Finding) -> Statement | None:
        """Return whose word closes it here; None where it is not here at all."""
        return next((self._closed[name] for name in (finding.id, *finding.aliases) if name in self._closed), None)


_ByName = Mapping[str, list[PackageChange]]


def _by_name(packages: PackageChanges) -> _ByName:
    found: dict[str, list[PackageChange]] = defaultdict(list)
    for one in packages.changes:
        package = one.before or one.after
        assert package is not None
        found[package.name].append(one)
    return found


def _flaw(finding: Finding, other: _Names, became: _ByName | None, *, is_gone: bool) -> Flaw:
    places = dict.fromkeys(_place(one, became, is_gone=is_gone) for one in finding.packages)
    return Flaw(finding, tuple(places), other.closed(finding))


def _place(one: Occurrence, became: _ByName | None, *, is_gone: bool) -> Place:
    """Say what became of a package; several of one name are told apart by the version, where that tells."""
    if became is None:
        return Place(one.name, one.installed, one.fixed, "unknown", "")
    here = [
        (change, change.before if is_gone else change.after, change.after if is_gone else change.before)
        for change in became.get(one.name, ())
    ]
    known = [(change, ours, theirs) for change, ours, theirs in here if ours is not None]
    if not known:
        return Place(one.name, one.installed, one.fixed, "same", one.installed)
    change, ours, theirs = next((each for each in known if full_version(each[1]) == one.installed), known[0])
    return Place(one.name, full_version(ours), one.fixed, change.kind, full_version(theirs) if theirs else "")
