"""The inventory of what can be linked to: its names, its bytes, and every address in it held against the built site."""

import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from generator.pages.inventory import PLACE, Page, encode, read, render
from generator.pages.site import File
from generator.publish.page_source import read_page
from tests.pages.samples import Entry, sample
from tests.pages.site_build import build, rendered

LINE = re.compile(r"(\S+) std:(label|doc) -1 (\S+) (.+)")


def entries(inventory: bytes) -> dict[tuple[str, str], tuple[str, str]]:
    """Return address and title by role and name, read as Sphinx's own documentation says."""
    head, body = inventory.split(b"zlib.\n", 1)
    assert head.startswith(b"# Sphinx inventory version 2\n# Project: ")
    found = {}
    for line in zlib.decompress(body).decode().splitlines():
        match = LINE.fullmatch(line)
        assert match, line
        found[match[2], match[1]] = (match[3], match[4])
    return found


def page(path: str, content: str) -> Page:
    """Return what can be linked to in a page."""
    return read(File(path, f"---\ntitle: x\n---\n\n{content}".encode()))


def test_names_follow_the_address() -> None:
    """A label is the address with dashes, a doc the address; anchors follow their page's label."""
    pages = [
        page("index.md", "# All of it { #home }\n"),
        page("sizes.md", "# Sizes { #sizes }\n\n## One { #docker_size }\n"),
        page(
            "images/alpine/index.md", '# Alpine { #top }\n\n## Packages &amp; more { #packages }\n<tr id="layer-1">\n'
        ),
        page("images/alpine/linux-arm64/index.md", "# Alpine { #top }\n"),
        page("commands/ls/index.md", '# ls { #command }\n<h3 id="o--a"><code>-a</code> all</h3>\n'),
    ]
    found = entries(encode("A\n site", pages))
    assert found["doc", "index"] == ("./", "All of it")
    assert found["label", "home"] == ("./", "All of it")
    assert found["doc", "images/alpine"] == found["label", "image-alpine"] == ("images/alpine/", "Alpine")
    assert found["label", "sizes-docker_size"] == ("sizes/#docker_size", "Sizes: One")
    assert found["label", "image-alpine-packages"][1] == "Alpine: Packages & more"
    assert found["label", "image-alpine-layer-1"] == ("images/alpine/#layer-1", "Alpine: layer-1")
    assert found["label", "image-alpine-linux-arm64"][0] == "images/alpine/linux-arm64/"
    assert found["label", "command-ls-o--a"] == ("commands/ls/#o--a", "ls: -a all")
    assert len(found) == 2 * len(pages) + 4


def test_page_goes_before_an_anchor() -> None:
    """Where a page has an anchor's label, both can be linked to, and the order of the pages does not matter."""
    pages = [
        page("images/a/index.md", "# A { #top }\n\n## H { #b }\n"),
        page("images/a-b/index.md", "# A-B { #top }\n"),
    ]
    assert encode("x", pages) == encode("x", reversed(pages))
    found = entries(encode("x", pages))
    assert found["label", "image-a-b"] == ("images/a-b/", "A-B")
    assert found["label", "image-a--b"] == ("images/a/#b", "A: H")


def test_examples_in_code_are_no_anchors() -> None:
    """What a block of code shows is not there to be linked to."""
    shown = page("one.md", '# One { #one }\n\n```html\n<p id="two">\n\n## Three { #three }\n```\n\n## Four { #four }\n')
    assert [anchor.identity for anchor in shown.anchors] == ["four"]


def test_hostile_text_adds_no_line(tmp_path: Path) -> None:
    """No name out of an image can add an entry, or break one: each line has its four parts."""
    hostile = [Entry('x" id="evil"'), Entry("<h2 id=evil>"), Entry("\n## Evil { #evil }\n")]
    docs = rendered(sample(hostile), tmp_path / "docs")
    written = [path.relative_to(docs).as_posix() for path in docs.rglob("*.md")]
    (file,) = render(docs, written, "Basedex", ["zh"])
    assert file.path == PLACE
    assert not [name for _, name in entries(file.content) if name.endswith("evil")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sample site."""
    return build(sample(), tmp_path_factory.mktemp("inventory"))


def test_every_address_is_there(site: Path) -> None:
    """Each entry leads to a page of the site and to an element of that page."""
    found = entries((site / PLACE).read_bytes())
    ids: dict[Path, frozenset[str]] = {}
    for address, _ in found.values():
        folder, _, anchor = address.partition("#")
        path = site / folder / "index.html"
        if path not in ids:
            ids[path] = read_page(path).ids
        assert not anchor or anchor in ids[path], address
    pages = {path for path in site.rglob("index.html") if not {"zh", "permalink", "cards"} & set(path.parts)}
    assert set(ids) == pages


def test_sphinx_links_to_it(site: Path, tmp_path: Path) -> None:
    """A Sphinx project finds pages, sections and rows by name, strictly; and what is not there is refused."""
    (tmp_path / "conf.py").write_text(
        'project = "Handbook"\nextensions = ["sphinx.ext.intersphinx"]\n'
        f'intersphinx_mapping = {{"images": ("https://images.example.invalid/latest/", {str(site / PLACE)!r})}}\n'
    )
    text = (
        "Handbook\n========\n\n:ref:`image-debian`, :ref:`the packages <image-debian-packages>`,\n"
        ":ref:`sizes-docker_size`, :ref:`image-debian-size-docker_size`, :external:doc:`images/debian`,\n"
        ":external+images:ref:`home`\n"
    )
    (tmp_path / "index.rst").write_text(text)
    sphinx = [sys.executable, "-m", "sphinx", "-W", "-n", "-q", "-b", "html", str(tmp_path), str(tmp_path / "out")]
    done = subprocess.run(sphinx, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = (tmp_path / "out" / "index.html").read_text()
    assert 'href="https://images.example.invalid/latest/images/debian/#packages"' in made
    assert 'href="https://images.example.invalid/latest/sizes/#docker_size"' in made
    assert "Sizes: docker_size" in re.sub("<[^>]*>", "", made)
    (tmp_path / "index.rst").write_text(text + "\n:ref:`image-debian-nothing-of-the-kind`\n")
    done = subprocess.run(sphinx, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "image-debian-nothing-of-the-kind" in done.stderr


def test_mkdocs_links_to_it(site: Path, tmp_path: Path) -> None:
    """A MkDocs project with autorefs finds the same names, strictly; and what is not there is refused."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text(
        "site_name: Handbook\nplugins:\n  - autorefs\n  - mkdocstrings:\n      handlers:\n        python:\n"
        f"          inventories:\n            - url: {(site / PLACE).as_uri()}\n"
        "              base_url: https://images.example.invalid/latest/\n              domains: [std]\n"
    )
    text = "# Handbook\n\n[Packages][image-debian-packages], [docker_size][sizes-docker_size], [Debian][image-debian]\n"
    (tmp_path / "docs" / "index.md").write_text(text)
    mkdocs = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(tmp_path / "mkdocs.yml")]
    done = subprocess.run(mkdocs, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = (tmp_path / "site" / "index.html").read_text()
    assert 'href="https://images.example.invalid/latest/images/debian/#packages"' in made
    assert 'href="https://images.example.invalid/latest/sizes/#docker_size"' in made
    (tmp_path / "docs" / "index.md").write_text(text + "\n[gone][image-debian-nothing-of-the-kind]\n")
    done = subprocess.run(mkdocs, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "image-debian-nothing-of-the-kind" in done.stderr
