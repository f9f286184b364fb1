"""The parts of a site that come with the program: templates, hand-written pages, the configuration of MkDocs.

A working copy of the project has them at its top, beside the package; an installed program has them inside it. A
folder that has its own is taken at its word: what stands there is used.
"""

from pathlib import Path
from typing import Final

_INSTALLED: Final = Path(__file__).parent / "shipped"
_WORKING_COPY: Final = Path(__file__).parent.parent


def shipped(name: str) -> Path:
    """Return the program's own file or folder of that name."""
    return (_INSTALLED if _INSTALLED.is_dir() else _WORKING_COPY) / name


def here_or_shipped(name: str) -> Path:
    """Return the current folder's file or folder of that name where there is one, else the program's own."""
    return Path(name) if Path(name).exists() else shipped(name)
