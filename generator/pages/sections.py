"""An inspector's section on the image page: its state in words, and what it found as tables.

A section with a template of its own (`templates/sections/NAME.md.j2`) is shown by that; every other one by its
fields, read by the house's names: `…_size` are bytes, `path` leads to the tree, `layer` counts from 1 on pages.
Structs become tables, tuples of structs tables of many rows, long lists only their length.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from markupsafe import Markup

from generator.analysis.document import Document
from generator.analysis.sections.base import Section
from generator.language import gettext, mark, ngettext
from generator.pages import figures
from generator.pages.environment import Templates
from generator.pages.markup import code, concat, fragment, link_or_code
from generator.pages.places import file_place
from generator.pages.vocabulary import said

_ABSENT: Final = mark("This was looked for, and the image does not have it.")


@dataclass(frozen=True, slots=True)
class _Words:
    """What the page says of a section, marked for the catalogue."""

    title: str
    what: str
    """A sentence for those who do not know the term."""
    absent: str = _ABSENT
    """What it means when it is not there."""
    anchor: str = ""
    """Where the section's name is the anchor of another part of the page."""


_WORDS: Final = {
    "os_release": _Words(
        mark("Distribution"),
        mark("<code>os-release</code> is the file in which a distribution names itself and its version."),
    ),
    "multicall": _Words(
        mark("One file, many commands"),
        mark(
            "A multi-call binary is one program under many names: it looks at the name it was called by and does that "
            "command's work. So hundreds of commands fit into one small file."
        ),
        mark("Every executable file in the image has one name."),
    ),
    "commands": _Words(
        mark("Commands"),
        mark(
            "What can be called by name in a container, what provides it, and what it is by trade. Options are those "
            "that the command's own file documents; that one is not documented does not mean that it is refused."
        ),
        mark("Nothing in the image can be called: no executable program and no script."),
    ),
    "elf": _Words(
        mark("Programs and libraries"),
        mark(
            "What the image's native programs are made of: which C library they use, what they need to start, and "
            "which protections they were built with. ELF is the file format of programs on Linux."
        ),
        mark("The image holds no native program and no shared library."),
    ),
    "packages": _Words(
        mark("Packages"),
        mark("What the package manager's database says is installed, held against the files that are really there."),
        mark(
            "The image has no database of apk, dpkg or rpm. A scanner that reads only those finds nothing in it, which "
            "is not the same as finding it free of flaws."
        ),
    ),
    "certificates": _Words(
        mark("Certificates"),
        mark(
            "Before a program trusts the other end of an encrypted connection, it looks for the authority that vouches "
            "for it among the root certificates on its disk. Without them every HTTPS request fails."
        ),
        mark(
            "The image has no certificates at all. Programs in it cannot make an HTTPS request unless they bring their "
            "own, or are told not to check whom they talk to."
        ),
    ),
    "time_zones": _Words(
        mark("Time zones"),
        mark(
            "When it is noon in one place it is another hour elsewhere, and governments change the rules. The tz "
            "database (tzdata) is where programs look them up; without it they know only UTC."
        ),
        mark(
            "The image has no time zones and chooses none. Local time is UTC, and asking for another zone fails (Go: "
            "“unknown time zone”, Python: ZoneInfoNotFoundError) or silently gives UTC (C, through TZ)."
        ),
    ),
    "identity": _Words(
        mark("Users and surroundings"),
        mark(
            "A process in a container is a number, its uid. The image says which one it starts as; "
            "<code>/etc/passwd</code> gives the number a name and a home. Programs also take a place for temporary "
            "files for granted."
        ),
        mark("The image has neither a configuration nor accounts, nor any place for temporary files."),
        "users",
    ),
    "permissions": _Words(
        mark("Permissions"),
        mark(
            "Files that give whoever runs them the powers of another user, files that anyone may change, files that "
            "should not be in an image at all, and links that lead nowhere."
        ),
    ),
}
"""By section; one that is not here is called by its name."""
_MOST_ROWS: Final = 100
_MOST_WORDS: Final = 30


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section as its template needs it."""

    anchor: Markup
    """Heading id."""
    title: str
    what: Markup
    absent: str
    """What it means when it is not there."""
    state: str
    """found, absent, failed, or unknown: the document is older than the inspector."""
    failure: str
    slug: str
    body: Markup


def views(document: Document, templates: Templates) -> list[SectionView]:
    """Return every section of the document, in its order."""
    fields = msgspec.structs.fields(document.sections)
    return [_view(one.name, getattr(document.sections, one.name), templates) for one in fields]


def _view(name: str, section: Section | None, templates: Templates) -> SectionView:
    found = getattr(section, "found", None)
    body = Markup("")
    if found is not None:
        template = f"sections/{name}.md.j2"
        body = templates.render_part(template, found=found) if templates.has(template) else _tables(found)
    failure = section.failure if section else None
    words = _WORDS.get(name, _Words(name.replace("_", " ").capitalize(), ""))
    return SectionView(
        anchor=Markup(words.anchor or name.replace("_", "-")),
        title=gettext(words.title),
        what=Markup(words.what and gettext(words.what)),
        absent=gettext(words.absent),
        state=section.state if section else "unknown",
        failure=failure.text if failure else "",
        slug=failure.slug if failure else "",
        body=body,
    )


def _tables(found: Any) -> Markup:
    """Show a struct: first its plain fields as one table, then a table for every tuple of structs."""
    plain: list[Markup] = []
    tables: list[Markup] = []
    for one in msgspec.structs.fields(found):
        value = getattr(found, one.name)
        if isinstance(value, Sequence) and value and isinstance(value[0], msgspec.Struct):
            tables.append(_table_of_structs(one.name, value))
        else:
            row = '<tr><th scope="row">{name}</th><td>{value}</td></tr>\n'
            plain.append(fragment(row, name=_words(one.name), value=_value(one.name, value)))
    first = fragment('<table class="bx-table bx-facts"><tbody>\n{rows}</tbody></table>\n', rows=concat(plain))
    return concat([first if plain else Markup(""), *tables])


def _table_of_structs(name: str, rows: Sequence[msgspec.Struct]) -> Markup:
    columns = [one.name for one in msgspec.structs.fields(rows[0])]
    head = concat([fragment('<th scope="col"{num}>{name}</th>', name=_words(one), num=_num(one)) for one in columns])
    body = concat(
        [
            fragment(
                "<tr>{cells}</tr>\n",
                cells=concat(
                    [
                        fragment("<td{num}>{value}</td>", num=_num(one), value=_value(one, getattr(row, one)))
                        for one in columns
                    ]
                ),
            )
            for row in rows[:_MOST_ROWS]
        ]
    )
    left_out = len(rows) - _MOST_ROWS
    more = ngettext("… and %(num)s more, in the document.", "… and %(num)s more, in the document.", left_out)
    return fragment(
        '<h3 data-search-exclude>{name} ({count})</h3>\n<div class="bx-scroll" role="region" aria-label="{name}" '
        'tabindex="0"><table class="bx-table"><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>\n'
        '<p class="bx-more">{more}</p>\n',
        name=_words(name).capitalize(),
        count=f"{len(rows):,}",
        head=head,
        body=body,
        more=more % {"num": figures.exact(left_out)} if left_out > 0 else "",
    )


def _value(name: str, value: Any) -> Markup:
    if value is None:
        return figures.unknown()
    if isinstance(value, bool):
        return said("yes" if value else "no")
    if isinstance(value, int):
        if name.endswith("_size"):
            return figures.size(value)
        return fragment("{value}", value=value + 1 if name == "layer" else f"{value:,}")
    if isinstance(value, str):
        if not value:
            return Markup('<span class="bx-none">–</span>')
        return file_place(value) if name == "path" and value.startswith("/") else link_or_code(value)
    if isinstance(value, Mapping):
        pairs = [
            fragment("{key} = {value}<br>", key=code(str(key)), value=_value("", one)) for key, one in value.items()
        ]
        return concat(pairs[:_MOST_WORDS])
    if isinstance(value, list | tuple):
        if len(value) > _MOST_WORDS:
            words = ngettext("%(num)s value, in the document", "%(num)s values, in the document", len(value))
            return fragment('<span class="bx-none">{words}</span>', words=words % {"num": figures.exact(len(value))})
        return concat([fragment("{one} ", one=_value("", one)) for one in value]) or Markup(
            '<span class="bx-none">–</span>'
        )
    return code(msgspec.json.encode(value).decode())


def _num(name: str) -> Markup:
    return Markup(' class="bx-num"' if name.endswith(("_size", "_count")) else "")


def _words(name: str) -> str:
    return name.replace("_", " ")
