"""`basedex history` and `basedex gc`: a store with a past in, what is told of it and what is left of it out."""

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from generator import cli
from generator.advisories import recorded
from generator.advisories.database import open_database
from generator.annals import annals, values_of
from generator.build import Places, build, now
from generator.errors import StoreError, UsageError
from generator.oci.platform import Platform
from generator.single import record
from generator.store import documents, history
from tests import builders
from tests.advisories.builders import advisory, archive
from tests.compare.test_summary import package

AMD64 = Platform("linux", "amd64")
Told = Callable[..., str]

IMAGES = """
site: {languages: [en]}
groups:
  - name: all
    images:
      - name: base
        former_names: [before]
        sources: ["oci:LAYOUT"]
history: {keep_last: 2, keep_days: 0}
"""


def layer(version: str, mode: int = 0o644) -> bytes:
    """Return a layer with one package and one file."""
    return builders.tar(
        [
            builders.directory("lib"),
            builders.directory("lib/apk"),
            builders.directory("lib/apk/db"),
            builders.file("lib/apk/db/installed", package("openssl", version)),
            builders.file("conf", b"x", mode=mode),
        ]
    )


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Return a folder with an images.yml of one image, which nothing is known of yet."""
    (tmp_path / "images.yml").write_text(IMAGES.replace("LAYOUT", str(tmp_path / "layout")))
    return Places(
        configuration=tmp_path / "images.yml",
        store=tmp_path / "data",
        output=tmp_path / "build",
        cache=tmp_path / "cache",
    )


@pytest.fixture
def told(places: Places, capsys: pytest.CaptureFixture[str]) -> Told:
    """Run a command on the folder, and return what it prints."""

    def run(*arguments: str, status: int = 0) -> str:
        where = ["--config", str(places.configuration), "--store", str(places.store)]
        assert cli.main([*arguments, *where]) == status
        output = capsys.readouterr()
        return output.err if status else output.out

    return run


def become(places: Places, number: int, layers: list[bytes]) -> None:
    """Record a state of the image, as if it had been seen on a day of its own."""
    builders.write_layout(places.store.parent / f"layout-{number}", builders.image(layers))
    record(places, "base", f"oci:{places.store.parent}/layout-{number}", provenance="made for a test", at=now())
    path = history.path_of(places.store, "base", AMD64)
    *before, newest = path.read_text().splitlines()
    line = json.loads(newest) | {"at": f"2026-01-0{number}T00:00:00Z"}
    path.write_text("".join(f"{one}\n" for one in (*before, json.dumps(line))))


@pytest.fixture
def past(places: Places) -> Places:
    """Record four states: a package is upgraded, a mode changes, and the first comes back."""
    for number, layers in enumerate(
        ([layer("1-r0")], [layer("2-r0")], [layer("2-r0", 0o600)], [layer("1-r0")]), start=1
    ):
        become(places, number, layers)
    return places


def test_the_past_as_text(past: Places, told: Told) -> None:
    """Newest first, a line a change, and at the end the day on which it was first seen."""
    first, *lines = told("history", "base").splitlines()
    assert first == "base linux/amd64: 4 states since 2026-01-01"
    assert [one.split()[0] for one in lines] == ["2026-01-04", "2026-01-03", "2026-01-02", "2026-01-01"]
    assert "openssl downgraded to 1-r0" in lines[0]
    assert lines[1].endswith("1 path’s mode changed")
    assert "openssl upgraded to 2-r0" in lines[2]
    assert "first seen" in lines[3]


def test_a_change_says_what_it_fixed(places: Places, told: Told) -> None:
    """Lines tell of known vulnerabilities as the recorded database has them, whatever its age; without it, nothing."""
    release = builders.tar([builders.file("etc/os-release", b"ID=alpine\nVERSION_ID=3.20.1\n")])
    for number, version in ((1, "1-r0"), (2, "2-r0")):
        become(places, number, [layer(version), release])
    assert "fixes" not in told("history", "base")
    folder = archive(places.store.parent / "osv", "Alpine", [advisory("CVE-2026-0001", "openssl", "2-r0")])
    recorded.bring_up_to_date(places.store, open_database(folder, places.cache / "indexes"), {})
    newest = told("history", "base").splitlines()[1]
    assert newest.endswith("openssl upgraded to 2-r0, 1 path different; fixes CVE-2026-0001")


def test_since_a_day(past: Places, told: Told) -> None:
    """Changes before the day are left out; the state that lasted then is still named in the JSON."""
    lines = told("history", "base", "--since", "2026-01-03").splitlines()
    assert [one.split()[0] for one in lines[1:]] == ["2026-01-04", "2026-01-03"]
    assert len(told("history", "--since", "2030-01-01").splitlines()) == 1
    (image,) = json.loads(told("history", "--since", "2026-01-04", "--format", "json"))["images"]
    assert [one["since"][:10] for one in image["states"]] == ["2026-01-03", "2026-01-04"]
    assert [one["at"][:10] for one in image["changes"]] == ["2026-01-04"]


def test_the_past_as_json(past: Places, told: Told) -> None:
    """The same for programs: states with figures, changes with their summaries, all of it twice the same."""
    text = told("history", "--format", "json")
    assert text == told("history", "--format", "json")
    (image,) = json.loads(text)["images"]
    assert (image["name"], image["platform"], image["listed"]) == ("base", "linux/amd64", True)
    assert [one["figures"]["package_count"] for one in image["states"]] == [1, 1, 1, 1]
    assert image["changes"][0]["summary"]["packages"]["upgraded"] == 1
    assert image["changes"][1]["summary"]["files"]["mode"] == 1


def test_an_image_that_is_no_longer_listed_is_told_of(past: Places, told: Told) -> None:
    """History knows it still, under its name."""
    past.configuration.write_text(past.configuration.read_text().replace("name: base", "name: other"))
    assert "base linux/amd64: 4 states since 2026-01-01, no longer in the list" in told("history")
    assert told("history", "other") == "other linux/amd64: never seen\n"


def test_a_former_name_goes_on(past: Places, told: Told) -> None:
    """What was recorded under a former name is the image's own past."""
    (past.store / "history" / "base").rename(past.store / "history" / "before")
    assert told("history", "base").startswith("base linux/amd64: 4 states since 2026-01-01\n")


def test_a_name_that_nobody_knows(past: Places, told: Told) -> None:
    """A wrong name is the caller's mistake, with the nearest right one."""
    assert "did you mean “base”?" in told("history", "bse", status=2)
    with pytest.raises(UsageError):
        list(annals(past, ("bse",)))


def test_gc_keeps_what_the_rule_keeps(past: Places, told: Told) -> None:
    """images.yml keeps two states: of four, in which the first came back, only the second goes, and is told."""
    lines = history.path_of(past.store, "base", AMD64).read_bytes()
    every = [one["subject"] for one in values_of(next(iter(annals(past))))["states"]]
    assert len(set(every)) == 3
    assert "1 document would be removed" in told("gc", "--dry-run")
    assert all(documents.path_of(past.store, one).exists() for one in every)
    said = told("gc")
    assert every[1] in said and "a former state of base linux-amd64" in said
    assert "1 document removed" in said and "2 kept" in said
    assert [documents.path_of(past.store, one).exists() for one in every] == [True, False, True, True]
    assert history.path_of(past.store, "base", AMD64).read_bytes() == lines
    assert "0 documents removed" in told("gc")
    assert "1 document removed" in told("gc", "--keep-last", "1")
    assert "0 documents removed" in told("gc", "--keep-last", "1", "--keep-days", "5")
    assert told("gc", "--quiet") == ""


def test_after_gc_the_past_is_told_by_figures(past: Places, told: Told) -> None:
    """A change whose documents are gone is told by what the history noted down, and nothing fails."""
    told("gc", "--keep-last", "1")
    (image,) = json.loads(told("history", "--format", "json"))["images"]
    assert [one["document_kept"] for one in image["states"]] == [True, False, False, True]
    assert [one["summary"]["compared"] for one in image["changes"]] == [False, False, False]
    assert all(one["summary"]["packages"] is None for one in image["changes"])


def test_gc_waits_for_nobody(past: Places) -> None:
    """While a build holds the store, gc ends at once with an error and removes nothing."""
    from generator.build import today
    from generator.collect import collect

    holder = os.open(past.store, os.O_RDONLY)
    try:
        fcntl.flock(holder, fcntl.LOCK_EX)
        with pytest.raises(StoreError, match="another build"):
            collect(past, today(), keep_last=1)
    finally:
        os.close(holder)
    assert len(list((past.store / "documents").rglob("*.json"))) == 3


def test_gc_refuses_what_it_cannot_read(past: Places, told: Told) -> None:
    """A damaged history is a reason to remove nothing at all."""
    history.path_of(past.store, "base", AMD64).write_text("{}\n")
    assert "a line of it is damaged" in told("gc", status=1)
    assert len(list((past.store / "documents").rglob("*.json"))) == 3


def test_a_build_says_what_changed(places: Places, tmp_path: Path) -> None:
    """When an image is another one than in the build before, the build's report tells of it in a line."""
    from tests.pages.samples import REPOSITORY

    whole = Places(
        configuration=places.configuration,
        store=places.store,
        output=places.output,
        cache=places.cache,
        templates=REPOSITORY / "templates",
        site_src=REPOSITORY / "site_src",
        mkdocs=REPOSITORY / "mkdocs.yml",
    )
    builders.write_layout(tmp_path / "layout", builders.image([layer("1-r0")]))
    assert [one.news for one in build(whole).images] == [""]
    builders.write_layout(tmp_path / "layout", builders.image([layer("2-r0")]))
    (image,) = build(whole).images
    assert image.change == "changed"
    assert image.news.startswith("openssl upgraded to 2-r0")
    assert list((whole.site / "images/base/changes").iterdir())


def test_two_real_releases_over_time(shared_images: Path, places: Places, told: Told) -> None:
    """Alpine 3.19.4 and 3.20.3 recorded under one name are one image that was upgraded, told by its packages."""
    for release in ("3.19.4", "3.20.3"):
        source = f"rootfs:{shared_images}/rootfs/alpine-minirootfs-{release}-x86_64.tar.gz"
        record(places, "base", source, provenance=f"Alpine's minimal root file system {release}", at=now())
    (image,) = json.loads(told("history", "--format", "json"))["images"]
    (change,) = image["changes"]
    summary = change["summary"]
    assert (summary["distribution_before"], summary["distribution_after"]) == (
        "Alpine Linux v3.19",
        "Alpine Linux v3.20",
    )
    counts = summary["packages"]
    assert (counts["upgraded"], counts["downgraded"], counts["added"], counts["removed"]) == (11, 0, 0, 1)
    assert (summary["certificates"]["added"], summary["certificates"]["removed"]) == (1, 1)
    assert (summary["files"]["added"], summary["files"]["removed"], summary["files"]["changed"]) == (0, 9, 33)
    assert summary["deltas"]["entry_count"] == -9
    assert summary["settings"] is None and "settings" in summary["unknown"]
