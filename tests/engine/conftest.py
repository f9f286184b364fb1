"""Fixtures of the engine tests: images as layouts, and their documents."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from generator.analysis.document import Document
from generator.analyze import analyze_source
from generator.oci.platform import Platform
from generator.source.base import Surroundings
from tests.conftest import REPOSITORY
from tests.engine.images import Images
from tests.engines import copy_image, layout_reference, need, need_root, run

DocumentOf = Callable[[str], Document]
Unpacked = Callable[[str], Path]


@pytest.fixture(scope="session")
def images(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Images:
    """Give the images that are held against engines; assembled ones are kept in build/demo between sessions."""
    return Images(
        tmp_path_factory.mktemp("images"),
        REPOSITORY / "build" / "demo",
        lambda: Path(request.getfixturevalue("shared_images")),
        lambda: Path(request.getfixturevalue("shared_layouts")),
        lambda: request.getfixturevalue("docker_overlay2"),
    )


@pytest.fixture(scope="session")
def document_of(images: Images, tmp_path_factory: pytest.TempPathFactory) -> DocumentOf:
    """Give the document of an image by its name, analyzed once from its layout."""
    surroundings = Surroundings(cache_folder=tmp_path_factory.mktemp("cache"))

    @cache
    def analyzed(name: str) -> Document:
        return analyze_source(layout_reference(images.layout(name)), Platform(), surroundings).document

    return analyzed


@pytest.fixture(scope="session")
def unpacked(images: Images, tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    """Give the folder into which umoci unpacked an image's root file system."""
    umoci = need("umoci", "umoci")
    need_root("unpacking an image with its owners")
    folder = tmp_path_factory.mktemp("unpacked")

    def root_of(name: str) -> Path:
        bundle = folder / name / "bundle"
        if not bundle.exists():
            layout = folder / name / "layout"  # under a plain tag: umoci takes none with a colon in it
            layout.mkdir(parents=True)
            copy_image(layout_reference(images.layout(name)), f"oci:{layout}:latest")
            run([umoci, "unpack", "--image", f"{layout}:latest", bundle])
        return bundle / "rootfs"

    return root_of
