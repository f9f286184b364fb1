"""Sections of inspectors on the image page: their states, and the table that every section has without a template."""

from pathlib import Path

import msgspec

from generator.analysis.sections.base import Part, Section
from generator.pages import sections
from generator.pages.environment import Templates
from tests.pages.samples import HOSTILE, REPOSITORY, document
from tests.pages.test_markup import converted


class Item(Part, frozen=True):
    path: str
    owned_size: int | None
    setuid: bool
    note: str


class Found(Part, frozen=True):
    layer: int
    items: tuple[Item, ...]
    owners: list[int]
    words: dict[str, str]


class FoundSection(Section, frozen=True):
    found: Found | None = None


def shown(section: Section | None, folder: Path = REPOSITORY / "templates") -> sections.SectionView:
    """Return the view of a section that no template knows."""
    made = msgspec.defstruct("Sections", [("new_thing", Section | None)], frozen=True)(section)
    whole = document()
    (view,) = sections.views(msgspec.structs.replace(whole, sections=made), Templates(folder))
    return view


def test_a_section_without_a_template_is_shown_by_its_fields() -> None:
    """Bytes, layers, paths, yes and no, unknown values and long lists are told by the house's names."""
    items = (Item("/bin/su", 71_912, True, "x"), Item("/bin/sh", None, False, ""))
    view = shown(FoundSection("found", None, Found(0, items, [-1] * 5000, {"a": "b"})))
    page = converted(f"<div>\n{view.body}\n</div>")
    text = " ".join(page.text.split())
    assert view.title == "New thing"
    assert view.anchor == "new-thing"
    assert "layer 1" in text.replace("\n", " ") or "layer1" in text
    assert "71.9 kB yes" in text.replace("kByes", "kB yes")
    assert "not known" in text
    assert "5,000 values, in the document" in text
    assert ("a", ("class", "href")) in page.tags


def test_hostile_findings_are_text() -> None:
    """No string in a section changes the structure of its tables."""

    def body(word: str) -> str:
        found = Found(0, (Item(f"relative {word}", 1, True, word),), [], {word: word})
        return f"<div>\n{shown(FoundSection('found', None, found)).body}\n</div>"

    plain = converted(body("harmless")).tags
    for word in HOSTILE:
        assert converted(body(word)).tags == plain, word


def test_states_are_told_apart() -> None:
    """Absent, failed and never looked for are three different things."""
    assert shown(FoundSection("absent")).state == "absent"
    assert shown(None).state == "unknown"
