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
from tests.engines import layout_reference

DocumentOf = Callable[[str], Document]


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
