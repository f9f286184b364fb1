"""Publishing in folders that are not like the others: named oddly, shared, of little room."""

import resource
from pathlib import Path

import pytest

from generator.errors import NotAPublishedSite, PublishError
from tests.publish.sites import DAY, START, build, to_folder


@pytest.mark.parametrize("written", [".", "../here", "below/.."])
def test_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    """A place may be named by dots."""
    (tmp_path / "here" / "below").mkdir(parents=True)
    (tmp_path / "here" / "below").rmdir() if written != "below/.." else None
    monkeypatch.chdir(tmp_path / "here")
    site = build(tmp_path)
    if written == "below/..":
        with pytest.raises(NotAPublishedSite, match="below"):
            to_folder(site, Path(written))
        return
    to_folder(site, Path(written))
    assert (tmp_path / "here" / "versions.json").is_file()


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
