"""The pages of one image's past, made while its documents pass by: each change's, and the history's.

What each change is about is noted in `Site.summaries`, where the pages of images and of the whole site find it.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from generator.analysis.document import Document
from generator.compare.over_time import compared, completed
from generator.oci.digest import Digest
from generator.pages import change, chronicle, history
from generator.pages.chronicle import Chronicle
from generator.pages.editions import Edition
from generator.pages.site import File, Site

Load = Callable[[Digest], Document]


def tell_image(editions: Sequence[Edition], number: int, load: Load) -> Iterator[File]:
    """Yield the pages of the past of the image that is the `number`th in every edition."""
    site = editions[0].site
    folder = site.images[number].folder
    if folder in site.pasts:
        site.pasts[folder] = completed(site.pasts[folder], load)

    def picked(one: Site) -> Chronicle:
        return chronicle.of_image(one.images[number], one)

    yield from _told(editions, picked, load)


def tell_gone(editions: Sequence[Edition], load: Load) -> Iterator[File]:
    """Yield the pages of the pasts of all images that images.yml has no longer."""
    site = editions[0].site
    for removed in (*site.removed, *site.dropped):
        for slug, past in removed.pasts.items():
            removed.pasts[slug] = completed(past, load)
    for place in range(sum(len(one.pasts) for one in (*site.removed, *site.dropped))):

        def picked(one: Site, place: int = place) -> Chronicle:
            return next(islice(chronicle.gone(one), place, None))

        yield from _told(editions, picked, load)


def _told(editions: Sequence[Edition], pick: Callable[[Site], Chronicle], load: Load) -> Iterator[File]:
    first = pick(editions[0].site)
    names = [step.name for step in first.past.steps]
    newest = {name: number for number, name in enumerate(names)}  # one that comes again has the page of the last time
    summaries = []
    for number, one in enumerate(compared(first.past, load)):
        summaries.append(one.summary)
        if newest[one.step.name] == number:
            for edition in editions:
                yield from edition.files(change.render(pick(edition.site), one, edition.site, edition.templates))
    editions[0].site.summaries[first.folder] = tuple(summaries)
    for edition in editions:
        yield from edition.files(history.render(pick(edition.site), edition.site, edition.templates))
