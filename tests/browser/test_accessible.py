"""axe-core over a page of every kind: nothing serious, in light, in dark and on a phone.

Of elements that are repeated within one parent (rows of a table, links of a list) the first few stand for all: that
makes axe ten times as fast, and what a template repeats has the same faults each time. Names, roles and landmarks do
not depend on colours, nor colours on width; so contrast is checked in light and dark, the rest on a desk and a phone.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

PAGES = {
    "home": "",
    "image": "images/alpine/",
    "image missing": "images/absent/",
    "image over time": "images/server/history/",
    "change": "images/server/history/",
    "changes": "changes/",
    "image removed": "images/retired/",
    "status": "status/",
    "compare": "compare/",
    "compare filled": "compare/?images=busybox,server",
    "pair": "compare/alpine/busybox/",
    "commands": "commands/",
    "command": "commands/awk/",
    "find": "find/?for=/etc/passwd",
    "choose": "choose/",
    "pictures": "pictures/",
    "surface": "surface/",
    "sizes": "sizes/",
    "run your own": "run-your-own/",
    "not found": "404.html",
    "image in Chinese": "zh/images/server/",
}
FILLED_BY_SCRIPT = {"compare filled": "[data-compare-results] table", "find": "#find-path"}
REPEATED = 6
THIN = """most => {
  for (const parent of document.querySelectorAll(".md-content, .md-content *")) {
    const seen = new Map();
    for (const child of Array.from(parent.children)) {
      const kind = [child.tagName, child.className, child.getAttribute("role")].join(" ");
      seen.set(kind, (seen.get(kind) || 0) + 1);
      if (seen.get(kind) > most && !/^(H[1-6]|TH) /.test(kind)) child.remove();
    }
  }
}"""
RUN = """options => axe.run(options).then(found =>
  found.violations.map(one => [one.id, one.impact, one.nodes.map(node => node.target.join(" "))]))"""
ALL = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
ALL_BUT_COLOURS = ALL | {"rules": {name: {"enabled": False} for name in ("color-contrast", "link-in-text-block")}}


@pytest.fixture(scope="module")
def reader(browser: Browser) -> Iterator[BrowserContext]:
    """Give a context that lets axe in past the pages' policy."""
    context = browser.new_context(reduced_motion="reduce", bypass_csp=True)
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def page(reader: BrowserContext) -> Iterator[Page]:
    """Give a page of that context."""
    page = reader.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("kind", PAGES)
def test_axe_finds_nothing_serious(page: Page, whole_site: str, kind: str) -> None:
    """Names, contrast, landmarks, tables and what scrolls are as WCAG 2.1 A and AA want them, in every look."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")
    answer = page.goto(whole_site + PAGES[kind])
    assert answer and answer.ok
    if kind == "change":  # its address has digests in it
        page.click(".bx-log a")
        page.wait_for_url("**/changes/**")
    if kind in FILLED_BY_SCRIPT:
        page.wait_for_selector(FILLED_BY_SCRIPT[kind])
    page.evaluate(THIN, REPEATED)
    page.evaluate(AXE_SCRIPT)
    found = serious(page, "light", ALL)
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("body[data-md-color-scheme=slate]")
    found += serious(page, "dark", COLOURS)
    page.set_viewport_size({"width": 390, "height": 800})
    found += serious(page, "phone", ALL_BUT_COLOURS)
    assert found == []


def serious(page: Page, look: str, options: dict[str, Any]) -> list[str]:
    """Run axe; return what is serious or critical: look, page, rule and places."""
    return [
        f"{look}: {page.url}: {rule}: {', '.join(places)}"
        for rule, impact, places in page.evaluate(RUN, options | {"resultTypes": ["violations"]})
        if impact in ("serious", "critical")
    ]


def test_axe_would_find_it(page: Page, whole_site: str) -> None:
    """A pale word and an image without a name, put into a page, are both found: the check can fail."""
    page.goto(whole_site + "status/")
    page.evaluate(
        """() => document.querySelector("h1").insertAdjacentHTML("afterend",
             '<p style="color: #bbb; background: #fff">pale</p><img src="data:,">')"""
    )
    page.evaluate(AXE_SCRIPT)
    rules = {line.split(": ")[2] for line in serious(page, "light", ALL)}
    assert {"color-contrast", "image-alt"} <= rules
