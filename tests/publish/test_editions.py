"""A site of several languages, built by the real MkDocs."""

import json
import re
from pathlib import Path

import pytest
from mkdocs.utils.yaml import yaml_load

from generator.language import LANGUAGES
from generator.publish.editions import Edition, configuration_of, environment_of, take_in
from tests.pages.samples import REPOSITORY, sample
from tests.pages.site_build import build
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

    def named(entries: list[dict[str, object]]) -> set[str]:
        found: set[str] = set()
        for one in entries:
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
