"""The page of one change of one image, as release notes: what became of it from one digest to the next.

The page is `changes/FROM-TO/` below the image's. Of what did not change it says so in one line, of what cannot be told
why. Where one of the two documents is no longer kept it is made of the history's figures alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from generator.compare.changes import Changes, FileChanges, PackageKind, SettingChange, SettingValue, Sorted, Unknown
from generator.compare.flaws import FlawChanges, Untold
from generator.compare.matrix import SIZE_NAMES
from generator.compare.over_time import Compared
from generator.compare.packages import full_version
from generator.compare.past import State, Step
from generator.compare.summary import COUNT_NAMES, Summary
from generator.language import gettext as _
from generator.language import mark
from generator.lifecycle.rules import Standing, standing_of
from generator.pages import figures, flaw_changes, history, life_cycle, secrets, vulnerabilities
from generator.pages.change_words import size_words
from generator.pages.chronicle import Chronicle
from generator.pages.environment import Templates
from generator.pages.flaw_words import untold_words
from generator.pages.image import Capped, capped, yaml_text
from generator.pages.pair import REASONS
from generator.pages.site import File, Site

_ROWS: Final = 60
"""Rows of a table; its summary has the whole count."""
_NAMES: Final = 60

_KINDS: Final[dict[PackageKind, str]] = {
    "upgraded": mark("Upgraded"),
    "downgraded": mark("Downgraded"),
    "changed": mark("Another version"),
    "added": mark("Added"),
    "removed": mark("Removed"),
}

_SECTIONS: Final = (
    ("packages", mark("Packages")),
    ("vulnerabilities", mark("Known vulnerabilities")),
    ("config", mark("Configuration")),
    ("capabilities", mark("What is in it, and what is not")),
    ("commands", mark("Commands")),
    ("permissions", mark("Permissions")),
    ("files", mark("Files")),
    ("libraries", mark("Libraries")),
    ("certificates", mark("Certificates")),
    ("time-zones", mark("Time zones")),
    ("users", mark("Users and groups")),
    ("life-cycle", mark("Life cycle")),
)
"""The page's sections by anchor, in their order; what has nothing to tell is listed at the end under the same one."""

_COUNTS: Final = {
    "layer_count": mark("Layers"),
    "entry_count": mark("Files, directories and links"),
    "package_count": mark("Packages"),
    "command_count": mark("Commands"),
}


def render(chronicle: Chronicle, one: Compared, site: Site, templates: Templates) -> Iterator[File]:
    """Yield the page of a change."""
    step = one.step
    names = {"title": chronicle.title, "day": step.at[:10]}
    changes = one.changes
    found = chronicle.flaws(step, site, changes.packages if changes else None)
    told = _told(one, site, chronicle) if changes else {_key(anchor): None for anchor, _title in _SECTIONS}
    page = templates.render(
        "pages/change.md.j2",
        chronicle=chronicle,
        root="../" * (chronicle.depth + 2),
        json=history.json_address(chronicle, site, 2),
        title=yaml_text(_("%(title)s on %(day)s") % names),
        description=yaml_text(_("%(title)s: what changed on %(day)s") % names),
        step=step,
        headline=_sentence(chronicle.line(step, one.summary, site).words, one.summary),
        summary=one.summary,
        days=_days(chronicle, step),
        earlier=_neighbour(chronicle, step, -1),
        later=_neighbour(chronicle, step, 1),
        gone=[state.short for state in (step.before, step.after) if not state.is_kept],
        figures=_figures(one),
        changes=changes,
        told=told | {"vulnerabilities": _flaws(found, chronicle, step, site, templates)},
        **_leftover(changes, found),
    )
    yield File(f"{chronicle.folder}/changes/{step.name}/index.md", page)


def _leftover(changes: Changes | None, flaws: FlawChanges | Untold) -> dict[str, Any]:
    """Return sections without a difference, and those that cannot be told, each with its reasons."""
    same, untold = [], []
    for anchor, title in _SECTIONS:
        if anchor == "vulnerabilities" and isinstance(flaws, FlawChanges):
            if not flaws.gone and not flaws.new:
                same.append((anchor, _(title)))
        elif changes is None:
            untold.append((anchor, _(title), [_("there is no full record of one of the states")]))
        elif isinstance(flaws, Untold) and anchor == "vulnerabilities":
            untold.append((anchor, _(title), untold_words(flaws, _("before"), _("after"))))
        elif isinstance(found := _differs(changes, anchor), Unknown):
            untold.append((anchor, _(title), reasons(found)))
        elif not found:
            same.append((anchor, _(title)))
    return {"same": same, "untold": untold}


def _flaws(
    found: FlawChanges | Untold, chronicle: Chronicle, step: Step, site: Site, templates: Templates
) -> flaw_changes.Shown | None:
    """Return the section on vulnerabilities; None where none came or went, or nobody can tell."""
    if isinstance(found, Untold) or not (found.gone or found.new):
        return None
    before, after = flaw_changes.Side(_("Before")), flaw_changes.Side(_("After"))
    if chronicle.image is not None and step.after == chronicle.past.newest:
        rows = vulnerabilities.anchors(chronicle.assessment(step.after, site))
        after = flaw_changes.Side(_("After"), "../../", rows)
    return flaw_changes.shown(found, before, after, templates)


def _key(anchor: str) -> str:
    """Return a section's name in the template."""
    return anchor.replace("-", "_")


def reasons(found: Unknown) -> list[str]:
    """Return in words why something cannot be told."""
    return [_(REASONS[reason]) for reason in dict.fromkeys((found.before, found.after)) if reason]


def _differs(changes: Changes, anchor: str) -> bool | Unknown:
    """Tell whether a section has something to tell."""
    match anchor:
        case "packages":
            found = changes.packages
            return found if isinstance(found, Unknown) else bool(found.changes)
        case "config":
            return changes.settings if isinstance(changes.settings, Unknown) else bool(changes.settings)
        case "capabilities":
            return any(one.before.state != one.after.state for one in changes.capabilities)
        case "commands":
            return changes.commands if isinstance(changes.commands, Unknown) else _commands_differ(changes)
        case "permissions":
            parts = _permissions(changes)
            return parts if isinstance(parts, Unknown) else any(found.differs for _title, found in parts)
        case "files":
            files = changes.files
            return bool(files.added_count or files.removed_count or files.changed_count)
        case "libraries":
            libraries = changes.libraries
            if isinstance(libraries, Unknown):
                return libraries
            return bool(libraries.removed or libraries.added or libraries.libc_before != libraries.libc_after)
        case "certificates":
            found_ones = changes.certificates
            return found_ones if isinstance(found_ones, Unknown) else bool(found_ones.removed or found_ones.added)
        case "time-zones":
            zones = changes.zones
            if isinstance(zones, Unknown):
                return zones
            return (zones.before_count, zones.version_before) != (zones.after_count, zones.version_after)
        case "vulnerabilities":
            return False  # told of assessments, not of documents
        case "users":
            return _either(changes.users, changes.groups)
        case _:
            return bool(changes.distributions[0] != changes.distributions[1])


def _either(one: Sorted[Any] | Unknown, other: Sorted[Any] | Unknown) -> bool | Unknown:
    known = [found for found in (one, other) if not isinstance(found, Unknown)]
    if any(found.differs for found in known):
        return True
    return next((found for found in (one, other) if isinstance(found, Unknown)), False)


def _commands_differ(changes: Changes) -> bool:
    found = changes.commands
    assert not isinstance(found, Unknown)
    return bool(found.removed or found.added or any(one.provider_changed or one.lost for one in found.both))


def _permissions(changes: Changes) -> list[tuple[str, Sorted[Any]]] | Unknown:
    """Return the lists that can be told, with their titles; Unknown when none can."""
    found = changes.permissions
    if isinstance(found, Unknown):
        return found
    lists: tuple[tuple[str, Sorted[Any] | Unknown], ...] = (
        (_("setuid and setgid files"), found.setuid),
        (_("files with capabilities"), found.capable),
        (_("paths writable by everyone"), found.world_writable),
    )
    known = [(title, one) for title, one in lists if not isinstance(one, Unknown)]
    return known or Unknown("cut", "cut")


# What is shown


@dataclass(frozen=True, slots=True)
class _Figure:
    """One size or count before and after; `delta` says the difference in words, "" for none."""

    name: str
    title: str
    is_size: bool
    before: int | None
    after: int | None
    delta: str


def _figures(one: Compared) -> list[_Figure]:
    """Return sizes and counts that are not the same, or where a side is not known."""
    rows = []
    for name in (*SIZE_NAMES, *COUNT_NAMES):
        before, after = (getattr(side.figures, name, None) for side in (one.step.before, one.step.after))
        delta = one.summary.deltas.get(name)
        if delta or ((before is None) != (after is None)):
            size = name in SIZE_NAMES
            words = "" if not delta else size_words(delta) if size else f"{'+' if delta > 0 else '−'}{abs(delta):,}"
            rows.append(_Figure(name, name if size else _(_COUNTS[name]), size, before, after, words))
    return rows


@dataclass(frozen=True, slots=True)
class _Package:
    kind: str
    name: str
    before: str
    after: str


def _told(one: Compared, site: Site, chronicle: Chronicle) -> dict[str, Any]:
    """Return what the sections show that have something to tell."""
    changes = one.changes
    assert changes is not None
    known = {anchor: _differs(changes, anchor) is True for anchor, _title in _SECTIONS}
    shown: dict[str, Any] = {_key(anchor): None for anchor in known}
    if known["packages"]:
        shown["packages"] = _packages(changes)
    if known["config"] and not isinstance(changes.settings, Unknown):
        shown["config"] = capped([_setting(each) for each in changes.settings], _ROWS)
    if known["capabilities"]:
        shown["capabilities"] = [each for each in changes.capabilities if each.before.state != each.after.state]
    if known["commands"]:
        shown["commands"] = _commands(changes)
    if known["permissions"]:
        parts = _permissions(changes)
        assert not isinstance(parts, Unknown)
        shown["permissions"] = [(title, _powers(found)) for title, found in parts if found.differs]
    if known["files"]:
        shown["files"] = _files(changes.files)
    for anchor in ("libraries", "certificates", "time-zones"):
        if known[anchor]:
            shown[_key(anchor)] = {
                "libraries": changes.libraries,
                "certificates": changes.certificates,
                "time-zones": changes.zones,
            }[anchor]
    if known["users"]:
        lists = ((_("Users"), changes.users), (_("Groups"), changes.groups))
        shown["users"] = [(title, found) for title, found in lists if not isinstance(found, Unknown) and found.differs]
    if known["life-cycle"]:
        shown["life_cycle"] = _lives(one, site, chronicle)
    return shown | {"capped": capped, "most": _NAMES}


def _packages(changes: Changes) -> Capped:
    assert not isinstance(changes.packages, Unknown)
    order = list(_KINDS)
    found = sorted(changes.packages.changes, key=lambda one: order.index(one.kind))
    rows = []
    for one in found:
        package = one.after or one.before
        assert package is not None
        versions = [full_version(side) if side else "" for side in (one.before, one.after)]
        rows.append(_Package(_(_KINDS[one.kind]), package.name, versions[0], versions[1]))
    return capped(rows, 200)


@dataclass(frozen=True, slots=True)
class _Setting:
    name: str
    before: str | None
    after: str | None
    is_secret: bool


def _setting(one: SettingChange) -> _Setting:
    """Write a setting; a value whose name looks like a secret's is masked, and so it is inside of commands."""
    secret = bool(one.name) and secrets.looks_secret(one.name)

    def shown(value: SettingValue) -> str | None:
        if value is None:
            return None
        return secrets.MASK if secret and any(value) else secrets.masked_command(" ".join(value))

    return _Setting(f"{one.field} {one.name}".strip(), shown(one.before), shown(one.after), secret)


def _commands(changes: Changes) -> dict[str, Any]:
    found = changes.commands
    assert not isinstance(found, Unknown)
    losing = [one for one in found.both if one.lost]
    return {
        "removed": capped([one.name for one, _provider in found.removed], _NAMES),
        "added": capped([one.name for one, _provider in found.added], _NAMES),
        "others": capped([one for one in found.both if one.provider_changed], _NAMES),
        "losing": capped(losing, _NAMES),
        "lost_count": sum(len(one.lost) for one in losing),
    }


@dataclass(frozen=True, slots=True)
class _Power:
    """One path, and what is said of it: new, gone, or from one mode to another."""

    path: str
    words: str


def _powers(found: Sorted[Any]) -> Capped:
    rows = [_Power(one.path, _("new: %(what)s") % {"what": _power(one)}) for one in found.added]
    rows += [_Power(one.path, _("gone: %(what)s") % {"what": _power(one)}) for one in found.removed]
    rows += [
        _Power(one.path, _("%(before)s became %(after)s") % {"before": _power(one), "after": _power(other)})
        for one, other in found.changed
    ]
    return capped(rows, _ROWS)


def _power(one: Any) -> str:
    if hasattr(one, "mode"):
        return _("mode %(mode)s, owner %(uid)s:%(gid)s") % {"mode": f"{one.mode:04o}", "uid": one.uid, "gid": one.gid}
    return ", ".join(one.permitted) or "–"


def _files(files: FileChanges) -> dict[str, Any]:
    return {
        "counts": files,
        "changed": Capped(files.changed[:_ROWS], max(0, files.changed_count - _ROWS)),
        "removed": capped(files.removed, _ROWS),
        "added": capped(files.added, _ROWS),
        "aspects": [(aspect, count) for aspect, count in files.by_aspect.items() if count],
    }


def _lives(one: Compared, site: Site, chronicle: Chronicle) -> list[tuple[str, Any]]:
    """Return each side's distribution, and until when it is looked after."""
    assert one.changes is not None
    lives = []
    for name, section, state in zip(
        one.changes.distributions, one.os_releases, (one.step.before, one.step.after), strict=True
    ):
        lives.append((name, _end(standing_of(section, site.lifecycle), state)))
    return lives


def _end(standing: Standing, state: State) -> Any:
    if standing.release is None:
        return figures.unknown(_("no dates are at hand for this release"))
    return life_cycle.end(standing.release.ends, over=standing.ended_before(state.since))


# Its place among the others


def _days(chronicle: Chronicle, step: Step) -> list[str]:
    """Return when this change was seen: more than once where the image went back in between."""
    return [one.at for one in chronicle.past.steps if one.name == step.name]


def _neighbour(chronicle: Chronicle, step: Step, way: int) -> Step | None:
    steps = chronicle.past.steps
    place = next(number for number, one in enumerate(steps) if one is step or one == step) + way
    return steps[place] if 0 <= place < len(steps) else None


def _sentence(words: str, summary: Summary) -> str:
    """Return the line as a sentence; names of packages, with which it may begin, keep their letters."""
    return _("%(words)s.") % {"words": words[:1].upper() + words[1:] if summary.is_empty else words}
