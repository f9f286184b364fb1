"""Which documents a store keeps: histories and a rule in, removable documents out."""

from datetime import date
from pathlib import Path

import pytest

from generator.errors import StoreError
from generator.oci.digest import Digest, parse_digest
from generator.oci.platform import Platform
from generator.store import documents, history
from generator.store.observation import Observation
from generator.store.retention import Plan, carry_out, plan

AMD64 = Platform("linux", "amd64")
TODAY = date(2026, 12, 1)
A, B, C, D, E = (parse_digest("sha256:" + letter * 64) for letter in "abcde")


def _store(folder: Path, **seen: list[tuple[Digest, str]]) -> Path:
    for name, states in seen.items():
        for subject, day in states:
            documents.save_encoded(folder, subject, b"{}")
            line = Observation(at=f"{day}T00:00:00Z", subject=subject, generator_version="1", source="registry:x")
            history.append(folder, name.replace("_", "-"), AMD64, line)
    return folder


def _gone(planned: Plan) -> dict[Digest, str]:
    return {one.subject: one.reason for one in planned.removable}


def test_newest_states_and_those_in_use_lately_are_kept(tmp_path: Path) -> None:
    """Only what is neither among the newest nor was the image within the days of the rule may go."""
    store = _store(tmp_path, base=[(A, "2025-01-01"), (B, "2025-06-01"), (C, "2026-10-01"), (D, "2026-11-30")])
    assert _gone(plan(store, keep_last=1, keep_days=0, today=TODAY)) == {A: "old", B: "old", C: "old"}
    assert _gone(plan(store, keep_last=2, keep_days=0, today=TODAY)) == {A: "old", B: "old"}
    # B was the image until 2026-10-01, A until 2025-06-01
    assert _gone(plan(store, keep_last=1, keep_days=62, today=TODAY)) == {A: "old"}
    assert _gone(plan(store, keep_last=1, keep_days=10_000_000, today=TODAY)) == {}


def test_the_last_state_stays_whatever_the_rule_says(tmp_path: Path) -> None:
    """An image, listed or not, never loses its newest document, however old it is."""
    store = _store(tmp_path, gone=[(A, "2001-01-01")])
    assert _gone(plan(store, keep_last=0, keep_days=0, today=TODAY)) == {}


def test_what_any_image_needs_stays(tmp_path: Path) -> None:
    """A document that is a former state of one image and the newest of another is needed."""
    store = _store(tmp_path, one=[(A, "2020-01-01"), (B, "2020-02-01")], other=[(A, "2020-03-01")])
    assert _gone(plan(store, keep_last=1, keep_days=0, today=TODAY)) == {}


def test_an_image_that_went_back_needs_what_it_went_back_to(tmp_path: Path) -> None:
    """States are counted, not digests: A, B, A keeps A as the newest and loses B."""
    store = _store(tmp_path, one=[(A, "2020-01-01"), (B, "2020-02-01"), (A, "2020-03-01")])
    assert _gone(plan(store, keep_last=1, keep_days=0, today=TODAY)) == {B: "old"}


def test_orphans_go_and_foreign_files_stay(tmp_path: Path) -> None:
    """A document that no history names may go; what is not named as a document is none of ours."""
    store = _store(tmp_path, one=[(A, "2026-01-01")])
    documents.save_encoded(store, E, b"{}")
    foreign = store / "documents" / "sha256" / "ee" / "notes.json"
    foreign.write_text("mine")
    misplaced = store / "documents" / "sha256" / "ff" / f"{'e' * 64}.json"
    misplaced.parent.mkdir()
    misplaced.write_text("{}")
    planned = plan(store, keep_last=10, keep_days=400, today=TODAY)
    assert _gone(planned) == {E: "orphan"}
    carry_out(planned)
    assert not documents.path_of(store, E).exists()
    assert foreign.exists() and misplaced.exists() and documents.path_of(store, A).exists()


def test_a_damaged_history_stops_everything(tmp_path: Path) -> None:
    """What a history that cannot be read needs is not known, so nothing is said to be an orphan."""
    store = _store(tmp_path, one=[(A, "2026-01-01")], other=[(B, "2026-01-01")])
    history.path_of(store, "other", AMD64).write_text("not a line\n")
    with pytest.raises(StoreError, match="other"):
        plan(store, keep_last=1, keep_days=0, today=TODAY)


def test_histories_are_not_touched_and_what_is_left_can_be_collected_again(tmp_path: Path) -> None:
    """Whenever carrying out ends, what is needed is there; doing it again finishes it and changes no history."""
    store = _store(tmp_path, base=[(A, "2020-01-01"), (B, "2020-06-01"), (C, "2020-10-01"), (D, "2020-11-30")])
    lines = history.path_of(store, "base", AMD64).read_bytes()
    planned = plan(store, keep_last=1, keep_days=0, today=TODAY)
    planned.removable[0].path.unlink()  # as a run that was killed after the first left it
    carry_out(planned)
    again = plan(store, keep_last=1, keep_days=0, today=TODAY)
    assert (_gone(again), again.kept_count) == ({}, 1)
    assert documents.path_of(store, D).exists()
    assert history.path_of(store, "base", AMD64).read_bytes() == lines
