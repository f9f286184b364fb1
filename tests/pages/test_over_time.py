"""Images over time: a store of real analyses in several states, its pages rendered and built by MkDocs, strictly."""

import gzip
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from generator import pages
from generator.analysis.document import Document
from generator.compare.past import figures_of, past_of
from generator.oci.digest import parse_digest
from generator.oci.platform import Platform
from generator.pages import trends
from generator.pages.site import Removed
from generator.publish.editions import Edition
from generator.publish.mkdocs import build_site
from generator.store import documents, history
from generator.store.observation import Figures, Observation, Outcome
from generator.targets import Configuration, Group, SiteSettings
from tests import builders
from tests.compare.test_summary import made, package
from tests.pages.samples import AMD64, ARM64, HOSTILE, REPOSITORY, target

MUSL = package("musl", "1.2.5-r0")
FIRST = made(package("openssl", "3.3.1-r0"), MUSL)
UPGRADED = made(package("openssl", "3.3.2-r0"), MUSL)
OTHER_MODE = made(package("openssl", "3.3.2-r0"), MUSL, mode=0o600)
SECRETS = [made(MUSL, run={"Env": [f"DB_PASSWORD=hunter{number}", "A=1"]}) for number in (2, 3)]
PRINTABLE = [words for words in HOSTILE if "\udcff" not in words]
NASTY = [
    made(
        *(package(f"p{number}{words.splitlines()[0]}", version) for number, words in enumerate(PRINTABLE)),
        run={"Labels": dict.fromkeys(PRINTABLE, version), "Env": [f"X={version}{HOSTILE[0]}"]},
        extra=tuple(
            builders.file(f"etc/{number}{words.replace('/', '_')[:60]}", version.encode())
            for number, words in enumerate(PRINTABLE)
        ),
    )
    for version in ("1-r0", "2-r0")
]


def seen(name: str, document: Document, at: str, *, figures: bool = True, **fields: Any) -> Observation:
    """Return the history's line of a document."""
    return Observation(
        at=f"{at}T03:10:00Z",
        subject=document.subject,
        generator_version="0.0.0",
        source=f"registry:registry.invalid/{name}:latest",
        figures=figures_of(document) if figures else None,
        **fields,
    )


HISTORIES: dict[tuple[str, Platform], list[tuple[Document, str]]] = {
    ("base", AMD64): [
        (FIRST, "2026-01-01"),
        (UPGRADED, "2026-02-01"),
        (OTHER_MODE, "2026-03-01"),
        (UPGRADED, "2026-04-01"),
        (OTHER_MODE, "2026-05-01"),
    ],
    ("base", ARM64): [(FIRST, "2026-01-01"), (OTHER_MODE, "2026-01-02")],
    ("once", AMD64): [(FIRST, "2026-01-01")],
    ("secret", AMD64): [(SECRETS[0], "2026-01-01"), (SECRETS[1], "2026-01-02")],
    ("before", AMD64): [(FIRST, "2025-12-01"), (UPGRADED, "2025-12-20")],
    ("after", AMD64): [(UPGRADED, "2026-01-05"), (OTHER_MODE, "2026-01-06")],
    ("gone", AMD64): [(FIRST, "2025-11-01"), (UPGRADED, "2025-11-02")],
    ("gone", ARM64): [(FIRST, "2025-11-01")],
    ("forgetful", AMD64): [(made(MUSL), "2026-01-01"), (made(MUSL, package("zlib", "1-r0")), "2026-06-01")],
    ("nasty", AMD64): [(NASTY[0], "2026-01-01"), (NASTY[1], "2026-01-01")],
}
LISTED = ("base", "once", "secret", "after", "forgetful", "nasty", "never")


@dataclass(frozen=True)
class World:
    """A store, the pages made of it and the site built of them."""

    store: Path
    docs: Path
    site: Path

    def page(self, path: str) -> str:
        """Return a built page's content, as its readers have it: without tags, entities resolved."""
        content = self.raw(path).partition("<article")[2].partition("</article>")[0]
        apart = re.sub(r"<(?=/?(?:p|t[hdr]|li|h\d|d[tdl]|div|ul|ol|details|summary|table)\b)", " <", content)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", "", apart)).split())

    def raw(self, path: str) -> str:
        """Return a built page as it is."""
        return (self.site / path / "index.html").read_text()

    def ids(self, path: str) -> list[str]:
        """Return the names that one may link to on a page."""
        return [html.unescape(one) for one in re.findall(r' id="([^"]+)"', self.raw(path))]


def configuration() -> Configuration:
    """Return what images.yml says: one image less than the history, one of another name."""
    fields: Mapping[str, Any] = {"after": {"former_names": ("before",)}}
    targets = tuple(target(name, **fields.get(name, {})) for name in LISTED)
    return Configuration(
        groups=(Group(name="all", title="All", targets=targets),), site=SiteSettings(languages=("en", "zh"))
    )


def render(store: Path, docs: Path) -> pages.Report:
    """Render the store's pages, as a build does that asked about no image."""
    outcomes = [
        Outcome(
            name=one.name,
            platform=AMD64,
            state="unchanged" if last else "missing",
            observation=last,
            reason="" if last else "no build has asked for it yet",
        )
        for one in configuration().targets
        for last in [history.last(store, one.name, AMD64)]
    ]
    return pages.render(
        configuration(),
        outcomes,
        lambda subject: documents.load(store, subject),
        templates=REPOSITORY / "templates",
        site_src=REPOSITORY / "site_src",
        destination=docs,
        histories=history.read_all(store),
        has_document=lambda subject: documents.path_of(store, subject).exists(),
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Record every state, forget one document, render, and build the site: dead links and wrong Markdown fail."""
    folder = tmp_path_factory.mktemp("world")
    one = World(folder / "data", folder / "docs", folder / "site")
    for (name, platform), states in HISTORIES.items():
        for document, at in states:
            documents.save(one.store, document)
            history.append(one.store, name, platform, seen(name, document, at, figures=name != "once"))
    documents.path_of(one.store, HISTORIES["forgetful", AMD64][0][0].subject).unlink()
    render(one.store, one.docs)
    build_site(one.docs, REPOSITORY / "mkdocs.yml", one.site, [Edition("en"), Edition("zh")])
    return one


def short(document: Document) -> str:
    """Return the digits that name a state in an address."""
    return document.subject.partition(":")[2][:12]


def between(before: Document, after: Document) -> str:
    """Return a change's name."""
    return f"{short(before)}-{short(after)}"


def test_an_upgrade_is_told_as_release_notes(world: World) -> None:
    """The page begins with what was upgraded, has the versions in a table and every section under its anchor."""
    folder = f"images/base/changes/{between(FIRST, UPGRADED)}"
    words = world.page(folder)
    assert "openssl upgraded to 3.3.2-r0, 1 path different." in words
    assert "openssl 3.3.1-r0 3.3.2-r0 Upgraded" in words
    for anchor in ("sizes", "packages", "config", "capabilities", "commands", "permissions", "files", "libraries"):
        assert world.ids(folder).count(anchor) == 1, anchor
    assert "Compared, and the same:" in words


def test_a_mode_alone_is_told(world: World) -> None:
    """Where one file's mode changed, the page says so and shows both."""
    words = world.page(f"images/base/changes/{between(UPGRADED, OTHER_MODE)}")
    assert "1 path’s mode changed." in words
    assert "/etc/conf mode 0644 0600" in words or "/etc/conf mode -rw-r--r-- -rw-------" in words


def test_going_back_is_a_change_and_a_change_that_comes_again_has_one_page(world: World) -> None:
    """Every way has its page; the one seen twice says on which days, and states that come again have own anchors."""
    twice = world.page(f"images/base/changes/{between(UPGRADED, OTHER_MODE)}")
    assert "2026-03-01, 2026-05-01" in twice
    assert "1 path’s mode changed." in world.page(f"images/base/changes/{between(OTHER_MODE, UPGRADED)}")
    for anchor in (f"state-{short(UPGRADED)}", f"state-{short(UPGRADED)}-2", f"state-{short(OTHER_MODE)}-2"):
        assert world.ids("images/base/history").count(anchor) == 1
    assert len(list((world.site / "images/base/changes").iterdir())) == 3


def test_the_history_has_states_trends_and_changes(world: World) -> None:
    """States stand oldest first with their figures, changes newest first, and each chart has its words."""
    words = world.page("images/base/history")
    assert words.index("5 states since 2026-01-01") < words.index("What changed") < words.index("Trends")
    days = re.findall(r"2026-0\d-01", words.partition("Oldest first.")[2])
    assert days == sorted(days) and len(days) == 5
    content = world.raw("images/base/history")
    assert content.count('<svg class="bx-trend__picture"') >= 4
    assert "<desc" in content and "trend-docker_size" in world.ids("images/base/history")


def test_one_state_has_no_trend_but_a_sentence(world: World) -> None:
    """An image that never changed says so; its figures come from its document where the history has none."""
    words = world.page("images/once/history")
    assert "It has been the same since it was first seen, on 2026-01-01." in words
    assert "Trends" not in words and "not known" not in words.partition("States")[2].replace("compressed", "")
    assert "First seen on 2026-01-01, unchanged since." in world.page("images/once")


def test_image_pages_say_since_when_and_what_changed_last(world: World) -> None:
    """The image's own page leads to its history and to its newest change."""
    words = world.page("images/base")
    assert "Unchanged since 2026-05-01. Last rebuilt on 2024-05-01." in words
    assert "The newest change: 1 path’s mode changed." in words


def test_a_document_that_is_not_kept_leaves_a_page_of_figures(world: World) -> None:
    """The change's page stands, says which record is gone, and claims nothing that figures do not tell."""
    (folder,) = (world.site / "images/forgetful/changes").iterdir()
    words = world.page(f"images/forgetful/changes/{folder.name}")
    assert "1 package more" in words
    assert f"The full record of {folder.name[:12]} is no longer kept" in words
    assert "zlib" not in words and "Compared, and the same" not in words


def test_a_removed_image_leaves_tombstones(world: World) -> None:
    """Page, history and changes of an image that is no longer listed stand, for each of its platforms."""
    words = world.page("images/gone")
    assert "This image is no longer in the list of this site." in words
    assert UPGRADED.subject in words and "2025-11-02" in words
    assert "linux/arm64" in world.page("images/gone/linux-arm64")
    assert "openssl upgraded" in world.page(f"images/gone/changes/{between(FIRST, UPGRADED)}")
    assert "2 states" in world.page("images/gone/history")
    assert "It has been the same" in world.page("images/gone/linux-arm64/history")


def test_a_platform_that_is_no_longer_listed_leaves_one_too(world: World) -> None:
    """The image's page stays its own, and the platform's says that the image is there still."""
    words = world.page("images/base/linux-arm64")
    assert "This platform is no longer in the list of this site." in words
    assert "Unchanged since" in world.page("images/base")
    assert "openssl upgraded" in world.page(f"images/base/linux-arm64/changes/{between(FIRST, OTHER_MODE)}")


def test_what_is_gone_is_on_the_status_page_and_not_on_the_front_page(world: World) -> None:
    """The front page lists what images.yml lists; the status page and the changes tell of the others."""
    assert "images/gone" not in html.unescape(world.raw(""))
    for path in ("status", "changes"):
        words = world.page(path)
        assert "No longer in the list" in words and "gone" in words.partition("No longer in the list")[2]


@pytest.mark.parametrize("below", ["", "history/", f"changes/{between(FIRST, UPGRADED)}/"])
@pytest.mark.parametrize("language", ["", "zh/"])
def test_former_names_lead_on(world: World, below: str, language: str) -> None:
    """Every address below a former name leads to the same below the new one, without a script."""
    page = world.site / f"{language}images/before/{below}index.html"
    content = html.unescape(page.read_text())
    found = re.search(r'<meta http-equiv="refresh" content="0; url=([^"]+)">', content)
    assert found
    assert (page.parent / found[1]).resolve() == (world.site / f"{language}images/after/{below}").resolve()
    assert f'<a href="{found[1]}">' in content


def test_a_renamed_image_keeps_its_history(world: World) -> None:
    """What was recorded under the former name is the beginning of the image's past."""
    words = world.page("images/after/history")
    assert "3 states since 2025-12-01" in words


def test_the_sites_changes_are_newest_first(world: World) -> None:
    """Days go backwards, each change leads to its page, and what was seen first is a line, too."""
    content = world.raw("changes")
    days = re.findall(r'<h2 id="day-(\d+)"', content)
    assert days == sorted(days, reverse=True) and len(days) > 8
    words = world.page("changes")
    assert "Base 1 path’s mode changed" in words and "Once first seen" in words
    assert len(set(world.ids("changes"))) == len(world.ids("changes"))
    # every state of every image is either seen first or a change; a former name's are the image's own
    assert world.raw("changes").count("<li id=") == sum(map(len, HISTORIES.values())) - 1 + 3  # and three are gone


def test_secrets_stay_hidden(world: World) -> None:
    """A variable whose name looks like a secret's is told as changed, without either value."""
    words = world.page(f"images/secret/changes/{between(*SECRETS)}")
    assert "env DB_PASSWORD looks like a secret: its value is not shown" in words
    for path in world.site.rglob("*"):
        if path.is_file() and path.suffix in (".html", ".json", ".md", ".svg"):
            assert b"hunter" not in path.read_bytes(), path


def test_hostile_words_are_nothing_but_text(world: World) -> None:
    """Names of packages, labels and files come out as words on every page that tells of the change."""
    change = f"images/nasty/changes/{between(*NASTY)}"
    for path in (change, "images/nasty/history", "changes", "images/nasty"):
        article = world.raw(path).partition("<article")[2].partition("</article>")[0]
        for sign in (
            "<script>alert",
            "<img src=x",
            "<svg onload",
            'href="javascript:',
            "onmouseover='",
            "<!-- comment",
        ):
            assert sign not in article, (path, sign)
    assert "<script>alert(1)</script>" in world.page(change)


def test_pages_are_in_the_readers_language(world: World) -> None:
    """The Chinese pages say the same in Chinese, under the same addresses and anchors."""
    folder = f"images/base/changes/{between(FIRST, UPGRADED)}"
    assert "openssl 升级到 3.3.2-r0" in world.page(f"zh/{folder}")
    assert world.ids(folder) == world.ids(f"zh/{folder}")


def test_rendering_again_changes_nothing_and_needs_no_clock(world: World) -> None:
    """The same store gives the same bytes."""
    assert not render(world.store, world.docs).changed


def test_pages_are_light(world: World) -> None:
    """No page of the past weighs 100 kB on the wire."""
    for path in [*world.site.glob("images/*/history/index.html"), *world.site.glob("images/*/changes/*/index.html")]:
        assert len(gzip.compress(path.read_bytes())) < 100_000, path


@pytest.mark.parametrize("page", ["images/base/history", "images/gone/history", "zh/images/base/linux-arm64/history"])
def test_the_history_leads_to_the_same_for_programs(world: World, page: str) -> None:
    """Each history page links the API's file of that image and platform, which has as many states."""
    (address,) = re.findall(r'href="([^"]+/history\.json)"', html.unescape(world.raw(page)))
    found = json.loads((world.site / page / address).resolve().read_text())
    assert len(found["states"]) == world.ids(page.removeprefix("zh/")).count("states") + len(found["changes"])


# Charts


def past(*counts: int | None, day: str = "2026-01-{:02}") -> Any:
    """Return a past of one state a day, with so many entries; None: no figures."""
    subjects = [parse_digest("sha256:" + f"{number:064x}") for number in range(1, len(counts) + 1)]
    return past_of(
        [
            Observation(
                at=f"{day.format(number)}T00:00:00Z",
                subject=subject,
                generator_version="1",
                source="registry:x",
                figures=None if count is None else Figures(layer_count=1, entry_count=count),
            )
            for number, (subject, count) in enumerate(zip(subjects, counts, strict=True), start=1)
        ],
        lambda subject: False,
    )


def test_charts_stand_on_a_real_axis_of_time() -> None:
    """Two changes a day apart are nearer than two a month apart."""
    observations = past(1, 2, 3).states
    late = past(4, day="2026-03-01").states[0]
    (chart,) = trends.charts(type(past(1))((*observations, late)))
    xs = [float(x) for x in re.findall(r'<circle cx="([\d.]+)"', chart.drawing)]
    assert xs[1] - xs[0] == pytest.approx(xs[2] - xs[1], abs=0.2)
    assert xs[3] - xs[2] > 20 * (xs[1] - xs[0])


def test_what_is_not_known_is_a_gap() -> None:
    """A state without figures breaks the line; it is neither zero nor bridged."""
    (chart,) = trends.charts(past(5, None, 7, 7))
    path = re.search(r'<path class="bx-trend__line" d="([^"]+)"', chart.drawing)
    assert path and path[1].count("M") == 2
    assert chart.drawing.count("<circle") == 3


def test_a_single_state_and_unreadable_times_have_no_chart() -> None:
    """A trend needs two states and times that can be read."""
    assert trends.charts(past(1)) == ()
    assert trends.charts(past(1, 2, day="someday-{}")) == ()


def test_a_removed_image_has_its_first_platform_at_its_name() -> None:
    """linux/amd64 where it had that, else the first; a platform of a listed image never takes the image's address."""
    some = past(1)
    assert Removed("x", {"linux-amd64": some, "linux-386": some}).folder("linux-amd64") == "images/x"
    assert Removed("x", {"linux-386": some, "linux-arm": some}).folder("linux-386") == "images/x"
    assert Removed("x", {"linux-amd64": some}, is_listed=True).folder("linux-amd64") == "images/x/linux-amd64"
