"""Pages about moves and changes, with what these do to known vulnerabilities: a store of real analyses, rendered."""

import html
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from generator import pages
from generator.advisories import recorded
from generator.advisories.database import open_database
from generator.advisories.recorded import Assessments
from generator.analysis.document import Document
from generator.compare.past import past_of
from generator.lifecycle.calendar import shipped
from generator.pages import chronicle, telling
from generator.pages.editions import editions
from generator.pages.kept import Kept
from generator.store import documents, history
from generator.store.observation import Outcome
from generator.targets import AdvisorySettings, Configuration, Group, SiteSettings
from tests import builders
from tests.advisories.builders import CRITICAL, HIGH, LOW, advisory, archive, exploited
from tests.compare.test_summary import made, package
from tests.opened import analyzed
from tests.pages.samples import AMD64, HOSTILE, REPOSITORY, target
from tests.pages.test_over_time import between, seen

MUSL = package("musl", "1.2.5-r0")
LOST = made(package("openssl", "3.3.0-r0"), MUSL)
OLD = made(package("openssl", "3.3.1-r0"), package("zlib", "1.3-r0"), MUSL)
NEW = made(package("openssl", "3.3.2-r0"), package("curl", "8.9.0-r0"), MUSL)
SAME = made(package("openssl", "3.3.2-r0"), package("curl", "8.9.0-r0"), MUSL, mode=0o600)
BARE = analyzed(builders.image([builders.tar([builders.file("app", b"x"), builders.file("lib/x", b"y")])]))
DEBIAN = analyzed(
    builders.image(
        [
            builders.tar(
                [
                    builders.file("etc/os-release", b'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12"\n'),
                    builders.file(
                        "var/lib/dpkg/status",
                        b"Package: openssl\nStatus: install ok installed\nVersion: 3.0.1-1\nArchitecture: amd64\n\n",
                    ),
                ]
            )
        ]
    )
)
ADVISORIES = (
    advisory("CVE-2026-0001", "openssl", "3.3.2-r0", vector=HIGH),
    advisory("CVE-2026-0002", "zlib", vector=LOW),
    advisory("CVE-2026-0003", "curl", "8.9.1-r0", vector=CRITICAL, summary=" ".join(HOSTILE[:3])),
    advisory("CVE-2026-0004", "musl"),
    advisory("CVE-2026-0005", "openssl", "3.3.2-r0", vector=LOW),
)
STATES: dict[str, list[tuple[Document, str]]] = {
    "base": [(LOST, "2026-01-01"), (OLD, "2026-02-01"), (NEW, "2026-03-01"), (SAME, "2026-04-01")],
    "bare": [(BARE, "2026-01-01")],
    "debian": [(DEBIAN, "2026-01-01")],
    "alpine": [(OLD, "2026-01-01")],
}
CONFIGURATION = Configuration(
    groups=(Group(name="all", title="All", targets=tuple(target(name) for name in STATES)),),
    pairs=(("alpine", "base"), ("debian", "base"), ("base", "bare")),
    site=SiteSettings(languages=("en", "zh"), url="https://example.org/"),
    advisories=AdvisorySettings(max_age_days=30),
)


@dataclass(frozen=True)
class World:
    """A store of every state but the first, and pages made of it."""

    store: Path
    folder: Path

    def assess(self, *advisories: dict[str, Any], kev: tuple[str, ...] = ("CVE-2026-0005",)) -> None:
        """Hold everything against a database of these advisories."""
        folder = self.folder / "advisories"
        archive(folder, "Alpine", advisories)
        archive(folder, "Debian", [advisory("CVE-2026-0001", "openssl", ecosystem="Debian:12", vector=LOW)])
        exploited(folder, *kev)
        recorded.bring_up_to_date(self.store, open_database(folder, self.folder / "indexes"), {})

    def render(self, name: str, today: date = date(2026, 11, 24)) -> Callable[[str], str]:
        """Render the pages; return a reader of them."""
        outcomes = [
            Outcome(name=one.name, platform=AMD64, state="unchanged", observation=last)
            for one in CONFIGURATION.targets
            for last in [history.last(self.store, one.name, AMD64)]
        ]
        pages.render(
            CONFIGURATION,
            outcomes,
            lambda subject: documents.load(self.store, subject),
            templates=REPOSITORY / "templates",
            site_src=REPOSITORY / "site_src",
            destination=self.folder / name,
            histories=history.read_all(self.store),
            has_document=lambda subject: documents.path_of(self.store, subject).exists(),
            assessments=recorded.open_recorded(self.store, CONFIGURATION, self.folder, today),
        )
        return lambda path: (self.folder / name / path).read_text()


def stored(folder: Path) -> World:
    """Record every state; the document of the first is no longer kept."""
    world = World(folder / "data", folder)
    for name, states in STATES.items():
        for document, at in states:
            documents.save(world.store, document)
            history.append(world.store, name, AMD64, seen(name, document, at))
    documents.path_of(world.store, LOST.subject).unlink()
    return world


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Give a reader of the pages."""
    world = stored(tmp_path_factory.mktemp("flaws"))
    world.assess(*ADVISORIES)
    return world.render("docs")


@pytest.fixture(scope="module")
def unassessed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Give a reader of the pages of a site that has no database."""
    return stored(tmp_path_factory.mktemp("unassessed")).render("docs")


def words(content: str) -> str:
    """Return a page's words, entities of Markdown's own signs resolved."""
    plain = re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), re.sub(r"<[^>]+>", " ", content))
    return " ".join(plain.split())


def section(content: str, anchor: str = "vulnerabilities") -> str:
    """Return what stands below one heading, as words."""
    found = re.search(rf"^## .*{{ #{anchor}\b.*?$(.*?)(?=^## |\Z)", content, re.MULTILINE | re.DOTALL)
    assert found, f"no section {anchor}"
    return words(found[1])


CHANGE = f"images/base/changes/{between(OLD, NEW)}/index.md"


def test_a_rebuild_says_what_it_fixed_and_what_it_brought(page: Callable[[str], str]) -> None:
    """The first line has it in figures, the section each vulnerability with what became of its package."""
    content = page(CHANGE)
    lead = words(content.partition('<p class="bx-lead">')[2].partition("</p>")[0])
    assert lead.endswith("fixes 3 known vulnerabilities (1 exploited), brings CVE-2026-0003 (1 critical).")
    told = section(content)
    assert "open 4 3 1 2" in told and "known to be exploited 1 1 0 0" in told
    fixed = told.partition("Fixed 3")[2].partition("New 1")[0]
    assert fixed.index("CVE-2026-0005") < fixed.index("CVE-2026-0001") < fixed.index("CVE-2026-0002")
    assert "openssl 3.3.1-r0 → 3.3.2-r0" in fixed and "zlib 1.3-r0 no longer there" in fixed
    assert "curl 8.9.0-r0 was not there 8.9.1-r0" in told
    assert "Distributions publish" not in told


def test_lines_about_a_change_say_it_everywhere(page: Callable[[str], str]) -> None:
    """The history, the site's changes and the image's page have the same words; where nothing moved they have none."""
    said = "fixes 3 known vulnerabilities (1 exploited), brings CVE-2026-0003 (1 critical)"
    for path in ("images/base/history/index.md", "changes/index.md"):
        assert said in words(page(path)), path
    assert words(page("images/base/history/index.md")).count("known vulnerabilit") < 8
    newest = words(page("images/base/index.md")).partition("The newest change:")[2].partition("Over time")[0]
    assert "vulnerabilit" not in newest
    assert "修复 3 个已知漏洞" in words(page("zh/changes/index.md"))


def test_programs_are_told_the_same(page: Callable[[str], str], unassessed: Callable[[str], str]) -> None:
    """The API has each change's figures; null where they cannot be told, and never 0 for that."""
    changes = json.loads(page("api/v1/images/base/linux-amd64/history.json"))["changes"]
    (turnover,) = [one["vulnerabilities"] for one in changes if one["after"] == NEW.subject]
    assert (turnover["gone"]["counts"]["total"], turnover["gone"]["exploited_count"]) == (3, 1)
    assert (turnover["new"]["counts"]["critical"], turnover["new"]["named"]) == (1, ["CVE-2026-0003"])
    (lost,) = [one for one in changes if one["before"] == LOST.subject]
    assert lost["vulnerabilities"] is None
    for one in json.loads(unassessed("api/v1/changes.json"))["changes"]:
        assert one["vulnerabilities"] is None


def test_find_knows_vulnerabilities(page: Callable[[str], str], unassessed: Callable[[str], str]) -> None:
    """The page Find has a file of them, with other names and those of which nobody can tell; else it has none."""
    root = json.loads(page("find/root.json"))
    found = json.loads(page(f"find/{root['vulnerabilities']}"))
    folders = [folder for _, folder in root["images"]]
    names = dict(found["names"])
    assert names["CVE-2026-0003"] == str(folders.index("images/base"))
    assert ["ALPINE-CVE-2026-0003", "CVE-2026-0003"] in found["aliases"]
    assert [folders[number] for number in found["untold"]] == ["images/bare"]
    assert json.loads(unassessed("find/root.json"))["vulnerabilities"] == ""


def test_where_nothing_came_or_went_it_says_so(page: Callable[[str], str]) -> None:
    """A change that touches no package is compared, and the same."""
    told = section(page(f"images/base/changes/{between(NEW, SAME)}/index.md"), "unchanged")
    assert "Known vulnerabilities" in told.partition("Compared, and the same:")[2]


def test_a_state_without_its_record_is_not_compared(page: Callable[[str], str]) -> None:
    """Where the document is no longer kept nothing is told of vulnerabilities, and no figure is made up."""
    content = page(f"images/base/changes/{between(LOST, OLD)}/index.md")
    told = section(content, "unchanged")
    assert "Known vulnerabilities: there is no full record of one of the states" in told
    assert "fixes" not in content and "brings" not in content


def test_a_move_is_told_in_a_sentence_and_in_lists(page: Callable[[str], str]) -> None:
    """The sentence stands near the top, and the checklist leads to what is new."""
    content = page("compare/alpine/base/index.md")
    top = words(content.partition("{ #moving }")[0])
    assert "Moving fixes 3 known vulnerabilities (1 exploited) and brings 1 (1 critical)" in top
    assert "; 1 stays, as the database of 2026-11-20 judges both." in top
    assert "Look at 1 known vulnerability that is new CVE-2026-0003" in words(content)
    linked = re.findall(r'href="../../../images/(\w+)/#(CVE.+?)"', html.unescape(content))
    assert len(linked) == 5
    assert all(f'id="{anchor}"' in html.unescape(page(f"images/{image}/index.md")) for image, anchor in linked)
    assert "Distributions publish" not in section(content)
    assert "musl 1.2.5-r0 not yet" in section(content).partition("Still open 1")[2]


def test_another_distribution_has_a_caveat(page: Callable[[str], str]) -> None:
    """Between distributions a flaw stays by its name, and it is said that they publish and rate differently."""
    told = section(page("compare/debian/base/index.md"))
    assert "Distributions publish and rate vulnerabilities each in their own way" in told
    assert "Debian: 1 advisory about Debian:12" in told and "Base: 5 advisories about Alpine:v3.20" in told
    assert "CVE-2026-0001" in told.partition("Fixed 1")[2]


def test_a_side_without_packages_makes_the_move_unknown(page: Callable[[str], str]) -> None:
    """No package database: not known, with the reason and the number of files, and no figure anywhere."""
    content = page("compare/base/bare/index.md")
    assert "Known vulnerabilities : not known" in words(content.partition("{ #moving }")[0])
    told = section(content)
    assert "not known , which does not mean that there are none:" in told
    assert "Bare: The image does not say which packages it has" in told and "2 files are no package’s." in told
    assert "Fixed" not in told and "Moving fixes" not in content


def test_without_a_database_nothing_is_said_to_be_fine(unassessed: Callable[[str], str]) -> None:
    """Everything is not known, once for both sides, and lines say nothing."""
    told = section(unassessed("compare/alpine/base/index.md"))
    assert "Alpine, Base: This site was built without a database of advisories." in told
    assert "fixes" not in unassessed("changes/index.md")
    assert "trend-vulnerabilities" not in unassessed("images/base/history/index.md")
    assert "nown vulnerabilities" not in unassessed("images/base/history/index.md")


def test_the_trend_is_todays_databases_with_gaps(page: Callable[[str], str]) -> None:
    """Each kept state has its figure as judged today; the one without a record is a gap with its reason."""
    content = page("images/base/history/index.md")
    (figure,) = re.findall(r'<figure class="bx-trend" id="trend-vulnerabilities">(.*?)</figure>', content, re.DOTALL)
    assert "From 4 on 2026-02-01 to 2 on 2026-04-01; lowest 2, highest 4." in words(figure)
    assert "As today’s database, of 2026-11-20 , judges each state" in words(figure)
    assert figure.count("<circle") == 3
    rows = re.findall(r'<tr id="[^"]*state[^"]*">.*?</tr>', content, re.DOTALL)
    cells = [re.findall(r"<td.*?</td>", row)[7] for row in rows]
    assert [words(one) for one in cells] == ["not known", "4", "2", "2"]
    assert "its record is no longer kept" in cells[0]


def test_a_database_that_is_too_old_says_so(tmp_path: Path) -> None:
    """What was compared with an old database is told as of its day, with a word of warning."""
    world = stored(tmp_path)
    world.assess(*ADVISORIES)
    told = section(world.render("docs", date(2027, 6, 1))("compare/alpine/base/index.md"))
    assert told.count("too old") == 2
    assert "the database was older than this site allows" in told


def test_what_is_not_dated_or_stands_still_says_so(tmp_path: Path) -> None:
    """A move that fixes nothing is no good news where nobody knows the date, or writes advisories any more."""
    world = stored(tmp_path)
    old = advisory("CVE-2019-0001", "openssl", "1-r0", modified="2019-05-01")
    newer = advisory("CVE-2026-0009", "openssl", "1-r0", ecosystem="Alpine:v3.21")
    world.assess(old, newer)
    top = words(world.render("still", date(2026, 11, 24))("compare/alpine/base/index.md"))
    assert "Moving fixes no known vulnerability and brings none" in top
    assert "advisories about Alpine:v3.20 stand still, so that later ones are not in it." in top
    assert "the newest of 2019-05-01: they stand still" in top
    world.assess({**old, "modified": "", "published": ""})
    undated = words(world.render("undated")("compare/alpine/base/index.md"))
    assert "none stays, as a database of unknown date judges both." in undated
    assert "whose date is not known" in undated


def test_words_from_advisories_are_only_words(page: Callable[[str], str]) -> None:
    """What an advisory says of itself is text, on every page that shows it."""
    for path in (CHANGE, "compare/alpine/base/index.md"):
        content = page(path)
        assert "<script>alert" not in content and "<img src=x" not in content
        assert HOSTILE[0] in words(content)


def test_what_is_kept_of_a_past_has_it_too(tmp_path: Path) -> None:
    """A past that is taken from the cache brings the same lines, without another look at any assessment."""
    world = stored(tmp_path)
    world.assess(*ADVISORIES)
    assessments = recorded.open_recorded(world.store, CONFIGURATION, tmp_path, date(2026, 11, 24))
    past = past_of(history.read(world.store, "base", AMD64), lambda subject: subject != LOST.subject)

    def lines(known: Assessments) -> list[str]:
        made = editions(
            CONFIGURATION,
            {},
            shipped(),
            REPOSITORY / "templates",
            pasts={"images/base": past},
            summaries={},
            outlines={},
            assessments=known,
        )
        kept = Kept(tmp_path / "kept", b"", lambda subject: b"")
        list(telling.tell_image(made, 0, lambda subject: documents.load(world.store, subject), kept))
        site = made[0].site
        return [one.words for one in chronicle.of_image(site.images[0], site).lines(site)]

    first = lines(assessments)
    assert any("fixes 3 known vulnerabilities" in one for one in first)
    assert lines(Assessments()) == first


ATOM = "{http://www.w3.org/2005/Atom}"


def test_feeds_mention_it_and_stay_the_same_entries(tmp_path: Path) -> None:
    """Another database changes what an entry says, and neither its id nor when it was updated."""
    world = stored(tmp_path)
    world.assess(*ADVISORIES)
    before = ET.fromstring(world.render("docs")("feeds/images/base.atom"))
    world.assess(*ADVISORIES, *(advisory(f"CVE-2026-010{number}", "zlib", vector=CRITICAL) for number in range(4)))
    after = ET.fromstring(world.render("docs")("feeds/images/base.atom"))

    def facts(feed: ET.Element, *names: str) -> list[tuple[str | None, ...]]:
        return [tuple(one.findtext(ATOM + name) for name in names) for one in feed.iter(f"{ATOM}entry")]

    assert facts(before, "id", "updated", "title") == facts(after, "id", "updated", "title")
    assert before.findtext(f"{ATOM}updated") == after.findtext(f"{ATOM}updated")
    summaries = [[summary for (summary,) in facts(one, "summary") if summary] for one in (before, after)]
    assert any("fixes 3 known vulnerabilities (1 exploited), among them CVE-2026-0005" in one for one in summaries[0])
    assert any(
        "fixes 7 known vulnerabilities (1 exploited, 4 critical), among them CVE-2026-0005, CVE-2026-0100" in one
        for one in summaries[1]
    )
