"""The history: only added to, only when something changed, and readable whatever a killed run left."""

import json
import logging
import subprocess
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


# Lines out of several places


def on(day: int, number: int, source: str = "registry:x.invalid/a") -> Observation:
    """Make an observation of the image with that number on a day of January."""
    return seen(number, at=f"2026-01-{day:02}T00:00:00Z", source=source)


def put(folder: Path, *observations: Observation) -> Path:
    """Write observations as lines exactly in this order, as a merge may leave them; return the file."""
    path = history.path_of(folder, "base", ARM)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(msgspec.json.encode(one, order="deterministic") + b"\n" for one in observations))
    return path


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([on(1, 1), on(3, 3), on(2, 2)], [on(1, 1), on(2, 2), on(3, 3)]),
        ([on(1, 1), on(2, 2), on(2, 2)], [on(1, 1), on(2, 2)]),
        ([on(1, 1), on(3, 2), on(2, 2)], [on(1, 1), on(2, 2)]),
        ([on(1, 1), on(3, 2), on(4, 1), on(2, 2)], [on(1, 1), on(2, 2), on(4, 1)]),
        ([on(1, 1), on(3, 1), on(2, 2)], [on(1, 1), on(2, 2), on(3, 1)]),
        ([on(3, 3), on(2, 2), on(1, 1)], [on(1, 1), on(2, 2), on(3, 3)]),
    ],
    ids=["out of order", "doubled", "seen twice", "seen twice and gone", "there and back", "upside down"],
)
def test_merged_lines_are_told_in_the_order_of_time(
    tmp_path: Path, lines: list[Observation], told: list[Observation]
) -> None:
    """Whatever order a merge left, reading gives each piece of news once, oldest first, and `last` is its end."""
    put(tmp_path, *lines)
    assert list(history.read(tmp_path, "base", ARM)) == told
    assert history.read_all(tmp_path) == {("base", ARM.slug): tuple(told)}
    assert history.last(tmp_path, "base", ARM) == told[-1]
    assert not history.append(tmp_path, "base", ARM, msgspec.structs.replace(told[-1], at="2026-02-01T00:00:00Z"))
    assert history.append(tmp_path, "base", ARM, seen(9, at="2026-02-01T00:00:00Z"))
    assert history.last(tmp_path, "base", ARM) == seen(9, at="2026-02-01T00:00:00Z")


def test_a_clock_that_has_gone_back_does_not_hide_what_is_new(tmp_path: Path) -> None:
    """News is the newest line even if the clock says it came first; the next build then finds nothing new."""
    stored(tmp_path, on(20, 1))
    assert history.append(tmp_path, "base", ARM, on(5, 2))
    assert history.last(tmp_path, "base", ARM) == on(20, 2)
    assert not history.append(tmp_path, "base", ARM, on(6, 2))


def test_the_last_of_a_long_history_is_cheap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of thousands of lines no more than two are decoded to find the last one."""
    put(tmp_path, *(on(1 + number % 28, number) for number in range(5000)))
    decoded = []
    decode = history._decode

    def counting(path: Path, number: int, line: bytes) -> Observation:
        decoded.append(number)
        return decode(path, number, line)

    monkeypatch.setattr(history, "_decode", counting)
    assert history.last(tmp_path, "base", ARM) == on(28, 4983)
    assert len(decoded) == 2


def test_git_merges_two_branches_that_both_added_lines(tmp_path: Path) -> None:
    """With .gitattributes as it comes, a real merge of two branches has no conflict and loses no line."""
    attributes = Path(__file__).parents[2] / ".gitattributes"
    store = tmp_path / "data"

    def git(*arguments: str) -> None:
        words = ["git", "-c", "user.name=x", "-c", "user.email=x@y.invalid", "-c", "commit.gpgsign=false", *arguments]
        subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, timeout=60)

    def commit(*observations: Observation) -> None:
        stored(store, *observations)
        git("add", "-A")
        git("commit", "-q", "-m", "x")

    git("init", "-q", "-b", "main")
    (tmp_path / ".gitattributes").write_bytes(attributes.read_bytes())
    commit(on(1, 1))
    git("checkout", "-q", "-b", "other")
    commit(on(3, 3), on(5, 5))
    git("checkout", "-q", "main")
    commit(on(2, 2), on(4, 4), on(6, 5))
    git("merge", "-q", "other", "-m", "x")
    days = [one.at[8:10] for one in history.read(store, "base", ARM)]
    assert days == ["01", "02", "03", "04", "05"]
    assert history.last(store, "base", ARM) == on(5, 5)
    assert len(history.path_of(store, "base", ARM).read_bytes().splitlines()) == 6
