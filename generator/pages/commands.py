"""The commands of all images: an index of command × image, and a page for each command that tells bases apart.

Commands of every image's first platform in; `commands/index.md`, `commands/NAME/index.md` and `api/commands.json` out.
With few images the index has a column an image; with many, counts, and the pages name the images. A page sets at most
MOST_COLUMNS different providers side by side, so it does not grow with the number of images.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from markupsafe import Markup

from generator.compare.commands import (
    PRESENT,
    Column,
    ImageCommands,
    Provided,
    Sheet,
    every_name,
    evidence_counts,
    sheet_of,
    telling,
)
from generator.compare.meanings import Meaning, meanings
from generator.formats.option import Claim
from generator.language import gettext as _
from generator.language import mark
from generator.pages.environment import Templates
from generator.pages.image import yaml_text
from generator.pages.site import File, Image, Site

MOST_PAGES: Final = 100
"""Commands with a page of their own."""
MOST_COLUMNS: Final = 8
"""Providers side by side on such a page."""
WIDEST: Final = 20
"""Images that the index still gives a column each."""
MOST_ROWS: Final = 1500
"""Commands in the index's table; the JSON beside it has all."""
MOST_NAMED: Final = 5
"""Images named in one place."""
LONGEST_SLUG: Final = 100

_UNSAFE: Final = re.compile(rb"[^A-Za-z0-9._+-]")

TRADES: Final = {
    "shell": mark("shells"),
    "package manager": mark("package managers"),
    "interpreter": mark("interpreters"),
    "compiler": mark("compilers"),
    "build tool": mark("build tools"),
    "network tool": mark("network tools"),
    "editor": mark("editors"),
    "debugger": mark("debuggers"),
}
KINDS: Final = {
    "applet": mark("applet"),
    "elf": mark("program"),
    "script": mark("script"),
    "unknown": mark("not known"),
}
CLAIMS: Final[Mapping[Claim, str]] = {
    "in the option table": mark("in the option table"),
    "in one of the file's option tables": mark("in one of the file's option tables"),
    "documented": mark("documented"),
    "accepted without being documented": mark("accepted, not documented"),
    "not documented": mark("not documented"),
    "not in the option table": mark("not in the option table"),
    "no long-option table": mark("no long-option table, not documented"),
    "not analysed": mark("not analysed"),
}
EVIDENCE: Final = {
    "table": mark("option table"),
    "long table": mark("table of long options"),
    "usage text": mark("usage text"),
    "help text": mark("help text"),
    "inferred option string": mark("inferred option string"),
    "curated": mark("curated"),
}
_ARGUMENTS: Final = {"required": "=…", "optional": "[=…]"}
_WORDS_AFTER: Final = {"required": " …", "optional": "[…]"}
"""What follows an option that is no long one."""


def slug_of(name: str) -> str:
    """Return a folder's name for a command: itself where it is plain, else with each other byte as `~5b`.

    Different names have different slugs; none has a slash or starts with a dot.
    """
    encoded = name.encode("utf-8", "surrogateescape")
    slug = _UNSAFE.sub(lambda found: b"~%02x" % found[0][0], encoded).decode()
    return "~2e" + slug[1:] if slug.startswith(".") else slug


def _address(name: str) -> Markup:
    """Return the slug, at most so long, as markup: nothing in it needs to be escaped."""
    return Markup(slug_of(name)[:LONGEST_SLUG])


def render(site: Site, templates: Templates) -> Iterator[File]:
    """Yield the index, the pages of single commands, and all of it as JSON."""
    shown = [one for one in site.images if one.platform == one.target.platforms[0] and one.folder in site.commands]
    commands = {one.folder: site.commands[one.folder] for one in shown}
    sheets = [one for one in telling(commands, MOST_PAGES) if len(slug_of(one.name)) <= LONGEST_SLUG]
    yield _index(shown, commands, {one.name for one in sheets}, site, templates)
    images = {one.folder: one for one in shown}
    for sheet in sheets:
        yield _command_page(sheet, images, commands, templates)
    yield File("api/commands.json", _payload(shown, commands))  # the site has it once, in its first language


# The index


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    slug: Markup
    linked: bool
    trades: str
    """Trades, comma between."""
    cells: tuple[Provided | None, ...]
    """One an image; empty when there are too many images."""
    counts: tuple[tuple[str, int], ...]
    """How many images have it as what."""
    image_count: int
    few: tuple[Image, ...]
    """The images that have it, when they are few."""
    initial: str


def _index(
    shown: list[Image], commands: Mapping[str, ImageCommands], linked: set[str], site: Site, templates: Templates
) -> File:
    rows = [_row(name, shown, commands, linked) for name in every_name(commands.values())]
    rows.sort(key=lambda row: (row.initial, row.name.lower(), row.name))
    kept = set(sorted(rows, key=lambda row: -row.image_count)[:MOST_ROWS]) if len(rows) > MOST_ROWS else None
    kept_rows = [row for row in rows if kept is None or row in kept]
    letters: dict[str, list[_Row]] = {}
    for row in kept_rows:
        letters.setdefault(row.initial, []).append(row)
    page = templates.render(
        "pages/commands.md.j2",
        description=yaml_text(_("Every command of every image, and what provides it")),
        images=shown,
        known={folder: one.known for folder, one in commands.items()},
        nothing=[one for one in site.images if one.folder not in site.commands],
        totals={folder: len(one.commands) for folder, one in commands.items()},
        letters=letters,
        wide=len(shown) <= WIDEST,
        row_count=len(rows),
        more=len(rows) - len(kept_rows),
        page_count=len(linked),
        most_pages=MOST_PAGES,
        with_commands=sum(bool(one.commands) for one in commands.values()),
        in_one=sum(row.image_count == 1 for row in rows),
        trades={name: _(words) for name, words in TRADES.items()},
        kinds={name: _(words) for name, words in KINDS.items()},
    )
    return File("commands/index.md", page)


def _row(name: str, shown: list[Image], commands: Mapping[str, ImageCommands], linked: set[str]) -> _Row:
    cells = tuple(commands[image.folder].commands.get(name) for image in shown)
    there = [cell for cell in cells if cell is not None]
    initial = name[:1].upper()
    return _Row(
        name=name,
        slug=_address(name),
        linked=name in linked,
        trades=",".join(there[0].trades),
        cells=cells if len(shown) <= WIDEST else (),
        counts=tuple(sorted(Counter(cell.kind for cell in there).items())),
        image_count=len(there),
        few=tuple(image for image, cell in zip(shown, cells, strict=True) if cell) if len(there) <= MOST_NAMED else (),
        initial=initial if "A" <= initial <= "Z" else "#",
    )


def _payload(shown: list[Image], commands: Mapping[str, ImageCommands]) -> bytes:
    """Write what each image has: {"images": [folders], "commands": {name: {provider and kind: [image numbers]}}}."""
    table: dict[str, dict[str, list[int]]] = {}
    for number, image in enumerate(shown):
        for name, provided in commands[image.folder].commands.items():
            table.setdefault(name, {}).setdefault(f"{provided.kind} {provided.shown_provider}", []).append(number)
    return msgspec.json.encode({"images": [image.folder for image in shown], "commands": table}, order="deterministic")


# A command


@dataclass(frozen=True, slots=True)
class _Head:
    """A column's head."""

    provider: str
    kind: str
    images: tuple[Image, ...]
    more: int
    count: int
    analysed: bool
    reason: str
    """Why it was not analysed."""
    evidence: tuple[tuple[str, int], ...]
    silent: bool
    """Whether it has no table of long options, so that only its texts speak."""
    path: str


@dataclass(frozen=True, slots=True)
class _Cell:
    mark: str
    """yes, no or unknown."""
    words: str


@dataclass(frozen=True, slots=True)
class _OptionRow:
    name: str
    argument: str
    words: str
    """What it does in the GNU program, where that is one of the columns and the option is told; else ""."""
    anchor: Markup
    differs: bool
    cells: tuple[_Cell, ...]


def _command_page(
    sheet: Sheet, images: Mapping[str, Image], commands: Mapping[str, ImageCommands], templates: Templates
) -> File:
    hidden = max(0, len(sheet.columns) - MOST_COLUMNS)
    if hidden:
        sheet = sheet_of(sheet.name, commands, most_columns=MOST_COLUMNS)
    words = {one: _(shown) for one, shown in CLAIMS.items()}
    absent = [image for folder, image in images.items() if sheet.name not in commands[folder].commands]
    missing = [image for image in absent if commands[image.folder].known]
    slug = _address(sheet.name)
    package, told = _told(sheet)
    page = templates.render(
        "pages/command.md.j2",
        package=package,
        name=sheet.name,
        slug=slug,
        title=yaml_text(sheet.name),
        description=yaml_text(_("%(command)s: options in each base image") % {"command": sheet.name}),
        heads=[_head(column, images) for column in sheet.columns],
        rows=[
            _OptionRow(
                row.name,
                (_ARGUMENTS if row.name.startswith("--") else _WORDS_AFTER).get(row.argument, ""),
                _(told[row.name].words) if row.name in told else "",
                Markup("o-") + _address(row.name),
                row.differs,
                tuple(_Cell(_mark(one), words[one]) for one in row.claims),
            )
            for row in sheet.rows
        ],
        most=_head(sheet.analysed[0], images) if sheet.analysed else None,
        least=_head(contrast, images) if (contrast := _contrast(sheet)) else None,
        shared_count=sum(not row.differs for row in sheet.rows),
        difference_count=sheet.difference_count,
        predicates=any(column.options.predicates for column in sheet.columns),
        untabled=any(not column.options.long_table and not column.options.predicates for column in sheet.analysed),
        union=any(column.options.union for column in sheet.columns),
        hidden=hidden,
        absent=missing[:MOST_NAMED],
        absent_more=max(0, len(missing) - MOST_NAMED),
        image_count=sum(len(column.images) for column in sheet.columns),
    )
    return File(f"commands/{slug}/index.md", page)


def _told(sheet: Sheet) -> tuple[str, Mapping[str, Meaning]]:
    """Return the package of which it is known what the command's options do, and what they do; ("", {}) if none."""
    for column in sheet.columns:
        package = column.provided.provider.partition(" ")[0]
        told = meanings(package, sheet.name)
        if told:
            return package, told
    return "", {}


def _contrast(sheet: Sheet) -> Column | None:
    """Return what the column with most options is best told beside: of another kind, if any, and in most images."""
    first, *others = sheet.analysed or (None,)
    if first is None or not others:
        return None
    unlike = [one for one in others if one.provided.kind != first.provided.kind]
    return max(unlike or others, key=lambda one: (len(one.images), -one.count))


def _mark(one: Claim) -> str:
    return "unknown" if one == "not analysed" else "yes" if one in PRESENT else "no"


def _head(column: Column, images: Mapping[str, Image]) -> _Head:
    named = tuple(images[folder] for folder in column.images)
    provided = column.provided
    return _Head(
        provider=provided.shown_provider,
        kind=_(KINDS[provided.kind]),
        images=named[:MOST_NAMED],
        more=max(0, len(named) - MOST_NAMED),
        count=column.count,
        analysed=column.options.analysed,
        reason=_reason(provided),
        evidence=tuple((_(EVIDENCE[one]), count) for one, count in evidence_counts(column.options).items()),
        silent=column.options.analysed and not column.options.long_table and not column.options.predicates,
        path=provided.path,
    )


def _reason(provided: Provided) -> str:
    if provided.kind == "script":
        return _("a script for %(interpreter)s") % {"interpreter": provided.interpreter}
    if provided.kind == "unknown":
        return _("the file could not be read")
    if provided.kind == "applet":
        return _("its usage text names no options, or it has none")
    return _("no option table and no help text could be read in the file")
