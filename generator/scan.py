"""The job of `basedex advisories scan`: each recorded image's bill of materials, shown to the scanners installed here.

In: the places and the scanners; out: what each said, one after the other, recorded as it comes. Reads the store, and
asks no source and no image anything.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator import targets
from generator.advisories import scanning
from generator.advisories.opinions import Opinion, Tool
from generator.errors import InvalidReport, UsageError
from generator.recorded import recorded_images
from generator.sbom import Subject, sbom
from generator.source import check_source
from generator.store import documents, local_state
from generator.store.lock import locked

if TYPE_CHECKING:
    from generator.build import Places


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of asking one scanner about one image."""

    name: str
    platform: str
    tool: Tool
    said: Opinion | InvalidReport


def scan(places: "Places", *, tools: Sequence[Tool] = (), only: Iterable[str] = ()) -> Iterator[Answer]:
    """Ask each scanner (default: all that are installed) about each recorded image, or those that `only` names.

    Raises UsageError when no scanner is installed, or one that was named is not; StoreError for a damaged document.
    """
    configuration = targets.load(places.configuration, check_source)
    configuration.check_names(only)
    named, here = frozenset(only), scanning.installed()
    missing = [tool for tool in tools if tool not in here]
    if missing or not here:
        raise UsageError(problem=f"{' and '.join(missing or scanning.TOOLS)} cannot be found on PATH")
    with locked(places.store):
        for image in recorded_images(places.store, configuration, local_state.load(places.cache, places.store)):
            if image.last is None or (named and image.target.name not in named):
                continue
            bill = sbom(
                documents.load(places.store, image.last.subject),
                Subject.of(image.last.source, image.target.name),
                "cyclonedx",
            )
            for tool in tools or here:
                said: Opinion | InvalidReport
                try:
                    said = scanning.ask(tool, bill, image.last.subject)
                    scanning.save(places.store, image.last.subject, said)
                except InvalidReport as err:
                    said = err
                yield Answer(image.target.name, str(image.platform), tool, said)
