"""Recommendations as printed rules: for a purpose, the conditions that an image must meet, in the order of asking.

Capability sheets and rows in, judgements out. There is no score: an image fits when it meets every condition; else the
first condition that it fails is named. What is not known neither fits nor fails, and is told apart. Rules are values,
so that a page can print them as they are applied.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from generator.compare.capabilities import Capability, State
from generator.compare.matrix import Fact, Row
from generator.language import gettext as _
from generator.language import mark
from generator.lifecycle.rules import Standing


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of an image about one question."""

    state: State
    words: str = ""
    """What exactly was found, for people."""
    anchor: str = "capabilities"
    """The section of the image page with the evidence."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One question and the answer that is wanted."""

    question: str
    wanted: Literal["yes", "no"]
    words: str
    """The condition, as a reader meets it."""
    doubt_fits: bool = False
    """Whether an image of which it is not known meets it: only for what owners would have said."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One purpose and what it takes."""

    name: str
    """Its anchor."""
    title: str
    reason: str
    """Why these conditions."""
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One image, as rules see it."""

    key: str
    size: int | None
    """docker_size."""
    answers: Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Judgement:
    """How one image fares by one rule. `condition` is the first that is not met or not known; None when it fits."""

    candidate: Candidate
    verdict: Literal["fits", "but", "unknown", "excluded"]
    """but: it meets the rule's own conditions, and one of GENERAL keeps it out."""
    condition: Condition | None = None
    answer: Answer | None = None


# Rules

GENERAL: Final = (
    Condition("banned", "no", mark("the owners of this site have not banned it")),
    Condition("deprecated", "no", mark("the owners of this site have not deprecated it")),
    Condition("ended", "no", mark("its release had not reached its end of life when it was recorded"), doubt_fits=True),
)
"""What every rule asks last: of an image that meets all else, this is what a reader wants to know."""

_TLS: Final = Condition("ca-certificates", "yes", mark("it has CA certificates where programs look"))
_ZONES: Final = Condition("time-zones", "yes", mark("it has time zones"))
_TMP: Final = Condition("tmp", "yes", mark("it has /tmp"))
_GLIBC: Final = Condition("glibc", "yes", mark("its C library is glibc"))
_MUSL: Final = Condition("musl", "yes", mark("its C library is musl"))
_CXX: Final = Condition("cxx", "yes", mark("it has the C++ runtime library libstdc++.so.6"))
_SHELL: Final = Condition("shell", "yes", mark("it has a shell"))
_NO_SHELL: Final = Condition("shell", "no", mark("it has no shell"))
_MANAGER: Final = Condition("package-manager", "yes", mark("it has a package manager"))
_NO_MANAGER: Final = Condition("package-manager", "no", mark("it has no package manager"))

RULES: Final = (
    Rule(
        "static-tls",
        mark("For a static binary that makes TLS calls"),
        mark("It brings all its code; what it cannot bring is whom to trust."),
        (_TLS,),
    ),
    Rule(
        "static-service",
        mark("For a static service with as little around it as possible"),
        mark("Certificates, time zones and a place for temporary files, and nothing that an intruder could call."),
        (_TLS, _ZONES, _TMP, _NO_SHELL, _NO_MANAGER),
    ),
    Rule(
        "dynamic-glibc",
        mark("For a dynamically linked C program (glibc)"),
        mark("It was built against glibc and starts only with glibc, of the same release or a newer one."),
        (_GLIBC, _TMP),
    ),
    Rule(
        "dynamic-cxx",
        mark("For a dynamically linked C++ program (glibc)"),
        mark("Besides the C library it loads GCC's C++ library."),
        (_GLIBC, _CXX, _TMP),
    ),
    Rule(
        "dynamic-musl",
        mark("For a dynamically linked C program (musl)"),
        mark("It was built against musl and starts only with musl."),
        (_MUSL, _TMP),
    ),
    Rule(
        "python",
        mark("For Python, with its interpreter brought along (glibc)"),
        mark("The interpreter and manylinux wheels load glibc; ssl and zoneinfo read the image's files."),
        (_GLIBC, _TLS, _ZONES, _TMP),
    ),
    Rule(
        "node",
        mark("For Node, with its runtime brought along (glibc)"),
        mark("The official runtime loads glibc and the C++ library; it has certificates and time zones of its own."),
        (_GLIBC, _CXX, _TMP),
    ),
    Rule(
        "java",
        mark("For Java, with its runtime brought along (glibc)"),
        mark("The runtime loads glibc; it has certificates and time zones of its own."),
        (_GLIBC, _TMP),
    ),
    Rule(
        "debug",
        mark("To debug in"),
        mark("A shell, and tools that look at the network and at processes."),
        (
            _SHELL,
            Condition("network-tool", "yes", mark("it has a network tool")),
            Condition("debugger", "yes", mark("it has a tool that looks into processes")),
        ),
    ),
    Rule(
        "install",
        mark("To install packages in"),
        mark("A package manager, and a shell for what its packages run when they are installed."),
        (_MANAGER, _SHELL),
    ),
    Rule(
        "shell",
        mark("The smallest with a shell"),
        mark("For scripts and for a look around."),
        (_SHELL,),
    ),
)


# Applying them


def candidate(
    key: str, row: Row, sheet: Iterable[Capability], standing: Standing, *, status: str, reason: str, recorded_at: str
) -> Candidate:
    """Return an image's answers: its sheet, what its row has beside it, and what its owners and the calendar say."""
    answers = {line.name: Answer(line.state, line.words, line.section or "capabilities") for line in sheet}
    for flavour in ("glibc", "musl"):
        answers[flavour] = _flavoured(row.facts["libc"], flavour)
    cxx = row.facts["cxx"]
    answers["cxx"] = Answer("yes" if cxx.state == "yes" else "no", "" if cxx.state == "yes" else _("not there"), "elf")
    for word in ("banned", "deprecated"):
        answers[word] = Answer("yes", reason or _(word), "top") if status == word else Answer("no", anchor="top")
    answers["ended"] = _ended(standing, recorded_at)
    return Candidate(key, row.sizes["docker_size"], answers)


_STATUSES: Final = (mark("banned"), mark("deprecated"))
"""For the catalogue: the words of `candidate`."""


def _flavoured(libc: Fact, flavour: str) -> Answer:
    if libc.state in ("failed", "unknown"):
        return Answer("unknown", anchor="elf")
    if any(words.partition(" ")[0] == flavour for words in libc.words):
        return Answer("yes", ", ".join(libc.words), "elf")
    return Answer("no", ", ".join(libc.words) or _("no C library"), "elf")


def _ended(standing: Standing, recorded_at: str) -> Answer:
    ends = standing.release.ends if standing.release else None
    if standing.ended_before(recorded_at):
        words = _("ended on %(day)s") % {"day": ends} if isinstance(ends, str) else _("ended")
        return Answer("yes", words, "life-cycle")
    return Answer("no" if standing.kind == "rolling" or ends is not None else "unknown", anchor="life-cycle")


def judge(rule: Rule, candidates: Sequence[Candidate]) -> tuple[Judgement, ...]:
    """Hold a rule against images: those that fit first, then the other verdicts; each by size, then by name.

    A condition that fails excludes whatever else is not known.
    """
    judged = [_judgement(rule, one) for one in candidates]
    order = {"fits": 0, "but": 1, "unknown": 2, "excluded": 3}
    return tuple(sorted(judged, key=lambda one: (order[one.verdict], *_by_size(one.candidate))))


def _by_size(one: Candidate) -> tuple[bool, int, str]:
    return one.size is None, one.size or 0, one.key


def _judgement(rule: Rule, one: Candidate) -> Judgement:
    doubtful: tuple[Condition, Answer] | None = None
    for condition in (*rule.conditions, *GENERAL):
        answer = one.answers[condition.question]
        if answer.state == condition.wanted or (answer.state == "unknown" and condition.doubt_fits):
            continue
        if answer.state != "unknown":
            last = condition in GENERAL and doubtful is None
            return Judgement(one, "but" if last else "excluded", condition, answer)
        doubtful = doubtful or (condition, answer)
    return Judgement(one, "unknown", *doubtful) if doubtful else Judgement(one, "fits")
