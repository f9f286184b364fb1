"""Documents held against a database: `assess(document, database)` in, an Assessment out.

A package is affected by a rule as OSV's schema says ("Evaluation"): its version is listed, or lies in a range by the
order of its own package system. What has no order, and fixes of modules whose stream is not known, are `undecided`
rather than guessed. Cost: the rules about installed packages alone are read.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from generator.advisories.assessment import (
    SEVERITIES,
    Assessment,
    Counts,
    Exploited,
    Finding,
    Occurrence,
    Undecided,
    tallied,
)
from generator.advisories.database import Database
from generator.advisories.index import Index, Rule, Said
from generator.advisories.releases import Release, release_of
from generator.advisories.severity import grade
from generator.analysis.document import Document
from generator.analysis.sections.packages import InstalledPackage, Packages
from generator.formats.versions import order

VERSION: Final = 1
"""Goes up when the same document and database are judged otherwise: assessments of before are then made anew."""
_MODULE: Final = re.compile(r"[.+]module[_+]")


class _Named(NamedTuple):
    """A name and version under which a package is looked for."""

    place: int
    name: str
    version: str
    advised: str
    binary: str


@dataclass(slots=True)
class _Flaw:
    """A finding being gathered."""

    said: list[Said] = field(default_factory=list)
    aliases: set[str] = field(default_factory=set)
    at: dict[int, list[tuple[_Named, str, str]]] = field(default_factory=lambda: defaultdict(list))
    """By package: how it was found, the fixed version, the advisory."""


def assess(document: Document, database: Database) -> Assessment:
    """Return what the database says of the document's packages."""
    archives = tuple(archive for archive, _ in database.archives)
    common = Assessment(state="not-assessed", database_digest=database.digest, archives=archives)
    section = document.sections.packages
    unowned = section.found.unowned_file_count if section and section.found else _regular_files(document)

    def without(state: Literal["no-advisories", "no-package-database", "not-assessed"], reason: str) -> Assessment:
        return _with(common, state=state, reason=reason, unowned_file_count=unowned)

    if not database.of("osv", "secdb"):
        return without("not-assessed", "no-database")
    if section is None or section.state == "failed":
        return without("not-assessed", "packages-unknown" if section is None else "packages-failed")
    if section.found is None or not section.found.packages:
        return without("no-package-database", "")
    os_release = document.sections.os_release
    if os_release is None or os_release.found is None:
        return without("no-advisories", "no-os-release")
    release = release_of(os_release.found)
    if release is None:
        return without("no-advisories", "unknown-distribution")
    asked = _asked(database, release)
    common = _with(common, ecosystem=release.ecosystem)
    if not asked:
        families = {name.split(":")[0] for _, index in database.of("osv", "secdb") for name in index.releases()}
        return without("no-advisories", "no-release" if release.family in families else "no-archive")
    return _judged(common, section.found, release, asked, database)


def _asked(database: Database, release: Release) -> list[tuple[Index, str]]:
    return [(index, name) for _, index in database.of("osv", "secdb") for name in release.among(index.releases())]


def _judged(
    common: Assessment, packages: Packages, release: Release, asked: list[tuple[Index, str]], database: Database
) -> Assessment:
    flaws: dict[str, _Flaw] = defaultdict(_Flaw)
    undecided: list[Undecided] = []
    for named in _named(packages, release):
        kind = packages.databases[packages.packages[named.place].database].kind
        for index, ecosystem in asked:
            for said in index.said_of(ecosystem, named.advised):
                if not said.notice.flaws:
                    continue
                verdict, fixed = _verdict(said.rule, named, kind)
                if verdict == "affected":
                    for flaw in said.notice.flaws:
                        known = flaws[flaw]
                        known.said.append(said)
                        known.aliases.update(said.notice.aliases)
                        known.at[named.place].append((named, fixed, said.notice.id))
                elif verdict != "fine":
                    undecided.append(
                        Undecided(
                            package=named.place, name=named.name, installed=named.version, advisory=said.notice.id,
                            reason=verdict,
                        )
                    )  # fmt: skip
    found = [_finding(name, flaw, packages, release, database) for name, flaw in _merged(flaws).items()]
    releases = [index.releases()[name] for index, name in asked]
    told = [archive for archive, index in database.archives if any(index is one for one, _ in asked)]
    return tallied(
        _with(
            common,
            state="assessed",
            database_date=max((archive.as_of for archive in told), default=""),
            asked=tuple(archive.name for archive in told),
            newest_advisory=max((newest for _, newest in releases), default=""),
            advisory_count=sum(count for count, _ in releases),
            package_count=len(packages.packages),
            unowned_file_count=packages.unowned_file_count,
            counts=Counts(),
            findings=tuple(sorted(found, key=lambda one: (SEVERITIES.index(one.severity), one.id))),
            undecided=tuple(sorted(set(undecided), key=lambda one: (one.name, one.package, one.advisory))),
        )
    )


def _named(packages: Packages, release: Release) -> Iterator[_Named]:
    for index, one in enumerate(packages.packages):
        own = f"{one.epoch}:{one.version}" if one.epoch else one.version
        source = one.source_name or one.name
        source_version = _source_version(one, own)
        if release.naming != "source":
            yield _Named(index, one.name, own, one.name, one.name)
        if release.naming == "source" or (release.naming == "both" and source != one.name):
            yield _Named(index, one.name, source_version, source, one.name)


def _source_version(one: InstalledPackage, own: str) -> str:
    if not one.source_version:
        return own
    return f"{one.epoch}:{one.source_version}" if one.epoch else one.source_version


def _verdict(
    rule: Rule, named: _Named, kind: str
) -> tuple[Literal["affected", "fine", "version", "module", "range"], str]:
    """Judge one package by one rule; with `affected` comes the version that is no longer, "" for none yet."""
    ranges = rule.ranges
    if rule.binaries:
        fixed = rule.binaries.get(named.binary)
        if fixed is None:
            return "fine", ""
        ranges = [("0", fixed, "")]
    unsure: Literal["fine", "version", "module", "range"] = "range" if rule.foreign and not rule.versions else "fine"
    for introduced, fixed, last in ranges:
        if kind == "rpm" and fixed and bool(_MODULE.search(fixed)) != bool(_MODULE.search(named.version)):
            continue  # a module's build and one that is not are different packages of the same name
        if kind == "rpm" and fixed and _MODULE.search(fixed) and _line(fixed) != _line(named.version):
            unsure = "module"
            continue
        since = 1 if introduced == "0" else order(kind, named.version, introduced)
        until = order(kind, named.version, fixed) if fixed else order(kind, named.version, last) if last else -1
        if since is None or until is None:
            unsure = "version"
        elif since >= 0 and (until < 0 or (until == 0 and not fixed)):
            return "affected", fixed
    return ("affected", "") if named.version in rule.versions else (unsure, "")


def _line(version: str) -> str:
    """Return the upstream's first number: streams of a module differ in it; a rule of thumb, else `undecided`."""
    return re.split(r"[.\-~^]", version.rpartition(":")[2])[0]


def _merged(flaws: dict[str, _Flaw]) -> dict[str, _Flaw]:
    """Join flaws of which one is another's alias: a CVE stays, GHSA and others become its aliases."""
    owners = {alias: name for name, one in flaws.items() for alias in one.aliases}
    merged: dict[str, _Flaw] = {}
    for name in sorted(flaws, key=lambda one: (not one.startswith("CVE-"), one)):
        target = owners.get(name, name) if not name.startswith("CVE-") else name
        into = merged.setdefault(target if target in merged else name, _Flaw())
        into.said += flaws[name].said
        into.aliases |= flaws[name].aliases | {name}
        for index, found in flaws[name].at.items():
            into.at[index] += found
    return merged


def _finding(name: str, flaw: _Flaw, packages: Packages, release: Release, database: Database) -> Finding:
    own_word = next((s.rule.word for s in flaw.said if s.rule.word), "") or next(
        (s.notice.word for s in flaw.said if s.notice.word), ""
    )
    vectors = [pair for said in flaw.said for pair in (*said.rule.vectors, *said.notice.vectors)]
    graded = grade(vectors, own_word, release.family)
    occurrences = [_occurrence(found, packages) for _, found in sorted(flaw.at.items())]
    kev = next((text for _, index in database.of("kev") if (text := index.about(name))), "")
    epss = next((text for _, index in database.of("epss") if (text := index.about(name))), "")
    return Finding(
        id=name,
        aliases=tuple(sorted(flaw.aliases - {name})),
        summary=min((s.notice.summary for s in flaw.said if s.notice.summary), default=""),
        severity=graded.severity,
        severity_source=graded.source,
        score=graded.score,
        vector=graded.vector,
        own_word=own_word,
        published=min((s.notice.published for s in flaw.said if s.notice.published), default=""),
        exploited=Exploited(added_on=kev[:10].strip(), ransomware=kev.endswith("1")) if kev else None,
        epss_score=float(epss) if epss else None,
        packages=tuple(sorted(occurrences, key=lambda one: (one.name, one.package))),
    )


def _occurrence(found: list[tuple[_Named, str, str]], packages: Packages) -> Occurrence:
    """Join what several advisories say of one package: only the newest of their fixes leaves none of them."""
    named = found[0][0]
    kind = packages.databases[packages.packages[named.place].database].kind
    fixed = ""
    for _, version, _ in found:
        if version and (not fixed or (order(kind, version, fixed) or 0) > 0):
            fixed = version
    return Occurrence(
        package=named.place,
        name=named.name,
        installed=named.version,
        fixed=fixed,
        advised_name=named.advised,
        advisories=tuple(sorted({advisory for _, _, advisory in found})),
    )


def _regular_files(document: Document) -> int:
    return document.tree.kinds.count("-")


def _with(assessment: Assessment, **changes: object) -> Assessment:
    from msgspec.structs import replace

    return replace(assessment, **changes)
