"""Histories and outcomes → the pasts of the site's images, and the images that are in it no longer."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from generator.compare.past import Past, past_of
from generator.oci.digest import Digest
from generator.oci.platform import Platform
from generator.pages.site import Removed, arrange
from generator.store.observation import Observation, Outcome
from generator.targets import Configuration


def pasts(
    configuration: Configuration,
    outcomes: Sequence[Outcome],
    histories: Mapping[tuple[str, str], Sequence[Observation]] | None,
    has_document: Callable[[Digest], bool],
) -> tuple[dict[str, Past], tuple[Removed, ...]]:
    """Return the pasts by the images' folders, and the removed images by name; `histories` as in `pages.render`."""
    if histories is None:
        seen = {(one.name, one.platform.slug): [one.observation] for one in outcomes if one.observation}
        return pasts(configuration, outcomes, seen, has_document)
    found: dict[str, Past] = {}
    given: Mapping[tuple[str, Platform], Outcome] = {(one.name, one.platform): one for one in outcomes}
    for image in arrange(configuration, given):
        found[image.folder] = past_of(histories.get((image.target.name, image.platform.slug), ()), has_document)
    names = {one.name for one in configuration.targets}
    former: dict[str, dict[str, Past]] = defaultdict(dict)
    for name, slug in sorted(histories):
        if name not in names:
            former[name][slug] = past_of(histories[name, slug], has_document)
    return found, tuple(Removed(name, of_platforms) for name, of_platforms in former.items())
