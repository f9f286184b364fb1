"""The attack surface's facts in words: titles, why each matters, counts, and why one is not known."""

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from generator.compare.surface import Fact
from generator.language import gettext, mark, ngettext
from generator.pages import figures
from generator.pages.markup import fragment


@dataclass(frozen=True, slots=True)
class Words:
    """What pages say of one fact, marked for the catalogue."""

    title: str
    why: str
    """Why it matters, in a sentence."""
    section: str
    """Anchor of the image page's section that it was read from."""


WORDS: Final = {
    "root": Words(
        mark("Starts as root"),
        mark("Whoever breaks into the program is root in the container, unless it is started as another user."),
        "users",
    ),
    "setuid": Words(
        mark("setuid and setgid programs"),
        mark("They run with the rights of their owner or group: a flaw in one gives those to any user."),
        "permissions",
    ),
    "capabilities": Words(
        mark("File capabilities"),
        mark("Parts of root’s power that these programs get, whoever starts them."),
        "permissions",
    ),
    "shell": Words(
        mark("Shells"),
        mark("With a shell, one line that slips into a program becomes any number of commands."),
        "commands",
    ),
    "package-manager": Words(
        mark("Package managers"),
        mark("They bring in what is missing, from wherever the container can reach."),
        "commands",
    ),
    "interpreter": Words(
        mark("Interpreters"),
        mark("They run programs that come as text, so that nothing has to be built for this machine."),
        "commands",
    ),
    "compiler": Words(
        mark("Compilers"),
        mark("They make native programs on the spot; assemblers and linkers count."),
        "commands",
    ),
    "network-tool": Words(
        mark("Network tools"),
        mark("They fetch further tools, carry data away and look around in the network."),
        "commands",
    ),
    "ports": Words(
        mark("Ports by default"),
        mark("Where the image says that it listens. It opens nothing by itself, and a program may listen elsewhere."),
        "config",
    ),
    "world-writable": Words(
        mark("Writable by anyone"),
        mark("Any user may change these files, and replace what is others’ in these directories."),
        "permissions",
    ),
    "shared-directories": Words(
        mark("Directories for everyone"),
        mark("Any user may put files here, such as in <code>/tmp</code>; only owners may delete them (sticky)."),
        "permissions",
    ),
    "unowned-executables": Words(
        mark("Executables of no package"),
        mark("No package lists them, so advisories about packages say nothing of them, and no update replaces them."),
        "packages",
    ),
    "private-keys": Words(
        mark("Private keys"),
        mark("Everyone who can pull the image has them. Told by a file’s first bytes; contents are not shown."),
        "permissions",
    ),
    "secret-files": Words(
        mark("Files named like secrets"),
        mark("Files of such names hold passwords or keys elsewhere; whether these do was not looked at."),
        "permissions",
    ),
    "no-pie": Words(
        mark("Programs at a fixed address"),
        mark("Built without PIE: their code is where everyone expects it, which attacks rely on."),
        "elf",
    ),
    "no-relro": Words(
        mark("No RELRO"),
        mark("Their tables of addresses stay writable while they run: one wrong write can redirect a call."),
        "elf",
    ),
    "partial-relro": Words(
        mark("RELRO only in part"),
        mark("The addresses of functions, looked up when first called, stay writable."),
        "elf",
    ),
    "executable-stack": Words(
        mark("Executable stack"),
        mark("What an attacker gets onto the stack as data can be run as code."),
        "elf",
    ),
    "no-canary": Words(
        mark("No stack protector"),
        mark("No guard value shows that the stack was overwritten. Some of these may have nothing to guard."),
        "elf",
    ),
    "no-fortify": Words(
        mark("No checked functions"),
        mark(
            "None of glibc’s checked functions (FORTIFY) is used; some may have no call to check. Files built on musl "
            "do not show it."
        ),
        "elf",
    ),
}
GROUPS: Final = (
    (mark("Privileges"), ("root", "setuid", "capabilities")),
    (mark("Tools"), ("shell", "package-manager", "interpreter", "compiler", "network-tool")),
    (mark("Network"), ("ports",)),
    (
        mark("Files"),
        ("world-writable", "shared-directories", "unowned-executables", "private-keys", "secret-files"),
    ),
    (
        mark("Programs and libraries"),
        ("no-pie", "no-relro", "partial-relro", "executable-stack", "no-canary", "no-fortify"),
    ),
)
"""The facts as people look for them, a title over each group."""
_REASONS: Final = {
    "older": mark("the document is older than this question"),
    "no-config": mark("there is no configuration"),
    "no-account": mark("no account has the configured user’s name"),
    "no-file-lists": mark("a package database does not say which files are its packages’"),
}


def count(fact: Fact) -> Markup:
    """Show how many, or why that is not known."""
    if fact.state == "failed":
        return fragment(
            '<span class="bx-unknown" title="{why}">{words}</span>',
            why=gettext("it was looked for, and could not be read"),
            words=gettext("unreadable"),
        )
    if fact.state == "unknown":
        return figures.unknown(reason(fact))
    if fact.name == "root":
        words = gettext("yes") if fact.state == "yes" else gettext("no")
        return fragment(
            "<strong>{words}</strong>" if fact.state == "yes" else '<span class="bx-none">{words}</span>', words=words
        )
    if fact.count is None:
        return Markup('<span class="bx-none">0</span>')
    return fragment("<strong>{count}</strong>", count=figures.exact(fact.count))


def reason(fact: Fact) -> str:
    """Say why a fact is not known."""
    if fact.reason == "unclear":
        words = ngettext("of %(num)s file it cannot be told", "of %(num)s files it cannot be told", fact.unclear_count)
        return words % {"num": figures.exact(fact.unclear_count)}
    return gettext(_REASONS[fact.reason])


def unclear(fact: Fact) -> str:
    """Say how many files the count leaves open."""
    words = ngettext(
        "Of %(num)s more file it cannot be told.", "Of %(num)s more files it cannot be told.", fact.unclear_count
    )
    return words % {"num": figures.exact(fact.unclear_count)}
