"""Hostile strings in every field that an image, a registry or a configuration can fill, through real MkDocs."""

import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from generator import text
from generator.analysis.document import Member, Step, Stored
from generator.oci.documents import Config
from generator.oci.platform import Platform
from generator.publish.links import check_links, read_pages
from generator.targets import Configuration, Group, SiteSettings
from generator.warnings import Noted
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
        self._drawing = False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._drawing = self._drawing or tag == "svg"
        if not self._drawing:
            # What a drawing or a fold shows depends on a text's length, and is checked by itself.
            self.structure.append(tag + " " + " ".join(name for name, _ in attrs))
        assert not any(name.startswith("on") for name, _ in attrs), (tag, attrs)
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
