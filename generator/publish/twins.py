"""Twins of pages in Markdown, put beside them: `index.md.txt`, as MkDocs copied it, becomes `index.md`."""

from pathlib import Path
from typing import Final

_ENDING: Final = ".md.txt"


def name_twins(site: Path) -> None:
    """Give every twin below `site` its name."""
    for path in sorted(site.rglob(f"*{_ENDING}")):
        path.rename(path.with_name(path.name.removesuffix(".txt")))
