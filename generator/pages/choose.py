"""The page that helps to choose: every rule of recommendations, printed, with what it let through and what not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from generator.compare import recommendations
from generator.compare.recommendations import GENERAL, RULES, Candidate, Judgement, Rule
from generator.language import gettext as _
from generator.pages import figures, life_cycle
from generator.pages.environment import Templates
from generator.pages.image import yaml_text
from generator.pages.site import File, Image, Site

_ANCHORS: Final = {"identity": "users"}
"""Where a sheet's section has another anchor on the image page."""
_TOP: Final = Markup("top")
_VERDICTS: Final = ("fits", "but", "unknown", "excluded")


@dataclass(frozen=True, slots=True)
class _Line:
    """One image under one rule."""

    image: Image
    size: int | None
    share: str
    end: life_cycle.Cell | None
    condition: str = ""
    found: str = ""
    anchor: Markup = _TOP
    """Where the evidence is: one of the image page's own ids."""
    owners_word: bool = False
    """Whether it is the image's status that keeps it out."""


@dataclass(frozen=True, slots=True)
class _RuleView:
    rule: Rule
    anchor: Markup
    """The rule's name, which is an id."""
    title: str
    reason: str
    conditions: tuple[str, ...]
    fits: tuple[_Line, ...]
    but: tuple[_Line, ...]
    """Those that only their status or their age keeps out."""
    unsure: tuple[_Line, ...]
    excluded: tuple[_Line, ...]


def render(site: Site, templates: Templates) -> Iterator[File]:
    """Yield `choose.md`."""
    known = {image.folder: image for image in site.images if site.row(image) is not None}
    candidates = [_candidate(image, site) for image in known.values()]
    page = templates.render(
        "pages/choose.md.j2",
        description=yaml_text(_("Which image for what: rules, and what they exclude")),
        general=[_(one.words) for one in GENERAL],
        rules=[_view(rule, recommendations.judge(rule, candidates), known, site) for rule in RULES],
        unknown_images=[image for image in site.images if image.folder not in known],
        image_count=len(known),
    )
    yield File("choose.md", page)


def _candidate(image: Image, site: Site) -> Candidate:
    return recommendations.candidate(
        image.folder,
        site.rows[image.folder],
        site.sheets[image.folder],
        site.standings[image.folder],
        status=image.target.status or "",
        reason=image.target.reason or "",
        recorded_at=image.recorded_at,
    )


def _view(rule: Rule, judged: tuple[Judgement, ...], images: dict[str, Image], site: Site) -> _RuleView:
    largest = max((one.candidate.size or 0 for one in judged if one.verdict == "fits"), default=0)
    lines = {verdict: [] for verdict in _VERDICTS}  # type: dict[str, list[_Line]]
    for one in judged:
        lines[one.verdict].append(_line(one, images[one.candidate.key], site, largest))
    return _RuleView(
        rule,
        Markup(rule.name),
        _(rule.title),
        _(rule.reason),
        tuple(_(one.words) for one in rule.conditions),
        *(tuple(lines[verdict]) for verdict in _VERDICTS),
    )


def _line(one: Judgement, image: Image, site: Site, largest: int) -> _Line:
    size = one.candidate.size
    if one.condition is None or one.answer is None:
        end = life_cycle.cell(site.standings[image.folder], image)
        return _Line(image, size, figures.share(size or 0, largest), end)
    anchor = Markup(_ANCHORS.get(one.answer.anchor, one.answer.anchor))
    owners_word = one.condition.question == image.target.status
    return _Line(image, size, "0", None, _(one.condition.words), one.answer.words, anchor, owners_word)
