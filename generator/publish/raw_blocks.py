"""A MkDocs plugin that carries finished HTML around MkDocs instead of through it.

Rendered pages hold large tables as HTML. Markdown would parse them to leave them as they are, and the search plugin
would parse them to leave them out: four fifths of a build's time. What stands between the lines `<!-- raw -->` and
`<!-- /raw -->` is taken out before both and put back, unchanged, into the finished page.

Nothing depends on it: without the plugin the markers are comments, and the pages are the same but for those. What
is between markers must be whole blocks of HTML without Markdown, and holds no heading for the table of contents.
"""

import re
from typing import Any, Final

from mkdocs.plugins import BasePlugin

_BLOCK: Final = re.compile(r"^<!-- raw -->\n(.*?)^<!-- /raw -->$", re.DOTALL | re.MULTILINE)
_PLACE: Final = re.compile(r'<div data-raw-block="(\d+)"></div>')


class RawBlocks(BasePlugin):  # type: ignore[no-untyped-call, type-arg]
    """Takes the blocks of each page out of its Markdown, and puts them into its HTML."""

    def __init__(self) -> None:
        super().__init__()
        self._blocks: dict[str, list[str]] = {}

    def on_page_markdown(self, markdown: str, *, page: Any, **_: object) -> str:
        """Leave an empty place for each block."""
        blocks: list[str] = []

        def taken(match: re.Match[str]) -> str:
            blocks.append(match[1])
            return f'<div data-raw-block="{len(blocks) - 1}"></div>'

        rest = _BLOCK.sub(taken, markdown)
        self._blocks[page.file.src_uri] = blocks
        return rest

    def on_post_page(self, output: str, *, page: Any, **_: object) -> str:
        """Fill the places."""
        blocks = self._blocks.pop(page.file.src_uri, [])
        return _PLACE.sub(lambda match: blocks[int(match[1])], output) if blocks else output
