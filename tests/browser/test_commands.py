"""The index of commands and a command's page, used as a person does."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Opener, Quiet
from tests.pages.commands_sample import commands_sample
from tests.pages.site_build import build

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[str]:
    """Serve a site of images with commands."""
    site: Path = build(commands_sample(), tmp_path_factory.mktemp("commands"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def shown(page: Page) -> list[str]:
    """Return the names of the rows that are shown."""
    names: list[str] = page.eval_on_selector_all(
        "tr[data-n]", "rows => rows.filter(row => row.offsetParent !== null).map(row => row.dataset.n)"
    )
    return names


def test_from_the_index_to_an_option(open_page: Opener) -> None:
    """Filter to `ls`, open it, find --time-style: in the table of one, not in that of the other."""
    page = open_page("commands/")
    page.get_by_label("Command", exact=True).fill("ls")
    assert shown(page) == ["ls"]
    assert page.locator("[data-bx-count]").inner_text() == "1 of 8 commands"
    page.get_by_role("link", name="ls", exact=True).click()
    page.wait_for_url("**/commands/ls/")
    page.get_by_label("Option", exact=True).fill("--time")
    assert shown(page) == ["--time-style"]
    cells = page.locator('tr[data-n="--time-style"] td').all_inner_texts()
    assert [one.strip() for one in cells] == ["in the option table", "not in the option table"]
    page.get_by_label("Option", exact=True).fill("")
    page.get_by_label("only what differs").check()
    assert "-a" not in shown(page)
    assert "differs=1" in page.url


def test_choices_narrow_the_index_and_the_address_keeps_them(open_page: Opener) -> None:
    """Where, provider and trade narrow the rows; the same address shows the same rows again."""
    page = open_page("commands/")
    assert shown(page) == ["[", "adduser", "apk", "apt", "find", "ls", "sh", "truncate"]
    page.get_by_label("Where").select_option("all")
    assert shown(page) == ["find", "ls"]
    page.get_by_label("Where").select_option("one")
    assert shown(page) == ["apk", "apt", "sh"]
    page.get_by_label("Trade").select_option("package manager")
    assert shown(page) == ["apk", "apt"]
    assert shown(open_page(page.url.split("/", 3)[3])) == ["apk", "apt"]
    page.get_by_label("Provider").select_option("s")
    assert shown(page) == []
    page.get_by_role("button", name="Show all").click()
    page.get_by_label("Provider").select_option("differs")
    assert shown(page) == ["[", "adduser", "find", "ls", "truncate"]


def test_without_a_script_everything_is_there(open_page: Opener) -> None:
    """Every row is shown and every cell has its words; only the filters are missing."""
    page = open_page("commands/", script=False)
    assert page.locator("tr[data-n]").count() == 8
    assert page.locator("[data-bx-commands-tools]").is_hidden()
    assert page.locator("#c-adduser td").all_text_contents() == ["script", "applet", "–", "–", "?"]


def test_the_names_stay_in_sight(open_page: Opener) -> None:
    """Head and first column stay while the table scrolls, and a phone's page does not scroll sideways."""
    page = open_page("commands/ls/", width=320)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = page.locator(".bx-options-box")
    before = page.locator("tr[data-n] th").first.bounding_box()
    box.evaluate("box => { box.scrollLeft = 30; }")
    after = page.locator("tr[data-n] th").first.bounding_box()
    assert before is not None
    assert after is not None
    assert before["x"] == after["x"]
    assert box.evaluate("box => box.scrollLeft") > 0
