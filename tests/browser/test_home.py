"""The table of images in a real browser."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Opener

pytestmark = pytest.mark.browser


def names(page: Page) -> list[str]:
    """Return the names of the rows that are shown, in order."""
    shown: list[str] = page.eval_on_selector_all(
        "tr[data-row]:not([hidden])", "rows => rows.map(row => row.dataset.name)"
    )
    return shown


def test_the_table_sorts_by_keyboard(open_page: Opener) -> None:
    """Each heading is a button: largest first, smallest first, then images.yml's order; unknown stays last."""
    page = open_page("")
    at_first = names(page)
    assert at_first == ["alpine", "alpine", "busybox", "old", "debian", "unread"]
    heading = page.locator('th[data-key="docker_size"]')
    heading.locator("button").focus()
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    assert names(page)[0] == "debian"
    assert names(page)[-1] == "unread"
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"
    assert names(page)[-2:] == ["debian", "unread"]
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") is None
    assert names(page) == at_first


def test_the_table_filters_and_the_address_keeps_it(open_page: Opener) -> None:
    """Words, group and status narrow the rows; the same address shows the same rows again."""
    page = open_page("")
    page.get_by_label("Find").fill("linux v3.20 arm64")
    assert names(page) == ["alpine"]
    assert page.locator("[data-bx-count]").inner_text() == "1 of 6 images"
    page.get_by_label("Find").fill("")
    page.get_by_role("combobox", name="Status").select_option("deprecated")
    page.get_by_label("Size means").select_option("podman_size")
    assert names(page) == ["debian"]
    again = open_page(page.url.split("/", 3)[3])
    assert names(again) == ["debian"]
    assert (
        again.locator('td[data-key="podman_size"]').nth(0).evaluate("cell => getComputedStyle(cell).display") != "none"
    )
    assert again.get_by_role("combobox", name="Status").input_value() == "deprecated"
    again.get_by_label("Find").fill("no such thing")
    again.get_by_role("button", name="Show all").click()
    assert len(names(again)) == 6


def test_one_size_is_shown_at_a_time_or_all_six(open_page: Opener) -> None:
    """The choice of what size means changes the column; "all six" shows them side by side."""
    page = open_page("")
    shown = "tds => tds.filter(td => td.offsetParent).map(td => td.dataset.key)"
    cells = '[data-name="debian"] td.bx-col-size'
    assert page.eval_on_selector_all(cells, shown) == ["docker_size"]
    page.get_by_label("Size means").select_option("rootfs_size")
    assert page.eval_on_selector_all(cells, shown) == ["rootfs_size"]
    page.get_by_label("Size means").select_option("all")
    assert len(page.eval_on_selector_all(cells, shown)) == 6


def test_without_a_script_the_standard_columns_are_there(open_page: Opener) -> None:
    """The table needs no script to be read: the same columns, in images.yml's order, and nothing to press."""
    with_script, without = open_page(""), open_page("", script=False)
    shown = [
        [cell.get_attribute("data-key") for cell in page.locator('[data-name="debian"] > *').all() if cell.is_visible()]
        for page in (with_script, without)
    ]
    assert [key for key in shown[0] if key != "pick"] == shown[1]
    assert {"name", "docker_size", "shell", "libc", "ends"} <= set(shown[1])
    assert names(without) == names(with_script)
    assert not without.get_by_label("Find").is_visible()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("path", ["", "images/debian/", "images/busybox/", "images/unread/", "status/", "sizes/"])
def test_every_page_fits_a_phone(open_page: Opener, path: str, dark: bool) -> None:
    """At 360 pixels nothing makes the page scroll sideways, in light and dark."""
    page = open_page(path, width=360, dark=dark)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    scheme = page.evaluate("document.body.getAttribute('data-md-color-scheme')")
    assert scheme == ("slate" if dark else "default")


@pytest.mark.parametrize("dark", [False, True])
def test_text_has_contrast_in_light_and_dark(open_page: Opener, dark: bool) -> None:
    """Body, secondary and link colours reach the 4.5 : 1 that WCAG AA asks for."""
    page = open_page("", dark=dark)
    ratios = page.evaluate(
        """() => {
          const style = getComputedStyle(document.body);
          const light = name => {
            const probe = document.createElement("span");
            probe.style.color = `var(${name})`;
            document.body.append(probe);
            const parts = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(Number);
            probe.remove();
            const [r, g, b] = parts.map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
            return .2126 * r + .7152 * g + .0722 * b;
          };
          const paper = light("--bx-paper");
          const names = ["--bx-ink", "--bx-ink-2", "--bx-accent", "--bx-good", "--bx-warn", "--bx-bad", "--bx-trial"];
          return names.map(name => {
            const [high, low] = [light(name), paper].sort((a, b) => b - a);
            return [name, (high + .05) / (low + .05)];
          });
        }"""
    )
    assert all(ratio >= 4.5 for _, ratio in ratios), ratios
