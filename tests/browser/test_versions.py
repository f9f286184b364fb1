"""A site published three times on a branch, checked out and served below a path as hosts do, and read in Chromium."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from generator import build as pipeline
from generator.build import Places
from generator.oci.platform import Platform
from generator.store import history
from tests import builders
from tests.browser.conftest import loopback
from tests.compare.test_summary import package
from tests.pages.samples import REPOSITORY
from tests.publish.sites import DAY, START, git, repository, to_branch

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VERSIONS = ("2026-11-24", "2026-11-25", "2026-11-26")
OPENSSL = ("3.3.1-r0", "3.3.2-r0", "3.5.0-r0")
"""The package's version in `base`, by the site's version."""
URL = "https://images.site.invalid/site/"
HEAD = f"""
site: {{title: Bases, url: {URL}, languages: [en, zh]}}
groups:
  - name: all
    images:
      - {{name: base, title: Base, sources: ['oci:base']}}
"""
RETIRED = "      - {name: gone, title: Retired, sources: ['oci:gone']}\n"


class Published(NamedTuple):
    """The published site."""

    address: str
    digests: tuple[str, ...]
    """Of `base`, by version."""
    gone: str
    """The digest of the image that the newest version no longer has."""


def layout(folder: Path, name: str, openssl: str) -> None:
    """Make the layout `name` hold an image with openssl in this version."""
    database = builders.file("lib/apk/db/installed", package("openssl", openssl))
    folders = [builders.directory(path) for path in ("lib", "lib/apk", "lib/apk/db")]
    builders.write_layout(folder / name, builders.image([builders.tar([*folders, database])]))


def rebuilt(folder: Path, images: str, when: str, monkeypatch: pytest.MonkeyPatch) -> Places:
    """Build the site of these images as at that time."""
    monkeypatch.setattr(pipeline, "now", lambda: when)
    (folder / "images.yml").write_text(images)
    places = Places(
        configuration=folder / "images.yml",
        store=folder / "data",
        output=folder / "build",
        cache=folder / "cache",
        templates=REPOSITORY / "templates",
        site_src=REPOSITORY / "site_src",
        mkdocs=REPOSITORY / "mkdocs.yml",
    )
    assert pipeline.build(places, jobs=1).site == places.site
    return places


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Published]:
    """Publish on three days, on the last without the image `gone`, and a day later nothing new; serve the branch."""
    folder = tmp_path_factory.mktemp("versions")
    work = repository(folder / "git")
    layout(folder, "gone", "1.1.1-r0")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(folder)
        for number, (name, openssl) in enumerate(zip(VERSIONS, OPENSSL, strict=True)):
            layout(folder, "base", openssl)
            images = HEAD if name == VERSIONS[-1] else HEAD + RETIRED
            places = rebuilt(folder, images, f"{name}T04:17:00Z", monkeypatch)
            done = to_branch(places, work, START + number * DAY, push=True)
            assert done.release and done.release.added and done.release.version == name
        rebuilt(folder, HEAD, "2026-11-27T04:17:00Z", monkeypatch)
        again = to_branch(places, work, START + 3 * DAY, push=True)
        assert again.release and not again.release.added
        assert set(again.release.writes) == {"api/v1/status.json"}
    origin = folder / "git" / "origin.git"
    git(folder, "clone", "--quiet", "--branch", "gh-pages", str(origin), str(folder / "host" / "site"))
    subjects = [one.subject for one in history.read(folder / "data", "base", Platform("linux", "amd64"))]
    gone = history.read(folder / "data", "gone", Platform("linux", "amd64"))[-1].subject
    with loopback(folder / "host") as there:
        yield Published(f"{there}site/", tuple(subjects), gone)


Opener = Callable[[str], Page]


@pytest.fixture
def visit(browser: Browser, published: Published) -> Iterator[Opener]:
    """Open pages of the published site; none may complain, ask another host or for what is not there."""
    contexts = []
    complaints: list[str] = []

    def opened(path: str) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: complaints.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("response", lambda got: complaints.append(f"{got.status}: {got.url}") if got.status >= 400 else None)
        page.on("request", lambda asked: note_foreign(asked.url))
        page.goto(published.address + path)
        return page

    def note_foreign(url: str) -> None:
        if not url.startswith((published.address, "data:", "blob:")):
            complaints.append(f"foreign request: {url}")

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def test_the_root_leads_to_latest(visit: Opener, published: Published) -> None:
    """Whoever comes to the site's address is at the newest version, anchor included."""
    page = visit("#top")
    page.wait_for_url(f"{published.address}latest/#top")
    expect(page.locator(".md-version__current")).to_have_text(VERSIONS[-1])
    expect(page.locator("main a[href='images/base/']").first).to_be_visible()


@pytest.mark.parametrize("zh", ["", "zh/"])
def test_the_selector_leads_to_the_same_page_in_another_version(visit: Opener, published: Published, zh: str) -> None:
    """All versions are listed, newest first; each leads to the same place of the same page, and back to latest."""
    page = visit(f"latest/{zh}images/base/?x=1#packages")
    listed = page.locator(".md-version__link")
    expect(listed).to_have_text([f"{VERSIONS[2]}latest", VERSIONS[1], VERSIONS[0]])
    for number in (1, 0):
        listed.get_by_text(VERSIONS[number], exact=True).press("Enter")
        page.wait_for_url(f"{published.address}{VERSIONS[number]}/{zh}images/base/?x=1#packages")
        expect(page.locator("main")).to_contain_text(OPENSSL[number])
        expect(page.locator(".md-version__current")).to_have_text(VERSIONS[number])
        expect(page.locator(".md-version__link[aria-current]")).to_have_text(VERSIONS[number])
    listed.first.press("Enter")
    page.wait_for_url(f"{published.address}latest/{zh}images/base/?x=1#packages")
    expect(page.locator("main")).to_contain_text(OPENSSL[-1])


@pytest.mark.parametrize(("zh", "words"), [("", "This is an older version of this site"), ("zh/", "这是本站的旧版本")])
def test_old_pages_say_so(visit: Opener, published: Published, zh: str, words: str) -> None:
    """An old page says that it is old and leads to the newest form of itself, where nothing of that is said."""
    page = visit(f"{VERSIONS[0]}/{zh}images/base/")
    banner = page.locator(".bx-outdated")
    expect(banner).to_be_visible()
    expect(banner).to_contain_text(words)
    expect(banner).to_contain_text(VERSIONS[0])
    expect(page.locator("main")).to_contain_text(OPENSSL[0])
    banner.get_by_role("link").click()
    page.wait_for_url(f"{published.address}latest/{zh}images/base/")
    expect(page.locator(".md-version__current")).to_have_text(VERSIONS[-1])
    expect(page.locator(".bx-outdated")).to_be_hidden()
    by_its_name = visit(f"{VERSIONS[-1]}/{zh}images/base/")
    expect(by_its_name.locator(".md-version__current")).to_have_text(VERSIONS[-1])
    expect(by_its_name.locator(".bx-outdated")).to_be_hidden()


def test_permalinks_lead_to_the_newest(visit: Opener, published: Published) -> None:
    """By image, by change, and by digest: the one it has now to its page, one that it had to its history."""
    short = [digest.partition(":")[2][:12] for digest in published.digests]
    change = f"changes/{short[0]}-{short[1]}"
    for link, there in {
        "base": "images/base/",
        "base/history": "images/base/history/",
        f"base/{change}": f"images/base/{change}/",
        published.digests[2].replace(":", "/"): "images/base/",
        published.digests[0].replace(":", "/"): "images/base/history/",
    }.items():
        page = visit(f"permalink/{link}/")
        page.wait_for_url(f"{published.address}latest/{there}")
        expect(page.locator(".md-version__current")).to_have_text(VERSIONS[-1])


def test_an_old_page_names_permalinks_that_work(visit: Opener, published: Published) -> None:
    """The permalinks that a page of an old version offers are outside of it, and lead to what is newest."""
    page = visit(f"{VERSIONS[0]}/images/base/")
    offered = page.locator("code").all_text_contents()
    by_digest = published.digests[0].replace(":", "/")
    for link, there in {"base": "images/base/", by_digest: "images/base/history/"}.items():
        assert f"{URL}permalink/{link}/" in offered
        page.goto(f"{published.address}permalink/{link}/")
        page.wait_for_url(f"{published.address}latest/{there}")


@pytest.mark.parametrize(("zh", "words"), [("", "no longer in the list of this site"), ("zh/", "不在")])
def test_a_removed_image_leaves_a_tombstone(visit: Opener, published: Published, zh: str, words: str) -> None:
    """Its permalinks lead to a page that says that it is gone; the version before has the image's own page still."""
    for link in ("gone", published.gone.replace(":", "/")):
        page = visit(f"permalink/{link}/")
        page.wait_for_url(f"{published.address}latest/images/gone/")
    tombstone = visit(f"latest/{zh}images/gone/")
    expect(tombstone.locator(".bx-notice--missing")).to_contain_text(words)
    tombstone.locator(".md-version__current").focus()
    tombstone.locator(".md-version__link").get_by_text(VERSIONS[1], exact=True).click()
    tombstone.wait_for_url(f"{published.address}{VERSIONS[1]}/{zh}images/gone/")
    expect(tombstone.locator(".bx-notice--missing")).to_have_count(0)
    expect(tombstone.locator("main")).to_contain_text("1.1.1-r0")


@pytest.mark.parametrize("zh", ["", "zh/"])
def test_an_old_version_is_searched_by_itself(visit: Opener, published: Published, zh: str) -> None:
    """The theme's search finds pages of the version that it stands in, in its language, and leads to them."""
    page = visit(f"{VERSIONS[0]}/{zh}images/base/")
    page.locator(".md-search__input").click()
    expect(page.locator(".md-search-result__meta")).not_to_be_empty()
    page.locator(".md-search__input").press_sequentially("Retired")
    result = page.locator(".md-search-result__link[href*='/images/gone/']").first
    result.wait_for()
    for link in page.locator(".md-search-result__link").evaluate_all("links => links.map(link => link.href)"):
        assert link.startswith(f"{published.address}{VERSIONS[0]}/{zh}")
    result.click()
    page.wait_for_url(f"{published.address}{VERSIONS[0]}/{zh}images/gone/**")
    expect(page.locator("main")).to_contain_text("1.1.1-r0")


def test_packages_are_found_as_they_were(visit: Opener, published: Published) -> None:
    """The page that finds packages answers from the data of its own version."""
    for name, openssl in zip(VERSIONS, OPENSSL, strict=True):
        page = visit(f"{name}/find/?q=openssl")
        expect(page.locator("[data-find-results]")).to_contain_text(openssl)


def test_languages_are_switched_within_a_version(visit: Opener, published: Published) -> None:
    """From an old English page to the Chinese one of the same age, and back."""
    page = visit(f"{VERSIONS[1]}/images/base/#packages")
    page.locator(".bx-languages__link").click()
    page.wait_for_url(f"{published.address}{VERSIONS[1]}/zh/images/base/#packages")
    expect(page.locator("main")).to_contain_text(OPENSSL[1])
    page.locator(".bx-languages__link").click()
    page.wait_for_url(f"{published.address}{VERSIONS[1]}/images/base/#packages")
