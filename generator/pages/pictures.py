"""The pictures page: the whole set at a glance, drawn as SVG when the site is built. Each picture has its table.

Size against what an image offers, and against its known vulnerabilities; what a machine stores that holds all of
them; which image is built on which; how many bytes any two have in common. Grows with the number of images, and like
the front page says so by listing them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from generator.compare.sharing import Sharing, lineage, same_layers
from generator.language import gettext as _
from generator.pages import figures
from generator.pages.claim import FEWEST, claim
from generator.pages.drawings import Point, grid, hues, scatter, stacks
from generator.pages.environment import Templates
from generator.pages.site import File, Image, Site

_MOST_NAMED: Final = 24
"""Images that a sentence names; the table has all."""
MOST_IN_GRID: Final = 40
"""Images above which the grid of pairs is left out: its cells could not be told apart."""
MOST_IN_PAIRS: Final = 100
"""Images, the largest, that are held against one another: that takes time for every pair."""
MOST_IN_STACKS: Final = 100
"""Images, the largest, whose layers are drawn; every image's own page has its layers."""


def render(site: Site, templates: Templates) -> Iterator[File]:
    """Yield `pictures.md`."""
    known = [image for image in site.images if site.row(image) is not None]
    sharing = site.sharing
    points = _points(_first_platforms(known), site)
    largest = _largest(known, site, MOST_IN_PAIRS)
    common = sharing.common([image.folder for image in largest])
    drawn = _largest(known, site, MOST_IN_STACKS)
    page = templates.render(
        "pages/pictures.md.j2",
        points=points,
        scatter=scatter(points),
        claim=claim(_first_platforms(known), site),
        claim_fewest=FEWEST,
        most_named=_MOST_NAMED,
        question_count=len(next(iter(site.sheets.values()), ())),
        stacks=stacks(drawn, sharing, known),
        drawn_count=len(drawn),
        stored=_stored(sharing),
        shared_layers=_shared_layers(known, sharing),
        grid=grid(known, common) if 1 < len(known) <= MOST_IN_GRID else Markup(""),
        most_in_grid=MOST_IN_GRID,
        pairs=_closest(largest, common),
        paired_count=len(largest),
        families=_families(known, lineage(sharing)),
        twins=[[_by_folder(known)[key] for key in keys] for keys in same_layers(sharing)],
        image_count=len(known),
        unknown_count=len(site.images) - len(known),
    )
    yield File("pictures.md", page)


def _first_platforms(images: Sequence[Image]) -> list[Image]:
    """Leave out further platforms of an image: they would lie on one another."""
    return [image for image in images if image.platform == image.target.platforms[0]]


def _largest(images: Sequence[Image], site: Site, most: int) -> Sequence[Image]:
    """Return the images with the largest root file systems, in the site's order."""
    order = sorted(images, key=lambda image: site.rows[image.folder].sizes["rootfs_size"] or 0, reverse=True)
    chosen = {image.folder for image in order[:most]}
    return [image for image in images if image.folder in chosen]


def _by_folder(images: Sequence[Image]) -> dict[str, Image]:
    return {image.folder: image for image in images}


def _points(images: Sequence[Image], site: Site) -> list[Point]:
    points = []
    for image in images:
        row, sheet = site.rows[image.folder], site.sheets[image.folder]
        size = row.sizes["docker_size"]
        if size:
            yes = tuple(one.title for one in sheet if one.state == "yes")
            points.append(Point(image, size, len(yes), sum(one.state == "unknown" for one in sheet), yes))
    return sorted(points, key=lambda point: (point.size, point.image.folder))


# Layers, shared and not


@dataclass(frozen=True, slots=True)
class _SharedLayer:
    size: int
    images: tuple[Image, ...]
    hue: str


def _shared_layers(images: Sequence[Image], sharing: Sharing) -> list[_SharedLayer]:
    """Return the layers that several images have, the largest first."""
    sizes = {layer.chain_id: layer.docker_size for layers in sharing.layers.values() for layer in layers}
    known, holders = _by_folder(images), sharing.shared_chains()
    return [
        _SharedLayer(sizes[chain], tuple(known[key] for key in holders[chain]), hue)
        for chain, hue in hues(sharing).items()
    ]


@dataclass(frozen=True, slots=True)
class _Stored:
    words: str
    size: int
    bar: str


def _stored(sharing: Sharing) -> list[_Stored]:
    """Return what a machine stores that holds all images, by how it does."""
    sizes = {
        _("each for itself"): sharing.alone_size(),
        _("each layer once, as engines do"): sharing.layers_once_size(),
        _("each file content once, as nobody does"): sharing.contents_once_size(),
    }
    return [_Stored(words, size, figures.share(size, max(sizes.values()))) for words, size in sizes.items()]


# Bytes in common


@dataclass(frozen=True, slots=True)
class _Pair:
    first: Image
    second: Image
    size: int
    of_first: str
    of_second: str


def _closest(images: Sequence[Image], common: Mapping[tuple[str, str], int], most: int = 12) -> list[_Pair]:
    """Return the pairs with the most bytes in common."""
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
