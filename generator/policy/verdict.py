"""What became of a policy: verdicts with their evidence, by image, and the whole as one report.

These structs are the JSON that `basedex check --format json` prints, and its schema is made of them. Text that came
out of an image has its invisible characters written as escapes.
"""

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from generator.images_policy import EndOfLife

SCHEMA_VERSION: Final = 1

State = Literal["passed", "warning", "violated", "unknown"]
ImageState = Literal["not_asked", "passed", "warning", "violated", "unknown"]
Asked = bool | int | tuple[str, ...] | EndOfLife
"""What a policy asks of a rule: sizes in bytes."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a finding can be looked up, as far as it is about such things."""

    document: str = ""
    """Digest that the analysis document is filed under; left out where the finding is not about the image's bytes."""
    path: str = ""
    """Inside the image."""
    layer: int | None = None
    """Index of the layer that `path` came from: 0 is the lowest, which pages and words call layer 1."""
    layer_digest: str = ""
    """The same layer's digest; its diff_id where the source has no layer digests."""
    package: str = ""
    version: str = ""
    """Of `package`."""
    capability: str = ""
    """A line of the capability sheet, as `must_have` names it."""
    number: int | None = None
    """What was counted or measured."""
    limit: int | None = None
    """What `number` may be at most."""
    unit: str = ""
    """Of both: bytes, packages, entries, layers, days, vulnerabilities or advisories."""
    date: str = ""
    """The day on which it depends, YYYY-MM-DD."""
    vulnerability: str = ""
    """Identifier of a known vulnerability; `package` is the first that has it."""
    fixed: str = ""
    """Version of `package` that has it no more; left out where there is none."""
    database_date: str = ""
    """The day as of which the database of advisories is known to be current, YYYY-MM-DD."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that breaks a rule, or will before long."""

    level: Literal["violation", "warning"]
    sentence: str
    evidence: Evidence


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One rule judged for one image."""

    rule: str
    """The rule's name in images.yml."""
    asked: Asked
    state: State
    """passed, warning (passed, and there is something to know), violated, or unknown: what is recorded cannot tell."""
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    """Why it cannot be told; a violated rule has one when more may be wrong than was found."""
    depends_on_today: bool = False
    """Whether another day may bring another verdict from the same facts."""


class ImageVerdicts(msgspec.Struct, frozen=True, kw_only=True):
    """One image on one platform."""

    name: str
    platform: str
    line: int
    """Where the image stands in images.yml."""
    document: str
    """Digest that its analysis document is filed under; "" when nothing is recorded of it."""
    recorded_at: str
    """When that was seen; "" when nothing is recorded."""
    source: str
    """Where it was seen; "" when nothing is recorded."""
    state: ImageState
    """The worst of its verdicts (violated, then unknown, then warning); not_asked where no rule is asked of it."""
    verdicts: tuple[Verdict, ...]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Images by their states, and rules judged."""

    images: int
    passed: int
    warning: int
    violated: int
    unknown: int
    not_asked: int
    verdicts: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All images that were judged."""

    schema_version: int
    generator_version: str
    configuration: str
    """The file that has the policy, as it was named."""
    today: str
    """The day of the judgement, YYYY-MM-DD."""
    allow_unknown: bool
    """Whether what cannot be told lets an image through."""
    passed: bool
    """Whether the gate is open: the command's exit status is 0."""
    counts: Counts
    images: tuple[ImageVerdicts, ...]


def worst(states: Iterable[State]) -> ImageState:
    """Return the worst state; not_asked where there is none."""
    order: tuple[ImageState, ...] = ("not_asked", "passed", "warning", "unknown", "violated")
    return max(states, key=order.index, default="not_asked")


def counts_of(images: Iterable[ImageVerdicts]) -> Counts:
    """Count images and verdicts."""
    images = tuple(images)
    states = [image.state for image in images]
    return Counts(
        images=len(images),
        passed=states.count("passed"),
        warning=states.count("warning"),
        violated=states.count("violated"),
        unknown=states.count("unknown"),
        not_asked=states.count("not_asked"),
        verdicts=sum(len(image.verdicts) for image in images),
    )


def violation(sentence: str, evidence: Evidence) -> Finding:
    """Return what breaks a rule."""
    return Finding(level="violation", sentence=sentence, evidence=evidence)


def warning(sentence: str, evidence: Evidence) -> Finding:
    """Return what breaks no rule yet."""
    return Finding(level="warning", sentence=sentence, evidence=evidence)
