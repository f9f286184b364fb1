"""The built site's links, checked: MkDocs does not look at addresses in raw HTML, so this looks at all of them.

Checks internal links, anchors and assets; links to other hosts are not asked. `#path=…` anchors belong to the tree's
script and are not element ids.
"""

from collections.abc import Iterator, Mapping
from os.path import normpath
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from generator.errors import PublishError
from generator.publish.lines import Lines
from generator.publish.page_source import PageSource, read_page

_NOT_CHECKED: Final = ("404.html",)
"""Its addresses start at the host's root, since it is shown anywhere."""
_MOST_LISTED: Final = 40


class BrokenLink(NamedTuple):
    """One address that leads nowhere."""

    page: str
    address: str
    reason: str

    def __str__(self) -> str:
        return f"{self.page}: {self.address} ({self.reason})"


def read_pages(site: Path) -> dict[Path, PageSource]:
    """Read every page of a built site, in the order of their paths."""
    return {path: read_page(path) for path in sorted(site.rglob("*.html"))}


def check_links(site: Path, pages: Mapping[Path, PageSource]) -> None:
    """Raise PublishError listing every internal link, anchor and asset of `pages` that leads nowhere in `site`."""
    broken = sorted(broken_links(site, pages))
    if broken:
        listed = Lines.of(["", *map(str, broken)], _MOST_LISTED)
        raise PublishError(step=f"{len(broken)} broken link(s) in the site", reason=listed)


def broken_links(site: Path, pages: Mapping[Path, PageSource]) -> Iterator[BrokenLink]:
    """Yield every address that leads nowhere, page by page."""
    for path, page in pages.items():
        name = path.relative_to(site).as_posix()
        if name in _NOT_CHECKED:
            continue
        for address in sorted(page.addresses):
            reason = _why_broken(address, path, site, pages)
            if reason:
                yield BrokenLink(name, address, reason)


def _why_broken(address: str, path: Path, site: Path, pages: Mapping[Path, PageSource]) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return "not an address"
    if parts.scheme in ("http", "https", "mailto", "data"):
        return ""
    if parts.scheme or parts.netloc:
        return "an address that no page should have"
    if parts.path.startswith("/"):
        return "starts at the host's root, so it breaks where the site is not there"
    target = path
    if parts.path:
        inside = Path(normpath(path.parent.relative_to(site) / unquote(parts.path)))
        if inside.parts[:1] == ("..",):
            return "leads out of the site"
        target = site / inside
        if target.is_dir():
            target = target / "index.html"
        if not target.is_file():
            return "no such file"
    anchor = unquote(parts.fragment)
    if not anchor or anchor.startswith("path=") or target not in pages:
        return ""
    return "" if anchor in pages[target].ids else "no such anchor"
