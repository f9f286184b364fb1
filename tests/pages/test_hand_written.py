"""Hand-written pages in every language: what the English page has, its translation has, and in the reader's words."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from markdown.extensions.toc import slugify  # type: ignore[import-untyped]

from generator.language import ENGLISH, LANGUAGES
from tests.pages.samples import REPOSITORY

HAND_WRITTEN = REPOSITORY / "site_src"
ENGLISH_PAGES = sorted(path.name for path in HAND_WRITTEN.glob("*.md"))
PAIRS = [(language, name) for language in LANGUAGES if language != ENGLISH for name in ENGLISH_PAGES]

_CODE = re.compile(r"^(`{3,}|~{3,}).*?^\1$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) (.+?)(?: \{ #(\S+) \})?$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_WORD = re.compile(r"(?<![\w.@/:-])[A-Za-z]{2,}(?![\w.@/:-]*[\w@/:-])")
"""A word of prose: no part of a path, an address or a name with a version."""


@dataclass(frozen=True, slots=True)
class Page:
    """A hand-written page in its parts."""

    front: str
    """The lines of the front matter."""
    code: tuple[str, ...]
    prose: str
    """The page without its front matter and its blocks of code."""

    @classmethod
    def read(cls, path: Path) -> "Page":
        """Read the page at `path`."""
        _, front, body = path.read_text("utf-8").split("---\n", 2)
        return cls(front, tuple(one[0] for one in _CODE.finditer(body)), _CODE.sub("", body))

    def headings(self) -> list[tuple[str, str]]:
        """Return level and anchor of each heading; an anchor that is not written is the one that Markdown makes."""
        return [(level, anchor or slugify(title, "-")) for level, title, anchor in _HEADING.findall(self.prose)]

    def lines(self) -> list[str]:
        """Return the lines of prose, without quotations, inline code and anchors."""
        plain = re.sub(r"^>.*$|`[^`]*`|\{ #\S+ \}", "", self.prose, flags=re.MULTILINE)
        return [one for one in plain.splitlines() if one.strip()]

    def sections(self) -> dict[str, int]:
        """Return for each anchor the number of paragraphs, list items and lines of tables that follow its heading."""
        parts = re.split(r"\n(?=#)", self.prose)[1:]
        blocks = [re.split(r"\n\s*\n|\n(?=\||- |\d+\. )", part.strip()) for part in parts]
        return {anchor: len(found) - 1 for (_, anchor), found in zip(self.headings(), blocks, strict=True)}

    def tables(self) -> list[int]:
        """Return the number of cells of every line of a table."""
        return [len(re.sub(r"`[^`]*`", "", line).split("|")) for line in self.prose.splitlines() if line[:1] == "|"]


def pair(language: str, name: str) -> tuple[Page, Page]:
    """Return the English page and its translation."""
    return Page.read(HAND_WRITTEN / name), Page.read(HAND_WRITTEN / language / name)


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != ENGLISH])
def test_every_page_is_translated(language: str) -> None:
    """Each hand-written page has its counterpart in each language, and no counterpart is without a page."""
    assert sorted(path.name for path in (HAND_WRITTEN / language).glob("*.md")) == ENGLISH_PAGES


@pytest.mark.parametrize(("language", "name"), PAIRS)
def test_same_sections(language: str, name: str) -> None:
    """A translation has the English page's sections in the same order, under the same anchors, which it writes out."""
    english, translated = pair(language, name)
    expected, got = english.headings(), translated.headings()
    missing = [f"#{anchor}" for _, anchor in expected if anchor not in [one for _, one in got]]
    assert not missing, (
        f"site_src/{name} has sections that site_src/{language}/{name} lacks: {', '.join(missing)}. "
        f"Write them there as well, at the same place and with {{ #the-same-anchor }}; see Words in CONTRIBUTING.md."
    )
    assert got == expected
    assert all(anchor for _, _, anchor in _HEADING.findall(translated.prose)), "a heading without { #anchor }"


@pytest.mark.parametrize(("language", "name"), PAIRS)
def test_same_links_code_and_tables(language: str, name: str) -> None:
    """Links lead to the same targets, blocks of code are the same, and tables have the same lines and columns."""
    english, translated = pair(language, name)
    assert sorted(_LINK.findall(translated.prose)) == sorted(_LINK.findall(english.prose))
    assert translated.code == english.code
    assert translated.tables() == english.tables()


@pytest.mark.parametrize(("language", "name"), PAIRS)
def test_no_sentence_is_missing_or_english(language: str, name: str) -> None:
    """In each section a translation has as many paragraphs, items and lines as English has, and none is in English."""
    english, translated = pair(language, name)
    expected, got = english.sections(), translated.sections()
    differ = [f"#{one} ({count}, here {got.get(one)})" for one, count in expected.items() if got.get(one) != count]
    assert not differ, f"paragraphs in site_src/{name} and site_src/{language}/{name}: {', '.join(differ)}"
    assert [line.partition(":")[0] for line in translated.front.splitlines()] == [
        line.partition(":")[0] for line in english.front.splitlines()
    ]
    left = [one for one in [*translated.lines(), *translated.front.splitlines()] if is_english(one)]
    assert not left, f"site_src/{language}/{name} has this in English: {left}"


def is_english(line: str) -> bool:
    """Tell whether a line consists of more than names, and yet has no Chinese in it."""
    return not _CHINESE.search(line) and len(_WORD.findall(_LINK.sub("]", line))) > 3


def test_english_is_noticed() -> None:
    """Sentences without a Chinese character are found; names, numbers and code are no sentences."""
    assert is_english("This is one sentence.")
    assert is_english("| one | some words are here |")
    assert not is_english("这是 one sentence in the middle。")
    assert not is_english("### GitHub Pages")
    assert not is_english("| Docker Engine 29 | 1.23 MB |")


@pytest.mark.parametrize(
    "path", sorted(HAND_WRITTEN.rglob("*.md")), ids=lambda path: str(path.relative_to(HAND_WRITTEN))
)
def test_descriptions_stay_in_their_attribute(path: Path) -> None:
    """MkDocs Material puts a description into an attribute as it is: nothing in it may end that or begin a tag."""
    descriptions = re.findall("^description: (.*)$", Page.read(path).front, re.MULTILINE)
    assert not [one for one in descriptions if set(one) & set('"<>&')]
