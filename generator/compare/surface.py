"""The attack surface of one image as facts: what is there for whoever gets in. Document in, frozen facts out.

Each fact has a count and the list behind it, with paths and layers; none is weighed and nothing is added up. What
could not be read, what the document does not tell and what a file does not show are never counted as none. Facts are
told by a document's sections, so this says no more than those: tools by their names (`inspectors.trades`), on PATH and
in other directories called bin or sbin, and by the applets of multi-call binaries; hardening by what ELF files record.
Nothing is known of what a program does once it runs, whether it listens, and whether anything of this can be reached.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from generator.analysis import tree_view
from generator.analysis.document import Document
from generator.analysis.sections.base import Section
from generator.analysis.sections.elf import ElfFile
from generator.analysis.sections.permissions import Marked, Secret
from generator.inspectors.trades import trades_of

State = Literal["yes", "no", "failed", "unknown"]

TRADES: Final = ("shell", "package manager", "interpreter", "compiler", "network tool")
NAMES: Final = (
    "root",
    "setuid",
    "capabilities",
    *(trade.replace(" ", "-") for trade in TRADES),
    "ports",
    "world-writable",
    "shared-directories",
    "unowned-executables",
    "private-keys",
    "secret-files",
    "no-pie",
    "no-relro",
    "partial-relro",
    "executable-stack",
    "no-canary",
    "no-fortify",
)
"""The facts of every image, in their order."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that a fact counts, and where it is."""

    path: str
    """"" for what the configuration says."""
    layer: int | None = None
    names: tuple[str, ...] = ()
    """What it is called by: commands, a port, a user."""
    details: tuple[str, ...] = ()
    """The image's own words: mode and owner, capabilities, a program and its version, a key's kind."""
    note: str = ""
    """beyond (not on PATH), unlinked (an applet without a name of its own), unreadable, encrypted, not-set; else ""."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One kind of thing that an image has or has not."""

    name: str
    """One of NAMES."""
    state: State
    """no: all that counts was looked at, and none was found."""
    count: int | None = None
    """How many are known; None unless the state is "yes"."""
    rows: tuple[Row, ...] = ()
    """Those that the document lists, which may be fewer than `count`."""
    unclear_count: int = 0
    """Files that do not show it either way, not counted in `count`."""
    reason: str = ""
    """For "unknown": older (the document), no-config, no-account, no-file-lists or unclear (`unclear_count` files).

    For "yes" and "no": no-database, where nothing could own a file.
    """


def surface_of(document: Document) -> tuple[Fact, ...]:
    """Return all facts, those of NAMES in their order."""
    found = (
        _root(document),
        *_permissions(document),
        *_tools(document),
        _ports(document),
        _unowned(document),
        *_hardening(document),
    )
    by_name = {fact.name: fact for fact in found}
    return tuple(by_name[name] for name in NAMES)


def without_rows(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Return the facts without their lists: small enough to be kept for every image."""
    return tuple(replace(fact, rows=()) for fact in facts)


def _fact(
    name: str, rows: Iterable[Row], count: int | None = None, *, unclear_count: int = 0, reason: str = ""
) -> Fact:
    """Return what was found; nothing is not known to be none where some files do not show it."""
    listed = tuple(rows)
    number = len(listed) if count is None else count
    if number:
        return Fact(name, "yes", number, listed, unclear_count, reason)
    if unclear_count:
        return Fact(name, "unknown", unclear_count=unclear_count, reason="unclear")
    return Fact(name, "no", reason=reason)


def _untold(names: Iterable[str], section: Section | None) -> list[Fact]:
    """Return the facts of a section that found nothing."""
    if section is None:
        return [Fact(name, "unknown", reason="older") for name in names]
    return [Fact(name, "failed" if section.state == "failed" else "no") for name in names]


# Configuration


def _root(document: Document) -> Fact:
    section = document.sections.identity
    if section is None or section.state == "failed":
        return _untold(["root"], section)[0]
    user = section.found.default_user if section.found else None
    if user is None:
        return Fact("root", "unknown", reason="no-config")
    if user.is_root is None:
        return Fact("root", "unknown", reason="no-account")
    said = (user.said,) if user.said else ()
    rows = [Row("", names=(user.name or f"uid {user.uid}",), details=said, note="" if said else "not-set")]
    return _fact("root", rows if user.is_root else [])


def _ports(document: Document) -> Fact:
    if document.config is None:
        return Fact("ports", "unknown", reason="no-config")
    return _fact("ports", [Row("", names=(port,)) for port in document.config.exposed_ports])


# Permissions


def _permissions(document: Document) -> Iterator[Fact]:
    section = document.sections.permissions
    if section is None or section.found is None:
        names = ("setuid", "capabilities", "world-writable", "shared-directories", "private-keys", "secret-files")
        yield from _untold(names, section)
        return
    found = section.found
    yield _fact("setuid", map(_marked, found.setuid_files), found.setuid_count)
    capable = [
        Row(
            one.path,
            one.layer,
            details=(*one.permitted, *(name for name in one.inheritable if name not in one.permitted)),
            note="unreadable" if one.problem else "",
        )
        for one in found.capable_files
    ]
    yield _fact("capabilities", capable, found.capable_count)
    yield _fact("world-writable", map(_marked, found.world_writable), found.world_writable_count)
    shared = [one for one in found.sticky_directories if one.mode & 0o002]
    # Of a cut list, those beyond it may be writable or not.
    unlisted = found.sticky_count - len(found.sticky_directories)
    yield _fact("shared-directories", map(_marked, shared), unclear_count=unlisted)
    yield from _secrets(found.secrets, found.secret_count - len(found.secrets))


def _secrets(listed: Sequence[Secret], unlisted: int) -> Iterator[Fact]:
    """Tell what is a private key by its first bytes from what is only called like a secret."""
    for name, evidence in (("private-keys", "header"), ("secret-files", "name")):
        rows = [
            Row(one.path, _layer(one.layer), details=(one.kind,), note="encrypted" if one.encrypted else "")
            for one in listed
            if one.evidence == evidence
        ]
        yield _fact(name, rows, unclear_count=unlisted)


def _marked(one: Marked) -> Row:
    return Row(one.path, _layer(one.layer), details=(tree_view.mode_text(one.kind, one.mode), f"{one.uid}:{one.gid}"))


def _layer(number: int) -> int | None:
    return number if number >= 0 else None


# Tools


def _tools(document: Document) -> Iterator[Fact]:
    """Count programs: files, or applets of a file; each once, however many names lead to it."""
    section, multicall = document.sections.commands, document.sections.multicall
    names = [trade.replace(" ", "-") for trade in TRADES]
    for one in (section, multicall):
        if one is None or one.state == "failed":
            yield from _untold(names, one)
            return
    found: dict[str, dict[tuple[str, str], Row]] = {trade: {} for trade in TRADES}
    for row, trades in _callable(document):
        key = row.path, row.names[0] if row.details else ""
        for trade in (trade for trade in trades if trade in found):
            before = found[trade].get(key)
            found[trade][key] = row if before is None else _merged(before, row)
    for trade, name in zip(TRADES, names, strict=True):
        yield _fact(name, sorted(found[trade].values(), key=lambda row: (bool(row.note), row.names, row.path)))


def _callable(document: Document) -> Iterator[tuple[Row, tuple[str, ...]]]:
    """Yield each name that can be called, and its trades; the details of an applet are its program."""
    commands, multicall = document.sections.commands, document.sections.multicall
    for one in (*commands.found.commands, *commands.found.beyond) if commands and commands.found else ():
        # Elsewhere a name says little: apt's own part for FTP is a file called ftp, a daily task is called dpkg.
        if not one.on_path and one.path.split("/")[-2] not in ("bin", "sbin"):
            continue
        program = (one.program,) if one.kind == "applet" else ()
        yield Row(one.provider, _layer(one.layer), (one.name,), program, "" if one.on_path else "beyond"), one.trades
    for group in multicall.found.groups if multicall and multicall.found else ():
        program = (f"{group.family} {group.version}".strip(),)
        for name in group.unlinked:
            row = Row(group.path, _layer(group.layer), (name,), program, "unlinked")
            yield row, trades_of(name, applet=True)


def _merged(before: Row, row: Row) -> Row:
    """Return one row for two names of a program, which is on PATH when one of them is."""
    return replace(before, names=tuple(dict.fromkeys((*before.names, *row.names))), note=before.note and row.note)


# Packages


def _unowned(document: Document) -> Fact:
    """Count executable files that no package lists, each inode once, by any of its names.

    The package manager's own records, among which are its packages' scripts, are nobody's and do not count.
    """
    section, name = document.sections.packages, "unowned-executables"
    if section is None or section.state == "failed":
        return _untold([name], section)[0]
    if section.found is not None and section.found.unowned_file_count is None:
        return Fact(name, "unknown", reason="no-file-lists")
    tree = document.tree
    owners = section.found.owners if section.found else [-1] * len(tree)
    first = {int(entry): one for entry, one in tree.hard_links.items()}
    owned = {first.get(entry, entry) for entry, owner in enumerate(owners) if owner != -1}
    rows = [
        Row(tree_view.path_of(tree, entry), _layer(tree.layers[entry]))
        for entry in range(len(tree))
        if tree.kinds[entry] == "-" and tree.modes[entry] & 0o111 and entry not in first and entry not in owned
    ]
    return _fact(name, rows, reason="" if section.found else "no-database")


# Hardening


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _is(value: str | None, word: str) -> bool | None:
    return None if value is None else value == word


def _lacks_fortify(one: ElfFile) -> bool | None:
    """Judge only files of C libraries that have checked functions; musl's fortify-headers leave no trace."""
    if one.fortified_count is None or one.libc not in ("glibc", "bionic"):
        return None
    return not one.fortified_count


_HARDENING: Final[tuple[tuple[str, Callable[[ElfFile], bool | None]], ...]] = (
    ("no-pie", lambda one: _not(one.pie)),
    ("no-relro", lambda one: _is(one.relro, "none")),
    ("partial-relro", lambda one: _is(one.relro, "partial")),
    ("executable-stack", lambda one: _not(one.nx)),
    ("no-canary", lambda one: _not(one.canary)),
    ("no-fortify", _lacks_fortify),
)
"""Fact, and whether a file counts; None where it does not show it."""


def _hardening(document: Document) -> Iterator[Fact]:
    section = document.sections.elf
    if section is None or section.found is None:
        yield from _untold([name for name, _ in _HARDENING], section)
        return
    for name, lacks in _HARDENING:
        # What is loaded at any address by its nature has no PIE.
        roles = ("program",) if name == "no-pie" else ("program", "shared library")
        judged = [(one, lacks(one)) for one in section.found.files if one.role in roles]
        rows = [Row(one.path, _layer(one.layer)) for one, verdict in judged if verdict]
        unclear = sum(verdict is None for _, verdict in judged) + section.found.unreadable_count
        yield _fact(name, rows, unclear_count=unclear)


# Two images


@dataclass(frozen=True, slots=True)
class Move:
    """One fact of two images."""

    before: Fact
    after: Fact

    @property
    def kind(self) -> Literal["appears", "vanishes", "more", "fewer", "same", "unknown"]:
        """What becomes of it; unknown unless both are known."""
        states = self.before.state, self.after.state
        if not set(states) <= {"yes", "no"}:
            return "unknown"
        if states[0] != states[1]:
            return "appears" if self.after.state == "yes" else "vanishes"
        before, after = self.before.count or 0, self.after.count or 0
        return "more" if after > before else "fewer" if after < before else "same"


def moves(before: Sequence[Fact], after: Sequence[Fact]) -> tuple[Move, ...]:
    """Set the facts of two images side by side, in their order."""
    return tuple(Move(one, other) for one, other in zip(before, after, strict=True))
