"""Days that notes and archives have: those that are none or still to come make nothing young and break nothing."""

from datetime import date
from pathlib import Path

import msgspec
import pytest

from generator.advisories import checked, recorded
from generator.advisories.assessment import Archive, encode
from generator.advisories.recorded import Asked, Assessments
from generator.oci.digest import Digest
from tests.advisories.findings import assessment

TODAY = date(2026, 11, 28)
SUBJECT = Digest("sha256:" + "ab" * 32)


@pytest.mark.parametrize(
    ("stands", "checked", "state", "day"),
    [
        ("2026-11-01", "2026-11-20", "assessed", "2026-11-20"),
        ("2026-11-01", "", "too-old", "2026-11-01"),
        ("2026-11-01", "yesterday", "too-old", "2026-11-01"),
        ("2026-11-01", "2026-13-01", "too-old", "2026-11-01"),
        ("2026-11-01", "9999-12-31", "too-old", "2026-11-01"),
        ("9999-12-31", "2026-11-20", "assessed", "2026-11-20"),
        ("9999-12-31", "", "assessed", ""),
    ],
)
def test_a_day_that_cannot_be(stands: str, checked: str, state: str, day: str, tmp_path: Path) -> None:
    """What is no day or has not come yet is not known: an advisory of 9999 does not keep a database young for ever."""
    path = recorded.path_of(tmp_path, SUBJECT)
    path.parent.mkdir(parents=True)
    path.write_bytes(encode(msgspec.structs.replace(assessment(), database_date=stands, asked=("Alpine/all.zip",))))
    archive = Archive(name="Alpine/all.zip", kind="osv", digest="sha256:" + "0" * 64, as_of=stands)
    asked = Asked(archives=(archive,), checked_on={"Alpine/all.zip": checked} if checked else {})
    all_of_them = Assessments(tmp_path, asked, TODAY, 14)
    found = all_of_them.of(SUBJECT)
    assert (found.state, found.database_date) == (state, day)
    assert all_of_them.outdated == (("Alpine/all.zip",) if state == "too-old" else ())


@pytest.mark.parametrize(
    ("is_mirror", "last_modified", "day"),
    [
        (False, "", "2026-11-28"),
        (False, "Fri, 21 Aug 2026 10:00:00 GMT", "2026-11-28"),
        (True, "Fri, 21 Aug 2026 10:00:00 GMT", "2026-08-21"),
        (True, "", None),
        (True, "lately", None),
        (True, f"Fri, 01 Jan {'9' * 30} 00:00:00 GMT", None),
        (True, "Fri, 21 Aug 2026 10:00:00 +9999999999999999999", None),
    ],
)
def test_a_mirror_is_as_old_as_it_says(tmp_path: Path, is_mirror: bool, last_modified: str, day: str | None) -> None:
    """What a publisher calls its newest is of today; what a mirror has may have been there for long."""
    digest = "sha256:" + "0" * 64
    note = checked.Checked(
        source="https://mirror.invalid/Alpine/all.zip",
        checked_on="2026-11-28",
        digest=digest,
        last_modified=last_modified,
        is_mirror=is_mirror,
    )
    checked.save(tmp_path, {"Alpine/all.zip": note})
    assert checked.days(tmp_path, {"Alpine/all.zip": digest}).get("Alpine/all.zip") == day
