"""What other scanners say of an image, beside what is known here: a block of its section on vulnerabilities.

A disagreement is shown as one: nothing is averaged, and nobody is taken to be right.
"""

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from generator.advisories.opinions import Disagreement, Opinion, Theirs, compared
from generator.analysis.document import Document
from generator.errors import InvalidReport
from generator.language import gettext, mark
from generator.pages.environment import Templates
from generator.pages.site import Image, Site

_NAMES: Final = {"grype": "Grype", "trivy": "Trivy"}
_OWN_BILL: Final = "of our bill of materials"
_ABOUT: Final = {
    "same": "",
    "other": mark("The report is about other bytes than these, so it is not held against them."),
    "unsaid": mark("The report does not say which image it is about; it is taken to be this one."),
}
_SHOWN: Final = 100
"""Flaws of each kind that are listed; their number is always told."""


@dataclass(frozen=True, slots=True)
class View:
    """One report, as the template needs it."""

    name: str
    version: str
    where: str
    """The file; "" where the scanner was asked here."""
    made_on: str
    """YYYY-MM-DD; "" when it does not say."""
    database_date: str
    distribution: str
    about: str
    is_other: bool
    """Whether it is about another image."""
    comparable: bool
    both: int
    only_ours: tuple[str, ...]
    only_theirs: tuple[Theirs, ...]
    severities: tuple[tuple[str, str, str], ...]
    theirs: int
    """All of their flaws in packages of the distribution."""
    languages: int
    more: dict[str, int]
    """How many are not listed, by kind."""


def block(document: Document, image: Image, site: Site, templates: Templates) -> Markup:
    """Return the block; empty where nobody else was asked."""
    observation = image.outcome.observation
    if observation is None:
        return Markup("")
    said = site.assessments.opinions_of(observation.subject, image.target)
    if not said:
        return Markup("")
    assessment = site.assessment(image)
    digests = frozenset(
        str(one) for one in (observation.subject, document.identity.digest, document.identity.image_id) if one
    )
    diff_ids = tuple(str(layer.diff_id) for layer in document.layers)
    return templates.render_part(
        "sections/opinions.md.j2",
        reports=[_view(compared(one, assessment, digests, diff_ids)) for one in said if isinstance(one, Opinion)],
        unreadable=[str(one) for one in said if isinstance(one, InvalidReport)],
    )


def _view(found: Disagreement) -> View:
    opinion = found.opinion
    lists = {"only_ours": found.only_ours, "only_theirs": found.only_theirs, "severities": found.severities}
    return View(
        name=_NAMES[opinion.tool],
        version=opinion.version,
        where="" if opinion.where.endswith(_OWN_BILL) else opinion.where,
        made_on=_day(opinion.made_at),
        database_date=_day(opinion.database_date),
        distribution=opinion.distribution,
        about=gettext(_ABOUT[found.about]) if _ABOUT[found.about] else "",
        is_other=found.about == "other",
        comparable=found.is_comparable,
        both=len(found.both),
        only_ours=found.only_ours[:_SHOWN],
        only_theirs=found.only_theirs[:_SHOWN],
        severities=found.severities[:_SHOWN],
        theirs=len({one.id for one in opinion.findings if one.of_distribution}),
        languages=found.language_count,
        more={name: max(0, len(one) - _SHOWN) for name, one in lists.items()},
    )


def _day(written: str) -> str:
    """Return the day of a time as reports write it; "" when it is none."""
    day = written[:10]
    return day if len(day) == 10 and day[4] == day[7] == "-" and day.replace("-", "").isdigit() else ""
