"""The benchmark of many images makes what it says: as many images as asked for, no two of them the same, and valid."""

import dataclasses
from pathlib import Path

import pytest

from bench import many, variants
from bench.many import Made, is_linear
from bench.measure import Cost, MeasuredFailure, run_tree
from generator import targets
from generator.analysis import codec
from generator.compare.between import between
from generator.compare.summary import summary_of
from generator.source import check_source
from generator.store import documents, history
from tests.pages.samples import REPOSITORY

ORIGINALS = variants.recorded(REPOSITORY / "data")


def test_every_image_is_another(tmp_path: Path) -> None:
    """Fifty images have fifty names, a digest for each of their states, and figures that differ."""
    variants.make(tmp_path, ORIGINALS, 50)
    configuration = targets.load(tmp_path / "images.yml", check_source)
    pasts = history.read_all(tmp_path / "data")
    assert {name for name, _slug in pasts} == {target.name for target in configuration.targets}
    states = [one.subject for observations in pasts.values() for one in observations]
    assert len(states) == len(set(states)) == 50 + 10 - 3 + 3 * 3
    made = [documents.load(tmp_path / "data", subject) for subject in states]
    assert len({codec.encode(one) for one in made}) == len(states)
    assert len({one.sizes.docker_size for one in made}) > 40


@pytest.mark.parametrize("number", range(0, 40, 7))
def test_a_variant_is_a_rebuild(number: int) -> None:
    """From one state to the next some packages and files are others, and everything can be compared."""
    original = ORIGINALS[number % len(ORIGINALS)]
    before, after = (variants.variant(original, number, state) for state in (0, 1))
    assert codec.encode(codec.decode(codec.encode(before), path="")) == codec.encode(before)
    found = summary_of(between(before, after))
    assert found.files
    assert 0 < found.files.changed <= max(1, len(original.tree) // 4)
    has_packages = original.sections.packages and original.sections.packages.found
    assert bool(found.packages and found.packages.total) == bool(has_packages and has_packages.packages)


def test_names_stay_sorted() -> None:
    """A file of another name is where the tree's order has it."""
    for number, original in enumerate(ORIGINALS):
        tree = variants.variant(original, number, 0).tree
        siblings: dict[int, list[bytes]] = {}
        for entry in range(1, len(tree)):
            siblings.setdefault(tree.parents[entry], []).append(tree.names[entry].encode())
        assert all(names == sorted(names) for names in siblings.values())


def test_children_that_outlive_their_parent_are_measured() -> None:
    """Time and memory of a grandchild count, also when nobody but us waits for it."""
    grandchild = "x = b'x' * 200_000_000; import time; e = time.process_time() + 1\nwhile time.process_time() < e: pass"
    program = (
        f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {grandchild!r}], stderr=subprocess.DEVNULL)"
    )
    cost, _began = run_tree(["python3", "-c", program])
    assert cost.cpu_seconds >= 1
    waiting = program.replace("subprocess.Popen", "subprocess.run")
    cost, _began = run_tree(["python3", "-c", waiting])
    assert cost.peak_size > 190 * many.MB
    with pytest.raises(MeasuredFailure, match="ended with 3"):
        run_tree(["python3", "-c", "raise SystemExit(3)"])


def test_what_is_not_linear_is_told() -> None:
    """Ten times the images may cost ten times as much, and not forty times."""
    few = Made(10, Cost(9, 10, 10 * many.MB), 5, (1, 1), (1000, 100), ())
    ten_times = dataclasses.replace(few, count=100, cost=Cost(90, 100, 90 * many.MB), site=(10_000, 1000))
    assert is_linear(few, ten_times)
    assert not is_linear(few, dataclasses.replace(ten_times, cost=Cost(90, 400, 90 * many.MB)))
    assert not is_linear(few, dataclasses.replace(ten_times, site=(40_000, 1000)))
