"""Where images come from: one module a transport, all of them listed here.

`transport:details` names an image; without a transport it is a registry reference. A transport's module is imported
when it is first asked for: reading a folder needs no HTTP client.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Final

from generator.oci.platform import Platform
from generator.source.base import Opened, Source, Surroundings


def _registry() -> Source:
    from generator.source.registry import RegistrySource

    return RegistrySource()


def _docker_daemon() -> Source:
    from generator.source.engine import DOCKER_DAEMON

    return DOCKER_DAEMON


def _podman() -> Source:
    from generator.source.engine import PODMAN

    return PODMAN


def _oci() -> Source:
    from generator.source.oci_layout import OCI_FOLDER

    return OCI_FOLDER


def _oci_archive() -> Source:
    from generator.source.oci_layout import OCI_ARCHIVE

    return OCI_ARCHIVE


def _docker_archive() -> Source:
    from generator.source.docker_archive import DOCKER_ARCHIVE

    return DOCKER_ARCHIVE


def _rootfs() -> Source:
    from generator.source.rootfs import ROOTFS

    return ROOTFS


SOURCES: Final[Mapping[str, Callable[[], Source]]] = {
    "registry": _registry,
    "docker-daemon": _docker_daemon,
    "podman": _podman,
    "oci": _oci,
    "oci-archive": _oci_archive,
    "docker-archive": _docker_archive,
    "rootfs": _rootfs,
}


def _split(source: str) -> tuple[Source, str]:
    transport, colon, details = source.partition(":")
    if colon and transport in SOURCES:
        return SOURCES[transport](), details
    return _registry(), source


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
