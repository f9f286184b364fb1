"""What is kept of an OSV advisory: a Notice of the flaws that it is about, a Rule for each package that it names.

Everything is bounded, and identifiers that are none are dropped: what comes out is as long as real ones are, whatever
came in. Versions stay as they are written; `ranges` judges by them.
"""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any, Final, Literal, NamedTuple

import msgspec

from generator.advisories import osv
from generator.errors import InvalidAdvisories

EventKind = Literal["introduced", "fixed", "last_affected", "limit"]
Events = list[tuple[EventKind, str]]


class Rule(msgspec.Struct, frozen=True, array_like=True):
    """Which versions of one package an advisory is about."""

    ranges: list[Events] = []
    """Of each range in the distribution's own versions, its events as they are written."""
    versions: list[str] = []
    foreign: bool = False
    """Some range is in another system of versions (GIT, SEMVER)."""
    word: str = ""
    """The distribution's own word for how bad it is in this package."""
    vectors: list[tuple[str, str]] = []
    binaries: dict[str, str] = {}
    """Fixed version by binary package, where the advisory tells (SUSE)."""


class Notice(msgspec.Struct, frozen=True, array_like=True):
    """What an advisory says apart from packages."""

    id: str
    summary: str = ""
    published: str = ""
    flaws: list[str] = []
    """Each flaw that it is about, a CVE where it has one; () for mere bug fixes."""
    aliases: list[str] = []
    """Other names of its flaw; () when it has several."""
    vectors: list[tuple[str, str]] = []
    word: str = ""
    stream: tuple[str, str] = ("", "")
    """The module and the stream of it that an rpm distribution's advisory is about: ("nodejs", "18")."""


class Said(NamedTuple):
    """A rule and its notice."""

    notice: Notice
    rule: Rule


NAMES: Final = 2000
"""Identifiers that are looked at in one field of one advisory; the largest real notices, of kernels, have some 700."""
EVENTS: Final = 1000
"""Events of one package; real ones have some dozens."""
_CVE: Final = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")
_IDENTIFIER: Final = re.compile(rf"[A-Za-z][A-Za-z0-9._:+-]{{2,{osv.IDENTIFIER_LENGTH - 1}}}")
_NO_FLAW: Final = re.compile(r"(AL|RL|RX|RH)(BA|EA)-|(open)?SUSE-[RFO]U-")
"""Notices of bug fixes and enhancements; where they name a CVE they are about it nevertheless."""
_WORD: Final = re.compile(r"(Critical|Important|Moderate|Low)\b:?")
_STREAM: Final = re.compile(r"\b([A-Za-z][\w+.-]*):([A-Za-z0-9][\w.]*) ")
_WORD_LENGTH: Final = 40
_VECTOR_LENGTH: Final = 200
_VECTORS: Final = frozenset({"CVSS_V2", "CVSS_V3", "CVSS_V4"})


def notice_of(one: osv.Advisory) -> Notice:
    """Return what an advisory says apart from packages."""
    flaws, aliases = _flaws(one)
    summary = " ".join(one.summary[: osv.SUMMARY_LENGTH].split())
    streams = set(_STREAM.findall(summary))
    return Notice(
        one.id,
        summary,
        osv.day(one.published),
        flaws,
        aliases,
        _vectors(one.severity),
        _own_word(one.severity, (one.database_specific or {}).get("severity")) or _first(_WORD, summary),
        streams.pop() if len(streams) == 1 else ("", ""),
    )


def _flaws(one: osv.Advisory) -> tuple[list[str], list[str]]:
    """Tell a record of one flaw from a notice about several. `related` counts where a notice has nothing else."""
    own = _CVE.search(one.id)
    same = {*_names(one.aliases), *_names(one.upstream)}
    if own:
        return [own[0]], sorted({one.id, *same} - {own[0]})
    named = _cves(same) or _cves(_names(one.related))
    if len(named) == 1:
        return named, sorted({one.id, *same} - {*named})
    if named:
        return named, []
    return ([] if _NO_FLAW.match(one.id) else [one.id]), sorted(same - {one.id})


def _names(written: Iterable[str] | None) -> list[str]:
    return [name for name in islice(written or (), NAMES) if _IDENTIFIER.fullmatch(name)]


def _cves(names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if _CVE.fullmatch(name)})


def _first(pattern: "re.Pattern[str]", text: str) -> str:
    found = pattern.match(text)
    return found[1] if found else ""


def rule_of(affected: osv.Affected, where: str) -> Rule:
    """Return what an advisory says of one package; raises InvalidAdvisories when no real one says as much."""
    given = affected.ranges or []
    ranges = [events for one in given if one.type == "ECOSYSTEM" and (events := _events(one))]
    if sum(map(len, ranges)) > EVENTS:
        raise InvalidAdvisories(where=where, reason=f"more than {EVENTS} events of one package")
    specific: dict[str, Any] = affected.ecosystem_specific or {}
    return Rule(
        ranges,
        affected.versions or [],
        any(one.type != "ECOSYSTEM" for one in given),
        _own_word(affected.severity, specific.get("urgency"), specific.get("ubuntu_priority")),
        _vectors(affected.severity),
        _binaries(specific.get("binaries")),
    )


def _events(found: osv.Range) -> Events:
    events: Events = []
    for one in found.events:
        if one.introduced is not None:
            events.append(("introduced", one.introduced))
        if one.fixed is not None:
            events.append(("fixed", one.fixed))
        if one.last_affected is not None:
            events.append(("last_affected", one.last_affected))
        if one.limit is not None:
            events.append(("limit", one.limit))
    return events


def _vectors(severities: Iterable[osv.Severity] | None) -> list[tuple[str, str]]:
    return [
        (one.type, one.score) for one in severities or () if one.type in _VECTORS and len(one.score) < _VECTOR_LENGTH
    ]


def _own_word(severities: Iterable[osv.Severity] | None, *words: object) -> str:
    """Return a distribution's word: a severity that is no CVSS vector (`Ubuntu`), else the first of `words`."""
    for one in severities or ():
        if one.score and not one.type.startswith("CVSS"):
            return one.score[:_WORD_LENGTH]
    for word in words:
        if word and isinstance(word, str):
            return word[:_WORD_LENGTH]
    return ""


def _binaries(written: object) -> dict[str, str]:
    """Return SUSE's lists, [{name: version, …}]; Ubuntu's have other keys and are about sources anyway."""
    found: dict[str, str] = {}
    for one in written if isinstance(written, list) else ():
        if isinstance(one, dict) and "binary_name" not in one:
            found |= {name: version for name, version in one.items() if isinstance(version, str)}
    return found
