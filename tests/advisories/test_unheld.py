"""Packages that no advisory can be held against are told: a small figure is not a small risk."""

from pathlib import Path

import msgspec

from generator.advisories.database import open_database
from generator.advisories.matching import assess
from generator.analysis.sections.packages import PackageDatabase
from tests.advisories.builders import archive
from tests.advisories.held import ALPINE, document, held, package, record, rule, since

ADVISORY = record("CVE-2026-0001", rule("Alpine:v3.20", "zlib", since()))


def test_packages_without_a_version(tmp_path: Path) -> None:
    """A package of which nobody knows the version is counted among those that could not be held against anything."""
    found = held(tmp_path, ALPINE, [package("zlib", ""), package("musl", "1-r0"), package("", "1-r0")], [ADVISORY])
    assert found.counts is not None
    assert (found.counts.total, found.package_count, found.unheld_count) == (0, 1, 2)
    none = held(tmp_path / "b", ALPINE, [package("zlib", "1-r0")], [ADVISORY])
    assert (none.package_count, none.unheld_count) == (1, 0)


def test_packages_of_another_system(tmp_path: Path) -> None:
    """What rpm installed in an Alpine image is not what Alpine's advisories are about, and that is said."""
    made = document(ALPINE, "apk", [package("musl", "1-r0"), msgspec.structs.replace(package("zlib", "1"), database=1)])
    section = made.sections.packages
    assert section is not None
    assert section.found is not None
    databases = (*section.found.databases, PackageDatabase("rpm-sqlite", "/rpm", 0, 0, True))
    section = msgspec.structs.replace(section, found=msgspec.structs.replace(section.found, databases=databases))
    made = msgspec.structs.replace(made, sections=msgspec.structs.replace(made.sections, packages=section))
    found = assess(made, open_database(archive(tmp_path / "a", "Alpine", [ADVISORY]), tmp_path / "i"))
    assert (found.state, found.findings, found.package_count, found.unheld_count) == ("assessed", (), 1, 1)
