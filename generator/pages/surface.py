"""The attack surface in words: a section of the image page, and a block of the pair page.

A count has its list, a path leads to the tree, and what is not known says why.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from generator.analysis.document import Document
from generator.compare.surface import Fact, Move, Row, moves, surface_of
from generator.language import gettext, mark, ngettext
from generator.pages import figures
from generator.pages.environment import Templates
from generator.pages.markup import code, fragment
from generator.pages.places import file_place, layered
from generator.pages.sections import SectionView
from generator.pages.site import Image

_MOST: Final = 100
"""Rows of one list; its count is always told."""
_MOST_NAMES: Final = 30
"""Names of one program, and capabilities of one file."""


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
    (mark("Power"), ("root", "setuid", "capabilities")),
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
_NOTES: Final = {
    "beyond": mark("not on PATH"),
    "unlinked": mark("has no name of its own: called through the program"),
    "unreadable": mark("could not be read"),
    "encrypted": mark("with a passphrase"),
    "not-set": mark("the configuration names no user"),
}


# On the image page


@dataclass(frozen=True, slots=True)
class _Line:
    """One fact in a table."""

    anchor: Markup
    title: str
    why: Markup
    section: Markup
    count: Markup
    remarks: tuple[str, ...]
    """What the count leaves open, in sentences."""
    rows: tuple[Markup, ...]
    more: int
    """How many of the count are not in `rows`."""


def section(document: Document, image: Image, templates: Templates) -> SectionView:
    """Return the section, in the form in which the page shows those of inspectors."""
    facts = {fact.name: fact for fact in surface_of(document)}
    return SectionView(
        anchor=Markup("surface"),
        title=gettext("Attack surface"),
        what=Markup(
            gettext(
                "What there is for someone who has got into a container of this image. Nothing is weighed and nothing "
                "added up: what of it matters depends on what runs there, and as whom."
            )
        ),
        absent="",
        state="found",
        failure="",
        slug="",
        body=templates.render_part(
            "sections/surface.md.j2",
            root=Markup(image.root),
            groups=[(gettext(title), [_line(facts[name]) for name in names]) for title, names in GROUPS],
        ),
    )


def _line(fact: Fact) -> _Line:
    words = WORDS[fact.name]
    return _Line(
        anchor=Markup(f"surface-{fact.name}"),
        title=gettext(words.title),
        why=Markup(gettext(words.why)),
        section=Markup(words.section),
        count=count(fact),
        remarks=tuple(_remarks(fact)),
        rows=tuple(_row(row) for row in fact.rows[:_MOST]),
        more=max(0, (fact.count or 0) - min(len(fact.rows), _MOST)),
    )


def count(fact: Fact) -> Markup:
    """Show how many, or why that is not known."""
    if fact.state == "failed":
        reason = gettext("it was looked for, and could not be read")
        return fragment(
            '<span class="bx-unknown" title="{reason}">{words}</span>', reason=reason, words=gettext("unreadable")
        )
    if fact.state == "unknown":
        return figures.unknown(_reason(fact))
    if fact.name == "root":
        words = gettext("yes") if fact.state == "yes" else gettext("no")
        return fragment(
            "<strong>{words}</strong>" if fact.state == "yes" else '<span class="bx-none">{words}</span>', words=words
        )
    if fact.count is None:
        return Markup('<span class="bx-none">0</span>')
    return fragment("<strong>{count}</strong>", count=figures.exact(fact.count))


def _reason(fact: Fact) -> str:
    """Say why a fact is not known."""
    if fact.reason == "unclear":
        words = ngettext("of %(num)s file it cannot be told", "of %(num)s files it cannot be told", fact.unclear_count)
        return words % {"num": figures.exact(fact.unclear_count)}
    return gettext(_REASONS[fact.reason])


def _remarks(fact: Fact) -> Iterator[str]:
    if fact.state == "unknown" and fact.reason == "unclear":
        yield gettext("None is known; %(reason)s.") % {"reason": _reason(fact)}
    elif fact.state == "unknown":
        yield gettext("Not known: %(reason)s.") % {"reason": _reason(fact)}
    elif fact.unclear_count:
        yield unclear(fact)
    if fact.reason == "no-database" and fact.state == "yes":
        yield gettext("There is no package database, so that no executable has a package.")


def unclear(fact: Fact) -> str:
    """Say how many files the count leaves open."""
    words = ngettext(
        "Of %(num)s more file it cannot be told.", "Of %(num)s more files it cannot be told.", fact.unclear_count
    )
    return words % {"num": figures.exact(fact.unclear_count)}


def _row(row: Row) -> Markup:
    parts = [code(name) for name in row.names[:_MOST_NAMES]]
    if row.path:
        parts.append(file_place(row.path) if row.layer is None else layered(row.path, row.layer))
    parts += [code(word) for word in row.details[:_MOST_NAMES]]
    if row.note:
        parts.append(fragment('<span class="bx-none">{words}</span>', words=gettext(_NOTES[row.note])))
    return Markup(" ").join(parts)


# On the pair page

_BECOMES: Final = {
    "appears": mark("appears"),
    "vanishes": mark("vanishes"),
    "more": mark("more"),
    "fewer": mark("fewer"),
    "same": mark("the same"),
    "unknown": mark("not known"),
}


@dataclass(frozen=True, slots=True)
class MoveLine:
    """One fact of two images."""

    anchor: Markup
    """Of the image pages' rows."""
    title: str
    before: Markup
    after: Markup
    kind: str
    becomes: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What becomes of the surface from one image to another."""

    lines: tuple[MoveLine, ...]
    """Those that either image has, or may have."""
    appearing: tuple[str, ...]
    vanishing: tuple[str, ...]


def moved(before: Sequence[Fact], after: Sequence[Fact]) -> Moved:
    """Set the surfaces of two images side by side."""
    found = moves(before, after)
    return Moved(
        lines=tuple(_move_line(one) for one in found if {one.before.state, one.after.state} != {"no"}),
        appearing=_titles(found, "appears"),
        vanishing=_titles(found, "vanishes"),
    )


def _titles(found: Sequence[Move], kind: str) -> tuple[str, ...]:
    return tuple(gettext(WORDS[one.before.name].title) for one in found if one.kind == kind)


def _move_line(move: Move) -> MoveLine:
    words = WORDS[move.before.name]
    return MoveLine(
        anchor=Markup(f"surface-{move.before.name}"),
        title=gettext(words.title),
        before=count(move.before),
        after=count(move.after),
        kind=move.kind,
        becomes=gettext(_BECOMES[move.kind]),
    )
