"""Sizes by name equal, to the byte, what real engines report of the same images."""

import pytest

from tests.engine.conftest import DocumentOf
from tests.engine.images import IMAGE_NAMES, Images
from tests.engines import DockerEngine, PodmanEngine

pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.mark.parametrize("name", IMAGE_NAMES)
def test_docker_vfs_size(name: str, images: Images, document_of: DocumentOf, docker_vfs: DockerEngine) -> None:
    """`docker_vfs_size` is the Size that Docker Engine with the vfs driver inspects and lists."""
    docker_vfs.load_layout(images.layout(name), name)
    size = document_of(name).sizes.docker_vfs_size
    assert (size, size) == (docker_vfs.size(name), docker_vfs.listed_size(name))


@pytest.mark.parametrize("name", IMAGE_NAMES)
def test_docker_size(name: str, images: Images, document_of: DocumentOf, docker_overlay2: DockerEngine) -> None:
    """`docker_size` is the Size that Docker Engine with the overlay2 driver inspects and lists."""
    docker_overlay2.load_layout(images.layout(name), name)
    size = document_of(name).sizes.docker_size
    assert (size, size) == (docker_overlay2.size(name), docker_overlay2.listed_size(name))


@pytest.mark.parametrize("name", IMAGE_NAMES)
def test_podman_size(name: str, images: Images, document_of: DocumentOf, podman_engine: PodmanEngine) -> None:
    """`podman_size` is the Size that Podman inspects and lists."""
    podman_engine.load_layout(images.layout(name), name)
    size = document_of(name).sizes.podman_size
    assert (size, size) == (podman_engine.size(name), podman_engine.listed_size(name))
