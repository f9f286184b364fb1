"""Figures of many images against one another, a mark each, as SVG: values on two axes in, markup out.

Drawn when the site is built, like `charts`: colours by CSS variables, every mark with its words, and each links to
its evidence. A name that finds no room beside its mark is left out; the mark's own words and the table have it.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from generator.pages import figures
from generator.pages.charts import letters
from generator.pages.markup import concat, fragment

WIDTH: Final = 960.0
LETTER: Final = 6.7
"""Units that a letter of a label takes."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, WIDTH - 20, 22.0, 430.0
_SIDES: Final = ((1, "start"), (-1, "end"))
_SHIFTS: Final = (0, -16, 16, -30, 30)
"""Where a name is tried beside its mark: right, then left, each at these distances up and down."""
_CELL: Final = 60.0
"""Side of the squares by which boxes near one another are found."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One direction: where a figure lies, from 0 to 1, and which figures have a line."""

    share: Callable[[float], float]
    ticks: tuple[tuple[float, str], ...]
    """Figures and what is written at their lines."""


@dataclass(frozen=True, slots=True)
class Dot:
    """One mark."""

    across: float
    up: float
    name: str
    words: str
    """All that it says."""
    address: str
    hue: str
    hollow: bool = False


def size_axis(sizes: Sequence[int]) -> Axis:
    """Return a logarithmic axis of bytes, each line ten times the one before; `sizes` are above 0."""
    low = math.floor(math.log10(min(sizes)) - 0.15)
    high = max(math.ceil(math.log10(max(sizes)) + 0.05), low + 1)
    powers = [10**power for power in range(max(low, 0), high + 1)]
    return Axis(
        lambda size: (math.log10(size) - low) / (high - low),
        tuple((power, figures.human(power)) for power in powers),
    )


def even_axis(highest: int, step: int) -> Axis:
    """Return an axis from 0 to above `highest`, with a line at every `step`."""
    top = highest + 1
    return Axis(lambda count: count / top, tuple((count, str(count)) for count in range(0, top + 1, step)))


def count_axis(highest: int) -> Axis:
    """Return an axis of counts that has a place for 0 and still room for thousands: by the logarithm of n + 1."""
    top = math.log10(highest + 1) * 1.06 or 1.0
    marks = [0, *(step * 10**power for power in range(7) for step in (1, 3) if step * 10**power <= highest)]
    return Axis(lambda count: math.log10(count + 1) / top, tuple((mark, figures.exact(mark)) for mark in marks))


def plot(dots: Sequence[Dot], across: Axis, up: Axis, label: str, *, titles: tuple[str, str] = ("", "")) -> Markup:
    """Draw the marks; `titles` stand at the ends of the axes, to the right and above. Nothing where there are none."""
    if not dots:
        return Markup("")
    parts: list[Markup] = []
    for figure, words in across.ticks:
        x = _across(across, figure)
        parts += [rule(x, _TOP, x, _BOTTOM), written(x, _BOTTOM + 20, words, "middle")]
    for figure, words in up.ticks:
        y = _up(up, figure)
        parts += [rule(_LEFT, y, _RIGHT, y), written(_LEFT - 10, y + 4, words, "end")]
    if titles[0]:
        parts.append(written(_RIGHT, _BOTTOM - 7, f"{titles[0]} →", "end", "bx-picture__value"))
        parts.append(written(_LEFT + 8, _TOP - 8, f"↑ {titles[1]}", "start", "bx-picture__value"))
    places = _labelled([(_across(across, dot.across), _up(up, dot.up), dot.name) for dot in dots])
    for dot, place in zip(dots, places, strict=True):
        text = written(place.text_x, place.text_y, dot.name, place.anchor) if place.anchor else Markup("")
        parts.append(
            fragment(
                '<a href="{address}" aria-label="{words}"><title>{words}</title>'
                '<circle cx="{x}" cy="{y}" r="6"{hollow} style="{colour}:var(--bx-hue-{hue})"/>{text}</a>',
                address=Markup(dot.address),
                words=dot.words,
                x=coordinate(place.x),
                y=coordinate(place.y),
                hollow=Markup(' class="bx-hollow"' if dot.hollow else ""),
                colour="stroke" if dot.hollow else "fill",
                hue=dot.hue,
                text=text,
            )
        )
    return fragment(
        '<svg class="bx-picture" viewBox="0 0 960 462" role="group" aria-label="{label}">{parts}</svg>',
        label=label,
        parts=concat(parts),
    )


def _across(axis: Axis, figure: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * axis.share(figure)


def _up(axis: Axis, figure: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * axis.share(figure)


# Names beside marks

_Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a mark and its name stand; no anchor: there is no room for the name."""

    x: float
    y: float
    text_x: float = 0.0
    text_y: float = 0.0
    anchor: str = ""


class _Taken:
    """Boxes that are taken, found by the squares that they touch, so that many cost no more each than few."""

    def __init__(self, boxes: Iterable[_Box]) -> None:
        self._boxes: dict[tuple[int, int], list[_Box]] = defaultdict(list)
        for box in boxes:
            self.add(box)

    def add(self, box: _Box) -> None:
        for cell in self._cells(box):
            self._boxes[cell].append(box)

    def covers(self, box: _Box, own: _Box) -> bool:
        """Tell whether any box but the mark's own lies under `box`."""
        near = (other for cell in self._cells(box) for other in self._boxes.get(cell, ()))
        return any(_overlap(box, other) for other in near if other != own)

    @staticmethod
    def _cells(box: _Box) -> Iterable[tuple[int, int]]:
        left, top, right, bottom = (int(edge // _CELL) for edge in box)
        return ((x, y) for x in range(left, right + 1) for y in range(top, bottom + 1))


def _labelled(points: Sequence[tuple[float, float, str]]) -> list[_Place]:
    """Put each name beside its mark where it covers neither a mark nor another name; else leave it out."""
    taken = _Taken((x - 8, y - 8, x + 8, y + 8) for x, y, _name in points)
    places: list[_Place] = []
    for x, y, name in points:
        width = LETTER * letters(name)
        tries = [(x + way * 11, y + 4 + shift, anchor) for way, anchor in _SIDES for shift in _SHIFTS]
        for text_x, text_y, anchor in tries:
            left = text_x - width if anchor == "end" else text_x
            box = (left, text_y - 11, left + width, text_y + 3)
            inside = box[0] >= _LEFT + 2 and box[2] <= _RIGHT + 18 and box[1] >= 0
            if inside and not taken.covers(box, (x - 8, y - 8, x + 8, y + 8)):
                taken.add(box)
                places.append(_Place(x, y, text_x, text_y, anchor))
                break
        else:
            places.append(_Place(x, y))
    return places


def _overlap(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


# Pieces of any picture


def rule(x1: float, y1: float, x2: float, y2: float) -> Markup:
    """Draw a thin line."""
    return fragment(
        '<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" class="bx-picture__rule"/>',
        x1=coordinate(x1), y1=coordinate(y1), x2=coordinate(x2), y2=coordinate(y2),
    )  # fmt: skip


def written(x: float, y: float, words: str, anchor: str, kind: str = "") -> Markup:
    """Write words at a place; `anchor` is where they have it: start, middle or end."""
    return fragment(
        '<text x="{x}" y="{y}" text-anchor="{anchor}"{kind}>{words}</text>',
        x=coordinate(x),
        y=coordinate(y),
        anchor=anchor,
        kind=fragment(' class="{kind}"', kind=kind) if kind else Markup(""),
        words=words,
    )


def coordinate(value: float) -> Markup:
    """Write a coordinate with one decimal at most."""
    return Markup(f"{value:.1f}".removesuffix(".0"))
