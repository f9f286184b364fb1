"""A folder of advisories opened again and again: what is damaged on the way costs nothing but time."""

import os
import zipfile
from pathlib import Path

import pytest

from generator.advisories.database import Database, forget, open_database
from tests.advisories.builders import advisory, archive, exploited


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with one archive and CISA's catalogue."""
    archive(tmp_path / "advisories", "Alpine", [advisory("CVE-2026-1", "zlib", "1.3.2-r0")])
    return exploited(tmp_path / "advisories", "CVE-2026-1")


def names(database: Database) -> list[str]:
    """Return the places of the files in use."""
    return [one.name for one, _ in database.archives]


def test_a_damaged_index_is_made_anew(folder: Path, tmp_path: Path) -> None:
    """What a machine that went down left of an index is no reason to fail: the file is indexed again."""
    first = open_database(folder, tmp_path / "cache")
    for index in (tmp_path / "cache").glob("*.sqlite"):
        index.write_bytes(b"")
    again = open_database(folder, tmp_path / "cache")
    assert (again.digest, names(again), again.problems) == (first.digest, names(first), ())
    assert len(list(again.archives[0][1].said_of("Alpine:v3.20", "zlib"))) == 1


def test_indexes_that_nothing_uses_are_removed(folder: Path, tmp_path: Path) -> None:
    """A newer archive's index takes the place of the older one's; what a killed run left goes too."""
    cache = tmp_path / "cache"
    open_database(folder, cache)
    archive(folder, "Alpine", [advisory("CVE-2026-2", "zlib", "1.3.3-r0")])
    (cache / ".new-abc").mkdir()
    (cache / ".new-abc" / "index").write_bytes(b"half")
    database = open_database(folder, cache)
    assert len(list(cache.glob("*.sqlite"))) == 3
    forget(cache, database)
    assert len(list(cache.glob("*.sqlite"))) == 2
    assert not (cache / ".new-abc").exists()
    assert open_database(folder, cache).digest == database.digest


def test_the_last_good_index_of_a_broken_file_is_kept(folder: Path, tmp_path: Path) -> None:
    """What is still in use in the place of a broken file is not removed."""
    good = open_database(folder, tmp_path / "cache")
    (folder / "Alpine" / "all.zip").write_bytes(b"PK\x03\x04 and no more")
    broken = open_database(folder, tmp_path / "cache")
    forget(tmp_path / "cache", broken)
    assert broken.digest == good.digest
    assert [str(one) for one in broken.problems] == ["Alpine/all.zip: not a readable archive: File is not a zip file"]
    assert names(open_database(folder, tmp_path / "cache")) == names(good)


def test_a_cache_that_cannot_be_written_is_told(folder: Path, tmp_path: Path) -> None:
    """Where an index cannot be put, the file is a problem in a sentence, and nothing is raised."""
    (tmp_path / "cache").write_bytes(b"a file in the folder's place")
    database = open_database(folder, tmp_path / "cache")
    assert (database.archives, len(database.problems)) == ((), 2)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_part_that_may_not_be_read_is_told(folder: Path, tmp_path: Path) -> None:
    """A folder without permission is not an empty one."""
    (folder / "Alpine").chmod(0)
    database = open_database(folder, tmp_path / "cache")
    assert [str(one) for one in database.problems] == ["advisories/Alpine: cannot be read: Permission denied"]


def test_links_are_not_followed(folder: Path, tmp_path: Path) -> None:
    """Neither a linked file nor a linked folder is read."""
    with zipfile.ZipFile(tmp_path / "other.zip", "w"):
        pass
    (folder / "other.zip").symlink_to(tmp_path / "other.zip")
    (folder / "Debian").symlink_to(folder / "Alpine")
    assert names(open_database(folder, tmp_path / "cache")) == [
        "Alpine/all.zip",
        "known_exploited_vulnerabilities.json",
    ]
