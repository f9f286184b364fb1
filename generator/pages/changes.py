"""The page of what changed on the whole site: every change of every image in a line, the newest first, by day.

That an image was seen for the first time is a line, too. That one was taken out of images.yml has no day, because the
history does not know of images.yml; such images stand below the days.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from markupsafe import Markup

from generator.language import gettext as _
from generator.pages import chronicle
from generator.pages.chronicle import Chronicle
from generator.pages.environment import Templates
from generator.pages.image import yaml_text
from generator.pages.public import PUBLIC
from generator.pages.site import File, Site

MOST: Final = 200
"""Lines of the page; the JSON has all."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: what one image became at one time."""

    at: str
    chronicle: Chronicle
    name: str
    """Of the change; "" for the first time that the image was seen."""
    words: str

    @property
    def day(self) -> str:
        """The day on which it was seen."""
        return self.at[:10]

    @property
    def anchor(self) -> str:
        """The name by which one may link to the line; two lines of one second differ in what the image became."""
        folder = self.chronicle.folder.removeprefix("images/").replace("/", "-")
        return "-".join(part for part in (folder, _letters(self.at), self.name.partition("-")[2]) if part)


def _letters(time: str) -> str:
    """Return a time without its signs, as part of an anchor."""
    return "".join(letter for letter in time if letter.isalnum())


def entries(site: Site) -> list[Entry]:
    """Return all lines, newest first; images of one moment in the order of their pages' addresses."""
    found = []
    for one in chronicle.every(site):
        found += [Entry(line.step.at, one, line.step.name, line.words) for line in one.lines(site)]
        if one.past.states:
            found.append(Entry(one.past.states[0].since, one, "", _("first seen")))
    found.sort(key=lambda entry: entry.chronicle.folder)
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def render(site: Site, templates: Templates) -> Iterator[File]:
    """Yield `changes/index.md`."""
    every = entries(site)
    shown = every[:MOST]
    page = templates.render(
        "pages/changes.md.j2",
        title=yaml_text(_("Changes")),
        description=yaml_text(_("What changed in which image, the newest first")),
        days=[(day, _letters(day), list(lines)) for day, lines in groupby(shown, lambda entry: entry.day)],
        count=len(every),
        shown_count=len(shown),
        gone=[one for one in chronicle.gone(site) if one.past.states],
        json=Markup(f"../{site.data_root}{PUBLIC[0]}/changes.json"),
    )
    yield File("changes/index.md", page)
