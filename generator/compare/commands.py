"""Commands beside one another: what each image has under a name, and the options of one command in all of them.

A document in, its commands out as small values that share their options: an image's hundreds of applets cost little,
and hundreds of images with the same BusyBox hold its options once. Which commands deserve a page of their own is told
by a rule that the index prints (`telling`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import msgspec

from generator.analysis import tree_view
from generator.analysis.document import Document
from generator.analysis.sections.commands import Command, CommandOptionsFound
from generator.compare.options import options_of
from generator.formats.option import Claim, CommandOptions, Option, claim

Kind = Literal["applet", "elf", "script", "unknown"]
"""unknown: an executable file that could not be read, or is of a form that is not known."""

_KINDS: Final[dict[str, Kind]] = {"applet": "applet", "elf": "elf", "script": "script"}

PRESENT: Final[frozenset[Claim]] = frozenset(
    ("in the option table", "in one of the file's option tables", "documented", "accepted without being documented")
)
"""Claims that an option is there. Every other one says that evidence is silent, never that the option is refused."""

_PROGRAMS: Final = {"busybox": "BusyBox", "toybox": "Toybox"}


@dataclass(frozen=True, slots=True)
class Provided:
    """What one image has under one command name."""

    kind: Kind
    path: str
    """The file behind it, links followed."""
    provider: str
    """`BusyBox 1.36.1`, `coreutils 9.1-1`; "" when no package is known to own the file."""
    interpreter: str
    """A script's."""
    trades: tuple[str, ...]
    options: CommandOptionsFound | None
    """None: not analysed."""

    @property
    def shown_provider(self) -> str:
        """Return the provider, or the file where no package owns it."""
        return self.provider or self.path


@dataclass(frozen=True, slots=True)
class ImageCommands:
    """One image's commands by name. `known` is False where the document says nothing of them."""

    known: bool
    commands: Mapping[str, Provided] = field(default_factory=dict)


class Shared:
    """Options seen so far, so that equal ones are kept once."""

    def __init__(self) -> None:
        self._by_content: dict[bytes, CommandOptionsFound] = {}

    def one(self, found: CommandOptionsFound | None) -> CommandOptionsFound | None:
        """Return the first value seen that equals this one."""
        if found is None:
            return None
        return self._by_content.setdefault(msgspec.json.encode(found), found)


def commands_of(document: Document, shared: Shared) -> ImageCommands:
    """Return what can be called by name in the image."""
    section = document.sections.commands
    if section is None or section.state == "failed":
        return ImageCommands(known=False)
    if section.found is None:
        return ImageCommands(known=True)
    owners = _owners(document, {one.provider for one in section.found.commands})
    return ImageCommands(
        known=True, commands={one.name: _provided(one, owners, shared) for one in section.found.commands}
    )


def _provided(one: Command, owners: Mapping[str, str], shared: Shared) -> Provided:
    kind = _KINDS.get(one.kind, "unknown")
    family, _, version = one.program.partition(" ")
    return Provided(
        kind=kind,
        path=one.provider,
        provider=f"{_PROGRAMS.get(family, family)} {version}".strip() if kind == "applet" else owners[one.provider],
        interpreter=one.program if kind == "script" else "",
        trades=one.trades,
        options=shared.one(one.options),
    )


def _owners(document: Document, wanted: set[str]) -> dict[str, str]:
    """Return the package, with its version, that owns each of some files; "" where none is known to."""
    owners = dict.fromkeys(wanted, "")
    section = document.sections.packages
    if section is None or section.found is None:
        return owners
    found, tree = section.found, document.tree
    names = {path.rpartition("/")[2] for path in wanted}
    for entry, owner in enumerate(found.owners):
        if owner < 0 or tree.names[entry] not in names:
            continue
        path = tree_view.path_of(tree, entry)
        if path in owners:
            package = found.packages[owner]
            owners[path] = f"{package.name} {package.version}".strip()
    return owners


# One command in many images


@dataclass(frozen=True, slots=True)
class Column:
    """Images in which a command is the same: its kind, its provider with version, and its options."""

    images: tuple[str, ...]
    """Folders, in the site's order."""
    provided: Provided
    options: CommandOptions

    @property
    def count(self) -> int:
        """Return how many options are documented or in a table; 0 too where nothing was analysed."""
        return len(self.options.options)


@dataclass(frozen=True, slots=True)
class Compared:
    """One option in every column."""

    name: str
    argument: str
    claims: tuple[Claim, ...]

    @property
    def differs(self) -> bool:
        """Tell whether some column has it and another, analysed one does not name it."""
        analysed = [one in PRESENT for one in self.claims if one != "not analysed"]
        return len(set(analysed)) > 1


@dataclass(frozen=True, slots=True)
class Sheet:
    """One command in all images."""

    name: str
    columns: tuple[Column, ...]
    """Most options first; then those that were not analysed."""
    rows: tuple[Compared, ...]

    @property
    def analysed(self) -> tuple[Column, ...]:
        """Return the columns whose options are known."""
        return tuple(one for one in self.columns if one.options.analysed)

    @property
    def difference_count(self) -> int:
        """Return how many options some column has and another, analysed one does not name."""
        return sum(row.differs for row in self.rows)


def sheet_of(name: str, images: Mapping[str, ImageCommands], *, most_columns: int | None = None) -> Sheet:
    """Set one command of all images side by side; only the `most_columns` columns of most images when given."""
    groups: dict[tuple[str, str, bytes], list[str]] = defaultdict(list)
    first: dict[tuple[str, str, bytes], Provided] = {}
    for folder, one in images.items():
        provided = one.commands.get(name)
        if provided is None:
            continue
        key = (provided.kind, provided.shown_provider, msgspec.json.encode(provided.options))
        groups[key].append(folder)
        first.setdefault(key, provided)
    columns = [Column(tuple(groups[key]), first[key], options_of(first[key].options)) for key in groups]
    columns.sort(key=lambda one: -len(one.images))
    columns = columns[:most_columns]
    columns.sort(key=lambda one: (not one.options.analysed, -one.count, one.provided.shown_provider))
    return Sheet(name, tuple(columns), _rows(columns))


def _rows(columns: Sequence[Column]) -> tuple[Compared, ...]:
    options: dict[str, Option] = {}
    for column in columns:
        for option in column.options.options:
            known = options.get(option.name)
            if known is None or known.argument == "unknown":
                options[option.name] = option
    return tuple(
        Compared(name, options[name].argument, tuple(claim(column.options, name) for column in columns))
        for name in sorted(options, key=_order)
    )


def _order(name: str) -> tuple[bool, str, str]:
    """Letters first, then words; -a before -A."""
    return name.startswith("--"), name.lstrip("-").lower(), name.swapcase()


def evidence_counts(options: CommandOptions) -> dict[str, int]:
    """Return how many options were read where, most first."""
    return dict(Counter(option.evidence for option in options.options).most_common())


# Which commands have a page


def telling(images: Mapping[str, ImageCommands], most: int) -> tuple[Sheet, ...]:
    """Return the commands that deserve a page, by name, at most `most` of them.

    The rule: in at least two images, and either the options were read from at least two different files or versions,
    or the kind of provider differs. Those with the most differing options go first when there are too many.
    """
    sheets = [sheet for name in shared_names(images) if _deserves(sheet := sheet_of(name, images))]
    sheets.sort(key=lambda one: (-one.difference_count, -len(one.columns), one.name))
    return tuple(sorted(sheets[:most], key=lambda one: one.name))


def shared_names(images: Mapping[str, ImageCommands]) -> list[str]:
    """Return the names that at least two images have, sorted."""
    counts = Counter(name for one in images.values() for name in one.commands)
    return sorted(name for name, count in counts.items() if count > 1)


def _deserves(sheet: Sheet) -> bool:
    kinds = {column.provided.kind for column in sheet.columns}
    return len([one for one in sheet.analysed if one.count]) > 1 or len(kinds) > 1


def every_name(images: Iterable[ImageCommands]) -> list[str]:
    """Return all command names, in the alphabet's order."""
    return sorted({name for one in images for name in one.commands}, key=lambda name: (name.lower(), name))
