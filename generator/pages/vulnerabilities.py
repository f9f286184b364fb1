"""What is known of an image's vulnerabilities: a section of the image page. Assessment in, HTML out.

All five states have words of their own, and what was asked stands beside every figure: "none" means only that nothing
matched, in so many advisories, as of such a day. How old that day is says the browser's script, as for all dates.
What advisories and statements say is text from outside, one line of it.
"""

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from markupsafe import Markup

from generator import text
from generator.advisories.assessment import (
    SEVERITIES,
    Archive,
    Assessment,
    Counts,
    Finding,
    Occurrence,
    Statement,
)
from generator.analysis.document import Document
from generator.language import gettext, mark, ngettext
from generator.lifecycle.rules import standing_of
from generator.pages import figures, opinions
from generator.pages import vulnerability_words as words
from generator.pages.charts import severity_bar
from generator.pages.environment import Templates
from generator.pages.markup import code, escape, fragment
from generator.pages.public import vulnerabilities_place
from generator.pages.sections import SectionView
from generator.pages.site import Image, Site

MOST_ROWS: Final = 150
"""Findings on the page, the worst; the JSON has all."""
_MOST_UNDECIDED: Final = 100
_MOST_NAMES: Final = 6
"""Packages of one version that a row names."""
_SUMMARY: Final = 240
_WHAT: Final = mark(
    "The packages of the image held against the advisories of its distribution. That nothing is found says that nobody "
    "has written of it, and never that there is nothing."
)
_HEADS: Final = {
    "no-package-database": mark("No package database in the image."),
    "no-advisories": mark("No advisories for it."),
    "not-assessed": mark("Not assessed."),
}
_IDENTITY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
"""What may stand in an address as it is."""
_SOURCES: Final = {
    "CVE-": "https://www.cve.org/CVERecord?id=",
    "GHSA-": "https://github.com/advisories/",
    "": "https://osv.dev/vulnerability/",
}
"""Beginning of an identifier → where everybody can read what it is."""
_VERSIONS: Final = {"CVSS_V4": "CVSS 4", "CVSS_V3": "CVSS 3", "CVSS_V2": "CVSS 2"}
STATUSES: Final = {
    "not_affected": mark("not affected"),
    "affected": mark("affected"),
    "fixed": mark("fixed"),
    "under_investigation": mark("under investigation"),
}
"""OpenVEX's words."""
_UNDECIDED: Final = {
    "version": mark("one of the versions has no order in this distribution’s system"),
    "module": mark("the fix is for a module, and which stream the package is of is not known"),
    "range": mark("the advisory’s versions are those of another system"),
}


@dataclass(frozen=True, slots=True)
class _Group:
    """Packages of one version that share a fix."""

    names: tuple[str, ...]
    more: int
    installed: str
    fixed: str
    source: str
    """The source package that the advisory names; "" when it is the package itself."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One vulnerability."""

    anchor: Markup
    id: str
    link: Markup
    aliases: str
    """Without those that only put a distribution's name before the identifier."""
    severity: str
    severity_words: str
    rank: int
    score: str
    graded_by: str
    vector: str
    own_word: str
    """The distribution's own, where that is not what `severity` was told from."""
    packages: tuple[_Group, ...]
    summary: str
    published: str
    exploited_on: str
    """Since when it is in the catalogue; "" when it is not."""
    is_exploited: bool
    ransomware: bool
    epss: str
    fixable: bool
    statement: Statement | None
    statement_words: str


@dataclass(frozen=True, slots=True)
class _Source:
    """One archive that was asked."""

    archive: Archive
    day: str
    is_ours: bool
    """Whether it has advisories about this very release."""


def section(document: Document, image: Image, site: Site, templates: Templates) -> SectionView:
    """Return the section, in the form in which the page shows those of inspectors."""
    assessment = site.assessment(image)
    findings = sorted(assessment.findings, key=_worst)
    counted = [one for one in findings if one.counts]
    has_ended = standing_of(document.sections.os_release, site.lifecycle).ended_before(image.recorded_at)
    body = templates.render_part(
        "sections/vulnerabilities.md.j2",
        one=assessment,
        unassessed=_unassessed(assessment),
        bar=severity_bar(assessment.counts) if assessment.counts else Markup(""),
        legend=_legend(assessment.counts) if assessment.counts else [],
        rows=[_row(one) for one in counted[:MOST_ROWS]],
        row_count=len(counted),
        severities=[(name, gettext(words.SEVERITY_WORDS[name])) for name in SEVERITIES if _has(counted, name)],
        closed=[_row(one) for one in findings if not one.counts][:MOST_ROWS],
        closed_count=len(findings) - len(counted),
        undecided=[(one, gettext(_UNDECIDED[one.reason])) for one in assessment.undecided[:_MOST_UNDECIDED]],
        undecided_count=len(assessment.undecided),
        sources=_sources(assessment, site),
        asked_overlays=_overlays(assessment),
        catalogue_is_old=any(
            one.kind == "kev" and one.name in site.assessments.outdated for one in assessment.archives
        ),
        stands_still=words.stands_still(assessment),
        has_ended=has_ended,
        max_age_days=site.assessments.max_age_days,
        json=Markup(f"{image.root}{site.data_root}") + vulnerabilities_place(image.target.name, image.platform.slug),
        root=Markup(image.root),
        opinions=opinions.block(document, image, site, templates),
    )
    return SectionView(
        anchor=Markup("vulnerabilities"),
        title=gettext("Known vulnerabilities"),
        what=Markup(gettext(_WHAT)),
        absent="",
        state="found",
        failure="",
        slug="",
        body=body,
    )


def _unassessed(one: Assessment) -> Markup:
    """Return why there is no count, in sentences that say what that is not; empty where there is one."""
    if one.counts is not None:
        return Markup("")
    parts = [fragment("<strong>{head}</strong>", head=gettext(_HEADS[one.state])), escape(words.reason(one))]
    if one.unowned_file_count:
        files = ngettext(
            "Of %(num)s file nobody can tell whether it has known flaws.",
            "Of %(num)s files nobody can tell whether they have known flaws.",
            one.unowned_file_count,
        )
        parts.append(escape(files % {"num": figures.exact(one.unowned_file_count)}))
    parts.append(escape(gettext("This is not the same as none.")))
    form = Markup(gettext("%(sentence)s %(next)s"))
    return functools.reduce(lambda said, part: form % {"sentence": said, "next": part}, parts)


def glance(document: Document, image: Image, site: Site) -> tuple[bool, Markup] | None:
    """Return whether there is a count, and it or its state in a word; None where the site has no database at all."""
    assessment = site.assessment(image)
    if assessment.reason == "no-database":
        return None
    has_ended = standing_of(document.sections.os_release, site.lifecycle).ended_before(image.recorded_at)
    return assessment.knows, cell(assessment, has_ended=has_ended)[1]


def cell(assessment: Assessment, *, has_ended: bool) -> tuple[str, Markup]:
    """Return what the matrix sorts by, "" where it is not known, and what its cell shows."""
    counts = assessment.counts
    if counts is None:
        why = words.reason(assessment)
        return "", fragment(
            '<span class="bx-unknown" title="{why}">{short}</span>', why=why, short=words.short(assessment)
        )
    shown = fragment(
        '<span title="{line}">{total}</span>',
        line=words.line(assessment, has_ended=has_ended),
        total=words.short(assessment),
    )
    note = words.caution(assessment, has_ended=has_ended)
    if counts.critical and not note:
        note = gettext("%(count)s critical") % {"count": counts.critical}
    if not counts.total and not note:
        note = gettext("as of %(day)s") % {"day": assessment.database_date}
    if note:
        shown += fragment('<span class="bx-sub">{note}</span>', note=note)
    return str(counts.total), shown


def anchors(assessment: Assessment) -> frozenset[str]:
    """Return the identifiers that have a row on the image's page, which one may link to by these names."""
    open_ones = sorted((one for one in assessment.findings if one.counts), key=_worst)
    return frozenset(one.id for one in open_ones[:MOST_ROWS] if _IDENTITY.fullmatch(one.id))


def _worst(one: Finding) -> tuple[bool, int, float, str]:
    """Order what is exploited first, as changes do, then by severity and score; identifiers make it whole."""
    return one.exploited is None, SEVERITIES.index(one.severity), -(one.score or 0.0), one.id


def _has(findings: Iterable[Finding], severity: str) -> bool:
    return any(one.severity == severity for one in findings)


def _legend(counts: Counts) -> list[tuple[str, str, int]]:
    """Return severity, its words and how many; those of which there is none are left out after `low`."""
    every = [(name, gettext(words.SEVERITY_WORDS[name]), getattr(counts, name)) for name in SEVERITIES]
    return [one for one in every if one[2] or one[0] in SEVERITIES[:4]]


def _sources(assessment: Assessment, site: Site) -> list[_Source]:
    return [
        _Source(one, site.assessments.date_of(one.name), one.name in assessment.asked)
        for one in assessment.archives
        if one.name in assessment.asked or one.kind in ("kev", "epss") or not assessment.knows
    ]


def _overlays(assessment: Assessment) -> frozenset[str]:
    return frozenset(one.kind for one in assessment.archives)


def _row(one: Finding) -> _Row:
    plain = _IDENTITY.fullmatch(one.id) is not None
    own_word = one.own_word if one.severity_source in _VERSIONS else ""
    return _Row(
        anchor=Markup(one.id) if plain else Markup(""),
        id=one.id,
        link=_link(one.id) if plain else code(one.id),
        aliases=text.shortened(" ".join(name for name in _other_names(one) if not name.endswith(one.id)), 200),
        severity=one.severity,
        severity_words=gettext(words.SEVERITY_WORDS[one.severity]),
        rank=len(SEVERITIES) - SEVERITIES.index(one.severity),
        score="" if one.score is None else f"{one.score:.1f}",
        graded_by=_VERSIONS.get(one.severity_source, one.severity_source),
        vector=text.shortened(one.vector, 200),
        own_word=text.shortened(own_word, 40),
        packages=_groups(one.packages),
        summary=_one_line(one.summary, _SUMMARY),
        published=one.published,
        exploited_on=one.exploited.added_on if one.exploited else "",
        is_exploited=one.exploited is not None,
        ransomware=one.exploited is not None and one.exploited.ransomware,
        epss="" if one.epss_score is None else _percent(one.epss_score),
        fixable=one.fixable,
        statement=one.statement,
        statement_words=gettext(STATUSES[one.statement.status]) if one.statement else "",
    )


def _link(identity: str) -> Markup:
    """Link an identifier to where everybody can read what it is; nothing but the reader's click asks for it."""
    start = next(address for beginning, address in _SOURCES.items() if identity.startswith(beginning))
    return fragment(
        '<a href="{address}" rel="noopener noreferrer nofollow">{identity}</a>',
        address=Markup(start + quote(identity, safe=":")),
        identity=identity,
    )


def _groups(packages: Sequence[Occurrence]) -> tuple[_Group, ...]:
    """Join packages of one source, version and fix, as those of one source package are."""
    found: dict[tuple[str, str, str], dict[str, None]] = {}
    for one in packages:
        found.setdefault((one.installed, one.fixed, one.advised_name), {})[one.name] = None
    return tuple(
        _Group(
            names=tuple(names)[:_MOST_NAMES],
            more=max(0, len(names) - _MOST_NAMES),
            installed=installed,
            fixed=fixed,
            source=advised if advised not in names else "",
        )
        for (installed, fixed, advised), names in found.items()
    )


def _one_line(words_given: str, length: int) -> str:
    return text.shortened(" ".join(words_given.split()), length)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.095 else f"{100 * share:.1f} %" if share >= 0.001 else "< 0.1 %"


def _other_names(one: Finding) -> tuple[str, ...]:
    """Return what else it is called, and the advisories that tell of it, which may tell of others too."""
    told = (name for place in one.packages for name in place.advisories)
    return tuple(dict.fromkeys((*one.aliases, *told)))
