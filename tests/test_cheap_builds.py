"""What a scheduled build costs a registry: one question an image, and the new layer of what has changed."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from generator import build
from generator.build import Places
from generator.report import Report
from tests import builders
from tests.places import places_in
from tests.source.hostile_registry import HostileRegistry, serving
from tests.test_build import states

BASE = builders.tar([builders.file("etc/os-release", b"ID=test\n"), builders.file("bin/sh", b"shell" * 5000)])


def image(text: bytes) -> builders.BuiltImage:
    """Make an image of a layer that all share and one of its own."""
    return builders.image([BASE, builders.tar([builders.file("etc/motd", text)])])


@dataclass
class Scheduled:
    """A registry with three images, and places in which builds follow one another."""

    registry: HostileRegistry
    places: Places
    seen: int = 0

    def build(self) -> Report:
        """Build, and forget the requests of before."""
        self.seen = len(self.registry.seen)
        return build.build(self.places, jobs=1, environment={})

    def asked(self) -> list[str]:
        """Return the requests of the last build, in order of their words."""
        return sorted(map(str, self.registry.seen[self.seen :]))


@pytest.fixture
def scheduled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scheduled]:
    """Give three images that have been built once; pages have no part in it."""
    monkeypatch.setattr(build, "_render", lambda *_: 0)
    monkeypatch.setattr(build, "_publish", lambda *_: False)
    with serving() as registry:
        for name in ("a", "b", "c"):
            registry.put(image(name.encode()), tag=name)
        lines = [f"      - {{name: {tag}, sources: ['{registry.host}/base:{tag}']}}\n" for tag in "abc"]
        (tmp_path / "images.yml").write_text("groups:\n  - name: all\n    images:\n" + "".join(lines))
        places = places_in(tmp_path)
        made = Scheduled(registry, places)
        made.build()
        yield made


def test_a_layer_that_images_share_is_fetched_once(scheduled: Scheduled) -> None:
    """The first build fetches each blob once, however many images have it."""
    blobs = [path for path in scheduled.asked() if "/blobs/" in path]
    assert len(blobs) == len(set(blobs)) == 3 + 3 + 1


def test_what_has_not_changed_costs_one_question(scheduled: Scheduled) -> None:
    """A second build asks one HEAD an image and fetches nothing; even with an empty cache, as in CI."""
    shutil.rmtree(scheduled.places.cache)
    assert states(scheduled.build()) == dict.fromkeys("abc", "unchanged")
    assert scheduled.asked() == [f"HEAD /v2/base/manifests/{tag}" for tag in "abc"]


def test_of_a_changed_tag_only_the_new_layer_is_fetched(scheduled: Scheduled) -> None:
    """Manifest, configuration and the one new layer are fetched; the shared layer is known by its digest."""
    changed = image(b"changed")
    scheduled.registry.put(changed, tag="b")
    report = scheduled.build()
    assert [one.change for one in report.images] == ["", "changed", ""]
    config, new_layer = builders.sha256(changed.config), builders.sha256(changed.layers[1])
    assert scheduled.asked() == sorted(
        [
            *(f"HEAD /v2/base/manifests/{tag}" for tag in "abc"),
            "GET /v2/base/manifests/b",
            f"GET /v2/base/blobs/{config}",
            f"GET /v2/base/blobs/{new_layer}",
        ]
    )


def test_a_registry_that_has_stopped_costs_no_recorded_fact(scheduled: Scheduled) -> None:
    """With the registry gone every image is stale and keeps what is recorded, which stays as it was to the byte."""
    before = {path: path.read_bytes() for path in scheduled.places.store.rglob("*") if path.is_file()}
    text = scheduled.places.configuration.read_text()
    scheduled.places.configuration.write_text(text.replace(scheduled.registry.host, "127.0.0.1:9"))
    report = scheduled.build()
    assert states(report) == dict.fromkeys("abc", "stale")
    assert {path: path.read_bytes() for path in scheduled.places.store.rglob("*") if path.is_file()} == before
    assert scheduled.asked() == []
