"""Rendered pages with their own scripts and nothing of the theme, over the published JSON: quick to make and serve."""

import functools
import html
import http.server
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from generator import pages, targets
from generator.analysis.document import Document
from generator.oci.digest import Digest
from generator.store import documents, history
from generator.store.observation import Outcome
from generator.targets import Configuration
from tests.browser.conftest import Quiet
from tests.pages.samples import REPOSITORY, outcome

STORE = REPOSITORY / "data"


def rendered(
    configuration: Configuration, outcomes: Sequence[Outcome], load: Callable[[Digest], Document], folder: Path
) -> Path:
    """Render build/docs, then wrap the pages with a script of their own; return the folder to serve."""
    docs = folder / "docs"
    pages.render(
        configuration,
        outcomes,
        load,
        templates=REPOSITORY / "templates",
        site_src=REPOSITORY / "site_src",
        destination=docs,
    )
    for name in ("find", "compare"):
        markdown = (docs / name / "index.md").read_text()
        body = re.sub(r"\A.*?^---$.*?^---$", "", markdown, count=1, flags=re.DOTALL | re.MULTILINE)
        body = re.sub(r"^#.*$", "", body, flags=re.MULTILINE)
        page = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(name)}</title>'
            '<link rel="icon" href="data:,"><link rel="stylesheet" href="../assets/stylesheets/basedex.css">'
            f'<link rel="stylesheet" href="../assets/stylesheets/{name}.css"><body class="md-typeset">{body}'
            f'<script src="../assets/javascripts/{name}.js"></script></body></html>'
        )
        (docs / name / "index.html").write_text(page)
    return docs


def recorded(folder: Path) -> Path:
    """Render the images of images.yml as they are recorded in the project; return the folder to serve."""
    configuration = targets.load(REPOSITORY / "images.yml")
    outcomes = []
    for one in configuration.targets:
        for platform in one.platforms:
            seen = history.last(STORE, one.name, platform)
            outcomes.append(outcome(one.name, seen.subject if seen else None, "offline", platform=platform))
    return rendered(configuration, outcomes, lambda subject: documents.load(STORE, subject), folder)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback, below a path, as a site that shares its host with others."""
    (folder.parent / "below").mkdir()
    (folder.parent / "below" / "site").symlink_to(folder)
    root = str(folder.parent / "below")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=root))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/site/"
    finally:
        server.shutdown()
        server.server_close()
