"""Packages of two documents: which went, came, or have another version.

A package is known by its system (apk, dpkg, rpm), name and architecture; several versions of one at the same time
(rpm's kernels) cancel one another where equal. Which of two versions is newer is said only where the system's own
order tells.
"""

from collections import defaultdict

from generator.analysis.sections.packages import InstalledPackage, PackagesSection
from generator.compare.changes import PackageChange, PackageChanges, PackageKind, Unknown
from generator.compare.known import unless_known
from generator.formats.versions import order

_Key = tuple[str, str, str]


def changes(before: PackagesSection | None, after: PackagesSection | None) -> PackageChanges | Unknown:
    """Compare the packages of two documents."""
    unknown = unless_known(before, after)
    if unknown:
        return unknown
    ours, theirs = by_key(before), by_key(after)
    found: list[PackageChange] = []
    same_count = 0
    for key in sorted(ours.keys() | theirs.keys(), key=lambda one: (one[1], one)):
        gone, come, same = _unequal(ours.get(key, []), theirs.get(key, []))
        same_count += same
        if len(gone) == len(come) == 1:
            found.append(PackageChange(_kind(key[0], gone[0], come[0]), gone[0], come[0]))
        else:
            found += [PackageChange("removed", one, None) for one in gone]
            found += [PackageChange("added", None, one) for one in come]
    counts: dict[PackageKind, int] = dict.fromkeys(("removed", "added", "upgraded", "downgraded", "changed"), 0)
    for one in found:
        counts[one.kind] += 1
    return PackageChanges(
        systems_before=_systems(before),
        systems_after=_systems(after),
        changes=tuple(found),
        counts=counts,
        same_count=same_count,
        before_count=sum(map(len, ours.values())),
        after_count=sum(map(len, theirs.values())),
    )


def full_version(package: InstalledPackage) -> str:
    """Return the version with an rpm's epoch in front."""
    return f"{package.epoch}:{package.version}" if package.epoch else package.version


def _system(kind: str) -> str:
    """Distroless images keep dpkg's records in a form of their own."""
    return "dpkg" if kind.startswith("dpkg") else kind


def _systems(section: PackagesSection | None) -> tuple[str, ...]:
    databases = section.found.databases if section and section.found else ()
    return tuple(sorted({_system(one.kind) for one in databases}))


def by_key(section: PackagesSection | None) -> dict[_Key, list[InstalledPackage]]:
    """Return the packages by system, name and architecture."""
    found: dict[_Key, list[InstalledPackage]] = defaultdict(list)
    if section and section.found:
        for one in section.found.packages:
            system = _system(section.found.databases[one.database].kind)
            found[system, one.name, one.architecture].append(one)
    return found


def _unequal(
    before: list[InstalledPackage], after: list[InstalledPackage]
) -> tuple[list[InstalledPackage], list[InstalledPackage], int]:
    """Return what is left of both when equal versions cancel one another, and how many did."""
    left = list(after)
    gone = []
    for one in before:
        equal = next((other for other in left if full_version(other) == full_version(one)), None)
        if equal is None:
            gone.append(one)
        else:
            left.remove(equal)
    return gone, left, len(before) - len(gone)


def _kind(system: str, before: InstalledPackage, after: InstalledPackage) -> PackageKind:
    direction = order(system, full_version(before), full_version(after))
    return "upgraded" if direction == -1 else "downgraded" if direction == 1 else "changed"
