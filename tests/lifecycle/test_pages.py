"""What pages say of the life cycle: dates for machines, no clock, and hostile names as text."""

import html
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from generator.lifecycle.calendar import Calendar, Product, Release, shipped
from generator.lifecycle.rules import standing_of
from generator.pages import life_cycle
from generator.pages.environment import Templates
from generator.pages.site import Site, arrange
from tests.pages.samples import HOSTILE, REPOSITORY, Sample, document, outcome, sample, target
from tests.pages.site_build import rendered as render_pages
from tests.pages.test_markup import converted


def one_image(os_release: dict[str, str], state: str = "found", **observed: str) -> Sample:
    """Make a site of one image, `one`, recorded on 2026-11-24."""
    made = document(word="one", os_release=os_release, os_release_state=state)
    found = made.sections.os_release.found
    if found is not None:
        found = msgspec.structs.replace(
            found,
            version_id=os_release.get("VERSION_ID", ""),
            version_codename=os_release.get("VERSION_CODENAME", ""),
            id_like=tuple(os_release.get("ID_LIKE", "").split()),
        )
        section = msgspec.structs.replace(made.sections.os_release, found=found)
        made = msgspec.structs.replace(made, sections=msgspec.structs.replace(made.sections, os_release=section))
    whole = sample()
    group = msgspec.structs.replace(whole.configuration.groups[0], targets=(target("one"),))
    configuration = msgspec.structs.replace(whole.configuration, groups=(group,))
    return Sample(configuration, (outcome("one", made.subject),), {made.subject: made})


def rendered(one: Sample, folder: Path, calendar: Calendar | None = None) -> tuple[str, str]:
    """Return the home page's row and the image page's section, as Markdown."""
    render_pages(one, folder, calendar)
    home = (folder / "index.md").read_text(encoding="utf-8")
    image = (folder / "images/one/index.md").read_text(encoding="utf-8")
    cell = home.partition('<td role="cell" data-key="ends"')[2].partition("</td>")[0]
    cell = cell.replace("&#45;", "-")  # how Markdown keeps its hands off a hyphen
    return cell, image.partition("## Life cycle {")[2].partition("\n## ")[0]


DEBIAN = {"ID": "debian", "VERSION_ID": "12", "PRETTY_NAME": "Distroless"}


def test_a_date_is_written_for_people_and_machines(tmp_path: Path) -> None:
    """The end of life stands as a date, in the machine's form too, and sorts the table by it."""
    cell, section = rendered(one_image(DEBIAN), tmp_path)
    time = '<time datetime="2026-07-11" data-ends="2026-07-11" data-ending="ends {when}" data-ended="ended {when}" '
    time += 'class="bx-ends bx-ends--over">2026-07-11</time>'
    assert 'data-sort="2026-07-11"' in cell
    assert time in html.unescape(cell)
    page = converted(section)
    text = " ".join(page.text.split())
    assert "Debian 12 (Bookworm) reached its end of life on 2026-07-11" in text
    assert "before this image was recorded on 2026-11-24" in text
    assert "Debian LTS goes on until 2028-06-30" in text
    assert "It calls itself Distroless" in text
    assert "ID=debian" in text
    assert "VERSION_ID=12" in text
    assert "https://endoflife.date/ as of 2026-08-22 (MIT" in text


STATES = {
    "rolling": ({"ID": "wolfi"}, "found", "rolling", "Rolling."),
    "development": ({"ID": "debian", "VERSION_CODENAME": "forky"}, "found", "no release yet", "No release yet."),
    "unknown-release": ({"ID": "debian", "VERSION_ID": "99"}, "found", "not known", "Not known. It is Debian"),
    "unknown-distribution": ({"ID": "x", "ID_LIKE": "debian"}, "found", "not known", "it is like debian"),
    "open": ({"ID": "photon", "VERSION_ID": "5.0"}, "found", "no date announced", "no end has been announced"),
    "absent": ({}, "absent", "no os-release", "None. Without an os-release"),
    "unreadable": ({}, "failed", "os-release unreadable", "Could not be read: at 3"),
}


@pytest.mark.parametrize(("fields", "state", "in_cell", "in_section"), STATES.values(), ids=STATES)
def test_what_has_no_date_is_said_in_words(
    fields: dict[str, str], state: str, in_cell: str, in_section: str, tmp_path: Path
) -> None:
    """Each state has words of its own in the table and on the page, no date, and stands last when sorted."""
    cell, section = rendered(one_image(fields, state), tmp_path)
    assert 'data-sort=""' in cell
    assert "data-ends" not in cell
    assert in_cell in " ".join(converted(f"<div><span {cell}</span></div>").text.split())
    assert in_section in " ".join(converted(section).text.split())


def test_other_dates_make_other_pages(tmp_path: Path) -> None:
    """The calendar that is given is the one that counts."""
    debian = Product(title="Debian", releases={"12": Release(ends="2031-02-03")})
    calendar = msgspec.structs.replace(shipped(), as_of="2030-01-01", products={"debian": debian})
    cell, section = rendered(one_image(DEBIAN), tmp_path, calendar)
    assert 'data-sort="2031-02-03"' in cell
    assert "bx-ends--over" not in cell
    text = " ".join(converted(section).text.split())
    assert "Debian 12 reaches its end of life on 2031-02-03" in text
    assert "as of 2030-01-01" in text


def _is_text(word: str) -> bool:
    """Whether a document can hold it: os-release is read as UTF-8, so no stray byte gets this far."""
    return word.encode("utf-8", "replace").decode() == word


def test_hostile_names_are_text() -> None:
    """No field of os-release changes the structure of cell and section."""
    templates = Templates(REPOSITORY / "templates")
    one = one_image({})
    (image,) = arrange(one.configuration, {})
    site = Site(one.configuration, (image,))

    def tags(word: str, known: dict[str, str]) -> object:
        fields = {"ID": word, "VERSION_ID": word, "PRETTY_NAME": word, "ID_LIKE": word} | known
        (made,) = one_image(fields).documents.values()
        body = life_cycle.section(made, image, site, templates).body
        cell = life_cycle.cell(standing_of(made.sections.os_release, site.lifecycle), image).shown
        return converted(f"<div>\n{body}\n</div>").tags, converted(f"<div>{cell}</div>").tags

    for known in ({"ID": "debian", "VERSION_ID": "12"}, {"ID": "debian"}, {"ID": "wolfi"}, {}):
        plain = tags("harmless", known)
        for word in filter(_is_text, HOSTILE):
            assert tags(word, known) == plain, word


def test_pages_do_not_know_today(tmp_path: Path) -> None:
    """A record of an earlier day makes the same dates, and only what had ended by then is said to have ended."""
    one = one_image(DEBIAN)
    (old,) = one.outcomes
    assert old.observation is not None
    earlier = msgspec.structs.replace(old.observation, at="2026-07-11T10:00:00Z")
    before = replace(one, outcomes=(msgspec.structs.replace(old, observation=earlier),))
    cell, section = rendered(before, tmp_path)
    assert "bx-ends--over" not in cell
    assert "Debian 12 (Bookworm) reaches its end of life on" in " ".join(converted(section).text.split())
