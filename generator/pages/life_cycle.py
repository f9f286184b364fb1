"""How long an image's distribution is looked after: a section of the image page and a cell of the home page.

Pages have no clock. They print dates, with the machine's form in `<time datetime data-ends>`; how far away a date is
says the browser's script. What had ended when the image was recorded has ended for good, and is said without one.
"""

import re
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from generator.analysis.document import Document
from generator.language import gettext, mark
from generator.lifecycle.calendar import End
from generator.lifecycle.rules import Standing, standing_of
from generator.pages import figures
from generator.pages.environment import Templates
from generator.pages.markup import fragment
from generator.pages.sections import SectionView
from generator.pages.site import Image, Site

_WHAT: Final = mark(
    "A distribution looks after each release for a set time. After its end of life its regular security fixes "
    "stop, however often an image is built on it anew."
)
_ABSENT: Final = mark(
    "Without an os-release nothing in the image names a distribution whose dates could be told. What is in it ages "
    "all the same."
)
_WITHOUT_DATE: Final = {
    "rolling": (mark("rolling"), mark("no releases, so no end: as good as the day it was last built")),
    "development": (mark("no release yet"), mark("a state between releases, not looked after as one")),
    "unknown-release": (mark("not known"), mark("no dates are at hand for this release")),
    "unknown-distribution": (mark("not known"), mark("no dates are at hand for this distribution")),
    "no-os-release": (mark("no os-release"), mark("nothing in the image names a distribution")),
    "unreadable": (mark("os-release unreadable"), mark("the file that names the distribution could not be read")),
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
        title=gettext("Life cycle"),
        what=Markup(gettext(_WHAT)),
        absent=gettext(_ABSENT),
        state={"no-os-release": "absent", "unreadable": "failed"}.get(standing.kind, "found"),
        failure=failure.text if failure else "",
        slug=failure.slug if failure else "",
        body=body,
    )


def cell(standing: Standing, image: Image) -> Cell:
    """Return the home page's cell."""
    if standing.release is None:
        word, reason = map(gettext, _WITHOUT_DATE[standing.kind])
        kind = "bx-none" if standing.kind in ("rolling", "development", "no-os-release") else "bx-unknown"
        shown = fragment('<span class="{kind}" title="{reason}">{word}</span>', kind=kind, reason=reason, word=word)
        return Cell("", shown, Markup(""))
    ends, extended = standing.release.ends, standing.release.extended_until
    below = Markup("")
    if isinstance(extended, str):
        below = fragment(
            "{name} {until}", name=re.split("[,，]", gettext(standing.extended))[0], until=figures.day(extended)
        )
    sort = ends if isinstance(ends, str) else ""
    return Cell(sort, end(ends, over=standing.ended_before(image.recorded_at)), below)


def end(value: End, *, over: bool = False) -> Markup:
    """Show the end of a phase; `over` when it is known to have passed."""
    if isinstance(value, str):
        state = Markup(' class="bx-ends bx-ends--over"' if over else ' class="bx-ends"')
        return fragment(
            '<time datetime="{day}" data-ends="{day}" data-ending="{ending}" data-ended="{ended}"{state}>{day}</time>',
            day=value,
            ending=gettext("ends {when}"),
            ended=gettext("ended {when}"),
            state=state,
        )
    if value is None:
        return Markup('<span class="bx-none">–</span>')
    if value:
        return fragment('<span class="bx-ends bx-ends--over">{words}</span>', words=gettext("ended"))
    return fragment('<span class="bx-none">{words}</span>', words=gettext("no date announced"))


def _name(standing: Standing) -> str:
    return f"{standing.title} {standing.cycle}".strip()
