"""The status page: how every image fared in the last build, and why it is not fresh when it is not."""

from collections.abc import Iterator

from generator.language import gettext
from generator.pages import chronicle
from generator.pages.environment import Templates
from generator.pages.image import yaml_text
from generator.pages.site import File, Site

_WORST_FIRST = ("missing", "stale", "offline", "current")


def render(site: Site, templates: Templates) -> Iterator[File]:
    """Yield `status.md`, the images that need looking at first."""
    by_kind = [(kind, [image for image in site.images if image.freshness.kind == kind]) for kind in _WORST_FIRST]
    page = templates.render(
        "pages/status.md.j2",
        description=yaml_text(gettext("How every image fared in the last build")),
        kinds=[(kind, images) for kind, images in by_kind if images],
        image_count=len(site.images),
        gone=[one for one in chronicle.gone(site) if one.past.states],
    )
    yield File("status.md", page)
