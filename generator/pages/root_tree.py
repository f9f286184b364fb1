"""The root file system for an image page: nested lists that need no script, and the columns the script reads.

Up to `WHOLE_TREE` entries the lists hold the whole tree; above it, its two top levels, since a browser takes
seconds for tens of thousands of nested elements. The script replaces either by a tree that makes its rows as
they are opened. Both are linear in entries; nothing recurses, since images hold trees of any depth.
"""

import json
from collections.abc import Iterator
from typing import Final

from markupsafe import Markup

from generator.analysis import tree_view
from generator.analysis.document import Tree
from generator.language import gettext, ngettext
from generator.pages import figures
from generator.pages.markup import escape, fragment

WHOLE_TREE: Final = 300
"""Entries up to which the page itself holds the whole tree."""
FALLBACK_ROWS: Final = 400
"""Rows of the two top levels that a page holds at most."""

_ANGLES: Final = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def payload(tree: Tree) -> bytes:
    """Return the tree as the script reads it: columns, with the many equal mode/owner/layer triples told once."""
    triples: dict[tuple[str, str, int], int] = {}
    of_entry = [
        triples.setdefault(
            (
                tree_view.mode_text(tree.kinds[entry], tree.modes[entry]),
                f"{tree.uids[entry]}:{tree.gids[entry]}",
                tree.layers[entry],
            ),
            len(triples),
        )
        for entry in range(len(tree))
    ]
    columns = {
        "names": tree.names,
        "up": [entry - parent for entry, parent in enumerate(tree.parents)],
        "sizes": tree.sizes,
        "attributes": list(triples),
        "attribute": of_entry,
        "targets": tree.targets,
        "hardLinks": tree.hard_links,
        "devices": tree.devices,
    }
    written = json.dumps(columns, ensure_ascii=False, separators=(",", ":"))
    return written.translate(_ANGLES).encode() + b"\n"


def fallback(tree: Tree) -> Markup:
    """Return the lists that stand in the page: the whole tree when it is small, else its two top levels."""
    return Markup("".join(_lines(tree, whole=len(tree) - 1 <= WHOLE_TREE)))


def _lines(tree: Tree, *, whole: bool) -> Iterator[str]:
    depths, totals, counts = tree_view.depths(tree), tree_view.total_sizes(tree), tree_view.total_counts(tree)
    shown = [entry for entry in range(1, len(tree)) if whole or depths[entry] <= 2]
    left_out = len(shown) - FALLBACK_ROWS if not whole else 0
    yield '<ul class="bx-tree__list">\n'
    depth = 1
    for entry in shown if left_out <= 0 else shown[:FALLBACK_ROWS]:
        while depth > depths[entry]:
            yield "</ul></details></li>\n"
            depth -= 1
        row = _row(tree, entry, depths[entry] - 1, totals[entry], counts[entry])
        opens = tree.kinds[entry] == "d" and counts[entry] > 0 and (whole or depths[entry] < 2)
        if opens:
            yield f'<li><details><summary>{row}</summary><ul class="bx-tree__list">\n'
            depth += 1
        else:
            yield f"<li>{row}</li>\n"
    while depth > 1:
        yield "</ul></details></li>\n"
        depth -= 1
    if left_out > 0:
        words = ngettext(
            "… and %(num)s more entry on these two levels", "… and %(num)s more entries on these two levels", left_out
        )
        yield f'<li class="bx-none">{words % {"num": figures.exact(left_out)}}</li>\n'
    yield "</ul>"


def _row(tree: Tree, entry: int, level: int, total: int, count: int) -> Markup:
    kind = tree.kinds[entry]
    return fragment(
        '<span class="bx-entry{empty}" data-kind="{kind}" style="--level:{level}">'
        '<span class="bx-entry__name">{name}{after}</span>'
        '<span class="bx-entry__size">{size}</span><span class="bx-entry__mode">{mode}</span>'
        '<span class="bx-entry__owner">{uid}:{gid}</span><span class="bx-entry__layer">{layer}</span></span>',
        empty=" bx-entry--empty" if kind == "d" and not count else "",
        kind=kind_word(kind),
        level=level,
        name=tree.names[entry],
        after=_after(tree, entry, count),
        size=figures.size(total) if kind in "-d" else Markup(""),
        mode=tree_view.mode_text(kind, tree.modes[entry]),
        uid=tree.uids[entry],
        gid=tree.gids[entry],
        layer=layer_label(tree.layers[entry]),
    )


def _after(tree: Tree, entry: int, count: int) -> Markup:
    kind, key = tree.kinds[entry], str(entry)
    if kind == "d":
        return fragment('/ <span class="bx-entry__note">{count}</span>', count=_counted(count))
    if kind == "l":
        return fragment(' <span class="bx-entry__note">→ {target}</span>', target=tree.targets.get(key, ""))
    if key in tree.hard_links:
        first = tree_view.path_of(tree, tree.hard_links[key])
        words = Markup(gettext("same file as %(path)s")) % {"path": escape(first)}
        return fragment(' <span class="bx-entry__note">{words}</span>', words=words)
    return Markup("")


def _counted(count: int) -> str:
    if not count:
        return gettext("empty")
    return ngettext("%(num)s entry", "%(num)s entries", count) % {"num": figures.exact(count)}


def kind_word(kind: str) -> str:
    """Return a word for one of the tree's kind letters."""
    return {"d": "directory", "-": "file", "l": "symlink", "c": "device", "b": "device", "p": "fifo"}.get(kind, "other")


def layer_label(layer: int) -> str:
    """Return a layer's number as pages count them, from 1; a dash for a directory that no layer mentions."""
    return f"L{layer + 1}" if layer >= 0 else "–"
