"""Building the site with the real MkDocs."""

import shutil
import time
from pathlib import Path

import pytest

from generator.errors import PublishError
from generator.publish.editions import Edition
from generator.publish.mkdocs import build_site
from tests.pages.samples import REPOSITORY, large, sample
from tests.pages.site_build import build

CONFIGURATION = """
site_name: !ENV [BASEDEX_SITE_TITLE, Test]
docs_dir: !ENV [BASEDEX_DOCS, docs]
theme: {name: material, font: false}
"""


@pytest.fixture
def small(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Give docs, configuration file and destination of a site of one page."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text("# Hello\n")
    configuration = tmp_path / "mkdocs.yml"
    configuration.write_text(CONFIGURATION)
    return docs, configuration, tmp_path / "site"


def everything(folder: Path) -> dict[str, bytes]:
    """Return every file below `folder`."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_site_is_built_once_until_something_changes(small: tuple[Path, Path, Path]) -> None:
    """Nothing changed: nothing is run. A page, the configuration or the title changed: built anew."""
    docs, configuration, site = small
    assert build_site(docs, configuration, site)
    start = time.monotonic()
    assert not build_site(docs, configuration, site)
    assert time.monotonic() - start < 0.5
    (docs / "index.md").write_text("# Good bye\n")
    assert build_site(docs, configuration, site)
    assert "Good bye" in (site / "index.html").read_text()
    assert build_site(docs, configuration, site, [Edition(title="Another")])
    assert "Another" in (site / "index.html").read_text()
    shutil.rmtree(site)
    assert build_site(docs, configuration, site, [Edition(title="Another")])


def test_a_language_without_its_configuration_is_said(small: tuple[Path, Path, Path]) -> None:
    """A site in a language whose MkDocs configuration is missing is refused by name; nothing is built."""
    docs, configuration, site = small
    with pytest.raises(PublishError, match=r"zh\.yml is not there"):
        build_site(docs, configuration, site, [Edition(), Edition("zh")])
    assert not site.exists()


def test_a_failure_leaves_the_site_as_it_was(small: tuple[Path, Path, Path]) -> None:
    """A broken link ends in MkDocs's own words; the old site stands to the byte, and nothing lies beside it."""
    docs, configuration, site = small
    build_site(docs, configuration, site)
    before = everything(site)
    (docs / "index.md").write_text("# Hello\n\n[nowhere](nowhere.md)\n")
    with pytest.raises(PublishError, match=r"nowhere\.md"):
        build_site(docs, configuration, site)
    assert everything(site) == before
    assert not site.with_name("site.new").exists()


def test_a_broken_link_in_raw_html_is_a_failure_too(small: tuple[Path, Path, Path]) -> None:
    """MkDocs does not see links in raw HTML; the site is not put into place with a broken one."""
    docs, configuration, site = small
    (docs / "index.md").write_text('# Hello\n\n<p><a href="nowhere/">x</a></p>\n')
    with pytest.raises(PublishError, match=r"index\.html: nowhere/ \(no such file\)"):
        build_site(docs, configuration, site)
    assert not site.exists()


def test_a_run_killed_between_the_renames_is_put_right(small: tuple[Path, Path, Path]) -> None:
    """The site that was moved aside comes back, and a half-built one goes."""
    docs, configuration, site = small
    build_site(docs, configuration, site)
    before = everything(site)
    site.rename(site.with_name("site.old"))
    site.with_name("site.new").mkdir()
    (docs / "index.md").write_text("# Hello\n\n[nowhere](nowhere.md)\n")
    with pytest.raises(PublishError):
        build_site(docs, configuration, site)
    assert everything(site) == before
    assert sorted(one.name for one in site.parent.iterdir()) == ["docs", "mkdocs.yml", "site", "site.stamp"]


def test_equal_documents_give_equal_sites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With SOURCE_DATE_EPOCH set, two sites of the same documents are the same to the byte, compressed files too."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first = build(sample(), tmp_path / "a")
    time.sleep(1.1)  # a second passes, so that any clock would show
    second = build(sample(), tmp_path / "b")
    assert everything(first) == everything(second)


def test_the_real_site_has_no_broken_link(tmp_path: Path) -> None:
    """Templates, hand-written pages and configuration fit together: strict MkDocs and the check of links pass."""
    assert (build(sample(large()), tmp_path) / "images" / "debian" / "index.html").is_file()


def test_the_site_asks_no_other_host() -> None:
    """The configuration names no foreign font, repository or script."""
    configuration = (REPOSITORY / "mkdocs.yml").read_text()
    assert "font: false" in configuration
    assert "repo_url" not in configuration
    assert "http" not in configuration


def test_search_stays_small(tmp_path: Path) -> None:
    """Tables and trees are left out of the search index: an image of 30,000 entries adds a few kilobytes."""
    site = build(sample(large()), tmp_path)
    index = (site / "search" / "search_index.json").read_text()
    pages = len(list((site / "images").rglob("index.html")))
    hand_written = sum(path.stat().st_size for path in (REPOSITORY / "site_src").glob("*.md"))
    assert len(index) < 2 * hand_written + 8_000 * pages
    assert "package-001" not in index
