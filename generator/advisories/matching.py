"""Documents held against a database: `assess(document, database)` in, an Assessment out.

A package is affected by a rule as OSV's schema says ("Evaluation"): its version is listed, or lies in a range by the
order of its own package system. What has no order, and fixes of modules whose stream is not known, are `undecided`
rather than guessed. Cost: the rules about installed packages alone are read.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

from msgspec.structs import replace

from generator.advisories import overlays
from generator.advisories.assessment import SEVERITIES, Assessment, Counts, Finding, Occurrence, Undecided, tallied
from generator.advisories.database import Database
from generator.advisories.flaws import Flaw, Named, merged
from generator.advisories.index import Index
from generator.advisories.notices import Events, Said
from generator.advisories.ranges import NoOrder, end_of
from generator.advisories.releases import Release, release_of
from generator.advisories.severity import grade, worst
from generator.analysis.document import Document
from generator.analysis.sections.packages import InstalledPackage, Packages
from generator.formats.versions import order

VERSION: Final = 3
"""Goes up when the same document and database are judged otherwise: assessments of before are then made anew."""
_MODULE: Final = re.compile(r"[.+]module[_+]")

Verdict = Literal["affected", "fine", "version", "module", "range"]


def assess(document: Document, database: Database) -> Assessment:
    """Return what the database says of the document's packages."""
    archives = tuple(archive for archive, _ in database.archives)
    common = Assessment(state="not-assessed", database_digest=database.digest, archives=archives)
    section = document.sections.packages
    unowned = section.found.unowned_file_count if section and section.found else _regular_files(document)

    def without(state: Literal["no-advisories", "no-package-database", "not-assessed"], reason: str) -> Assessment:
        return replace(common, state=state, reason=reason, unowned_file_count=unowned)

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
    common = replace(common, ecosystem=release.ecosystem)
    if not any(_fits(one, section.found, release) for one in section.found.packages):
        return without("no-package-database", "")
    asked = _asked(database, release)
    if not asked:
        families = {name.split(":")[0] for _, index in database.of("osv", "secdb") for name in index.releases()}
        return without("no-advisories", "no-release" if release.family in families else "no-archive")
    return _judged(common, section.found, release, asked, database)


def _asked(database: Database, release: Release) -> list[tuple[Index, str]]:
    return [(index, name) for _, index in database.of("osv", "secdb") for name in release.among(index.releases())]


def _judged(
    common: Assessment, packages: Packages, release: Release, asked: list[tuple[Index, str]], database: Database
) -> Assessment:
    flaws: dict[str, Flaw] = defaultdict(Flaw)
    undecided: set[Undecided] = set()
    affected: set[tuple[int, str]] = set()
    named = tuple(_named(packages, release))
    streams = {one.advised: _upstream(one.version) for one in named if _MODULE.search(one.version)}
    for one in named:
        for said in (said for index, ecosystem in asked for said in index.said_of(ecosystem, one.advised)):
            if not said.notice.flaws:
                continue
            verdict, fixed = _verdict(said, one, release.system, streams)
            if verdict == "affected":
                affected.add((one.place, said.notice.id))
                for flaw in said.notice.flaws:
                    known = flaws[flaw]
                    known.said.append(said)
                    known.aliases.update(said.notice.aliases)
                    known.at[one.place].append((one, fixed, said.notice.id))
            elif verdict != "fine":
                undecided.add(
                    Undecided(
                        package=one.place, name=one.name, installed=one.version, advisory=said.notice.id, reason=verdict
                    )
                )
    found = [_finding(name, flaw, release, database) for name, flaw in merged(flaws).items()]
    held = len({one.place for one in named})
    releases = [index.releases()[name] for index, name in asked]
    told = [archive for archive, index in database.archives if any(index is one for one, _ in asked)]
    open_questions = (one for one in undecided if (one.package, one.advisory) not in affected)
    return tallied(
        replace(
            common,
            state="assessed",
            database_date=max((archive.as_of for archive in told), default=""),
            asked=tuple(archive.name for archive in told),
            newest_advisory=max((newest for _, newest in releases), default=""),
            advisory_count=sum(count for count, _ in releases),
            package_count=held,
            unheld_count=len(packages.packages) - held,
            unowned_file_count=packages.unowned_file_count,
            counts=Counts(),
            findings=tuple(sorted(found, key=lambda one: (SEVERITIES.index(one.severity), one.id))),
            undecided=tuple(sorted(open_questions, key=lambda one: (one.name, one.package, one.advisory, one.reason))),
        )
    )


def _fits(one: InstalledPackage, packages: Packages, release: Release) -> bool:
    """Say whether a package was installed by the distribution's own system, and has a name and a version."""
    return bool(packages.databases[one.database].kind.startswith(release.system) and one.name and one.version)


def _named(packages: Packages, release: Release) -> Iterator[Named]:
    for index, one in enumerate(packages.packages):
        if not _fits(one, packages, release):
            continue
        own = f"{one.epoch}:{one.version}" if one.epoch else one.version
        source = one.source_name or one.name
        if release.naming != "source":
            yield Named(index, one.name, own, one.name, own)
        if release.naming == "source" or (release.naming == "both" and source != one.name):
            yield Named(index, one.name, _source_version(one, own), source, own)


def _source_version(one: InstalledPackage, own: str) -> str:
    if not one.source_version:
        return own
    return f"{one.epoch}:{one.source_version}" if one.epoch else one.source_version


def _verdict(said: Said, named: Named, system: str, streams: Mapping[str, str]) -> tuple[Verdict, str]:
    """Judge one package by one rule; with `affected` comes the version that is no longer, "" for none yet."""
    rule, version, ranges = said.rule, named.version, said.rule.ranges
    if rule.binaries:
        if named.name not in rule.binaries:
            return "fine", ""
        version, ranges = named.own_version, [[("introduced", "0"), ("fixed", rule.binaries[named.name])]]
    unsure: Verdict = "range" if rule.foreign and not ranges and not rule.versions else "fine"
    for events in ranges:
        try:
            if system == "rpm" and not _of_one_stream(events, said.notice.stream, version, streams):
                continue
            end = end_of(events, version, system)
        except _OtherwiseUnknown:
            unsure = "module"
        except NoOrder:
            unsure = "version"
        else:
            if end is not None:
                return "affected", end
    return ("affected", "") if version in rule.versions else (unsure, "")


class _OtherwiseUnknown(Exception):
    """Nothing tells which stream of a module a package is of."""


def _of_one_stream(events: Events, stream: tuple[str, str], version: str, streams: Mapping[str, str]) -> bool:
    """Say whether a package is of the stream that a fix is for: modules' packages of one name are different ones.

    Which stream is enabled is told by the version of the package that gives the module its name, nodejs 18.12.1 by
    that of nodejs:18; else by the package's own.
    """
    fixes = [at for kind, at in events if kind == "fixed"]
    fixed_in_module = any(_MODULE.search(at) for at in fixes)
    if fixes and fixed_in_module != bool(_MODULE.search(version)):
        return False
    if not fixed_in_module:
        return True
    name, wanted = stream
    if wanted and name in streams:
        return _begins(streams[name], wanted)
    if wanted and _begins(_upstream(version), wanted):
        return True
    raise _OtherwiseUnknown


def _upstream(version: str) -> str:
    """Return a version without epoch and release."""
    return version.partition(":")[2].rpartition("-")[0] if ":" in version else version.rpartition("-")[0]


def _begins(version: str, stream: str) -> bool:
    return version == stream or version.startswith(f"{stream}.")


def _finding(name: str, flaw: Flaw, release: Release, database: Database) -> Finding:
    own_word = worst(said.rule.word for said in flaw.said) or worst(said.notice.word for said in flaw.said)
    vectors = [pair for said in flaw.said for pair in (*said.rule.vectors, *said.notice.vectors)]
    graded = grade(vectors, own_word, release.family)
    occurrences = [_occurrence(found, release.system) for _, found in sorted(flaw.at.items())]
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
        exploited=overlays.exploited(_said_of(name, database, "kev")),
        epss_score=overlays.probability(_said_of(name, database, "epss")),
        packages=tuple(sorted(occurrences, key=lambda one: (one.name, one.package))),
    )


def _said_of(flaw: str, database: Database, kind: str) -> str:
    return next((words for _, index in database.of(kind) if (words := index.about(flaw))), "")


def _occurrence(found: Iterable[tuple[Named, str, str]], system: str) -> Occurrence:
    """Join what several advisories say of one package: only the newest of their fixes leaves none of them."""
    told = list(found)
    named, newest, _ = told[0]
    for _, version, _ in told:
        if version and (not newest or (order(system, version, newest) or 0) > 0):
            newest = version
    return Occurrence(
        package=named.place,
        name=named.name,
        installed=named.version,
        fixed=newest,
        advised_name=named.advised,
        advisories=tuple(sorted({advisory for _, _, advisory in told})),
    )


def _regular_files(document: Document) -> int:
    return document.tree.kinds.count("-")
