"""The pages of one image's past, made while its documents pass by: each change's, and the history's.

What each change is about is noted in `Site.summaries`, where the pages of images and of the whole site find it. A past
that was told before and is still the same is taken from what is `Kept`, without a look into any document.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from generator.analysis.document import Document
from generator.compare.over_time import Compared, compared, completed
from generator.compare.summary import Summary
from generator.oci.digest import Digest
from generator.pages import change, chronicle, history
from generator.pages.chronicle import Chronicle
from generator.pages.editions import Edition
from generator.pages.kept import Kept
from generator.pages.site import File, Site

Load = Callable[[Digest], Document]
Pick = Callable[[Site], Chronicle]


def tell_image(
    editions: Sequence[Edition], number: int, load: Load, kept: Kept | None = None, *, mine: bool = True
) -> Iterator[File]:
    """Yield the pages of the past of the image that is the `number`th in every edition.

    Where they are not `mine` to make, only what each change is about is noted.
    """
    site = editions[0].site
    folder = site.images[number].folder
    if folder in site.pasts:
        site.pasts[folder] = completed(site.pasts[folder], load)

    def picked(one: Site) -> Chronicle:
        return chronicle.of_image(one.images[number], one)

    yield from _told(editions, picked, load, kept, mine)


def tell_gone(
    editions: Sequence[Edition], load: Load, kept: Kept | None = None, *, mine: bool = True
) -> Iterator[File]:
    """Yield the pages of the pasts of all images that images.yml has no longer."""
    site = editions[0].site
    for removed in (*site.removed, *site.dropped):
        for slug, past in removed.pasts.items():
            removed.pasts[slug] = completed(past, load)
    for place in range(sum(len(one.pasts) for one in (*site.removed, *site.dropped))):

        def picked(one: Site, place: int = place) -> Chronicle:
            return next(islice(chronicle.gone(one), place, None))

        yield from _told(editions, picked, load, kept, mine)


def _told(editions: Sequence[Edition], pick: Pick, load: Load, kept: Kept | None, mine: bool) -> Iterator[File]:
    """Yield what was kept, else what is made now, and keep that."""
    first = pick(editions[0].site)
    noted = editions[0].site.summaries
    if kept is None or not first.past.steps:
        yield from _made(editions, pick, load, mine)
        return
    key = kept.key(first.folder, first.past)
    known = kept.read(first.folder, key)
    if known is not None:
        noted[first.folder] = known.summaries
        for step, outline in zip(first.past.steps, known.outlines, strict=True):
            first.note(step, outline, editions[0].site)
        yield from (File(path, content) for path, content in known.files if mine)
        return
    files = []
    for file in _made(editions, pick, load, mine):
        files.append(file)
        yield file
    if mine:
        outlines = [first.outline(step, editions[0].site) for step in first.past.steps]
        kept.write(first.folder, key, noted[first.folder], outlines, files)


def _made(editions: Sequence[Edition], pick: Pick, load: Load, mine: bool) -> Iterator[File]:
    first = pick(editions[0].site)
    names = [step.name for step in first.past.steps]
    newest = {name: number for number, name in enumerate(names)}  # one that comes again has the page of the last time
    summaries: list[Summary] = []
    for number, one in enumerate(compared(first.past, load)):
        summaries.append(one.summary)
        if mine and newest[one.step.name] == number:
            yield from _change(editions, pick, one)
    editions[0].site.summaries[first.folder] = tuple(summaries)
    for edition in editions if mine else ():
        yield from edition.files(history.render(pick(edition.site), edition.site, edition.templates))


def _change(editions: Sequence[Edition], pick: Pick, one: Compared) -> Iterator[File]:
    for edition in editions:
        yield from edition.files(change.render(pick(edition.site), one, edition.site, edition.templates))
