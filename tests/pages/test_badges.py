"""Badges: what each says in every state of an image, as a picture and as an answer for shields.io."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from generator.analysis.sections.os_release import OsReleaseSection
from generator.compare.matrix import FACT_NAMES, Fact, Row
from generator.lifecycle.calendar import Release, shipped
from generator.lifecycle.rules import Standing, standing_of
from generator.pages import badges
from generator.pages.badges import BAD, GOOD, GREY, LABELS, PLAIN, POOR, Badge
from generator.pages.site import Image, Site, arrange
from tests.pages.samples import AMD64, HOSTILE, REPOSITORY, sample
from tests.pages.site_build import rendered

SVG = "{http://www.w3.org/2000/svg}"


def image(name: str = "alpine", **fields: str) -> Image:
    """Return an image of the sample."""
    one = sample()
    site = Site(one.configuration, arrange(one.configuration, {(o.name, o.platform): o for o in one.outcomes}))
    return next(image for image in site.images if image.target.name == name and image.platform == AMD64)


def row(**facts: Fact) -> Row:
    """Return a row of which only these facts are known."""
    return Row(
        sizes=dict.fromkeys(("docker_size", "compressed_size")) | {"docker_size": 7_797_760},
        reasons={},
        layer_count=1,
        entry_count=1,
        hidden_size=0,
        created=None,
        created_note="absent",
        os_release_state="absent",
        distribution="",
        warning_count=0,
        facts={name: facts.get(name.replace("-", "_"), Fact("unknown")) for name in FACT_NAMES},
    )


def test_nothing_known_is_unknown() -> None:
    """An image of which nothing is known has every badge, in grey and without a figure."""
    made = badges.badges(image("debian"), None, None)
    assert list(made) == list(LABELS)
    assert {name for name, badge in made.items() if badge.message != "unknown"} == {"status"}
    assert made["size"] == Badge("docker_size", "unknown", GREY, "It is not known.")


def test_states_of_packages() -> None:
    """No database, a database that could not be read and an empty one are three different things."""
    said = {
        state: badges.badges(image(), row(packages=fact), None)["packages"]
        for state, fact in {
            "yes": Fact("yes", 1014, ("dpkg",)),
            "empty": Fact("yes", 0, ("apk",)),
            "no": Fact("no"),
            "failed": Fact("failed"),
        }.items()
    }
    assert [badge.message for badge in said.values()] == ["1,014", "0", "no database", "unknown"]
    assert [badge.colour for badge in said.values()] == [PLAIN, PLAIN, GREY, GREY]


def test_size_and_user() -> None:
    """Sizes carry their name; root is told from other users by the word and by the colour."""
    root = badges.badges(image(), row(user=Fact("no", words=("root",))), None)
    other = badges.badges(image(), row(user=Fact("yes", words=("nonroot",))), None)
    assert root["size"][:3] == ("docker_size", "7.8 MB", PLAIN)
    assert root["compressed-size"].message == "unknown"
    assert (root["user"].message, root["user"].colour) == ("root", POOR)
    assert (other["user"].message, other["user"].colour) == ("nonroot", GOOD)


@pytest.mark.parametrize(
    ("ends", "message", "colour"),
    [
        ("2028-05-01", "2028-05-01", PLAIN),
        ("2019-05-01", "ended 2019-05-01", BAD),
        (True, "ended", BAD),
        (False, "no date yet", PLAIN),
    ],
)
def test_end_of_life_has_no_clock(ends: str | bool, message: str, colour: str) -> None:
    """An end is called over only where it was when the image was recorded, in 2026."""
    release = Release(ends=ends)
    standing = Standing(kind="release", title="Alpine Linux", cycle="3", release=release)
    badge = badges.badges(image(), row(), standing)["end-of-life"]
    assert (badge.message, badge.colour) == (message, colour)


def test_images_without_a_release() -> None:
    """Without os-release there is no end to be told, which is not the same as not knowing it."""
    standing = standing_of(OsReleaseSection(state="absent"), shipped())
    assert badges.badges(image(), row(), standing)["end-of-life"].message == "no os-release"
    assert badges.badges(image(), row(), Standing(kind="unknown-release"))["end-of-life"].message == "unknown"


def test_files_of_a_site(tmp_path: Path) -> None:
    """Every image and platform has each badge twice; picture and answer say the same."""
    docs = rendered(sample(), tmp_path)
    for folder in ("alpine", "alpine/linux-arm64", "busybox", "debian", "old", "unread"):
        for name, label in LABELS.items():
            picture = ET.fromstring((docs / f"badges/{folder}/{name}.svg").read_bytes())
            answer = json.loads((docs / f"badges/{folder}/{name}.json").read_bytes())
            assert set(answer) == {"schemaVersion", "label", "message", "color"}
            assert answer["schemaVersion"] == 1
            assert [one.text for one in picture.iter(f"{SVG}text")] == [answer["label"], answer["message"]]
            assert answer["label"] == label
            assert picture.findtext(f"{SVG}title", "").endswith(f": {label} {answer['message']}")
    assert json.loads((docs / "badges/old/status.json").read_bytes())["message"] == "banned"


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words(words: str) -> None:
    """Whatever a user or a reason is called, the picture is well-formed and has no element but its own."""
    plain = {one.tag for one in ET.fromstring(badges.draw(Badge("x", "y", PLAIN, "z"), "t")).iter()}
    drawn = ET.fromstring(badges.draw(Badge(words, words, PLAIN, words), words))
    assert {one.tag for one in drawn.iter()} == plain


def test_words_fit() -> None:
    """Text gets the width that its letters take, and the picture is as wide as both parts."""
    drawn = ET.fromstring(badges.draw(Badge("packages", "1,014", PLAIN), "Debian"))
    label, message = drawn.iter(f"{SVG}text")
    assert badges.width("packages") == int(label.attrib["textLength"]) == 53
    end = int(message.attrib["x"]) + int(message.attrib["textLength"])
    assert int(drawn.attrib["width"]) == end + 6
    assert badges.width("镜像") == 22


def test_contrast() -> None:
    """White words can be read on every colour: a contrast of 4.5 at least, by WCAG's formula."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for colour in (PLAIN, GOOD, POOR, BAD, GREY, "444444"):
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5, colour


def test_every_kind_is_documented() -> None:
    """The page for programs names every badge."""
    page = (REPOSITORY / "site_src" / "api.md").read_text("utf-8")
    assert {name for name in LABELS if not re.search(rf"`{name}`", page)} == set()
