"""The page of one image over time: its states with their figures, how these went, and every change in a line.

The page is `history/` below the image's; it stands for images that images.yml has no longer, too. It is made of the
history's figures, so it knows of states whose documents are gone.
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


def render(chronicle: Chronicle, site: Site, templates: Templates) -> Iterator[File]:
    """Yield the page; none for an image that was never seen."""
    if not chronicle.past.states:
        return
    title, lines = chronicle.title, chronicle.lines(site)
    page = templates.render(
        "pages/history.md.j2",
        chronicle=chronicle,
        root="../" * (chronicle.depth + 1),
        json=json_address(chronicle, site, 1),
        title=yaml_text(_("%(title)s over time") % {"title": title}),
        description=yaml_text(_("%(title)s: every state and every change that was recorded") % {"title": title}),
        rows=rows(chronicle.past)[-MOST:],
        lines=lines[:MOST],
        state_count=len(chronicle.past.states),
        most=MOST,
        charts=trends.charts(chronicle.past),
    )
    yield File(f"{chronicle.folder}/history/index.md", page)


def json_address(chronicle: Chronicle, site: Site, depth: int) -> Markup:
    """Return the way to the same in the API, from `depth` folders below the image's page."""
    up = "../" * (chronicle.depth + depth)
    return Markup(f"{up}{site.data_root}{PUBLIC[0]}/images/{chronicle.name}/{chronicle.slug}/history.json")


def rows(past: Past) -> list[Row]:
    """Return the states, oldest first; a digest that comes again has another anchor each time."""
    seen: Counter[str] = Counter()
    found = []
    for state in past.states:
        seen[state.short] += 1
        again = f"-{seen[state.short]}" if seen[state.short] > 1 else ""
        found.append(Row(state, f"state-{state.short}{again}"))
    return found
