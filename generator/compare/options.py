"""Options of a command in two images: which ones the first documents and the second does not.

What may be said of an option is `formats.option.claim`, and nothing else is said: silence of a text is "not
documented", silence of a table "not in the option table", and what was not analysed is not compared.
"""

from typing import Final, cast

from generator.analysis.sections.commands import CommandOptionsFound
from generator.compare.changes import OptionChange
from generator.formats.option import NOT_ANALYSED, Argument, CommandOptions, Evidence, Option, claim

_SIGNS: Final[tuple[tuple[str, Argument], ...]] = (("[=]", "optional"), ("=", "required"), ("?", "unknown"))
SILENT: Final = frozenset({"not documented", "not in the option table", "no long-option table"})
"""Claims that an option is not there, as far as the evidence carries."""


def options_of(found: CommandOptionsFound | None) -> CommandOptions:
    """Return the options as a document has them; of a command that was not analysed, NOT_ANALYSED."""
    if found is None:
        return NOT_ANALYSED
    undocumented = frozenset(found.undocumented)
    options = []
    for evidence, written in found.by_evidence.items():
        for one in written:
            name, argument = _read(one)
            options.append(Option(name, argument, cast("Evidence", evidence), name not in undocumented))
    return CommandOptions(
        options=tuple(sorted(options)),
        long_table=found.long_table,
        predicates=found.predicates,
        union=found.union,
    )


def lost(before: CommandOptions, after: CommandOptions) -> tuple[OptionChange, ...]:
    """Return what `before` documents and `after` says nothing of; short ones first. () when either is not analysed."""
    if not before.analysed or not after.analysed:
        return ()
    found = [
        OptionChange(one.name, one.argument, said)
        for one in before.options
        if one.documented and (said := claim(after, one.name)) in SILENT
    ]
    return tuple(sorted(found, key=lambda one: (one.name.startswith("--"), one.name.lower(), one.name)))


def documented_count(options: CommandOptions) -> int:
    """Count the options that the command's help or usage text names."""
    return sum(one.documented for one in options.options)


def _read(written: str) -> tuple[str, Argument]:
    """Take the sign of an argument off; `-?` and `-=` are options themselves."""
    for sign, argument in _SIGNS:
        name = written.removesuffix(sign)
        if name != written and len(name) > 1:
            return name, argument
    return written, "none"
