"""Publications that are killed at random moments: readers see the old tree or the new one."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.build import Places
from tests.publish.sites import DAY, MINE, START, broken, build, git, repository, to_branch, to_folder, tree, unpacked

KILLS = 20
SEED = int(os.environ.get("BASEDEX_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 30)


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give git a name for commits, and say by which seed the moments were chosen."""
    for name, value in MINE.items():
        monkeypatch.setenv(name, value)
    sys.stdout.write(f"BASEDEX_SEED={SEED}\n")


def killed(job: Callable[[], object], seconds: float, *, whole_group: bool) -> bool:
    """Run a job in a process of its own and kill it after some time; return whether it was at work still."""
    child = os.fork()
    if child == 0:
        os.setsid()
        try:
            job()
            os._exit(0)
        finally:
            os._exit(1)
    time.sleep(seconds)
    try:
        (os.killpg if whole_group else os.kill)(child, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(child, signal.SIGKILL)  # before it had a group of its own
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL), f"the job itself failed: status {status}"
    return status != 0


def moments(chance: random.Random, usual: float, count: int = KILLS) -> list[float]:
    """Return moments at random, one in each of as many equal parts of the time that the job usually takes."""
    return [(part + chance.random()) / count * usual for part in range(count)]


def sites(folder: Path) -> list[Places]:
    """Return two sites that differ, so that there is always something to publish."""
    return [build(folder / name, name, ("alpine", name)) for name in ("one", "two")]


def whole(names: set[str], versions: str) -> None:
    """Check that what is listed is there, and what is there is listed."""
    listed = {one["version"] for one in json.loads(versions)}
    assert {name for name in names if name.startswith("20")} == listed
    assert "latest" in names and len(listed) >= 1


def test_killed_while_publishing_to_a_branch(tmp_path: Path) -> None:
    """Here and at the origin the branch has a whole tree each time, its commits follow one another, none is lost."""
    chance = random.Random(SEED)
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    both, work = sites(tmp_path), repository(tmp_path / "git")
    origin = tmp_path / "git" / "origin.git"
    to_branch(both[0], work, push=True)
    started = time.monotonic()
    to_branch(both[1], work, push=True)
    usual = time.monotonic() - started
    before, interrupted = git(origin, "rev-parse", "gh-pages"), 0
    for number, moment in enumerate(moments(chance, usual), 1):
        when = START + number * DAY
        job = lambda number=number, when=when: to_branch(both[number % 2], work, when, push=True)  # noqa: E731
        interrupted += killed(job, moment, whole_group=chance.random() < 0.5)
        for place in (work, origin):
            commit = git(place, "rev-parse", "gh-pages")
            whole(
                {path.partition("/")[0] for path in tree(place, commit)}, git(place, "show", f"{commit}:versions.json")
            )
        after = git(origin, "rev-parse", "gh-pages")
        assert git(origin, "merge-base", before, after) == before
        before = after
    assert interrupted >= KILLS // 4, f"only {interrupted} of {KILLS} kills fell inside of a publication"
    to_branch(both[0], work, START + 100 * DAY, push=True)
    to_branch(both[1], work, START + 101 * DAY, push=True)
    assert git(work, "rev-parse", "gh-pages") == git(origin, "rev-parse", "gh-pages")
    assert git(work, "for-each-ref", "refs/basedex") == ""
    subprocess.run(["git", "-C", str(work), "fsck", "--strict"], check=True, capture_output=True)
    assert broken(unpacked(work, tmp_path / "served")) == []


@pytest.mark.parametrize("linked", [False, True], ids=["folder", "link"])
def test_killed_while_publishing_in_a_folder(tmp_path: Path, linked: bool) -> None:
    """The folder, or the one that the link leads to, is whole each time, and nothing is left beside it at the end."""
    chance = random.Random(SEED)
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    both, www = sites(tmp_path), tmp_path / "srv" / "www"
    www.parent.mkdir()
    if linked:
        (www.parent / "first").mkdir()
        www.symlink_to("first")
    to_folder(both[0], www)
    started = time.monotonic()
    to_folder(both[1], www)
    usual, interrupted = time.monotonic() - started, 0
    for number, moment in enumerate(moments(chance, usual), 1):
        when = START + number * DAY
        job = lambda number=number, when=when: to_folder(both[number % 2], www, when)  # noqa: E731
        interrupted += killed(job, moment, whole_group=True)
        whole({path.name for path in www.iterdir()}, (www / "versions.json").read_text())
        assert (www / "latest" / "index.html").is_file()
    assert interrupted >= KILLS // 4, f"only {interrupted} of {KILLS} kills fell inside of a publication"
    to_folder(both[0], www, START + 100 * DAY)
    to_folder(both[1], www, START + 101 * DAY)
    assert broken(www.resolve()) == []
    beside = {path.name for path in www.parent.iterdir()} - {"first", "www"}
    assert beside == ({www.readlink().name} if linked else set())
    for site in both:
        assert not (site.output / "publish.new").exists()
