"""One change in a few figures: Changes in, a small Summary out, in no language.

What pages, feeds and programs say of a change in one line is made of this. None is what cannot be told, because a
document is older than the question, could not be read in part, or is no longer kept; 0 is a count.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from generator.compare.changes import Changes, PackageChange, PackageKind, Sorted, Unknown
from generator.compare.matrix import SIZE_NAMES
from generator.compare.packages import full_version
from generator.store.observation import Figures

NAMED: Final = 3
"""Packages that a summary names; when more have changed it only counts them."""
COUNT_NAMES: Final = ("layer_count", "entry_count", "package_count", "command_count")
_ORDER: Final[tuple[PackageKind, ...]] = ("upgraded", "downgraded", "changed", "added", "removed")
_PARTS: Final = (
    "settings",
    "packages",
    "commands",
    "libraries",
    "certificates",
    "zones",
    "places",
    "users",
    "groups",
    "permissions",
)
"""Fields of Changes that may be Unknown."""


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """One package that is not the same."""

    kind: PackageKind
    name: str
    before: str | None
    """Its version, None where it was not there."""
    after: str | None


class PackageCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Packages, by what became of them."""

    upgraded: int
    downgraded: int
    changed: int
    """Of another version, where the order of versions does not tell which is newer."""
    added: int
    removed: int
    named: tuple[Named, ...] = ()
    """All of them where they are few, else none."""

    @property
    def total(self) -> int:
        """All packages that are not the same."""
        return self.upgraded + self.downgraded + self.changed + self.added + self.removed


class FileCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Paths of the root file system; one that differs in two ways counts in both."""

    added: int
    removed: int
    changed: int
    """Paths that both have and that are not the same."""
    content: int
    mode: int
    owner: int
    kind: int
    target: int
    device: int
    attributes: int

    @property
    def total(self) -> int:
        """All paths that are not the same."""
        return self.added + self.removed + self.changed


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """Things with names: how many came, went, and are others."""

    added: int
    removed: int
    changed: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.added + self.removed + self.changed


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What one change is about. None: cannot be told."""

    compared: bool
    """Whether both documents were there; else everything is None but what the history's figures tell."""
    distribution_before: str = ""
    distribution_after: str = ""
    deltas: dict[str, int | None] = {}
    """After minus before, by the names of the history's figures: sizes in bytes, and counts."""
    packages: PackageCounts | None = None
    files: FileCounts | None = None
    commands: Gone | None = None
    """`changed`: those that are another program under the same name."""
    settings: int | None = None
    """Settings of the configuration that are not the same."""
    capabilities: int | None = None
    """Lines of the capability sheet whose answer is another."""
    libraries: Gone | None = None
    certificates: Gone | None = None
    users: Gone | None = None
    groups: Gone | None = None
    setuid: Gone | None = None
    """Files that lend their owner's or group's power."""
    capable: Gone | None = None
    """Files with capabilities."""
    world_writable: Gone | None = None
    zones_before: str = ""
    """The version of the time zones; "" where there is none."""
    zones_after: str = ""
    unknown: tuple[str, ...] = ()
    """Fields of Changes that could not be compared."""
    times: bool = False
    """Whether times differ; they are no change of their own."""
    steps: bool = False
    """Whether the build history differs."""
    packing: bool = False
    """Whether the layers are cut or stored in another way."""

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing that was compared is different."""
        parts = (
            self.packages,
            self.files,
            self.commands,
            self.libraries,
            self.certificates,
            self.users,
            self.groups,
            self.setuid,
            self.capable,
            self.world_writable,
        )
        return (
            self.compared
            and self.distribution_before == self.distribution_after
            and self.zones_before == self.zones_after
            and not any(part.total for part in parts if part is not None)
            and not any((self.settings, self.capabilities))
        )

    @property
    def only_times(self) -> bool:
        """Tell whether nothing but times is different."""
        return self.is_empty and self.times and not self.steps and not self.packing


def summary_of(changes: Changes) -> Summary:
    """Return the figures of a change whose documents are both there."""
    answered = {name: getattr(changes, name) for name in _PARTS}
    known: dict[str, Any] = {name: None if isinstance(one, Unknown) else one for name, one in answered.items()}
    files = changes.files
    permissions, zones = known["permissions"], known["zones"]
    return Summary(
        compared=True,
        distribution_before=changes.distributions[0],
        distribution_after=changes.distributions[1],
        deltas=dict(_deltas(changes)),
        packages=_packages(changes),
        files=FileCounts(
            added=files.added_count,
            removed=files.removed_count,
            changed=files.changed_count,
            **_by_word(files.by_aspect),
        ),
        commands=known["commands"] and _commands(changes),
        settings=None if known["settings"] is None else len(known["settings"]),
        capabilities=sum(one.before.state != one.after.state for one in changes.capabilities),
        libraries=_gone(known["libraries"]),
        certificates=_gone(known["certificates"]),
        users=_gone(known["users"]),
        groups=_gone(known["groups"]),
        setuid=_gone(permissions and permissions.setuid),
        capable=_gone(permissions and permissions.capable),
        world_writable=_gone(permissions and permissions.world_writable),
        zones_before=zones.version_before if zones else "",
        zones_after=zones.version_after if zones else "",
        unknown=tuple(name for name, one in answered.items() if isinstance(one, Unknown)),
        times=changes.rest.times,
        steps=changes.rest.steps,
        packing=changes.rest.packing,
    )


def summary_of_figures(before: Figures | None, after: Figures | None) -> Summary:
    """Return what the history's figures tell of a change whose documents are no longer both there."""
    deltas = {
        name: _delta(getattr(before, name, None), getattr(after, name, None)) for name in (*SIZE_NAMES, *COUNT_NAMES)
    }
    return Summary(
        compared=False,
        distribution_before=before.distribution if before else "",
        distribution_after=after.distribution if after else "",
        deltas=deltas,
        unknown=_PARTS,
    )


def _by_word(counts: Mapping[Any, int]) -> dict[str, int]:
    """Return counts by literal words as fields of a struct."""
    return {str(word): count for word, count in counts.items()}


def _delta(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else after - before


def _deltas(changes: Changes) -> Iterator[tuple[str, int | None]]:
    for one in changes.sizes:
        yield one.name, _delta(one.before, one.after)
    yield "layer_count", len(changes.layers.after) - len(changes.layers.before)
    yield "entry_count", changes.files.after_count - changes.files.before_count
    packages, commands = changes.packages, changes.commands
    yield "package_count", None if isinstance(packages, Unknown) else packages.after_count - packages.before_count
    yield "command_count", None if isinstance(commands, Unknown) else len(commands.added) - len(commands.removed)


def _packages(changes: Changes) -> PackageCounts | None:
    if isinstance(changes.packages, Unknown):
        return None
    found = changes.packages.changes
    few = sorted(found, key=lambda one: _ORDER.index(one.kind)) if len(found) <= NAMED else ()
    return PackageCounts(**_by_word(changes.packages.counts), named=tuple(map(_named, few)))


def _named(change: PackageChange) -> Named:
    sides = [None if side is None else full_version(side) for side in (change.before, change.after)]
    package = change.after or change.before
    assert package is not None
    return Named(kind=change.kind, name=package.name, before=sides[0], after=sides[1])


def _commands(changes: Changes) -> Gone:
    assert not isinstance(changes.commands, Unknown)
    return Gone(
        added=len(changes.commands.added),
        removed=len(changes.commands.removed),
        changed=sum(one.provider_changed for one in changes.commands.both),
    )


def _gone(found: Any) -> Gone | None:
    """Count lists of what was removed and added; None and Unknown stay what cannot be told."""
    if found is None or isinstance(found, Unknown):
        return None
    changed = len(found.changed) if isinstance(found, Sorted) else 0
    return Gone(added=len(found.added), removed=len(found.removed), changed=changed)
