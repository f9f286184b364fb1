"""The pictures page: the whole set at a glance, drawn as SVG when the site is built. Each picture has its table.

Size against what an image offers; what a machine stores that holds all of them; which image is built on which; how
many bytes any two have in common. Grows with the number of images, and like the front page says so by listing them.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from generator.compare.sharing import Sharing, lineage, same_layers
from generator.language import gettext as _
from generator.pages import charts, figures
from generator.pages.environment import Templates
from generator.pages.markup import concat, fragment
from generator.pages.site import File, Image, Site

MOST_IN_GRID: Final = 40
"""Images above which the grid of pairs is left out: its cells could not be told apart."""
_WIDTH: Final = 960.0
_LETTER: Final = 6.7
"""Units that a letter of a label takes."""


def render(site: Site, templates: Templates) -> Iterator[File]:
    """Yield `pictures.md`."""
    known = [image for image in site.images if site.row(image) is not None]
    sharing = site.sharing
    first = _first_platforms(known)
    page = templates.render(
        "pages/pictures.md.j2",
        points=_points(first, site),
        scatter=scatter(_points(first, site)),
        question_count=len(next(iter(site.sheets.values()), ())),
        stacks=stacks(known, sharing),
        alone_size=sharing.alone_size(),
        layers_once_size=sharing.layers_once_size(),
        contents_once_size=sharing.contents_once_size(),
        shared_layers=_shared_layers(known, sharing),
        grid=grid(known, sharing) if 1 < len(known) <= MOST_IN_GRID else Markup(""),
        most_in_grid=MOST_IN_GRID,
        pairs=_closest(known, sharing),
        families=_families(known, lineage(sharing)),
        twins=[[_by_folder(known)[key] for key in keys] for keys in same_layers(sharing)],
        image_count=len(known),
        unknown_count=len(site.images) - len(known),
    )
    yield File("pictures.md", page)


def _first_platforms(images: Sequence[Image]) -> list[Image]:
    """Leave out further platforms of an image: they would lie on one another."""
    return [image for image in images if image.platform == image.target.platforms[0]]


def _by_folder(images: Sequence[Image]) -> dict[str, Image]:
    return {image.folder: image for image in images}


def label(image: Image) -> str:
    """Return the image's title, with its platform where it is not the first."""
    first = image.platform == image.target.platforms[0]
    return image.target.title if first else f"{image.target.title} {image.platform}"


# Size against what is offered


@dataclass(frozen=True, slots=True)
class Point:
    """One image in the scatter."""

    image: Image
    size: int
    yes_count: int
    unknown_count: int
    titles: tuple[str, ...]
    """What it offers, in words."""


def _points(images: Sequence[Image], site: Site) -> list[Point]:
    points = []
    for image in images:
        row, sheet = site.rows[image.folder], site.sheets[image.folder]
        size = row.sizes["docker_size"]
        if size:
            yes = tuple(one.title for one in sheet if one.state == "yes")
            points.append(Point(image, size, len(yes), sum(one.state == "unknown" for one in sheet), yes))
    return sorted(points, key=lambda point: (point.size, point.image.folder))


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
        tries = [(x + 11 + shift_x, y + 4 + shift, "start") for shift in (0, -16, 16, -30, 30) for shift_x in (0,)] + [
            (x - 11, y + 4 + shift, "end") for shift in (0, -16, 16, -30, 30)
        ]
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


# Layers, shared and not


def stacks(images: Sequence[Image], sharing: Sharing) -> Markup:
    """Draw each image's layers beside one another to one scale; a layer that others have too keeps its colour."""
    shared = {chain: number for number, chain in enumerate(sharing.shared_chains())}
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
            hue = str(shared[layer.chain_id] % charts.HUES) if layer.chain_id in shared else "none"
            bars.append(
                fragment(
                    '<rect x="{x}" y="{y}" width="{w}" height="16" style="fill:var(--bx-hue-{hue})"><title>{words}'
                    "</title></rect>",
                    x=_n(x),
                    y=_n(top),
                    w=_n(max(width - 1, 0.8)),
                    hue=hue,
                    words=_("layer %(number)s: %(size)s")
                    % {"number": position, "size": figures.human(layer.docker_size)},
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


@dataclass(frozen=True, slots=True)
class _SharedLayer:
    size: int
    images: tuple[Image, ...]
    hue: int


def _shared_layers(images: Sequence[Image], sharing: Sharing) -> list[_SharedLayer]:
    sizes = {layer.chain_id: layer.docker_size for layers in sharing.layers.values() for layer in layers}
    known = _by_folder(images)
    return [
        _SharedLayer(sizes[chain], tuple(known[key] for key in keys), number % charts.HUES)
        for number, (chain, keys) in enumerate(sharing.shared_chains().items())
    ]


# Bytes in common


@dataclass(frozen=True, slots=True)
class _Pair:
    first: Image
    second: Image
    size: int
    of_first: str
    of_second: str


def _closest(images: Sequence[Image], sharing: Sharing, most: int = 12) -> list[_Pair]:
    """Return the pairs with the most bytes in common."""
    common = sharing.common()
    pairs = [
        (common[one.folder, other.folder], one, other)
        for number, one in enumerate(images)
        for other in images[number + 1 :]
        if common[one.folder, other.folder]
    ]
    pairs.sort(key=lambda pair: (-pair[0], pair[1].folder, pair[2].folder))
    return [
        _Pair(
            one,
            other,
            size,
            figures.percent(size, common[one.folder, one.folder]),
            figures.percent(size, common[other.folder, other.folder]),
        )
        for size, one, other in pairs[:most]
    ]


def grid(images: Sequence[Image], sharing: Sharing) -> Markup:
    """Draw one square a pair: the darker, the more of the row's image is in the column's, too."""
    common = sharing.common()
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
                    share=figures.share(size, whole),
                    words=words,
                )
            )
    return fragment(
        '<svg class="bx-picture bx-grid" viewBox="0 0 960 {height}" role="img" aria-label="{label}">{parts}</svg>',
        height=_n(head + cell * len(images) + 8),
        label=_("Which share of each image's bytes is in each other image, too; the table below has the largest"),
        parts=concat(parts),
    )


# Who is built on whom


@dataclass(frozen=True, slots=True)
class Family:
    """An image and those built on it, each with its own."""

    image: Image
    built: tuple["Family", ...]


def _families(images: Sequence[Image], built: Mapping[str, tuple[str, ...]]) -> list[Family]:
    known = _by_folder(images)
    children = {key for keys in built.values() for key in keys}

    def family(key: str) -> Family:
        return Family(known[key], tuple(family(one) for one in built.get(key, ())))

    return [family(key) for key in built if key not in children]


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
