"""The tree of an image with more than 30,000 entries, in a real browser."""

import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener

pytestmark = pytest.mark.browser

READY = ".bx-tree.is-ready"


def focused(page: Page) -> str:
    """Return the name of the entry that has the focus."""
    name: str = page.evaluate(
        "document.activeElement.querySelector(':scope > .bx-entry > .bx-entry__name').firstChild.data"
    )
    return name.removesuffix("/ ")


def test_the_page_paints_before_the_tree_is_there(open_page: Opener) -> None:
    """The columns are fetched only when the reader comes near; the page holds few elements before and after."""
    page = open_page("images/debian/")
    assert page.locator(READY).count() == 0
    assert "usr" in page.locator(".bx-tree__fallback").inner_text()
    before = page.evaluate("document.getElementsByTagName('*').length")
    page.locator("#rootfs").scroll_into_view_if_needed()
    page.wait_for_selector(READY)
    after = page.evaluate("document.getElementsByTagName('*').length")
    assert before < 3500
    assert after < 3500


def test_the_tree_walks_by_keyboard(open_page: Opener) -> None:
    """One tab stop; arrows open, close and move, Home and End jump, letters find, Enter makes a permalink."""
    page = open_page("images/debian/#rootfs")
    page.wait_for_selector(READY)
    assert page.locator('[role="tree"] [tabindex="0"]').count() == 1
    page.locator('[role="tree"] [tabindex="0"]').focus()
    assert focused(page) == "bin"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert focused(page) == "busybox"
    page.keyboard.press("ArrowLeft")
    assert focused(page) == "bin"
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "false"
    page.keyboard.press("End")
    assert focused(page) == "var"
    page.keyboard.press("Home")
    assert focused(page) == "bin"
    page.keyboard.type("us")
    assert focused(page) == "usr"
    page.keyboard.press("Enter")
    assert page.url.endswith("#path=/usr")
    page.keyboard.press("ArrowDown")
    assert focused(page) == "include"
    page.keyboard.press("ArrowUp")
    assert focused(page) == "usr"
    item = page.locator('[role="tree"] [tabindex="0"]')
    assert item.get_attribute("aria-expanded") == "true"
    assert item.get_attribute("aria-level") == "1"
    assert page.locator('[role="tree"] [tabindex="0"]').count() == 1


def test_a_permalink_opens_and_focuses_its_entry(open_page: Opener) -> None:
    """`#path=…` leads to the entry, however deep, and says so when there is none; following another works too."""
    page = open_page("images/debian/#path=/usr/lib/package-001/file-00100.so")
    page.wait_for_selector(READY)
    assert focused(page) == "file-00100.so"
    assert page.locator(".bx-chosen__path").inner_text() == "/usr/lib/package-001/file-00100.so"
    page.evaluate("location.hash = '#path=/etc/copy%20of%20passwd'")
    expect(page.locator(".bx-chosen__path")).to_have_text("/etc/copy of passwd")
    page.evaluate("location.hash = '#path=/no/such'")
    expect(page.locator(".bx-tree__status")).to_have_text("There is no /no/such in this image.")


def test_search_counts_and_leads_to_the_entry(open_page: Opener) -> None:
    """Matches are counted in a status region; choosing one shows it in the tree and puts it into the address."""
    page = open_page("images/debian/#rootfs")
    page.wait_for_selector(READY)
    box = page.get_by_label("Find in the tree")
    box.fill("lib file-000")
    status = page.locator(".bx-tree__status")
    expect(status).to_contain_text("33 matches")
    box.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert focused(page) == "file-00004.so"
    assert page.url.endswith("#path=/usr/lib/package-000/file-00004.so")
    box.fill("no such file")
    expect(status).to_have_text("Nothing matches.")
    box.press("Escape")
    assert page.locator('[role="tree"]').is_visible()


def test_thirty_thousand_entries_are_quick(open_page: Opener) -> None:
    """Fetching, searching and sorting 30,000 entries each take well under a second."""
    page = open_page("images/debian/")
    start = time.monotonic()
    page.locator("#rootfs").scroll_into_view_if_needed()
    page.wait_for_selector(READY)
    assert time.monotonic() - start < 2
    start = time.monotonic()
    page.get_by_label("Find in the tree").fill("9")
    expect(page.locator(".bx-tree__status")).to_contain_text("the first 200 shown")
    assert time.monotonic() - start < 1.5
    start = time.monotonic()
    page.get_by_label("Order").select_option("size")
    assert time.monotonic() - start < 1.5


def test_the_largest_come_first_when_asked(open_page: Opener) -> None:
    """Ordered by size, every level starts with what holds most bytes."""
    page = open_page("images/debian/#rootfs")
    page.wait_for_selector(READY)
    page.get_by_label("Order").select_option("size")
    assert page.locator('[role="tree"] > li').first.inner_text().startswith("usr")


def test_a_wide_directory_shows_five_hundred_at_a_time(open_page: Opener) -> None:
    """A directory of 1,200 entries makes 500 rows, then 500 more on request; a permalink beyond them still works."""
    page = open_page("images/debian/#path=/var/wide")
    page.wait_for_selector(READY)
    rows = page.locator('[aria-level="3"]')
    assert rows.count() == 501
    page.get_by_text("Show 500 more of 700").click()
    assert rows.count() == 1001
    assert focused(page) == "entry-0500"
    other = open_page("images/debian/#path=/var/wide/entry-1199")
    other.wait_for_selector(READY)
    assert focused(other) == "entry-1199"


def test_without_a_script_a_small_tree_is_whole(open_page: Opener) -> None:
    """Up to 300 entries the page itself holds all of them, to be opened without a script."""
    page = open_page("images/alpine/", script=False)
    tree = page.locator(".bx-tree")
    assert not tree.get_by_text("os-release").is_visible()
    tree.get_by_text("etc/").click()
    assert tree.get_by_text("os-release").is_visible()


def test_the_map_leads_to_the_tree(open_page: Opener) -> None:
    """A rectangle of the map opens its path in the tree."""
    page = open_page("images/debian/")
    page.locator('.bx-treemap a[href="#path=/usr/share"] > rect').click(position={"x": 5, "y": 3})
    expect(page.locator(".bx-chosen__path")).to_have_text("/usr/share")
