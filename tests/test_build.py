"""The whole job on real (small) images: what is written, what is left alone, and what survives a failure."""

import html
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from generator import build, single
from generator.build import Places
from generator.errors import InvalidConfiguration, PageError, StoreBusy, UsageError
from generator.oci.platform import Platform
from generator.report import Report
from generator.store import documents, history
from generator.store.lock import locked
from tests import builders
from tests.places import places_in

ROOT = Path(__file__).resolve().parents[1]


def states(report: Report) -> dict[str, str]:
    """Return the images' states by name."""
    return {image.outcome.name: image.outcome.state for image in report.images}


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below `folder`."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@dataclass
class Workshop:
    """A folder with two images as layouts, a third that is not there, and places to build in."""

    folder: Path
    places: Places

    def put(self, name: str, content: bytes) -> None:
        """Make the layout `name` hold an image with one file."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        image = builders.image([builders.tar([builders.file("etc/motd", content)])])
        builders.write_layout(self.folder / name, image)

    def configure(self, *names: str, extra: str = "") -> None:
        """Write an images.yml that names these layouts."""
        lines = [f"      - {{name: {name}, sources: ['oci:{self.folder / name}']}}\n" for name in names]
        self.places.configuration.write_text("groups:\n  - name: all\n    images:\n" + "".join(lines) + extra)

    def build(self, *only: str, offline: bool = False) -> Report:
        """Build, with one job."""
        return build.build(self.places, only=only, offline=offline, jobs=1, environment={})

    def page(self, name: str) -> str:
        """Return the text of an image's built page."""
        return html.unescape((self.places.site / "images" / name / "index.html").read_text(encoding="utf-8"))


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """Give a workshop with the images `one` and `two`; `three` is configured and not there."""
    places = places_in(tmp_path)
    made = Workshop(tmp_path, places)
    made.put("one", b"first")
    made.put("two", b"second")
    made.configure("one", "two", "three")
    return made


def test_from_images_to_a_site_and_again(workshop: Workshop) -> None:
    """A build writes documents, history and a site; the next one reads no blob and writes when it was, nothing else."""
    report = workshop.build()
    assert states(report) == {"one": "fresh", "two": "fresh", "three": "missing"}
    assert [image.change for image in report.images] == ["new", "new", ""]
    assert [image.outcome.name for image in report.stale] == ["three"]
    assert report.site_built
    assert (workshop.places.site / "index.html").is_file()
    assert "motd" in workshop.page("one")
    assert "no such image" in workshop.page("three")
    last = history.last(workshop.places.store, "one", Platform())
    assert last is not None
    assert documents.load(workshop.places.store, last.subject).subject == last.subject

    before = contents(workshop.places.store), contents(workshop.places.output)
    for blobs in workshop.folder.glob("*/blobs"):
        shutil.rmtree(blobs)
    again = workshop.build()
    assert states(again) == {"one": "unchanged", "two": "unchanged", "three": "missing"}
    assert (again.page_count, again.site_built) == (0, False)
    assert [image.read_size for image in again.images] == [0, 0, 0]
    after = contents(workshop.places.store), contents(workshop.places.output)
    told = [json.loads(one[1].pop("site/api/v1/status.json")) for one in (before, after)]
    assert after == before
    assert [[image["state"] for image in one["images"]] for one in told] == [
        ["fresh", "fresh", "missing"],
        ["unchanged", "unchanged", "missing"],
    ]
    assert [one["generated_at"] for one in told] == sorted(one["generated_at"] for one in told)


def test_one_image_changes_one_goes_and_one_comes(workshop: Workshop) -> None:
    """A changed image is a new line of history; one that is gone keeps its page, marked; one that comes gets one."""
    workshop.build()
    workshop.put("one", b"changed")
    shutil.rmtree(workshop.folder / "two")
    workshop.put("three", b"third")
    report = workshop.build()
    assert states(report) == {"one": "fresh", "two": "stale", "three": "fresh"}
    assert [image.change for image in report.images] == ["changed", "", "new"]
    assert len(history.read(workshop.places.store, "one", Platform())) == 2
    assert len(history.read(workshop.places.store, "two", Platform())) == 1
    assert "not refreshed" in workshop.page("two")
    assert "No such file" in workshop.page("two")

    only = workshop.build("one")
    assert states(only) == {"one": "unchanged", "two": "stale", "three": "fresh"}
    assert [image.asked for image in only.images] == [True, False, False]
    assert only.stale == ()
    assert (only.page_count, only.site_built) == (0, False)

    rendered = build.render(workshop.places)
    assert states(rendered) == {"one": "unchanged", "two": "stale", "three": "fresh"}
    assert (rendered.page_count, rendered.site_built) == (0, False)


def test_offline_nobody_is_asked(workshop: Workshop) -> None:
    """Without a network, and without the images themselves, the site is made of what is recorded."""
    workshop.configure("one", "two")
    workshop.build()
    shutil.rmtree(workshop.folder / "one")
    report = workshop.build(offline=True)
    assert states(report) == {"one": "offline", "two": "offline"}
    assert report.stale == ()
    assert [image.asked for image in report.images] == [False, False]
    assert "motd" in workshop.page("one")


def test_a_failing_page_leaves_the_site_as_it_was(workshop: Workshop) -> None:
    """A broken template ends the build, and the previous site stands untouched; the next good build completes it."""
    workshop.configure("one")
    workshop.build()
    before = contents(workshop.places.site)
    templates = shutil.copytree(ROOT / "templates", workshop.folder / "templates")
    good = (templates / "pages" / "home.md.j2").read_text()
    (templates / "pages" / "home.md.j2").write_text("{{ nothing.of.this }}{% if %}")
    workshop.places = replace(workshop.places, templates=templates)
    workshop.put("one", b"changed")
    with pytest.raises(PageError):
        workshop.build()
    assert contents(workshop.places.site) == before
    (templates / "pages" / "home.md.j2").write_text(good)
    report = workshop.build()
    assert states(report) == {"one": "unchanged"}
    assert report.site_built


def test_a_record_carries_an_image_over(workshop: Workshop) -> None:
    """What was recorded by hand stands in for an image that cannot be fetched, with its provenance and no folder."""
    workshop.configure("three")
    workshop.put("elsewhere", b"carried")
    source = f"oci:{workshop.folder / 'elsewhere'}"
    observation = single.record(
        workshop.places, "three", source, provenance="Carried over on a disk.", at=build.now(), environment={}
    )
    assert observation.source == "oci:elsewhere"
    assert observation.fingerprint is None
    report = workshop.build()
    (image,) = report.images
    assert image.outcome.state == "stale"
    assert image.outcome.observation == observation
    assert "Carried over on a disk." in workshop.page("three")
    again = single.record(
        workshop.places, "three", source, provenance="Carried over on a disk.", at=build.now(), environment={}
    )
    assert history.read(workshop.places.store, "three", Platform()) == (observation,)
    assert again.subject == observation.subject


def test_a_record_needs_a_name_a_platform_and_a_provenance(workshop: Workshop) -> None:
    """What cannot be meant is refused before anything is fetched."""
    source = f"oci:{workshop.folder / 'one'}"
    for name, provenance, platform, words in (
        ("on", "Text.", None, "did you mean “one”"),
        ("one", "  ", None, "provenance"),
        ("one", "Text.", Platform("linux", "s390x"), "not for linux/s390x"),
    ):
        with pytest.raises(UsageError, match=words):
            single.record(workshop.places, name, source, provenance=provenance, at=build.now(), platform=platform)
    assert not workshop.places.store.exists()


def test_mistakes_end_the_build_before_it_begins(workshop: Workshop) -> None:
    """A wrong name or a wrong images.yml (its sources' grammar included) is told and nothing is made."""
    with pytest.raises(UsageError, match="no image is called “tow”; did you mean “two”"):
        workshop.build("tow")
    workshop.configure("one", extra="      - {name: bad, sources: ['127.0.0.1/UPPER/case']}\n")
    with pytest.raises(InvalidConfiguration, match=r"images\.yml:5:"):
        workshop.build()
    assert not workshop.places.output.exists()


def test_two_builds_at_once_are_refused(workshop: Workshop) -> None:
    """A second build of the same store or into the same folder is told so instead of mixing with the first."""
    for folder in (workshop.places.store, workshop.places.output):
        with locked(folder), pytest.raises(StoreBusy, match="another build is at work"):
            workshop.build()


@pytest.fixture
def hostile(workshop: Workshop) -> Iterator[Workshop]:
    """Give a workshop whose history of `one` is damaged."""
    path = history.path_of(workshop.places.store, "one", Platform())
    path.parent.mkdir(parents=True)
    path.write_bytes(b"{}\n")
    yield workshop
    assert path.read_bytes() == b"{}\n"


def test_damage_costs_one_image_only(hostile: Workshop) -> None:
    """A damaged history is told at its line; the other images are built, and nothing is written over the damage."""
    hostile.configure("one", "two")
    report = hostile.build()
    assert states(report) == {"one": "missing", "two": "fresh"}
    assert "linux-amd64.jsonl:1: not an observation" in report.images[0].outcome.reason


@pytest.mark.parametrize("told", ["soon", "-1", "1.5", "253402300800", "9" * 5000, "²"])
def test_a_time_that_is_none_is_told(told: str) -> None:
    """SOURCE_DATE_EPOCH is seconds since 1970, to the year 9999; anything else is a mistake that has a name."""
    assert build.told_seconds({}) is None
    assert build.told_seconds({"SOURCE_DATE_EPOCH": "253402300799"}) == 253402300799
    with pytest.raises(UsageError, match="no number of seconds"):
        build.told_seconds({"SOURCE_DATE_EPOCH": told})
