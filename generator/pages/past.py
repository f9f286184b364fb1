"""Histories and outcomes → the pasts of the site's images, and the images that are in it no longer.

An image that was called otherwise before has the history of its former names too. What is left of the history belongs
to images that images.yml has no longer, or not for that platform any more.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from generator.compare.past import Past, past_of
from generator.oci.digest import Digest
from generator.oci.platform import Platform
from generator.pages.site import Removed, arrange
from generator.store.observation import Observation, Outcome
from generator.targets import Configuration

Key = tuple[str, str]
"""An image's name and its platform's slug."""

_ADDRESS: Final = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
"""What may be part of a page's address; a folder of another name in the store was not made by this program."""


def pasts(
    configuration: Configuration,
    outcomes: Sequence[Outcome],
    histories: Mapping[Key, Sequence[Observation]] | None,
    has_document: Callable[[Digest], bool],
) -> tuple[dict[str, Past], tuple[Removed, ...]]:
    """Return the pasts by the images' folders, and by name the images that are not in images.yml, or not with all of
    the platforms that they had; `histories` as in `pages.render`.
    """
    if histories is None:
        seen = {(one.name, one.platform.slug): [one.observation] for one in outcomes if one.observation}
        return pasts(configuration, outcomes, seen, has_document)
    found: dict[str, Past] = {}
    told: set[Key] = set()
    given: Mapping[tuple[str, Platform], Outcome] = {(one.name, one.platform): one for one in outcomes}
    for image in arrange(configuration, given):
        keys = [(name, image.platform.slug) for name in (*image.target.former_names, image.target.name)]
        together = [one for key in keys for one in histories.get(key, ())]
        found[image.folder] = past_of(sorted(together, key=lambda one: one.at), has_document)
        told.update(keys)
    return found, tuple(_removed(configuration, told, histories, has_document))


def _removed(
    configuration: Configuration,
    told: set[Key],
    histories: Mapping[Key, Sequence[Observation]],
    has_document: Callable[[Digest], bool],
) -> list[Removed]:
    names = {one.name: one.name for one in configuration.targets}
    names |= {former: one.name for one in configuration.targets for former in one.former_names}
    listed = set(names.values())
    left: dict[str, dict[str, list[Observation]]] = defaultdict(lambda: defaultdict(list))
    for (name, slug), observations in sorted(histories.items()):
        if (name, slug) not in told and observations and _ADDRESS.fullmatch(name) and _ADDRESS.fullmatch(slug):
            left[names.get(name, name)][slug] += observations
    return [
        Removed(
            name,
            {
                slug: past_of(sorted(observations, key=lambda one: one.at), has_document)
                for slug, observations in of_platforms.items()
            },
            is_listed=name in listed,
        )
        for name, of_platforms in sorted(left.items())
    ]
