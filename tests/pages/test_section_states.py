"""Every section on a whole image page, in every state: what is found, none, not known and failed are told apart."""

import html
import re

import msgspec
import pytest

from generator.analysis.sections import Sections
from generator.analysis.sections.base import Failure, Section
from tests.pages.samples import document, sample
from tests.pages.test_render import render

NAMES = Sections.__struct_fields__
STATES = ("absent", "failed", "unknown")
REASON = "at 17: a rule that this file breaks"


def in_state(name: str, state: str) -> Section | None:
    """Return a section in a state; None is what an older document has."""
    if state == "unknown":
        return None
    (field,) = [one for one in msgspec.structs.fields(Sections) if one.name == name]
    kinds = msgspec.inspect.type_info(field.type)
    options = kinds.types if isinstance(kinds, msgspec.inspect.UnionType) else (kinds,)
    (kind,) = [one.cls for one in options if isinstance(one, msgspec.inspect.StructType)]
    section = kind(state=state, failure=Failure("format", REASON) if state == "failed" else None)
    assert isinstance(section, Section)
    return section


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give the page of one image for each state, with every section in it."""
    written = {}
    for state in STATES:
        whole = document(word="alpine")
        states = {name: in_state(name, state) for name in NAMES if name != "os_release" or state != "unknown"}
        made = msgspec.structs.replace(whole, sections=msgspec.structs.replace(whole.sections, **states))
        folder = tmp_path_factory.mktemp(state) / "docs"
        site = sample()
        documents = {**site.documents, made.subject: made}
        render(site, folder, documents.__getitem__)
        written[state] = (folder / "images" / "alpine" / "index.md").read_text()
    return written


def part(page: str, name: str) -> str:
    """Return a section of a page: from its heading to the next one."""
    anchor = {"identity": "users"}.get(name, name.replace("_", "-"))
    found = re.search(rf"^## .* {{ #{anchor}( [^}}]*)?}}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found is not None, f"no heading with the id {anchor}"
    return " ".join(html.unescape(found[2]).split())


@pytest.mark.parametrize("name", NAMES)
def test_states_have_words_of_their_own(name: str, pages: dict[str, str]) -> None:
    """None, not known and failed are three different sentences under one heading with a stable id."""
    parts = {state: part(page, name) for state, page in pages.items()}
    assert len(set(parts.values())) == len(parts)
    assert "None." in parts["absent"]
    assert "Could not be read:" in parts["failed"]
    assert REASON in parts["failed"]
    assert "messages/#format" in parts["failed"]
    for state, other in (("absent", "Could not be read"), ("failed", "None."), ("absent", "not known")):
        assert other not in parts[state], state
    if name != "os_release":  # every document has it
        assert "not known" in parts["unknown"]
        assert "did not look for this" in parts["unknown"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("state", STATES)
def test_the_term_is_explained_in_every_state(name: str, state: str, pages: dict[str, str]) -> None:
    """A sentence says what the section is about to someone who does not know the term, also where there is nothing."""
    sentence = re.search(r'<p class="bx-what">(.*?)</p>', part(pages[state], name))
    assert sentence is not None
    words = re.sub(r"<[^>]*>", "", sentence[1])
    assert len(words.split()) >= 10
    assert words.endswith(".")
