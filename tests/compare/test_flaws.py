"""What a change does to known vulnerabilities: real analyses held against a small database, and compared."""

from pathlib import Path

import msgspec
import pytest

from generator.advisories import matching
from generator.advisories.assessment import Assessment, Statement
from generator.advisories.database import Database, open_database
from generator.analysis.document import Document
from generator.compare import flaws, packages
from generator.compare.flaws import FlawChanges, Untold
from tests.advisories.builders import CRITICAL, HIGH, LOW, advisory, archive, exploited
from tests.advisories.findings import assessment, finding
from tests.compare.test_summary import made, package

BEFORE = made(package("openssl", "3.3.1-r0"), package("zlib", "1.3-r0"), package("musl", "1.2.5-r0"))
AFTER = made(package("openssl", "3.3.2-r0"), package("musl", "1.2.5-r0"), package("curl", "8.9.0-r0"))
ADVISORIES = (
    advisory("CVE-2026-0001", "openssl", "3.3.2-r0", vector=HIGH),
    advisory("CVE-2026-0002", "zlib", vector=LOW),
    advisory("CVE-2026-0003", "curl", "8.9.1-r0", vector=CRITICAL),
    advisory("CVE-2026-0004", "musl"),
    advisory("CVE-2026-0005", "openssl", "3.3.2-r0", vector=LOW),
)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """Open a database of five flaws, one of them exploited."""
    exploited(archive(tmp_path / "advisories", "Alpine", ADVISORIES), "CVE-2026-0005")
    return open_database(tmp_path / "advisories", tmp_path / "indexes")


def compared(before: Document, after: Document, database: Database) -> FlawChanges | Untold:
    """Compare what the database says of two documents."""
    return flaws.between(
        matching.assess(before, database),
        matching.assess(after, database),
        packages.changes(before.sections.packages, after.sections.packages),
    )


def told(found: FlawChanges | Untold) -> FlawChanges:
    """Return what was told."""
    assert isinstance(found, FlawChanges)
    return found


def open_again(one: Assessment, **fields: object) -> Assessment:
    """Return an assessment with other fields."""
    return msgspec.structs.replace(one, **fields)


def test_each_flaw_is_gone_new_or_stays(database: Database) -> None:
    """An upgrade and a removal take flaws away, a package that comes brings one, and what was not touched stays."""
    found = told(compared(BEFORE, AFTER, database))
    assert [one.finding.id for one in found.gone] == ["CVE-2026-0005", "CVE-2026-0001", "CVE-2026-0002"]
    assert [one.finding.id for one in found.new] == ["CVE-2026-0003"]
    assert [one.id for one in found.stay] == ["CVE-2026-0004"]
    places = {one.finding.id: one.places[0] for one in (*found.gone, *found.new)}
    assert [(places[name].became, places[name].version, places[name].other) for name in sorted(places)] == [
        ("upgraded", "3.3.1-r0", "3.3.2-r0"),
        ("removed", "1.3-r0", ""),
        ("added", "8.9.0-r0", ""),
        ("upgraded", "3.3.1-r0", "3.3.2-r0"),
    ]
    assert found.is_same_release
    assert found.date == "2026-11-20"


def test_the_other_way_round_is_the_opposite(database: Database) -> None:
    """What one way takes away the way back brings, and the packages' versions change sides."""
    back = told(compared(AFTER, BEFORE, database))
    assert [one.finding.id for one in back.new] == ["CVE-2026-0005", "CVE-2026-0001", "CVE-2026-0002"]
    assert [one.finding.id for one in back.gone] == ["CVE-2026-0003"]
    place = back.new[0].places[0]
    assert (place.became, place.version, place.other) == ("downgraded", "3.3.1-r0", "3.3.2-r0")


def test_tallies_count_by_severity_exploited_and_fixable(database: Database) -> None:
    """Each list has its figures; without a catalogue nobody knows what is exploited, which is not 0."""
    found = told(compared(BEFORE, AFTER, database))
    gone = found.tally(found.gone)
    assert (gone.total, gone.counts.high, gone.counts.low) == (3, 1, 2)
    assert (gone.exploited_count, gone.fixable_count) == (1, 2)
    assert found.tally(found.stay).counts.unknown == 1
    without = Database(
        database.digest, tuple(one for one in database.archives if one[0].kind != "kev"), database.problems
    )
    found = told(compared(BEFORE, AFTER, without))
    assert found.tally(found.gone).exploited_count is None


def test_a_document_beside_itself_changes_nothing(database: Database) -> None:
    """Nothing is gone and nothing new."""
    found = told(compared(BEFORE, BEFORE, database))
    assert (found.gone, found.new) == ((), ())
    assert len(found.stay) == 4


def test_flaws_are_known_by_their_aliases() -> None:
    """One that goes by another name on the other side is the same one."""
    before = assessment(finding("CVE-2026-1"), finding("GHSA-aaaa"))
    after = assessment(finding("ALPINE-1", aliases=["CVE-2026-1"]), finding("CVE-2026-2", aliases=["GHSA-aaaa"]))
    found = told(flaws.between(before, after))
    assert (found.gone, found.new) == ((), ())
    assert [one.id for one in found.stay] == ["ALPINE-1", "CVE-2026-2"]


def test_what_a_statement_closes_is_not_open() -> None:
    """What the new image is not affected by, by somebody's word, is gone by it; one closed before is no gain."""
    word = Statement(status="not_affected", words="not built in")
    open_one = finding("CVE-2026-1")
    closed = msgspec.structs.replace(open_one, statement=word)
    found = told(flaws.between(assessment(open_one), assessment(closed)))
    assert [one.statement for one in found.gone] == [word]
    assert found.stay == ()
    found = told(flaws.between(assessment(closed), assessment(open_one)))
    assert [one.statement for one in found.new] == [word]
    assert told(flaws.between(assessment(closed), assessment())).gone == ()


@pytest.mark.parametrize("state", ["no-advisories", "no-package-database", "not-assessed"])
def test_a_side_that_is_not_assessed_makes_the_whole_unknown(state: str) -> None:
    """Whichever side it is, nothing is told of either, and both states are kept as the reason."""
    known, unknown = assessment(finding("CVE-2026-1")), Assessment(state=state, reason="no-archive")  # type: ignore[arg-type]
    for before, after in ((known, unknown), (unknown, known), (unknown, unknown)):
        found = flaws.between(before, after)
        assert isinstance(found, Untold)
        assert (found.reason, found.before.state, found.after.state) == ("sides", before.state, after.state)
        assert found.is_same == (before is after)


def test_other_databases_are_not_compared() -> None:
    """A flaw that became known between two databases would look like the change's."""
    one = assessment(finding("CVE-2026-1"))
    found = flaws.between(one, open_again(one, database_digest="sha256:" + "e" * 64))
    assert isinstance(found, Untold)
    assert found.reason == "databases"


def test_too_old_is_compared_as_of_its_date() -> None:
    """Counts as of a date stay comparable; the earlier of both dates is the one that holds for both."""
    one = assessment(finding("CVE-2026-1"))
    found = told(flaws.between(one, open_again(assessment(), state="too-old", database_date="2026-10-01")))
    assert (len(found.gone), found.date) == (1, "2026-10-01")


def test_without_packages_nobody_says_how() -> None:
    """Where packages were not compared it is not told what became of them; one of the same version stays the same."""
    one = assessment(finding("CVE-2026-1", "openssl"))
    assert told(flaws.between(one, assessment())).gone[0].places[0].became == "unknown"
    same = packages.changes(BEFORE.sections.packages, BEFORE.sections.packages)
    place = told(flaws.between(one, assessment(), same)).gone[0].places[0]
    assert (place.became, place.other) == ("same", "1.0-r0")


def test_an_outline_names_a_few_and_what_weighs() -> None:
    """Two flaws are named; of more only those that are exploited or critical."""
    few = assessment(finding("CVE-2026-1"), finding("CVE-2026-2"))
    assert flaws.outline_of(told(flaws.between(few, assessment()))).gone_named == ("CVE-2026-1", "CVE-2026-2")
    worst = finding("CVE-2026-9", severity="critical")
    outline = flaws.outline_of(told(flaws.between(assessment(*few.findings, worst), assessment())))
    assert outline.gone_named == ("CVE-2026-9",)
    assert (outline.gone.total, outline.new.total) == (3, 0)
