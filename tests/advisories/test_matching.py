"""Documents held against databases: states, ranges, names, aliases, severities, and what is left undecided."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.advisories.assessment import Assessment
from generator.advisories.database import Database, open_database
from generator.advisories.matching import assess
from generator.advisories.ranges import NoOrder, end_of
from tests.advisories.builders import CRITICAL, HIGH, LOW, archive
from tests.advisories.held import ALMALINUX, ALPINE, DEBIAN, document, held, package, record, rule, since, until

V320 = "Alpine:v3.20"
BOOKWORM = "Debian:12"
ALMA9 = "AlmaLinux:9"
OLD = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
NEWEST = "CVSS:4.0/AV:L/AC:H/AT:P/PR:H/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N"


def ids(found: Assessment) -> list[str]:
    """Return the names of the flaws that were found."""
    return [one.id for one in found.findings]


# States


def test_assessed_and_none(tmp_path: Path) -> None:
    """A release with advisories and none that fits is assessed, with zeros that mean something."""
    found = held(tmp_path, ALPINE, [package("zlib", "1.3-r0")], [record("CVE-2026-0001", rule(V320, "musl", since()))])
    assert (found.state, found.reason, found.ecosystem) == ("assessed", "", V320)
    assert found.counts is not None
    assert (found.counts.total, found.package_count, found.advisory_count) == (0, 1, 1)
    assert (found.asked, found.database_date, found.newest_advisory) == (("Any/all.zip",), "2026-11-20", "2026-11-20")
    assert found.exploited_count is None, "there was no catalogue to ask"


@pytest.mark.parametrize(
    ("os_release", "kind", "state", "reason"),
    [
        (ALPINE.replace("3.20.3", "3.14.1"), "apk", "no-advisories", "no-release"),
        (DEBIAN, "dpkg", "no-advisories", "no-archive"),
        ("ID=gentoo\nVERSION_ID=2.15\n", "apk", "no-advisories", "unknown-distribution"),
        ("ID=mint\nID_LIKE=alpine\nVERSION_ID=3.20\n", "apk", "no-advisories", "unknown-distribution"),
        (ALPINE, "dpkg", "no-package-database", ""),
    ],
)
def test_other_states(os_release: str, kind: str, state: str, reason: str, tmp_path: Path) -> None:
    """What cannot be assessed says why, counts what nobody owns, and has no counts of flaws at all."""
    advisories = [record("CVE-2026-0001", rule(V320, "zlib", since()))]
    found = held(tmp_path, os_release, [package("zlib", "1.3-r0")], advisories, kind)
    assert (found.state, found.reason) == (state, reason)
    assert (found.counts, found.package_count, found.fixable_count) == (None, None, None)
    assert found.unowned_file_count is not None


def test_states_of_the_document(tmp_path: Path) -> None:
    """Packages that are not known, failed or absent are three things, and none of them is "no flaws"."""
    database = open_database(
        archive(tmp_path / "a", "Alpine", [record("CVE-2026-0001", rule(V320, "zlib", since()))]), tmp_path / "i"
    )
    whole = document(ALPINE, "apk", [package("zlib", "1.3-r0")])
    section = whole.sections.packages
    assert section is not None

    def state(**sections: Any) -> tuple[str, str]:
        found = assess(replace(whole, sections=replace(whole.sections, **sections)), database)
        return found.state, found.reason

    assert state() == ("assessed", "")
    assert state(packages=None) == ("not-assessed", "packages-unknown")
    assert state(packages=replace(section, state="failed", found=None)) == ("not-assessed", "packages-failed")
    assert state(packages=replace(section, state="absent", found=None)) == ("no-package-database", "")
    assert state(os_release=None) == ("no-advisories", "no-os-release")
    nothing = assess(whole, Database())
    assert (nothing.state, nothing.reason) == ("not-assessed", "no-database")


def test_only_the_distributions_own_packages_are_held(tmp_path: Path) -> None:
    """A deb that somebody installed in an Alpine is not what Alpine's advisories are about."""
    whole = document(ALPINE, "apk", [package("musl", "1.2-r0"), replace(package("zlib", "1.2"), database=1)])
    section = whole.sections.packages
    assert section is not None
    assert section.found is not None
    two = (*section.found.databases, replace(section.found.databases[0], kind="dpkg"))
    whole = replace(
        whole, sections=replace(whole.sections, packages=replace(section, found=replace(section.found, databases=two)))
    )
    advisories = [record("CVE-2026-0001", rule(V320, "zlib", since(), until("1.3-r0")))]
    found = assess(whole, open_database(archive(tmp_path / "a", "Alpine", advisories), tmp_path / "i"))
    assert (found.state, found.package_count, ids(found)) == ("assessed", 1, [])


# Ranges


@pytest.mark.parametrize(
    ("events", "version", "end"),
    [
        ([since(), until("1.5-r0")], "1.4-r9", "1.5-r0"),
        ([since(), until("1.5-r0")], "1.5-r0", None),
        ([until("1.5-r0"), since()], "1.4-r9", "1.5-r0"),
        ([since("2-r0"), since("1-r0"), until("3-r0"), until("1.5-r0")], "1.2-r0", "1.5-r0"),
        ([since("2-r0"), since("1-r0"), until("3-r0"), until("1.5-r0")], "1.7-r0", None),
        ([since("2-r0"), since("1-r0"), until("3-r0"), until("1.5-r0")], "2.7-r0", "3-r0"),
        ([since("2-r0"), since("1-r0"), until("3-r0"), until("1.5-r0")], "0.9-r0", None),
        ([since()], "0_alpha1", ""),
        ([since("1-r0"), {"last_affected": "1.4-r0"}], "1.4-r0", ""),
        ([since("1-r0"), {"last_affected": "1.4-r0"}], "1.4-r1", None),
        ([since("1-r0"), {"last_affected": "1.4-r0"}, since("2-r0"), until("2.1-r0")], "1.2-r0", ""),
        ([since(), {"limit": "2-r0"}], "1.9-r0", ""),
        ([since(), {"limit": "2-r0"}], "2-r0", None),
        ([since(), {"limit": "2-r0"}, {"limit": "*"}], "7-r0", ""),
        ([since("1-r0"), until("1-r0")], "1-r0", None),
        ([until("2-r0"), since("2-r0")], "2-r0", None),
    ],
)
def test_ranges(events: list[dict[str, str]], version: str, end: str | None, tmp_path: Path) -> None:
    """A version lies in a range, or not, as OSV's "Evaluation" says, in whatever order its events are written."""
    advisories = [record("CVE-2026-0001", rule(V320, "zlib", *events))]
    found = held(tmp_path, ALPINE, [package("zlib", version)], advisories)
    assert [one.packages[0].fixed for one in found.findings] == ([] if end is None else [end])


KINDS = st.sampled_from(["introduced", "fixed", "last_affected", "limit"])
NUMBERS = st.integers(0, 9)


@given(st.lists(st.tuples(KINDS, NUMBERS), max_size=8), NUMBERS)
def test_any_range_is_judged_as_the_schema_says(written: list[tuple[str, int]], version: int) -> None:
    """Over any events, the verdict is that of the schema's own few lines."""
    ranks = {"introduced": 0}
    affected = False
    for kind, at in sorted(written, key=lambda one: (one[1], ranks.get(one[0], 1))):
        if kind == "introduced" and version >= at:
            affected = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            affected = False
    limits = [at for kind, at in written if kind == "limit"]
    affected = affected and (not limits or any(version < at for at in limits))
    told = end_of([(kind, f"{at}-r0") for kind, at in written], f"{version}-r0", "apk")  # type: ignore[misc]
    assert (told is not None) == affected
    if told:
        assert ("fixed", int(told[:-3])) in written
        assert int(told[:-3]) > version


@given(st.text(max_size=12), st.text(max_size=12), st.sampled_from(["apk", "dpkg", "rpm"]))
def test_any_text_is_judged_or_has_no_order(version: str, fixed: str, system: str) -> None:
    """Whatever stands where versions should be, there is a verdict or NoOrder, and nothing else."""
    with suppress(NoOrder):
        assert end_of([("introduced", "0"), ("fixed", fixed)], version, system) in (fixed, None)


def test_several_entries_about_one_package(tmp_path: Path) -> None:
    """A package that an advisory names twice is affected when either entry says so, by the fix of that one."""
    entries = [rule(V320, "zlib", since(), until("1-r0")), rule(V320, "zlib", since("2-r0"), until("3-r0"))]
    found = held(tmp_path, ALPINE, [package("zlib", "2.5-r0")], [record("CVE-2026-0001", *entries)])
    assert [one.packages[0].fixed for one in found.findings] == ["3-r0"]
    assert found.undecided == ()


def test_listed_versions(tmp_path: Path) -> None:
    """A version that is listed is affected, whatever the ranges say."""
    entry = rule(BOOKWORM, "zlib", since("5"), versions=["1:1.2.13-1"])
    found = held(tmp_path, DEBIAN, [package("zlib1g", "1:1.2.13-1", "zlib")], [record("CVE-2026-0001", entry)])
    assert [(one.packages[0].fixed, one.fixable) for one in found.findings] == [("", False)]


def test_the_newest_of_several_fixes(tmp_path: Path) -> None:
    """Where two advisories name a fix each, only the newer one leaves none of them."""
    advisories = [
        record(name, rule(BOOKWORM, "zlib", since(), until(fixed)), upstream=["CVE-2026-0001"])
        for name, fixed in (("DSA-1-1", "1.10-1"), ("DSA-2-1", "1.9-1"), ("DSA-3-1", "1.2-1"))
    ]
    found = held(tmp_path, DEBIAN, [package("zlib1g", "1.5-1", "zlib")], advisories)
    assert [one.packages[0].fixed for one in found.findings] == ["1.10-1"]
    assert found.findings[0].packages[0].advisories == ("DSA-1-1", "DSA-2-1")


# Undecided


@pytest.mark.parametrize(
    ("entry", "version", "reason"),
    [
        (rule(V320, "zlib", since(), until("not a version")), "1-r0", "version"),
        (rule(V320, "zlib", since(), until("1" * 201)), "1-r0", "version"),
        (rule(V320, "zlib", since(), until("1-r0")), "unknown", "version"),
        (
            {
                "package": {"ecosystem": V320, "name": "zlib"},
                "ranges": [{"type": "GIT", "events": [since("0"), until("abc")]}],
            },
            "1-r0",
            "range",
        ),
    ],
)
def test_undecided(entry: dict[str, Any], version: str, reason: str, tmp_path: Path) -> None:
    """What has no order, or is in another system of versions, is neither affected nor fine."""
    found = held(tmp_path, ALPINE, [package("zlib", version)], [record("CVE-2026-0001", entry)])
    assert ids(found) == []
    assert [(one.name, one.installed, one.advisory, one.reason) for one in found.undecided] == [
        ("zlib", version, "CVE-2026-0001", reason)
    ]


def test_decided_after_all(tmp_path: Path) -> None:
    """What one entry leaves open and another decides is no open question."""
    entries = [rule(V320, "zlib", since(), until("what")), rule(V320, "zlib", since(), until("2-r0"))]
    found = held(tmp_path, ALPINE, [package("zlib", "1-r0")], [record("CVE-2026-0001", *entries)])
    assert (ids(found), found.undecided) == (["CVE-2026-0001"], ())


NODE = rule(ALMA9, "nodejs", since(), until("1:18.14.2-2.module_el9.1.0+31+2cf93a2a"))
NODEMON = rule(ALMA9, "nodejs-nodemon", since(), until("2.0.20-2.module_el9.1.0+31+2cf93a2a"))
STREAM = {"summary": "Moderate: nodejs:18 security update", "related": ["CVE-2026-0001"]}


@pytest.mark.parametrize(
    ("packages", "affected", "undecided"),
    [
        ([("nodejs", "18.12.1-1.module_el9.1.0+24+aa")], ["nodejs"], []),
        ([("nodejs", "18.14.2-2.module_el9.1.0+31+2cf93a2a")], [], []),
        ([("nodejs", "16.18.1-3.el9_1")], [], []),
        ([("nodejs", "20.1.0-1.module_el9.3.0+24+aa")], [], []),
        ([("nodejs", "8.1.0-1.module_el9.3.0+24+aa")], [], []),
        (
            [("nodejs", "18.12.1-1.module_el9.1.0+24+aa"), ("nodejs-nodemon", "2.0.19-1.module_el9.1.0+24+aa")],
            ["nodejs", "nodejs-nodemon"],
            [],
        ),
        ([("nodejs", "20.1.0-1.module_el9.3.0+2+a"), ("nodejs-nodemon", "2.0.19-1.module_el9.3.0+2+a")], [], []),
        ([("nodejs-nodemon", "2.0.19-1.module_el9.1.0+24+aa")], [], ["nodejs-nodemon"]),
    ],
)
def test_modules(packages: list[tuple[str, str]], affected: list[str], undecided: list[str], tmp_path: Path) -> None:
    """A fix for a stream of a module is about packages of that stream alone; where none tells, it is undecided."""
    installed = [package(name, version, epoch=1 if name == "nodejs" else None) for name, version in packages]
    found = held(tmp_path, ALMALINUX, installed, [record("ALSA-2023:1582", NODE, NODEMON, **STREAM)])
    assert [one.name for flaw in found.findings for one in flaw.packages] == affected
    assert [(one.name, one.reason) for one in found.undecided] == [(name, "module") for name in undecided]


@pytest.mark.parametrize(
    ("version", "affected"), [("1.22.0-1.module_el9+1+a", True), ("1.24.0-1.module_el9+1+a", False)]
)
def test_streams_that_differ_in_the_second_number(version: str, affected: bool, tmp_path: Path) -> None:
    """nginx:1.22 and nginx:1.24 are two streams: the fix of one says nothing about the other."""
    entry = rule(ALMA9, "nginx", since(), until("1:1.22.1-5.module_el9+2+b"))
    advisories = [record("ALSA-2026:1", entry, summary="Moderate: nginx:1.22 security update")]
    found = held(tmp_path, ALMALINUX, [package("nginx", version, epoch=1)], advisories)
    assert (bool(found.findings), found.undecided) == (affected, ())


# Epochs and names


@pytest.mark.parametrize(
    ("epoch", "version", "fixed", "affected"),
    [
        (None, "2.06-27.el9", "1:2.06-27.el9", True),
        (1, "2.06-27.el9", "2.07-1.el9", False),
        (1, "2.06-26.el9", "1:2.06-27.el9", True),
        (0, "2.06-27.el9", "0:2.06-27.el9", False),
        (2, "1-1", "1:9-9", False),
    ],
)
def test_epochs_of_rpm(epoch: int | None, version: str, fixed: str, affected: bool, tmp_path: Path) -> None:
    """An epoch that is not said is 0 on either side, as rpm has it."""
    entry = rule(ALMA9, "grub2-pc", since(), until(fixed))
    found = held(tmp_path, ALMALINUX, [package("grub2-pc", version, epoch=epoch)], [record("ALSA-2026:1", entry)])
    assert bool(found.findings) == affected


NAMES = [
    (DEBIAN, BOOKWORM, "libssl3", "openssl", "openssl"),
    ("ID=ubuntu\nVERSION_ID=22.04\n", "Ubuntu:22.04:LTS", "libssl3", "openssl", "openssl"),
    ("ID=ubuntu\nVERSION_ID=24.10\n", "Ubuntu:24.10", "libssl3", "openssl", "openssl"),
    (ALPINE, V320, "libssl3", "openssl", "openssl"),
    (ALMALINUX, ALMA9, "openssl-libs", "openssl", "openssl-libs"),
    ("ID=rocky\nVERSION_ID=9.4\n", "Rocky Linux:9", "openssl-libs", "openssl", "openssl"),
    ("ID=rhel\nVERSION_ID=9.4\n", "Red Hat:enterprise_linux:9::baseos", "openssl-libs", "openssl", "openssl-libs"),
    ("ID=rhel\nVERSION_ID=10.0\n", "Red Hat:enterprise_linux:10.0", "openssl-libs", "openssl", "openssl-libs"),
    ("ID=opensuse-leap\nVERSION_ID=15.6\n", "openSUSE:Leap 15.6", "libopenssl3", "openssl-3", "openssl-3"),
    ("ID=opensuse-tumbleweed\nVERSION_ID=20261101\n", "openSUSE:Tumbleweed", "libopenssl3", "openssl-3", "openssl-3"),
    ("ID=sles\nVERSION_ID=15.6\n", "SUSE:Linux Enterprise Module for Basesystem 15 SP6", "libopenssl3", "o", "o"),
    ("ID=sles\nVERSION_ID=16.0\n", "SUSE:Linux Enterprise Server 16.0", "libopenssl3", "openssl-3", "openssl-3"),
    ("ID=wolfi\nVERSION_ID=20230201\n", "Wolfi", "libssl3", "openssl", "openssl"),
    ("ID=chainguard\nVERSION_ID=20230214\n", "Chainguard", "libssl3", "openssl", "libssl3"),
]
KINDS_OF = {"wolfi": "apk", "chainguard": "apk"}


@pytest.mark.parametrize(("os_release", "ecosystem", "name", "source", "advised"), NAMES)
def test_names(os_release: str, ecosystem: str, name: str, source: str, advised: str, tmp_path: Path) -> None:
    """Each distribution's advisories name packages in its own way, and are found by it."""
    kind = KINDS_OF.get(os_release.split("\n")[0][3:], "")
    entry = rule(ecosystem, advised, since(), until("3.0.2-1"))
    found = held(tmp_path, os_release, [package(name, "3.0.1-1", source)], [record("CVE-2026-0001", entry)], kind)
    assert [(one.name, one.advised_name, one.fixed) for flaw in found.findings for one in flaw.packages] == [
        (name, advised, "3.0.2-1")
    ]


@pytest.mark.parametrize(
    ("os_release", "ecosystem"),
    [
        ("ID=ubuntu\nVERSION_ID=22.04\n", "Ubuntu:Pro:22.04:LTS"),
        ("ID=ubuntu\nVERSION_ID=22.04\n", "Ubuntu:Pro:FIPS-updates:22.04:LTS"),
        ("ID=rhel\nVERSION_ID=9.4\n", "Red Hat:rhel_eus:9.4::baseos"),
        ("ID=rhel\nVERSION_ID=9.4\n", "Red Hat:enterprise_linux:90"),
        (DEBIAN, "Debian:1"),
        (DEBIAN, "Debian:120"),
        (ALPINE, "Alpine:v3.2"),
        ("ID=sles\nVERSION_ID=15.6\n", "SUSE:Linux Enterprise Server 15 SP6-LTSS"),
        ("ID=sles\nVERSION_ID=15.6\n", "SUSE:Linux Enterprise Server 15 SP5"),
        ("ID=wolfi\n", "Chainguard"),
    ],
)
def test_others_advisories_are_not_mixed_in(os_release: str, ecosystem: str, tmp_path: Path) -> None:
    """Paid extensions, other releases and relatives have advisories of their own, which are not about this image."""
    kind = KINDS_OF.get(os_release.split("\n")[0][3:], "")
    advisories = [record("CVE-2026-0001", rule(ecosystem, "openssl", since()))]
    found = held(tmp_path, os_release, [package("openssl", "3.0.1-1")], advisories, kind)
    assert found.state == "no-advisories"


def test_a_source_of_another_version(tmp_path: Path) -> None:
    """A binary package with a version of its own is held against its source package's."""
    entry = rule(BOOKWORM, "gcc-12", since(), until("12.2.0-14"))
    packages = [package("libgcc", "1:99", "gcc-12", "12.2.0-13"), package("libother", "1:99", "gcc-12", "12.2.0-14")]
    found = held(tmp_path, DEBIAN, packages, [record("DEBIAN-CVE-2026-0001", entry)])
    assert [(one.name, one.installed) for one in found.findings[0].packages] == [("libgcc", "12.2.0-13")]


def test_binaries_of_suse(tmp_path: Path) -> None:
    """Where SUSE tells the binary packages that a fix is of, others of the same source are not affected."""
    specific = {"binaries": [{"libz1": "1.3-150600.2.1", "zlib-devel": "1.3-150600.2.1"}]}
    entry = rule("openSUSE:Leap 15.6", "zlib", since(), until("9-9"), ecosystem_specific=specific)
    packages = [package("libz1", "1.3-150600.1.1", "zlib"), package("libminizip1", "1.3-150600.1.1", "zlib")]
    advisories = [record("SUSE-SU-2026:1-1", entry, upstream=["CVE-2026-0001"])]
    found = held(tmp_path, "ID=opensuse-leap\nVERSION_ID=15.6\n", packages, advisories)
    assert [(one.name, one.fixed) for one in found.findings[0].packages] == [("libz1", "1.3-150600.2.1")]


# Aliases


def test_one_flaw_counts_once(tmp_path: Path) -> None:
    """A CVE, its GHSA and a distribution's names for it are one flaw, with every advisory that says so."""
    entry = rule(BOOKWORM, "openssl", since())
    advisories = [
        record("DEBIAN-CVE-2026-0001", entry, upstream=["CVE-2026-0001"]),
        record("GHSA-aaaa-bbbb-cccc", entry, aliases=["CVE-2026-0001"]),
        record("DSA-5000-1", entry, upstream=["CVE-2026-0001"]),
        record("CVE-2026-0001", entry),
    ]
    found = held(tmp_path, DEBIAN, [package("openssl", "3.0")], advisories)
    assert ids(found) == ["CVE-2026-0001"]
    assert found.findings[0].aliases == ("DEBIAN-CVE-2026-0001", "DSA-5000-1", "GHSA-aaaa-bbbb-cccc")
    assert len(found.findings[0].packages[0].advisories) == 4
    assert found.counts is not None
    assert found.counts.total == 1


def test_a_chain_of_aliases(tmp_path: Path) -> None:
    """Aliases of aliases are the same flaw, in whatever order the advisories come."""
    entry = rule(BOOKWORM, "openssl", since())
    chain = [
        record("A-1", entry, aliases=["B-1"]),
        record("C-1", entry, aliases=["B-1", "GHSA-1"]),
        record("GHSA-1", entry, aliases=["D-1"]),
    ]
    cve = record("D-1", entry, aliases=["CVE-2026-0001"])
    for number, advisories in enumerate((chain, chain[::-1])):
        found = held(tmp_path / f"{number}", DEBIAN, [package("openssl", "3.0")], advisories)
        assert [(one.id, one.aliases) for one in found.findings] == [("GHSA-1", ("A-1", "B-1", "C-1", "D-1"))]
        found = held(tmp_path / f"{number}cve", DEBIAN, [package("openssl", "3.0")], [cve, *advisories])
        assert [(one.id, one.aliases) for one in found.findings] == [
            ("CVE-2026-0001", ("A-1", "B-1", "C-1", "D-1", "GHSA-1"))
        ]


def test_several_flaws_in_one_notice(tmp_path: Path) -> None:
    """A notice about two CVEs is two flaws; a name that both of them have makes them no single one."""
    entry = rule(BOOKWORM, "xen", since())
    advisories = [
        record("USN-6000-1", entry, upstream=["CVE-2026-0001", "UBUNTU-CVE-2026-0001", "CVE-2026-0002"]),
        record("CVE-2026-0001", entry, aliases=["XSA-275"]),
        record("CVE-2026-0002", entry, aliases=["XSA-275"]),
        record("XSA-275", entry),
    ]
    found = held(tmp_path, DEBIAN, [package("xen", "4")], advisories)
    assert [(one.id, one.aliases) for one in found.findings] == [
        ("CVE-2026-0001", ("XSA-275",)),
        ("CVE-2026-0002", ("XSA-275",)),
    ]
    assert all("XSA-275" in one.packages[0].advisories for one in found.findings)


def test_withdrawn_and_mere_bug_fixes_are_dropped(tmp_path: Path) -> None:
    """A withdrawn advisory, and one that is about no flaw, find nothing; both kinds are no reason for another state."""
    entry = rule(ALMA9, "bash", since())
    advisories = [
        record("ALSA-2026:1", entry, related=["CVE-2026-0001"], withdrawn="2026-11-21T00:00:00Z"),
        record("ALBA-2026:2", entry),
        record("ALEA-2026:3", entry),
        record("ALBA-2026:4", entry, related=["CVE-2026-0004"]),
        record("ALSA-2026:5", entry),
    ]
    found = held(tmp_path, ALMALINUX, [package("bash", "5-1")], advisories)
    assert ids(found) == ["ALSA-2026:5", "CVE-2026-0004"]
    assert found.advisory_count == 4


# How bad


@pytest.mark.parametrize(
    ("top", "entry", "severity", "source", "word"),
    [
        ({"severity": [{"type": "CVSS_V3", "score": OLD}]}, {}, "critical", "CVSS_V3", ""),
        (
            {"severity": [{"type": "CVSS_V3", "score": OLD}, {"type": "CVSS_V4", "score": NEWEST}]},
            {},
            "low",
            "CVSS_V4",
            "",
        ),
        (
            {"severity": [{"type": "CVSS_V3", "score": LOW}, {"type": "CVSS_V3", "score": HIGH}]},
            {},
            "high",
            "CVSS_V3",
            "",
        ),
        ({}, {"severity": [{"type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:P/I:P/A:P"}]}, "high", "CVSS_V2", ""),
        ({"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:X"}]}, {}, "unknown", "", ""),
        ({"severity": [{"type": "Ubuntu", "score": "medium"}]}, {}, "medium", "Debian", "medium"),
        ({}, {"severity": [{"type": "Ubuntu", "score": "negligible"}]}, "low", "Debian", "negligible"),
        ({}, {"ecosystem_specific": {"urgency": "unimportant"}}, "low", "Debian", "unimportant"),
        ({}, {"ecosystem_specific": {"urgency": "high**"}}, "high", "Debian", "high**"),
        ({}, {"ecosystem_specific": {"urgency": "not yet assigned"}}, "unknown", "", "not yet assigned"),
        ({}, {"ecosystem_specific": {"urgency": "end-of-life"}}, "unknown", "", "end-of-life"),
        ({"database_specific": {"severity": "Important"}}, {}, "high", "Debian", "Important"),
        ({"summary": "Moderate: openssl security update"}, {}, "medium", "Debian", "Moderate"),
        (
            {"severity": [{"type": "CVSS_V3", "score": CRITICAL}], "database_specific": {"severity": "LOW"}},
            {},
            "critical",
            "CVSS_V3",
            "LOW",
        ),
        ({}, {}, "unknown", "", ""),
    ],
)
def test_severity(
    top: dict[str, Any], entry: dict[str, Any], severity: str, source: str, word: str, tmp_path: Path
) -> None:
    """The newest CVSS decides, then the distribution's word; nobody's word leaves it unknown."""
    advisories = [record("CVE-2026-0001", rule(BOOKWORM, "openssl", since(), **entry), **top)]
    found = held(tmp_path, DEBIAN, [package("openssl", "3.0")], advisories).findings[0]
    assert (found.severity, found.severity_source, found.own_word) == (severity, source, word)
    assert (found.score is None) == (not source.startswith("CVSS"))
    assert found.packages[0].fixed == "", "end-of-life and unimportant are open all the same"


def test_the_worst_first(tmp_path: Path) -> None:
    """Findings are in the order of how bad they are, then by name; of one word of several the worst counts."""
    advisories = [
        record(f"CVE-2026-{number}", rule(BOOKWORM, "openssl", since(), ecosystem_specific={"urgency": word}))
        for number, word in ((1001, "low"), (1002, "high"), (1003, "not yet assigned"), (1004, "high"))
    ]
    more = record("DSA-1-1", rule(BOOKWORM, "openssl", since()), upstream=["CVE-2026-1001"], summary="Critical: x")
    found = held(tmp_path, DEBIAN, [package("openssl", "3.0")], [*advisories, more])
    assert ids(found) == ["CVE-2026-1002", "CVE-2026-1004", "CVE-2026-1001", "CVE-2026-1003"]
    assert found.findings[2].own_word == "low", "what is said of the very package comes before a notice's title"
