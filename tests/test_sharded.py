"""Several machines with a share each, merged, are one machine with all: the same store and the same pages."""

import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from generator import build, cli
from generator.build import Places
from generator.shards import Shard
from generator.store import history
from generator.store.observation import Observation
from tests.test_build import Workshop, contents, states, workshop

__all__ = ["workshop"]

NAMES = [f"image-{number}" for number in range(8)]


def machine(workshop: Workshop, name: str) -> Places:
    """Give places of one more machine: a copy of the store, nothing else in common but the images."""
    folder = workshop.folder / name
    shutil.copytree(workshop.places.store, folder / "data")
    return replace(workshop.places, store=folder / "data", output=folder / "build", cache=folder / "cache")


def lines(store: Path) -> dict[tuple[str, str], list[Observation]]:
    """Return all history without its times."""
    return {
        key: [msgspec.structs.replace(one, at="") for one in observations]
        for key, observations in history.read_all(store).items()
    }


@pytest.fixture
def grown(workshop: Workshop) -> Workshop:
    """Give a workshop whose store is of yesterday: some images have changed since, one has come, one has gone."""
    for number, name in enumerate(NAMES[:6]):
        workshop.put(name, name.encode() * 10 ** (number % 4))
    workshop.configure(*NAMES)
    build.build(workshop.places, shard=Shard(1, 1), environment={})
    for name in NAMES[1:4]:
        workshop.put(name, name.encode() * 777)
    workshop.put(NAMES[6], b"come")
    shutil.rmtree(workshop.folder / NAMES[0])
    return workshop


def test_three_shares_merged_are_one_build(grown: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents are the same to the byte, history but for its times, and pages know how every image fared."""
    monkeypatch.setattr(build, "_publish", lambda *_: False)  # pages are enough here, and MkDocs takes long
    machines = [machine(grown, f"machine-{number}") for number in range(1, 4)]
    whole, last = machine(grown, "whole"), machine(grown, "last")
    asked: list[str] = []
    for number, places in enumerate(machines, start=1):
        report = build.build(places, shard=Shard(number, 3), environment={})
        assert report.site is None
        assert not places.docs.exists()
        asked += [image.outcome.name for image in report.images]
    assert sorted(asked) == NAMES
    merged = build.merge(last, [places.store for places in machines])
    assert (merged.line_count, merged.document_count, merged.conflicts) == (4, 4, ())
    unsharded = build.build(whole, environment={})
    assert contents(last.store / "documents") == contents(whole.store / "documents")
    assert lines(last.store) == lines(whole.store)
    rendered = build.render(last)
    assert states(rendered) == states(unsharded)
    assert states(rendered)[NAMES[0]] == "stale"
    reasons = [{image.outcome.name: image.outcome.reason for image in one.images} for one in (rendered, unsharded)]
    assert reasons[0] == reasons[1]
    before = contents(last.store)
    assert build.merge(last, [places.store for places in machines]).line_count == 0
    assert contents(last.store) == before


def test_the_commands_say_what_they_do(grown: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    """A share says that it makes no site, with the status of a build; merge says what it has taken."""
    here, there = machine(grown, "here"), machine(grown, "there")
    options = [f"--config={grown.places.configuration}", f"--store={there.store}", f"--output={there.output}"]
    assert cli.main(["build", "--shard", "1/1", *options, f"--cache={there.cache}"]) == cli.STALE
    assert "This is a share, of which no site is made" in capsys.readouterr().out
    assert cli.main(["merge", str(there.store), f"--store={here.store}", f"--cache={here.cache}"]) == 0
    assert f"{here.store} has 4 lines and 4 documents more" in capsys.readouterr().out
    assert cli.main(["build", "--shard", "3/2", *options]) == 2
    assert "is not a shard" in capsys.readouterr().err
