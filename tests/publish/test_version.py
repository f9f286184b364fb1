"""A page of the built site as a page of a version."""

import pytest

from generator.publish.version import at_root, in_public, in_version, is_public

URL = "https://images.site.invalid/bases/"


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("index.html", '<a href="feeds/all.atom">', '<a href="../feeds/all.atom">'),
        ("index.html", '<a href="./api/v1/index.json">', '<a href="../api/v1/index.json">'),
        ("index.html", '<a href="images/alpine/">', '<a href="images/alpine/">'),
        ("index.html", '<a href="api/commands.json">', '<a href="api/commands.json">'),
        ("a/b/index.html", '<img src="../../badges/x.svg">', '<img src="../../../badges/x.svg">'),
        ("a/b/index.html", '<img src="../badges/x.svg">', '<img src="../badges/x.svg">'),
        ("a/b/index.html", '<img src="badges/x.svg">', '<img src="badges/x.svg">'),
        ("a/b/index.html", '<div data-feed="../../feeds/x" a="b">', '<div data-feed="../../../feeds/x" a="b">'),
        (
            "a/b/index.html",
            '<img src="../&#46;&#46;&#47;badges/x.svg"><a href="../../api&#47;v1/y">',
            '<img src="../../&#46;&#46;&#47;badges/x.svg"><a href="../../../api&#47;v1/y">',
        ),
        ("zh/index.html", '<a href="../permalink/x/">', '<a href="../../permalink/x/">'),
        ("index.html", '<p title="feeds/x">feeds/x</p>', '<p title="feeds/x">feeds/x</p>'),
        ("index.html", '<pre>&lt;a href="feeds/x"&gt;</pre>', '<pre>&lt;a href="feeds/x"&gt;</pre>'),
        ("index.html", '<a href="#feeds/x">', '<a href="#feeds/x">'),
        ("index.html", '<a href="https://elsewhere.invalid/feeds/x">', '<a href="https://elsewhere.invalid/feeds/x">'),
        ("x/index.md", "[f](../feeds/x) `[f](../../y)`", "[f](../../feeds/x) `[f](../../y)`"),
        ("x.json", '{"a": "feeds/x", "href": "feeds/x"}', '{"a": "feeds/x", "href": "feeds/x"}'),
    ],
)
def test_only_ways_into_public_places_go_one_folder_further_up(path: str, before: str, after: str) -> None:
    """Addresses of attributes and of Markdown's links that meet a public place change; words and others do not."""
    assert in_version(before.encode(), path, "").decode() == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<a href="../../images/x/#top">', '<a href="../../latest/images/x/#top">'),
        ('<a href="../../">', '<a href="../../latest/">'),
        ('<a href="../&#46;&#46;&#47;images/x/">', '<a href="../&#46;&#46;&#47;latest/images/x/">'),
        ('<a href="../../?q=1">', '<a href="../../latest/?q=1">'),
        ('<meta content="0; url=../../images/x/">', '<meta content="0; url=../../latest/images/x/">'),
        ('<meta content="0;url=../../images/x/">', '<meta content="0;url=../../latest/images/x/">'),
        ('<a href="../../permalink/y/">', '<a href="../../permalink/y/">'),
        ('<a href="../y/">', '<a href="../y/">'),
        ('<a href="#x">', '<a href="#x">'),
        ('<p>href="../../images/"</p>', '<p>href="../../images/"</p>'),
        (f'<link href="{URL}images/x/">', f'<link href="{URL}latest/images/x/">'),
        (f'<link href="{URL}badges/x.svg">', f'<link href="{URL}badges/x.svg">'),
        (f'<meta content="0; url={URL}images/x/">', f'<meta content="0; url={URL}latest/images/x/">'),
    ],
)
def test_public_pages_reach_others_through_latest(before: str, after: str) -> None:
    """A permalink or a card leads to the newest page, and public places reach one another."""
    assert in_public(before.encode(), "permalink/x/index.html", URL).decode() == after


def test_a_page_names_its_newest_form_and_its_list_of_versions() -> None:
    """The canonical address is that below `latest/`, made or corrected, and never names a version."""
    page = b'<html lang="en"><head></head><body></body></html>'
    made = in_version(page, "a/b/index.html", URL)
    assert made == (
        b'<html data-versions="../../../" lang="en"><head>'
        b'<link rel="canonical" href="https://images.site.invalid/bases/latest/a/b/"></head><body></body></html>'
    )
    named = page.replace(b"</head>", f'<link rel="canonical" href="{URL}a/b/"></head>'.encode())
    assert in_version(named, "a/b/index.html", URL) == made
    social = page.replace(
        b"</head>", f'<meta property="og:image" content="{URL}previews/images/a.png"></head>'.encode()
    )
    assert f'content="{URL}previews/images/a.png"'.encode() in in_version(social, "a/b/index.html", URL)
    assert b"canonical" not in in_version(page, "a/b/index.html", "")


def test_inline_scripts_stay_as_they_are() -> None:
    """The content policy knows them by their hashes."""
    page = b'<html><script>fetch("feeds/x"); a = \'<a href="x">\'</script><script id="c">{"base": ".."}</script></html>'
    assert page.partition(b"<script")[2] in in_version(page, "index.html", URL)


def test_lists_of_links_at_the_root_lead_into_latest() -> None:
    """llms.txt and the map of the site stand at the root, and name pages below `latest/`."""
    words = f"- [A](images/a/index.md)\n- [API](api/v1/index.json)\n- [B]({URL}images/b/) [C](https://c.invalid/)\n"
    assert at_root(words.encode(), URL).decode() == (
        f"- [A](latest/images/a/index.md)\n- [API](api/v1/index.json)\n- [B]({URL}latest/images/b/) [C](https://c.invalid/)\n"
    )
    assert at_root(f"<loc>{URL}x/</loc>".encode(), URL).decode() == f"<loc>{URL}latest/x/</loc>"
    entry = f'<xhtml:link rel="alternate" hreflang="zh" href="{URL}zh/x/"/>'
    assert at_root(entry.encode(), URL).decode() == entry.replace(URL, f"{URL}latest/")


def test_public_places_are_told_by_whole_folders() -> None:
    """A folder whose name only starts like a public one's belongs to the version."""
    assert is_public("api/v1/index.json") and is_public("feeds/all.atom") and is_public("previews/site.png")
    assert not is_public("api/commands.json") and not is_public("feedsize/x") and not is_public("zh/feeds/x")
