"""Tests of pairs in images.yml and of their pages."""

import html
from pathlib import Path

import pytest

from generator import pages, targets
from generator.analysis.document import Document
from generator.errors import InvalidConfiguration
from generator.oci.digest import Digest
from generator.targets import Configuration, Group
from tests.pages.samples import AMD64, HOSTILE, REPOSITORY, SMALL, Entry, document, outcome, target

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


def _rendered(tmp_path: Path, *documents: Document | None) -> str:
    names = ("one", "two")
    by_subject: dict[Digest, Document] = {one.subject: one for one in documents if one}
    group = Group(name="all", title="All", targets=tuple(target(name) for name in names))
    site = tmp_path / "site_src"
    site.mkdir()
    pages.render(
        Configuration(groups=(group,), pairs=(names,)),
        [
            outcome(name, one.subject if one else None, "fresh" if one else "missing", platform=AMD64)
            for name, one in zip(names, documents, strict=True)
        ],
        lambda subject: by_subject[subject],
        templates=REPOSITORY / "templates",
        site_src=site,
        destination=tmp_path / "docs",
    )
    return (tmp_path / "docs/compare/one/two/index.md").read_text()


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
