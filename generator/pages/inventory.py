"""`objects.inv`: every page and every anchor that can be linked to, for Sphinx and for MkDocs with autorefs.

Sphinx's inventory, version 2: four lines of head, then zlib. Read from the finished pages of build/docs, so nothing is
in it that is not there. All names are of the domain `std`:

- `doc` is a page's address without the slash at its end: `images/alpine`, `sizes`; the front page is `index`.
- `label` is the same with dashes, `images` and `commands` as one of them: `image-alpine`, `command-ls`, `sizes`; and
  for an anchor the page's label, a dash and the anchor: `image-alpine-packages`. Where a page has that label already,
  the anchor's has two dashes.

Addresses are relative to the inventory, so they stay within one version of the site. Pages of the first language only:
anchors are the same in all of them.
"""

import html
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from generator.pages.site import File

PLACE: Final = "objects.inv"
_HEAD: Final = (
    "# Sphinx inventory version 2\n# Project: {title}\n# Version: \n"
    "# The remainder of this file is compressed using zlib.\n"
)
_ONE_OF: Final = {"images": "image", "commands": "command"}
_FRONT: Final = "home"
"""The label of the front page."""
_CODE: Final = re.compile(r"^(`{3,}|~{3,}).*?^\1$|^---\n.*?^---$", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"\n#+ (.+?) \{ #([^\s}]+)[^}\n]*\}(?=\n)")
_ID: Final = re.compile(r' id="([^"]+)"')
"""Found in tags only: in text every quotation mark is written as an entity."""
_INNER: Final = re.compile(r"<h([2-6]) id=\"[^>]*>(.*?)</h\1>")
_TAG: Final = re.compile(r"<[^>]*>|`")
_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")


class Anchor(NamedTuple):
    """One place on a page."""

    identity: str
    title: str


class Page(NamedTuple):
    """One page, with its anchors in their order; the heading of the whole page is none of them."""

    address: str
    """Below the site's root, with a slash at its end; "" for the front page."""
    title: str
    anchors: tuple[Anchor, ...]

    @property
    def label(self) -> str:
        """What people write to link to the page."""
        first, *rest = self.address.strip("/").split("/")
        return "-".join([_ONE_OF.get(first, first) if rest else first or _FRONT, *rest])


def render(docs: Path, written: Iterable[str], title: str, other_languages: Sequence[str]) -> Iterator[File]:
    """Yield the inventory of the pages among what is `written` in `docs`, those in other languages left out."""
    others = tuple(f"{language}/" for language in other_languages)
    names = (name for name in written if name.endswith(".md") and not name.startswith(others))
    yield File(PLACE, encode(title, (read(File(name, (docs / name).read_bytes())) for name in names)))


def read(file: File) -> Page:
    """Return what can be linked to in a page of build/docs."""
    address = file.path.removesuffix(".md").removesuffix("index")
    address += "/" if address and not address.endswith("/") else ""
    source = _CODE.sub("", file.content.decode())
    headings = [*_HEADING.finditer(source)]
    found = [(one.start(), one[2], _words(one[1])) for one in headings[1:]]
    titles = {one.start() + 3: _words(one[2]) for one in _INNER.finditer(source)}
    found += [(one.start(), one[1], titles.get(one.start(), "")) for one in _ID.finditer(source)]
    anchors: dict[str, Anchor] = {}
    for _, written, words in sorted(found):
        identity = html.unescape(written)
        if not re.search(r"\s", identity):
            anchors.setdefault(identity, Anchor(identity, words or identity))
    return Page(address, _words(headings[0][1]) if headings else "", tuple(anchors.values()))


def encode(title: str, pages: Iterable[Page]) -> bytes:
    """Return the inventory's bytes."""
    pages = sorted(pages)
    labels = {page.label: (page.address, page.title or page.label) for page in pages}
    for page in pages:
        for anchor in page.anchors:
            label = f"{page.label}-{anchor.identity}"
            label = f"{page.label}--{anchor.identity}" if label in labels else label
            labels.setdefault(label, (f"{page.address}#{anchor.identity}", f"{page.title}: {anchor.title}"))
    lines = [_line(page.address.strip("/") or "index", "doc", page.address, page.title) for page in pages]
    lines += [_line(label, "label", *labels[label]) for label in sorted(labels)]
    return _HEAD.format(title=_one_line(title)).encode() + zlib.compress("".join(lines).encode(), 9)


def _line(name: str, role: str, address: str, title: str) -> str:
    return f"{name} std:{role} -1 {address or './'} {_one_line(title) or '-'}\n"


def _words(markup: str) -> str:
    """Return what a heading says, without its markup."""
    return html.unescape(_TAG.sub("", _LINK.sub(r"\1", markup))).strip()


def _one_line(words: str) -> str:
    return " ".join(words.split())
