"""The page of one image over time: its states with their figures, how these went, and every change in a line.

The page is `history/` below the image's; it stands for images that images.yml has no longer, too. It is made of the
history's figures, so it knows of states whose documents are gone. Vulnerabilities are told of each state whose document
is kept, all by the database that was asked last: nobody knows from before what was found since.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from generator.compare.past import Past, State
from generator.language import gettext as _
from generator.pages import trends
from generator.pages.chronicle import Chronicle
from generator.pages.environment import Templates
from generator.pages.flaw_words import why
from generator.pages.image import yaml_text
from generator.pages.public import PUBLIC
from generator.pages.site import File, Site

MOST: Final = 100
"""States and changes that the page lists, the newest; the JSON has all."""


@dataclass(frozen=True, slots=True)
class Row:
    """One state, with the name by which one may link to it."""

    state: State
    anchor: str
    flaws: "Flaws"


@dataclass(frozen=True, slots=True)
class Flaws:
    """What is known of one state's vulnerabilities."""

    count: int | None
    """The open ones; None where nobody can tell."""
    why: str
    """Why nobody can."""
    date: str
    """The day as of which they are known."""


def render(chronicle: Chronicle, site: Site, templates: Templates) -> Iterator[File]:
    """Yield the page; none for an image that was never seen."""
    if not chronicle.past.states:
        return
    title, lines = chronicle.title, chronicle.lines(site)
    known = [_flaws(chronicle, state, site) for state in chronicle.past.states]
    page = templates.render(
        "pages/history.md.j2",
        chronicle=chronicle,
        root="../" * (chronicle.depth + 1),
        json=json_address(chronicle, site, 1),
        title=yaml_text(_("%(title)s over time") % {"title": title}),
        description=yaml_text(_("%(title)s: every state and every change that was recorded") % {"title": title}),
        rows=[Row(state, anchor, found) for (state, anchor), found in zip(_named(chronicle.past), known, strict=True)][
            -MOST:
        ],
        lines=lines[:MOST],
        state_count=len(chronicle.past.states),
        most=MOST,
        any_created=any(one.figures is not None and one.figures.created for one in chronicle.past.states),
        charts=trends.charts(chronicle.past, [one.count for one in known]),
        is_judged=bool(site.assessments.asked.digest),
        judged_on=max((one.date for one in known), default=""),
    )
    yield File(f"{chronicle.folder}/history/index.md", page)


def json_address(chronicle: Chronicle, site: Site, depth: int) -> Markup:
    """Return the way to the same in the API, from `depth` folders below the image's page."""
    up = "../" * (chronicle.depth + depth)
    return Markup(f"{up}{site.data_root}{PUBLIC[0]}/images/{chronicle.name}/{chronicle.slug}/history.json")


def _flaws(chronicle: Chronicle, state: State, site: Site) -> Flaws:
    """Return what today's database says of a state; what another database said of it cannot stand beside that."""
    if not state.is_kept:
        return Flaws(None, _("its record is no longer kept"), "")
    found = chronicle.assessment(state, site)
    if found.counts is None:
        return Flaws(None, why(found), "")
    if found.database_digest != site.assessments.asked.digest:
        return Flaws(None, _("it was held against another database"), "")
    return Flaws(found.counts.total, "", found.database_date)


def _named(past: Past) -> list[tuple[State, str]]:
    """Return the states, oldest first, with their anchors; a digest that comes again has another one each time."""
    seen: Counter[str] = Counter()
    found = []
    for state in past.states:
        seen[state.short] += 1
        again = f"-{seen[state.short]}" if seen[state.short] > 1 else ""
        found.append((state, f"state-{state.short}{again}"))
    return found
