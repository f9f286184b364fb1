"""The history: only added to, only when something changed, and readable whatever a killed run left."""

import json
import logging
from pathlib import Path

import msgspec
import pytest

from generator.errors import StoreError
from generator.oci.digest import digest_of
from generator.oci.platform import Platform
from generator.store import history
from generator.store.observation import Observation

ARM = Platform("linux", "arm64", "v8")


def seen(number: int = 0, at: str = "2026-01-01T00:00:00Z", source: str = "registry:x.invalid/a") -> Observation:
    """Make an observation of the image with that number."""
    return Observation(at=at, subject=digest_of(b"%d" % number), generator_version="1", source=source)


def stored(folder: Path, *observations: Observation) -> Path:
    """Append all of `observations` and return their file."""
    for one in observations:
        history.append(folder, "base", ARM, one)
    return history.path_of(folder, "base", ARM)


def test_observations_come_back_in_order(tmp_path: Path) -> None:
    """Each change is a line; the newest is last; each image and platform has a file of its own."""
    first, second = seen(1), seen(2, at="2026-02-01T00:00:00Z")
    path = stored(tmp_path, first, second)
    assert path == tmp_path / "history" / "base" / "linux-arm64-v8.jsonl"
    assert history.read(tmp_path, "base", ARM) == (first, second)
    assert history.last(tmp_path, "base", ARM) == second
    assert history.read(tmp_path, "base", Platform()) == ()
    assert history.last(tmp_path, "other", ARM) is None


def test_all_of_an_observation_is_kept(tmp_path: Path) -> None:
    """Every field survives, and lines are JSON that anything can read."""
    full = Observation(
        at="2026-01-01T00:00:00Z",
        subject=digest_of(b"a"),
        generator_version="1",
        source="registry:x",
        resolved_digest=digest_of(b"b"),
        index_size=7,
        platforms=(Platform(), Platform("windows", "amd64", "", "10.0")),
        attestation_count=2,
        repo_digests=("x@sha256:…",),
        provenance="“Quoted”\nand two lines",
        fingerprint="f",
    )
    path = stored(tmp_path, full)
    assert history.last(tmp_path, "base", ARM) == full
    assert json.loads(path.read_text("utf-8"))["platforms"][1]["os.version"] == "10.0"


def test_seeing_the_same_again_adds_nothing(tmp_path: Path) -> None:
    """The same image at a later time leaves the file as it was, byte for byte."""
    path = stored(tmp_path, seen(1))
    before = path.read_bytes()
    assert not history.append(tmp_path, "base", ARM, seen(1, at="2027-01-01T00:00:00Z"))
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "change",
    [
        {"subject": digest_of(b"2")},
        {"generator_version": "2"},
        {"source": "oci:elsewhere"},
        {"index_size": 7},
        {"provenance": "carried over by hand"},
        {"fingerprint": "x"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_anything_else_that_differs_is_a_new_line(tmp_path: Path, change: dict[str, object]) -> None:
    """Every field but the time counts, and the lines before stay as they are."""
    path = stored(tmp_path, seen(1))
    before = path.read_bytes()
    assert history.append(tmp_path, "base", ARM, msgspec.structs.replace(seen(1), **change))
    assert path.read_bytes().startswith(before)
    assert len(history.read(tmp_path, "base", ARM)) == 2


def test_going_back_is_a_change(tmp_path: Path) -> None:
    """Only the last line counts: an image that returns to an earlier digest is a third observation."""
    stored(tmp_path, seen(1), seen(2), seen(1))
    assert [one.subject for one in history.read(tmp_path, "base", ARM)] == [seen(n).subject for n in (1, 2, 1)]


def test_a_line_cut_at_any_byte_costs_nothing_but_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Wherever a killed run stopped writing, the line before is found, and the next append repairs the file."""
    path = stored(tmp_path, seen(1))
    whole = path.read_bytes()
    added = stored(tmp_path, seen(2)).read_bytes().removeprefix(whole)
    for length in range(1, len(added) - 1):
        path.write_bytes(whole + added[:length])
        with caplog.at_level(logging.WARNING):
            assert history.last(tmp_path, "base", ARM) == seen(1)
        assert str(path) in caplog.text
        assert history.append(tmp_path, "base", ARM, seen(3))
        assert history.read(tmp_path, "base", ARM) == (seen(1), seen(3))


def test_zeros_after_a_power_failure_are_passed_over(tmp_path: Path) -> None:
    """File systems may leave zeros where bytes were promised."""
    path = stored(tmp_path, seen(1))
    path.write_bytes(path.read_bytes() + b"\0" * 300)
    stored(tmp_path, seen(2))
    assert history.read(tmp_path, "base", ARM) == (seen(1), seen(2))


def test_a_first_line_cut_short_is_no_observation(tmp_path: Path) -> None:
    """A file with nothing but the start of a line says nothing, and can be added to."""
    path = stored(tmp_path, seen(1))
    path.write_bytes(path.read_bytes()[:20])
    assert history.last(tmp_path, "base", ARM) is None
    stored(tmp_path, seen(2))
    assert history.read(tmp_path, "base", ARM) == (seen(2),)


def test_a_last_line_that_only_lacks_its_end_counts(tmp_path: Path) -> None:
    """Editors and merges may take the last newline away; nothing is lost by it, nor by adding the next line."""
    path = stored(tmp_path, seen(1), seen(2))
    path.write_bytes(path.read_bytes().rstrip())
    assert history.last(tmp_path, "base", ARM) == seen(2)
    assert not history.append(tmp_path, "base", ARM, seen(2))
    stored(tmp_path, seen(3))
    assert history.read(tmp_path, "base", ARM) == (seen(1), seen(2), seen(3))


@pytest.mark.parametrize(
    "line", [b"<<<<<<< HEAD", b"", b"{}", b"\xff", seen(1).source.encode(), b'{"at":"","subject":"../../x"}']
)
def test_a_damaged_line_is_an_error_that_names_it(tmp_path: Path, line: bytes) -> None:
    """A whole line that is no observation is not passed over in silence: file and line are named."""
    path = stored(tmp_path, seen(1), seen(2))
    first, second, _ = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([first, line, second, b""]))
    assert history.last(tmp_path, "base", ARM) == seen(2)
    with pytest.raises(StoreError, match=r"linux-arm64-v8\.jsonl:2: not an observation"):
        history.read(tmp_path, "base", ARM)
    path.write_bytes(b"\n".join([first, line, b""]))
    with pytest.raises(StoreError, match=r"linux-arm64-v8\.jsonl:2: not an observation"):
        history.last(tmp_path, "base", ARM)


def test_a_subject_that_is_no_digest_is_damage(tmp_path: Path) -> None:
    """Subjects become file names, so a line edited by hand cannot lead anywhere else."""
    path = stored(tmp_path, seen(1))
    path.write_bytes(path.read_bytes().replace(seen(1).subject.encode(), b"sha256:../../../../etc/passwd"))
    with pytest.raises(StoreError, match="not an observation"):
        history.last(tmp_path, "base", ARM)
