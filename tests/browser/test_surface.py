"""The table of attack surfaces: its rows in the order of any column, and every figure a way to its list."""

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

NETWORK_TOOLS = "thead tr:last-child th:nth-child(9) button"


def order(page: Page) -> list[tuple[str, str]]:
    """Return the rows' titles and the figures of their network tools, "" where those are not known."""
    return [
        (str(title), str(figure))
        for title, figure in page.evaluate(
            """() => Array.from(document.querySelectorAll(".bx-surfaces tbody tr"), row =>
                 [row.cells[0].dataset.sort, (row.cells[8] || {dataset: {sort: ""}}).dataset.sort])"""
        )
    ]


def test_rows_are_sorted_by_a_click_and_by_the_address(page: Page, whole_site: str) -> None:
    """Most on top, then least, then as they were; what is not known is last both ways; the address remembers."""
    page.goto(whole_site + "surface/")
    at_first = order(page)
    assert ("Absent", "") in at_first
    figures = sorted((int(figure) for _, figure in at_first if figure), reverse=True)
    assert figures[0] > figures[-1] == 0
    page.click(NETWORK_TOOLS)
    assert [figure for _, figure in order(page)] == [*map(str, figures), ""]
    assert page.get_attribute("th[aria-sort]", "aria-sort") == "descending"
    assert page.url.endswith("?sort=8-down")
    page.click(NETWORK_TOOLS)
    upwards = order(page)
    assert [figure for _, figure in upwards] == [*map(str, reversed(figures)), ""]
    page.reload()
    assert order(page) == upwards
    page.click(NETWORK_TOOLS)
    assert order(page) == at_first
    assert "sort" not in page.url
    page.go_back()
    page.wait_for_selector("th[aria-sort=ascending]")
    assert order(page) == upwards


def test_an_address_that_makes_no_sense_sorts_nothing(page: Page, whole_site: str) -> None:
    """Columns that are not there, and words that are no order, leave the rows as they were."""
    page.goto(whole_site + "surface/")
    at_first = order(page)
    for query in ("99-down", "x", "-1-up", "8-sideways"):
        page.goto(f"{whole_site}surface/?sort={query}")
        assert order(page) == at_first


def test_a_figure_leads_to_its_list_without_a_script(browser: Browser, whole_site: str) -> None:
    """The row on the image's page is at the address, and its list opens."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(whole_site + "surface/")
    page.click('a[href="../images/busybox/#surface-shell"]')
    page.wait_for_url("**/images/busybox/#surface-shell")
    page.click("#surface-shell summary")
    assert "/bin/" in page.inner_text("#surface-shell li >> nth=0")
    context.close()
