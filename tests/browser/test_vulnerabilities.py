"""Known vulnerabilities in the browser: sorting, filtering, addresses, and the database's age on the reader's day."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page

from generator.advisories.assessment import Exploited, Finding, tallied
from tests.advisories.findings import assessment, finding
from tests.browser.conftest import loopback
from tests.pages.samples import REPOSITORY
from tests.pages.test_vulnerabilities import body, given

pytestmark = pytest.mark.browser

SCRIPT = (REPOSITORY / "site_src/assets/javascripts/vulnerabilities.js").read_text(encoding="utf-8")
OTHERS = tuple(replace(finding(f"CVE-2026-20{n:02}", "zlib", severity="low"), published="2026-02-01") for n in range(8))
FINDINGS: tuple[Finding, ...] = (
    replace(finding("CVE-2026-1001", "openssl", severity="critical", fixed="2"), published="2026-03-01"),
    replace(finding("CVE-2026-1002", "musl", severity="high"), exploited=Exploited(added_on="", ransomware=False)),
    replace(finding("CVE-2026-1003", "apk-tools", severity="medium", fixed="3"), published="2026-01-01"),
    *OTHERS,
)


@pytest.fixture
def site(tmp_path: Path, browser: Browser) -> Iterator[str]:
    """Serve the section of an image with eleven vulnerabilities, by a database of the 20th of November 2026."""
    known = replace(tallied(assessment(*FINDINGS)), exploited_count=1)
    html = body(given(tmp_path / "store", known))
    folder = tmp_path / "site"
    folder.mkdir()
    page = f'<!doctype html><html lang="en"><body>{html}<script>{SCRIPT}</script></body></html>'
    (folder / "index.html").write_text(page, encoding="utf-8")
    with loopback(folder) as there:
        yield there


def shown(page: Page) -> list[str]:
    """Return the identifiers of the rows that can be seen, without what the eight of zlib have in common."""
    rows = page.eval_on_selector_all("tbody tr[id]:not([hidden])", "all => all.map(row => row.id)")
    return [str(one) for one in rows if not str(one).startswith("CVE-2026-20")]


def test_rows_are_sorted_by_a_click(page: Page, site: str) -> None:
    """What is exploited comes first, then the worst; a second click turns an order round, the unknown stays last."""
    page.goto(site)
    assert shown(page) == ["CVE-2026-1002", "CVE-2026-1001", "CVE-2026-1003"]
    published = page.locator("thead th button").nth(3)
    published.click()
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "ascending"
    assert shown(page) == ["CVE-2026-1003", "CVE-2026-1001", "CVE-2026-1002"]
    published.click()
    assert shown(page) == ["CVE-2026-1001", "CVE-2026-1003", "CVE-2026-1002"]
    page.locator("thead th button").nth(1).click()
    assert shown(page) == ["CVE-2026-1001", "CVE-2026-1002", "CVE-2026-1003"]


def test_rows_are_filtered_and_the_address_remembers(page: Page, site: str) -> None:
    """Words, severity and kind narrow the list together; the address leads to the same view, and all can be undone."""
    page.goto(site)
    page.fill("[data-bx-flaw=for]", "ZLIB low")
    assert page.locator("tbody tr[id]:not([hidden])").count() == len(OTHERS)
    assert page.locator("[data-bx-flaws-count]").inner_text() == "8 of 11 shown"
    page.fill("[data-bx-flaw=for]", "")
    page.click("[data-bx-flaw-is=fixable]")
    page.select_option("[data-bx-flaw=severity]", "medium")
    assert shown(page) == ["CVE-2026-1003"]
    assert page.url.endswith("?severity=medium&only=fixable")
    page.reload()
    assert shown(page) == ["CVE-2026-1003"]
    page.click("[data-bx-flaw-is=exploited]")
    assert shown(page) == []
    page.click("[data-bx-flaws-reset]")
    assert shown(page) == ["CVE-2026-1002", "CVE-2026-1001", "CVE-2026-1003"]
    assert page.url == site


@pytest.mark.parametrize(("now", "is_old"), [("2026-12-04T12:00Z", False), ("2026-12-05T12:00Z", True)])
def test_the_database_ages_on_the_reader_s_day(page: Page, site: str, now: str, is_old: bool) -> None:
    """What was young enough when the site was built is said to be old when it has become older than the site allows."""
    page.clock.set_fixed_time(now)
    page.goto(site)
    assert page.locator("[data-bx-older]").is_visible() == is_old


def test_without_a_script_all_is_there(browser: Browser, site: str) -> None:
    """Every row is shown, and no tool that would do nothing."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site)
    assert page.locator("tbody tr[id]").count() == len(FINDINGS)
    assert not page.locator("[data-bx-flaws-tools]").is_visible()
    context.close()
