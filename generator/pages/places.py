"""Links from a page to an entry of its tree: `#path=/usr/bin/env`, which the tree's script follows."""

import functools
from typing import Final
from urllib.parse import quote

from markupsafe import Markup

from generator import text
from generator.language import gettext
from generator.pages.markup import code, escape, fragment

LONGEST_ADDRESS: Final = 1000
"""Characters of a path that a link to it may have."""


def anchor(path: str) -> str:
    """Escape a shown path for the fragment of an address; the script decodes it."""
    return quote(path, safe="/")


def file_place(path: str) -> Markup:
    """Link a path of the image to its entry in the tree; a path that is too long for an address stands as text."""
    return code(path) if len(path) > LONGEST_ADDRESS else _link(path)


@functools.lru_cache(maxsize=1 << 13)
def _link(path: str) -> Markup:
    """Link a path; the same ones stand on many pages."""
    return fragment(
        '<a class="bx-path" href="#path={anchor}"><code>{shown}</code></a>',
        anchor=anchor(path),
        shown=_breakable(text.shortened(path, 300)),
    )


def layered(path: str, layer: int) -> Markup:
    """Link a path of the image and name the layer it came from, which pages count from 1."""
    words = Markup(gettext("%(place)s (layer %(number)s)"))
    return words % {"place": file_place(path), "number": layer + 1}


def _breakable(path: str) -> Markup:
    """Let a path break after its slashes."""
    return Markup("/<wbr>").join(escape(part) for part in path.split("/"))
