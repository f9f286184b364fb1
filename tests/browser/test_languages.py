"""Switching languages as a person does."""

import functools
import http.server
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Quiet
from tests.pages.samples import sample
from tests.pages.site_build import build
from tests.pages.test_editions import in_languages

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def bilingual(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[str]:
    """Serve the sample site in English and Chinese."""
    site = build(in_languages(sample(), "en", "zh"), tmp_path_factory.mktemp("languages"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Give a page; at the end it may not have complained, nor asked for what is not there."""
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("response", lambda got: complaints.append(got.url) if got.status >= 400 else None)
    yield page
    context.close()
    assert complaints == []


def test_the_switch_keeps_page_query_and_anchor(page: Page, bilingual: str) -> None:
    """By keyboard alone: from a row of an English page to the same row of the Chinese one, and back."""
    page.goto(f"{bilingual}images/alpine/?x=1#layer-1")
    page.locator(".bx-languages__link").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{bilingual}zh/images/alpine/?x=1#layer-1")
    assert page.locator("html").get_attribute("lang") == "zh"
    assert page.locator("#rootfs").inner_text().startswith("根文件系统")
    page.locator(".bx-languages__link").click()
    page.wait_for_url(f"{bilingual}images/alpine/?x=1#layer-1")


def test_the_tree_speaks_the_page_s_language(page: Page, bilingual: str) -> None:
    """The script finds the tree's columns from below zh/ and says what it found in Chinese."""
    page.goto(f"{bilingual}zh/images/alpine/#path=/etc/passwd")
    page.locator(".bx-chosen__path").wait_for()
    assert page.locator(".bx-chosen__path").inner_text() == "/etc/passwd"
    assert "340 字节" in page.locator(".bx-chosen__facts").inner_text()
    page.locator(".bx-tree input").fill("passwd")
    expect(page.locator(".bx-tree__status")).to_contain_text("个匹配")


def test_chinese_is_found_in_chinese(page: Page, bilingual: str) -> None:
    """The search box below zh/ finds a page by a Chinese word."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{bilingual}zh/status/")
    page.locator("[data-md-component=search-query]").click()
    expect(page.locator(".md-search-result__meta")).not_to_be_empty()
    page.locator("[data-md-component=search-query]").press_sequentially("镜像")
    page.keyboard.press("Shift")  # an input method ends with a key; the theme waits for one
    page.locator(".md-search-result__link").first.wait_for()
    assert "/zh/" in (page.locator(".md-search-result__link").first.get_attribute("href") or "")


def test_without_a_script_the_switch_still_leads_to_the_page(browser: Browser, bilingual: str) -> None:
    """The link is in the page itself."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{bilingual}status/")
    page.locator(".bx-languages__link").click()
    page.wait_for_url(f"{bilingual}zh/status/")
    context.close()
