"""What images.yml names as a report or a statement may be anything: it is read, or refused soon and in a sentence."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.advisories import opinions, vex
from generator.advisories.vex import Identity
from generator.errors import InvalidReport
from generator.oci.digest import Digest
from tests.advisories.findings import assessment, finding
from tests.advisories.test_opinions import grype, match
from tests.advisories.test_vex import document, statement

READERS: tuple[Callable[[Path, str], object], ...] = (opinions.read, vex.read)
IMAGE = Identity(Digest("sha256:" + "ab" * 32), "alpine", ())


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """Make a folder of things that are no files."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "endless").symlink_to("/dev/zero")
    return tmp_path


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("name", ["pipe", "folder", "loop", "endless", "missing", "a\0b", "n" * 300, "folder/../pipe"])
def test_what_is_no_file_is_refused(read: Callable[[Path, str], object], name: str, odd: Path) -> None:
    """Nothing is waited for, nothing without an end is read, and no name is more than a typed error."""
    started = time.monotonic()
    with pytest.raises(InvalidReport):
        read(odd / name, name)
    assert time.monotonic() - started < 5


def test_words_of_a_report_are_as_long_as_real_ones() -> None:
    """Names and versions of megabytes, and flaws with thousands of names, do not get onto pages."""
    long = match("C" * 10**6, "n" * 10**6, related=tuple(f"X-{number}" for number in range(5000)))
    long["vulnerability"]["fix"]["versions"] = ["1.0"] * 10**5
    found = opinions.parse(grype(long, distro={"name": "d" * 10**6}), "report.json")
    (one,) = found.findings
    words = (one.id, one.package, one.fixed, found.distribution)
    assert [len(word) for word in words] == [opinions.WORD_LENGTH] * 4
    assert len(one.aliases) == opinions.NAMES


@pytest.mark.parametrize(
    ("database", "date"),
    [
        ({"built": "2026-11-01T04:00:00Z", "schemaVersion": 5}, "2026-11-01T04:00:00Z"),
        ({"status": {"built": "2026-11-02T04:00:00Z"}, "providers": {}}, "2026-11-02T04:00:00Z"),
        ({"status": None}, ""),
        ([], ""),
        ({"built": 7}, ""),
    ],
)
def test_the_date_of_a_scanners_database(database: object, date: str) -> None:
    """It is read where either generation of reports has it; where it is something else, it is not known."""
    descriptor = {"name": "grype", "version": "0.90.0", "db": database}
    assert opinions.parse(grype(descriptor=descriptor), "report.json").database_date == date


def test_many_statements_and_many_findings(tmp_path: Path) -> None:
    """Each finding is held against the statements about it, not against all: ten thousand and two thousand are soon."""
    path = tmp_path / "many.json"
    path.write_bytes(document(*(statement("alpine", name=f"CVE-2026-{number}") for number in range(10_000))))
    said = vex.read(path, "many.json")
    many = assessment(*(finding(f"CVE-2026-{number}") for number in range(0, 20_000, 10)))
    started = time.process_time()
    after = vex.applied(many, IMAGE, said)
    assert time.process_time() - started < 3
    assert [one.statement is not None for one in after.findings] == [True] * 1000 + [False] * 1000


def test_a_justification_of_a_megabyte_is_cut(tmp_path: Path) -> None:
    """A document's words are bounded before they get into every page that shows the flaw."""
    path = tmp_path / "long.json"
    path.write_bytes(document(statement("alpine", justification="j" * 10**6, impact_statement="w" * 10**6)))
    (one,) = vex.read(path, "long.json")
    assert (len(one.statement.justification), len(one.statement.words)) == (100, 2000)
