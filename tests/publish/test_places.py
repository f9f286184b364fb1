"""Publishing in folders that are not like the others: named oddly, shared, of little room."""

import os
import resource
from pathlib import Path

import pytest

from generator.errors import NotAPublishedSite, PublishError
from tests.publish.sites import DAY, START, build, to_folder


@pytest.mark.parametrize("written", [".", "../here"])
def test_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    """A place may be named by dots."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    to_folder(build(tmp_path), Path(written))
    assert (tmp_path / "here" / "versions.json").is_file()


def test_dots_that_lead_to_somebody_elses_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that has something else in it is refused, however it is named."""
    (tmp_path / "here" / "below").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(NotAPublishedSite, match="below"):
        to_folder(build(tmp_path), Path("below/.."))


def test_a_folder_beside_the_built_site(tmp_path: Path) -> None:
    """The folder of the build, which is locked meanwhile, may have the published one in it."""
    site = build(tmp_path)
    place = site.output / "public"
    to_folder(site, place)
    assert (place / "versions.json").is_file()


def test_a_link_in_the_old_tree_is_not_written_through(tmp_path: Path) -> None:
    """A public place that somebody has made a link is refused: what is published stays inside of the place."""
    place, elsewhere = tmp_path / "www", tmp_path / "elsewhere"
    to_folder(build(tmp_path, "one"), place)
    (place / "api").rename(elsewhere)
    (place / "api").symlink_to(elsewhere)
    before = {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()}
    with pytest.raises(NotAPublishedSite, match="api is a link"):
        to_folder(build(tmp_path, "two"), place, START + DAY)
    assert {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()} == before
    assert not (tmp_path / ".www.new").exists()


def test_a_pipe_in_the_place_is_refused(tmp_path: Path) -> None:
    """What is neither a file nor a folder is not waited for."""
    place = tmp_path / "www"
    to_folder(build(tmp_path, "one"), place)
    os.mkfifo(place / "pipe")
    with pytest.raises(NotAPublishedSite, match="pipe is neither"):
        to_folder(build(tmp_path, "two"), place, START + DAY)


def test_the_place_keeps_its_permissions(tmp_path: Path) -> None:
    """Who may enter the folder is not for a publication to say; a folder that is made anew is open to readers."""
    place = tmp_path / "www"
    place.mkdir()
    place.chmod(0o2750)
    for number in range(2):
        to_folder(build(tmp_path, f"{number}"), place, START + number * DAY)
        assert place.stat().st_mode & 0o7777 == 0o2750
    to_folder(build(tmp_path), tmp_path / "new")
    assert (tmp_path / "new").stat().st_mode & 0o7777 == 0o755


def test_what_does_not_fit_leaves_nothing(tmp_path: Path) -> None:
    """Where the system refuses to write a file, the old tree stands and the begun one gives its room back."""
    place = tmp_path / "www"
    to_folder(build(tmp_path, "one"), place)
    before = sorted(place.rglob("*"))
    site = build(tmp_path, "two")
    (site.site / "assets" / "large.bin").write_bytes(bytes(1_000_000))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, limits[1]))
    try:
        with pytest.raises(PublishError, match="File too large"):
            to_folder(site, place, START + DAY)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert sorted(place.rglob("*")) == before
    assert not (tmp_path / ".www.new").exists()
