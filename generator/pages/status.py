"""The status page: how every image fared in the last build, why it is not fresh, and which advisories were asked."""

from collections.abc import Iterator
from typing import Final

from generator.advisories.assessment import Archive
from generator.language import gettext, mark
from generator.pages import chronicle
from generator.pages.drawings import label
from generator.pages.environment import Templates
from generator.pages.image import yaml_text
from generator.pages.site import File, Image, Site
from generator.pages.vulnerability_words import STATES

_WORST_FIRST = ("missing", "stale", "offline", "current")
_ARCHIVES: Final = {
    "osv": mark("advisories (OSV)"),
    "secdb": mark("Alpine’s security database"),
    "kev": mark("known to be exploited (CISA)"),
    "epss": mark("likely to be exploited (EPSS)"),
}
"""Kind of archive → what it is."""
_STATES: Final = {
    "assessed": mark("assessed"),
    "too-old": mark("the database is too old"),
    **STATES,
}


def render(site: Site, templates: Templates) -> Iterator[File]:
    """Yield `status.md`, the images that need looking at first."""
    by_kind = [(kind, [image for image in site.images if image.freshness.kind == kind]) for kind in _WORST_FIRST]
    page = templates.render(
        "pages/status.md.j2",
        description=yaml_text(gettext("How every image fared in the last build")),
        kinds=[(kind, images) for kind, images in by_kind if images],
        image_count=len(site.images),
        gone=[one for one in chronicle.gone(site) if one.past.states],
        archives=_archives(site),
        asked=site.assessments.asked,
        max_age_days=site.assessments.max_age_days,
        problems=[*site.assessments.asked.problems, *site.assessments.problems],
        states=_states(site),
    )
    yield File("status.md", page)


def _archives(site: Site) -> list[tuple[Archive, str, str, str, bool]]:
    """Return each archive that was asked: what it is, its day, when its publisher was asked, and if it is too old."""
    known = site.assessments
    return [
        (one, gettext(_ARCHIVES[one.kind]), known.date_of(one.name), known.asked.checked_on.get(one.name, ""), is_old)
        for one in known.asked.archives
        for is_old in [one.name in known.outdated]
    ]


def _states(site: Site) -> list[tuple[str, list[tuple[Image, str]]]]:
    """Return in how many images what came out, the assessed first."""
    found: dict[str, list[tuple[Image, str]]] = {}
    for image in site.images:
        if image.folder in site.assessed:
            found.setdefault(site.assessed[image.folder].state, []).append((image, label(image)))
    return [(gettext(_STATES[state]), found[state]) for state in _STATES if state in found]
