"""One image, every road: all sources give the same document, apart from what a source cannot know."""

import gzip
import json
import os
import shutil
import sys
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from generator.analysis.document import Document
from generator.analyze import analyze_source
from generator.inspectors import INSPECTORS
from generator.oci.platform import Platform
from generator.source.base import Surroundings
from tests.engine.conftest import DocumentOf
from tests.engine.images import MULTILAYER, ONE_LAYER, Images
from tests.engines import DockerEngine, PodmanEngine, Registry, copy_image, layout_reference, run

pytestmark = [pytest.mark.engine, pytest.mark.slow]

WITHOUT_MANIFEST = frozenset(
    {
        "identity.digest",
        "identity.media_type",
        "identity.manifest_size",
        "sizes.compressed_size",
        "sizes.podman_size",
        "layers.digest",
        "layers.media_type",
        "layers.compression",
        "layers.compressed_size",
        "stored.oci_archive",
    }
)
WITHOUT_CONFIG = frozenset(
    {
        "identity.image_id",
        "identity.config_size",
        "identity.created",
        "config",
        "steps",
        "sizes.podman_size",
        "stored.docker_archive",
        *(f"sections.{one.name}.found.{field}" for one in INSPECTORS for field in one.of_config),
    }
)
FOLLOWS = {"subject": "identity.digest", "identity.created_note": "identity.created"}
"""Fields that say something of another field, and differ when that one is unknown."""

LISTS = frozenset({"layers", "sections.identity.found.places"})
"""Lists of parts with fields that may be unknown."""

UNKNOWN = {
    "registry": frozenset[str](),
    "docker-daemon on overlay2": WITHOUT_MANIFEST,
    "docker-daemon on vfs": WITHOUT_MANIFEST,
    "podman": WITHOUT_MANIFEST,
    "oci": frozenset[str](),
    "oci-archive": frozenset[str](),
    "docker-archive by skopeo": WITHOUT_MANIFEST,
    "docker-archive by Docker": WITHOUT_MANIFEST,
    "docker-archive by Docker, gzipped": WITHOUT_MANIFEST,
    "docker-archive by Podman": WITHOUT_MANIFEST,
    "rootfs": WITHOUT_MANIFEST | WITHOUT_CONFIG,
}
"""Each road, and the fields that it cannot know."""


@dataclass(frozen=True)
class Roads:
    """Leads an image to every place that it can be read from."""

    images: Images
    registry: Registry
    overlay2: DockerEngine
    vfs: DockerEngine
    podman: PodmanEngine
    folder: Path

    def lead(self, road: str, name: str) -> tuple[str, dict[str, str]]:
        """Put the image there; return the source and the environment to read it with."""
        layout = self.images.layout(name)
        transport, _, how = road.partition(" ")
        if transport == "registry":
            return f"registry:{self.registry.push_layout(layout, name)}", {}
        if transport == "docker-daemon":
            engine = self.vfs if "vfs" in how else self.overlay2
            engine.load_layout(layout, name)
            return f"docker-daemon:{name}:latest", {"DOCKER_HOST": engine.url}
        if transport == "podman":
            self.podman.load_layout(layout, name)
            return f"podman:localhost/{name}:latest", {"CONTAINER_HOST": self.podman.url}
        if transport == "oci":
            return layout_reference(layout), {}
        if transport == "rootfs":
            return f"rootfs:{self._only_layer(layout, name)}", {}
        file = self.folder / f"{name}-{road}.tar".replace(" ", "-").replace(",", "")
        self._save(road, name, layout, file)
        return f"{transport}:{file}", {}

    def _save(self, road: str, name: str, layout: Path, file: Path) -> None:
        if road == "oci-archive":
            with tarfile.open(file, "w") as archive:
                archive.add(layout, arcname=".")
        elif road.endswith("skopeo"):
            copy_image(layout_reference(layout), f"docker-archive:{file}:{name}:latest")
        elif road.endswith("Podman"):
            self.podman.load_layout(layout, name)
            self.podman.podman("save", "--format", "docker-archive", "-o", file, f"localhost/{name}:latest")
        else:
            self.overlay2.load_layout(layout, name)
            with self.overlay2.client() as client, file.open("wb") as out:
                for chunk in client.api.get_image(f"{name}:latest"):
                    out.write(chunk)
            if road.endswith("gzipped"):
                file.write_bytes(gzip.compress(file.read_bytes(), 1))

    def _only_layer(self, layout: Path, name: str) -> Path:
        (image,) = json.loads((layout / "index.json").read_text())["manifests"]
        blobs = layout / "blobs" / "sha256"
        (layer,) = json.loads((blobs / image["digest"].removeprefix("sha256:")).read_text())["layers"]
        return Path(shutil.copyfile(blobs / layer["digest"].removeprefix("sha256:"), self.folder / f"{name}.tar.gz"))


@pytest.fixture(scope="module")
def roads(
    images: Images,
    registry: Registry,
    docker_overlay2: DockerEngine,
    docker_vfs: DockerEngine,
    podman_engine: PodmanEngine,
    tmp_path_factory: pytest.TempPathFactory,
) -> Roads:
    """Give all the roads, with their engines running."""
    return Roads(images, registry, docker_overlay2, docker_vfs, podman_engine, tmp_path_factory.mktemp("roads"))


CASES = [(road, name) for name in (ONE_LAYER, MULTILAYER) for road in UNKNOWN if name == ONE_LAYER or road != "rootfs"]


@pytest.mark.parametrize(("road", "name"), CASES, ids=[f"{name}-{road}" for road, name in CASES])
def test_every_road_gives_the_same_document(
    road: str, name: str, roads: Roads, document_of: DocumentOf, tmp_path: Path
) -> None:
    """The document from this source equals the layout's, but for the named fields that the source cannot know."""
    source, environment = roads.lead(road, name)
    surroundings = Surroundings(cache_folder=tmp_path, environment=environment)
    document = analyze_source(source, Platform(), surroundings).document
    reference = document_of(name)
    assert reference.unknown == {}
    assert set(document.unknown) == UNKNOWN[road]
    assert list(differences(reference, document)) == []


def test_a_layout_that_a_tool_wrote_anew_gives_the_same_document(
    images: Images, document_of: DocumentOf, tmp_path: Path
) -> None:
    """skopeo's own oci-archive of an image gives the same document as the layout it was made of."""
    archive = tmp_path / "image.tar"
    copy_image(layout_reference(images.layout(MULTILAYER)), f"oci-archive:{archive}:latest")
    document = analyze_source(f"oci-archive:{archive}", Platform(), Surroundings(cache_folder=tmp_path)).document
    assert document == document_of(MULTILAYER)


def test_the_command_reads_every_source_too(
    images: Images, document_of: DocumentOf, docker_overlay2: DockerEngine, tmp_path: Path
) -> None:
    """`basedex analyze` prints the same document from a running engine, with the cut between programs in between."""
    docker_overlay2.load_layout(images.layout(MULTILAYER), MULTILAYER)
    environment = {**os.environ, "DOCKER_HOST": docker_overlay2.url}
    printed = run([basedex(), "analyze", f"docker-daemon:{MULTILAYER}:latest"], cwd=tmp_path, env=environment)
    assert list(differences(document_of(MULTILAYER), msgspec.json.decode(printed, type=Document))) == []


def basedex() -> Path:
    """Return the installed command that belongs to the interpreter of the tests."""
    return Path(sys.executable).parent / "basedex"


def differences(reference: Document, document: Document) -> Iterator[str]:
    """Yield what differs, leaving out the fields that `document` says are unknown, which must be empty."""
    excused = set(document.unknown) | {field for field, of in FOLLOWS.items() if of in document.unknown} | {"unknown"}
    yield from _differences("", msgspec.to_builtins(reference), msgspec.to_builtins(document), excused)


def _differences(field: str, reference: Any, value: Any, excused: set[str]) -> Iterator[str]:
    if field in excused:
        if field != "unknown" and field not in FOLLOWS and value not in (None, (), []):
            yield f"{field}: said to be unknown, but is {value!r}"
    elif isinstance(reference, Mapping) and isinstance(value, Mapping) and not field.startswith("tree."):
        for key in sorted(reference.keys() | value.keys()):
            yield from _differences(f"{field}.{key}".removeprefix("."), reference.get(key), value.get(key), excused)
    elif field in LISTS and len(reference) == len(value):
        for one, other in zip(reference, value, strict=True):
            yield from _differences(field, one, other, excused)
    elif reference != value:
        yield f"{field}: {str(reference)[:300]} became {str(value)[:300]}"
