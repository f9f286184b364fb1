"""What programs find around them, in two documents: libraries, certificates, zones, places, accounts, permissions."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from generator.analysis.document import Document
from generator.analysis.sections.base import Section
from generator.analysis.sections.certificates import Certificates, TrustedCertificate
from generator.analysis.sections.elf import Elf
from generator.analysis.sections.identity import Group, Place, ProcessIdentity, User
from generator.analysis.sections.permissions import Permissions
from generator.compare.changes import (
    CertificateChanges,
    LibraryChanges,
    PermissionChanges,
    Reason,
    Sorted,
    Unknown,
    ZoneChanges,
)
from generator.compare.known import reason, told_apart, unknown, unless_known

T = TypeVar("T")


def libraries(before: Document, after: Document) -> LibraryChanges | Unknown:
    """Compare C libraries and shared libraries."""
    sections = before.sections.elf, after.sections.elf
    missing = unless_known(*sections)
    if missing:
        return missing
    ours, theirs = (section.found if section else None for section in sections)
    asked_for = {name for found in (ours, theirs) if found for file in found.files for name in file.needed}
    names, other_names = _names(ours, asked_for), _names(theirs, asked_for)
    return LibraryChanges(
        libc_before=ours.libraries if ours else (),
        libc_after=theirs.libraries if theirs else (),
        removed=tuple(sorted(names - other_names)),
        added=tuple(sorted(other_names - names)),
        same_count=len(names & other_names),
    )


def _names(found: Elf | None, asked_for: set[str]) -> set[str]:
    """Return libraries by the name that programs ask for: `libz.so.1` for a file `libz.so.1.3.1`.

    Plug-ins, which only one program opens, have no such name and are left out.
    """
    names = set()
    for file in found.files if found else ():
        base = file.path.rpartition("/")[2]
        if file.role != "shared library" or not base.startswith(("lib", "ld-")):
            continue
        name = base
        while name not in asked_for and ".so." in name and not name.endswith(".so"):
            name = name.rpartition(".")[0]
        names.add(name if name in asked_for else base)
    return names


def certificates(before: Document, after: Document) -> CertificateChanges | Unknown:
    """Compare the certificates where programs look when nobody says otherwise."""
    sections = before.sections.certificates, after.sections.certificates
    ours, theirs = (section.found if section else None for section in sections)
    missing = unknown(trust_reason(sections[0], ours), trust_reason(sections[1], theirs))
    if missing:
        return missing
    sorted_ones = told_apart(trusted(ours), trusted(theirs), lambda one: one.fingerprint, lambda one: "")
    return CertificateChanges(
        before_count=len(sorted_ones.removed) + sorted_ones.same_count,
        after_count=len(sorted_ones.added) + sorted_ones.same_count,
        removed=tuple(sorted(sorted_ones.removed, key=lambda one: one.name)),
        added=tuple(sorted(sorted_ones.added, key=lambda one: one.name)),
    )


def trust_reason(section: Section | None, found: Certificates | None) -> Reason:
    """Return why it cannot be told whom programs trust; "" when it can."""
    return "unreadable" if found is not None and found.default_count is None else reason(section)


def trusted(found: Certificates | None) -> list[TrustedCertificate]:
    """Return the certificates where programs look by default."""
    if found is None:
        return []
    indexes = {index for store in found.stores if store.is_default for index in store.certificates or ()}
    return [found.certificates[index] for index in sorted(indexes)]


def zones(before: Document, after: Document) -> ZoneChanges | Unknown:
    """Compare the time zones."""
    sections = before.sections.time_zones, after.sections.time_zones
    missing = unless_known(*sections)
    if missing:
        return missing
    ours, theirs = (section.found.system if section and section.found else None for section in sections)
    return ZoneChanges(
        before_count=ours.zone_count if ours else 0,
        after_count=theirs.zone_count if theirs else 0,
        version_before=ours.version if ours else "",
        version_after=theirs.version if theirs else "",
    )


# Who a process is


def places(before: Document, after: Document) -> Sorted[Place] | Unknown:
    """Compare what programs take for granted; one that is on neither side is equal."""
    missing = unless_known(before.sections.identity, after.sections.identity)
    if missing:
        return missing
    there = [[one for one in _places(document) if one.real_path] for document in (before, after)]
    return told_apart(there[0], there[1], lambda one: one.path, lambda one: (one.kind, one.mode, one.uid, one.gid))


def _places(document: Document) -> tuple[Place, ...]:
    section = document.sections.identity
    return section.found.places if section and section.found else ()


def users(before: Document, after: Document) -> Sorted[User] | Unknown:
    """Compare accounts by name."""

    def listed(document: Document) -> tuple[tuple[User, ...], Reason]:
        return _listing(document, lambda found: (found.users, found.user_count))

    (ours, why_not), (theirs, why_not_theirs) = listed(before), listed(after)
    return unknown(why_not, why_not_theirs) or told_apart(
        ours, theirs, lambda one: one.name, lambda one: (one.uid, one.gid, one.home, one.shell)
    )


def groups(before: Document, after: Document) -> Sorted[Group] | Unknown:
    """Compare groups by name."""

    def listed(document: Document) -> tuple[tuple[Group, ...], Reason]:
        return _listing(document, lambda found: (found.groups, found.group_count))

    (ours, why_not), (theirs, why_not_theirs) = listed(before), listed(after)
    return unknown(why_not, why_not_theirs) or told_apart(
        ours, theirs, lambda one: one.name, lambda one: (one.gid, one.members)
    )


def _listing(
    document: Document, read: Callable[[ProcessIdentity], tuple[tuple[T, ...], int | None]]
) -> tuple[tuple[T, ...], Reason]:
    """Return what a list of the identity section holds, and why it is not all: the list may be cut."""
    section = document.sections.identity
    if section is None or section.found is None:
        return (), reason(section)
    listed, count = read(section.found)
    return listed, reason(section) or ("cut" if (count or 0) > len(listed) else "")


def permissions(before: Document, after: Document) -> PermissionChanges | Unknown:
    """Compare what lends power, by path."""
    sections = before.sections.permissions, after.sections.permissions
    missing = unless_known(*sections)
    if missing:
        return missing
    ours, theirs = (section.found if section else None for section in sections)
    return PermissionChanges(
        setuid=_listed(ours, theirs, "setuid_files", "setuid_count", ("mode", "uid", "gid")),
        capable=_listed(ours, theirs, "capable_files", "capable_count", ("permitted", "inheritable", "effective")),
        world_writable=_listed(ours, theirs, "world_writable", "world_writable_count", ("mode", "uid", "gid")),
    )


def _listed(
    before: Permissions | None, after: Permissions | None, name: str, count: str, content: Sequence[str]
) -> Sorted[T] | Unknown:
    lists = [getattr(found, name) if found else () for found in (before, after)]
    reasons: list[Reason] = [
        "cut" if found and getattr(found, count) > len(rows) else ""
        for found, rows in zip((before, after), lists, strict=True)
    ]
    return unknown(*reasons) or told_apart(
        lists[0], lists[1], lambda one: one.path, lambda one: tuple(getattr(one, field) for field in content)
    )
