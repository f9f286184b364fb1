"""One file of advisories in a form that is quick to ask: an SQLite file, made once, by the file's digest.

In: an OSV archive, an Alpine secdb file, KEV's JSON or EPSS's table. Out: an Index that gives what is said of one
package of one ecosystem, or of one CVE. A file is whole or not there: it is made aside and renamed.
"""

import csv
import gzip
import io
import os
import re
import sqlite3
import tempfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import msgspec

from generator.advisories import osv
from generator.errors import InvalidAdvisories, StoreError
from generator.limits import MIB

VERSION: Final = 1
"""Part of an index's name: goes up when what is kept changes."""
FILE_SIZE: Final = 64 * MIB
"""Bytes of a secdb file, of KEV or of EPSS unpacked."""
Kind = Literal["osv", "secdb", "kev", "epss"]

_TABLES: Final = """
create table about (name text primary key, value text);
create table releases (ecosystem text primary key, count integer, newest text);
create table advisories (number integer primary key, content blob);
create table rules (ecosystem text, package text, advisory integer, content blob);
create table flaws (id text primary key, content text);
"""


class Rule(msgspec.Struct, frozen=True, array_like=True):
    """Which versions of one package an advisory is about."""

    ranges: list[tuple[str, str, str]] = []
    """(introduced, fixed, last affected), each "" when there is none; introduced "0": from the first one on."""
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


class Said(NamedTuple):
    """A rule and its notice."""

    notice: Notice
    rule: Rule


class Index:
    """An index that is there already."""

    def __init__(self, path: Path) -> None:
        self._base = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        self.as_of = str(self._base.execute("select value from about where name = 'as_of'").fetchone()[0])

    def releases(self) -> dict[str, tuple[int, str]]:
        """Return how many advisories each ecosystem has, and the day of its newest."""
        rows = self._base.execute("select ecosystem, count, newest from releases order by ecosystem")
        return {name: (count, newest) for name, count, newest in rows}

    def said_of(self, ecosystem: str, package: str) -> Iterator[Said]:
        """Yield what is said of a package, in the order of the archive's identifiers."""
        query = (
            "select a.content, r.content from rules r join advisories a on a.number = r.advisory"
            " where r.ecosystem = ? and r.package = ?"
        )
        for notice, rule in self._base.execute(query, (ecosystem, package)):
            yield Said(msgspec.msgpack.decode(notice, type=Notice), msgspec.msgpack.decode(rule, type=Rule))

    def about(self, flaw: str) -> str:
        """Return what an overlay says of a CVE; "" for nothing."""
        row = self._base.execute("select content from flaws where id = ?", (flaw,)).fetchone()
        return str(row[0]) if row else ""


def make(source: Path, kind: Kind, where: str, target: Path) -> None:
    """Make the index of a file; raises InvalidAdvisories when it is broken, and then there is no index.

    Raises StoreError or OSError when the index cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=target.parent) as folder:
        aside = Path(folder) / "index"
        base = sqlite3.connect(aside, isolation_level=None)
        try:
            base.executescript("pragma journal_mode = off; pragma synchronous = off;" + _TABLES)
            base.execute("begin")
            base.execute("insert into about values ('as_of', ?)", (_FILLERS[kind](base, source, where),))
            base.execute("commit")
            base.execute("create index by_package on rules (ecosystem, package)")
        except sqlite3.OperationalError as err:
            raise StoreError(path=str(target), reason=f"cannot be written: {err}") from err
        finally:
            base.close()
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.replace(target)


# What each kind of file fills in; each returns the newest day that stands in it


def _fill_osv(base: sqlite3.Connection, source: Path, where: str) -> str:
    return _fill(base, (one for one in osv.read(source, where) if one.withdrawn is None))


def _fill_secdb(base: sqlite3.Connection, source: Path, where: str) -> str:
    from generator.advisories.secdb import advisories_of

    return _fill(base, advisories_of(_bounded(source, where), where))


def _fill(base: sqlite3.Connection, advisories: Iterable[osv.Advisory]) -> str:
    counts: defaultdict[str, int] = defaultdict(int)
    newest: defaultdict[str, str] = defaultdict(str)
    for number, one in enumerate(advisories):
        notice = _notice(one)
        day = osv.day(one.modified)
        ecosystems = set()
        rows = []
        for affected in one.affected or ():
            if affected.package and affected.package.name:
                ecosystem = affected.package.ecosystem
                ecosystems.add(ecosystem)
                content = msgspec.msgpack.encode(_rule(affected))
                rows.append((ecosystem, affected.package.name, number, content))
        base.execute("insert into advisories values (?, ?)", (number, msgspec.msgpack.encode(notice)))
        base.executemany("insert into rules values (?, ?, ?, ?)", rows)
        for ecosystem in ecosystems:
            counts[ecosystem] += 1
            newest[ecosystem] = max(newest[ecosystem], day)
    base.executemany("insert into releases values (?, ?, ?)", [(name, counts[name], newest[name]) for name in counts])
    return max(newest.values(), default="")


def _fill_kev(base: sqlite3.Connection, source: Path, where: str) -> str:
    try:
        found = msgspec.json.decode(_bounded(source, where), type=_Kev)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise InvalidAdvisories(where=where, reason=f"not CISA's catalogue: {err}") from err
    rows = [
        (one.cveID, f"{osv.day(one.dateAdded)} {int(one.knownRansomwareCampaignUse == 'Known')}")
        for one in found.vulnerabilities
    ]
    base.executemany("insert or ignore into flaws values (?, ?)", rows)
    return osv.day(found.dateReleased)


class _KevEntry(msgspec.Struct):
    cveID: str  # noqa: N815 - CISA's name
    dateAdded: str  # noqa: N815
    knownRansomwareCampaignUse: str = ""  # noqa: N815


class _Kev(msgspec.Struct):
    vulnerabilities: list[_KevEntry]
    dateReleased: str = ""  # noqa: N815


def _fill_epss(base: sqlite3.Connection, source: Path, where: str) -> str:
    try:
        with gzip.open(source) as stream:
            content = stream.read(FILE_SIZE + 1)
        if len(content) > FILE_SIZE:
            raise InvalidAdvisories(where=where, reason=f"more than {FILE_SIZE} bytes")
        text = content.decode()
        rows = [
            (row["cve"], str(float(row["epss"]))) for row in csv.DictReader(io.StringIO(text[text.index("cve,") :]))
        ]
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, csv.Error) as err:
        raise InvalidAdvisories(where=where, reason=f"not a table of EPSS scores: {err}") from err
    base.executemany("insert or ignore into flaws values (?, ?)", rows)
    dated = re.search(r"score_date:(\d{4}-\d\d-\d\d)", text[:500])
    return dated[1] if dated else ""


_FILLERS: Final = {"osv": _fill_osv, "secdb": _fill_secdb, "kev": _fill_kev, "epss": _fill_epss}


def _bounded(source: Path, where: str) -> bytes:
    with source.open("rb") as file:
        content = file.read(FILE_SIZE + 1)
    if len(content) > FILE_SIZE:
        raise InvalidAdvisories(where=where, reason=f"more than {FILE_SIZE} bytes")
    return content


# What is kept of an advisory

_CVE: Final = re.compile(r"CVE-\d{4}-\d{4,19}")
_BUG_FIX: Final = re.compile(r"(AL|RL|RH)(BA|EA)-")
_WORD: Final = re.compile(r"(Critical|Important|Moderate|Low)\b:?")


def _notice(one: osv.Advisory) -> Notice:
    flaws, aliases = _flaws(one)
    specific = one.database_specific or {}
    word = specific.get("severity")
    found = _WORD.match(one.summary)
    return Notice(
        one.id,
        " ".join(one.summary[: osv.SUMMARY_LENGTH].split()),
        osv.day(one.published),
        flaws,
        aliases,
        _vectors(one.severity),
        word[:40] if isinstance(word, str) else found[1] if found else "",
    )


def _flaws(one: osv.Advisory) -> tuple[list[str], list[str]]:
    """Tell a record of one flaw from a notice about several. `related` counts where a notice has nothing else."""
    own = _CVE.search(one.id)
    same = [*(one.aliases or ()), *(one.upstream or ())][:2000]
    if own:
        return [own[0]], sorted({one.id, *same} - {own[0]})
    named = _cves(same) or _cves(one.related or ())
    if len(named) == 1:
        return named, sorted({name for name in (one.id, *same) if name not in named})
    if named:
        return named, []
    return ([] if _BUG_FIX.match(one.id) else [one.id]), sorted(set(same))


def _cves(names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if _CVE.fullmatch(name)})


def _rule(affected: osv.Affected) -> Rule:
    ranges = []
    for one in affected.ranges:
        if one.type == "ECOSYSTEM":
            ranges += _spans(one.events)
    specific: dict[str, Any] = affected.ecosystem_specific or {}
    word = specific.get("urgency") or specific.get("ubuntu_priority")
    own = next((one.score for one in affected.severity or () if not one.type.startswith("CVSS")), "")
    return Rule(
        ranges,
        affected.versions,
        any(one.type != "ECOSYSTEM" for one in affected.ranges),
        (word if isinstance(word, str) else own)[:40],
        _vectors(affected.severity),
        _binaries(specific.get("binaries")),
    )


def _spans(events: list[osv.Event]) -> list[tuple[str, str, str]]:
    spans = []
    start: str | None = None
    for event in events:
        if event.introduced is not None:
            if start is not None:
                spans.append((start, "", ""))
            start = event.introduced
        elif start is not None and (event.fixed is not None or event.last_affected is not None):
            spans.append((start, event.fixed or "", event.last_affected or ""))
            start = None
    if start is not None:
        spans.append((start, "", ""))
    return spans


def _vectors(severities: list[osv.Severity] | None) -> list[tuple[str, str]]:
    return [(one.type, one.score[:200]) for one in severities or () if one.type.startswith("CVSS")]


def _binaries(written: object) -> dict[str, str]:
    """Return SUSE's lists, [{name: version, …}]; Ubuntu's have other keys and are about sources anyway."""
    found: dict[str, str] = {}
    for one in written if isinstance(written, list) else ():
        if isinstance(one, dict) and "binary_name" not in one:
            found |= {name: version for name, version in one.items() if isinstance(version, str)}
    return found
