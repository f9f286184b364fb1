"""Options written into documents and read back for claims."""

import pytest

from generator.analysis.sections.commands import CommandOptionsFound
from generator.compare.options import claims, options_of
from generator.formats.option import NOT_ANALYSED, CommandOptions, Option
from generator.inspectors.commands import _options

MANY = CommandOptions(
    options=tuple(
        sorted(
            (
                Option("--all", "none", "table"),
                Option("--color", "optional", "table"),
                Option("--file", "required", "long table", documented=False),
                Option("-?", "none", "usage text"),
                Option("-=", "required", "usage text"),
                Option("-a", "unknown", "inferred option string", documented=False),
                Option("-name", "required", "help text"),
                Option("-x", "none", "curated"),
            )
        )
    ),
    long_table=True,
    predicates=True,
    union=True,
)


@pytest.mark.parametrize("options", [MANY, CommandOptions(), CommandOptions(long_table=True)])
def test_what_a_document_holds_is_what_was_found(options: CommandOptions) -> None:
    """Names, arguments, evidence, whether documented and the tables' nature come back from a document unchanged."""
    assert options_of(_options(options)) == options


def test_not_analysed_is_not_without_options() -> None:
    """None in a document is a command of which nothing may be said; no options at all is another value."""
    assert options_of(None) == NOT_ANALYSED
    assert options_of(CommandOptionsFound()).analysed


def test_claims_say_what_the_other_evidence_carries() -> None:
    """Each option of A is judged by B's own tables and texts, and by nothing where B was not analysed."""
    gnu = CommandOptions((Option("--all", "none", "table"), Option("-a", "none", "table")), long_table=True)
    applet = CommandOptions((Option("-a", "none", "usage text"),))
    tabled = CommandOptions((Option("-l", "none", "usage text"),), long_table=True)

    def said(other: CommandOptions) -> dict[str, str]:
        return {option.name: words for option, words in claims(gnu, other)}

    assert said(applet) == {"--all": "no long-option table", "-a": "documented"}
    assert said(tabled) == {"--all": "not in the option table", "-a": "not documented"}
    assert said(NOT_ANALYSED) == {"--all": "not analysed", "-a": "not analysed"}
    assert said(gnu) == {"--all": "in the option table", "-a": "in the option table"}
