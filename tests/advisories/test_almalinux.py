"""A real RPM database held against AlmaLinux 9's real advisories, as rpm's own comparator and a reading of our own do.

The packages are built by rpmbuild and installed by rpm into a root of their own: hundreds of the names that the
advisories have, each older than, at, or newer than one of its fixes, with epochs and with modules.
"""

import gzip
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from generator.advisories.assessment import Assessment
from generator.advisories.database import open_database
from generator.advisories.matching import assess
from generator.analyze import analyze_source
from generator.oci.platform import Platform
from generator.source.base import Surroundings
from tests.engines import need, run

pytestmark = [pytest.mark.engine, pytest.mark.slow]

OS_RELEASE = 'NAME="AlmaLinux"\nID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"\n'
MODULES = {
    "nodejs": "1:18.12.1-1.module_el9.1.0+24+c2e8ddef",
    "nodejs-nodemon": "0:2.0.19-1.module_el9.1.0+24+c2e8ddef",
    "npm": "1:9.9.9-1.18.12.1.1.module_el9.1.0+24+c2e8ddef",
    "php": "0:8.1.8-1.module_el9.1.0+12+aa",
    "php-cli": "0:8.1.99-1.module_el9.1.0+12+aa",
    "ruby": "0:3.3.1-2.el9",
    "nginx": "1:1.22.0-1.module_el9.1.0+10+aa",
    "nginx-core": "1:1.22.9-1.module_el9.1.0+10+aa",
    "redis": "0:7.0.0-1.module_el9.3.0+10+aa",
    "postgresql-server": "0:15.0-1.module_el9.2.0+10+aa",
    "maven-lib": "1:3.8.5-1.module_el9.2.0+10+aa",
}
"""Of streams of modules: the one that is enabled is told by the package that the module has its name of, if any."""
SPEC_HEAD = "Name: test\nVersion: 1\nRelease: 1\nSummary: Test\nLicense: MIT\nBuildArch: noarch\n%description\nTest.\n"


@dataclass(frozen=True)
class Rule:
    """One line of an advisory."""

    advisory: str
    package: str
    fixed: str
    cves: frozenset[str]
    stream: tuple[str, str]


def rules_of(path: Path) -> list[Rule]:
    """Read the archive by itself: every package's only range is from the first version to a fix."""
    found = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            one = json.loads(archive.read(name))
            assert "withdrawn" not in one
            cves = {each for each in one["related"] if each.startswith("CVE-")}
            if not cves and not name.startswith("ALSA"):
                continue
            stream = re.search(r": (\S+):(\S+) security", one["summary"])
            for affected in one["affected"]:
                if affected["package"]["ecosystem"] != "AlmaLinux:9":
                    continue  # some name AlmaLinux 8 too
                for versions in affected["ranges"]:
                    (first, last) = versions["events"]
                    assert first == {"introduced": "0"}
                    found.append(
                        Rule(
                            one["id"],
                            affected["package"]["name"],
                            last["fixed"],
                            frozenset(cves or {one["id"]}),
                            (stream[1], stream[2]) if stream else ("", ""),
                        )
                    )
    return found


def catalogue_of(folder: Path) -> dict[str, str]:
    """Read CISA's catalogue by itself: the day on which each CVE was added."""
    catalogue: dict[str, Any] = json.loads((folder / "known_exploited_vulnerabilities.json").read_text())
    return {one["cveID"]: one["dateAdded"] for one in catalogue["vulnerabilities"]}


def rpm_order(pairs: Iterable[tuple[str, str]], folder: Path) -> dict[tuple[str, str], int]:
    """Ask rpm itself, a few thousand pairs at a time: it does not bear much more that is printed."""
    known = sorted(set(pairs))
    lua = 'for line in io.lines("pairs") do local a, b = line:match("(%S+) (%S+)"); print(rpm.vercmp(a, b) .. " ") end'
    told: list[str] = []
    for start in range(0, len(known), 5000):
        some = known[start : start + 5000]
        (folder / "pairs").write_text("".join(f"{one} {other}\n" for one, other in some))
        told += run([need("rpm", "rpm"), "--eval", f"%{{lua: {lua}}}"], cwd=folder).split()
    return dict(zip(known, map(int, told), strict=True))


def neighbours(fixed: str, number: int) -> str:
    """Return a version that is older than a fix, newer, or the fix itself, in nine different ways."""
    epoch, _, rest = fixed.rpartition(":")
    version, _, release = rest.rpartition("-")
    own = int(epoch or 0)
    return [
        f"{own}:{version}-{release}",
        f"{own}:{version}-{release}~1",
        f"{own}:{version}-{release}^1",
        f"{own}:{version}-0.1.el9",
        f"{own}:{version}~rc1-{release}",
        f"{own}:{version}.1-0.el9",
        f"{own + 1}:0.1-1.el9",
        f"{own - 1}:999-1.el9" if own else f"{own}:0-999.el9",
        f"{own}:{version}-{release}_99",
    ][number % 9]


def install(versions: dict[str, str], folder: Path) -> Path:
    """Build a package of each name and version, and install them into a root."""
    packages = ""
    for name, version in versions.items():
        epoch, _, rest = version.partition(":")
        upstream, _, release = rest.rpartition("-")
        said = f"Epoch: {epoch}\n" if epoch != "0" else ""
        packages += (
            f"%package -n {name}\n{said}Version: {upstream}\nRelease: {release}\nSummary: Test\n"
            f"%description -n {name}\nTest.\n%files -n {name}\n"
        )
    (folder / "test.spec").write_text(SPEC_HEAD + packages)
    defines = (
        "--define",
        f"_topdir {folder}",
        "--define",
        "_buildhost builder.invalid",
        "--define",
        "_binary_payload w0.ufdio",
    )
    run([need("rpmbuild", "rpm"), "-bb", "--quiet", *defines, folder / "test.spec"])
    root = folder / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc" / "os-release").write_text(OS_RELEASE)
    command: list[str | Path] = [need("rpm", "rpm"), "--root", root, "--dbpath", "/var/lib/rpm"]
    run([*command, "--initdb"])
    run([*command, "--nodeps", "--justdb", "--ignorearch", "-i", *sorted(folder.glob("RPMS/*/*.rpm"))])
    return root


def is_module(version: str) -> bool:
    """Say whether a version is of a module's build."""
    return ".module_el" in version


def concerns(rule: Rule, versions: dict[str, str]) -> bool | None:
    """Say whether a rule is about the stream that a package is of; None: nothing tells."""
    installed = versions[rule.package]
    if is_module(rule.fixed) != is_module(installed):
        return False
    if not is_module(installed):
        return True
    name, stream = rule.stream
    teller = versions.get(name, "")
    if is_module(teller):
        return teller.split(":")[1].startswith(f"{stream}.")
    return True if installed.split(":")[1].startswith(f"{stream}.") else None


@pytest.fixture(scope="module")
def versions(shared_advisories: Path) -> dict[str, str]:
    """Give what is installed: modules as above, and of other names one in eight, around one of their fixes."""
    fixes: dict[str, set[str]] = defaultdict(set)
    for one in rules_of(shared_advisories / "almalinux9-osv.zip"):
        if not is_module(one.fixed):
            fixes[one.package].add(one.fixed)
    with_epoch = [name for name in sorted(fixes) if any(":" in one for one in fixes[name])][::3]
    names = sorted({*sorted(fixes)[::8], *with_epoch} - MODULES.keys())
    chosen = {name: neighbours(sorted(fixes[name])[at % len(fixes[name])], at) for at, name in enumerate(names)}
    return chosen | MODULES | {"not-in-any-advisory": "0:1-1.el9"}


@pytest.fixture(scope="module")
def assessment(
    versions: dict[str, str], shared_advisories: Path, tmp_path_factory: pytest.TempPathFactory
) -> Assessment:
    """Give what the real archive, CISA's catalogue and a table of EPSS say of the root that rpm made."""
    folder = tmp_path_factory.mktemp("rpm")
    root = install(versions, folder)
    advisories = folder / "advisories"
    advisories.mkdir()
    for name in ("almalinux9-osv.zip", "known_exploited_vulnerabilities.json"):
        (advisories / name).write_bytes((shared_advisories / name).read_bytes())
    table = "#model_version:v1,score_date:2026-08-20T00:00:00+0000\ncve,epss,percentile\n"
    table += "".join(f"{name},0.78,0.99\n" for name in catalogue_of(shared_advisories))
    (advisories / "epss_scores-2026-08-20.csv.gz").write_bytes(gzip.compress(table.encode()))
    surroundings = Surroundings(cache_folder=folder / "cache")
    document = analyze_source(f"rootfs:{root}", Platform(), surroundings).document
    database = open_database(advisories, folder / "indexes")
    assert database.problems == ()
    return assess(document, database)


def test_every_rule_about_every_package(
    versions: dict[str, str], assessment: Assessment, shared_advisories: Path, tmp_path: Path
) -> None:
    """For each package, flaws and the version without them are those that rpm's order tells; else it is undecided."""
    rules = [one for one in rules_of(shared_advisories / "almalinux9-osv.zip") if one.package in versions]
    compared = rpm_order([(versions[one.package], one.fixed) for one in rules], tmp_path)
    among = rpm_order(
        [(one.fixed, other.fixed) for one in rules for other in rules if one.package == other.package], tmp_path
    )
    expected: dict[tuple[str, str], str] = {}
    undecided = set()
    for one in rules:
        about = concerns(one, versions)
        if about is None:
            undecided.add((one.package, one.advisory))
        elif about and compared[versions[one.package], one.fixed] < 0:
            for cve in one.cves:
                before = expected.setdefault((one.package, cve), one.fixed)
                if among[before, one.fixed] < 0:
                    expected[one.package, cve] = one.fixed
    assert (assessment.state, assessment.package_count) == ("assessed", len(versions))
    assert {(one.name, flaw.id): one.fixed for flaw in assessment.findings for one in flaw.packages} == expected
    assert {(one.name, one.advisory) for one in assessment.undecided} == undecided
    assert {one.reason for one in assessment.undecided} <= {"module"}
    signs = [compared[versions[one.package], one.fixed] for one in rules]
    assert min(signs.count(sign) for sign in (-1, 0, 1)) >= 50, "older, equal and newer ones were tried"
    assert any(is_module(fixed) for fixed in expected.values())
    assert any(":" in fixed for fixed in expected.values())
    assert undecided


def test_exploited_flaws_are_marked(assessment: Assessment, shared_advisories: Path) -> None:
    """A finding is marked when CISA's catalogue has it, with the catalogue's day, and no other one is."""
    days = catalogue_of(shared_advisories)
    marked = {one.id: one.exploited.added_on for one in assessment.findings if one.exploited}
    assert marked == {one.id: days[one.id] for one in assessment.findings if one.id in days}
    assert marked
    assert assessment.exploited_count == len(marked)
    assert {one.id: one.epss_score for one in assessment.findings if one.epss_score is not None} == dict.fromkeys(
        marked, 0.78
    )
