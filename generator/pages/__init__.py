"""Documents and outcomes → build/docs, the folder that MkDocs reads: hand-written pages and rendered ones.

The pages of the first language stand at its root, those of each other one below a folder of the language's name.

Pure but for the writing: no clock, no network, and the same input gives the same bytes. Documents are loaded one
at a time; what the pages of the whole site need of each is kept as a Row, and the document with its tree let go.
"""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from generator.advisories.assessment import Assessment
from generator.advisories.recorded import Assessments
from generator.analysis.document import Document
from generator.compare import matrix
from generator.compare.capabilities import Capability
from generator.compare.commands import ImageCommands, Shared, commands_of
from generator.compare.matrix import Row
from generator.compare.sharing import Sharing
from generator.compare.surface import Fact, surface_of, without_rows
from generator.compare.terms import ImageTerms, terms_of
from generator.errors import StoreError
from generator.lifecycle.calendar import Calendar, shipped
from generator.lifecycle.rules import Standing, standing_of
from generator.oci.digest import Digest
from generator.pages import (
    api,
    api_vulnerabilities,
    badges,
    bills,
    calendars,
    cards,
    changes,
    choose,
    commands,
    compare,
    feeds,
    find,
    home,
    image,
    inventory,
    llms,
    missing,
    pair,
    past,
    permalinks,
    pictures,
    previews,
    removed,
    status,
    surfaces,
    telling,
    twins,
    writer,
)
from generator.pages.crew import Pieces, together
from generator.pages.editions import Edition, editions
from generator.pages.kept import Kept
from generator.pages.site import File, Image
from generator.pages.writer import Report
from generator.store.observation import Observation, Outcome
from generator.targets import Configuration

__all__ = ["IMAGE_PAGES", "SITE_PAGES", "Report", "render"]

IMAGE_PAGES: Final = (image.render, twins.render, api_vulnerabilities.render)
"""Page kinds that every known image has: (image, document, site, templates) → files."""
IMAGE_DATA: Final = (image.data, bills.data, compare.data)
"""Kinds of files that every known image has once, in no language: (image, document) → files."""
SITE_PAGES: Final = (
    pair.render,  # first, since it takes longest
    home.render,
    choose.render,
    commands.render,
    find.render,
    compare.render,
    surfaces.render,
    pictures.render,
    changes.render,
    removed.render,
    status.render,
)
"""Page kinds that the site has once: (site, templates) → files."""
SITE_DATA: Final = (
    api.render,
    feeds.render,
    calendars.render,
    permalinks.render,
    badges.render,
    cards.render,
    previews.render,
    llms.render,
)
"""Kinds of files that the site has once, beside the pages of its first language: (site) → files."""
WORTH_SHARING: Final = 24
"""Images from which on several processes are quicker than one: each has to start, and to read all documents."""


def _any(subject: Digest) -> bool:
    return True


def render(
    configuration: Configuration,
    outcomes: Sequence[Outcome],
    load_document: Callable[[Digest], Document],
    *,
    templates: Path,
    site_src: Path,
    destination: Path,
    lifecycle: Calendar | None = None,
    histories: Mapping[tuple[str, str], Sequence[Observation]] | None = None,
    has_document: Callable[[Digest], bool] = _any,
    assessments: Assessments | None = None,
    kept: Kept | None = None,
    processes: int = 1,
) -> Report:
    """Write everything MkDocs needs to `destination`; write what differs, delete what is stale.

    `lifecycle` None means the dates that come with the program. `histories` has the observations of each name and
    platform's slug, also of images that the configuration has no longer; None means that nothing is known but the
    outcomes. `has_document` tells whether a document is in the store without reading it. Without `assessments` nothing
    is known of flaws. `kept` has what was told of pasts before; pages are the same without it. An image whose document
    is damaged is shown as missing with that reason. With several `processes`, `load_document` must be picklable. Raises
    PageError for a template that is wrong; what was written until then is whole, and the next run completes it.
    """
    given = {(one.name, one.platform): one for one in outcomes}
    pasts, gone = past.pasts(configuration, outcomes, histories, has_document)
    outlined = functools.partial(
        editions,
        configuration,
        given,
        lifecycle or shipped(),
        templates,
        pasts=pasts,
        removed=tuple(one for one in gone if not one.is_listed),
        dropped=tuple(one for one in gone if one.is_listed),
        summaries={},
        outlines={},
        assessments=assessments or Assessments(),
    )
    hand_written = writer.put((file for one in outlined() for file in one.hand_written(site_src)), destination)
    count = processes if len(configuration.targets) >= WORTH_SHARING else 1
    made = [hand_written, *together(count, _put, outlined, load_document, destination, kept)]
    written = sorted(path for one in made for path in one)
    _, *others = configuration.site.languages
    made.append(writer.put(inventory.render(destination, written, configuration.site.title, others), destination))
    return writer.finish(made, destination)


def _put(
    pieces: Pieces,
    outlined: Callable[[], Sequence[Edition]],
    load_document: Callable[[Digest], Document],
    destination: Path,
    kept: Kept | None,
) -> dict[str, bool]:
    return writer.put(_files(outlined(), load_document, pieces, kept), destination)


def _files(
    outlines: Sequence[Edition], load_document: Callable[[Digest], Document], pieces: Pieces, kept: Kept | None
) -> Iterator[File]:
    rows: dict[str, Row] = {}
    standings: dict[str, Standing] = {}
    assessed: dict[str, Assessment] = {}
    surfaces_found: dict[str, tuple[Fact, ...]] = {}
    sheets: dict[str, dict[str, tuple[Capability, ...]]] = {edition.site.language: {} for edition in outlines}
    callable_here: dict[str, ImageCommands] = {}
    terms: dict[str, ImageTerms] = {}
    shared = Shared()
    sharing = Sharing()
    outcomes: dict[str, Outcome] = {}

    @functools.lru_cache(maxsize=2)
    def again(subject: Digest) -> Document:
        return load_document(subject)

    for number, one in enumerate(outlines[0].site.images):
        mine = pieces.mine()
        yield from telling.tell_image(outlines, number, again, kept, mine=mine)
        document, outcome = _open(one.outcome, again)
        again.cache_clear()
        outcomes[one.folder] = outcome
        shown = [(edition, replace(edition.site.images[number], outcome=outcome)) for edition in outlines]
        if document is None:
            for edition, image_there in shown if mine else ():
                yield from edition.files(missing.render(image_there, edition.site, edition.templates))
            continue
        rows[one.folder] = matrix.row_of(document)
        surfaces_found[one.folder] = without_rows(surface_of(document))
        standings[one.folder] = standing_of(document.sections.os_release, outlines[0].site.lifecycle)
        assessed[one.folder] = outlines[0].site.assessment(one).head
        callable_here[one.folder] = commands_of(document, shared)
        terms[one.folder] = terms_of(document)
        sharing.add(one.folder, document)
        for edition in outlines:
            sheets[edition.site.language][one.folder] = edition.sheet(document)
        for data in IMAGE_DATA if mine else ():
            yield from data(one, document)
        for edition, image_there in shown if mine else ():
            for render_image in IMAGE_PAGES:
                yield from edition.files(render_image(image_there, document, edition.site, edition.templates))

    mine = pieces.mine()
    yield from telling.tell_gone(outlines, again, kept, mine=mine)

    def document_of(image: Image) -> Document:
        assert image.outcome.observation is not None
        return again(image.outcome.observation.subject)

    whole = [
        edition.whole(
            outcomes,
            rows=rows,
            standings=standings,
            assessed=assessed,
            surfaces=surfaces_found,
            sheets=sheets[edition.site.language],
            commands=callable_here,
            terms=terms,
            sharing=sharing,
            document=document_of,
        )
        for edition in outlines
    ]
    for render_site in SITE_PAGES:
        for edition in whole:
            if pieces.mine():
                yield from edition.files(render_site(edition.site, edition.templates))
    for site_data in SITE_DATA:
        if pieces.mine():
            yield from whole[0].files(site_data(whole[0].site))


def _open(outcome: Outcome, load_document: Callable[[Digest], Document]) -> tuple[Document | None, Outcome]:
    if outcome.observation is None:
        return None, outcome
    try:
        return load_document(outcome.observation.subject), outcome
    except StoreError as err:
        return None, msgspec.structs.replace(
            outcome, state="missing", observation=None, slug=err.slug, reason=f"its recorded document: {err}"
        )
