"""The capability sheet: what one can do in an image, told from its document; and what kinds of programs would miss.

Every answer is yes, no or unknown, with the words and the path that prove it. No score: the rules are printed with
their reasons, and each says which answer it read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from generator.analysis.document import Document
from generator.analysis.sections.base import Section
from generator.analysis.sections.commands import Command
from generator.analysis.sections.identity import Place, ProcessIdentity
from generator.language import gettext, listed, mark, ngettext

State = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Capability:
    """One line of the sheet."""

    name: str
    title: str
    state: State
    words: str
    """What exactly, for people: names, versions, counts."""
    path: str = ""
    """The file that proves a yes; "" where none does."""
    section: str = ""
    """Anchor of the page's section with the details."""


def sheet(document: Document) -> tuple[Capability, ...]:
    """Return all lines, always the same ones in the same order."""
    return (
        *_traded(document),
        _libc(document),
        _certificates(document),
        _time_zones(document),
        *_identity(document),
        _multicall(document),
    )


def _unknown(name: str, title: str, section: Section | None, anchor: str) -> Capability:
    words = gettext("could not be read") if section is not None else gettext("the document is older than this question")
    return Capability(name, title, "unknown", words, section=anchor)


# Commands

_TRADES: Final = (
    ("shell", mark("Shell"), "shell"),
    ("package-manager", mark("Package manager"), "package manager"),
    ("interpreter", mark("Interpreter"), "interpreter"),
    ("network-tool", mark("Network tool"), "network tool"),
    ("debugger", mark("Debugger"), "debugger"),
)
_SHOWN: Final = 6


def _traded(document: Document) -> Iterator[Capability]:
    section = document.sections.commands
    for name, words, trade in _TRADES:
        title = gettext(words)
        if section is None or section.state == "failed":
            yield _unknown(name, title, section, "commands")
            continue
        commands = [one for one in section.found.commands if trade in one.trades] if section.found else []
        if not commands:
            yield Capability(name, title, "no", gettext("none"), section="commands")
            continue
        yield Capability(name, title, "yes", _named(commands), commands[0].provider, "commands")


def _named(commands: list[Command]) -> str:
    """Name some commands, and the multi-call binary behind them where there is one."""
    names = listed(one.name for one in commands[:_SHOWN])
    if len(commands) > _SHOWN:
        names = gettext("%(names)s and %(count)s more") % {"names": names, "count": len(commands) - _SHOWN}
    programs = {one.program if one.kind == "applet" else "" for one in commands}
    if len(programs) == 1 and "" not in programs:
        return gettext("%(names)s (all of %(program)s)") % {"names": names, "program": programs.pop()}
    return names


def _multicall(document: Document) -> Capability:
    section = document.sections.multicall
    name, title, anchor = "multicall", gettext("Multi-call binary"), "multicall"
    if section is None or section.state == "failed":
        return _unknown(name, title, section, anchor)
    group = next((one for one in section.found.groups if one.applets), None) if section.found else None
    if group is None:
        return Capability(name, title, "no", gettext("none that is known to be one"), section=anchor)
    count = len(group.applets)
    words = ngettext("%(program)s, %(num)s command", "%(program)s, %(num)s commands", count)
    words %= {"program": f"{group.family} {group.version}", "num": count}
    return Capability(name, title, "yes", words, group.path, anchor)


# What programs find around them


def _libc(document: Document) -> Capability:
    section = document.sections.elf
    name, title, anchor = "libc", gettext("C library"), "elf"
    if section is None or section.state == "failed":
        return _unknown(name, title, section, anchor)
    libraries = section.found.libraries if section.found else ()
    if libraries:
        words = ", ".join(dict.fromkeys(f"{one.flavour} {one.version}".strip() for one in libraries))
        return Capability(name, title, "yes", words, libraries[0].path, anchor)
    static = section.found.program_count if section.found else 0
    if not static:
        return Capability(name, title, "no", gettext("none"), section=anchor)
    words = ngettext(
        "none; the %(num)s program here brings its own", "none; the %(num)s programs here bring their own", static
    )
    return Capability(name, title, "no", words % {"num": static}, section=anchor)


def _certificates(document: Document) -> Capability:
    section = document.sections.certificates
    name, title, anchor = "ca-certificates", gettext("CA certificates"), "certificates"
    if section is None or section.state == "failed":
        return _unknown(name, title, section, anchor)
    if section.found is None or section.found.default_count == 0:
        return Capability(name, title, "no", gettext("none where programs look"), section=anchor)
    if section.found.default_count is None:
        return Capability(name, title, "unknown", gettext("a store could not be read"), section=anchor)
    store = section.found.stores[0]
    count = section.found.default_count
    words = ngettext("%(num)s authority", "%(num)s authorities", count) % {"num": count}
    return Capability(name, title, "yes", words, store.path, anchor)


def _time_zones(document: Document) -> Capability:
    section = document.sections.time_zones
    name, title, anchor = "time-zones", gettext("Time zones"), "time-zones"
    if section is None or section.state == "failed":
        return _unknown(name, title, section, anchor)
    zones = section.found.system if section.found else None
    if zones is None or not zones.zone_count:
        return Capability(name, title, "no", gettext("UTC only"), section=anchor)
    words = ngettext("%(num)s zone", "%(num)s zones", zones.zone_count)
    if zones.version:
        words = ngettext("%(num)s zone, release %(version)s", "%(num)s zones, release %(version)s", zones.zone_count)
    words %= {"num": zones.zone_count, "version": zones.version}
    return Capability(name, title, "yes", words, zones.path, anchor)


def _identity(document: Document) -> Iterator[Capability]:
    section = document.sections.identity
    titles = (
        ("non-root", gettext("Runs as another than root")),
        ("passwd", gettext("/etc/passwd with a user besides root")),
        ("tmp", "/tmp"),
        ("nsswitch", "/etc/nsswitch.conf"),
        ("locale", gettext("Locales beyond C")),
    )
    if section is None or section.found is None:
        for name, title in titles:
            if section is not None and section.state == "absent":
                yield Capability(name, title, "no", gettext("none"), section="identity")
            else:
                yield _unknown(name, title, section, "identity")
        return
    found = section.found
    places = {one.path: one for one in found.places}
    yield _runs_as(found)
    others = [user.name for user in found.users if user.uid != 0]
    words = (
        f"{len(others)}: {', '.join(others[:_SHOWN])}{' …' if len(others) > _SHOWN else ''}"
        if others
        else gettext("none")
    )
    yield Capability(
        "passwd", titles[1][1], "yes" if others else "no", words, "/etc/passwd" if others else "", "identity"
    )
    yield _place("tmp", "/tmp", places.get("/tmp"))
    if found.name_services is None:
        yield Capability("nsswitch", titles[3][1], "no", gettext("not there"), section="identity")
    else:
        hosts = found.name_services.get("hosts", "")
        words = f"hosts: {hosts}" if hosts else gettext("there, without a line for hosts")
        yield Capability("nsswitch", titles[3][1], "yes", words, "/etc/nsswitch.conf", "identity")
    if found.locales or found.locale_archive:
        words = ", ".join(found.locales[:_SHOWN]) or gettext("an archive of locales")
        yield Capability("locale", titles[4][1], "yes", words, found.locale_archive, "identity")
    else:
        yield Capability("locale", titles[4][1], "no", gettext("none that are compiled for glibc"), section="identity")


def _runs_as(found: ProcessIdentity) -> Capability:
    title = gettext("Runs as another than root")
    user = found.default_user
    if user is None:
        return Capability("non-root", title, "unknown", gettext("there is no configuration"), section="identity")
    if user.is_root is None:
        return Capability(
            "non-root", title, "unknown", user.problem or gettext("the user is not known"), section="identity"
        )
    shown = user.name or f"uid {user.uid}"
    return Capability("non-root", title, "no" if user.is_root else "yes", shown, section="identity")


def _place(name: str, title: str, place: Place | None) -> Capability:
    if place is None or not place.real_path or place.kind != "d":
        return Capability(name, title, "no", gettext("not there"), section="identity")
    mode = gettext("mode %(mode)s") % {"mode": f"{place.mode:04o}"} if place.mode is not None else ""
    return Capability(name, title, "yes", mode, place.real_path, "identity")


# What kinds of programs would miss


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that a kind of program relies on."""

    capability: str
    reason: str
    """What happens without it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of program, and what it needs: essentials first, without which it does not start."""

    title: str
    essential: tuple[Need, ...]
    useful: tuple[Need, ...]
    note: str = ""


_TLS: Final = Need("ca-certificates", mark("it cannot tell whom it talks to over TLS: every https request fails"))
_ZONES: Final = Need("time-zones", mark("times in any zone but UTC are errors, or quietly UTC"))
_TEMPORARY: Final = Need("tmp", mark("writing a temporary file fails"))
_ACCOUNT: Final = Need("passwd", mark("looking up the name or home of the user it runs as fails"))
_LIBC: Final = Need("libc", mark("it does not start: its dynamic loader is not there"))

KINDS: Final = (
    Kind(mark("A static binary (Go without cgo, Rust on musl)"), (), (_TLS, _ZONES, _TEMPORARY, _ACCOUNT)),
    Kind(
        mark("A dynamically linked C or C++ program"),
        (_LIBC,),
        (
            _TLS,
            _ZONES,
            _TEMPORARY,
            _ACCOUNT,
            Need("nsswitch", mark("glibc falls back on its defaults for names of hosts and users")),
        ),
        mark(
            "It needs the C library that it was built against, or a newer release of it; glibc and musl do not replace "
            "each other."
        ),
    ),
    Kind(
        mark("A Python program with its interpreter brought along"),
        (_LIBC,),
        (_TLS, _ZONES, _TEMPORARY, _ACCOUNT, Need("shell", mark("os.system and subprocess with shell=True fail"))),
        mark("Wheels are built for glibc (manylinux) or musl (musllinux); those of the other kind do not load."),
    ),
    Kind(
        mark("A Java program with its runtime brought along"),
        (_LIBC,),
        (_TEMPORARY, _ACCOUNT, Need("shell", mark("start scripts do not run; the java launcher itself does"))),
        mark("The runtime has certificates and time zones of its own, so it misses neither of the image's."),
    ),
    Kind(
        mark("A Node program with its runtime brought along"),
        (_LIBC,),
        (_TEMPORARY, _ACCOUNT, Need("shell", mark("npm scripts and child_process.exec fail"))),
        mark("The runtime has certificates and time zones of its own unless it was built to use the system's."),
    ),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one kind of program finds and misses here."""

    kind: Kind
    starts: State
    missing: tuple[Need, ...]
    unknown: tuple[Need, ...]


def verdicts(lines: tuple[Capability, ...]) -> tuple[Verdict, ...]:
    """Apply the rules to a sheet."""
    states = {line.name: line.state for line in lines}
    return tuple(_verdict(kind, states) for kind in KINDS)


def _verdict(kind: Kind, states: dict[str, State]) -> Verdict:
    essential = [states[need.capability] for need in kind.essential]
    starts: State = "no" if "no" in essential else "unknown" if "unknown" in essential else "yes"
    needs = (*kind.essential, *kind.useful)
    return Verdict(
        kind,
        starts,
        tuple(need for need in needs if states[need.capability] == "no"),
        tuple(need for need in needs if states[need.capability] == "unknown"),
    )
