"""Pictures of many images at once, as SVG: a scatter, stacks to one scale, a grid of pairs. Values in, markup out.

Drawn when the site is built, like `charts`: colours by CSS variables, every mark with its words, and each links to
its evidence. A name that finds no room beside its mark is left out; the mark's own words and the table have it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from generator.compare.sharing import Sharing
from generator.language import gettext as _
from generator.language import listed
from generator.pages import charts, figures
from generator.pages.markup import concat, fragment
from generator.pages.site import Image

_WIDTH: Final = 960.0
_LETTER: Final = 6.7
"""Units that a letter of a label takes."""
_SIDES: Final = ((1, "start"), (-1, "end"))
_SHIFTS: Final = (0, -16, 16, -30, 30)
"""Where a name is tried beside its mark: right, then left, each at these distances up and down."""


def label(image: Image) -> str:
    """Return the image's title, with its platform where it is not the first."""
    first = image.platform == image.target.platforms[0]
    return image.target.title if first else f"{image.target.title} {image.platform}"


@dataclass(frozen=True, slots=True)
class Point:
    """One image in the scatter."""

    image: Image
    size: int
    yes_count: int
    unknown_count: int
    titles: tuple[str, ...]
    """What it offers, in words."""


def scatter(points: Sequence[Point]) -> Markup:
    """Draw size (logarithmic, to the right) against the number of questions answered yes (upwards)."""
    if not points:
        return Markup("")
    left, right, top, bottom = 44.0, _WIDTH - 20, 22.0, 430.0
    low = 10 ** math.floor(math.log10(points[0].size) - 0.15)
    high = max(10 ** math.ceil(math.log10(points[-1].size) + 0.05), low * 10)
    highest = max(point.yes_count for point in points) + 1

    def across(size: float) -> float:
        return left + (right - left) * (math.log10(size) - math.log10(low)) / (math.log10(high) - math.log10(low))

    def up(count: float) -> float:
        return bottom - (bottom - top) * count / highest

    parts = []
    size = low
    while size <= high:
        parts.append(_rule(across(size), top, across(size), bottom))
        parts.append(_words(across(size), bottom + 20, figures.human(round(size)), "middle"))
        size *= 10
    for count in range(0, highest + 1, 2):
        parts.append(_rule(left, up(count), right, up(count)))
        parts.append(_words(left - 10, up(count) + 4, str(count), "end"))
    places = _labelled([(across(point.size), up(point.yes_count), label(point.image)) for point in points], right)
    for number, (point, place) in enumerate(zip(points, places, strict=True)):
        words = _("%(name)s: %(size)s, %(count)s of the questions answered yes: %(what)s") % {
            "name": label(point.image),
            "size": figures.human(point.size),
            "count": point.yes_count,
            "what": ", ".join(point.titles) or "–",
        }
        parts.append(
            fragment(
                '<a href="../{folder}/#capabilities" aria-label="{words}"><title>{words}</title>'
                '<circle cx="{x}" cy="{y}" r="6" style="fill:var(--bx-hue-{hue})"/>{text}</a>',
                folder=point.image.folder,
                words=words,
                x=_n(place.x),
                y=_n(place.y),
                hue=number % charts.HUES,
                text=_words(place.text_x, place.text_y, label(point.image), place.anchor)
                if place.anchor
                else Markup(""),
            )
        )
    return fragment(
        '<svg class="bx-picture" viewBox="0 0 960 462" role="group" aria-label="{label}">{parts}</svg>',
        label=_("Images by size and by what they offer"),
        parts=concat(parts),
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a point and its name stand; no anchor: there is no room for the name."""

    x: float
    y: float
    text_x: float = 0.0
    text_y: float = 0.0
    anchor: str = ""


def _labelled(points: Sequence[tuple[float, float, str]], right: float) -> list[_Place]:
    """Put each name beside its point where it covers neither a point nor another name; else leave it out."""
    taken = [(x - 8, y - 8, x + 8, y + 8) for x, y, _name in points]
    places: list[_Place] = []
    for x, y, name in points:
        width = _LETTER * len(name)
        tries = [(x + way * 11, y + 4 + shift, anchor) for way, anchor in _SIDES for shift in _SHIFTS]
        for text_x, text_y, anchor in tries:
            box = (text_x, text_y - 11, text_x + width, text_y + 3)
            if anchor == "end":
                box = (text_x - width, text_y - 11, text_x, text_y + 3)
            inside = box[0] >= 46 and box[2] <= right + 18 and box[1] >= 0
            if inside and not any(_overlap(box, other) for other in taken if other != (x - 8, y - 8, x + 8, y + 8)):
                taken.append(box)
                places.append(_Place(x, y, text_x, text_y, anchor))
                break
        else:
            places.append(_Place(x, y))
    return places


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


# Layers to one scale


def hues(sharing: Sharing) -> dict[str, str]:
    """Return the colours of the layers that several images have, the largest first; a colour is only one layer's.

    When all are given away, the others get "more": shared, but with which images only words can tell.
    """
    sizes = {layer.chain_id: layer.docker_size for layers in sharing.layers.values() for layer in layers}
    order = sorted(sharing.shared_chains(), key=lambda chain: (-sizes[chain], chain))
    return {chain: str(number) if number < charts.HUES else "more" for number, chain in enumerate(order)}


def stacks(images: Sequence[Image], sharing: Sharing) -> Markup:
    """Draw each image's layers beside one another to one scale; a layer that others have too keeps its colour."""
    colours, holders = hues(sharing), sharing.shared_chains()
    titles = {image.folder: label(image) for image in images}
    widest = max((sum(one.docker_size for one in sharing.layers[image.folder]) for image in images), default=0)
    if not widest:
        return Markup("")
    names = min(230.0, 16 + _LETTER * max(len(label(image)) for image in images))
    scale = (_WIDTH - names - 90) / widest
    parts = []
    for number, image in enumerate(images):
        top, x = 6 + 26.0 * number, names
        bars = []
        for position, layer in enumerate(sharing.layers[image.folder], 1):
            width = max(layer.docker_size * scale, 0.8)
            others = [titles[key] for key in holders.get(layer.chain_id, ()) if key != image.folder]
            bars.append(
                fragment(
                    '<rect x="{x}" y="{y}" width="{w}" height="16" style="fill:var(--bx-hue-{hue})"><title>{words}'
                    "</title></rect>",
                    x=_n(x),
                    y=_n(top),
                    w=_n(max(width - 1, 0.8)),
                    hue=colours.get(layer.chain_id, "none"),
                    words=_layer_words(position, layer.docker_size, others),
                )
            )
            x += width
        whole = sum(layer.docker_size for layer in sharing.layers[image.folder])
        words = _("%(name)s: %(size)s in %(count)s layers") % {
            "name": label(image),
            "size": figures.human(whole),
            "count": len(sharing.layers[image.folder]),
        }
        parts.append(
            fragment(
                '<a href="../{folder}/#layers" aria-label="{words}">{name}{bars}{size}</a>',
                folder=image.folder,
                words=words,
                name=_words(names - 12, top + 12.5, _cut(label(image), 32), "end"),
                bars=concat(bars),
                size=_words(x + 8, top + 12.5, figures.human(whole), "start", "bx-picture__value"),
            )
        )
    return fragment(
        '<svg class="bx-picture" viewBox="0 0 960 {height}" role="group" aria-label="{label}">{parts}</svg>',
        height=_n(12 + 26.0 * len(images)),
        label=_("Layers of every image by docker_size, to one scale"),
        parts=concat(parts),
    )


def _layer_words(position: int, size: int, others: Sequence[str]) -> str:
    values = {"number": position, "size": figures.human(size), "names": listed(others)}
    if others:
        return _("layer %(number)s: %(size)s, also in %(names)s") % values
    return _("layer %(number)s: %(size)s") % values


# Pairs


def grid(images: Sequence[Image], common: Mapping[tuple[str, str], int]) -> Markup:
    """Draw one square a pair: the darker, the more of the row's image is in the column's, too."""
    names = min(230.0, 16 + _LETTER * max(len(label(image)) for image in images))
    cell = min(34.0, (_WIDTH - names - 10) / len(images))
    head = names * 0.72 + 10
    parts = []
    for number, image in enumerate(images):
        middle = names + cell * (number + 0.5)
        parts.append(
            fragment(
                '<text x="{x}" y="{y}" transform="rotate(-45 {x} {y})">{words}</text>',
                x=_n(middle + 3),
                y=_n(head - 8),
                words=_cut(label(image), 32),
            )
        )
        parts.append(_words(names - 12, head + cell * (number + 0.5) + 4, _cut(label(image), 32), "end"))
    for down, row in enumerate(images):
        whole = common[row.folder, row.folder]
        for along, column in enumerate(images):
            size = common[row.folder, column.folder]
            words = _("%(size)s of %(row)s are in %(column)s, too: %(share)s") % {
                "size": figures.human(size),
                "row": label(row),
                "column": label(column),
                "share": figures.percent(size, whole),
            }
            parts.append(
                fragment(
                    '<rect x="{x}" y="{y}" width="{w}" height="{w}" rx="2" class="bx-grid__cell{same}" '
                    'style="--share:{share}"><title>{words}</title></rect>',
                    x=_n(names + cell * along + 1),
                    y=_n(head + cell * down + 1),
                    w=_n(cell - 2),
                    same=" bx-grid__cell--same" if row is column else "",
                    share=Markup(figures.share(size, whole)),
                    words=words,
                )
            )
    return fragment(
        '<svg class="bx-picture bx-grid" viewBox="0 0 960 {height}" role="img" aria-label="{label}">{parts}</svg>',
        height=_n(head + cell * len(images) + 8),
        label=_("Which share of each image's bytes is in each other image, too; the table below has the largest"),
        parts=concat(parts),
    )


# Pieces


def _rule(x1: float, y1: float, x2: float, y2: float) -> Markup:
    return fragment(
        '<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" class="bx-picture__rule"/>',
        x1=_n(x1), y1=_n(y1), x2=_n(x2), y2=_n(y2),
    )  # fmt: skip


def _words(x: float, y: float, words: str, anchor: str, kind: str = "") -> Markup:
    return fragment(
        '<text x="{x}" y="{y}" text-anchor="{anchor}"{kind}>{words}</text>',
        x=_n(x),
        y=_n(y),
        anchor=anchor,
        kind=fragment(' class="{kind}"', kind=kind) if kind else Markup(""),
        words=words,
    )


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _n(value: float) -> Markup:
    """Write a coordinate with one decimal at most."""
    return Markup(f"{value:.1f}".removesuffix(".0"))
