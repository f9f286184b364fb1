"""The built site under its own Content-Security-Policy: everything works, nothing is refused."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, expect

pytestmark = pytest.mark.browser

PAGES = (
    "",
    "images/server/",
    "images/absent/",
    "compare/server/worker/",
    "commands/",
    "commands/awk/",
    "choose/",
    "pictures/",
    "surface/",
    "sizes/",
    "404.html",
    "zh/images/server/",
)

LISTEN = """document.addEventListener("securitypolicyviolation", event =>
  (window.refused = window.refused || []).push(event.violatedDirective + " " + event.blockedURI));"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Give a page; at its end nothing may have been said on the console, refused, or missing."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(LISTEN)
    page = context.new_page()
    page.set_default_timeout(20_000)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on("requestfailed", lambda asked: _note_failed(asked, complaints))
    page.on("response", lambda got: complaints.append(f"{got.url}: {got.status}") if got.status >= 400 else None)
    yield page
    assert refused(page) == []
    context.close()
    assert complaints == []


def _note_failed(asked: Request, complaints: list[str]) -> None:
    if asked.failure != "net::ERR_ABORTED":  # by going to another page
        complaints.append(f"{asked.url}: {asked.failure}")


def refused(page: Page) -> list[str]:
    """Return what the policy has refused on this page."""
    found: list[str] = page.evaluate("window.refused || []")
    return found


def test_no_page_is_refused_anything(page: Page, whole_site: str) -> None:
    """A page of every kind loads all it has, and carries the policy."""
    for path in PAGES:
        page.goto(whole_site + path)
        assert page.locator("head > meta[http-equiv=Content-Security-Policy]").count() == 1, path
        assert refused(page) == [], path


def test_the_search_box_answers(page: Page, whole_site: str) -> None:
    """The theme's search, with its worker, finds a page by a word of it."""
    page.goto(whole_site + "status/")
    page.locator("[data-md-component=search-query]").click()
    page.locator("[data-md-component=search-query]").press_sequentially("formula")
    result = page.locator(".md-search-result__link").first
    expect(result).to_contain_text("formula")


def test_the_front_page_keeps_its_words_from_the_search_box(page: Page, whole_site: str) -> None:
    """Filtering works and lives in ?for=, which the theme's search does not take for its own, as it does ?q=."""
    page.goto(whole_site)
    page.get_by_label("Find", exact=True).fill("musl")
    expect(page.locator("tr[data-row]:not([hidden])")).to_have_count(2)
    page.goto(page.url)
    assert page.url.endswith("?for=musl")
    expect(page.locator("tr[data-row]:not([hidden])")).to_have_count(2)
    assert not page.locator("[data-md-toggle=search]").is_checked()
    page.goto(whole_site + "?q=musl")
    expect(page.locator("[data-md-component=search-query]")).to_have_value("musl")


def test_scripts_that_fetch_work(page: Page, whole_site: str) -> None:
    """The tree opens, Find answers and the comparison fills, each from JSON of the site."""
    page.goto(whole_site + "images/alpine/#path=/etc/passwd")
    expect(page.locator(".bx-chosen__path")).to_have_text("/etc/passwd")
    page.goto(whole_site + "find/")
    page.locator("[data-find] input").fill("/etc/passwd")
    expect(page.locator("#find-path .bx-find__name").first).to_have_text("/etc/passwd")
    page.goto(whole_site + "compare/?images=busybox,alpine,server")
    expect(page.locator("[data-compare-results] table").first).to_be_visible()


def test_a_program_that_was_not_in_the_page_is_refused(browser: Browser, whole_site: str) -> None:
    """The policy is in force: an inline script and an inline handler put into a page do not run."""
    context = browser.new_context()
    context.add_init_script(LISTEN)
    page = context.new_page()
    page.goto(whole_site)
    page.evaluate(
        """() => {
          const program = document.createElement("script");
          program.textContent = "window.ran = true";
          document.body.append(program);
          document.body.insertAdjacentHTML("beforeend", '<button id="evil" onclick="window.ran = true">x</button>');
          document.getElementById("evil").click();
        }"""
    )
    page.wait_for_function("(window.refused || []).length >= 2")
    assert page.evaluate("window.ran") is None
    context.close()
