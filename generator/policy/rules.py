"""The rules of a policy, each with its words and its function; a Subject in, its verdicts out. No clock, no network.

A rule is an entry of RULES here and a field of `images_policy.Policy`. Its function yields findings, and raises
CannotTellError where the document does not say: that is neither passed nor violated. What was found before counts.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, NamedTuple

from msgspec import UNSET

from generator.images_policy import SIZE_RULES, Policy
from generator.language import mark
from generator.policy import budgets, contents, standing, vulnerabilities
from generator.policy.subject import CannotTellError, Subject
from generator.policy.verdict import Finding, ImageVerdicts, State, Verdict, worst
from generator.text import visible


class Rule(NamedTuple):
    """One rule."""

    name: str
    title: str
    """What it asks for, in a few words, marked for the catalogue."""
    help: str
    """What it means, and when it cannot be told."""
    judge: Callable[[Subject, Any], Iterator[Finding]]
    depends_on_today: bool = False


def judged(subject: Subject, line: int) -> ImageVerdicts:
    """Judge every rule that is asked of the image, in the order of RULES."""
    policy = subject.target.policy
    verdicts = tuple(_verdict(rule, subject, asked) for rule in RULES if (asked := _asked(policy, rule)) is not None)
    observation = subject.outcome.observation
    return ImageVerdicts(
        name=subject.target.name,
        platform=str(subject.outcome.platform),
        line=line,
        document=observation.subject if observation else "",
        recorded_at=observation.at if observation else "",
        source=visible(observation.source) if observation else "",
        state=worst(verdict.state for verdict in verdicts),
        verdicts=verdicts,
    )


def _asked(policy: Policy, rule: Rule) -> Any:
    asked = getattr(policy, rule.name)
    return None if asked is UNSET else asked


def _verdict(rule: Rule, subject: Subject, asked: Any) -> Verdict:
    findings: list[Finding] = []
    reason = ""
    try:
        for finding in rule.judge(subject, asked):
            findings.append(finding)  # noqa: PERF402 - what came before the end is kept
    except CannotTellError as err:
        reason = str(err)
    if any(finding.level == "violation" for finding in findings):
        state: State = "violated"
    else:
        state = "unknown" if reason else "warning" if findings else "passed"
    return Verdict(
        rule=rule.name,
        asked=asked,
        state=state,
        findings=tuple(findings),
        reason=reason,
        depends_on_today=rule.depends_on_today,
    )


_NOT_TOLD: Final = (
    "It cannot be told where the image is not assessed, or by a database of advisories that is older than "
    "`advisories.max_age_days` allows; what such a database found counts all the same."
)

RULES: Final = (
    *(
        Rule(
            name,
            mark("a size within its budget"),
            f"The size that the sizes page calls {name.removeprefix('max_')} may be so many bytes. It cannot be told "
            "where the image's source does not let that size be known.",
            partial(budgets.size, name.removeprefix("max_")),
        )
        for name in SIZE_RULES
    ),
    Rule(
        "max_packages",
        mark("few packages"),
        "So many packages may be installed, as the image's package databases have it. It cannot be told where there is "
        "no package database.",
        budgets.packages,
    ),
    Rule("max_entries", mark("few files"), "The root file system may have so many entries.", budgets.entries),
    Rule("max_layers", mark("few layers"), "The image may have so many layers.", budgets.layers),
    Rule(
        "no_shell",
        mark("no shell"),
        "No command is a shell, nor is a program beyond PATH.",
        partial(contents.no_trade, "shell"),
    ),
    Rule(
        "no_package_manager",
        mark("no package manager"),
        "No command is a package manager, nor is a program beyond PATH.",
        partial(contents.no_trade, "package manager"),
    ),
    Rule(
        "non_root",
        mark("another user than root"),
        "The configuration names a user whose uid is not 0. It cannot be told without a configuration, or for a name "
        "that the image's passwd does not have.",
        contents.non_root,
    ),
    Rule(
        "no_setuid",
        mark("no setuid files"),
        "No regular file has setuid or setgid, but for those that allowed_setuid names.",
        contents.setuid,
    ),
    Rule(
        "forbidden_packages",
        mark("no forbidden package"),
        "No package has a name that is forbidden. It cannot be told where there is no package database.",
        contents.forbidden,
    ),
    Rule(
        "must_have",
        mark("what programs need"),
        "The image's capability sheet says yes to each of these lines.",
        contents.must_have,
    ),
    *(
        Rule(
            f"max_{severity}",
            title,
            f"So many open vulnerabilities may be of the severity {severity}; those of unknown severity are told in a "
            f"warning. {_NOT_TOLD}",
            partial(vulnerabilities.severe, severity),
            depends_on_today=True,
        )
        for severity, title in (
            ("critical", mark("few critical vulnerabilities")),
            ("high", mark("few vulnerabilities of high severity")),
        )
    ),
    Rule(
        "max_open",
        mark("few known vulnerabilities"),
        f"So many known vulnerabilities may be open, of whatever severity. {_NOT_TOLD}",
        vulnerabilities.open_ones,
        depends_on_today=True,
    ),
    Rule(
        "fixable",
        mark("no fix left out"),
        f"So many vulnerabilities may be open although a fixed version of every package with it exists. {_NOT_TOLD}",
        vulnerabilities.fixable,
        depends_on_today=True,
    ),
    Rule(
        "kev",
        mark("no vulnerability known to be exploited"),
        "So many open vulnerabilities may be in CISA's catalogue of exploited ones (KEV). It cannot be told without "
        f"the catalogue, or with one that is too old. {_NOT_TOLD}",
        vulnerabilities.exploited,
        depends_on_today=True,
    ),
    Rule(
        "not_end_of_life",
        mark("a release that is looked after"),
        "The distribution's regular support has not ended. It cannot be told for a distribution or release of which no "
        "dates are at hand, or without os-release.",
        standing.end_of_life,
        depends_on_today=True,
    ),
    Rule(
        "max_age_days",
        mark("changed not long ago"),
        "The image changed at most so many days ago, as the history has it; before its first change, its own date of "
        "creation counts, and without one it cannot be told.",
        standing.age,
        depends_on_today=True,
    ),
    Rule(
        "not_banned",
        mark("not banned"),
        "The status in images.yml is not banned; deprecated gives a warning.",
        standing.banned,
    ),
    Rule(
        "review_due",
        mark("review not overdue"),
        "The day on which the status is to be looked at again, review_on, has not passed.",
        standing.review,
        depends_on_today=True,
    ),
    Rule(
        "fresh",
        mark("up to date"),
        "The last build on this machine reached the image's source and brought its facts up to date. It cannot be told "
        "where no build asked.",
        standing.fresh,
    ),
)
"""Every rule, in the order in which verdicts are given."""

TITLES: Final = {rule.name: rule.title for rule in RULES}
