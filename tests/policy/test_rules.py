"""The rules of a policy: each one passed, violated, and not to be told, with the evidence of what it found."""

from datetime import date
from typing import Any

import msgspec
import pytest

from generator.analysis.document import Document
from generator.compare import capabilities
from generator.images_policy import CAPABILITIES, SIZE_RULES, Policy
from generator.policy.rules import RULES, judged
from generator.policy.subject import Subject
from generator.policy.verdict import Verdict
from tests.policy.subjects import bare, failed, subject, whole, with_sections

OPTIONS = {"allowed_setuid"}
"""Fields of a policy that are no rule of their own."""


@pytest.fixture(scope="module")
def document() -> Document:
    """Give the document of a small distribution."""
    return whole()


def verdict(judged_subject: Subject, rule: str) -> Verdict:
    """Return the verdict about one rule."""
    (only,) = [one for one in judged(judged_subject, 1).verdicts if one.rule == rule]
    return only


def told(one: Verdict) -> list[str]:
    """Return the sentences of a verdict."""
    return [finding.sentence for finding in one.findings]


def test_each_rule_of_the_file_is_a_rule_of_the_program() -> None:
    """What may stand in a policy is what can be judged, and each rule says what it means."""
    names = [rule.name for rule in RULES]
    assert sorted(names) == sorted(set(Policy.__struct_fields__) - OPTIONS)
    assert all(rule.title and len(rule.help) > 20 for rule in RULES)


def test_capabilities_that_may_be_asked_for_are_those_of_the_sheet(document: Document) -> None:
    """`must_have` takes every line of the capability sheet and nothing else."""
    assert sorted(line.name for line in capabilities.sheet(document)) == sorted(CAPABILITIES)


def test_nothing_is_asked_without_a_policy(document: Document) -> None:
    """An image without rules has no verdict, and does not count as one that passed."""
    found = judged(subject(document, {"no_shell": False, "max_layers": None, "not_banned": "off"}), 7)
    assert (found.state, found.verdicts) == ("not_asked", ())
    assert (found.name, found.line, found.document) == ("base", 7, document.subject)


# Budgets


@pytest.mark.parametrize("rule", SIZE_RULES)
def test_a_size_may_be_as_large_as_its_budget(document: Document, rule: str) -> None:
    """Each size passes at its limit, and violates it a byte above, with both numbers and the document's digest."""
    size = getattr(document.sizes, rule.removeprefix("max_"))
    assert verdict(subject(document, {rule: size}), rule).state == "passed"
    over = verdict(subject(document, {rule: size - 1}), rule)
    assert over.state == "violated"
    evidence = over.findings[0].evidence
    assert (evidence.number, evidence.limit, evidence.unit) == (size, size - 1, "bytes")
    assert evidence.document == document.subject
    assert f"{size:,} bytes, 1 more than the {size - 1:,} allowed" in over.findings[0].sentence


@pytest.mark.parametrize("rule", ["max_compressed_size", "max_podman_size"])
def test_a_size_that_the_source_cannot_tell_cannot_be_judged(document: Document, rule: str) -> None:
    """A size of None is within no budget and beyond none."""
    name = rule.removeprefix("max_")
    unknown = msgspec.structs.replace(
        document,
        sizes=msgspec.structs.replace(document.sizes, **{name: None}),
        unknown={f"sizes.{name}": "no-manifest"},
    )
    found = verdict(subject(unknown, {rule: 10**12}), rule)
    assert (found.state, found.reason) == ("unknown", f"{name} is not known: the source has no manifest")


@pytest.mark.parametrize(
    ("rule", "number", "words"),
    [
        ("max_packages", 3, "3 packages are installed"),
        ("max_layers", 2, "the image has 2 layers"),
        ("max_entries", 16, "the root file system has 16 entries"),
    ],
)
def test_counts_have_budgets(document: Document, rule: str, number: int, words: str) -> None:
    """Packages, layers and entries pass at their limit and violate it above."""
    assert verdict(subject(document, {rule: number}), rule).state == "passed"
    over = verdict(subject(document, {rule: number - 1}), rule)
    assert over.state == "violated"
    assert told(over) == [f"{words}, 1 more than the {number - 1} allowed"]


# What is in it


@pytest.mark.parametrize(
    ("rule", "sentences"),
    [
        ("no_shell", ["/bin/bash is a shell", "/bin/sh is a shell, a name of /bin/bash"]),
        ("no_package_manager", ["/usr/bin/apt is a package manager"]),
        (
            "no_setuid",
            [
                "/usr/bin/su is setuid: mode 4755, owner 0:0",
                "/usr/bin/wall is setgid: mode 2755, owner 0:5",
            ],
        ),
        ("non_root", ["containers run as root: no User is set in the configuration"]),
    ],
)
def test_what_may_not_be_there(document: Document, rule: str, sentences: list[str]) -> None:
    """Each thing that is there and may not be is a violation of its own; an image without them passes."""
    found = verdict(subject(document, {rule: True}), rule)
    assert (found.state, told(found)) == ("violated", sentences)
    assert verdict(subject(bare(), {rule: True}), rule).state == "passed"


def test_a_file_is_named_with_its_layer(document: Document) -> None:
    """The evidence of a path is the layer that it came from, by number and digest."""
    found = verdict(subject(document, {"no_setuid": True}), "no_setuid")
    assert [(one.evidence.path, one.evidence.layer) for one in found.findings] == [
        ("/usr/bin/su", 0),
        ("/usr/bin/wall", 1),
    ]
    assert [one.evidence.layer_digest for one in found.findings] == [one.digest for one in document.layers]


@pytest.mark.parametrize(
    ("rule", "section"),
    [
        ("no_shell", "commands"),
        ("no_package_manager", "commands"),
        ("no_setuid", "permissions"),
        ("non_root", "identity"),
        ("max_packages", "packages"),
        ("forbidden_packages", "packages"),
    ],
)
def test_a_section_that_is_not_known_cannot_be_judged(document: Document, rule: str, section: str) -> None:
    """A document from before the question and a section that failed are neither passed nor violated, and say why."""
    asked: dict[str, Any] = {rule: {"max_packages": 1, "forbidden_packages": ["bash"]}.get(rule, True)}
    older = verdict(subject(with_sections(document, **{section: None}), asked), rule)
    assert older.state == "unknown"
    assert "the document is older" in older.reason
    broken = verdict(subject(failed(document, section), asked), rule)
    assert broken.state == "unknown"
    assert broken.reason.endswith("could not be read: at 3: \\x1b[1mbroken")


@pytest.mark.parametrize(
    "rule", [rule.name for rule in RULES if rule.name not in ("not_banned", "review_due", "fresh")]
)
def test_an_image_without_a_document_cannot_be_judged(rule: str) -> None:
    """Where nothing is recorded, no rule about the image passes or is violated."""
    asked: dict[str, Any] = {rule: 5 if rule.startswith("max_") or rule in ("fixable", "kev") else True}
    asked |= {"forbidden_packages": ["x"]} if rule == "forbidden_packages" else {}
    asked |= {"must_have": ["tmp"]} if rule == "must_have" else {}
    found = verdict(subject(None, asked), rule)
    assert (found.state, found.reason) == ("unknown", "nothing is recorded of the image")


def test_a_user_that_is_not_root(document: Document) -> None:
    """A uid or the name of an account passes, root by any spelling does not, an unknown name cannot be told."""
    asked = {"non_root": True}
    states = {
        user: verdict(subject(whole(User=user), asked), "non_root").state
        for user in ("1000", "app", "0", "root", "who")
    }
    assert states == {"1000": "passed", "app": "passed", "0": "violated", "root": "violated", "who": "unknown"}


def test_setuid_files_may_be_allowed(document: Document) -> None:
    """Allowed paths are left out, * stands for anything, and naming them asks the rule by itself."""
    asked: dict[str, Any] = {"allowed_setuid": ["/usr/bin/su"]}
    assert told(verdict(subject(document, asked), "no_setuid")) == ["/usr/bin/wall is setgid: mode 2755, owner 0:5"]
    assert verdict(subject(document, {"allowed_setuid": ["/usr/bin/*"]}), "no_setuid").state == "passed"
    assert verdict(subject(document, asked | {"allowed_setuid": ["/usr/bin/s"]}), "no_setuid").state == "violated"
    assert not judged(subject(document, asked | {"no_setuid": "off"}), 1).verdicts


def test_setuid_files_that_are_not_listed_are_not_known(document: Document) -> None:
    """Where a document counts more setuid files than it lists, the rest is neither allowed nor forbidden."""
    section = document.sections.permissions
    assert section is not None
    assert section.found is not None
    more = msgspec.structs.replace(section, found=msgspec.structs.replace(section.found, setuid_count=5))
    asked = {"allowed_setuid": ["/usr/bin/*"]}
    found = verdict(subject(with_sections(document, permissions=more), asked), "no_setuid")
    assert (found.state, found.reason[:15]) == ("unknown", "3 further files")


def test_packages_may_be_forbidden_by_pattern(document: Document) -> None:
    """A name forbids itself, a * whatever fits; the package, its version and the database are the evidence."""
    found = verdict(subject(document, {"forbidden_packages": ["openssl", "lib*3", "bas"]}), "forbidden_packages")
    assert told(found) == [
        "the package libssl3 3.0 is installed, which “lib*3” forbids",
        "the package openssl 3.0 is installed",
    ]
    evidence = found.findings[1].evidence
    assert (evidence.package, evidence.version, evidence.path) == ("openssl", "3.0", "/var/lib/dpkg/status")
    assert verdict(subject(document, {"forbidden_packages": ["open", "*x"]}), "forbidden_packages").state == "passed"


@pytest.mark.parametrize("asked", [{"forbidden_packages": ["bash"]}, {"max_packages": 0}])
def test_without_a_package_database_nothing_is_known_of_packages(asked: dict[str, Any]) -> None:
    """An image that has no package database is not one that has no packages."""
    found = judged(subject(bare(), asked), 1)
    assert found.state == "unknown"
    assert "no package database" in found.verdicts[0].reason


def test_what_must_be_there(document: Document) -> None:
    """What the sheet says no to is a violation; what it does not know is told beside it, and alone cannot be judged."""
    assert verdict(subject(document, {"must_have": ["tmp", "shell"]}), "must_have").state == "passed"
    missing = verdict(subject(document, {"must_have": ["tmp", "ca-certificates"]}), "must_have")
    assert (missing.state, told(missing)) == (
        "violated",
        ["it does not have ca-certificates (CA certificates): none where programs look"],
    )
    older = with_sections(document, time_zones=None)
    assert verdict(subject(older, {"must_have": ["time-zones"]}), "must_have").state == "unknown"
    both = verdict(subject(older, {"must_have": ["time-zones", "ca-certificates"]}), "must_have")
    assert both.state == "violated"
    assert both.reason.startswith("time-zones: ")


# Time, people and builds


@pytest.mark.parametrize(
    ("today", "warn_days", "state"),
    [
        (date(2026, 7, 10), 0, "passed"),
        (date(2026, 7, 11), 0, "warning"),
        (date(2026, 7, 1), 9, "passed"),
        (date(2026, 7, 1), 10, "warning"),
        (date(2026, 7, 12), 10, "violated"),
    ],
)
def test_the_end_of_life_is_judged_by_the_day_that_is_given(
    document: Document, today: date, warn_days: int, state: str
) -> None:
    """The last day of support still passes; a warning comes so many days before; what is judged depends on the day."""
    found = verdict(subject(document, {"not_end_of_life": {"warn_days": warn_days}}, today=today), "not_end_of_life")
    assert (found.state, found.depends_on_today) == (state, True)
    if found.findings:
        assert found.findings[0].evidence.date == "2026-07-11"
        assert found.findings[0].evidence.path == "/etc/os-release"


def test_an_end_that_no_dates_tell_cannot_be_judged(document: Document) -> None:
    """Without os-release, or with a release that is in no calendar, it is not known whether support has ended."""
    asked = {"not_end_of_life": True}
    assert verdict(subject(bare(), asked), "not_end_of_life").reason.startswith("without os-release")
    found = document.sections.os_release.found
    assert found is not None
    other = msgspec.structs.replace(found, version_id="99", fields=found.fields | {"VERSION_ID": "99"})
    section = msgspec.structs.replace(document.sections.os_release, found=other)
    unknown = verdict(subject(with_sections(document, os_release=section), asked), "not_end_of_life")
    assert (unknown.state, unknown.reason) == (
        "unknown",
        "no dates are at hand for this release (ID=debian VERSION_ID=99)",
    )


def test_the_age_counts_from_the_last_change(document: Document) -> None:
    """A change in the history is where the age begins, whatever date the image gives itself."""
    asked = {"max_age_days": 23}
    assert verdict(subject(document, asked), "max_age_days").state == "passed"
    old = verdict(subject(document, {"max_age_days": 22}), "max_age_days")
    assert told(old) == ["it was first seen as it is now on 2026-11-01, 23 days ago; allowed are 22"]


def test_before_its_first_change_an_image_is_as_old_as_it_says(document: Document) -> None:
    """With one state in the history the image's own date counts; without one, only what is too old is known."""
    created = msgspec.structs.replace(
        document, identity=msgspec.structs.replace(document.identity, created="2026-01-01T00:00:00Z")
    )
    undated = msgspec.structs.replace(document, identity=msgspec.structs.replace(document.identity, created=None))

    def state(one: Document, limit: int) -> str:
        return verdict(subject(one, {"max_age_days": limit}, changed_then=False), "max_age_days").state

    assert [state(created, limit) for limit in (326, 327)] == ["violated", "passed"]
    assert [state(undated, limit) for limit in (22, 23)] == ["violated", "unknown"]


def test_what_people_say(document: Document) -> None:
    """A banned image is a violation, a deprecated one a warning, each with reason and replacement; others pass."""

    def found(**target: Any) -> Verdict:
        return verdict(
            subject(None, {"not_banned": True}, target=target | {"policy": Policy(not_banned=True)}), "not_banned"
        )

    banned = found(status="banned", reason="Too old.", replacement="other")
    assert (banned.state, told(banned)) == ("violated", ["its status is banned: Too old. Use other instead."])
    assert found(status="deprecated").state == "warning"
    assert found(status="approved").state == found().state == "passed"


@pytest.mark.parametrize(
    ("on", "state"), [("", "passed"), ("2026-11-24", "passed"), ("2026-11-23", "violated"), ("2027-01-01", "passed")]
)
def test_a_review_is_due_when_its_day_has_passed(on: str, state: str) -> None:
    """The day itself is in time; an image without a day for its review has none to miss."""
    target = {"review_on": on, "policy": Policy(review_due=True)}
    assert verdict(subject(None, {}, target=target), "review_due").state == state


@pytest.mark.parametrize(
    ("state", "expected"),
    [("fresh", "passed"), ("unchanged", "passed"), ("stale", "violated"), ("offline", "unknown")],
)
def test_the_last_build_decides_what_is_fresh(document: Document, state: str, expected: str) -> None:
    """What could not be refreshed is a violation with the build's reason; what no build asked for cannot be told."""
    found = verdict(subject(document, {"fresh": True}, state=state, reason="no answer"), "fresh")
    assert found.state == expected
    assert "no answer" in " ".join([found.reason, *told(found)]) or expected == "passed"
    missing = verdict(subject(None, {"fresh": True}, state="missing", reason="no answer"), "fresh")
    assert (missing.state, told(missing)) == ("violated", ["nothing is recorded of it: no answer"])
