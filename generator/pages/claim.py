"""“The smaller the image, the fewer the vulnerabilities”, put to the test for a site's images. Site in, values out.

Size against known vulnerabilities, packages and commands, one mark an image, each pair of figures with Spearman's rank
correlation. An image whose figure is not known is in no pair that has it, and is named with the reason; the same bytes
under several names count once. What a coefficient of few chosen images can say is said beside it.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from generator.compare.correlation import spearman
from generator.compare.matrix import Fact
from generator.language import gettext, mark
from generator.pages import figures
from generator.pages import vulnerability_words as words
from generator.pages.drawings import label
from generator.pages.plots import Dot, count_axis, plot, size_axis
from generator.pages.site import Image, Site

FEWEST: Final = 5
"""Images below which there is no coefficient."""
_NORMAL: Final = 1.96
"""Of a normal distribution 95 % lie within so many standard deviations."""

_PAIRS: Final = (
    ("size", "vulnerabilities"),
    ("packages", "vulnerabilities"),
    ("commands", "vulnerabilities"),
    ("size", "packages"),
    ("size", "commands"),
)
_TITLES: Final = {
    "size": mark("docker_size"),
    "vulnerabilities": mark("known vulnerabilities"),
    "packages": mark("packages"),
    "commands": mark("commands"),
}
_ANCHORS: Final = {"vulnerabilities": "vulnerabilities", "packages": "packages", "commands": "commands"}


@dataclass(frozen=True, slots=True)
class Measured:
    """One image's figures; None is not known."""

    image: Image
    size: int | None
    vulnerabilities: int | None
    packages: int | None
    commands: int | None
    stands_still: bool
    """Nobody writes advisories on its release any more."""

    def figure(self, name: str) -> int | None:
        """Return one of them by its name."""
        value: int | None = getattr(self, name)
        return value


@dataclass(frozen=True, slots=True)
class Pair:
    """Two figures, and how they go together."""

    titles: tuple[str, str]
    count: int
    coefficient: str
    """"" where there are too few images, or one of the figures is the same in all."""
    by_chance: str
    """Between −this and this are 95 of 100 coefficients of figures that have nothing to do with each other."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Images without a count of vulnerabilities, for one reason."""

    short: str
    reason: str
    images: tuple[Image, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """All that the page shows."""

    measured: tuple[Measured, ...]
    pairs: tuple[Pair, ...]
    pictures: tuple[tuple[str, Markup], ...]
    """What each shows, and it; the first is of vulnerabilities, when enough images are assessed."""
    assessed_count: int
    is_enough: bool
    still: tuple[Image, ...]
    """Images whose advisories stand still."""
    left_out: tuple[LeftOut, ...]
    repeated: tuple[tuple[Image, Image], ...]
    """Images that are the same bytes as another, which counts."""


def claim(images: Sequence[Image], site: Site) -> Claim:
    """Return the claim and what is to be held against it, for images of which something is known."""
    kept, repeated = _distinct(images)
    measured = [_measured(image, site) for image in kept]
    assessed = [one for one in measured if one.vulnerabilities is not None]
    pairs = [pair for pair in _PAIRS if len(assessed) >= FEWEST or "vulnerabilities" not in pair]
    drawn = [pair for pair in pairs if pair[0] == "size"]
    return Claim(
        measured=tuple(sorted(measured, key=lambda one: (one.size or 0, one.image.folder))),
        pairs=tuple(_pair(measured, *pair) for pair in pairs),
        pictures=tuple(_drawn(measured, *pair) for pair in drawn),
        assessed_count=len(assessed),
        is_enough=len(assessed) >= FEWEST,
        still=tuple(one.image for one in measured if one.stands_still),
        left_out=tuple(_left_out(kept, site)),
        repeated=tuple(repeated),
    )


def _distinct(images: Sequence[Image]) -> tuple[list[Image], list[tuple[Image, Image]]]:
    first: dict[str, Image] = {}
    repeated = []
    for image in images:
        subject = image.outcome.observation.subject if image.outcome.observation else image.folder
        if subject in first:
            repeated.append((image, first[subject]))
        first.setdefault(subject, image)
    return list(first.values()), repeated


def _measured(image: Image, site: Site) -> Measured:
    row, assessment = site.rows[image.folder], site.assessed[image.folder]
    has_ended = site.standings[image.folder].ended_before(image.recorded_at)
    return Measured(
        image,
        size=row.sizes["docker_size"],
        vulnerabilities=assessment.counts.total if assessment.counts else None,
        packages=_count(row.facts["packages"], without=None),
        commands=_count(row.facts["commands"], without=0),
        stands_still=words.stands_still(assessment, has_ended=has_ended),
    )


def _count(fact: Fact, *, without: int | None) -> int | None:
    """Return a fact's count; `without` where there is none of it."""
    return fact.count if fact.state == "yes" else without if fact.state == "no" else None


def _known(measured: Sequence[Measured], first: str, second: str) -> list[tuple[Measured, int, int]]:
    """Return the images of which both figures are known; a size of 0 has no place on a logarithmic axis."""
    every = ((one, one.figure(first), one.figure(second)) for one in measured)
    return [(one, x, y) for one, x, y in every if x is not None and y is not None and (first != "size" or x > 0)]


def _pair(measured: Sequence[Measured], first: str, second: str) -> Pair:
    known = _known(measured, first, second)
    value = spearman([x for _, x, _ in known], [y for _, _, y in known]) if len(known) >= FEWEST else None
    return Pair(
        titles=(gettext(_TITLES[first]), gettext(_TITLES[second])),
        count=len(known),
        coefficient="" if value is None else _signed(value),
        by_chance="" if value is None else f"{min(_NORMAL / math.sqrt(len(known) - 1), 1):.2f}",
    )


def _signed(value: float) -> str:
    """Write a coefficient with two decimals, and with a minus that is one."""
    shown = f"{value:+.2f}".replace("-", "−")
    return "0.00" if shown.strip("+−") == "0.00" else shown


def _drawn(measured: Sequence[Measured], first: str, second: str) -> tuple[str, Markup]:
    known = _known(measured, first, second)
    titles = gettext(_TITLES[first]), gettext(_TITLES[second])
    about = gettext("%(first)s against %(second)s") % {"first": titles[0], "second": titles[1]}
    if not known:
        return about, Markup("")
    dots = [_dot(one, x, y, second) for one, x, y in sorted(known, key=lambda each: (each[1], each[0].image.folder))]
    across, up = size_axis([x for _, x, _ in known]), count_axis(max(y for _, _, y in known))
    return about, plot(dots, across, up, about, titles=titles)


def _dot(one: Measured, size: int, count: int, second: str) -> Dot:
    values = {
        "name": label(one.image),
        "size": figures.human(size),
        "count": figures.exact(count),
        "what": gettext(_TITLES[second]),
    }
    said = gettext("%(name)s: %(size)s, %(what)s: %(count)s") % values
    hollow = one.stands_still and second == "vulnerabilities"
    if hollow:
        said = gettext("%(words)s; nobody writes advisories on its release any more") % {"words": said}
    return Dot(size, count, label(one.image), said, f"../{one.image.folder}/#{_ANCHORS[second]}", "0", hollow)


def _left_out(images: Sequence[Image], site: Site) -> Iterator[LeftOut]:
    groups: dict[tuple[str, str], list[Image]] = {}
    for image in images:
        assessment = site.assessed[image.folder]
        if not assessment.knows:
            groups.setdefault((words.short(assessment), words.reason(assessment)), []).append(image)
    for (short, reason), found in groups.items():
        yield LeftOut(short, reason, tuple(found))
