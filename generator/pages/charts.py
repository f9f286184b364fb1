"""Charts as SVG, drawn when the site is built: numbers in, markup out; no script, colours by CSS variables.

Every mark carries a `<title>` with its name and exact figure, and each chart stands beside a table that says the
same, so nothing is told by colour alone.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from unicodedata import east_asian_width

from markupsafe import Markup

from generator.advisories.assessment import SEVERITIES, Counts
from generator.analysis import tree_view
from generator.analysis.document import Layer, Tree
from generator.language import gettext
from generator.pages import figures
from generator.pages.markup import concat, fragment
from generator.pages.places import anchor
from generator.pages.vulnerability_words import SEVERITY_WORDS, by_severity

HUES: Final = 8
"""Colours that the stylesheet has for layers and directories (`--bx-hue-0` …)."""

TREEMAP_WIDTH: Final = 1000.0
TREEMAP_HEIGHT: Final = 420.0
LEAST_AREA: Final = 90.0
"""Square units below which a rectangle is not worth drawing."""
_MOST_BOXES: Final = 240
NEUTRAL: Final = -1
_MOSTLY: Final = 0.55
"""Share of all bytes above which a directory is drawn without a colour, so that what it holds can have some."""
_TREEMAP_DEPTH: Final = 6
_LETTER: Final = 6.6
"""Units that a letter of a label takes."""
_LEAST_LETTERS: Final = 4
"""Letters of a name that is cut."""
HEADING: Final = 18.0
"""Units that a directory's own name takes above what it holds."""


def layer_bar(layers: Sequence[Layer]) -> Markup:
    """Draw the layers' docker_size beside one another, the bytes that later layers hide hatched."""
    whole = sum(layer.docker_size for layer in layers)
    if not whole:
        return Markup("")
    parts: list[Markup] = []
    left = 0.0
    for number, layer in enumerate(layers, 1):
        width = 1000 * layer.docker_size / whole
        if width < 0.05:
            continue
        hidden = min(width, 1000 * layer.hidden_size / whole)
        parts.append(
            fragment(
                "<g><title>{words}</title>"
                '<rect x="{x}" y="0" width="{width}" height="36" style="fill:var(--bx-hue-{hue})"/>{hatch}</g>',
                words=_layer_words(number, layer),
                x=_number(left),
                width=_number(max(width - 1.5, 0.6)),
                hue=(number - 1) % HUES,
                hatch=fragment(
                    '<rect x="{x}" y="0" width="{w}" height="36" fill="url(#bx-hatch)"/>',
                    x=_number(left + width - hidden),
                    w=_number(max(hidden - 1.5, 0)),
                )
                if hidden > 0.5
                else Markup(""),
            )
        )
        left += width
    return fragment(
        '<svg class="bx-layerbar" viewBox="0 0 1000 36" preserveAspectRatio="none" role="img" aria-label="{label}">'
        '<defs><pattern id="bx-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="2.4" height="6" class="bx-hatch"/></pattern></defs>{parts}</svg>',
        label=gettext("Layers by docker_size, lowest first, %(size)s in all") % {"size": figures.human(whole)},
        parts=concat(parts),
    )


def _layer_words(number: int, layer: Layer) -> str:
    values = {
        "number": number,
        "human": figures.human(layer.docker_size),
        "exact": figures.in_bytes(layer.docker_size),
        "hidden": figures.human(layer.hidden_size),
    }
    if layer.hidden_size:
        return gettext("Layer %(number)s: %(human)s (%(exact)s), of it %(hidden)s hidden by later layers") % values
    return gettext("Layer %(number)s: %(human)s (%(exact)s)") % values


def severity_bar(counts: Counts) -> Markup:
    """Draw how many open vulnerabilities there are of each severity, the worst first; nothing where there are none."""
    if not counts.total:
        return Markup("")
    parts: list[Markup] = []
    left = 0.0
    for severity in SEVERITIES:
        count = getattr(counts, severity)
        if not count:
            continue
        width = 1000 * count / counts.total
        parts.append(
            fragment(
                '<rect x="{x}" y="0" width="{width}" height="24" class="bx-severity-{severity}"><title>{words}</title>'
                "</rect>",
                x=_number(left),
                width=_number(max(width - 3, 1.5)),
                severity=severity,
                words=f"{figures.exact(count)} {gettext(SEVERITY_WORDS[severity])}",
            )
        )
        left += width
    return fragment(
        '<svg class="bx-severities" viewBox="0 0 1000 24" preserveAspectRatio="none" role="img" aria-label="{label}">'
        "{parts}</svg>",
        label=by_severity(counts),
        parts=concat(parts),
    )


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the treemap and the bytes it stands for."""

    entry: int
    size: int
    hue: int
    x: float
    y: float
    width: float
    height: float
    depth: int = 0

    @property
    def area(self) -> float:
        """Square units."""
        return self.width * self.height


def treemap(tree: Tree) -> Markup:
    """Draw where the root file system's bytes are: directories inside directories, as far as there is room.

    Squarified (Bruls, Huizing, van Wijk 2000), the largest boxes only. Each links to its path in the tree.
    """
    totals = tree_view.total_sizes(tree)
    if not totals[0]:
        return Markup("")
    children: dict[int, list[int]] = {}
    for entry, depth in enumerate(tree_view.depths(tree)):
        if 0 < depth <= _TREEMAP_DEPTH and totals[entry] > 0:
            children.setdefault(tree.parents[entry], []).append(entry)
    drawn: list[Box] = []
    hues = itertools.cycle(range(HUES))
    waiting = [Box(0, 0, NEUTRAL, 0.0, -HEADING - 1, TREEMAP_WIDTH, TREEMAP_HEIGHT + HEADING + 2)]
    while waiting:
        box = waiting.pop()
        inside = squarify(children.get(box.entry, []), totals, box, hues)
        drawn.extend(one for one in inside if one.area >= LEAST_AREA)
        waiting.extend(one for one in inside if one.height > 46 and one.width > 46 and one.entry in children)
    least = sorted((one.area for one in drawn), reverse=True)[: _MOST_BOXES + 1][-1] if len(drawn) > _MOST_BOXES else 0
    parts = [_draw(tree, box, box.entry in children) for box in drawn if box.area > least]
    return fragment(
        '<svg class="bx-treemap" viewBox="0 0 1000 420" role="group" aria-label="{label}">{parts}</svg>',
        label=gettext("Where the %(size)s of the root file system are") % {"size": figures.human(totals[0])},
        parts=concat(parts),
    )


def _draw(tree: Tree, box: Box, folder: bool) -> Markup:
    path = tree_view.path_of(tree, box.entry)
    kind = "folder" if folder else ""
    address = f"#path={anchor(path)}"
    return draw_box(box, tree.names[box.entry], path, address=address, kind=kind, holds_boxes=folder)


def draw_box(
    box: Box, name: str, words: str, *, address: str = "", kind: str = "", holds_boxes: bool = False
) -> Markup:
    """Draw a rectangle with its name where there is room; `words` and the size in full are its title."""
    return fragment(
        '<{tag}{address} class="bx-treemap__box{kind}" style="--hue:var(--bx-hue-{hue});--depth:{depth}">'
        "<title>{words}: {human} ({exact})</title>"
        '<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="1.5"/>{text}</{tag}>',
        tag=Markup("a" if address else "g"),
        address=fragment(' href="{address}"', address=address) if address else Markup(""),
        kind=f" bx-treemap__box--{kind}" if kind else "",
        hue=box.hue if box.hue != NEUTRAL else "none",
        depth=box.depth,
        words=words,
        human=figures.human(box.size),
        exact=figures.in_bytes(box.size),
        x=_number(box.x + 0.75),
        y=_number(box.y + 0.75),
        w=_number(max(box.width - 1.5, 0.5)),
        h=_number(max(box.height - 1.5, 0.5)),
        text=_text(box, name, figures.human(box.size), one_line=holds_boxes or box.height < 34),
    )


def _text(box: Box, name: str, size: str, *, one_line: bool) -> Markup:
    """Write the name, cut to fit, and the size beside it or on a second line; neither where there is no room."""
    fits = (box.width - 10) / _LETTER
    label = _cut(name, fits)
    if box.height < 17 or not label:
        return Markup("")
    beside = letters(label) + 1 + len(size) <= fits
    form = ""
    if beside and label == name:
        form = ' <tspan class="bx-treemap__size">{size}</tspan>'
    elif not one_line and len(size) <= fits:
        form = '<tspan class="bx-treemap__size" x="{x}" dy="14">{size}</tspan>'
    x = _number(box.x + 6)
    return fragment(
        '<text x="{x}" y="{y}">{label}{size}</text>',
        x=x,
        y=_number(box.y + 14.5),
        label=label,
        size=fragment(form, size=size, x=x) if form else Markup(""),
    )


def letters(words: str) -> float:
    """Return how many Latin letters are about as wide as these words: one of Chinese takes nearly two."""
    return sum(1.8 if east_asian_width(letter) in "WF" else 1.0 for letter in words)


def _cut(name: str, fits: float) -> str:
    """Return the name as far as it fits; "" when too little of it would be left to say anything."""
    if letters(name) <= fits:
        return name
    while name and letters(name) + 1 > fits:
        name = name[:-1]
    return f"{name}…" if letters(name) >= _LEAST_LETTERS else ""


def squarify(entries: list[int], sizes: list[int], outer: Box, hues: Iterator[int]) -> list[Box]:
    """Lay out entries inside `outer`, below its heading, areas in proportion to sizes, as square as they go."""
    rest = sorted(entries, key=lambda entry: (-sizes[entry], entry))
    x, y = outer.x + 1, outer.y + HEADING
    width, height = outer.width - 2, outer.height - HEADING - 1
    whole = sum(sizes[entry] for entry in rest)
    if whole <= 0 or width <= 0 or height <= 0:
        return []
    scale = width * height / whole
    boxes: list[Box] = []
    start = 0
    while start < len(rest) and min(width, height) > 0.01:
        side = min(width, height)
        end, area, worst = start, 0.0, float("inf")
        while end < len(rest):
            piece = sizes[rest[end]] * scale
            total = area + piece
            ratio = max(side**2 * sizes[rest[start]] * scale / total**2, total**2 / (side**2 * piece))
            if ratio > worst:
                break
            worst, area, end = ratio, total, end + 1
        thickness, offset = area / side, 0.0
        for entry in rest[start:end]:
            length = sizes[entry] * scale / thickness
            hue = _hue(outer, sizes[entry], sizes[0], hues)
            place = (x, y + offset, thickness, length) if width >= height else (x + offset, y, length, thickness)
            boxes.append(Box(entry, sizes[entry], hue, *place, outer.depth + 1))
            offset += length
        if width >= height:
            x, width = x + thickness, width - thickness
        else:
            y, height = y + thickness, height - thickness
        start = end
    return boxes


def _hue(outer: Box, size: int, whole: int, hues: Iterator[int]) -> int:
    """Return the colour of a box: its directory's; a directory that holds nearly everything has none to give."""
    if outer.hue != NEUTRAL:
        return outer.hue
    return NEUTRAL if size > _MOSTLY * whole else next(hues)


def _number(value: float) -> Markup:
    """Write a coordinate with two decimals at most."""
    return Markup(f"{value:.2f}".rstrip("0").rstrip("."))
