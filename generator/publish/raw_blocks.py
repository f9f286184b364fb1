"""A MkDocs plugin that carries finished HTML around MkDocs instead of through it.

Rendered pages hold large tables as HTML. Markdown would parse them to leave them as they are, and the search plugin
would parse them to leave them out: four fifths of a build's time. What stands between the lines `<!-- raw -->` and
`<!-- /raw -->` is taken out before both and put back, unchanged, into the finished page. Any other `<div>` that fills
the page from a heading to the next goes around Markdown only, and search reads it.

MkDocs reads all pages before it writes the first, so blocks wait packed: they are most of a large site.

Nothing depends on it: without the plugin the markers are comments, and the pages are the same but for those. What
is between markers must be whole blocks of HTML without Markdown, and holds no heading for the table of contents.
"""

import re
import zlib
from typing import Any, Final

from mkdocs.plugins import BasePlugin

_RAW: Final = re.compile(r"^<!-- raw -->\n(.*?)^<!-- /raw -->$", re.DOTALL | re.MULTILINE)
_FOUND_BY_SEARCH: Final = re.compile(
    r'^(<div(?: class="[^"]*")?>\n(?:(?!#).*\n)*?.*</div>)$(?=\n+(?:#|\Z))', re.MULTILINE
)
_QUICKLY: Final = 1
_PLACE: Final = re.compile(r'<div data-(raw|html)-block="(\d+)"></div>')


class RawBlocks(BasePlugin):  # type: ignore[no-untyped-call, type-arg]
    """Takes the blocks of each page out of its Markdown, and puts them into its HTML."""

    def __init__(self) -> None:
        super().__init__()
        self._blocks: dict[tuple[str, str], list[bytes]] = {}

    def on_page_markdown(self, markdown: str, *, page: Any, **_: object) -> str:
        """Leave an empty place for each block."""
        return self._out("html", _FOUND_BY_SEARCH, self._out("raw", _RAW, markdown, page), page)

    def on_page_content(self, html: str, *, page: Any, **_: object) -> str:
        """Fill the places that search reads."""
        return self._in("html", html, page)

    def on_post_page(self, output: str, *, page: Any, **_: object) -> str:
        """Fill the others."""
        return self._in("raw", output, page)

    def _out(self, kind: str, pattern: re.Pattern[str], markdown: str, page: Any) -> str:
        blocks = self._blocks.setdefault((kind, page.file.src_uri), [])

        def taken(match: re.Match[str]) -> str:
            blocks.append(zlib.compress(match[1].encode("utf-8", "surrogatepass"), _QUICKLY))
            return f'<div data-{kind}-block="{len(blocks) - 1}"></div>'

        return pattern.sub(taken, markdown)

    def _in(self, kind: str, html: str, page: Any) -> str:
        blocks = self._blocks.pop((kind, page.file.src_uri), [])

        def put(match: re.Match[str]) -> str:
            return (
                zlib.decompress(blocks[int(match[2])]).decode("utf-8", "surrogatepass")
                if match[1] == kind
                else match[0]
            )

        return _PLACE.sub(put, html) if blocks else html
