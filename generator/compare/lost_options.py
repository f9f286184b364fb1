"""Options of a command in two images: which ones the first documents and the second does not.

What may be said of an option is `formats.option.claim`, and nothing else is said: silence of a text is "not
documented", silence of a table "not in the option table", and what was not analysed is not compared.
"""

from typing import Final

from generator.compare.changes import OptionChange
from generator.formats.option import Claim, CommandOptions, claim

SILENT: Final[frozenset[Claim]] = frozenset(("not documented", "not in the option table", "no long-option table"))
"""Claims that an option is not there, as far as the evidence carries."""
_EVERYWHERE: Final = frozenset(("--help", "--version"))
"""Left out: BusyBox answers to --help in every applet without saying so, and no script depends on the other."""


def lost(before: CommandOptions, after: CommandOptions) -> tuple[OptionChange, ...]:
    """Return what `before` documents and `after` says nothing of; short ones first. () when either is not analysed."""
    if not before.analysed or not after.analysed:
        return ()
    found = [
        OptionChange(one.name, one.argument, said)
        for one in before.options
        if one.documented and one.name not in _EVERYWHERE and (said := claim(after, one.name)) in SILENT
    ]
    return tuple(sorted(found, key=lambda one: (one.name.startswith("--"), one.name.lower(), one.name)))


def documented_count(options: CommandOptions) -> int:
    """Count the options that the command's help or usage text names."""
    return sum(one.documented for one in options.options)
