"""What an option did where it was documented: a reviewed table, for GNU programs only.

An option's name and its meaning are two things: `-d` of one program says nothing of another's. So meanings are found by
the package that provides a command, and only for the packages of the GNU programs that the table was made for; of all
others, and of options that are not in it, nothing is said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from generator.compare.changes import CommandChange, OptionChange
from generator.compare.lost_options import SILENT
from generator.compare.meanings.coreutils import COREUTILS
from generator.compare.meanings.gnu import DIFFUTILS, FINDUTILS, GREP, GZIP, SED, TAR
from generator.compare.options import options_of
from generator.formats.option import claim

TABLES: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "coreutils": COREUTILS,
    "coreutils-single": COREUTILS,
    "diffutils": DIFFUTILS,
    "findutils": FINDUTILS,
    "grep": GREP,
    "gzip": GZIP,
    "sed": SED,
    "tar": TAR,
}
"""Package → command → spellings, blank between → words, which are a message of the catalogue."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one option does, under all its spellings."""

    spellings: tuple[str, ...]
    words: str
    """A message of the catalogue."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A lost option with its meaning."""

    lost: tuple[OptionChange, ...]
    """The spellings that are lost."""
    kept: tuple[str, ...]
    """Other spellings of the same option, which the other image documents or is known to accept."""
    words: str


def meanings(family: str, command: str) -> Mapping[str, Meaning]:
    """Return what is known of the options of a package's command, by each spelling."""
    found = {}
    for spelt, words in TABLES.get(family, {}).get(command, {}).items():
        meaning = Meaning(tuple(spelt.split()), words)
        found.update(dict.fromkeys(meaning.spellings, meaning))
    return found


def explained(change: CommandChange) -> tuple[tuple[Explained, ...], tuple[OptionChange, ...]]:
    """Return the lost options of which the table tells what they did, and the others, both in their order."""
    known = meanings(change.provider_before.family, change.name)
    lost = {one.name: one for one in change.lost}
    after = options_of(change.after.options)
    rows = []
    for meaning in dict.fromkeys(known[name] for name in lost if name in known):
        kept = (name for name in meaning.spellings if name not in lost and claim(after, name) not in SILENT)
        rows.append(Explained(tuple(lost[one] for one in meaning.spellings if one in lost), tuple(kept), meaning.words))
    return tuple(rows), tuple(one for one in change.lost if one.name not in known)
