"""The built site's links, checked: MkDocs does not look at addresses in raw HTML, so this looks at all of them.

Reads every page once with the standard library's parser. Checks internal links, anchors and assets; links to
other hosts are not asked. `#path=…` anchors belong to the tree's script and are not element ids.
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from generator.errors import PublishError
from generator.publish.lines import Lines

_ADDRESSES: Final = {
    "a": ("href",), "link": ("href",), "img": ("src",), "script": ("src",), "source": ("src",), "use": ("href",),
    "div": ("data-tree",),
}  # fmt: skip
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


class _Page(HTMLParser):
    """Collects the addresses and ids of one page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.addresses: set[str] = set()
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value is None:
                continue
            if name == "id" or (name == "name" and tag == "a"):
                self.ids.add(value)
            elif name in _ADDRESSES.get(tag, ()):
                self.addresses.add(value)


def check_links(site: Path) -> None:
    """Raise PublishError listing every internal link, anchor and asset of `site` that leads nowhere."""
    broken = sorted(broken_links(site))
    if broken:
        listed = Lines.of(["", *map(str, broken)], _MOST_LISTED)
        raise PublishError(step=f"{len(broken)} broken link(s) in the site", reason=listed)


def broken_links(site: Path) -> Iterator[BrokenLink]:
    """Yield every address that leads nowhere, page by page."""
    pages = {path: _read(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(site).as_posix()
        if name in _NOT_CHECKED:
            continue
        for address in sorted(page.addresses):
            reason = _why_broken(address, path, site, pages)
            if reason:
                yield BrokenLink(name, address, reason)


def _read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    return page


def _why_broken(address: str, path: Path, site: Path, pages: dict[Path, _Page]) -> str:
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
        target = Path(*_resolved((path.parent / unquote(parts.path)).parts))
        if not target.is_relative_to(site):
            return "leads out of the site"
        if target.is_dir():
            target = target / "index.html"
        if not target.is_file():
            return "no such file"
    anchor = unquote(parts.fragment)
    if not anchor or anchor.startswith("path=") or target not in pages:
        return ""
    return "" if anchor in pages[target].ids else "no such anchor"


def _resolved(parts: tuple[str, ...]) -> list[str]:
    done: list[str] = []
    for part in parts:
        if part == ".." and len(done) > 1:
            done.pop()
        elif part not in (".", ".."):
            done.append(part)
    return done
