"""What images.yml asks of an image, and how it stands: a section of the image page, where something is asked.

Pages have no clock. A rule whose answer changes with the day is judged at the ends of time: what is the same at both
is said, and else the day on which it stops to hold is shown, beside which the browser's script says how far that is.
"""

from datetime import date, timedelta
from typing import Final, NamedTuple

from markupsafe import Markup

from generator.analysis.document import Document
from generator.images_policy import EndOfLife
from generator.language import gettext, mark, ngettext
from generator.pages import figures, life_cycle, vulnerabilities
from generator.pages.environment import Templates
from generator.pages.markup import code, concat, escape, fragment
from generator.pages.places import file_place, layered
from generator.pages.sections import SectionView
from generator.pages.site import Image, Site
from generator.policy.rules import TITLES, judged
from generator.policy.subject import Subject
from generator.policy.verdict import Asked, Finding, Verdict

_SHOWN: Final = 8
"""Findings of one rule that the page shows; `basedex check` lists all."""
_STATES: Final = {
    "passed": ("approved", mark("holds")),
    "warning": ("deprecated", mark("holds, with a warning")),
    "violated": ("banned", mark("violated")),
    "unknown": ("experimental", mark("cannot be told")),
}
"""State → the badge whose colour it has, and its words."""


class Row(NamedTuple):
    """One rule."""

    anchor: Markup
    name: Markup
    """That may break after its underscores."""
    title: str
    asked: Markup
    verdict: Markup
    evidence: Markup


def section(document: Document, image: Image, site: Site, templates: Templates) -> SectionView | None:
    """Return the section, None where nothing is asked of the image."""
    early = _verdicts(document, image, site, date.min)
    late = _verdicts(document, image, site, date.max)
    allowed = image.target.policy.allowed_setuid
    paths = allowed if isinstance(allowed, tuple) else ()
    anchors = vulnerabilities.anchors(site.assessment(image))
    rows = [_row(first, last, paths, anchors) for first, last in zip(early, late, strict=True)]
    if not rows:
        return None
    return SectionView(
        anchor=Markup("policy"),
        title=gettext("Policy"),
        what=Markup(gettext("What this site's owner asks of the image, held against what is recorded of it.")),
        absent="",
        state="found",
        failure="",
        slug="",
        body=templates.render_part("sections/policy.md.j2", rows=rows, has_evidence=any(row.evidence for row in rows)),
    )


def _verdicts(document: Document, image: Image, site: Site, today: date) -> tuple[Verdict, ...]:
    past = site.past(image)
    subject = Subject(
        target=image.target,
        outcome=image.outcome,
        today=today,
        calendar=site.lifecycle,
        recorded=document,
        since=past.newest.since if past.newest else "",
        changed_then=len(past.states) > 1,
        assessment=site.assessment(image),
        outdated=site.assessments.outdated,
    )
    return judged(subject, 0).verdicts


def _row(early: Verdict, late: Verdict, allowed_setuid: tuple[str, ...], anchors: frozenset[str]) -> Row:
    ends = _last_day(late) if early.state != late.state and early.state != "unknown" else None
    verdict = early if ends else late if early.state != "unknown" else early
    badge, words = _STATES[verdict.state]
    return Row(
        anchor=Markup("policy-" + verdict.rule.replace("_", "-")),
        name=Markup("_<wbr>").join(map(escape, verdict.rule.split("_"))),
        title=gettext(TITLES[verdict.rule]),
        asked=_asked(verdict.rule, verdict.asked, allowed_setuid),
        verdict=life_cycle.end(ends)
        if ends
        else fragment('<span class="bx-badge bx-badge--{badge}">{words}</span>', badge=badge, words=gettext(words)),
        evidence=_evidence(verdict.findings, anchors),
    )


def _last_day(late: Verdict) -> str | None:
    """Return the last day on which a rule holds that does not hold for ever."""
    evidence = next((one.evidence for one in late.findings if one.evidence.date), None)
    if evidence is None:
        return None
    return (date.fromisoformat(evidence.date) + timedelta(days=evidence.limit or 0)).isoformat()


def _asked(rule: str, asked: Asked, allowed_setuid: tuple[str, ...]) -> Markup:
    if rule == "no_setuid" and allowed_setuid:
        return Markup(gettext("yes, but for %(paths)s")) % {"paths": _codes(allowed_setuid)}
    match asked:
        case bool():
            return escape(gettext("yes"))
        case int():
            return figures.size(asked) if rule.endswith("_size") else escape(f"{asked:,}")
        case EndOfLife():
            return escape(gettext("yes"))
        case _:
            return _codes(asked)


def _codes(words: tuple[str, ...]) -> Markup:
    return Markup(gettext(", ")).join(map(code, words))


def _evidence(findings: tuple[Finding, ...], anchors: frozenset[str]) -> Markup:
    shown = [_found(one, anchors) for one in findings[:_SHOWN]]
    more = len(findings) - len(shown)
    if more:
        shown.append(escape(ngettext("%(num)s more", "%(num)s more", more) % {"num": more}))
    return Markup("<br>").join(one for one in shown if one)


def _found(finding: Finding, anchors: frozenset[str]) -> Markup:
    one = finding.evidence
    if one.vulnerability:
        name = code(one.vulnerability)
        if one.vulnerability in anchors:
            name = fragment('<a href="#{anchor}">{name}</a>', anchor=one.vulnerability, name=name)
        return concat([name, Markup(" "), code(f"{one.package} {one.version}".strip())])
    if one.unit in ("vulnerabilities", "advisories") and one.number is not None:
        return escape(_counted(one.number, one.unit, is_limited=one.limit is not None))
    if one.database_date and one.date:
        return escape(gettext("the newest advisory is of %(day)s") % {"day": one.date})
    if one.package:
        return code(f"{one.package} {one.version}".strip())
    if one.capability:
        return code(one.capability)
    if one.number is not None and one.unit != "days":
        return figures.size(one.number) if one.unit == "bytes" else escape(f"{one.number:,}")
    if one.path:
        return file_place(one.path) if one.layer is None else layered(one.path, one.layer)
    return concat([])


def _counted(number: int, unit: str, *, is_limited: bool) -> str:
    """Say what was counted in a rule about vulnerabilities: those beyond a limit, or what is in no count."""
    if unit == "advisories":
        words = ngettext("%(num)s advisory undecided", "%(num)s advisories undecided", number)
    elif is_limited:
        words = ngettext("%(num)s known vulnerability", "%(num)s known vulnerabilities", number)
    else:
        words = ngettext("%(num)s of unknown severity", "%(num)s of unknown severity", number)
    return words % {"num": figures.exact(number)}
