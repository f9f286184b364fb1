"""Tests of pairs in images.yml and of their pages."""

import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import pytest

from generator import pages, targets
from generator.analysis.document import Document
from generator.analysis.sections.commands import CommandOptionsFound
from generator.analysis.sections.permissions import Marked
from generator.errors import InvalidConfiguration, StoreError
from generator.oci.digest import Digest
from generator.store import documents, history
from generator.targets import Configuration, Group
from tests.builders import file, image, tar
from tests.opened import analyzed
from tests.pages.commands_sample import applet, program, with_commands
from tests.pages.samples import AMD64, HOSTILE, REPOSITORY, SMALL, Entry, document, outcome, target
from tests.pages.test_markup import converted

Pairs = tuple[tuple[str, str], ...]
_FILE = """\
pairs:
{pairs}
groups:
  - name: all
    images:
      - {{name: one, sources: [docker.io/library/one:1]}}
      - {{name: two, sources: [docker.io/library/two:1]}}
"""


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("[one, tow]", "no image here is called “tow”; did you mean “two”?"),
        ("[one, one]", "cannot be compared with itself"),
        ("[one]", "must have 2 items, not 1"),
        ("[one, two, one]", "must have 2 items, not 3"),
        ("one", "must be a list"),
    ],
)
def test_mistakes_in_pairs_are_told_with_their_line(tmp_path: Path, line: str, sentence: str) -> None:
    """Every mistake in a pair is told in plain words, at its own line."""
    path = tmp_path / "images.yml"
    path.write_text(_FILE.format(pairs=f"  - [one, two]\n  - {line}"))
    with pytest.raises(InvalidConfiguration) as caught:
        targets.load(path)
    mistakes = caught.value.values["mistakes"]
    assert isinstance(mistakes, tuple)
    assert [one[0] for one in mistakes] == [3]
    assert sentence in mistakes[0][2]


def test_the_same_pair_twice_is_a_mistake(tmp_path: Path) -> None:
    """A pair that stands there twice is told; the other direction is another pair."""
    path = tmp_path / "images.yml"
    path.write_text(_FILE.format(pairs="  - [one, two]\n  - [two, one]"))
    assert targets.load(path).pairs == (("one", "two"), ("two", "one"))
    path.write_text(_FILE.format(pairs="  - [one, two]\n  - [one, two]"))
    with pytest.raises(InvalidConfiguration, match="twice"):
        targets.load(path)


def _render(
    tmp_path: Path, images: Mapping[str, Document | None], *, pairs: Pairs = (), damaged: Sequence[str] = ()
) -> Path:
    """Render images of one group, whose neighbours are pairs; return the folder of the pages."""
    by_subject: dict[Digest, Document] = {one.subject: one for name, one in images.items() if one}
    broken = {one.subject for name, one in images.items() if one and name in damaged}

    def load(subject: Digest) -> Document:
        if subject in broken:
            raise StoreError(path="document.json", reason="is cut off")
        return by_subject[subject]

    group = Group(name="all", title="All", targets=tuple(target(name) for name in images))
    site = tmp_path / "site_src"
    site.mkdir()
    pages.render(
        Configuration(groups=(group,), pairs=pairs),
        [
            outcome(name, one.subject if one else None, "fresh" if one else "missing", platform=AMD64)
            for name, one in images.items()
        ],
        load,
        templates=REPOSITORY / "templates",
        site_src=site,
        destination=tmp_path / "docs",
    )
    return tmp_path / "docs"


def _rendered(tmp_path: Path, *images: Document | None) -> str:
    docs = _render(tmp_path, dict(zip(("one", "two"), images, strict=True)), pairs=(("one", "two"),))
    return (docs / "compare/one/two/index.md").read_text()


def _linked(page: Path) -> set[str]:
    return set(re.findall(r'href="[./]*/(compare/[^"/]+/[^"/]+)/"', html.unescape(page.read_text())))


def test_image_pages_lead_to_all_their_pairs(tmp_path: Path) -> None:
    """An image's page has a link to each pair that it is in, named or neighbour, and each of those pages is there."""
    docs = _render(
        tmp_path,
        {name: document(word=name) for name in ("one", "two", "three", "four")},
        pairs=(("one", "two"), ("four", "one")),
    )
    there = {str(page.parent.relative_to(docs)) for page in docs.glob("compare/*/*/index.md")}
    assert there == {"compare/one/two", "compare/four/one", "compare/two/three", "compare/three/four"}
    for name in ("one", "two", "three", "four"):
        assert _linked(docs / f"images/{name}/index.md") == {one for one in there if f"/{name}" in one}


def test_pairs_of_an_image_without_facts(tmp_path: Path) -> None:
    """A damaged document's pairs still have pages that say so; with one never recorded only named pairs are there."""
    docs = _render(
        tmp_path,
        {"one": document(word="one"), "two": document(word="two"), "three": None, "four": document(word="four")},
        pairs=(("three", "one"),),
        damaged=("two",),
    )
    there = {str(page.parent.relative_to(docs)) for page in docs.glob("compare/*/*/index.md")}
    assert there == {"compare/three/one", "compare/one/two"}
    assert "is cut off" in html.unescape((docs / "compare/one/two/index.md").read_text())
    assert _linked(docs / "images/two/index.md") == {"compare/one/two"}
    assert _linked(docs / "images/three/index.md") == {"compare/three/one"}
    assert _linked(docs / "compare/three/one/index.md") == {"compare/one/two"}


def _recorded(name: str) -> Document:
    last = history.last(REPOSITORY / "data", name, AMD64)
    assert last is not None
    return documents.load(REPOSITORY / "data", last.subject)


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the page of Debian → Alpine, of recorded documents, with its entities read."""
    return html.unescape(_rendered(tmp_path_factory.mktemp("moving"), _recorded("debian-slim"), _recorded("alpine")))


def _part(page: str, begin: str, end: str) -> str:
    return page.partition(begin)[2].partition(end)[0]


def test_lost_options_are_told(moving: str) -> None:
    """A lost option stands with what it did, and with another spelling that is still there; others stand bare."""
    grep = _part(moving, 'id="options-grep"', "</details>")
    perl = next(row for row in grep.split("<tr>") if "--perl-regexp" in row)
    assert "-P</code>" in perl
    assert "Perl’s regular expressions" in perl
    recursive = next(row for row in grep.split("<tr>") if ">--recursive<" in row)
    assert recursive.endswith("<code>-r</code> </td></tr>\n")
    assert "<span>-z --max-unchanged-stats" in _part(moving, 'id="options-tail"', "</summary>")
    assert "only other spellings" in _part(moving, 'id="options-fold"', "</summary>")
    mount = _part(moving, 'id="options-mount"', "</details>")
    assert "<table" not in mount
    assert "--bind</code>" in mount


def test_long_lists_of_commands_are_folded(moving: str) -> None:
    """Forty names are shown at once; the rest of the list, and all of it, is in a fold."""
    gone = _part(moving, 'id="commands-gone"', "<h3")
    shown, _, folded = gone.partition("<details")
    assert shown.count("<code") == 40
    assert folded.count("<code") > 100
    assert f"{folded.count('<code')} more</summary>" in folded
    assert "more.</p>" not in gone


def test_what_programs_find_is_told(moving: str) -> None:
    """Certificates stand by their names, accounts, setuid files, zones and the end of life in rows of their own."""
    certificates = _part(moving, 'id="certificates"', "</tr>")
    assert "ISRG Root X1" in certificates
    assert certificates.count("<li>") == 147
    assert "www-data" in _part(moving, 'id="users"', "</tr>")
    assert "/usr/bin/passwd" in _part(moving, 'id="setuid"', "</tr>")
    assert "No difference." in _part(moving, 'id="capable"', "</tr>")
    assert "No difference." in _part(moving, 'id="world-writable"', "</tr>")
    zones = _part(moving, 'id="time-zones"', "</tr>")
    assert re.search(r"<td>\d{3} <span", zones)
    assert "none" in zones
    life = _part(moving, 'id="life-cycle"', "</tr>")
    assert "Debian 12" in life
    assert "Alpine Linux 3.20" in life
    assert 'datetime="2026-04-01"' in life


def test_a_pair_with_an_image_never_recorded_says_so(tmp_path: Path) -> None:
    """The page is there and names the image of which nothing is known."""
    page = _rendered(tmp_path, document(), None)
    assert "Two was never recorded" in page
    assert "checklist" not in page


def test_names_from_images_are_inert_on_the_page(tmp_path: Path) -> None:
    """No name out of an image becomes markup."""
    hostile = [Entry(f"h{number}/{one.replace('/', '_')}") for number, one in enumerate(HOSTILE) if one.isprintable()]
    page = _rendered(tmp_path, document([*SMALL, *hostile]), document(word="other"))
    assert 'id="files-removed"' in html.unescape(page)
    for sign in ("<script>alert", "<img src=x", "<svg onload"):
        assert sign not in page


def test_another_version_of_the_same_program_loses_options_too(tmp_path: Path) -> None:
    """BusyBox of 2019 does not document what that of 2017 did: the page lists it, and the checklist says so."""
    page = html.unescape(_rendered(tmp_path, _recorded("alpine-3.6"), _recorded("alpine-3.11")))
    assert ">-t</code>" in _part(page, 'id="options-timeout"', "</details>")
    assert "timeout" in _part(page, 'id="check-versions"', "</li>")
    assert 'id="check-options"' not in page


def test_equal_commands_are_said_in_one_sentence(tmp_path: Path) -> None:
    """Where no command and no option is lost, one sentence stands for the empty lists."""
    page = html.unescape(_rendered(tmp_path, _recorded("alpine-3.19"), _recorded("alpine-3.20")))
    assert "Both have the same commands, of the same programs" in page
    assert 'id="commands-gone"' in page
    assert 'id="options"' in page
    assert 'id="commands-new"' not in page


def _with_words(words: Sequence[str], *, first: bool) -> Document:
    """Make a document whose commands, options and setuid files have these words; two of them differ in each."""
    side = "first" if first else "second"
    commands = []
    for word in words:
        found: dict[str, tuple[str, ...]] = {"usage text": ("-a", f"--{word}") if first else ("-a",)}
        options = CommandOptionsFound(count=len(found["usage text"]), by_evidence=found)
        commands.append(program(f"{word} {side}"))
        commands.append(program(f"{word} both", options) if first else applet(f"{word} both", options))
    made = with_commands(side, *commands)
    marked = tuple(Marked(f"/bin/{word} {side}", "-", 0, 0o4755, 0, 0) for word in words)
    permissions = analyzed(image([tar([file("bin/plain", b"")])])).sections.permissions
    assert permissions is not None
    assert permissions.found is not None
    listed = msgspec.structs.replace(permissions.found, setuid_count=len(marked), setuid_files=marked)
    sections = msgspec.structs.replace(
        made.sections, permissions=msgspec.structs.replace(permissions, state="found", found=listed)
    )
    return msgspec.structs.replace(made, sections=sections)


def test_names_of_commands_and_options_are_text(tmp_path: Path) -> None:
    """No name of a command, an option or a marked file changes the structure of the page."""
    hostile = [word for word in HOSTILE if "\udcff" not in word]  # a document holds no lone surrogates

    def tags(words: Sequence[str], folder: Path) -> list[tuple[str, tuple[str, ...]]]:
        folder.mkdir()
        page = _rendered(folder, *(_with_words(words, first=first) for first in (True, False)))
        assert page.count('id="options-') == len(words)
        return [one for one in converted(page.partition("\n---\n")[2]).tags if one[0] != "wbr"]

    plain = tags([f"harmless{number:02}" for number in range(len(hostile))], tmp_path / "plain")
    assert tags(hostile, tmp_path / "hostile") == plain
