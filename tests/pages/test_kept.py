"""What was told of a past is taken from the cache while nothing that it is made of is another, and only then."""

from collections.abc import Callable
from pathlib import Path

import pytest

from generator.analysis.document import Document
from generator.compare.past import Past, past_of
from generator.compare.summary import Summary
from generator.lifecycle.calendar import shipped
from generator.oci.digest import Digest
from generator.pages import telling
from generator.pages.editions import editions
from generator.pages.kept import Kept
from generator.targets import Configuration, Group, SiteSettings
from tests.pages.samples import REPOSITORY, target
from tests.pages.test_over_time import FIRST, OTHER_MODE, UPGRADED, seen

DOCUMENTS = {one.subject: one for one in (FIRST, UPGRADED, OTHER_MODE)}
PAST = past_of(
    [seen("base", FIRST, "2026-01-01"), seen("base", UPGRADED, "2026-02-01"), seen("base", OTHER_MODE, "2026-03-01")],
    lambda subject: True,
)


def told(
    kept: Kept | None, load: Callable[[Digest], Document] = DOCUMENTS.__getitem__, past: Past = PAST, mine: bool = True
) -> tuple[dict[str, bytes], tuple[Summary, ...]]:
    """Return the pages of one image's past in two languages, and what is noted of its changes."""
    settings = SiteSettings(languages=("en", "zh"))
    site = Configuration(groups=(Group(name="all", title="All", targets=(target("base"),)),), site=settings)
    made = editions(
        site, {}, shipped(), REPOSITORY / "templates", pasts={"images/base": past}, summaries={}, outlines={}
    )
    files = {file.path: file.content for file in telling.tell_image(made, 0, load, kept, mine=mine)}
    return files, made[0].site.summaries["images/base"]


def in_folder(folder: Path, origin: bytes = b"", stamp: bytes = b"") -> Kept:
    """Return the cache in a folder."""
    return Kept(folder, origin, lambda subject: stamp)


def nothing(subject: Digest) -> Document:
    """Stand for a store that must not be asked."""
    raise AssertionError(subject)


def test_what_is_kept_is_what_would_be_made(tmp_path: Path) -> None:
    """Pages and summaries are the same without a cache, at first, and out of it, where no document is opened."""
    without = told(None)
    assert len(without[1]) == 2
    assert len(without[0]) == 2 * 3
    assert told(in_folder(tmp_path)) == without
    assert told(in_folder(tmp_path), nothing) == without


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda folder: (in_folder(folder, origin=b"1"), PAST), id="another program"),
        pytest.param(lambda folder: (in_folder(folder, stamp=b"1"), PAST), id="another document"),
        pytest.param(lambda folder: (in_folder(folder), Past(PAST.states[:2])), id="another past"),
    ],
)
def test_nothing_old_is_told(tmp_path: Path, other: Callable[[Path], tuple[Kept, Past]]) -> None:
    """Where anything is another that pages are made of, they are made anew."""
    told(in_folder(tmp_path))
    kept, past = other(tmp_path)
    with pytest.raises(AssertionError):
        told(kept, nothing, past)
    assert told(kept, past=past) == told(None, past=past)


@pytest.mark.parametrize("damage", [lambda old: old[:-1], lambda old: b"", lambda old: old.replace(b"2026", b"2062")])
def test_a_damaged_cache_costs_only_time(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    """A file that was cut short, or is not what was written, is made anew."""
    told(in_folder(tmp_path))
    (path,) = tmp_path.iterdir()
    good = path.read_bytes()
    path.write_bytes(damage(good))
    assert told(in_folder(tmp_path)) == told(None)
    assert path.read_bytes() == good


def test_a_cache_that_cannot_be_written_is_none(tmp_path: Path) -> None:
    """A file where the folder should be makes nothing fail."""
    (tmp_path / "file").touch()
    assert told(in_folder(tmp_path / "file" / "told")) == told(None)


def test_whoever_does_not_make_the_pages_knows_the_summaries(tmp_path: Path) -> None:
    """A process that leaves the pages to another notes the same, and does not take their place in the cache."""
    assert told(in_folder(tmp_path), mine=False) == ({}, told(None)[1])
    assert not list(tmp_path.iterdir())
    told(in_folder(tmp_path))
    assert told(in_folder(tmp_path), nothing, mine=False) == ({}, told(None)[1])
