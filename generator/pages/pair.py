"""The page of two images side by side: first what moving from one to the other means, then all that differs.

Pairs are those that images.yml names and neighbours in a group of which something is known. The page is
`compare/A/B/`; its facts are those of the first platform that both have. Nothing is loaded but the two documents.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from generator.compare import between
from generator.compare.changes import Changes, SettingChange, SettingValue, Unknown
from generator.compare.matrix import SIZE_NAMES
from generator.language import gettext as _
from generator.language import mark
from generator.pages import figures, moving, secrets
from generator.pages.environment import Templates
from generator.pages.image import Capped, capped, yaml_text
from generator.pages.site import File, Image, Site
from generator.targets import Target

_ROWS: Final = 60
"""Rows of a table; its summary has the whole count."""
_OPTIONS: Final = 40

REASONS: Final = {
    "older": mark("the document is older than this question"),
    "failed": mark("this part could not be read"),
    "no-config": mark("there is no configuration"),
    "unreadable": mark("a file could not be read"),
    "cut": mark("the list is longer than the document keeps"),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two images of the same platform where there is one."""

    before: Image
    after: Image

    @property
    def folder(self) -> str:
        """The page's folder, which is also its address."""
        return f"compare/{self.before.target.name}/{self.after.target.name}"


def render(site: Site, templates: Templates) -> Iterator[File]:
    """Yield a page for every pair."""
    for pair in pairs(site):
        yield File(f"{pair.folder}/index.md", _page(pair, site, templates))


def pairs(site: Site) -> tuple[Pair, ...]:
    """Return all pairs, those that images.yml names first."""
    configuration = site.configuration
    names = list(configuration.pairs)
    for group in configuration.groups:
        for one, other in zip(group.targets, group.targets[1:], strict=False):
            known = [image.target.name for image in site.images if image.outcome.observation is not None]
            if one.name in known and other.name in known:
                names.append((one.name, other.name))
    targets = {one.name: one for one in configuration.targets}
    return tuple(_pair(targets[one], targets[other], site) for one, other in dict.fromkeys(names))


def pairs_of(image: Image, site: Site) -> tuple[Pair, ...]:
    """Return the pairs that an image's target is in."""
    return tuple(one for one in pairs(site) if image.target in (one.before.target, one.after.target))


def _pair(before: Target, after: Target, site: Site) -> Pair:
    ours, theirs = site.platforms_of(before), site.platforms_of(after)
    for one in ours:
        for other in theirs:
            if one.platform == other.platform:
                return Pair(one, other)
    return Pair(ours[0], theirs[0])


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
        return templates.render("pages/pair.md.j2", changes=None, **shown)
    changes = between.between(site.document(before), site.document(after))
    return templates.render("pages/pair.md.j2", changes=changes, **shown, **_shown(changes))


def _shown(changes: Changes) -> dict[str, Any]:
    commands = None if isinstance(changes.commands, Unknown) else changes.commands
    files = changes.files
    return {
        "sizes": _sizes(changes),
        "checks": moving.checks(changes),
        "musl_rules": [(_(name), _(rule)) for name, rule in moving.MUSL_RULES] if moving.to_musl(changes) else [],
        "gone": capped(commands.removed, 120) if commands else None,
        "new": capped(commands.added, 120) if commands else None,
        "other_programs": capped([one for one in commands.both if one.provider_changed], 120) if commands else None,
        "losing": capped(moving.losing(changes), _OPTIONS),
        "lost_count": sum(len(one.lost) for one in moving.losing(changes)),
        "settings": capped(_settings(changes.settings), _ROWS),
        "packages": None if isinstance(changes.packages, Unknown) else capped(changes.packages.changes, _ROWS),
        "removed": capped(files.removed, _ROWS),
        "added": capped(files.added, _ROWS),
        "changed": Capped(files.changed[:_ROWS], max(0, files.changed_count - _ROWS)),
        "reasons": lambda one: [_(REASONS[reason]) for reason in dict.fromkeys((one.before, one.after)) if reason],
        "is_unknown": lambda value: isinstance(value, Unknown),
        "capped": capped,
    }


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
