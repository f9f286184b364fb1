"""Rules about known vulnerabilities: passed, violated with evidence, and not to be told for every state but one."""

import json
from typing import Any

import msgspec
import pytest

from generator.advisories.assessment import Archive, Assessment, Exploited, Finding, Statement, Undecided, tallied
from generator.analysis.document import Document
from generator.pages import vulnerability_words
from generator.policy import FORMATS
from generator.policy.rules import RULES, judged
from generator.policy.verdict import Verdict
from generator.policy.vulnerabilities import STANDS_STILL_DAYS
from tests.advisories.findings import assessment, finding
from tests.pages.samples import HOSTILE
from tests.policy.subjects import subject, whole
from tests.policy.test_reports import report

CATALOGUE = Archive(name="kev.json", kind="kev", digest="sha256:" + "e" * 64, as_of="2026-11-20")
ASKED = ("max_critical", "max_high", "max_open", "fixable", "kev")


def exploited(one: Finding) -> Finding:
    """Return a finding that CISA's catalogue has."""
    return msgspec.structs.replace(one, exploited=Exploited(added_on="2026-10-01", ransomware=False))


FLAWS = (
    exploited(finding("CVE-2026-1", "openssl", "libssl3", severity="critical", fixed="3.1", installed="3.0")),
    finding("CVE-2026-2", "bash", severity="high", installed="5.2"),
    finding("CVE-2026-3", "bash", severity="high", fixed="5.3", installed="5.2"),
    finding("CVE-2026-4", "bash", severity="low", installed="5.2"),
)


def known(*findings: Finding, **fields: Any) -> Assessment:
    """Return an assessment by a database with a catalogue."""
    return msgspec.structs.replace(
        tallied(msgspec.structs.replace(assessment(*findings), archives=(CATALOGUE,))), **fields
    )


@pytest.fixture(scope="module")
def document() -> Document:
    """Give the document of a small distribution."""
    return whole()


def verdict(document: Document, rule: str, limit: int, found: Assessment | None, **fields: Any) -> Verdict:
    """Judge one rule."""
    (only,) = judged(subject(document, {rule: limit}, assessment=found, **fields), 1).verdicts
    return only


@pytest.mark.parametrize(
    ("rule", "number", "names"),
    [
        ("max_critical", 1, ["CVE-2026-1"]),
        ("max_high", 2, ["CVE-2026-2", "CVE-2026-3"]),
        ("max_open", 4, ["CVE-2026-1", "CVE-2026-2", "CVE-2026-3", "CVE-2026-4"]),
        ("fixable", 2, ["CVE-2026-1", "CVE-2026-3"]),
        ("kev", 1, ["CVE-2026-1"]),
    ],
)
def test_so_many_may_be_open(document: Document, rule: str, number: int, names: list[str]) -> None:
    """Each rule holds at its limit, and below it names every one that counts, with the number in front."""
    assert verdict(document, rule, number, known(*FLAWS)).state == "passed"
    over = verdict(document, rule, number - 1, known(*FLAWS))
    assert over.state == "violated"
    first, *each = over.findings
    assert (first.evidence.number, first.evidence.limit, first.evidence.unit) == (number, number - 1, "vulnerabilities")
    assert [one.evidence.vulnerability for one in each] == names
    assert {one.evidence.database_date for one in over.findings} == {"2026-11-20"}
    assert {one.evidence.document for one in over.findings} == {document.subject}


def test_a_violation_has_package_and_versions(document: Document) -> None:
    """The sentence and the evidence say which package has it in which version, and where it is fixed."""
    first, second, *_ = verdict(document, "max_open", 0, known(*FLAWS)).findings[1:]
    assert first.sentence == (
        "CVE-2026-1 (critical severity, known to be exploited) in openssl 3.0, fixed in 3.1; libssl3 3.0, fixed in 3.1"
    )
    assert second.sentence == "CVE-2026-2 (high severity) in bash 5.2, not fixed yet"
    assert (first.evidence.version, first.evidence.fixed, second.evidence.fixed) == ("3.0", "3.1", "")


def test_what_a_statement_closes_does_not_count(document: Document) -> None:
    """A flaw that somebody says the image is not affected by violates nothing."""
    word = Statement(status="not_affected")
    closed = [msgspec.structs.replace(one, statement=word) for one in FLAWS]
    assert all(verdict(document, rule, 0, known(*closed)).state == "passed" for rule in ASKED)


@pytest.mark.parametrize("rule", ASKED)
@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("not-assessed", "no-database", "not held against a database"),
        ("not-assessed", "packages-failed", "could not be read"),
        ("no-package-database", "", "there is no package database"),
        ("no-advisories", "no-release", "no advisories about its release"),
        ("no-advisories", "no-archive", "no advisories about its distribution"),
    ],
)
def test_what_is_not_assessed_cannot_be_told(
    document: Document, rule: str, state: Any, reason: str, words: str
) -> None:
    """Whatever the reason is, it is neither passed nor violated, and the reason is said."""
    found = verdict(document, rule, 0, Assessment(state=state, reason=reason, unowned_file_count=7))
    assert (found.state, found.findings) == ("unknown", ())
    assert words in found.reason
    assert found.depends_on_today


def test_nothing_known_at_all_cannot_be_told(document: Document) -> None:
    """An image without any assessment does not pass."""
    assert verdict(document, "max_open", 10**6, None).state == "unknown"


def test_a_database_that_is_too_old_lets_nothing_through(document: Document) -> None:
    """Within the limit as of long ago is not known to be within it now; beyond it is beyond it."""
    old = known(*FLAWS, state="too-old")
    within = verdict(document, "max_open", 4, old)
    assert (within.state, within.findings) == ("unknown", ())
    assert "2026-11-20" in within.reason and "advisories.max_age_days" in within.reason
    beyond = verdict(document, "max_open", 3, old)
    assert (beyond.state, beyond.reason) == ("violated", within.reason)
    undated = verdict(document, "max_open", 4, known(*FLAWS, database_date=""))
    assert undated.state == "unknown"


def test_the_catalogue_of_exploited_ones_has_to_be_there_and_new(document: Document) -> None:
    """Without a catalogue nobody knows what is exploited, and an old one is not the newest word."""
    missing = verdict(document, "kev", 9, assessment(*FLAWS))
    assert (missing.state, missing.reason) == (
        "unknown",
        "there was no catalogue of exploited vulnerabilities (KEV) to ask",
    )
    old = verdict(document, "kev", 9, known(*FLAWS), outdated=("kev.json",))
    assert old.state == "unknown" and "kev.json" in old.reason
    assert verdict(document, "max_open", 9, known(*FLAWS), outdated=("kev.json",)).state == "passed"


def test_what_nobody_graded_is_a_warning(document: Document) -> None:
    """A flaw of unknown severity is in no count of a severity, which is said; in the whole it counts."""
    ungraded = known(finding("CVE-2026-9"))
    found = verdict(document, "max_critical", 0, ungraded)
    assert found.state == "warning"
    assert found.findings[0].sentence == "1 open vulnerability is of unknown severity, so not counted"
    assert verdict(document, "max_open", 0, ungraded).state == "violated"


def test_what_nobody_can_hold_against_a_package_is_a_warning(document: Document) -> None:
    """Advisories that nobody can decide are told with the first of them."""
    undecided = Undecided(package=0, name="bash", installed="5.2", advisory="ALSA-1", reason="module")
    found = verdict(document, "fixable", 0, known(undecided=(undecided,)))
    assert found.state == "warning"
    assert "1 advisory may or may not concern a package: nobody can say, ALSA-1 of bash" in found.findings[0].sentence


def test_advisories_that_stand_still_are_a_warning(document: Document) -> None:
    """When nobody writes about a release any more, few flaws are no good news; the pages mean the same by it."""
    still = verdict(document, "max_open", 0, known(newest_advisory="2026-05-01"))
    assert still.state == "warning"
    assert "the newest advisory about Alpine:v3.20 is of 2026-05-01" in still.findings[0].sentence
    assert verdict(document, "max_open", 0, known(newest_advisory="2026-11-01")).state == "passed"
    assert STANDS_STILL_DAYS == vulnerability_words.STANDS_STILL_DAYS


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_report_names_them(document: Document, form: str) -> None:
    """Each format has every vulnerability; hostile names stay text, and in SARIF no two results are the same one."""
    nasty = [finding(words, words, severity="high", fixed=words) for words in HOSTILE]
    judged_image = judged(subject(document, dict.fromkeys(ASKED, 0), assessment=known(*FLAWS, *nasty)), 1)
    written = FORMATS[form](report(judged_image)).decode()
    assert "CVE-2026-1 (critical severity, known to be exploited)" in written
    assert "\x1b" not in written and "\u202e" not in written
    if form == "sarif":
        results = json.loads(written)["runs"][0]["results"]
        prints = [one["partialFingerprints"]["basedexFinding/v1"] for one in results]
        assert len(set(prints)) == len(prints) > 20
        assert any(one["properties"].get("vulnerability") == "CVE-2026-3" for one in results)
        assert {one["ruleId"] for one in results} == set(ASKED)


def test_all_of_these_rules_depend_on_the_day() -> None:
    """A database grows old without anything else changing, so another day may bring another verdict."""
    assert {rule.name for rule in RULES if rule.name in ASKED and rule.depends_on_today} == set(ASKED)
