"""The page of two images side by side: first what moving from one to the other means, then all that differs.

The page is `compare/A/B/`; its facts are those of the first platform that both have. Nothing is loaded but the two
documents.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from generator.compare import between, flaws
from generator.compare.changes import (
    CertificateChanges,
    Changes,
    CommandChange,
    OptionChange,
    SettingChange,
    SettingValue,
    Sorted,
    Unknown,
)
from generator.compare.flaws import FlawChanges
from generator.compare.matrix import SIZE_NAMES
from generator.compare.meanings import Explained, explained
from generator.language import gettext as _
from generator.language import mark
from generator.pages import figures, flaw_changes, life_cycle, moving, secrets, surface, vulnerabilities
from generator.pages.commands import LONGEST_SLUG, slug_of
from generator.pages.environment import Templates
from generator.pages.image import Capped, capped, yaml_text
from generator.pages.pairs import Pair, pairs, pairs_of
from generator.pages.site import File, Image, Site

_ROWS: Final = 60
"""Rows of a table; its summary has the whole count."""
_NAMES: Final = 40
"""Names that are shown without unfolding the list."""
_COMMANDS: Final = 400
_LOSING: Final = 150
"""Commands whose lost options are listed."""
_LOSING_SHOWN: Final = 20
"""Those that are shown without unfolding the rest."""
_PACKAGES: Final = 400
_GIST: Final = 6
"""Options of a command that are named without unfolding it."""
_OTHERS: Final = 60
"""Lost options of one command that are listed without words."""

ASPECTS: Final = {
    "kind": mark("kind"),
    "content": mark("content"),
    "mode": mark("mode"),
    "owner": mark("owner"),
    "target": mark("link target"),
    "device": mark("device"),
    "attributes": mark("extended attributes"),
}
"""In what a path that both have is not the same."""
REASONS: Final = {
    "older": mark("the document is older than this question"),
    "failed": mark("this part could not be read"),
    "no-config": mark("there is no configuration"),
    "unreadable": mark("a file could not be read"),
    "cut": mark("the list is longer than the document keeps"),
}


def render(site: Site, templates: Templates) -> Iterator[File]:
    """Yield a page for every pair."""
    for pair in pairs(site):
        yield File(f"{pair.folder}/index.md", _page(pair, site, templates))


def _page(pair: Pair, site: Site, templates: Templates) -> bytes:
    before, after = pair.before, pair.after
    names = {"before": before.target.title, "after": after.target.title}
    shown: dict[str, Any] = {
        "pair": pair,
        "root": "../../../",
        "title": yaml_text(_("%(before)s → %(after)s") % names),
        "description": yaml_text(_("Moving from %(before)s to %(after)s: what changes and what to check") % names),
        "unknown_images": [one for one in (before, after) if site.row(one) is None],
    }
    if shown["unknown_images"]:
        known = [one.target for one in (before, after) if one not in shown["unknown_images"]]
        others = [one for target in known for one in pairs_of(target, site) if one.folder != pair.folder]
        return templates.render("pages/pair.md.j2", changes=None, other_pairs=others, **shown)
    changes = between.between(site.document(before), site.document(after))
    judged = [site.assessment(one) for one in (before, after)]
    found = flaws.between(judged[0], judged[1], changes.packages)
    sides = [
        flaw_changes.Side(image.target.title, f"{shown['root']}{image.folder}/", vulnerabilities.anchors(assessment))
        for image, assessment in zip((before, after), judged, strict=True)
    ]
    return templates.render(
        "pages/pair.md.j2",
        changes=changes,
        lives=[_life(one, site) for one in (before, after)],
        flaws=flaw_changes.shown(found, sides[0], sides[1], templates),
        surface=surface.moved(site.surfaces[before.folder], site.surfaces[after.folder]),
        **shown,
        **_shown(changes, found if isinstance(found, FlawChanges) else None),
    )


def _shown(changes: Changes, found: FlawChanges | None) -> dict[str, Any]:
    commands = None if isinstance(changes.commands, Unknown) else changes.commands
    files = changes.files
    return {
        "sizes": _sizes(changes),
        "checks": moving.checks(changes, found),
        "musl_rules": [(_(name), _(rule)) for name, rule in moving.MUSL_RULES] if moving.to_musl(changes) else [],
        "gone": capped(commands.removed, _COMMANDS) if commands else None,
        "new": capped(commands.added, _COMMANDS) if commands else None,
        "names_shown": _NAMES,
        "commands_shown": _LOSING_SHOWN,
        "aspects": {name: _(words) for name, words in ASPECTS.items()},
        "other_programs": capped([one for one in commands.both if one.provider_changed], _COMMANDS)
        if commands
        else None,
        "losing": capped([_losing(one) for one in moving.losing(changes)], _LOSING),
        "is_told": any(explained(one)[0] for one in moving.losing(changes)),
        "lost_count": sum(len(one.lost) for one in moving.losing(changes)),
        "apart": _apart(changes),
        "settings": capped(_settings(changes.settings), _ROWS),
        "packages": None if isinstance(changes.packages, Unknown) else capped(changes.packages.changes, _PACKAGES),
        "removed": capped(files.removed, _ROWS),
        "added": capped(files.added, _ROWS),
        "changed": Capped(files.changed[:_ROWS], max(0, files.changed_count - _ROWS)),
        "reasons": lambda one: [_(REASONS[reason]) for reason in dict.fromkeys((one.before, one.after)) if reason],
        "is_unknown": lambda value: isinstance(value, Unknown),
        "capped": capped,
    }


@dataclass(frozen=True, slots=True)
class _Apart:
    """Things with names: only here, only there, in both but not equal; or why that is not known."""

    anchor: str
    title: str
    unknown: Unknown | None
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def _apart(changes: Changes) -> list[_Apart]:
    permissions = changes.permissions
    marked = (
        ("setuid", _("setuid and setgid"), permissions if isinstance(permissions, Unknown) else permissions.setuid),
        ("capable", _("File capabilities"), permissions if isinstance(permissions, Unknown) else permissions.capable),
        (
            "world-writable",
            _("Writable by anyone"),
            permissions if isinstance(permissions, Unknown) else permissions.world_writable,
        ),
    )
    return [
        _named_apart("users", _("Users"), changes.users),
        _named_apart("groups", _("Groups"), changes.groups),
        _certificates(changes.certificates),
        *(_named_apart(anchor, title, found) for anchor, title, found in marked),
    ]


def _named_apart(anchor: str, title: str, found: Sorted[Any] | Unknown) -> _Apart:
    if isinstance(found, Unknown):
        return _Apart(anchor, title, found)

    def names(things: Iterable[Any]) -> tuple[str, ...]:
        return tuple(getattr(one, "name", None) or one.path for one in things)

    return _Apart(
        anchor, title, None, names(found.removed), names(found.added), names(one for one, _other in found.changed)
    )


def _certificates(found: CertificateChanges | Unknown) -> _Apart:
    title = _("Trusted certificates")
    if isinstance(found, Unknown):
        return _Apart("certificates", title, found)
    removed, added = (tuple(one.name for one in side) for side in (found.removed, found.added))
    return _Apart("certificates", title, None, removed, added)


@dataclass(frozen=True, slots=True)
class _Life:
    """How long an image's distribution is looked after."""

    name: str
    cell: life_cycle.Cell


def _life(image: Image, site: Site) -> _Life:
    standing = site.standings[image.folder]
    return _Life(f"{standing.title} {standing.cycle}".strip(), life_cycle.cell(standing, image))


@dataclass(frozen=True, slots=True)
class _Losing:
    """A command and those of its options that are not documented any more."""

    change: CommandChange
    anchor: Markup
    share: str
    gist: str
    """The first options that no other spelling stands in for; "" when there are none."""
    told: tuple[tuple[Explained, str], ...]
    """Options with what they did, in the reader's words."""
    others: tuple[OptionChange, ...]
    more: int


def _losing(change: CommandChange) -> _Losing:
    told, others = explained(change)
    gone = [one.lost[0] for one in told if not one.kept] + list(others)
    return _Losing(
        change=change,
        anchor=Markup("options-") + Markup(slug_of(change.name)[:LONGEST_SLUG]),
        share=figures.share(len(change.lost), change.documented_count),
        gist=" ".join(one.name for one in gone[:_GIST]) + (" …" if len(gone) > _GIST else ""),
        told=tuple((one, _(one.words)) for one in told),
        others=others[:_OTHERS],
        more=max(0, len(others) - _OTHERS),
    )


@dataclass(frozen=True, slots=True)
class _SizeRow:
    name: str
    before: int | None
    after: int | None
    share_before: str
    share_after: str


def _sizes(changes: Changes) -> list[_SizeRow]:
    by_name = {one.name: one for one in changes.sizes}
    rows = []
    for name in SIZE_NAMES:
        one = by_name[name]
        most = max(one.before or 0, one.after or 0)
        shares = figures.share(one.before or 0, most), figures.share(one.after or 0, most)
        rows.append(_SizeRow(name, one.before, one.after, *shares))
    return rows


@dataclass(frozen=True, slots=True)
class _SettingRow:
    name: str
    before: str | None
    after: str | None


def _settings(changes: Sequence[SettingChange] | Unknown) -> list[_SettingRow]:
    if isinstance(changes, Unknown):
        return []
    return [
        _SettingRow(f"{one.field} {one.name}".strip(), _value(one, one.before), _value(one, one.after))
        for one in changes
    ]


def _value(change: SettingChange, value: SettingValue) -> str | None:
    """Write a setting's words; a value whose name looks like a secret's is masked."""
    if value is None:
        return None
    if change.field == "env" and secrets.looks_secret(change.name):
        return secrets.MASK
    return " ".join(value)
