"""Whose the bytes of the root file system are: a treemap of packages, and the same as rows. Document in, markup out.

Every byte of rootfs_size is in exactly one share: a package's, nobody's, or the package manager's own records. Where
the image's databases cannot say, there is no picture, and a reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Final
from urllib.parse import quote

from markupsafe import Markup

from generator import text
from generator.analysis import tree_view
from generator.analysis.document import Document, Tree
from generator.analysis.sections.packages import InstalledPackage
from generator.language import gettext as _
from generator.language import ngettext
from generator.pages import figures
from generator.pages.charts import HEADING, LEAST_AREA, TREEMAP_HEIGHT, TREEMAP_WIDTH, Box, draw_box, squarify
from generator.pages.markup import concat, fragment
from generator.pages.places import anchor

NOBODY: Final = -1
RECORDS: Final = -2
ROWS: Final = 20
"""Packages that the table has; the rest is one row."""
LISTED: Final = 400
"""Packages that have a row, and so an anchor, in the page's table of packages."""
_MOST_FILES: Final = 60
"""Files drawn inside the block of those that belong to no package."""
_HUES: Final = {"package": 0, "more": 0, "nobody": 1, "records": -1}


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the root file system's bytes."""

    kind: str
    """package, more (several packages that are too small to be told apart), nobody or records."""
    name: str
    size: int
    percent: str
    bar: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class PackageMap:
    """The picture and its rows; or neither, and the reason."""

    reason: str = ""
    picture: Markup = field(default_factory=Markup)
    rows: tuple[Share, ...] = ()
    whole: int = 0


def package_map(document: Document) -> PackageMap:
    """Draw the shares of an image's bytes, the largest packages by name."""
    section, tree = document.sections.packages, document.tree
    if section is None:
        return PackageMap(_("Not known: the document is older than this question."))
    if section.state == "absent":
        return PackageMap(_("The image has no package database, so no file in it belongs to a package."))
    found = section.found
    if found is None:
        return PackageMap(_("Not known: the package database could not be read."))
    if found.unowned_size is None or len(found.owners) != len(tree):
        return PackageMap(_("Not known: the package database does not list the files of every package."))
    sizes = tree_view.own_sizes(tree)
    owned = [0] * len(found.packages)
    apart = {NOBODY: 0, RECORDS: 0}
    for owner, size in zip(found.owners, sizes, strict=True):
        if owner >= 0:
            owned[owner] += size
        else:
            apart[owner] += size
    whole = sum(sizes)
    if not whole:
        return PackageMap(_("There are no bytes to draw: every file is empty."))
    loose = [entry for entry, owner in enumerate(found.owners) if owner == NOBODY and sizes[entry] > 0]
    return PackageMap(
        picture=_picture(found.packages, owned, apart, tree, sorted(loose, key=lambda one: (-sizes[one], one)), sizes),
        rows=_rows(found.packages, owned, apart, whole),
        whole=whole,
    )


def _by_size(owned: Sequence[int]) -> list[int]:
    return sorted((number for number, size in enumerate(owned) if size), key=lambda one: (-owned[one], one))


def _address(packages: Sequence[InstalledPackage], number: int) -> str:
    """Return where its row is: the row's id is the name as pages show it."""
    return f"#package-{quote(text.visible(packages[number].name))}" if number < LISTED else ""


def _words(count: int) -> str:
    return ngettext("%(num)s more package", "%(num)s more packages", count) % {"num": figures.exact(count)}


def _rows(
    packages: Sequence[InstalledPackage], owned: Sequence[int], apart: dict[int, int], whole: int
) -> tuple[Share, ...]:
    order = _by_size(owned)
    rest = order[ROWS:]
    parts = [("package", packages[one].name, owned[one], _address(packages, one)) for one in order[:ROWS]]
    if rest:
        parts.append(("more", _words(len(rest)), sum(owned[one] for one in rest), ""))
    parts.append(("nobody", _("in no package"), apart[NOBODY], ""))
    parts.append(("records", _("the package manager's records"), apart[RECORDS], ""))
    largest = max(size for _kind, _name, size, _where in parts)
    return tuple(
        Share(kind, name, size, figures.percent(size, whole), figures.share(size, largest), address)
        for kind, name, size, address in parts
    )


def _picture(
    packages: Sequence[InstalledPackage],
    owned: Sequence[int],
    apart: dict[int, int],
    tree: Tree,
    loose: Sequence[int],
    sizes: Sequence[int],
) -> Markup:
    whole = sum(owned) + apart[NOBODY] + apart[RECORDS]
    least = LEAST_AREA * whole / (TREEMAP_WIDTH * TREEMAP_HEIGHT)
    order = _by_size(owned)
    drawn = [one for one in order if owned[one] >= least]
    small = order[len(drawn) :]
    parts = [("package", packages[one].name, owned[one], _address(packages, one)) for one in drawn]
    parts.append(("more", _words(len(small)), sum(owned[one] for one in small), ""))
    parts.append(("nobody", _("in no package"), apart[NOBODY], ""))
    parts.append(("records", _("the package manager's records"), apart[RECORDS], ""))
    outer = Box(0, whole, 0, 0.0, -HEADING - 1, TREEMAP_WIDTH, TREEMAP_HEIGHT + HEADING + 2)
    some = [number for number, part in enumerate(parts) if part[2]]
    boxes = []
    for box in squarify(some, [part[2] for part in parts], outer, repeat(0)):
        kind, name, _size, address = parts[box.entry]
        if box.area < LEAST_AREA and kind != "nobody":
            continue
        placed = Box(box.entry, box.size, _HUES[kind], box.x, box.y, box.width, box.height, 2)
        inside = _files(placed, tree, loose, sizes) if kind == "nobody" else Markup("")
        look = {"nobody": "loose", "records": "records"}.get(kind, "")
        label = {"nobody": _("unowned"), "records": _("records")}.get(kind, name)
        box_there = draw_box(placed, label, name, address=address, kind=look, holds_boxes=bool(inside))
        boxes.append(concat([box_there, inside]))
    largest = [f"{packages[one].name} {figures.human(owned[one])}" for one in order[:3]]
    return fragment(
        '<svg class="bx-treemap bx-treemap--packages" viewBox="0 0 1000 420" role="group" aria-label="{label}" '
        'aria-describedby="package-map-words"><desc id="package-map-words">{words}</desc>'
        '<defs><pattern id="bx-loose" width="7" height="7" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="7" height="7" class="bx-loose__ground"/>'
        '<rect width="2.2" height="7" class="bx-loose__line"/></pattern></defs>{parts}</svg>',
        label=_("Which packages the %(size)s of the root file system belong to") % {"size": figures.human(whole)},
        words=_("The largest: %(names)s. In no package: %(size)s.")
        % {"names": ", ".join(largest) or "–", "size": figures.human(apart[NOBODY])},
        parts=concat(boxes),
    )


def _files(outer: Box, tree: Tree, loose: Sequence[int], sizes: Sequence[int]) -> Markup:
    """Draw the files that belong to no package into their block, where it is large enough for them."""
    if outer.height <= 60 or outer.width <= 60:
        return Markup("")
    parts = []
    for box in squarify(list(loose), list(sizes), outer, repeat(outer.hue))[:_MOST_FILES]:
        if box.area >= LEAST_AREA:
            path = tree_view.path_of(tree, box.entry)
            name = tree.names[box.entry]
            parts.append(draw_box(box, name, path, address=f"#path={anchor(path)}", kind="inside"))
    return concat(parts)
