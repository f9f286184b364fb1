"""Documents and outcomes → build/docs, the folder that MkDocs reads: hand-written pages and rendered ones.

Pure but for the writing: no clock, no network, and the same input gives the same bytes. Documents are loaded one
at a time; what the pages of the whole site need of each is kept as a Row, and the document with its tree let go.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from generator.analysis.document import Document
from generator.compare import capabilities, matrix
from generator.compare.capabilities import Capability
from generator.compare.matrix import Row
from generator.errors import StoreError
from generator.lifecycle.calendar import Calendar, shipped
from generator.lifecycle.rules import Standing, standing_of
from generator.oci.digest import Digest
from generator.pages import home, image, missing, pair, status, writer
from generator.pages.environment import Templates
from generator.pages.site import File, Image, Site, arrange
from generator.pages.writer import Report
from generator.store.observation import Outcome
from generator.targets import Configuration

__all__ = ["IMAGE_PAGES", "SITE_PAGES", "Report", "render"]

IMAGE_PAGES: Final = (image.render,)
"""Page kinds that every known image has: (image, document, site, templates) → files."""
SITE_PAGES: Final = (home.render, pair.render, status.render)
"""Page kinds that the site has once: (site, templates) → files."""

_NOT_FOR_READERS: Final = "overrides"
"""The folder of site_src that is the theme's, not the reader's."""


def render(
    configuration: Configuration,
    outcomes: Sequence[Outcome],
    load_document: Callable[[Digest], Document],
    *,
    templates: Path,
    site_src: Path,
    destination: Path,
    lifecycle: Calendar | None = None,
) -> Report:
    """Write everything MkDocs needs to `destination`; write what differs, delete what is stale.

    `lifecycle` None means the dates that come with the program. An image whose document is damaged is shown as missing
    with that reason. Raises PageError for a template that is wrong; what was written until then is whole, and the next
    run completes it.
    """
    images = arrange(configuration, {(one.name, one.platform): one for one in outcomes})
    site = Site(configuration, images, lifecycle=lifecycle or shipped())
    return writer.write(_files(site, load_document, Templates(templates), site_src), destination)


def _files(
    outline: Site,
    load_document: Callable[[Digest], Document],
    templates: Templates,
    site_src: Path,
) -> Iterator[File]:
    yield from _hand_written(site_src)
    rows: dict[str, Row] = {}
    standings: dict[str, Standing] = {}
    sheets: dict[str, tuple[Capability, ...]] = {}
    shown: list[Image] = []
    for one in outline.images:
        document, one = _open(one, load_document)
        shown.append(one)
        if document is None:
            yield from missing.render(one, outline, templates)
            continue
        rows[one.folder] = matrix.row_of(document)
        standings[one.folder] = standing_of(document.sections.os_release, outline.lifecycle)
        sheets[one.folder] = capabilities.sheet(document)
        for render_image in IMAGE_PAGES:
            yield from render_image(one, document, outline, templates)

    @functools.lru_cache(maxsize=2)
    def again(subject: Digest) -> Document:
        return load_document(subject)

    def document_of(image: Image) -> Document:
        assert image.outcome.observation is not None
        return again(image.outcome.observation.subject)

    site = replace(outline, images=tuple(shown), rows=rows, standings=standings, sheets=sheets, document=document_of)
    for render_site in SITE_PAGES:
        yield from render_site(site, templates)


def _open(one: Image, load_document: Callable[[Digest], Document]) -> tuple[Document | None, Image]:
    if one.outcome.observation is None:
        return None, one
    try:
        return load_document(one.outcome.observation.subject), one
    except StoreError as err:
        outcome = msgspec.structs.replace(
            one.outcome, state="missing", observation=None, slug=err.slug, reason=f"its recorded document: {err}"
        )
        return None, Image(one.target, one.group, one.platform, outcome)


def _hand_written(site_src: Path) -> Iterator[File]:
    for path in sorted(site_src.rglob("*")):
        name = path.relative_to(site_src)
        if path.is_file() and name.parts[0] != _NOT_FOR_READERS and not path.name.startswith("."):
            yield File(name.as_posix(), path.read_bytes())
