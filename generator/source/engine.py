"""`docker-daemon:REFERENCE` and `podman:REFERENCE`: images of a running engine, through the docker SDK.

The image is looked up first and then saved by its ID, so that nothing changes in between. What the engine sends is a
docker archive; it is kept in a temporary file without a name while it is read, because its index stands at its end.
The engine's address: DOCKER_HOST (with DOCKER_TLS_VERIFY and DOCKER_CERT_PATH) for Docker, CONTAINER_HOST for Podman,
and else the usual sockets. Docker contexts are not read.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import docker
import docker.errors
import docker.utils
import requests
import urllib3

from generator import limits
from generator.errors import (
    ImageNotFound,
    LimitExceeded,
    PlatformNotFound,
    SourceError,
    SourceRefused,
    SourceUnreachable,
)
from generator.oci.platform import Platform
from generator.oci.reference import Reference
from generator.source.archive import Archive
from generator.source.base import Opened, Surroundings
from generator.source.docker_archive import open_docker_archive
from generator.source.host_file import temporary_file
from generator.source.layout import fits

_TIMEOUT_SECONDS: Final = 120
"""Wait for one answer; an engine that copies a large image for `save` is silent for a while."""
_SIZE_LIMIT: Final = limits.Limits().unpacked_size


@dataclass(frozen=True, slots=True)
class _Found:
    """What an engine says of one of its images."""

    image_id: str
    platform: Platform
    repo_digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EngineSource:
    """The images of one kind of engine."""

    transport: str
    variable: str
    """The environment variable that names the engine's address."""
    sockets: Callable[[dict[str, str]], tuple[str, ...]]
    """Paths where the engine's socket usually lies, in order."""

    def check(self, details: str) -> None:
        """Raise InvalidReference when it is none; an image ID passes for a repository's name."""
        Reference.parse(details)

    def fingerprint(self, details: str, platform: Platform, surroundings: Surroundings) -> str | None:
        """Return the image ID."""
        with self._asking(details, surroundings) as (client, source):
            return _look_up(client, details, platform, source).image_id

    @contextmanager
    def open(self, details: str, platform: Platform, surroundings: Surroundings) -> Iterator[Opened]:
        """Open the image."""
        with self._asking(details, surroundings) as (client, source):
            found = _look_up(client, details, platform, source)
            saved = _saved(client, found.image_id, source, surroundings)
            with temporary_file(saved, surroundings.cache_folder, source) as file:
                opened = open_docker_archive(Archive(file, source), None, platform, source)
                yield replace(opened, repo_digests=found.repo_digests)

    @contextmanager
    def _asking(self, details: str, surroundings: Surroundings) -> Iterator[tuple[Any, str]]:
        """Connect, agreeing on a version of the API."""
        source = f"{self.transport}:{details}"
        address = self._address(surroundings.environment, source)
        try:
            settings = docker.utils.kwargs_from_env({**surroundings.environment, "DOCKER_HOST": address})
            client = docker.APIClient(version="auto", timeout=_TIMEOUT_SECONDS, **settings)
        except (docker.errors.DockerException, requests.RequestException, OSError, ValueError) as err:
            raise SourceUnreachable(source=f"{source} ({_shown(address)})", reason=_shown(str(err))) from err
        try:
            yield client, source
        finally:
            client.close()

    def _address(self, environment: dict[str, str], source: str) -> str:
        named = environment.get(self.variable)
        if named:
            return named
        sockets = self.sockets(environment)
        for path in sockets:
            if Path(path).is_socket():
                return f"unix://{path}"
        raise SourceUnreachable(source=source, reason=f"no {self.variable} and no socket at {' or '.join(sockets)}")


def _shown(text: str) -> str:
    """Return an address, or a sentence about one, without user name and password."""
    return re.sub(r"//[^/\s]*@", "//", text)


@contextmanager
def _answers(source: str) -> Iterator[None]:
    """Turn everything that can go wrong while an engine answers into a SourceError."""
    try:
        yield
    except docker.errors.NotFound as err:
        raise ImageNotFound(source=source, reason=err.explanation or str(err)) from err
    except docker.errors.APIError as err:
        passing = bool(err.is_server_error())
        raise SourceRefused(source=source, reason=err.explanation or str(err), temporary=passing) from err
    except (docker.errors.DockerException, requests.RequestException, urllib3.exceptions.HTTPError, OSError) as err:
        raise SourceUnreachable(source=source, reason=str(err), temporary=True) from err


def _look_up(client: Any, details: str, platform: Platform, source: str) -> _Found:
    """Ask for the image; raises PlatformNotFound when it is for another platform."""
    with _answers(source):
        answer = client.inspect_image(details)
    if not isinstance(answer, dict) or not isinstance(answer.get("Id"), str):
        raise SourceError(source=source, reason="the engine's answer names no image ID")
    words = {key: value for key, value in answer.items() if isinstance(value, str)}
    found = _Found(
        words["Id"],
        Platform(words.get("Os", ""), words.get("Architecture", ""), words.get("Variant", "")),
        tuple(sorted(digest for digest in answer.get("RepoDigests") or () if isinstance(digest, str))),
    )
    if not fits(platform, found.platform):
        raise PlatformNotFound(source=source, platform=platform, offered=str(found.platform))
    return found


def _saved(client: Any, image_id: str, source: str, surroundings: Surroundings) -> Iterator[bytes]:
    """Stream `save`."""
    size = 0
    with _answers(source):
        for chunk in client.get_image(image_id, chunk_size=limits.CHUNK_SIZE):
            size += len(chunk)
            if size > _SIZE_LIMIT:
                raise LimitExceeded(where=source, what="saved size", limit=f"{_SIZE_LIMIT} bytes")
            surroundings.progress(f"{source}: saving", size, None)
            yield chunk


def _docker_sockets(environment: dict[str, str]) -> tuple[str, ...]:
    folder = environment.get("XDG_RUNTIME_DIR")
    return ("/var/run/docker.sock", *((f"{folder}/docker.sock",) if folder else ()))


def _podman_sockets(environment: dict[str, str]) -> tuple[str, ...]:
    folders = dict.fromkeys((environment.get("XDG_RUNTIME_DIR"), f"/run/user/{os.geteuid()}", "/run"))
    return tuple(f"{folder}/podman/podman.sock" for folder in folders if folder)


DOCKER_DAEMON: Final = EngineSource("docker-daemon", "DOCKER_HOST", _docker_sockets)
PODMAN: Final = EngineSource("podman", "CONTAINER_HOST", _podman_sockets)
