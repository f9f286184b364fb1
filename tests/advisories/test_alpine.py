"""Every entry of Alpine's security databases, judged as apk's own order and a reading of our own of the files do."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cmp_to_key
from itertools import pairwise
from pathlib import Path

import pytest

from generator.advisories.assessment import Assessment
from generator.advisories.database import Database, open_database
from generator.advisories.matching import assess
from generator.analyze import analyze_source
from generator.formats.versions import order
from generator.oci.platform import Platform
from generator.source.base import Surroundings
from tests.advisories.conftest import AskApk
from tests.advisories.held import document, package

pytestmark = pytest.mark.engine

Entry = tuple[str, str, tuple[str, ...]]
"""Package, the version that has the fix, the names of one flaw."""
Verdicts = dict[tuple[str, str], str]
"""By package and CVE, the version to bring it to."""
RELEASES = ("v3.6", "v3.10", "v3.11")


def secfixes(folder: Path, release: str) -> Iterator[Entry]:
    """Read a release's entries line by line, by how far they are set in."""
    for path in sorted((folder / "alpine-secdb" / release).glob("*.yaml")):
        name = version = ""
        for line in path.read_text().splitlines():
            if found := re.fullmatch(r" {6}name: (\S+)", line):
                name = found[1]
            elif found := re.fullmatch(r" {8}(\S+):", line):
                version = found[1].strip("'\"")
            elif found := re.fullmatch(r" {8,10}- (.+)", line):
                yield (
                    name,
                    version,
                    tuple(re.findall(r"[A-Z]{3,}-\d+(?:-\d+)?", found[1].replace("CVE_", "CVE-").partition("(")[0])),
                )


def cve_of(names: tuple[str, ...]) -> str:
    """Return the CVE among the names of a flaw."""
    return next((name for name in names if name.startswith("CVE-")), "")


def in_order_of_apk(one: str, other: str) -> int:
    """Compare as we do; `Ranks` puts the outcome before apk."""
    return order("apk", one, other) or 0


class Ranks:
    """Places of each package's versions in apk's order: every pair of neighbours has been put before apk itself."""

    def __init__(self, versions: Mapping[str, set[str]], ask_apk: AskApk) -> None:
        in_order = {name: sorted(some, key=cmp_to_key(in_order_of_apk)) for name, some in versions.items()}
        signs = iter(ask_apk([pair for some in in_order.values() for pair in pairwise(some)]))
        self._places: dict[tuple[str, str], int] = {}
        for name, some in in_order.items():
            place = 0
            for number, version in enumerate(some):
                if number:
                    sign = next(signs)
                    assert sign <= 0, (name, some[number - 1], version)
                    place -= sign
                self._places[name, version] = place

    def of(self, source: str, version: str) -> int:
        """Return the place of a version among those of its source package."""
        return self._places[source, version]


def verdicts(installed: Mapping[str, tuple[str, str]], entries: list[Entry], ranks: Ranks) -> Verdicts:
    """Judge by apk's word: package → (its source package, version) held against every entry about the source."""
    found: Verdicts = {}
    for name, (source, version) in installed.items():
        for about, fixed, names in entries:
            cve = cve_of(names)
            if about == source and cve and ranks.of(source, version) < ranks.of(source, fixed):
                newest = found.setdefault((name, cve), fixed)
                if ranks.of(source, newest) < ranks.of(source, fixed):
                    found[name, cve] = fixed
    return found


def told(assessment: Assessment) -> Verdicts:
    """Return an assessment's CVEs in the same form."""
    return {
        (one.name, finding.id): one.fixed
        for finding in assessment.findings
        for one in finding.packages
        if finding.id.startswith("CVE-")
    }


@pytest.fixture(scope="module")
def database(shared_advisories: Path, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Give the whole folder of real advisories."""
    found = open_database(shared_advisories, tmp_path_factory.mktemp("indexes"))
    assert found.problems == ()
    return found


@pytest.mark.parametrize(("root", "release"), [("3.6.5-x86_64", "v3.6"), ("alpine-3.11", "v3.11")])
def test_real_images(
    root: str, release: str, roots: dict[str, Path], shared_advisories: Path, database: Database, ask_apk: AskApk,
    tmp_path: Path,
) -> None:  # fmt: skip
    """What is said of a real image is what apk's order says of its own database, entry by entry."""
    found = assess(
        analyze_source(f"rootfs:{roots[root]}", Platform(), Surroundings(cache_folder=tmp_path)).document, database
    )
    records = (roots[root] / "lib/apk/db/installed").read_text().split("\n\n")
    fields = [dict(line.split(":", 1) for line in one.splitlines() if line[1:2] == ":") for one in records if one]
    installed = {one["P"]: (one["o"], one["V"]) for one in fields}
    entries = list(secfixes(shared_advisories, release))
    about = [one for one in entries if one[0] in {source for source, _ in installed.values()}]
    assert about
    assert (found.state, found.ecosystem, found.package_count) == ("assessed", f"Alpine:{release}", len(installed))
    assert found.undecided == ()
    versions: dict[str, set[str]] = defaultdict(set)
    for source, version in [*installed.values(), *(one[:2] for one in about)]:
        versions[source].add(version)
    assert told(found) == verdicts(installed, about, Ranks(versions, ask_apk))


def sides(fixed: str) -> tuple[str, str, str]:
    """Return a version before a fix, just before it where its form is apk's, then the fix, then one just after it."""
    parts = re.fullmatch(r"([0-9.]+[a-z0-9]*(?:_[a-z0-9]+)*)(?:-r(\d+))?", fixed)
    if parts is None:  # 2.7.16-33, 4.10-1-r1: apk reads them as far as it can
        return "0", fixed, fixed
    if parts[2] is None:
        return f"{fixed}_rc9", fixed, f"{fixed}-r0"
    before = f"-r{int(parts[2]) - 1}" if int(parts[2]) else ""
    return parts[1] + before, fixed, f"{parts[1]}-r{int(parts[2]) + 1}"


@pytest.mark.slow
@pytest.mark.parametrize("release", RELEASES)
def test_both_sides_of_every_fix(release: str, shared_advisories: Path, database: Database, ask_apk: AskApk) -> None:
    """A package just before a fix has the flaw and is told the fix; with the fix, and after it, it has it no more."""
    entries = list(secfixes(shared_advisories, release))
    fixes: dict[str, list[str]] = defaultdict(list)
    for name, fixed, _ in entries:
        if fixed not in fixes[name]:
            fixes[name].append(fixed)
    ranks = Ranks({name: {one for fixed in some for one in sides(fixed)} for name, some in fixes.items()}, ask_apk)
    seen: dict[str, set[tuple[str, str, str]]] = {"before": set(), "at": set(), "after": set()}
    for turn in range(max(map(len, fixes.values()))):
        for side, which in enumerate(seen):
            installed = {
                name: (name, sides(versions[turn])[side]) for name, versions in fixes.items() if turn < len(versions)
            }
            os_release = f"ID=alpine\nVERSION_ID={release[1:]}.5\n"
            packages = [package(name, version, name) for name, (_, version) in sorted(installed.items())]
            found = assess(document(os_release, "apk", packages), database)
            expected = verdicts(installed, entries, ranks)
            assert told(found) == expected
            assert found.undecided == ()
            named = {
                (one.name, alias)
                for each in found.findings
                for one in each.packages
                for alias in (each.id, *each.aliases)
            }
            for name, fixed, names in entries:
                if fixes[name][turn : turn + 1] == [fixed]:
                    seen[which].add((name, fixed, names[-1]))
                    if which == "before":
                        assert all((name, alias) in named for alias in names), (name, fixed, names)
                    elif cve_of(names) and (name, cve_of(names)) in expected:
                        assert expected[name, cve_of(names)] != fixed, "another entry says that it was fixed later"
    assert len(seen["before"]) == len(seen["at"]) == len(seen["after"]) > 1000
