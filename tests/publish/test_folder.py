"""Publishing in a plain folder."""

import threading
from pathlib import Path

import pytest

from generator.errors import NotAPublishedSite, PublishError, SiteNotReady, UsageError
from generator.publish import exchange as exchange_module
from tests.publish.sites import DAY, START, URL, broken, build, places, to_folder


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_a_tree_of_versions_and_public_places(tmp_path: Path) -> None:
    """The first publication makes everything; no link of the whole tree leads nowhere."""
    www = tmp_path / "www"
    published = to_folder(build(tmp_path), www)
    assert published.release is not None and published.release.added
    assert names(www) == [
        ".nojekyll", "2026-11-24", "404.html", "_headers", "api", "badges", "cards", "feeds", "index.html", "latest",
        "llms.txt", "permalink", "sitemap.xml", "versions.json",
    ]  # fmt: skip
    assert names(www / "2026-11-24") == ["_headers", "api", "assets", "images", "index.html", "zh"]
    assert names(www / "2026-11-24" / "api") == ["commands.json"]
    assert (www / "latest").readlink() == Path("2026-11-24")
    assert broken(www) == []
    assert 'href="/latest/assets/style.css"' in (www / "404.html").read_text()
    assert 'href="/latest/"' in (www / "404.html").read_text()
    assert names(tmp_path) == ["build", "images.yml", "www"]


def test_nothing_changed_is_nothing_done(tmp_path: Path) -> None:
    """The same site on another day adds no version, and not one file is touched; neither do other bytes of MkDocs."""
    site, www = build(tmp_path), tmp_path / "www"
    to_folder(site, www)
    before = {path: path.lstat().st_mtime_ns for path in www.rglob("*")}
    build(tmp_path)
    assert to_folder(site, www, START + DAY).release is None
    assert {path: path.lstat().st_mtime_ns for path in www.rglob("*")} == before


def test_a_change_is_a_version_and_public_places_are_the_newest(tmp_path: Path) -> None:
    """The old version keeps its words, and the API tells the new ones."""
    www = tmp_path / "www"
    to_folder(build(tmp_path, "one"), www)
    to_folder(build(tmp_path, "two"), www, START + DAY)
    assert "one" in (www / "2026-11-24" / "images" / "alpine" / "index.html").read_text()
    assert "two" in (www / "2026-11-25" / "images" / "alpine" / "index.html").read_text()
    assert "two" in (www / "latest" / "images" / "alpine" / "index.html").read_text()
    assert "two" in (www / "api" / "v1" / "index.json").read_text()
    same = "assets/style.css"
    assert (www / "2026-11-24" / same).stat().st_ino == (www / "2026-11-25" / same).stat().st_ino
    assert broken(www) == []


def test_a_change_of_public_places_alone_is_no_version(tmp_path: Path) -> None:
    """The API is brought up to date, and the version stays."""
    site, www = build(tmp_path), tmp_path / "www"
    to_folder(site, www)
    (site.site / "api" / "v1" / "index.json").write_text("{}\n")
    published = to_folder(site, www, START + DAY)
    assert published.release is not None and not published.release.added
    assert list(published.release.writes) == ["api/v1/index.json"]
    assert (www / "api" / "v1" / "index.json").read_text() == "{}\n"


def test_permalinks_outlive_what_they_lead_to(tmp_path: Path) -> None:
    """A removed image's permalink leads to the nearest page that is there, until somebody asks for less."""
    www = tmp_path / "www"
    to_folder(build(tmp_path, images=("alpine", "busybox")), www)
    to_folder(build(tmp_path, images=("alpine",)), www, START + DAY)
    old = (www / "permalink" / "busybox" / "index.html").read_text()
    assert 'href="../../latest/"' in old and "latest/images" not in old
    assert "latest/images/alpine/" in (www / "permalink" / "alpine" / "index.html").read_text()
    assert broken(www) == []
    assert to_folder(build(tmp_path, images=("alpine",)), www, START + DAY).release is None
    to_folder(build(tmp_path, images=("alpine", "busybox")), www, START + 2 * DAY)
    assert "latest/images/busybox/" in (www / "permalink" / "busybox" / "index.html").read_text()
    to_folder(build(tmp_path, images=("alpine",)), www, START + 3 * DAY, prune=True)
    assert not (www / "permalink" / "busybox").exists() or not names(www / "permalink" / "busybox")


@pytest.mark.parametrize("alias_type", ["redirect", "copy"])
def test_latest_without_symbolic_links(tmp_path: Path, alias_type: str) -> None:
    """Pages lead on, or are there twice; what is no page is there in both; going from one form to another works."""
    www = tmp_path / "www"
    to_folder(build(tmp_path, "one"), www)
    to_folder(build(tmp_path, "one"), www, alias_type=alias_type)
    assert not (www / "latest").is_symlink()
    to_folder(build(tmp_path, "two", images=("busybox",)), www, START + DAY, alias_type=alias_type)
    page = (www / "latest" / "images" / "busybox" / "index.html").read_text()
    expected = 'href="../../../2026-11-25/images/busybox/"' if alias_type == "redirect" else "two"
    assert expected in page
    assert not (www / "latest" / "images" / "alpine").exists() or not names(www / "latest" / "images" / "alpine")
    assert (www / "latest" / "assets" / "style.css").is_file()
    assert broken(www) == []
    assert to_folder(places(tmp_path), www, START + DAY, alias_type=alias_type).release is None
    to_folder(places(tmp_path), www, START + DAY)
    assert (www / "latest").is_symlink()


def test_pages_name_the_addresses_that_stay(tmp_path: Path) -> None:
    """With the site's address, canonical links, the map and robots.txt name `latest/`."""
    www = tmp_path / "www"
    to_folder(build(tmp_path, url=URL), www)
    assert f'rel="canonical" href="{URL}latest/zh/"' in (www / "2026-11-24" / "zh" / "index.html").read_text()
    assert f"<loc>{URL}latest/images/alpine/</loc>" in (www / "sitemap.xml").read_text()
    assert f"Sitemap: {URL}sitemap.xml" in (www / "robots.txt").read_text()
    assert 'href="/bases/latest/assets/style.css"' in (www / "404.html").read_text()


def test_the_front_page_says_what_the_site_is(tmp_path: Path) -> None:
    """It has the home page's title, description and picture, and leads on with a link; a new title is taken over."""
    www = tmp_path / "www"
    about = (
        f'<title>Bases &amp; "more"</title><meta name="description" content="Side &lt;by&gt; side">'
        f'<link rel="canonical" href="{URL}"><meta property="og:image" content="{URL}previews/site.png">'
    )
    site = build(tmp_path, url=URL)
    home = site.site / "index.html"
    home.write_text(home.read_text().replace("<title>t</title>", about).replace('lang="en"', 'lang="zh"'))
    to_folder(site, www)
    front = (www / "index.html").read_text()
    assert '<html lang="zh">' in front
    assert '<title>Bases &amp; "more"</title>' in front
    assert '<h1><a href="latest/">Bases &amp; "more"</a></h1>\n<p>Side &lt;by&gt; side</p>' in front
    assert front.count("canonical") == 1 and f'<link rel="canonical" href="{URL}latest/">' in front
    assert f'<meta property="og:image" content="{URL}previews/site.png">' in front
    home.write_text(home.read_text().replace('Bases &amp; "more"', "Renamed"))
    to_folder(site, www, START + DAY)
    assert "<title>Renamed</title>" in (www / "index.html").read_text()


def test_a_front_page_of_one_s_own_stays(tmp_path: Path) -> None:
    """What somebody else wrote at the root is not touched."""
    www = tmp_path / "www"
    to_folder(build(tmp_path), www)
    (www / "index.html").write_text("<h1>All our sites</h1>")
    to_folder(build(tmp_path, "two"), www, START + DAY)
    assert (www / "index.html").read_text() == "<h1>All our sites</h1>"


def test_pages_that_lead_on_say_what_they_lead_to(tmp_path: Path) -> None:
    """Where `latest/` is made of such pages, each has the title of the one it leads to, and its canonical address."""
    www = tmp_path / "www"
    to_folder(build(tmp_path, url=URL), www, alias_type="redirect")
    page = (www / "latest" / "images" / "alpine" / "index.html").read_text()
    assert "<title>t</title>" in page
    assert page.count("canonical") == 1
    assert f'<link rel="canonical" href="{URL}latest/images/alpine/">' in page


def test_each_version_keeps_its_own_policy(tmp_path: Path) -> None:
    """The file of headers has a policy for each version, so that an old one's scripts still run."""
    site, www = build(tmp_path, "one"), tmp_path / "www"
    to_folder(site, www)
    build(tmp_path, "two")
    (site.site / "_headers").write_text("/*\n  Content-Security-Policy: default-src 'none'\n  X-Other: x\n")
    to_folder(site, www, START + DAY)
    assert (www / "_headers").read_text() == (
        "/*\n  X-Other: x\n"
        "/2026-11-24/*\n  Content-Security-Policy: default-src 'self'\n"
        "/2026-11-25/*\n  Content-Security-Policy: default-src 'none'\n"
        "/latest/*\n  Content-Security-Policy: default-src 'none'\n"
        "/cards/*\n  Content-Security-Policy: default-src 'none'\n"
        "/permalink/*\n  Content-Security-Policy: default-src 'none'\n"
    )


def test_versions_are_let_go_and_names_are_kept(tmp_path: Path) -> None:
    """Nightly versions beyond those asked for go; a version that was given a name stays, and is no reason to go."""
    www = tmp_path / "www"
    to_folder(build(tmp_path, "audited"), www, version="audit")
    for night in range(5):
        to_folder(build(tmp_path, f"night {night}"), www, START + night * DAY, keep_daily=2, keep_monthly=1)
    found = [name for name in names(www) if name[0] == "2" or name == "audit"]
    assert found == ["2026-11-27", "2026-11-28", "audit"]
    assert broken(www) == []
    with pytest.raises(UsageError, match="audit"):
        to_folder(places(tmp_path), www, version="audit")
    with pytest.raises(UsageError, match="another place"):
        to_folder(places(tmp_path), www, version="feeds")


def test_what_people_put_there_stays(tmp_path: Path) -> None:
    """Other files at the root, and another front page, are nobody's business."""
    www = tmp_path / "www"
    www.mkdir()
    to_folder(build(tmp_path), www)
    (www / "CNAME").write_text("images.site.invalid\n")
    (www / "index.html").write_text("mine")
    (www / "more").mkdir()
    (www / "more" / "x.txt").write_text("x")
    to_folder(build(tmp_path, "two"), www, START + DAY)
    assert (www / "CNAME").read_text() == "images.site.invalid\n"
    assert (www / "index.html").read_text() == "mine"
    assert (www / "more" / "x.txt").read_text() == "x"


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    """Nothing of it is touched."""
    www = tmp_path / "www"
    www.mkdir()
    (www / "thesis.txt").write_text("x")
    with pytest.raises(NotAPublishedSite, match=r"thesis\.txt"):
        to_folder(build(tmp_path), www)
    assert names(www) == ["thesis.txt"]
    (www / "versions.json").write_text("{")
    with pytest.raises(NotAPublishedSite, match="mike"):
        to_folder(places(tmp_path), www)
    with pytest.raises(NotAPublishedSite, match="file"):
        to_folder(places(tmp_path), www / "thesis.txt")


def test_no_site_is_refused(tmp_path: Path) -> None:
    """Nothing built, or pages that are newer than the site: nothing is published, and the words say what to do."""
    site = build(tmp_path)
    (tmp_path / "mkdocs.yml").write_text("")
    site.docs.mkdir()
    with pytest.raises(SiteNotReady, match="older than the pages"):
        to_folder(site, tmp_path / "www")
    (site.site / "index.html").unlink()
    with pytest.raises(SiteNotReady, match="nothing has been built"):
        to_folder(site, tmp_path / "www")
    assert not (tmp_path / "www").exists()


def test_a_broken_link_stops_it(tmp_path: Path) -> None:
    """A tree with a link that leads nowhere is not published; the one before stands."""
    site, www = build(tmp_path), tmp_path / "www"
    to_folder(site, www)
    (site.site / "index.html").write_text('<html><a href="feeds/none.atom">x</a></html>')
    with pytest.raises(PublishError, match=r"none\.atom"):
        to_folder(site, www)
    assert "none.atom" not in (www / "latest" / "index.html").read_text()


def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    """It says what would be written, and there is no folder afterwards."""
    published = to_folder(build(tmp_path), tmp_path / "www", dry_run=True)
    assert published.release is not None and "2026-11-24/index.html" in published.release.writes
    assert names(tmp_path) == ["build", "images.yml"]


def test_a_symbolic_link_is_pointed_to_the_new_tree(tmp_path: Path) -> None:
    """Where the place is a link, the folder that it led to before goes, and one that was there at first stays."""
    www = tmp_path / "www"
    (tmp_path / "first").mkdir()
    www.symlink_to("first")
    for number in range(3):
        to_folder(build(tmp_path, f"{number}"), www, START + number * DAY)
    assert www.is_symlink()
    assert names(tmp_path) == [".www.release-3", "build", "first", "images.yml", "www"]
    assert broken(www.resolve()) == []


def test_a_system_that_cannot_exchange_folders_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The words name the way out, and the old tree stands."""
    www = tmp_path / "www"
    to_folder(build(tmp_path), www)
    monkeypatch.setattr(exchange_module, "_EXCHANGE", 1 << 20)  # a flag that no kernel knows
    with pytest.raises(PublishError, match="symbolic link"):
        to_folder(build(tmp_path, "two"), www, START + DAY)
    assert "one" in (www / "latest" / "images" / "alpine" / "index.html").read_text()


@pytest.mark.parametrize("linked", [False, True])
def test_readers_never_see_half_a_tree(tmp_path: Path, linked: bool) -> None:
    """Whoever asks while publications go on always finds the list of versions, a front page and its style."""
    www = tmp_path / "www"
    if linked:
        (tmp_path / "first").mkdir()
        www.symlink_to("first")
    to_folder(build(tmp_path), www)
    missing: list[str] = []
    asked = 0
    done = threading.Event()

    def read() -> None:
        nonlocal asked
        while not done.is_set():
            for path in (
                "versions.json",
                "latest/index.html",
                "latest/assets/style.css",
                "permalink/alpine/index.html",
            ):
                asked += 1
                try:
                    (www / path).read_bytes()
                except OSError as err:
                    missing.append(f"{path}: {err}")

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(20):
            to_folder(build(tmp_path, f"{number}"), www, START + number * DAY)
    finally:
        done.set()
        reader.join()
    assert asked > 1000
    assert missing == []
