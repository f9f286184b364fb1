"""The browser's script says how far away an end of life is, from the reader's day."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from generator.pages import life_cycle
from tests.pages.samples import REPOSITORY

pytestmark = pytest.mark.browser

SCRIPT = (REPOSITORY / "site_src/assets/javascripts/lifecycle.js").read_text(encoding="utf-8")
DAYS = ("2026-11-24", "2026-11-25", "2027-01-03", "2027-02-22", "2027-02-23", "2031-11-24", "2026-11-23", "2026-04-03")


@pytest.fixture(params=["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def page(browser: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Page]:
    """Show dates on the morning and in the time zone of a reader for whom it is the 24th of November 2026."""
    file = tmp_path / "page.html"
    times = "".join(str(life_cycle.end(day)).join(("<p>", "</p>")) for day in DAYS)
    file.write_text(f"<!doctype html>{times}<p><time>2020-01-01</time></p><script>{SCRIPT}</script>", encoding="utf-8")
    context = browser.new_context(timezone_id=request.param)
    page = context.new_page()
    hour = {
        "UTC": "2026-11-24T00:30Z",
        "Pacific/Kiritimati": "2026-11-23T10:30Z",
        "Pacific/Pago_Pago": "2026-11-25T10:30Z",
    }
    page.clock.set_fixed_time(hour[request.param])
    page.goto(file.as_uri())
    yield page
    context.close()


def test_days_are_counted_from_the_reader_s_day(page: Page) -> None:
    """Today, days to come and days gone by are right in every time zone; far dates come in years."""
    assert page.locator("p").all_inner_texts() == [
        "2026-11-24 ends today",
        "2026-11-25 ends in 1 day",
        "2027-01-03 ends in 40 days",
        "2027-02-22 ends in 90 days",
        "2027-02-23 ends in 91 days",
        "2031-11-24 ends in 4 years",
        "2026-11-23 ended 1 day ago",
        "2026-04-03 ended 235 days ago",
        "2020-01-01",
    ]


def test_soon_and_over_are_marked(page: Page) -> None:
    """Up to ninety days before the end a date is marked as soon, from the day after it as over."""
    marks = page.eval_on_selector_all("time[data-ends]", "all => all.map(one => one.className.split('--')[1] || '')")
    assert marks == ["soon", "soon", "soon", "soon", "", "", "over", "over"]
