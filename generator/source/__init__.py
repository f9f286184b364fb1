"""Where images come from: one module a transport, all of them listed here.

`transport:details` names an image; without a transport it is a registry reference.
"""

from contextlib import AbstractContextManager
from typing import Final

from generator.errors import UsageError
from generator.oci.platform import Platform
from generator.source.base import Opened, Source, Surroundings
from generator.source.docker_archive import DOCKER_ARCHIVE
from generator.source.engine import DOCKER_DAEMON, PODMAN
from generator.source.oci_layout import OCI_ARCHIVE, OCI_FOLDER
from generator.source.rootfs import ROOTFS

SOURCES: Final[tuple[Source, ...]] = (DOCKER_DAEMON, PODMAN, OCI_FOLDER, OCI_ARCHIVE, DOCKER_ARCHIVE, ROOTFS)

_BY_TRANSPORT: Final = {source.transport: source for source in SOURCES}


def _split(source: str) -> tuple[Source, str]:
    transport, colon, details = source.partition(":")
    if colon and transport in _BY_TRANSPORT:
        return _BY_TRANSPORT[transport], details
    if "registry" not in _BY_TRANSPORT:
        raise UsageError(problem=f"unknown transport in {source}")
    return _BY_TRANSPORT["registry"], source


def check_source(source: str) -> None:
    """Raise UsageError when `source` cannot mean anything; touches nothing outside."""
    transport, details = _split(source)
    transport.check(details)


def fingerprint_source(source: str, platform: Platform, surroundings: Surroundings) -> str | None:
    """Return a token that changes whenever the image may have changed, cheaply, or None."""
    transport, details = _split(source)
    return transport.fingerprint(details, platform, surroundings)


def open_source(source: str, platform: Platform, surroundings: Surroundings) -> AbstractContextManager[Opened]:
    """Find `source`'s image for `platform`."""
    transport, details = _split(source)
    return transport.open(details, platform, surroundings)
