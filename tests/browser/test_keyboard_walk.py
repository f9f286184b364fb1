"""One walk through the site with the keyboard alone: no click, and the focus is never set by the test.

At every stop of the Tab key the focused element must be on the screen, not covered, and marked by a ring.
"""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


class Stop(NamedTuple):
    """Where the focus is."""

    name: str
    fits: bool
    """It is the element that was looked for."""
    seen: bool
    """Its middle, or a corner of it, is in the window and nothing lies over it."""
    ringed: bool


# The theme's switch of colours is an input without size before the label that is seen.
STOP = """selector => {
  const at = document.activeElement;
  const shown = at.matches(".md-option") ? at.nextElementSibling : at;
  const box = shown.getBoundingClientRect();
  const spots = [[.5, .5], [.02, .5], [.5, .02], [.98, .9]].map(([x, y]) =>
    document.elementFromPoint(box.left + box.width * x, box.top + box.height * y));
  const style = getComputedStyle(shown);
  const drawn = at.matches("svg a") ? getComputedStyle(at.querySelector("rect, path, circle")) : null;
  return [
    `${at.tagName.toLowerCase()} ${(at.getAttribute("aria-label") || at.textContent || "").trim().slice(0, 40)}`,
    at.matches(selector),
    box.width > 0
      && spots.some(spot => spot && (shown.contains(spot) || spot.tagName !== "BODY" && spot.contains(shown))),
    style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none"
      || drawn && drawn.stroke !== "none" && parseFloat(drawn.strokeWidth) >= 2,
  ];
}"""


def stop(page: Page, selector: str = "body") -> Stop:
    """Say where the focus is and what a person sees of it."""
    return Stop(*page.evaluate(STOP, selector))


def walk(page: Page, selector: str, *, most: int, key: str = "Tab") -> list[str]:
    """Press the key until the focus is on what fits the selector; return what was passed, that included."""
    passed: list[str] = []
    for _ in range(most):
        page.keyboard.press(key)
        page.wait_for_timeout(20)
        here = stop(page, selector)
        passed.append(here.name)
        assert here.seen, f"the focus is out of sight on {here.name}, after {passed}"
        assert here.ringed, f"no ring around {here.name}"
        if here.fits:
            return passed
    raise AssertionError(f"{selector} is not within {most} stops: {passed}")


@pytest.fixture
def page(browser: Browser, whole_site: str) -> Iterator[Page]:
    """Open the front page; nothing may be complained about on the whole walk."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(whole_site)
    yield page
    context.close()
    assert complaints == []


def rows(page: Page) -> list[str]:
    """Return the names of the rows that are shown."""
    shown: list[str] = page.eval_on_selector_all("tr[data-row]:not([hidden])", "all => all.map(one => one.dataset.row)")
    return shown


def test_everything_is_reached_without_a_mouse(page: Page, whole_site: str) -> None:
    """Filter, pick, compare, follow evidence, find a path, change the language, by Tab, Enter, arrows and typing."""
    # The first stop leads past the header, into the page.
    assert walk(page, ".md-skip", most=1) == ["a Skip to content"]
    page.keyboard.press("Enter")
    page.wait_for_url(f"{whole_site}#home")

    # Two chips leave the images without a shell whose user is not root.
    walk(page, "[data-bx-chip=no-shell]", most=12)
    page.keyboard.press("Enter")
    walk(page, "[data-bx-chip=non-root]", most=16)
    page.keyboard.press("Space")
    assert stop(page, "[data-bx-chip=non-root][aria-pressed=true]").fits
    assert rows(page) == ["server", "worker"]
    expect(page.locator("[data-bx-count]")).to_have_text("2 of 8 images; for 1 it is not known")

    # Two boxes, the second reached by an arrow; Enter compares, and the two have a page of their own.
    walk(page, "tr[data-row=server] input", most=24)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pick one more to compare")).to_be_visible()
    page.keyboard.press("ArrowDown")
    assert stop(page, "tr[data-row=worker] input").fits
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Compare 2 images")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/compare/server/worker/")

    # A figure of the pair leads to its evidence on an image's page.
    walk(page, ".md-skip", most=1)
    page.keyboard.press("Enter")
    walk(page, "a[href*='images/server/#']", most=40)
    page.keyboard.press("Enter")
    page.wait_for_url("**/images/server/#*")
    section = page.locator(":target")
    expect(section).to_be_in_viewport()

    # Back to the header and to Find: its box has the focus; type, go to the answer.
    walk(page, ".md-tabs__link[href$='find/']", most=120, key="Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/find/")
    assert stop(page, "[data-find] input").fits
    page.keyboard.type("/usr/bin/env")
    expect(page.locator("#find-path .bx-find__name").first).to_have_text("/usr/bin/env")
    walk(page, "#find-path a[href*='images/tools/']", most=12)
    page.keyboard.press("Enter")
    page.wait_for_url("**/images/tools/#path=/usr/bin/env")
    expect(page.locator(".bx-chosen__path")).to_have_text("/usr/bin/env")
    expect(page.locator(".bx-chosen__path")).to_be_in_viewport()

    # The same page and the same path in Chinese.
    walk(page, ".bx-languages__link", most=160, key="Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{whole_site}zh/images/tools/#path=/usr/bin/env")
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    expect(page.locator(".bx-chosen__path")).to_have_text("/usr/bin/env")
