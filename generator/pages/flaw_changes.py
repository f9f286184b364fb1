"""What a move or a rebuild does to known vulnerabilities, as a piece of a page: `compare.flaws` in, HTML out.

Figures before and after, and a list each of what is fixed, new and still open, with what became of the packages. What
cannot be told has its reasons instead, and no figure.
"""

from dataclasses import dataclass, field
from typing import Final

from markupsafe import Markup

from generator.advisories.assessment import SEVERITIES, Assessment, Finding, Statement
from generator.compare.flaws import Flaw, FlawChanges, Place, Tally, Untold
from generator.language import gettext as _
from generator.language import listed, ngettext
from generator.pages import figures
from generator.pages.environment import Templates
from generator.pages.flaw_words import remainder, sentence, untold_words
from generator.pages.markup import code, concat, escape, fragment
from generator.pages.vulnerability_words import SEVERITY_WORDS, stands_still

_ROWS: Final = 60
"""Vulnerabilities of a list; its heading has the whole count."""
_PLACES: Final = 4
"""Packages of one vulnerability that are named."""


@dataclass(frozen=True, slots=True)
class Side:
    """What the two are called, and where the page of each is; "" where there is none that has these facts."""

    title: str
    page: str = ""
    anchors: frozenset[str] = frozenset()
    """Identifiers that have a row on that page."""


@dataclass(frozen=True, slots=True)
class _Row:
    name: Markup
    severity: str
    severity_words: str
    is_exploited: bool
    summary: str
    packages: Markup
    fixed: Markup


@dataclass(frozen=True, slots=True)
class _Figure:
    """One line of the table: open before, fixed, new, open after; None: there was nothing to ask."""

    name: str
    values: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows: a sentence and a section, or why there is none."""

    sentence: str = ""
    """"" where it cannot be told."""
    remainder: str = ""
    """What goes on after it."""
    body: Markup = field(default_factory=Markup)
    why: tuple[str, ...] = ()
    """Why it cannot be told."""


def shown(found: FlawChanges | Untold, before: Side, after: Side, templates: Templates) -> Shown:
    """Return what a page shows of it."""
    if isinstance(found, Untold):
        return Shown(why=tuple(untold_words(found, before.title, after.title)))
    return Shown(sentence(found), remainder(found), _body(found, before, after, templates))


def _body(found: FlawChanges, before: Side, after: Side, templates: Templates) -> Markup:
    """Return the figures and the lists."""
    return templates.render_part(
        "sections/flaw_changes.md.j2",
        found=found,
        before=before,
        after=after,
        figures=_figures(found),
        sides=[(side.title, _asked(one)) for side, one in ((before, found.before), (after, found.after))],
        lists=[
            ("fixed", _("Fixed"), [_gone(one, before) for one in found.gone[:_ROWS]], len(found.gone)),
            ("new", _("New"), [_new(one, after) for one in found.new[:_ROWS]], len(found.new)),
            ("stay", _("Still open"), [_staying(one, after) for one in found.stay[:_ROWS]], len(found.stay)),
        ],
        too_old=[side.title for side, one in ((before, found.before), (after, found.after)) if one.state == "too-old"],
    )


def _asked(side: Assessment) -> str:
    """Say what an image was held against, and what of it was not."""
    advisories, packages, files = side.advisory_count or 0, side.package_count or 0, side.unowned_file_count or 0
    parts = [
        ngettext("%(num)s advisory about %(release)s", "%(num)s advisories about %(release)s", advisories)
        % {"num": figures.exact(advisories), "release": side.ecosystem}
    ]
    if side.newest_advisory:
        newest = _("the newest of %(day)s: they stand still") if stands_still(side) else _("the newest of %(day)s")
        parts.append(newest % {"day": side.newest_advisory})
    for count, words in (
        (packages, ngettext("%(num)s package held against them", "%(num)s packages held against them", packages)),
        (files, ngettext("%(num)s file of no package is not", "%(num)s files of no package are not", files)),
    ):
        if count:
            parts.append(words % {"num": figures.exact(count)})
    return _("%(words)s.") % {"words": listed(parts)}


def _figures(found: FlawChanges) -> list[_Figure]:
    """Return what is open before, fixed, new and open after; lines that are 0 everywhere are left out."""
    columns = (_open(found.before), found.tally(found.gone), found.tally(found.new), _open(found.after))
    rows = [
        _Figure(_("open"), tuple(one.total for one in columns)),
        _Figure(_("known to be exploited"), tuple(one.exploited_count for one in columns)),
        *(_Figure(_graded(name), tuple(getattr(one.counts, name) for one in columns)) for name in SEVERITIES),
        _Figure(_("with a fixed version"), tuple(one.fixable_count for one in columns)),
    ]
    return [rows[0], *(row for row in rows[1:] if any(value != 0 for value in row.values))]


def _graded(severity: str) -> str:
    return _("of unknown severity") if severity == "unknown" else _(SEVERITY_WORDS[severity])


def _open(side: Assessment) -> Tally:
    assert side.counts is not None and side.fixable_count is not None, side.state
    return Tally(side.counts, side.exploited_count, side.fixable_count)


def _gone(flaw: Flaw, before: Side) -> _Row:
    if flaw.statement:
        return _row(flaw.finding, before, [_stated(flaw.statement)])
    return _row(flaw.finding, before, [_place_gone(one) for one in flaw.places])


def _new(flaw: Flaw, after: Side) -> _Row:
    return _row(flaw.finding, after, [_place_new(one) for one in flaw.places])


def _staying(finding: Finding, after: Side) -> _Row:
    names = dict.fromkeys((one.name, one.installed) for one in finding.packages)
    return _row(finding, after, [_versions(*one) for one in names])


def _row(finding: Finding, side: Side, places: list[Markup]) -> _Row:
    shown = places[:_PLACES]
    if len(places) > _PLACES:
        more = len(places) - _PLACES
        shown.append(escape(ngettext("%(num)s more package", "%(num)s more packages", more) % {"num": more}))
    fixed = tuple(dict.fromkeys(one.fixed for one in finding.packages))
    return _Row(
        name=_named(finding.id, side),
        severity=finding.severity,
        severity_words=_(SEVERITY_WORDS[finding.severity]),
        is_exploited=finding.exploited is not None,
        summary=finding.summary,
        packages=Markup("<br>").join(shown),
        fixed=_fixed(fixed),
    )


def _named(name: str, side: Side) -> Markup:
    """Write an identifier; as a link to its row, or to the list that it is too far down in, where there is a page."""
    if not side.page:
        return code(name)
    anchor = escape(name if name in side.anchors else "vulnerabilities")
    return fragment('<a href="{page}#{anchor}">{name}</a>', page=Markup(side.page), anchor=anchor, name=code(name))


def _fixed(versions: tuple[str, ...]) -> Markup:
    known = [code(one) for one in versions if one]
    if not known:
        return fragment('<span class="bx-none">{words}</span>', words=_("not yet"))
    if "" in versions:
        known.append(fragment('<span class="bx-none">{words}</span>', words=_("not yet in every package")))
    return Markup("<br>").join(known)


def _versions(name: str, *versions: str) -> Markup:
    return concat([code(name), Markup(" "), Markup(" → ").join(map(escape, versions))])


def _place_gone(place: Place) -> Markup:
    """Say what became of a package that had the flaw."""
    match place.became:
        case "removed":
            return _with(_versions(place.name, place.version), _("no longer there"))
        case "same":
            return _with(_versions(place.name, place.version), _("the same version"))
        case "unknown":
            return _versions(place.name, place.version)
        case _:
            return _versions(place.name, place.version, place.other)


def _place_new(place: Place) -> Markup:
    """Say where a package comes from that has the flaw now."""
    match place.became:
        case "added":
            return _with(_versions(place.name, place.version), _("was not there"))
        case "same":
            return _with(_versions(place.name, place.version), _("the same version"))
        case "unknown":
            return _versions(place.name, place.version)
        case _:
            return _versions(place.name, place.other, place.version)


def _with(what: Markup, words: str) -> Markup:
    return fragment('{what} <span class="bx-none">{words}</span>', what=what, words=words)


def _stated(statement: Statement) -> Markup:
    words = _("closed by a statement: %(status)s") % {"status": statement.status}
    return fragment('<span class="bx-none">{words}</span>', words=words)
