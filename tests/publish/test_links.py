"""The check of the built site's links."""

from pathlib import Path

import pytest

from generator.errors import PublishError
from generator.publish.links import broken_links, check_links, read_pages


def page(site: Path, name: str, body: str) -> None:
    """Write one page."""
    path = site / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"<!doctype html><title>x</title><body>{body}</body>")


def good_site(site: Path) -> None:
    """Write a site whose links all lead somewhere."""
    page(site, "index.html", '<h1 id="top">a</h1><a href="a/">a</a><a href="a/#b_c">a</a><a href="#top">t</a>'
         '<a href="https://elsewhere.invalid/">e</a><img src="pic%20ture.svg">'
         '<link href="a/../style.css?v=1">')  # fmt: skip
    page(site, "a/index.html", '<h2 id="b_c">b</h2><a href="..">up</a><a href="../#top">top</a><a href="#path=/x">x</a>'
         '<div data-tree="tree.json"></div>')  # fmt: skip
    for name in ("pic ture.svg", "style.css", "a/tree.json"):
        (site / name).write_text("{}")
    page(site, "404.html", '<a href="/nowhere/">not checked: shown at any address</a>')


def test_a_site_without_broken_links_passes(tmp_path: Path) -> None:
    """Pages, anchors, assets, escaped names, queries and the tree's own anchors are found."""
    good_site(tmp_path)
    check_links(tmp_path, read_pages(tmp_path))


@pytest.mark.parametrize(
    ("planted", "reason"),
    [
        ('<a href="b/">', "no such file"),
        ('<a href="a/#missing">', "no such anchor"),
        ('<a href="#missing">', "no such anchor"),
        ('<img src="none.png">', "no such file"),
        ('<script src="a/none.js"></script>', "no such file"),
        ('<link rel="stylesheet" href="none.css">', "no such file"),
        ('<div data-tree="none.json"></div>', "no such file"),
        ('<a href="../outside.html">', "leads out of the site"),
        ('<a href="/a/">', "starts at the host's root"),
        ('<a href="reading.md">', "no such file"),
        ('<a href="javascript:void(0)">', "an address that no page should have"),
        ('<a href="//elsewhere.invalid/">', "an address that no page should have"),
        ('<a href="http://[x">', "not an address"),
    ],
)
def test_every_planted_mistake_is_found(tmp_path: Path, planted: str, reason: str) -> None:
    """One broken link of each kind is listed with its page and the reason, and is the only one."""
    good_site(tmp_path)
    page(tmp_path, "bad.html", planted)
    (found,) = broken_links(tmp_path, read_pages(tmp_path))
    assert found.page == "bad.html"
    assert reason in found.reason
    with pytest.raises(PublishError, match=r"bad\.html"):
        check_links(tmp_path, read_pages(tmp_path))


def test_the_way_to_the_site_may_go_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site that is named from another folder on, as in `--output ../x`, is checked as any other."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    site = Path("../there/site")
    good_site(site)
    check_links(site, read_pages(site))
    page(site, "bad.html", '<a href="../../here/">')
    assert [one.reason for one in broken_links(site, read_pages(site))] == ["leads out of the site"]
