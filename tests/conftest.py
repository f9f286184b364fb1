"""What all tests share: where real images lie, the engines' fixtures, and engine logs beside failures."""

import logging
import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.engines import RUNNING, docker_engine, docker_overlay2, docker_vfs, podman_engine, registry, unavailable

__all__ = ["SHARED_IMAGES", "docker_engine", "docker_overlay2", "docker_vfs", "podman_engine", "registry"]

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_IMAGES = Path(os.environ.get("BASEDEX_TEST_IMAGES", REPOSITORY.parent / "shared" / "images"))
"""Real images that tests read and that are no part of the project: rootfs/, oci/ and docker-archive/."""


@pytest.fixture(scope="session")
def shared_images() -> Path:
    """Give the folder of real images, or skip with a reason."""
    if not SHARED_IMAGES.is_dir():
        unavailable(f"no real images in {SHARED_IMAGES} (set BASEDEX_TEST_IMAGES to their folder)")
    return SHARED_IMAGES


@pytest.fixture(scope="session")
def shared_layouts(shared_images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of the published BusyBox layouts, one folder each: `busybox-1.37.0-{glibc,musl,uclibc}`.

    Published, the glibc layout's blobs are symbolic links to files beside `blobs/`. A checkout without symbolic
    links leaves small files with the targets' names in their place; here they are links again.
    """
    folder = tmp_path_factory.mktemp("layouts")
    for published in sorted((shared_images / "oci").iterdir()):
        layout = shutil.copytree(published, folder / published.name, symlinks=True)
        for blob in (layout / "blobs" / "sha256").iterdir():
            if not blob.is_symlink() and blob.stat().st_size < 100 and blob.read_bytes().startswith(b"../../"):
                target = blob.read_text()
                blob.chmod(0o600)
                blob.unlink()
                blob.symlink_to(target)
    return folder


@pytest.fixture(autouse=True)
def the_programs_log_as_it_was() -> Generator[None, None, None]:
    """Put the program's logger back after a test that ran the command in this process."""
    log = logging.getLogger("generator")
    handlers, level, propagate = log.handlers[:], log.level, log.propagate
    yield
    log.handlers[:], log.propagate = handlers, propagate
    log.setLevel(level)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the ends of the running engines' logs with a failed engine test."""
    report = yield
    if report.failed and item.get_closest_marker("engine"):
        report.sections += [(f"end of the log of {daemon.name}", daemon.log_end()) for daemon in RUNNING]
    return report
