"""Shares of images: each image is one machine's, the work is balanced, and a change moves little."""

import random

import pytest

from generator.errors import UsageError
from generator.shards import Shard, share

RANDOM = random.Random(5)
SIZES: dict[str, int | None] = {
    f"image-{number} linux-amd64": int(RANDOM.paretovariate(1) * 10**6) for number in range(200)
}


def shares(sizes: dict[str, int | None], count: int) -> list[frozenset[str]]:
    """Return the shares of all machines."""
    return [share(sizes, Shard(number, count)) for number in range(1, count + 1)]


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_each_image_is_in_one_share(count: int) -> None:
    """No image is left out and none is done twice, whatever order the images come in."""
    found = shares(SIZES, count)
    assert sorted(key for one in found for key in one) == sorted(SIZES)
    assert shares(dict(reversed(SIZES.items())), count) == found


@pytest.mark.parametrize("count", [2, 3, 7])
def test_shares_are_balanced_by_size(count: int) -> None:
    """No machine has much more than an equal part of all bytes, unless one image alone is more."""
    loads = [sum(SIZES[key] or 0 for key in one) for one in shares(SIZES, count)]
    known = [size for size in SIZES.values() if size]
    assert max(loads) <= max(1.15 * sum(known) / count, max(known))


def test_images_of_unknown_size_are_balanced_by_number() -> None:
    """Before anything is recorded, all images count alike."""
    counts = [len(one) for one in shares(dict.fromkeys(SIZES), 4)]
    assert sum(counts) == 200
    assert max(counts) <= 58


def test_one_image_more_moves_few_others() -> None:
    """Adding any of fifty images moves two in a hundred of the others on average, and never ten."""
    before = shares(SIZES, 4)
    moved = []
    for number in range(50):
        after = shares({**SIZES, f"new-{number} linux-amd64": None if number % 2 else 10**6}, 4)
        moved.append(sum(len(old - new) for old, new in zip(before, after, strict=True)))
    assert sum(moved) / len(moved) <= 0.02 * len(SIZES)
    assert max(moved) < 0.10 * len(SIZES)


def test_more_machines_than_images_leave_some_without_work() -> None:
    """A share may be empty."""
    found = shares({"one": 5, "two": None}, 5)
    assert sorted(map(len, found)) in ([0, 0, 0, 1, 1], [0, 0, 0, 0, 2])


@pytest.mark.parametrize("written", ["", "1", "0/3", "4/3", "1/0", "-1/3", "1/3/", "1 / 3", "٣/٣"])
def test_what_is_no_shard_is_told(written: str) -> None:
    """Only I/N with I from 1 to N is a shard."""
    with pytest.raises(UsageError, match="write I/N"):
        Shard.parse(written)
    assert str(Shard.parse("2/3")) == "2/3"
