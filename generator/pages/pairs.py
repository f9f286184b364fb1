"""Which images have a page that sets them side by side: the pairs that images.yml names, and neighbours in a group.

Neighbours only where something is known of both, by the history: so every page of the site agrees on the pairs,
whether or not a document then turns out to be damaged.
"""

from dataclasses import dataclass

from generator.pages.site import Image, Site
from generator.targets import Target


@dataclass(frozen=True, slots=True)
class Pair:
    """Two images, of the first platform that both have where there is one."""

    before: Image
    after: Image

    @property
    def folder(self) -> str:
        """The page's folder, which is also its address."""
        return f"compare/{self.before.target.name}/{self.after.target.name}"


def pairs(site: Site) -> tuple[Pair, ...]:
    """Return all pairs, those that images.yml names first."""
    return _opened(_names(site), site)


def pairs_of(target: Target, site: Site) -> tuple[Pair, ...]:
    """Return the pairs that a target is in."""
    return _opened([one for one in _names(site) if target.name in one], site)


def _names(site: Site) -> list[tuple[str, str]]:
    known = {image.target.name for image in site.images if site.past(image).states}
    neighbours = [
        (one.name, other.name)
        for group in site.configuration.groups
        for one, other in zip(group.targets, group.targets[1:], strict=False)
        if one.name in known and other.name in known
    ]
    return list(dict.fromkeys((*site.configuration.pairs, *neighbours)))


def _opened(names: list[tuple[str, str]], site: Site) -> tuple[Pair, ...]:
    images: dict[str, list[Image]] = {}
    for image in site.images:
        images.setdefault(image.target.name, []).append(image)
    return tuple(_pair(images[one], images[other]) for one, other in names)


def _pair(ours: list[Image], theirs: list[Image]) -> Pair:
    for one in ours:
        for other in theirs:
            if one.platform == other.platform:
                return Pair(one, other)
    return Pair(ours[0], theirs[0])
