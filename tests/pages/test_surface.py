"""The attack surface on pages: a section of the image page, a block of the pair page, the table of all images."""

import re
import tarfile
from html import unescape
from typing import Any

import pytest

from generator.analysis.document import Document
from generator.compare.surface import NAMES, Fact, surface_of, without_rows
from generator.language import speaking
from generator.pages import surface, surfaces
from generator.pages.environment import Templates
from generator.pages.sections import SectionView
from generator.pages.site import Image, Site
from generator.targets import Configuration, Group
from tests.builders import file, image, tar
from tests.opened import analyzed
from tests.pages.samples import AMD64, HOSTILE, REPOSITORY, outcome, target
from tests.pages.test_markup import converted
from tests.policy import subjects

TEMPLATES = Templates(REPOSITORY / "templates")
SCRIPT = b"#!/bin/true\n"


def built(*entries: tuple[tarfile.TarInfo, bytes], **run: Any) -> Document:
    """Analyze an image of one layer."""
    return analyzed(image([tar(entries)], run=run))


def section(document: Document) -> SectionView:
    """Return the section of an image's page."""
    one = target("one")
    shown = Image(one, Group(name="g", title="G", targets=(one,)), AMD64, outcome("one", document.subject))
    return surface.section(document, shown, TEMPLATES)


def rows(document: Document) -> dict[str, tuple[str, str, list[str]]]:
    """Return count, sentences and list of every row, by its anchor."""
    body = str(section(document).body)
    found = {}
    for anchor, row in re.findall(r'<tr id="([\w-]+)">(.*?)</tr>', body, re.DOTALL):
        count, why = re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
        sentences, _, listed = why.partition("<details")
        found[anchor] = (
            words(count),
            words(sentences),
            [words(one) for one in re.findall(r"<li.*?>(.*?)</li>", listed)],
        )
    return found


def words(html: str) -> str:
    """Return a piece of HTML as it is read."""
    return " ".join(converted(f"<div>\n<p>{html}</p>\n</div>").text.split())


# The section


def test_every_fact_has_a_row_that_can_be_linked_to() -> None:
    """Each has its anchor, a sentence on why it matters, and leads to a section of the page with the details."""
    document = subjects.whole()
    assert tuple(rows(document)) == tuple(f"surface-{name}" for name in NAMES)
    assert all(len(why) > 20 for _, why, _ in rows(document).values())
    body = str(section(document).body)
    assert set(re.findall(r'<th scope="row"><a href="#(\w+)">', body)) == {
        "users",
        "permissions",
        "commands",
        "config",
        "packages",
        "elf",
    }


def test_a_count_has_its_list_with_paths_and_layers() -> None:
    """What is counted stands there with where it is, in which layer, and what it is called."""
    found = rows(subjects.whole())
    assert found["surface-setuid"][0] == "2"
    assert found["surface-setuid"][2] == [
        "/usr/bin/su (layer 1) -rwsr-xr-x 0:0",
        "/usr/bin/wall (layer 2) -rwxr-sr-x 0:5",
    ]
    assert found["surface-shell"][2] == ["bash sh /bin/bash (layer 1)"]
    assert found["surface-root"][0] == "yes"
    assert found["surface-root"][2] == ["root the configuration names no user"]
    assert found["surface-compiler"] == ("0", found["surface-compiler"][1], [])


def test_unknown_failed_and_none_have_words_of_their_own() -> None:
    """What could not be read and what the document does not tell are not drawn as 0, and say why."""
    document = subjects.whole()
    older, failed = subjects.with_sections(document, elf=None), subjects.failed(document, "elf")
    assert rows(older)["surface-no-pie"][0] == "not known"
    assert rows(older)["surface-no-pie"][1].endswith("Not known: the document is older than this question.")
    assert rows(failed)["surface-no-pie"][0] == "unreadable"
    assert rows(document)["surface-no-pie"][0] == "0"
    unowned = rows(document)["surface-unowned-executables"]
    assert (unowned[0], unowned[2]) == ("not known", [])
    assert "a package database does not say which files are its packages’" in unowned[1]
    broken = built(file("bin/broken", b"\x7fELF\2\1\1" + bytes(9) + b"\2\0" + bytes(10), mode=0o755))
    assert rows(broken)["surface-no-pie"][0] == "not known"
    assert rows(broken)["surface-no-pie"][1].endswith("None is known; of 1 file it cannot be told.")


def test_a_hundred_rows_are_listed_and_the_rest_is_told() -> None:
    """A list has an end, and says how many it leaves to the document."""
    count, _, listed = rows(built(*(file(f"data/{number:04}", mode=0o666) for number in range(1_234))))[
        "surface-world-writable"
    ]
    assert (count, len(listed), listed[-1]) == ("1,234", 101, "… and 1,134 more, in the document.")


@pytest.mark.parametrize("name", [one for one in HOSTILE if "\0" not in one and "/" not in one])
def test_hostile_names_are_text(name: str) -> None:
    """Names of files, ports and users out of an image make no tag on the page."""

    def page_of(word: str) -> str:
        ports: dict[str, Any] = {word.encode("utf-8", "replace").decode(): {}}
        made = built(file(f"bin/{word}", SCRIPT, mode=0o4777), file(f"{word}.pem", SCRIPT), ExposedPorts=ports)
        return f"<div>\n{section(made).body}\n</div>"

    assert converted(page_of(name)).tags == converted(page_of("harmless")).tags


def test_no_content_of_a_secret_is_shown() -> None:
    """A key is shown by its path and kind, never by a byte of what is in it."""
    key = b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEISECRETSECRET==\n-----END PRIVATE KEY-----\n"
    document = built(file("srv/key.pem", key), file("root/.netrc", b"machine x password hunter2\n"))
    found = rows(document)
    assert found["surface-private-keys"][2] == ["/srv/key.pem (layer 1) PRIVATE KEY"]
    assert found["surface-secret-files"][0] == "1"
    assert not re.search("SECRETSECRET|hunter2", str(section(document).body))


def test_the_section_speaks_chinese() -> None:
    """Titles and reasons are those of the language that is spoken."""
    with speaking("zh"):
        view = section(subjects.whole())
    assert view.title == "攻击面"
    assert "以 root 启动" in view.body


# Two images


def test_kinds_that_appear_and_vanish_are_named() -> None:
    """A move names what goes and what comes; what neither image has is left out, what is not known stays."""
    small = built(file("bin/nc", SCRIPT, mode=0o755), User="7")
    moved = surface.moved(surface_of(subjects.whole()), surface_of(small))
    assert moved.appearing == ("Network tools",)
    assert moved.vanishing[:4] == ("Starts as root", "setuid and setgid programs", "Shells", "Package managers")
    lines = {str(line.anchor): (words(line.before), words(line.after), line.kind) for line in moved.lines}
    assert lines["surface-setuid"] == ("2", "0", "vanishes")
    assert lines["surface-unowned-executables"] == ("not known", "1", "unknown")
    assert "surface-compiler" not in lines


# All images


def page(found: dict[str, tuple[Fact, ...]]) -> str:
    """Render the page of two images, of which `found` may know something."""
    group = Group(name="g", title="G", targets=(target("one"), target("two")))
    images = tuple(Image(one, group, AMD64, outcome(one.name, None, "missing", reason="gone")) for one in group.targets)
    (made,) = surfaces.render(Site(Configuration(groups=(group,)), images, surfaces=found), TEMPLATES)
    assert made.path == "surface.md"
    return unescape(made.content.decode())


def test_every_figure_leads_to_its_list() -> None:
    """Each cell of a known image has a number to sort by, or none where it is not known, and its row's address."""
    html = page({"images/one": without_rows(surface_of(subjects.with_sections(subjects.whole(), elf=None)))})
    cells = re.findall(r'<td class="bx-num" data-sort="(\d*)"><a href="\.\./images/one/#surface-([\w-]+)"', html)
    assert {name for _, name in cells} == set(NAMES)
    assert len(cells) == len(NAMES)
    sorts = {name: sort for sort, name in cells}
    assert (sorts["setuid"], sorts["compiler"], sorts["root"], sorts["no-pie"]) == ("2", "0", "1", "")


def test_an_image_never_recorded_has_no_figures() -> None:
    """Its row says that nothing is known, and why."""
    (row,) = re.findall(r'<tr>\s*<th scope="row" data-sort="Two">(.*?)</tr>', page({}), re.DOTALL)
    assert 'title="gone"' in row
    assert "data-sort" not in row
