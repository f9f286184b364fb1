"""How long an image's distribution is looked after: a section of the image page and a cell of the home page.

Pages have no clock. They print dates, with the machine's form in `<time datetime data-ends>`; how far away a date is
says the browser's script. What had ended when the image was recorded has ended for good, and is said without one.
"""

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from generator.analysis.document import Document
from generator.lifecycle.calendar import End
from generator.lifecycle.rules import Standing, standing_of
from generator.pages import figures
from generator.pages.environment import Templates
from generator.pages.markup import fragment
from generator.pages.sections import SectionView
from generator.pages.site import Image, Site

_WHAT: Final = Markup(
    "A distribution looks after each release for a set time. After its end of life its regular security fixes "
    "stop, however often an image is built on it anew."
)
_WITHOUT_DATE: Final = {
    "rolling": ("rolling", "no releases, so no end: as good as the day it was last built"),
    "development": ("no release yet", "a state between releases, not looked after as one"),
    "unknown-release": ("not known", "no dates are at hand for this release"),
    "unknown-distribution": ("not known", "no dates are at hand for this distribution"),
    "no-os-release": ("no os-release", "nothing in the image names a distribution"),
    "unreadable": ("os-release unreadable", "the file that names the distribution could not be read"),
}
"""Kind of standing → a word or two, and the reason."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What the home page's column shows."""

    sort: str
    """The date, or "": what has none stands last."""
    shown: Markup
    below: Markup


def section(document: Document, image: Image, site: Site, templates: Templates) -> SectionView:
    """Return the section, in the form in which the page shows those of inspectors."""
    os_release = document.sections.os_release
    standing = standing_of(os_release, site.lifecycle)
    failure = os_release.failure if standing.kind == "unreadable" else None
    body = templates.render_part(
        "sections/life_cycle.md.j2",
        standing=standing,
        calendar=site.lifecycle,
        path=os_release.found.path if os_release.found else "",
        name=_name(standing),
        over=standing.ended_before(image.recorded_at),
        recorded_at=image.recorded_at,
        end=end,
    )
    return SectionView(
        anchor=Markup("life-cycle"),
        title="Life cycle",
        what=_WHAT,
        absent="Without an os-release nothing in the image names a distribution whose dates could be told. What is in "
        "it ages all the same.",
        state={"no-os-release": "absent", "unreadable": "failed"}.get(standing.kind, "found"),
        failure=failure.text if failure else "",
        slug=failure.slug if failure else "",
        body=body,
    )


def cell(standing: Standing, image: Image) -> Cell:
    """Return the home page's cell."""
    if standing.release is None:
        word, reason = _WITHOUT_DATE[standing.kind]
        kind = "bx-none" if standing.kind in ("rolling", "development", "no-os-release") else "bx-unknown"
        shown = fragment('<span class="{kind}" title="{reason}">{word}</span>', kind=kind, reason=reason, word=word)
        return Cell("", shown, Markup(""))
    ends, extended = standing.release.ends, standing.release.extended_until
    below = Markup("")
    if isinstance(extended, str):
        below = fragment("{name} {until}", name=standing.extended.partition(",")[0], until=figures.day(extended))
    sort = ends if isinstance(ends, str) else ""
    return Cell(sort, end(ends, over=standing.ended_before(image.recorded_at)), below)


def end(value: End, *, over: bool = False) -> Markup:
    """Show the end of a phase; `over` when it is known to have passed."""
    if isinstance(value, str):
        state = Markup(' class="bx-ends bx-ends--over"' if over else ' class="bx-ends"')
        return fragment('<time datetime="{day}" data-ends="{day}"{state}>{day}</time>', day=value, state=state)
    if value is None:
        return Markup('<span class="bx-none">–</span>')
    if value:
        return Markup('<span class="bx-ends bx-ends--over">ended</span>')
    return Markup('<span class="bx-none">no date announced</span>')


def _name(standing: Standing) -> str:
    return f"{standing.title} {standing.cycle}".strip()
