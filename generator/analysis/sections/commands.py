"""The commands inspector's section: what can be called, what provides it, which options it documents."""

import msgspec

from generator.analysis.sections.base import Part, Section


class CommandOptionsFound(Part, frozen=True, omit_defaults=True):
    """The options that a command's own file documents, by evidence.

    An option is written with what follows it: `--color[=]` may take an argument, `--file=` must, `-a` takes none,
    `-x?` is not known to. Evidence words: table, long table, usage text, help text, inferred option string, curated.
    """

    count: int = 0
    by_evidence: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    undocumented: tuple[str, ...] = ()
    """Those of them that the usage or help text does not name."""
    long_table: bool = False
    """Whether a table of all long options was read, so that its silence is a finding."""
    predicates: bool = False
    union: bool = False
    """Whether the file holds the tables of several commands."""


class Command(Part, frozen=True, omit_defaults=True):
    """One command name."""

    name: str
    path: str
    """Where a shell finds it first; beyond PATH, where it lies."""
    provider: str
    """The file it is, links followed."""
    layer: int
    kind: str
    """elf, script or applet; unknown for an executable file that could not be read."""
    on_path: bool = True
    program: str = ""
    """An applet's program and version (`busybox 1.36.1`), a script's interpreter."""
    via_alternatives: bool = False
    trades: tuple[str, ...] = ()
    """What it is by trade: shell, package manager, interpreter, compiler, build tool, network tool, editor …"""
    other_paths: tuple[str, ...] = ()
    """Further places of the same name on PATH, which a shell does not reach."""
    options: CommandOptionsFound | None = None
    """None: not analysed. No options at all is another value."""
    unread: str = ""
    """Why the file could not be read: what it does not keep."""


class Commands(Part, frozen=True):
    """Every command, by name; then what is executable beyond PATH."""

    path_folders: tuple[str, ...]
    """The directories of PATH that are there, links followed, in its order."""
    path_from: str
    """configuration, or default: what engines set when the configuration has no PATH."""
    commands: tuple[Command, ...]
    beyond: tuple[Command, ...]


class CommandsSection(Section, frozen=True):
    """What can be called in a container of this image."""

    found: Commands | None = None
