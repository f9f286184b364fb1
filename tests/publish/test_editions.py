"""A site of several languages, built by the real MkDocs."""

import gzip
import json
import re
import xml.etree.ElementTree as ET
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import msgspec
import pytest
from mkdocs.utils.yaml import yaml_load

from generator.language import LANGUAGES
from generator.publish.editions import Edition, configuration_of, environment_of, take_in
from generator.publish.mkdocs import build_site
from tests.pages.samples import REPOSITORY, Sample, sample
from tests.pages.site_build import build, rendered
from tests.pages.test_editions import in_languages


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sample site in English and Chinese; its links have been checked then."""
    return build(in_languages(sample(), "en", "zh"), tmp_path_factory.mktemp("both"))


def test_every_page_is_there_in_both_languages(site: Path) -> None:
    """Addresses are equal but for the folder, and each page names its language; permalinks are in none."""
    pages = {path.relative_to(site).as_posix() for path in site.rglob("index.html")}
    pages = {one for one in pages if not one.startswith("permalink/")}
    english = {one for one in pages if not one.startswith("zh/")}
    assert {f"zh/{one}" for one in english} == pages - english
    assert '<html lang="en"' in (site / "status" / "index.html").read_text(encoding="utf-8")
    assert '<html lang="zh"' in (site / "zh" / "status" / "index.html").read_text(encoding="utf-8")


def test_each_page_leads_to_itself_in_the_other_language(site: Path) -> None:
    """The switch and the alternates lead to the same page, from the root and from below, both ways."""
    for name in ("", "status/", "images/alpine/", "images/alpine/linux-arm64/"):
        for here, there in (("", "zh/"), ("zh/", "")):
            page = site / here / name / "index.html"
            text = page.read_text(encoding="utf-8")
            (switch,) = re.findall(r'<a class="bx-languages__link" href="([^"]+)"', text)
            alternates = re.findall(r'<link rel=" alternate" hreflang="(\w+)" href="([^"]+)"', text)
            assert (page.parent / switch / "index.html").resolve() == (site / there / name / "index.html").resolve()
            led = {tag: (page.parent / href / "index.html").resolve() for tag, href in alternates}
            assert led == {
                "en": (site / name / "index.html").resolve(),
                "zh": (site / "zh" / name / "index.html").resolve(),
            }


def test_styles_scripts_and_data_stand_once(site: Path) -> None:
    """Below zh/ there are pages and their search index, and they use the styles and scripts of the root."""
    kinds = {path.name for path in (site / "zh").rglob("*") if path.is_file()}
    assert kinds == {"index.html", "search_index.json"}
    page = (site / "zh" / "images" / "alpine" / "index.html").read_text(encoding="utf-8")
    assert 'href="../../../assets/stylesheets/basedex.css"' in page
    assert '"search": "../../../assets/javascripts/workers/' in page
    assert not re.search(r'(?:href|src)="(?:\.\./){2}assets/', page)


def test_chinese_words_can_be_searched(site: Path) -> None:
    """The index below zh/ is in Chinese, split into words, so that a word inside a sentence is found."""
    index = json.loads((site / "zh" / "search" / "search_index.json").read_text(encoding="utf-8"))
    assert "zh" in index["config"]["lang"]
    text = " ".join(one["text"] + one["title"] for one in index["docs"])
    assert "\u200b镜像\u200b" in text
    english = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    assert not [one for one in english["docs"] if one["location"].startswith("zh/")]


def test_navigation_is_in_the_language(site: Path) -> None:
    """Every title of mkdocs.yml's navigation has its Chinese one in zh.yml, and the page shows that."""
    with (REPOSITORY / "zh.yml").open("rb") as stream:
        read = yaml_load(stream)  # with all that it inherits from mkdocs.yml
    titles = read["plugins"]["basedex/titles"]["titles"]

    def named(entries: list[str | dict[str, object]]) -> set[str]:
        found: set[str] = set()
        for one in entries:
            if isinstance(one, str):  # a section's own page, called as the section
                continue
            for title, below in one.items():
                found |= {title, *(named(below) if isinstance(below, list) else ())}
        return found

    assert named(read["nav"]) <= titles.keys()
    assert read["extra"]["language_names"] == LANGUAGES
    page = (site / "zh" / "index.html").read_text(encoding="utf-8")
    assert "关于" in page
    assert not re.search(r">\s*(Images|Commands|About|How to read)\s*<", page)


def test_one_language_has_no_switch(tmp_path: Path) -> None:
    """A site in one language shows neither a switch nor alternates."""
    text = (build(sample(), tmp_path) / "index.html").read_text(encoding="utf-8")
    assert "bx-languages__link" not in text
    assert "hreflang" not in text


def test_equal_documents_give_equal_editions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With SOURCE_DATE_EPOCH set, two sites in two languages are the same to the byte."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    sites = [build(in_languages(sample(), "en", "zh"), tmp_path / name) for name in "ab"]
    files = [{path.relative_to(one): path.read_bytes() for path in one.rglob("*") if path.is_file()} for one in sites]
    assert files[0] == files[1]


def test_what_an_edition_is_built_with(tmp_path: Path) -> None:
    """The first language's pages are the docs folder itself, another's a folder in it; each has its file."""
    every = (Edition("zh", title="甲"), Edition("en"))
    assert configuration_of(every[0], tmp_path / "mkdocs.yml") == tmp_path / "zh.yml"
    assert configuration_of(every[1], tmp_path / "mkdocs.yml") == tmp_path / "mkdocs.yml"
    first, second = (environment_of(one, tmp_path, every) for one in every)
    assert first["BASEDEX_DOCS"] == str(tmp_path.resolve())
    assert first["BASEDEX_SITE_TITLE"] == "甲"
    assert second["BASEDEX_DOCS"] == str((tmp_path / "en").resolve())
    assert second["BASEDEX_LANGUAGES"] == "zh en"
    assert "BASEDEX_SITE_TITLE" not in second


def test_only_the_edition_s_own_assets_are_led_up(tmp_path: Path) -> None:
    """An address that already leads to the root's assets, or to anything else called so, stays as it is."""
    page = tmp_path / "built" / "images" / "one" / "index.html"
    page.parent.mkdir(parents=True)
    (tmp_path / "site").mkdir()
    page.write_text(
        '<link href="../../assets/a.css"><a href="../../../assets/x.json">x</a><a href="../assets/">y</a>'
        "<p>assets/ and src=&quot;../../assets/</p>"
    )
    take_in(tmp_path / "built", tmp_path / "site", "zh")
    assert (tmp_path / "site" / "zh" / "images" / "one" / "index.html").read_text() == (
        '<link href="../../../assets/a.css"><a href="../../../assets/x.json">x</a><a href="../assets/">y</a>'
        "<p>assets/ and src=&quot;../../assets/</p>"
    )


# The site's own address

URL: Final = "https://images.site.invalid/bases/"
TITLE: Final = "\"><script>alert(1)</script> '&amp; {{ 7 }}"
"""A site's title that would break out of anything."""


@pytest.fixture(scope="module")
def addressed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sample site in two languages at an address, under a hostile title, with an image that was renamed."""
    one, folder = in_languages(sample(), "en", "zh"), tmp_path_factory.mktemp("addressed")
    groups = tuple(
        msgspec.structs.replace(
            group,
            targets=tuple(
                msgspec.structs.replace(target, former_names=("older",) if target.name == "alpine" else ())
                for target in group.targets
            ),
        )
        for group in one.configuration.groups
    )
    settings = msgspec.structs.replace(one.configuration.site, url=URL, title=TITLE, description=f"{TITLE} described")
    configuration = msgspec.structs.replace(one.configuration, site=settings, groups=groups)
    rendered(Sample(configuration, one.outcomes, one.documents, one.histories), folder / "docs")
    editions = [Edition(language, TITLE, settings.description, URL) for language in ("en", "zh")]
    build_site(folder / "docs", REPOSITORY / "mkdocs.yml", folder / "site", editions)
    return folder / "site"


class Head(HTMLParser):
    """Reads what a page says of itself."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.metas: dict[str, str] = {}
        self.canonical: list[str] = []
        self.alternates: dict[str, str] = {}
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.title = ""
        self._in_title = False
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.attributes |= values.keys()
        self._in_title = tag == "title" and not self.title
        if tag == "meta" and (name := values.get("property") or values.get("name")):
            assert name not in self.metas
            self.metas[name] = values["content"]
        if tag == "link" and values["rel"] == "canonical":
            self.canonical.append(values["href"])
        if tag == "link" and "hreflang" in values:
            self.alternates[values["hreflang"]] = values["href"]

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data

    def handle_endtag(self, tag: str) -> None:
        self._in_title = False


def test_pages_name_their_address_and_their_picture(addressed: Path) -> None:
    """The canonical address and Open Graph's are the page's own in each language; the picture is there, and in none."""
    for place, picture in (
        ("", "site"),
        ("zh/", "site"),
        ("sizes/", "site"),
        ("images/alpine/", "images/alpine"),
        ("zh/images/alpine/linux-arm64/", "images/alpine/linux-arm64"),
    ):
        head = Head(addressed / place / "index.html")
        assert head.canonical == [URL + place]
        assert head.metas["og:url"] == URL + place
        assert head.metas["og:image"] == f"{URL}previews/{picture}.png"
        assert (addressed / f"previews/{picture}.png").is_file()
        assert head.metas["og:type"] == "website"
        assert head.metas["twitter:card"] == "summary_large_image"
        assert (head.metas["og:image:width"], head.metas["og:image:height"]) == ("1200", "630")
        here = place.removeprefix("zh/")
        assert head.alternates == {"en": URL + here, "zh": f"{URL}zh/{here}"}
    image = Head(addressed / "images" / "alpine" / "index.html").metas
    assert image["og:title"] == "Alpine"
    assert image["og:description"] == image["description"] == image["og:image:alt"]
    assert "大小" in Head(addressed / "zh" / "images" / "alpine" / "index.html").metas["og:description"]


def test_a_hostile_title_stays_words(addressed: Path) -> None:
    """The site's title and description are the words of images.yml wherever they stand, and open no tag."""
    plain = Head(addressed / "index.html")
    assert plain.title == TITLE
    assert plain.metas["og:title"] == plain.metas["og:site_name"] == TITLE
    assert plain.metas["description"] == plain.metas["og:description"] == f"{TITLE} described"
    for path in addressed.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert "<script>alert" not in page
        assert "&amp;amp;amp;" not in page, "escaped once more"
    assert not plain.attributes & {"onerror", "onload", "onclick"}


def test_what_leads_on_has_the_other_page_s_address(addressed: Path) -> None:
    """A former name's page names the image's page as the canonical one, in its own language."""
    for language in ("", "zh/"):
        head = Head(addressed / language / "images" / "older" / "index.html")
        assert head.canonical == [f"{URL}{language}images/alpine/"]
        assert head.metas["og:url"] == f"{URL}{language}images/alpine/"
        assert head.metas["og:image"] == f"{URL}previews/images/alpine.png"


def test_the_map_has_every_page_in_every_language(addressed: Path) -> None:
    """Each address is there once, with its other languages; pages that lead on are not; robots.txt names the map."""
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
    content = (addressed / "sitemap.xml").read_bytes()
    entries = ET.fromstring(content).findall("s:url", names)
    places = [entry.findtext("s:loc", "", names).removeprefix(URL) for entry in entries]
    there = {path.parent.relative_to(addressed).as_posix() + "/" for path in addressed.rglob("index.html")}
    there = {one if one != "./" else "" for one in there if not one.startswith(("permalink/", "images/older/"))}
    assert sorted(places) == sorted(one for one in there if not one.startswith("zh/images/older/"))
    for entry, place in zip(entries, places, strict=True):
        alternates = {one.get("hreflang"): one.get("href") for one in entry.findall("x:link", names)}
        assert alternates == {"en": URL + place.removeprefix("zh/"), "zh": f"{URL}zh/{place.removeprefix('zh/')}"}
    assert gzip.decompress((addressed / "sitemap.xml.gz").read_bytes()) == content
    assert f"\nSitemap: {URL}sitemap.xml\n" in (addressed / "robots.txt").read_text()


def test_the_page_for_what_is_not_there_works_anywhere(addressed: Path) -> None:
    """Its addresses start at the host's root, with the path of the site's address."""
    page = (addressed / "404.html").read_text(encoding="utf-8")
    found = re.findall(r' (?:href|src)="([^"#:]*)"', page)
    assert found
    assert [one for one in found if not one.startswith("/bases/")] == []
    assert all((addressed / one.removeprefix("/bases/")).exists() for one in found)
    assert '"base": "/bases/"' in page
    assert Head(addressed / "404.html").title == f"There is no such page - {TITLE}"


def test_a_site_without_an_address_is_relative(site: Path) -> None:
    """It has no map, no robots.txt, no canonical address and nothing for pictures; everything else is as ever."""
    assert not [one for one in ("sitemap.xml", "sitemap.xml.gz", "robots.txt", "previews") if (site / one).exists()]
    for place in ("", "zh/", "images/alpine/"):
        head = Head(site / place / "index.html")
        assert not head.canonical
        assert not [name for name in head.metas if name.startswith(("og:", "twitter:"))]
        assert set(head.alternates) == {"en", "zh"}
        assert not [one for one in head.alternates.values() if ":" in one]


@pytest.mark.parametrize("title", ["2024", "no", "NULL", "~", "1e3", "2026-11-24", "= x", "true", "<<", ".inf", "0x10"])
def test_a_title_that_yaml_takes_for_something_else(
    title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words of images.yml reach MkDocs as words, whatever they look like, as it reads its environment."""
    for name, value in environment_of(Edition(title=title, description=title), tmp_path, (Edition(),)).items():
        monkeypatch.setenv(name, value)
    with (REPOSITORY / "mkdocs.yml").open("rb") as stream:
        read = yaml_load(stream)
    assert [unescape(read["site_name"]), unescape(read["site_description"])] == [title, title]


def test_an_edition_s_own_address(tmp_path: Path) -> None:
    """The first language has the site's address, each other one that of its folder."""
    every = (Edition("zh", url=URL), Edition("en", url=URL))
    first, second = (environment_of(one, tmp_path, every) for one in every)
    assert first["BASEDEX_SITE_URL"] == first["BASEDEX_ROOT_URL"] == second["BASEDEX_ROOT_URL"] == URL
    assert second["BASEDEX_SITE_URL"] == f"{URL}en/"
    assert "BASEDEX_SITE_URL" not in environment_of(Edition(), tmp_path, (Edition(),))


def test_a_robots_txt_of_one_s_own_stays(tmp_path: Path) -> None:
    """What stands among the hand-written pages is taken at its word."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# x\n")
    (tmp_path / "docs" / "robots.txt").write_text("User-agent: *\nDisallow: /\n")
    (tmp_path / "mkdocs.yml").write_text("site_name: x\ndocs_dir: docs\n")
    build_site(tmp_path / "docs", tmp_path / "mkdocs.yml", tmp_path / "site", [Edition(url=URL)])
    assert (tmp_path / "site" / "robots.txt").read_text() == "User-agent: *\nDisallow: /\n"
