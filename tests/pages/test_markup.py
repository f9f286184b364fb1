"""The one way from values to markup, and the figures on pages."""

from html.parser import HTMLParser

import markdown  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import text
from generator.pages import figures, secrets
from generator.pages.markup import code, codes, escape, fragment, link_or_code
from tests.pages.samples import HOSTILE

MARKDOWN = markdown.Markdown(
    extensions=["abbr", "attr_list", "def_list", "footnotes", "md_in_html", "tables", "toc", "pymdownx.superfences"]
)


class Skeleton(HTMLParser):
    """Collects tags with their attributes' names, and the text between."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def converted(source: str) -> Skeleton:
    """Convert Markdown as the site does."""
    MARKDOWN.reset()
    return Skeleton(MARKDOWN.convert(source))


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "form",
    [
        "# {value} {{ #top }}",
        "{value}",
        "a {value} b",
        "| a | b |\n|---|---|\n| {value} | x |",
        "<div>\n<p>{value}</p>\n</div>",
        '<div title="{value}">\n<code>{value}</code>\n</div>',
        "- {value}",
    ],
)
def test_hostile_text_is_text_wherever_a_template_puts_it(form: str, value: str) -> None:
    """A hostile value makes no tag, attribute or table cell, and is read back as its visible form."""
    page, plain = converted(fragment(form, value=value)), converted(fragment(form, value="harmless"))
    assert page.tags == plain.tags
    assert "".join(text.visible(value).split()) in "".join(page.text.split())


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=60))
def test_any_text_is_inert_in_a_table_and_in_raw_html(value: str) -> None:
    """No string of any characters changes the structure of a Markdown table or an HTML block."""
    for form in ("| a |\n|---|\n| x{value}x |", "<div>\n<p>x{value}x</p>\n</div>"):
        assert converted(fragment(form, value=value)).tags == converted(fragment(form, value="y")).tags


@pytest.mark.parametrize("value", [None, True, 1.5, b"bytes", ["list"]])
def test_what_is_not_text_or_a_whole_number_is_refused(value: object) -> None:
    """None, booleans, floats and containers never reach a page by accident."""
    with pytest.raises(TypeError):
        escape(value)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "//evil.invalid/",
        "http://user:password@evil.invalid/",
        "http://",
        "http://[::1",
        "ftp://evil.invalid/",
        'http://evil.invalid/"onmouseover="x',
        "http://evil.invalid/\u202egnp",
        "http://evil.invalid/ x",
        "file:///etc/passwd",
    ],
)
def test_only_plain_web_addresses_become_links(address: str) -> None:
    """Other schemes, credentials, blanks and quotes are shown as text."""
    assert "<a" not in link_or_code(address)


def test_a_web_address_becomes_a_link_that_tells_the_other_side_nothing() -> None:
    """Links out of an image's labels carry noopener, noreferrer and nofollow."""
    page = converted(link_or_code("https://example.invalid/a_b*c?d=1&e=2#f"))
    assert page.tags[-1] == ("a", ("href", "rel"))
    assert page.text.strip() == "https://example.invalid/a_b*c?d=1&e=2#f"


def test_long_values_are_folded_and_cut() -> None:
    """A value of megabytes takes no more than some ten thousand characters of a page, and says what is left out."""
    shown = code("x" * 8_000_000)
    assert len(shown) < 30_000
    assert "7980000 more characters" in shown


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 B"), (1, "1 B"), (999, "999 B"), (1000, "1 kB"), (5_595_566, "5.6 MB"), (7_797_760, "7.8 MB"),
        (1_231_629, "1.23 MB"), (999_499, "999 kB"), (999_500, "1 MB"), (116_667_909, "117 MB"), (10**15, "1 PB"),
    ],
)  # fmt: skip
def test_sizes_are_written_as_engines_write_them(size: int, shown: str) -> None:
    """Base 1000, three significant digits, trailing zeros dropped, never a thousand of a unit."""
    assert figures.human(size) == shown


def test_an_unknown_size_has_no_digit() -> None:
    """What is not known is said in words, with the reason, and is never 0."""
    shown = Skeleton(figures.size(None, "no-manifest"))
    assert shown.text == "not known"
    assert "no manifest" in figures.size(None, "no-manifest")


def test_an_epoch_date_is_a_reproducible_build() -> None:
    """A build without a date is called that, never "56 years ago"."""
    assert Skeleton(figures.created(None, "reproducible")).text == "reproducible build, no date"


@pytest.mark.parametrize(
    ("command", "masked"),
    [
        ("ENV DB_PASSWORD=hunter2 PATH=/bin", "ENV DB_PASSWORD=•••••• PATH=/bin"),
        ("export api_key='a b' && run", "export api_key=•••••• && run"),
        ('GITHUB_TOKEN="x y" z', "GITHUB_TOKEN=•••••• z"),
        ("PATH=/usr/bin", "PATH=/usr/bin"),
        ("echo password", "echo password"),
    ],
)
def test_secrets_in_commands_are_masked(command: str, masked: str) -> None:
    """The value of a secret-looking assignment is never repeated; everything else stays."""
    assert secrets.masked_command(command) == masked


def test_masking_is_linear() -> None:
    """Megabytes of nearly matching text take no noticeable time (the test's time limit would end it)."""
    secrets.masked_command("TOKEN" * 200_000 + "A=" + 'B="' * 100_000)


def test_short_values_in_a_row_are_escaped_each() -> None:
    """A list of options is as inert as one of them; of none there is nothing."""
    assert codes(("-a", "<b>")) == f"<code>{escape('-a')}</code> <code>{escape('<b>')}</code>"
    assert "<b>" not in codes(("<b>",))
    assert codes(()) == ""
