"""Hostile strings in every field that an image, a registry or a configuration can fill, through real MkDocs."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from generator import text
from generator.advisories import recorded
from generator.advisories.database import open_database
from generator.analysis.document import Member, Step, Stored
from generator.oci.documents import Config
from generator.oci.platform import Platform
from generator.publish.links import check_links, read_pages
from generator.store import documents
from generator.targets import AdvisorySettings, Configuration, Group, SiteSettings
from generator.warnings import Noted
from tests.advisories import held, test_opinions, test_vex
from tests.advisories.builders import CRITICAL, advisory, archive, exploited
from tests.pages.samples import HOSTILE, Entry, Sample, document, outcome, target
from tests.pages.site_build import build

STRINGS: Final = tuple(one for one in HOSTILE if "\udcff" not in one)
"""JSON documents hold no lone surrogates: file names and such reach them in their visible form."""
Say = Callable[[int], str]


def hostile_sample(say: Say) -> Sample:
    """Make a site in which every free text is one of the strings, by its number."""
    many = range(len(STRINGS))
    config = Config(
        platform=Platform(say(0), say(1), say(2)),
        diff_ids=(),
        author=say(3),
        user=say(4),
        env=tuple(f"NAME{number}{say(number)}={say(number)}" for number in many),
        entrypoint=tuple(say(number) for number in many),
        cmd=tuple(say(number) for number in many),
        working_dir=say(5),
        exposed_ports=tuple(say(number) for number in many),
        volumes=tuple(say(number) for number in many),
        labels={f"label{number:02d} {say(number)}": say(number) for number in many},
        stop_signal=say(6),
        shell=(say(7),),
        healthcheck=(say(8),),
        on_build=tuple(say(number) for number in many),
    )
    names = [text.visible(say(number)).replace("/", "\u2215") for number in many]
    entries = [Entry(f"dir/{number:02d}{name}", size=1000 + number) for number, name in enumerate(names)]
    entries += [Entry(f"link/{number:02d}", "l", target=text.visible(say(number))) for number in many]
    entries += [Entry(f"twin/{number:02d}{name}", size=5, content="same") for number, name in enumerate(names)]
    made = document(
        entries,
        config=config,
        steps=[Step(say(n), say(n), say(n), say(n), say(n), 0 if n else None, n % 2 == 0) for n in many],
        warnings=[Noted("sparse-file", say(n), text.visible(say(n)), 0) for n in many],
        os_release={f"FIELD{n:02d}{say(n)}": say(n) for n in many} | {"PRETTY_NAME": say(0)},
    )
    layers = tuple(
        msgspec.structs.replace(one, media_type=say(9), compression=say(10), digest=say(11)) for one in made.layers
    )
    identity = msgspec.structs.replace(
        made.identity, media_type=say(12), created=say(13), platform=Platform(say(14), say(15))
    )
    stored = Stored(
        tuple(Member(say(n), "file", None, say(n), 0, say(n)) for n in many),
        tuple(Member(say(n), say(n), n, "layer", 0, say(n)) for n in many),
    )
    made = msgspec.structs.replace(made, layers=layers, identity=identity, stored=stored, generator_version=say(16))
    words = {"description": say(0), "owner": say(1), "reason": say(2), "review_on": say(3)}
    configuration = Configuration(
        site=SiteSettings(title="Site", description=say(4)),
        groups=(
            Group(
                name="group",
                title=say(5),
                description=say(6),
                targets=(
                    *(target(f"image-{n}", title=f"t{n} {say(n)}", status="banned", **words) for n in many),
                    target("missing", title=say(7), sources=tuple(say(n) for n in many), status="banned", **words),
                    target("stale", title=say(8), replacement="missing", **words),
                ),
            ),
        ),
    )
    little = document([Entry("a", size=1)], word="little")  # the other pages are about their titles
    outcomes = [
        outcome(f"image-{n}", made.subject if n in (0, 5) else little.subject, source=say(n), provenance=say(n))
        for n in many
    ]
    reasons: dict[str, Any] = {"reason": say(9), "slug": "source", "attempts": tuple(say(n) for n in many)}
    outcomes += [
        outcome("missing", None, "missing", **reasons),
        outcome(
            "stale",
            made.subject,
            "stale",
            **reasons,
            source=say(10),
            platforms=tuple(Platform(say(n), say(n)) for n in many),
            repo_digests=tuple(say(n) for n in many),
            warnings=tuple(("registry-content-type", say(n)) for n in many),
        ),
    ]
    return Sample(configuration, tuple(outcomes), {made.subject: made, little.subject: little})


class Page(HTMLParser):
    """One built page: its structure without drawings, its text, and the values of risky attributes."""

    def __init__(self, path: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.structure: list[str] = []
        self.text = ""
        self.addresses: list[str] = []
        self.anchors: list[str] = []
        self._drawing = False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._drawing = self._drawing or tag == "svg"
        if not self._drawing:
            # What a drawing or a fold shows depends on a text's length, and is checked by itself.
            self.structure.append(tag + " " + " ".join(name for name, _ in attrs))
        assert not any(name.startswith("on") for name, _ in attrs), (tag, attrs)
        self.anchors += [value or "" for name, value in attrs if name == "id"]
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action", "srcdoc", "data")]

    def handle_endtag(self, tag: str) -> None:
        self._drawing = self._drawing and tag != "svg"

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Build the site of hostile strings and the same site of harmless ones."""
    hostile = build(hostile_sample(lambda number: STRINGS[number % len(STRINGS)]), tmp_path_factory.mktemp("hostile"))
    plain = build(hostile_sample(lambda number: f"harmless {number:02d}"), tmp_path_factory.mktemp("plain"))
    return hostile, plain


PAGES: Final = ("index.html", "status/index.html", "images/image-0/index.html", "images/image-5/index.html",
                "images/missing/index.html", "images/stale/index.html")  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_no_string_changes_the_structure_of_a_page(sites: tuple[Path, Path], name: str) -> None:
    """Tags and attributes are the same as with harmless strings: no script, link, table or cell arises."""
    hostile, plain = (Page(site / name) for site in sites)
    assert hostile.structure == plain.structure


def test_no_page_leads_anywhere_unexpected(sites: tuple[Path, Path]) -> None:
    """No address on any page is a script or another host."""
    for path in sorted(sites[0].rglob("*.html")):
        for address in Page(path).addresses:
            assert not address.lower().strip().startswith(("javascript", "data:text", "//")), (path, address)
            assert "evil.invalid" not in address or address.startswith("#path="), (path, address)
    check_links(sites[0], read_pages(sites[0]))


def test_the_strings_are_read_as_they_are(sites: tuple[Path, Path]) -> None:
    """Every string stands on the image page as text, control characters and direction marks made visible."""
    shown = "".join(Page(sites[0] / "images/image-0/index.html").text.split())
    for one in STRINGS:
        assert "".join(text.visible(one).split()) in shown, one
    assert not set(shown) & set("\x1b\u202e\u2066\u200b\u2028\x02")


def test_the_search_index_holds_no_markup_of_theirs(sites: tuple[Path, Path]) -> None:
    """The search's results are drawn as HTML, so what the index holds must be escaped."""
    index = json.loads((sites[0] / "search" / "search_index.json").read_text())
    for entry in index["docs"]:
        for field in (entry["title"], entry["text"]):
            lowered = field.lower()
            assert "<script" not in lowered
            assert "<img" not in lowered
            assert "<svg" not in lowered
            assert "<details markdown" not in lowered


def test_the_tree_for_the_script_holds_no_markup(sites: tuple[Path, Path]) -> None:
    """tree.json is text in which HTML sees nothing."""
    for path in sites[0].rglob("tree.json"):
        assert not set(path.read_text()) & set("<>&")


# What others say of flaws


def advised_sample(say: Say, folder: Path) -> Sample:
    """Make a site of one image in which advisories, VEX statements, reports and packages say these strings."""
    many = range(len(STRINGS))
    named = [f"package{n:02d} {say(n)}" for n in many]
    known = held.document(
        held.ALPINE, "apk", [held.package(name, "1.0-r0", source=name) for name in (named[0], *named)]
    )
    advisories = [
        advisory(
            f"CVE-2026-{1000 + n}",
            name,
            f"1.0-r1 {say(n)}" if n % 3 == 0 else "1.1-r0",
            vector=CRITICAL if n % 2 else "",
            id=f"{n} {say(n)}"[:100],
            upstream=[f"CVE-2026-{1000 + n}"] if n % 2 else [],
            aliases=[say(n + 1)],
            summary=say(n),
            details=say(n),
            references=[{"type": "WEB", "url": say(n)}],
            database_specific={"severity": say(n)},
        )
        for n, name in enumerate(named)
    ]
    exploited(archive(folder / "advisories", "Alpine", advisories), "CVE-2026-1001")
    statements = [
        test_vex.statement(
            "base", name=f"CVE-2026-{1000 + n}", status=("not_affected", "affected")[n // 2 % 2], timestamp=say(n),
            justification=say(n), impact_statement=say(n + 1),
        )
        for n in many
        if n % 4
    ]  # fmt: skip
    (folder / "vex.json").write_bytes(test_vex.document(*statements, author=say(0), timestamp=say(1)))
    matches = [test_opinions.match(f"{n} {say(n)}", say(n), say(n), related=(say(n + 1),)) for n in many]
    (folder / "grype.json").write_bytes(
        test_opinions.grype(*matches, source=None, distro={"name": say(0)}, descriptor={"version": say(1)})
    )
    documents.save(folder / "data", known)
    recorded.bring_up_to_date(folder / "data", open_database(folder / "advisories", folder / "indexes"), {})
    reports = ("grype.json", f"missing {text.visible(say(2))}")
    configuration = Configuration(
        site=SiteSettings(title="Site"),
        groups=(Group(name="all", title="All", targets=(target("base", title="Base", reports=reports),)),),
        advisories=AdvisorySettings(vex=("vex.json", f"missing {text.visible(say(3))}")),
    )
    assessments = recorded.open_recorded(folder / "data", configuration, folder, date(2026, 11, 24))
    return Sample(configuration, (outcome("base", known.subject),), {known.subject: known}, assessments=assessments)


@pytest.fixture(scope="module")
def advised(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Build the site of hostile advisories and the same site of harmless ones."""
    hostile, plain = tmp_path_factory.mktemp("advised-hostile"), tmp_path_factory.mktemp("advised-plain")
    return (
        build(advised_sample(lambda number: STRINGS[number % len(STRINGS)], hostile), hostile),
        build(advised_sample(lambda number: f"harmless {number:02d}", plain), plain),
    )


@pytest.mark.parametrize("name", ["index.html", "status/index.html", "images/base/index.html"])
def test_no_advisory_changes_the_structure_of_a_page(advised: tuple[Path, Path], name: str) -> None:
    """Whatever advisories, statements and reports say is text, and every row keeps its cells."""
    hostile, plain = (Page(site / name) for site in advised)
    assert hostile.structure == plain.structure
    assert "CVE-2026-1001" in hostile.text or name != "images/base/index.html"


def test_advisories_lead_nowhere_unexpected(advised: tuple[Path, Path]) -> None:
    """No address of theirs becomes a link, every link of ours arrives, no anchor is there twice, and JSON is JSON."""
    site = advised[0]
    check_links(site, read_pages(site))
    for path in sorted(site.rglob("*.html")):
        page = Page(path)
        assert not [one for one in page.addresses if "evil.invalid" in one or one.startswith("javascript")], path
        assert [one for one, count in Counter(page.anchors).items() if count > 1] == [], path
    for path in sorted(site.rglob("*.json")):
        json.loads(path.read_bytes())
