"""The attack surface in words: a section of the image page, and a block of the pair page.

A count has its list, a path leads to the tree, and what is not known says why.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from generator.analysis.document import Document
from generator.compare.surface import Fact, Move, Row, moves, surface_of
from generator.language import gettext, mark
from generator.pages.environment import Templates
from generator.pages.markup import code, fragment
from generator.pages.places import file_place, layered
from generator.pages.sections import SectionView
from generator.pages.site import Image
from generator.pages.surface_words import GROUPS, WORDS, count, reason, unclear

_MOST: Final = 100
"""Rows of one list; its count is always told."""
_MOST_NAMES: Final = 30
"""Names of one program, and capabilities of one file."""
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


def _remarks(fact: Fact) -> Iterator[str]:
    if fact.state == "unknown" and fact.reason == "unclear":
        yield gettext("None is known; %(reason)s.") % {"reason": reason(fact)}
    elif fact.state == "unknown":
        yield gettext("Not known: %(reason)s.") % {"reason": reason(fact)}
    elif fact.unclear_count:
        yield unclear(fact)
    if fact.reason == "no-database" and fact.state == "yes":
        yield gettext("There is no package database, so that no executable has a package.")


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
