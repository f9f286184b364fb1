"""Options of one command as its own file documents them, and what may be claimed from that.

An option is never "unsupported" because a text does not name it: `claim` says only what the evidence carries.
Measured against real commands, an option table read from a file was right in every case, so its silence about a
long option is a finding; a usage text is silent about many options that the command accepts.
"""

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

Evidence = Literal["table", "usage text", "long table", "inferred option string", "help text", "curated"]
"""Where an option was read.

table: the command's own table of options, read through its pointers · usage text: the usage text inside a
multi-call binary · long table: BusyBox's packed table of long options, and the letters in it · inferred option
string: a getopt string found by its likeness to what is documented · help text: the text that --help prints,
found in the file · curated: a reviewed entry of this program's own tables.
"""

Argument = Literal["none", "required", "optional", "unknown"]
Claim = Literal[
    "in the option table",
    "in one of the file's option tables",
    "documented",
    "accepted without being documented",
    "not documented",
    "not in the option table",
    "no long-option table",
    "not analysed",
]

_STRENGTH: Final[tuple[Evidence, ...]] = (
    "table", "long table", "usage text", "help text", "inferred option string", "curated",
)  # fmt: skip


class Option(msgspec.Struct, frozen=True, order=True, omit_defaults=True):
    """One option: `-a`, `--all`, or a predicate such as `-name`."""

    name: str
    argument: Argument = "unknown"
    evidence: Evidence = "usage text"
    documented: bool = True
    """Whether the usage or help text inside the file names it, too."""


class CommandOptions(msgspec.Struct, frozen=True, omit_defaults=True):
    """The options of one command, sorted by name."""

    options: tuple[Option, ...] = ()
    long_table: bool = False
    """Whether a table of all its long options was read."""
    predicates: bool = False
    """Whether words such as `-name` are whole words and not clusters of letters (find)."""
    union: bool = False
    """Whether the file holds tables of several commands: what is absent from all is absent from this one, too."""
    analysed: bool = True
    """False where nothing says what the command takes: a keyword grammar, no usage text, no table."""


NOT_ANALYSED: Final = CommandOptions(analysed=False)


def merged(options: Iterable[Option]) -> tuple[Option, ...]:
    """Return one option a name, sorted: the strongest evidence and the best known argument of each."""
    best: dict[str, Option] = {}
    for option in options:
        known = best.get(option.name)
        if known is None:
            best[option.name] = option
            continue
        strong, weak = sorted((known, option), key=lambda each: _STRENGTH.index(each.evidence))
        best[option.name] = msgspec.structs.replace(
            strong,
            argument=weak.argument if strong.argument == "unknown" else strong.argument,
            documented=strong.documented or weak.documented,
        )
    return tuple(sorted(best.values()))


def claim(command: CommandOptions, name: str) -> Claim:
    """Tell what may be said of one option (`-x`, `--word`, `-word` for predicates) of a command.

    Long options match as getopt matches them: a beginning that fits counts, because the command accepts it.
    """
    if not command.analysed:
        return "not analysed"
    found = next((option for option in command.options if option.name == name), None)
    if found is None and name.startswith("--") and len(name) > 2:
        found = next((option for option in command.options if option.name.startswith(name)), None)
    if found is not None:
        if found.evidence in ("table", "long table"):
            return "in one of the file's option tables" if command.union else "in the option table"
        return "documented" if found.documented else "accepted without being documented"
    if name.startswith("--"):
        return "not in the option table" if command.long_table else "no long-option table"
    return "not documented"
