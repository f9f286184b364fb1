"""The pictures of the whole set: what they draw, and that names never cover one another."""

import re
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from generator.compare.sharing import Sharing, StoredLayer
from generator.pages.charts import HUES
from generator.pages.drawings import Point, _layer_words, grid, hues, scatter, stacks
from generator.pages.site import arrange
from tests.pages.samples import sample
from tests.pages.site_build import rendered

TEXT = re.compile(r'<text x="([\d.]+)" y="([\d.]+)" text-anchor="(start|end)">([^<]+)</text></a>')


def points(count: int) -> list[Point]:
    """Return images of nearly one size, offering the same."""
    one = sample()
    image = arrange(one.configuration, {(each.name, each.platform): each for each in one.outcomes})[0]
    targets = [msgspec.structs.replace(image.target, title=f"Image {n}", name=f"image-{n}") for n in range(count)]
    return [
        Point(replace(image, target=target), 1_000_000 + 40_000 * number, 5, 0, ("Shell",))
        for number, target in enumerate(targets)
    ]


@pytest.mark.parametrize("count", [1, 3, 12, 60])
def test_names_never_cover_one_another(count: int) -> None:
    """However close the points, two names that are drawn do not overlap, and every point is drawn with its words."""
    drawn = scatter(points(count))
    assert drawn.count("<circle") == drawn.count("<title>") == count
    boxes = []
    for x, y, anchor, words in TEXT.findall(drawn):
        width = 6.7 * len(words)
        left = float(x) if anchor == "start" else float(x) - width
        boxes.append((left, float(y) - 11, left + width, float(y) + 3))
    assert boxes
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            assert not (one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3])


def test_nothing_to_draw_is_no_picture() -> None:
    """Without a known size there is no scatter."""
    assert scatter([]) == ""


def test_the_grid_is_of_shares() -> None:
    """A cell is as dark as the share of the row's bytes that the column has, too; it need not be symmetric."""
    one, other = (point.image for point in points(2))
    keys = one.folder, other.folder
    common = {(keys[0], keys[0]): 400, (keys[1], keys[1]): 100, (keys[0], keys[1]): 100, (keys[1], keys[0]): 100}
    shares = re.findall(r"--share:([\d.]+)", grid([one, other], common))
    assert list(map(float, shares)) == [1, 0.25, 1, 1]


def test_a_colour_is_only_one_layer_s() -> None:
    """Of many shared layers the largest have colours; what is left is marked as shared, and as nobody's colour."""
    layers = tuple(StoredLayer(f"sha256:{number}", 100 + number, None) for number in range(HUES + 3))
    own = StoredLayer("sha256:own", 5000, None)
    sharing = Sharing(layers={"one": (*layers, own), "other": layers})
    given = hues(sharing)
    assert own.chain_id not in given
    assert [one for one in given.values() if one != "more"] == [str(number) for number in range(HUES)]
    assert [chain for chain, hue in given.items() if hue == "more"] == ["sha256:2", "sha256:1", "sha256:0"]


def test_the_page_has_every_picture_and_its_table(tmp_path: Path) -> None:
    """Scatter, stacks and grid stand on the page."""
    page = (rendered(sample(), tmp_path) / "pictures.md").read_text()
    assert page.count("<svg") == 3
    assert all(f"{{ #{name} " in page for name in ("scatter", "sharing", "common", "lineage"))


def test_a_page_that_leaves_images_out_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above what can be looked at, the largest images are drawn and held against one another, and that is said."""
    whole = (rendered(sample(), tmp_path / "whole") / "pictures.md").read_text()
    monkeypatch.setattr("generator.pages.pictures.MOST_IN_STACKS", 1)
    monkeypatch.setattr("generator.pages.pictures.MOST_IN_PAIRS", 2)
    monkeypatch.setattr("generator.pages.pictures.MOST_IN_GRID", 0)
    cut = (rendered(sample(), tmp_path / "cut") / "pictures.md").read_text()
    assert "largest root file systems" not in whole
    assert "Drawn are the 1 images with the largest root file systems" in cut
    assert "among the 2 images with the largest root file systems" in cut
    assert cut.count('/#layers" aria-label=') == 1 < whole.count('/#layers" aria-label=')


def test_a_layer_names_few_others_and_counts_many() -> None:
    """What is said of a layer does not grow with the images that have it."""
    assert _layer_words(1, 10, ["a", "b"]) == "layer 1: 10 B, also in a, b"
    assert _layer_words(1, 10, ["a"] * 500) == "layer 1: 10 B, also in 500 other images"


def test_a_layer_tells_of_images_that_are_not_drawn() -> None:
    """Of two images with one layer only the first is drawn, and its layer is the other's, too."""
    one, other = (point.image for point in points(2))
    layer = StoredLayer("sha256:1", 1000, None)
    drawn = stacks([one], Sharing(layers={one.folder: (layer,), other.folder: (layer,)}), [one, other])
    assert "also in Image 1" in drawn
    assert drawn.count("<rect") == 1
