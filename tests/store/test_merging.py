"""Stores taken into one another: nothing is lost, nothing is doubled, and what does not fit is told."""

import tempfile
from functools import cache
from pathlib import Path

import msgspec
import pytest

from generator.analysis.document import Document
from generator.analyze import analyze_source
from generator.errors import StoreError, UsageError
from generator.oci.platform import Platform
from generator.source.base import Surroundings
from generator.store import documents, history
from generator.store.merging import merge
from generator.store.observation import Observation
from tests import builders


@cache
def document(text: str) -> Document:
    """Analyze a root file system with one file that holds `text`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rootfs.tar")
        path.write_bytes(builders.tar([builders.file("text", text.encode())]))
        return analyze_source(f"rootfs:{path}", Platform(), Surroundings(cache_folder=Path(folder))).document


def see(store: Path, one: Document, day: int, name: str = "base") -> Observation:
    """Put a document and an observation of it into a store."""
    documents.save(store, one)
    observation = Observation(
        at=f"2026-01-{day:02}T00:00:00Z", subject=one.subject, generator_version=one.generator_version, source="oci:x"
    )
    history.append(store, name, Platform(), observation)
    return observation


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below `folder`."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_lines_and_documents_of_all_come_together(tmp_path: Path) -> None:
    """Three stores make one history in the order of time; merging again, in any order, changes nothing."""
    ours, *others = (tmp_path / name for name in ("ours", "a", "b"))
    first = see(ours, document("first"), 1)
    third = see(others[0], document("third"), 3)
    second, other = see(others[1], document("second"), 2), see(others[1], document("other"), 2, name="other")
    merged = merge(ours, others)
    assert (merged.line_count, merged.document_count, merged.conflicts) == (3, 3, ())
    assert history.read(ours, "base", Platform()) == (first, second, third)
    assert history.read(ours, "other", Platform()) == (other,)
    for one in (first, second, third, other):
        assert documents.load(ours, one.subject).subject == one.subject
    before = contents(ours)
    again = merge(ours, [*reversed(others), ours])
    assert (again.line_count, again.document_count) == (0, 0)
    assert contents(ours) == before


def test_the_newest_observation_says_which_version_s_document_is_right(tmp_path: Path) -> None:
    """The same image analyzed by two versions of the program: the later build's document is taken, or stays."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    old = document("image")
    new = msgspec.structs.replace(old, generator_version="99.0")
    see(ours, old, 1)
    see(theirs, new, 2)
    assert merge(ours, [theirs]).conflicts == ()
    assert documents.load(ours, old.subject) == new
    see(theirs, old, 1, name="another")
    assert merge(theirs, [ours]).conflicts == ()
    assert merge(ours, [theirs]).conflicts == ()
    assert documents.load(ours, old.subject) == new


def test_different_documents_of_one_version_are_a_conflict(tmp_path: Path) -> None:
    """Nobody can say which is right: ours stays, and both files are named."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    one = document("image")
    other = msgspec.structs.replace(one, warning_counts={"odd": 1})
    see(ours, one, 1)
    see(theirs, other, 2, name="another")
    (conflict,) = merge(ours, [theirs]).conflicts
    assert str(documents.path_of(ours, one.subject)) in conflict
    assert str(documents.path_of(theirs, one.subject)) in conflict
    assert documents.load(ours, one.subject) == one
    assert len(history.read(ours, "another", Platform())) == 1


def test_a_document_that_is_no_longer_kept_is_no_mistake(tmp_path: Path) -> None:
    """History outlives documents: the line is taken without one."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    observation = see(theirs, document("image"), 1)
    documents.path_of(theirs, observation.subject).unlink()
    merged = merge(ours, [theirs])
    assert (merged.line_count, merged.document_count) == (1, 0)
    assert history.last(ours, "base", Platform()) == observation


@pytest.mark.parametrize("damaged", ["documents", "history"])
def test_damage_in_another_store_changes_nothing(tmp_path: Path, damaged: str) -> None:
    """A damaged file is told by its name, and this store is as it was."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    see(ours, document("mine"), 1)
    see(theirs, document("good"), 2)
    see(theirs, document("bad"), 3, name="other")
    for path in (theirs / damaged).rglob("*.json*"):
        if damaged == "history" or path.stem == document("bad").subject[7:]:
            path.write_bytes(b"{}\n")
    before = contents(ours)
    with pytest.raises(StoreError, match=str(theirs / damaged)):
        merge(ours, [theirs])
    assert contents(ours) == before


def test_a_store_that_is_not_there_is_the_callers_mistake(tmp_path: Path) -> None:
    """A wrong name is told; an empty folder is a store with nothing in it."""
    (tmp_path / "empty").mkdir()
    assert merge(tmp_path / "ours", [tmp_path / "empty"]).line_count == 0
    with pytest.raises(UsageError, match="is not a folder"):
        merge(tmp_path / "ours", [tmp_path / "emtpy"])
