"""A site over time against a real registry: a changed tag, a registry that is gone, a tag that is gone, an image that
is taken off the list; and the site that is published all the while."""

import html
import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from generator.build import Places, build
from generator.oci.platform import Platform
from generator.report import Report
from generator.store import history
from tests.builders import BuiltImage, directory, file, image, tar, write_layout
from tests.engines import Daemon, Registry, free_port, need, running
from tests.places import places_in

pytestmark = pytest.mark.engine


def _os_release(version: str) -> bytes:
    return f'ID=alpine\nVERSION_ID={version}\nPRETTY_NAME="Alpine Linux v{version}"\n'.encode()


def _packages(**versions: str) -> bytes:
    return "".join(f"P:{name}\nV:{version}\nA:x86_64\nL:MIT\n\n" for name, version in versions.items()).encode()


BASE = tar([directory("etc"), file("etc/os-release", _os_release("3.20")), file("etc/large", bytes(range(256)) * 4096)])


def app(version: str, body: bytes) -> BuiltImage:
    """An image of two layers; the lower one is always the same."""
    upper = tar(
        [
            directory("lib"),
            directory("lib/apk"),
            directory("lib/apk/db"),
            file("lib/apk/db/installed", _packages(musl=version, zlib="1.3.1-r1")),
            file("app", body),
        ]
    )
    return image([BASE, upper])


@dataclass
class World:
    """A registry that can be stopped, and a site that is made of it."""

    folder: Path
    server: Registry
    places: Places
    running: ExitStack = field(default_factory=ExitStack)
    read: int = 0
    """Bytes of the registry's log that have been looked at."""

    def start(self) -> None:
        """Let the registry answer; its log begins anew."""
        self.read = 0
        self.running.enter_context(self._registry())

    def stop(self) -> None:
        """Let it not."""
        self.running.close()

    def _registry(self) -> AbstractContextManager[Daemon]:
        settings = {
            "version": "0.1",
            "log": {"level": "info", "accesslog": {"disabled": False}},
            "storage": {"filesystem": {"rootdirectory": str(self.folder / "blobs")}, "delete": {"enabled": True}},
            "http": {"addr": self.server.host},
        }
        (self.folder / "config.yml").write_text(json.dumps(settings))
        program = need("docker-registry", "docker-registry")
        address = f"http://{self.server.host}/v2/"
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

        def answers() -> bool:
            try:
                with direct.open(address, timeout=5) as answer:
                    return bool(answer.status == 200)
            except OSError:
                return False

        return running("docker-registry", [program, "serve", self.folder / "config.yml"], self.folder, answers)

    def requests(self) -> list[tuple[str, str]]:
        """Return what was asked since the last time: method and path."""
        lines = (self.folder / "docker-registry.log").read_bytes()
        fresh, self.read = lines[self.read :].decode(errors="replace"), len(lines)
        return re.findall(r'"(GET|HEAD) (/v2/\S+) HTTP', fresh)

    def push(self, built: BuiltImage, name: str) -> None:
        """Put the image under the tag."""
        self.server.push_layout(write_layout(self.folder / name, built), "app")

    def list_images(self, *names: str) -> None:
        """Write images.yml."""
        sources = f"{self.server.host}/app:latest"
        images = "".join(f"      - {{name: {name}, title: {name.title()}, sources: ['{sources}']}}\n" for name in names)
        self.places.configuration.write_text(
            f"site: {{languages: [en], url: 'https://example.org/images'}}\n"
            f"groups:\n  - name: all\n    images:\n{images}"
        )

    def build(self) -> Report:
        """Build the site."""
        return build(self.places)

    def page(self, path: str) -> str:
        """Return a page of the built site, its entities resolved."""
        return html.unescape((self.places.site / path / "index.html").read_text())

    def json(self, path: str) -> dict[str, object]:
        """Return a file of the API."""
        return json.loads((self.places.site / "api/v1" / path).read_bytes())  # type: ignore[no-any-return]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give a registry that is running, and a folder for a site."""
    places = places_in(tmp_path)
    made = World(tmp_path, Registry(f"127.0.0.1:{free_port()}"), places)
    need("skopeo", "skopeo")
    made.start()
    yield made
    made.stop()


def blobs(requests: list[tuple[str, str]]) -> list[str]:
    """Return the digests of the blobs that were fetched."""
    return [path.rpartition("/")[2] for method, path in requests if method == "GET" and "/blobs/" in path]


@pytest.mark.slow
def test_a_site_lives_through_changes_and_losses(world: World) -> None:
    """First build, changed tag, registry gone, tag gone, image off the list: pages, feeds and facts at each."""
    first, second = app("1.2.5-r0", b"one"), app("1.2.5-r1", b"the second one")
    world.list_images("app")
    world.push(first, "first")
    world.requests()

    # The first build
    assert [one.outcome.state for one in world.build().images] == ["fresh"]
    assert len(blobs(world.requests())) == 3, "configuration and two layers"
    assert "v3.20" in world.page("images/app")
    assert world.json("changes.json")["changes"][0]["before"] is None  # type: ignore[index]

    # The same again: one question, nothing fetched
    assert [one.outcome.state for one in world.build().images] == ["unchanged"]
    assert [method for method, path in world.requests() if "/manifests/" in path] == ["HEAD"]

    # A changed tag: only the new layer is fetched, and the change is told everywhere
    world.push(second, "second")
    world.requests()
    report = world.build()
    assert [(one.outcome.state, one.change) for one in report.images] == [("fresh", "changed")]
    fetched = blobs(world.requests())
    assert set(fetched) == set(second.blobs) - set(first.blobs) - {second.digest}
    assert len(fetched) == 2, "the configuration and the upper layer"
    change = world.json("changes.json")["changes"][0]  # type: ignore[index]
    assert (change["before"], change["after"]) == (first.digest, second.digest)
    name = f"{first.digest[7:19]}-{second.digest[7:19]}"
    told = world.page(f"images/app/changes/{name}")
    assert "musl" in told and "1.2.5-r0" in told and "1.2.5-r1" in told
    assert name in world.page("changes") and name in world.page("images/app/history")
    assert world.page("images/app/history").count('<svg class="bx-trend__picture"') >= 2, "trends are drawn"
    feed = (world.places.site / "feeds" / "images" / "app.atom").read_text()
    assert f"https://example.org/images/permalink/app/changes/{name}/" in feed
    assert "musl upgraded to 1.2.5-r1" in feed
    assert f"../../../../images/app/changes/{name}/" in world.page(f"permalink/app/changes/{name}")

    # The registry does not answer: the site stays, and says so
    world.stop()
    assert [one.outcome.state for one in world.build().images] == ["stale"]
    assert "not refreshed" in world.page("images/app") and "v3.20" in world.page("images/app")
    assert world.json("images/app/linux-amd64.json")["summary"]["freshness"] == "stale"  # type: ignore[index]
    status = world.json("status.json")
    assert (status["stale_count"], status["image_count"]) == (1, 1)
    assert len(history.read(world.places.store, "app", Platform())) == 2

    # The tag is gone: another reason, the same page
    world.start()
    delete = urllib.request.Request(f"http://{world.server.host}/v2/app/manifests/{second.digest}", method="DELETE")
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(delete) as answer:
        assert answer.status == 202
    (gone,) = world.build().images
    assert (gone.outcome.state, gone.outcome.slug) == ("stale", "image-not-found")
    assert "image-not-found" in world.page("images/app")

    # Off the list: a tombstone in its place, and every address still leads somewhere
    world.push(app("1.2.6-r0", b"another"), "third")
    world.list_images("other")
    world.build()
    tombstone = world.page("images/app")
    assert second.digest in tombstone and name in world.page("images/app/history")
    assert "../../images/app/" in world.page("permalink/app")
    assert "../../../images/app/" in world.page(f"permalink/{second.digest.replace(':', '/')}")
    assert [one["name"] for one in world.json("index.json")["removed"]] == ["app"]  # type: ignore[attr-defined]
    assert (world.places.site / "feeds" / "images" / "other.atom").is_file()
