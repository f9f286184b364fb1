"""The matrix as a person uses it: filter, reload, pick, compare, follow the evidence; by keyboard where it matters."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from generator.analysis.document import Document
from generator.targets import Group
from tests.browser.conftest import Quiet
from tests.builders import file, image, tar
from tests.opened import analyzed
from tests.pages.samples import Sample, outcome, sample, target
from tests.pages.site_build import build

pytestmark = pytest.mark.browser

SHELL = file("bin/sh", b"#!/bin/x\n", mode=0o755)


def documents() -> dict[str, Document]:
    """Make four images: with and without a shell, root and not; and one of which nothing of that is known."""
    built = {
        "shell-root": image([tar([SHELL, file("a", b"a" * 9000)])]),
        "shell-user": image([tar([SHELL, file("b", b"b" * 70)])], run={"User": "65532"}),
        "bare-root": image([tar([file("c", b"c" * 500)])]),
        "bare-user": image([tar([file("d", b"d" * 30)])], run={"User": "65532"}),
    }
    found = {name: analyzed(one) for name, one in built.items()}
    old = analyzed(image([tar([file("e", b"e" * 40)])]))
    names = [one.name for one in msgspec.structs.fields(old.sections) if one.name != "os_release"]
    sections = msgspec.structs.replace(old.sections, **dict.fromkeys(names))
    return found | {"too-old": msgspec.structs.replace(old, sections=sections)}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[str]:
    """Serve a site of these images."""
    made = documents()
    group = Group(name="all", title="All", targets=tuple(target(name) for name in made))
    configuration = msgspec.structs.replace(sample().configuration, groups=(group,))
    one = Sample(
        configuration,
        tuple(outcome(name, document.subject) for name, document in made.items()),
        {document.subject: document for document in made.values()},
    )
    folder: Path = build(one, tmp_path_factory.mktemp("matrix"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """Open the front page."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(10_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(site)
    yield page
    context.close()
    assert errors == []


def names(page: Page) -> list[str]:
    """Return the names of the rows that are shown, in order."""
    shown: list[str] = page.eval_on_selector_all(
        "tr[data-row]:not([hidden])", "rows => rows.map(row => row.dataset.row)"
    )
    return shown


def chip(page: Page, name: str) -> None:
    """Press a chip."""
    page.get_by_role("button", name=name, exact=True).click()


def test_no_shell_and_non_root(page: Page) -> None:
    """Two chips leave what is proven; what is not known is counted apart; reload and back keep and undo it."""
    chip(page, "no shell")
    assert names(page) == ["bare-root", "bare-user"]
    chip(page, "non-root")
    assert names(page) == ["bare-user"]
    assert page.locator("[data-bx-count]").inner_text() == "1 of 5 images; for 1 it is not known"
    assert page.url.endswith("?is=no-shell,non-root")
    page.reload()
    assert names(page) == ["bare-user"]
    assert page.get_by_role("button", name="non-root").get_attribute("aria-pressed") == "true"
    page.go_back()
    assert names(page) == ["bare-root", "bare-user"]
    page.go_forward()
    assert names(page) == ["bare-user"]


def test_what_is_not_known_is_neither_yes_nor_no(page: Page) -> None:
    """The image of an older document is in neither of two opposite answers, and is told to be open."""
    chip(page, "a shell")
    with_shell = names(page)
    assert page.locator("[data-bx-count]").inner_text() == "2 of 5 images; for 1 it is not known"
    chip(page, "no shell")
    assert page.get_by_role("button", name="a shell", exact=True).get_attribute("aria-pressed") == "false"
    assert sorted([*with_shell, *names(page)]) == ["bare-root", "bare-user", "shell-root", "shell-user"]
    cell = page.locator('tr[data-row="too-old"] td[data-key="shell"]')
    assert cell.text_content() == "not known"


def test_two_images_are_picked_and_compared_by_keyboard(page: Page) -> None:
    """Space picks, Enter on the second box goes to the pair's page or to the comparison."""
    boxes = page.locator('td[data-key="pick"] input')
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pick one more to compare")).to_be_disabled()
    boxes.nth(2).focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Compare 2 images")).to_be_visible()
    assert page.url.endswith("?pick=shell-root,bare-root")
    with page.expect_navigation(url="**/compare/?images=shell-root,bare-root"):
        page.keyboard.press("Enter")


def test_neighbours_lead_to_their_pair_page(page: Page) -> None:
    """Where a pair has a page of its own, that is where comparing leads; going back finds the boxes as they were."""
    boxes = page.locator('td[data-key="pick"] input')
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.get_by_role("button", name="Compare 2 images").click()
    page.wait_for_url("**/compare/shell-root/shell-user/")
    page.go_back()
    expect(boxes.nth(0)).to_be_checked()
    expect(page.get_by_role("button", name="Compare 2 images")).to_be_visible()


def test_at_most_four_are_compared(page: Page) -> None:
    """After four boxes the fifth cannot be checked until another is let go."""
    boxes = page.locator('td[data-key="pick"] input')
    for number in range(4):
        boxes.nth(number).check()
    expect(boxes.nth(4)).to_be_disabled()
    boxes.nth(1).uncheck()
    expect(boxes.nth(4)).to_be_enabled()


def test_every_cell_leads_to_its_evidence(page: Page, site: str) -> None:
    """Each link of a row goes to a page that has the anchor it names."""
    links = page.eval_on_selector_all(
        'tr[data-row="shell-user"] td a', "found => found.map(one => one.getAttribute('href'))"
    )
    assert len(links) == 22
    anchors = {link.partition("#")[2] for link in links}
    page.locator('tr[data-row="shell-user"] td[data-key="shell"] a').click()
    page.wait_for_url("**/images/shell-user/#commands")
    there = set(page.eval_on_selector_all("[id]", "found => found.map(one => one.id)"))
    assert anchors <= there, anchors - there
    assert page.locator("#commands").bounding_box()["y"] < 900  # type: ignore[index]


def test_columns_are_chosen_and_kept(page: Page) -> None:
    """A column that is asked for appears, one that is let go disappears, and the address brings both back."""
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("Layers", exact=True).check()
    page.get_by_label("Shell", exact=True).uncheck()
    page.keyboard.press("Escape")
    assert not page.get_by_label("Layers", exact=True).is_visible()
    page.goto(page.url)
    row = page.locator('tr[data-row="bare-root"]')
    assert row.locator('td[data-key="layers"]').is_visible()
    assert not row.locator('td[data-key="shell"]').is_visible()


def test_the_standard_columns_fit(page: Page) -> None:
    """At 1280 pixels nothing scrolls sideways, neither the page nor the table."""
    wide = page.eval_on_selector(".bx-images", "table => table.scrollWidth - table.parentNode.clientWidth")
    assert wide <= 0
    assert "is-fitting" in (page.locator(".bx-matrix .bx-scroll").get_attribute("class") or "")


def test_every_column_can_be_hidden(page: Page) -> None:
    """The stylesheet has a rule for every column that the page has."""
    shown = page.evaluate(
        """() => {
          const table = document.querySelector(".bx-images");
          const keys = Array.from(table.tHead.rows[0].cells).map(head => head.dataset.key);
          table.dataset.hidden = keys.join(" ");
          return keys.filter(key => table.querySelector(`[data-key="${key}"]`).offsetParent);
        }"""
    )
    assert shown == ["pick", "name"]


def test_the_rules_page_says_what_excluded_each(page: Page, site: str) -> None:
    """Under "The smallest with a shell" the smaller one stands first, and the others stand with their reason."""
    page.goto(site + "choose/#shell")
    section = page.locator("h2#shell + div")
    fits = section.locator(".bx-fits tbody th").all_inner_texts()
    assert fits == ["Shell User", "Shell Root"]
    section.locator("summary").click()
    excluded = section.locator("details tbody tr").all_inner_texts()
    assert [line.split("\t")[0] for line in excluded] == ["Bare User", "Bare Root"]
    assert all("it has a shell" in line for line in excluded)
    assert "Too Old" in section.locator("h3 + table").inner_text()


def test_of_many_rows_the_first_are_shown_and_none_is_lost(browser: Browser, site: str) -> None:
    """Above the limit (two here) rows wait for a button; counts, filters and sorting are about all of them."""

    def fewer(route: Route) -> None:
        script = route.fetch().text()
        assert script.count("MANY = 200") == 1
        route.fulfill(body=script.replace("MANY = 200", "MANY = 2"), content_type="text/javascript")

    page = browser.new_page()
    page.route("**/images.js", fewer)
    page.goto(site)
    more = page.locator("[data-bx-more] button")
    assert names(page) == ["shell-root", "shell-user"]
    expect(more).to_have_text("Show all 5 images")
    expect(page.locator("[data-bx-count]")).to_contain_text("5 images")
    page.get_by_role("button", name="docker_size", exact=True).click()
    assert names(page)[0] == "shell-root"
    page.get_by_role("button", name="docker_size", exact=True).click()
    assert "shell-root" not in names(page)
    chip(page, "no shell")
    expect(more).to_be_hidden()
    assert names(page) == ["bare-user", "bare-root"]
    chip(page, "no shell")
    more.click()
    expect(more).to_be_hidden()
    assert len(names(page)) == 5
    assert page.evaluate("document.activeElement.closest('tr').rowIndex > 2")
    page.close()
