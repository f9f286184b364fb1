"""Options as a document has them → options that claims are made from; and what may be said of one command by another's.

The document writes an option with a sign for what follows it (`--file=`); this is the one place that reads those back.
"""

from typing import Final

from generator.analysis.sections.commands import CommandOptionsFound
from generator.formats.option import NOT_ANALYSED, Argument, Claim, CommandOptions, Evidence, Option, claim

_SIGNS: Final[tuple[tuple[str, Argument], ...]] = (("[=]", "optional"), ("=", "required"), ("?", "unknown"))
_EVIDENCE: Final[dict[str, Evidence]] = {
    "table": "table",
    "long table": "long table",
    "usage text": "usage text",
    "help text": "help text",
    "inferred option string": "inferred option string",
    "curated": "curated",
}


def options_of(found: CommandOptionsFound | None) -> CommandOptions:
    """Return the options of one command of a document; None there means that they were not analysed.

    An evidence word of another program version counts as the weakest that names an option: a usage text.
    """
    if found is None:
        return NOT_ANALYSED
    undocumented = frozenset(found.undocumented)
    options = []
    for evidence, written in found.by_evidence.items():
        for one in written:
            name, argument = _split(one)
            options.append(Option(name, argument, _EVIDENCE.get(evidence, "usage text"), name not in undocumented))
    return CommandOptions(
        options=tuple(sorted(options)), long_table=found.long_table, predicates=found.predicates, union=found.union
    )


def claims(command_a: CommandOptions, command_b: CommandOptions) -> tuple[tuple[Option, Claim], ...]:
    """Return every option of A with what may be said of it in B."""
    return tuple((option, claim(command_b, option.name)) for option in command_a.options)


def _split(written: str) -> tuple[str, Argument]:
    for sign, argument in _SIGNS:
        name = written.removesuffix(sign)
        if name != written and name.strip("-"):
            return name, argument
    return written, "none"
