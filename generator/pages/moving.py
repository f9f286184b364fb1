"""Moving from A to B: what has to be looked at before a program or script moves, as printed rules.

Changes in, checks out. A check stands there only when the documents show that it applies, and each leads to its
evidence on the same page. What is not known gives no check, and is said where the evidence would stand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.compare.capabilities import State
from generator.compare.changes import Changes, CommandChange, Unknown
from generator.compare.command_order import is_common
from generator.compare.flaws import FlawChanges
from generator.language import gettext as _
from generator.language import mark, ngettext

_NAMED: Final = 8


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist."""

    name: str
    title: str
    why: str
    anchor: str
    """Where on the page the evidence is."""


_MISSING: Final = {
    "shell": (
        mark("Do without a shell"),
        mark("RUN in a Dockerfile, CMD and ENTRYPOINT as plain text, and “exec sh” into a container all need one."),
    ),
    "package-manager": (
        mark("Bring every package along"),
        mark("There is no package manager to install with; copy files in from a build stage."),
    ),
    "ca-certificates": (
        mark("Bring certificates"),
        mark("Without authorities to trust, every HTTPS request fails."),
    ),
    "time-zones": (
        mark("Bring time zones, or use UTC"),
        mark("Local times are errors, or quietly UTC, without the tz database."),
    ),
    "tmp": (
        mark("Make /tmp, or mount one"),
        mark("Programs that write temporary files fail where there is none."),
    ),
    "passwd": (
        mark("Add the account that your program runs as"),
        mark("Looking up a name or a home fails without an entry in /etc/passwd."),
    ),
    "nsswitch": (
        mark("Check how host names are looked up"),
        mark("Without nsswitch.conf programs fall back on their C library’s own order."),
    ),
    "locale": (
        mark("Set LANG to C.UTF-8 or C"),
        mark("Compiled locales of glibc are not there: sorting, dates and messages follow the C locale."),
    ),
    "interpreter": (
        mark("Bring the interpreter of your scripts"),
        mark("Scripts in the languages that were there do not start."),
    ),
}

MUSL_RULES: Final = (
    (mark("Programs"), mark("Programs linked against glibc do not start; build them again, on musl or statically.")),
    (
        mark("Python wheels, Node and Java"),
        mark("Prebuilt parts must be of the musl kind (musllinux); those for glibc (manylinux) do not load."),
    ),
    (
        mark("DNS"),
        mark(
            "musl asks all name servers of resolv.conf at once and takes the first answer; before 1.2.4 it did not "
            "repeat long answers over TCP. Name services of nsswitch.conf do not exist."
        ),
    ),
    (
        mark("Threads"),
        mark("A new thread has a stack of 128 KiB unless it asks for more; with glibc it is usually 8 MiB."),
    ),
    (
        mark("Locales"),
        mark("Text is UTF-8, and sorting is by bytes whatever LC_COLLATE says."),
    ),
    (
        mark("dlopen"),
        mark("dlclose does nothing, and a static program cannot load libraries at all."),
    ),
    (
        mark("Memory"),
        mark("musl’s allocator is small and careful; programs with many allocating threads may run slower."),
    ),
)
"""What changes between glibc and musl: a subject and a rule each."""


def checks(changes: Changes, found: FlawChanges | None = None) -> tuple[Check, ...]:
    """Return the checklist, what stops a program first; `found` None: nothing is known about vulnerabilities."""
    return (
        *_libc(changes),
        *_sheet(changes),
        *_commands(changes),
        *_settings(changes),
        *_users(changes),
        *_flaws(found),
    )


def to_musl(changes: Changes) -> bool:
    """Tell whether glibc gives way to musl."""
    before, after = flavours(changes)
    return "glibc" in before and "musl" in after and "glibc" not in after


def flavours(changes: Changes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the C libraries of both sides by flavour; () also where nothing is known."""
    if isinstance(changes.libraries, Unknown):
        return (), ()
    libraries = changes.libraries
    found = [
        tuple(dict.fromkeys(one.flavour for one in side)) for side in (libraries.libc_before, libraries.libc_after)
    ]
    return found[0], found[1]


def _libc(changes: Changes) -> Iterator[Check]:
    before, after = flavours(changes)
    if not before or set(before) <= set(after):
        return
    if after:
        title = _("Build again for %(after)s") % {"after": ", ".join(after)}
        why = _("Programs linked against %(before)s do not start with another C library.") % {
            "before": ", ".join(before)
        }
    else:
        title = _("Link statically")
        why = _("There is no C library, so a dynamically linked program does not start.")
    yield Check("libc", title, why, "libraries")


def _sheet(changes: Changes) -> Iterator[Check]:
    went: dict[str, tuple[State, State]] = {
        one.before.name: (one.before.state, one.after.state) for one in changes.capabilities
    }
    for name, (title, why) in _MISSING.items():
        if went.get(name) == ("yes", "no"):
            yield Check(name, _(title), _(why), "capabilities")


def _commands(changes: Changes) -> Iterator[Check]:
    if isinstance(changes.commands, Unknown):
        return
    gone = [one.name for one, _provider in changes.commands.removed]
    common = [name for name in gone if is_common(name)]
    if "bash" in gone:
        yield Check(
            "bash",
            _("Look at scripts that begin with #!/bin/bash"),
            _("They do not start; arrays, [[ and other words of bash are not in every sh."),
            "commands-gone",
        )
    if common:
        yield Check(
            "commands",
            ngettext(
                "Replace %(count)s command that scripts often use",
                "Replace %(count)s commands that scripts often use",
                len(common),
            )
            % {"count": len(common)},
            _named(common),
            "commands-gone",
        )
    unlike = [one.name for one in losing(changes) if one.provider_changed and is_common(one.name)]
    if unlike:
        yield Check(
            "options",
            ngettext(
                "Check the options of %(count)s command that is another program now",
                "Check the options of %(count)s commands that are other programs now",
                len(unlike),
            )
            % {"count": len(unlike)},
            _named(unlike),
            "options",
        )
    other_version = [one.name for one in losing(changes) if not one.provider_changed]
    if other_version:
        yield Check(
            "versions",
            ngettext(
                "Check the options of %(count)s command that is another version of the same program",
                "Check the options of %(count)s commands that are another version of the same program",
                len(other_version),
            )
            % {"count": len(other_version)},
            _named(other_version),
            "options",
        )


def _named(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")


def losing(changes: Changes) -> tuple[CommandChange, ...]:
    """Return the commands of which some documented option is not documented any more, by whichever program."""
    return () if isinstance(changes.commands, Unknown) else tuple(one for one in changes.commands.both if one.lost)


def _settings(changes: Changes) -> Iterator[Check]:
    if isinstance(changes.settings, Unknown):
        return
    fields = {one.field for one in changes.settings}
    if fields & {"entrypoint", "cmd"}:
        yield Check(
            "start",
            _("Say what to start"),
            _("Entrypoint or command are not the same; whoever relied on them starts something else, or nothing."),
            "config",
        )
    if "user" in fields:
        yield Check(
            "user",
            _("Check who owns your files"),
            _("Containers run as another user, who may not be allowed to write where the other was."),
            "config",
        )


def _users(changes: Changes) -> Iterator[Check]:
    if isinstance(changes.users, Unknown) or not changes.users.removed:
        return
    names = [one.name for one in changes.users.removed]
    yield Check(
        "accounts",
        ngettext("Check for %(count)s account that is gone", "Check for %(count)s accounts that are gone", len(names))
        % {"count": len(names)},
        _named(names),
        "accounts",
    )


def _flaws(found: FlawChanges | None) -> Iterator[Check]:
    if found is None or not found.new:
        return
    names = [one.finding.id for one in found.new]
    yield Check(
        "vulnerabilities",
        ngettext(
            "Look at %(count)s known vulnerability that is new",
            "Look at %(count)s known vulnerabilities that are new",
            len(names),
        )
        % {"count": len(names)},
        _named(names),
        "vulnerabilities-new",
    )
