"""The pages of commands: their words, addresses, marks and weight."""

import gzip
import html
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import text
from generator.analysis.sections.commands import CommandOptionsFound
from generator.compare.commands import Shared, commands_of
from generator.formats.option import Claim
from generator.pages import commands
from generator.pages.commands import CLAIMS, LONGEST_SLUG, MOST_COLUMNS, MOST_PAGES, WIDEST, slug_of
from generator.pages.environment import Templates
from generator.pages.site import Site, arrange
from tests.pages.commands_sample import ALPINE, GNU_LS, applet, commands_sample, program, with_commands
from tests.pages.samples import HOSTILE, REPOSITORY
from tests.pages.site_build import rendered
from tests.pages.test_markup import converted


def words(page: Path) -> str:
    """Return a page's text, blanks made one."""
    return " ".join(converted(page.read_text()).text.split())


def cells(page: Path, anchor: str) -> list[tuple[str, ...]]:
    """Return class and words of every cell of a row."""
    row = re.search(rf'<tr id="{re.escape(anchor)}".*?</tr>', page.read_text(), re.DOTALL)
    assert row is not None, anchor
    found = re.findall(r'<td(?: class="(\w+)")?(?: title="[^"]*")?>([^<]*)</td>', row[0])
    return [(mark, html.unescape(shown)) for mark, shown in found]


def structure(page: Path) -> list[tuple[str, tuple[str, ...]]]:
    """Return a page's elements; its front matter, which is no Markdown, left out."""
    return converted(page.read_text().split("\n---\n", 1)[1]).tags


def rows_of(page: Path) -> int:
    """Return how many commands the index lists."""
    return sum(name == "tr" and "data-n" in attributes for name, attributes in structure(page))


def tops(folder: Path) -> list[str]:
    """Return what there is at the root of the pages."""
    return sorted(path.name for path in folder.iterdir())


@given(st.text(min_size=1))
def test_a_slug_stays_in_its_folder(name: str) -> None:
    """No name gives a path with a separator, a hidden file, or another folder than its own."""
    assert re.fullmatch(r"[A-Za-z0-9_+~-][A-Za-z0-9._+~-]*", slug_of(name))


@given(st.text(min_size=1, max_size=4), st.text(min_size=1, max_size=4))
def test_slugs_differ_where_names_do(a: str, b: str) -> None:
    """Two names never share an address."""
    assert (slug_of(a) == slug_of(b)) == (a == b)


@pytest.mark.parametrize(
    ("name", "slug"),
    [("ls", "ls"), ("g++", "g++"), ("[", "~5b"), ("[[", "~5b~5b"), ("..", "~2e."), ("a/b", "a~2fb"), ("~", "~7e")],
)
def test_plain_names_are_their_own_address(name: str, slug: str) -> None:
    """A plain name stands in the address as it is, every other byte as its number."""
    assert slug_of(name) == slug


def test_every_claim_has_words() -> None:
    """Each thing that may be said has words, and none says that an option is unsupported."""
    assert set(CLAIMS) == set(Claim.__args__)  # type: ignore[attr-defined]
    assert not any("support" in one for one in CLAIMS.values())


def test_the_index_tells_absent_from_not_known(tmp_path: Path) -> None:
    """A cell is a kind with its provider, a dash, or a question mark, in the order of images.yml."""
    page = rendered(commands_sample(), tmp_path) / "commands/index.md"
    assert cells(page, "c-ls") == [("e", "program"), ("a", "applet"), ("a", "applet"), ("", "–"), ("q", "?")]
    assert cells(page, "c-adduser") == [("s", "script"), ("a", "applet"), ("", "–"), ("", "–"), ("q", "?")]
    assert 'title="BusyBox 1&#46;36&#46;1"' in page.read_text()
    assert 'href="~5b/"' in page.read_text()
    assert 'href="apt/"' not in page.read_text()


def test_a_command_is_told_with_real_figures(tmp_path: Path) -> None:
    """The page names both providers with their counts, and says once what silence means."""
    folder = rendered(commands_sample(), tmp_path) / "commands"
    said = words(folder / "ls/index.md")
    assert "ls: 4 options in /usr/bin/ls (Debian), 3 in BusyBox 1.36.1 (Alpine)." in said
    assert "1 option is in every column that could be analysed, 5 are not." in said
    assert said.count("not thereby unsupported") == 1
    assert "Not on the PATH of: Scratch." in said
    assert "whole predicates" in words(folder / "find/index.md")
    assert "Older" not in said


def test_marks_of_options(tmp_path: Path) -> None:
    """Yes, no and not analysed are three marks, each with the words that the evidence carries."""
    folder = rendered(commands_sample(odd=with_commands("odd", applet("ls"))), tmp_path) / "commands"
    assert cells(folder / "ls/index.md", "o---time-style") == [
        ("yes", "in the option table"),
        ("no", "not in the option table"),
        ("unknown", "not analysed"),
    ]
    assert cells(folder / "truncate/index.md", "o---size")[1] == ("no", "no long-option table, not documented")
    assert "no table of long options" in words(folder / "truncate/index.md")
    assert "no table of long options" not in words(folder / "find/index.md")
    assert "a script for /bin/sh" in words(folder / "adduser/index.md")


def test_hostile_names_are_text_and_stay_in_their_folder(tmp_path: Path) -> None:
    """Names and options out of an image change neither a page's structure nor the place where it is written."""

    def site(words: tuple[str, ...], where: str) -> Path:
        options = [CommandOptionsFound(1, {"usage text": (f"-{word}",)}) for word in words]
        one = with_commands("one", *(program(*pair) for pair in zip(words, options, strict=True)))
        two = with_commands("two", *(applet(word, GNU_LS) for word in words))
        return rendered(commands_sample(one=one, two=two), tmp_path / where)

    hostile = tuple(text.visible(word) for word in HOSTILE)
    plain = site(tuple(f"harmless{number}" for number in range(len(hostile))), "plain")
    folder = site(hostile, "hostile")
    assert rows_of(folder / "commands/index.md") == rows_of(plain / "commands/index.md")
    pages_made = {path.parent.name for path in (folder / "commands").glob("*/index.md")}
    assert {slug_of(word) for word in hostile if len(slug_of(word)) <= LONGEST_SLUG} <= pages_made
    assert set(tops(folder)) == set(tops(plain))
    like = structure(plain / "commands/harmless0/index.md")
    for word in hostile:
        if len(slug_of(word)) <= LONGEST_SLUG:
            assert structure(folder / "commands" / slug_of(word) / "index.md") == like, word


def test_many_images_change_the_form_and_no_page_explodes() -> None:
    """With 200 images the index counts instead of listing, and a command's page keeps to its columns."""
    names = [f"tool{number:03}" for number in range(400)]
    more = {
        f"image-{number:03}": with_commands(
            f"image-{number:03}", *(applet(name, GNU_LS, version=f"1.{number % 20}.0") for name in [*names, "ls"])
        )
        for number in range(200)
    }
    one = commands_sample(**more)
    images = arrange(one.configuration, {(each.name, each.platform): each for each in one.outcomes})
    shared = Shared()
    known = {image.folder: commands_of(more[image.target.name], shared) for image in images[5:]}
    files = commands.render(Site(one.configuration, images, commands=known), Templates(REPOSITORY / "templates"))
    made = {file.path: file.content for file in files}
    index, page = made.pop("commands/index.md"), made["commands/ls/index.md"]
    assert len(more) > WIDEST
    assert b"bx-commands--wide" not in index
    assert len(gzip.compress(index)) < 40_000
    assert sum(path.endswith("/index.md") for path in made) == MOST_PAGES
    assert page.count(b'<th scope="col">') == MOST_COLUMNS + 1
    assert len(gzip.compress(page)) < 10_000
    assert b"12 more versions, in fewer images, are not shown" in page


def test_the_published_table_is_whole(tmp_path: Path) -> None:
    """The JSON has every command with every image's provider."""
    table = msgspec.json.decode((rendered(commands_sample(), tmp_path) / "api/commands.json").read_bytes())
    assert table["images"][:2] == ["images/debian", "images/alpine"]
    assert table["commands"]["ls"] == {"applet BusyBox 1.36.1": [1, 2], "elf /usr/bin/ls": [0]}
    assert "apt" in table["commands"]


def test_the_image_page_shows_options_by_evidence(tmp_path: Path) -> None:
    """A command's options stand folded on the image's page, with where they were read."""
    page = words(rendered(commands_sample(), tmp_path) / "images/debian/index.md")
    assert "inferred option string: -Z -a" in page
    assert "option table: --all --time-style=" in page
    assert ALPINE.sections.commands is not None
