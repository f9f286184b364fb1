"""One finished page read once: its ids, its addresses, its inline scripts. The one door to the HTML parser."""

from pathlib import Path
from typing import Final, NamedTuple

from selectolax.lexbor import LexborHTMLParser

_ADDRESSES: Final = {
    "a": ("href",), "link": ("href",), "img": ("src",), "script": ("src",), "source": ("src",), "use": ("href",),
    "div": ("data-tree",),
}  # fmt: skip
_NOT_PROGRAMS: Final = ("application/json", "application/ld+json", "text/plain")
"""Types of script elements that hold values and are never run."""


class PageSource(NamedTuple):
    """What is looked at in a page."""

    ids: frozenset[str]
    addresses: frozenset[str]
    programs: frozenset[str]
    """Text of each inline script that browsers run."""


def read_page(path: Path) -> PageSource:
    """Parse one page as browsers do (HTML Living Standard); never fails, whatever the bytes."""
    page = LexborHTMLParser(path.read_bytes())
    ids: set[str] = set()
    addresses: set[str] = set()
    for node in page.css("[id], [name], [href], [src], [data-tree]"):
        tag, attributes = node.tag or "", node.attributes
        ids.update(filter(None, (attributes.get("id"), attributes.get("name") if tag == "a" else None)))
        addresses.update(value for name in _ADDRESSES.get(tag, ()) if (value := attributes.get(name)) is not None)
    programs = {
        node.text()
        for node in page.css("script")
        if "src" not in node.attributes and node.attributes.get("type") not in _NOT_PROGRAMS
    }
    return PageSource(frozenset(ids), frozenset(addresses), frozenset(programs))
