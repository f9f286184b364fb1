"""Pictures of many images at once, as SVG: a scatter, stacks to one scale, a grid of pairs. Values in, markup out.

Drawn when the site is built, like `charts`: colours by CSS variables, every mark with its words, and each links to
its evidence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from generator.compare.sharing import Sharing
from generator.language import gettext as _
from generator.language import listed
from generator.pages import charts, figures
from generator.pages.markup import concat, fragment
from generator.pages.plots import LETTER, WIDTH, Dot, coordinate, even_axis, plot, size_axis, written
from generator.pages.site import Image

_NAMED: Final = 12
"""Other images that the words of a layer name; where more have it, they are counted, and the table names them."""


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
    form = _("%(name)s: %(size)s, %(count)s of the questions answered yes: %(what)s")
    dots = []
    for number, point in enumerate(points):
        values = {
            "name": label(point.image),
            "size": figures.human(point.size),
            "count": point.yes_count,
            "what": ", ".join(point.titles) or "–",
        }
        address, hue = f"../{point.image.folder}/#capabilities", str(number % charts.HUES)
        dots.append(Dot(point.size, point.yes_count, label(point.image), form % values, address, hue))
    return plot(
        dots,
        size_axis([point.size for point in points]),
        even_axis(max(point.yes_count for point in points), 2),
        _("Images by size and by what they offer"),
    )


# Layers to one scale


def hues(sharing: Sharing) -> dict[str, str]:
    """Return the colours of the layers that several images have, the largest first; a colour is only one layer's.

    When all are given away, the others get "more": shared, but with which images only words can tell.
    """
    sizes = {layer.chain_id: layer.docker_size for layers in sharing.layers.values() for layer in layers}
    order = sorted(sharing.shared_chains(), key=lambda chain: (-sizes[chain], chain))
    return {chain: str(number) if number < charts.HUES else "more" for number, chain in enumerate(order)}


def stacks(images: Sequence[Image], sharing: Sharing, known: Sequence[Image]) -> Markup:
    """Draw each image's layers beside one another to one scale; a layer that others have too keeps its colour.

    `known` are all images of `sharing`, also those that are not drawn.
    """
    colours, holders = hues(sharing), sharing.shared_chains()
    titles = {image.folder: label(image) for image in known}
    widest = max((sum(one.docker_size for one in sharing.layers[image.folder]) for image in images), default=0)
    if not widest:
        return Markup("")
    names = min(230.0, 16 + LETTER * max(len(label(image)) for image in images))
    scale = (WIDTH - names - 90) / widest
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
                    x=coordinate(x),
                    y=coordinate(top),
                    w=coordinate(max(width - 1, 0.8)),
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
                name=written(names - 12, top + 12.5, _cut(label(image), 32), "end"),
                bars=concat(bars),
                size=written(x + 8, top + 12.5, figures.human(whole), "start", "bx-picture__value"),
            )
        )
    return fragment(
        '<svg class="bx-picture" viewBox="0 0 960 {height}" role="group" aria-label="{label}">{parts}</svg>',
        height=coordinate(12 + 26.0 * len(images)),
        label=_("Layers of every image by docker_size, to one scale"),
        parts=concat(parts),
    )


def _layer_words(position: int, size: int, others: Sequence[str]) -> str:
    values = {"number": position, "size": figures.human(size), "names": listed(others), "count": len(others)}
    if len(others) > _NAMED:
        return _("layer %(number)s: %(size)s, also in %(count)s other images") % values
    if others:
        return _("layer %(number)s: %(size)s, also in %(names)s") % values
    return _("layer %(number)s: %(size)s") % values


# Pairs


def grid(images: Sequence[Image], common: Mapping[tuple[str, str], int]) -> Markup:
    """Draw one square a pair: the darker, the more of the row's image is in the column's, too."""
    names = min(230.0, 16 + LETTER * max(len(label(image)) for image in images))
    cell = min(34.0, (WIDTH - names - 10) / len(images))
    head = names * 0.72 + 10
    parts = []
    for number, image in enumerate(images):
        middle = names + cell * (number + 0.5)
        parts.append(
            fragment(
                '<text x="{x}" y="{y}" transform="rotate(-45 {x} {y})">{words}</text>',
                x=coordinate(middle + 3),
                y=coordinate(head - 8),
                words=_cut(label(image), 32),
            )
        )
        parts.append(written(names - 12, head + cell * (number + 0.5) + 4, _cut(label(image), 32), "end"))
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
                    x=coordinate(names + cell * along + 1),
                    y=coordinate(head + cell * down + 1),
                    w=coordinate(cell - 2),
                    same=" bx-grid__cell--same" if row is column else "",
                    share=Markup(figures.share(size, whole)),
                    words=words,
                )
            )
    return fragment(
        '<svg class="bx-picture bx-grid" viewBox="0 0 960 {height}" role="img" aria-label="{label}">{parts}</svg>',
        height=coordinate(head + cell * len(images) + 8),
        label=_("Which share of each image's bytes is in each other image, too; the table below has the largest"),
        parts=concat(parts),
    )


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"
