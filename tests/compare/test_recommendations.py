"""Recommendations: each rule against sheets made by hand, where exactly one thing decides."""

from collections.abc import Mapping

import msgspec
import pytest

from generator.compare import matrix, recommendations
from generator.compare.capabilities import sheet
from generator.compare.recommendations import GENERAL, RULES, Answer, Candidate, Judgement, Rule, judge
from generator.lifecycle.calendar import Product, Release, shipped
from generator.lifecycle.rules import Standing, standing_of
from tests.builders import directory, file, image, tar
from tests.opened import analyzed

BY_NAME = {rule.name: rule for rule in RULES}


def perfect(
    rule: Rule, answers: Mapping[str, Answer] | None = None, *, key: str = "one", size: int | None = 1_000
) -> Candidate:
    """Return an image that meets every condition but for the given answers."""
    wanted = {one.question: Answer(one.wanted) for one in (*rule.conditions, *GENERAL)}
    return Candidate(key, size, wanted | dict(answers or {}))


def only(rule: Rule, one: Candidate) -> Judgement:
    """Return how a single image fares."""
    (judged,) = judge(rule, [one])
    return judged


WANTED = {
    "static-tls": {"ca-certificates": "yes"},
    "static-service": {
        "ca-certificates": "yes",
        "time-zones": "yes",
        "tmp": "yes",
        "shell": "no",
        "package-manager": "no",
    },
    "dynamic-glibc": {"glibc": "yes", "tmp": "yes"},
    "dynamic-cxx": {"glibc": "yes", "cxx": "yes", "tmp": "yes"},
    "dynamic-musl": {"musl": "yes", "tmp": "yes"},
    "python": {"glibc": "yes", "ca-certificates": "yes", "time-zones": "yes", "tmp": "yes"},
    "node": {"glibc": "yes", "cxx": "yes", "tmp": "yes"},
    "java": {"glibc": "yes", "tmp": "yes"},
    "debug": {"shell": "yes", "network-tool": "yes", "debugger": "yes"},
    "install": {"package-manager": "yes", "shell": "yes"},
    "shell": {"shell": "yes"},
}


def test_each_rule_asks_for_what_its_purpose_needs() -> None:
    """The conditions are these and no others, and every name is there once."""
    assert {one.name: {each.question: each.wanted for each in one.conditions} for one in RULES} == WANTED
    assert len(BY_NAME) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda one: one.name)
def test_every_condition_decides(rule: Rule) -> None:
    """An image that meets all fits; one other answer excludes it, and one unknown answer leaves it open, by name."""
    assert only(rule, perfect(rule)).verdict == "fits"
    for condition in rule.conditions:
        name = condition.question
        against = Answer("no" if condition.wanted == "yes" else "yes", "what was found")
        failed = only(rule, perfect(rule, {name: against}))
        assert (failed.verdict, failed.condition, failed.answer) == ("excluded", condition, against)
        open_ = only(rule, perfect(rule, {name: Answer("unknown")}))
        assert (open_.verdict, open_.condition) == ("unknown", condition)


@pytest.mark.parametrize("question", ["banned", "deprecated", "ended"])
def test_status_and_age_are_asked_last(question: str) -> None:
    """What meets all else and is banned, deprecated or ended is told apart; what fails before is plainly excluded."""
    rule = BY_NAME["static-tls"]
    judged = only(rule, perfect(rule, {question: Answer("yes", "why")}))
    assert (judged.verdict, judged.condition and judged.condition.question) == ("but", question)
    both = only(rule, perfect(rule, {"ca-certificates": Answer("no"), question: Answer("yes")}))
    assert (both.verdict, both.condition) == ("excluded", rule.conditions[0])
    neither = only(rule, perfect(rule, {"ca-certificates": Answer("unknown"), question: Answer("yes")}))
    assert (neither.verdict, neither.condition and neither.condition.question) == ("excluded", question)


def test_an_end_of_life_that_is_not_known_excludes_nothing() -> None:
    """An image without os-release may be recommended; silence of the calendar is not an end."""
    rule = BY_NAME["shell"]
    assert only(rule, perfect(rule, {"ended": Answer("unknown")})).verdict == "fits"


def test_those_that_fit_stand_first_and_smallest_first() -> None:
    """By verdict, then by size, what has no known size last, then by name."""
    rule = BY_NAME["shell"]
    judged = judge(
        rule,
        [
            perfect(rule, {"shell": Answer("no")}, key="none", size=1),
            perfect(rule, {"shell": Answer("unknown")}, key="unsure", size=2),
            perfect(rule, {"ended": Answer("yes")}, key="ended", size=3),
            perfect(rule, key="unmeasured", size=None),
            perfect(rule, key="b", size=500),
            perfect(rule, key="a", size=500),
            perfect(rule, key="tiny", size=7),
        ],
    )
    assert [one.candidate.key for one in judged] == ["tiny", "a", "b", "unmeasured", "ended", "unsure", "none"]


def test_answers_come_from_the_document() -> None:
    """Sheet, row, owners and calendar each answer their questions; each flavour of a C library is a question."""
    layer = tar(
        [
            file("bin/sh", b"#!/bin/busybox sh\n", mode=0o755),
            file("usr/lib/libstdc++.so.6"),
            file("etc/os-release", b"ID=debian\nVERSION_ID=12\n"),
            directory("tmp", mode=0o1777),
        ]
    )
    document = analyzed(image([layer]))
    row = matrix.row_of(document)
    debian = Product(title="Debian", releases={"12": Release(ends="2026-07-11")})
    calendar = msgspec.structs.replace(shipped(), products={"debian": debian})
    standing = standing_of(document.sections.os_release, calendar)

    def answers(day: str, status: str = "") -> dict[str, str]:
        made = recommendations.candidate(
            "one", row, sheet(document), standing, status=status, reason="", recorded_at=day
        ).answers
        return {name: one.state for name, one in made.items()}

    found = answers("2026-07-12")
    assert {name: found[name] for name in ("shell", "tmp", "cxx", "glibc", "musl", "ca-certificates")} == {
        "shell": "yes",
        "tmp": "yes",
        "cxx": "yes",
        "glibc": "no",
        "musl": "no",
        "ca-certificates": "no",
    }
    assert (found["ended"], answers("2026-07-11")["ended"]) == ("yes", "no")
    assert (answers("2026-01-01", "banned")["banned"], answers("2026-01-01", "banned")["deprecated"]) == ("yes", "no")
    questions = {one.question for rule in RULES for one in rule.conditions} | {one.question for one in GENERAL}
    assert questions <= found.keys()


def test_an_older_document_answers_nothing() -> None:
    """What the document is too old to say is unknown to every rule, and never a reason to exclude."""
    document = analyzed(image([tar([file("data")])]))
    names = [one.name for one in msgspec.structs.fields(document.sections) if one.name != "os_release"]
    older = msgspec.structs.replace(
        document, sections=msgspec.structs.replace(document.sections, **dict.fromkeys(names))
    )
    made = recommendations.candidate(
        "one",
        matrix.row_of(older),
        sheet(older),
        Standing(kind="no-os-release"),
        status="",
        reason="",
        recorded_at="2026-01-01",
    )
    asked = [rule for rule in RULES if all(one.question != "cxx" for one in rule.conditions)]
    assert {only(rule, made).verdict for rule in asked} == {"unknown"}
