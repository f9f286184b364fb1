"""Images of running engines: the same image through Docker and Podman, and engines that are not there."""

import json
import os
import socket
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from generator.errors import (
    BasedexError,
    ImageNotFound,
    InvalidReference,
    PlatformNotFound,
    SourceError,
    SourceRefused,
    SourceUnreachable,
)
from generator.oci.digest import digest_of
from generator.oci.platform import Platform
from generator.source.base import Surroundings
from generator.source.engine import DOCKER_DAEMON, PODMAN, EngineSource
from tests import builders
from tests.builders import BuiltImage, file, symlink, tar, write_layout
from tests.engines import DockerEngine, PodmanEngine, Registry

AMD64 = Platform()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[BuiltImage, Path]:
    """Give an image of two layers, and its layout."""
    image = builders.image([tar([file("a", b"one"), symlink("l", "a")]), tar([file("b", b"two")])])
    return image, write_layout(tmp_path_factory.mktemp("layout"), image)


def surroundings(folder: Path, **environment: str) -> Surroundings:
    """Give surroundings with an environment of their own."""
    return Surroundings(cache_folder=folder / "cache", environment=environment)


def check_image(source: EngineSource, details: str, around: Surroundings, built: BuiltImage) -> None:
    """Check that an engine gives the image: configuration, tar streams, image ID, and no manifest."""
    source.check(details)
    assert source.fingerprint(details, AMD64, around) == builders.sha256(built.config)
    with source.open(details, AMD64, around) as image:
        assert image.config == built.config
        contents = []
        for layer in image.layers:
            with layer.open() as chunks:
                contents.append(b"".join(chunks))
        assert contents == built.tars
        assert image.manifest is None
        assert image.source == f"{source.transport}:{details}"
    assert list(around.cache_folder.iterdir()) == []


@pytest.mark.engine
def test_docker(docker_engine: DockerEngine, built: tuple[BuiltImage, Path], tmp_path: Path) -> None:
    """Docker gives the image's configuration and its exact tar streams, and nothing is left in the cache folder."""
    image, layout = built
    docker_engine.load_layout(layout, "basedex-source")
    around = surroundings(tmp_path, DOCKER_HOST=docker_engine.url)
    check_image(DOCKER_DAEMON, "basedex-source:latest", around, image)
    check_image(DOCKER_DAEMON, "basedex-source", around, image)
    check_image(DOCKER_DAEMON, builders.sha256(image.config), around, image)


@pytest.mark.engine
def test_podman(podman_engine: PodmanEngine, built: tuple[BuiltImage, Path], tmp_path: Path) -> None:
    """Podman gives the same, by CONTAINER_HOST and at one of its usual sockets."""
    image, layout = built
    podman_engine.load_layout(layout, "basedex-source")
    around = surroundings(tmp_path, CONTAINER_HOST=podman_engine.url)
    check_image(PODMAN, "localhost/basedex-source:latest", around, image)
    (tmp_path / "podman").mkdir()
    (tmp_path / "podman" / "podman.sock").symlink_to(podman_engine.socket_path)
    check_image(PODMAN, "localhost/basedex-source:latest", surroundings(tmp_path, XDG_RUNTIME_DIR=str(tmp_path)), image)


@pytest.mark.engine
def test_docker_source_speaks_to_podman(
    podman_engine: PodmanEngine, built: tuple[BuiltImage, Path], tmp_path: Path
) -> None:
    """DOCKER_HOST may lead to Podman's Docker-compatible socket."""
    image, layout = built
    podman_engine.load_layout(layout, "basedex-source")
    around = surroundings(tmp_path, DOCKER_HOST=podman_engine.url)
    check_image(DOCKER_DAEMON, "localhost/basedex-source:latest", around, image)


@pytest.mark.engine
def test_repo_digests(
    docker_vfs: DockerEngine, registry: Registry, built: tuple[BuiltImage, Path], tmp_path: Path
) -> None:
    """An image that was pulled carries the digests that the engine pulled it by."""
    image, layout = built
    reference = registry.push_layout(layout, "basedex-pulled")
    with docker_vfs.client() as client:
        client.api.pull(reference)
    around = surroundings(tmp_path, DOCKER_HOST=docker_vfs.url)
    with DOCKER_DAEMON.open(reference, AMD64, around) as opened:
        assert opened.repo_digests == (f"{registry.host}/basedex-pulled@{image.digest}",)


@pytest.mark.engine
def test_what_engines_do_not_have(
    docker_vfs: DockerEngine, podman_engine: PodmanEngine, built: tuple[BuiltImage, Path], tmp_path: Path
) -> None:
    """An unknown image is ImageNotFound, and another platform is PlatformNotFound, before anything is saved."""
    docker_vfs.load_layout(built[1], "basedex-source")
    podman_engine.load_layout(built[1], "basedex-source")
    for source, name, variable, url in (
        (DOCKER_DAEMON, "basedex-source", "DOCKER_HOST", docker_vfs.url),
        (PODMAN, "localhost/basedex-source", "CONTAINER_HOST", podman_engine.url),
    ):
        around = surroundings(tmp_path, **{variable: url})
        with pytest.raises(ImageNotFound):
            source.fingerprint("localhost/basedex-nothing:latest", AMD64, around)
        with pytest.raises(ImageNotFound), source.open("localhost/basedex-nothing:latest", AMD64, around):
            pass
        with (
            pytest.raises(PlatformNotFound, match=r"no linux/arm64; it offers linux/amd64"),
            source.open(name, Platform("linux", "arm64"), around),
        ):
            pass


# Engines that are not there, or not well


@pytest.mark.parametrize(("source", "variable"), [(DOCKER_DAEMON, "DOCKER_HOST"), (PODMAN, "CONTAINER_HOST")])
@pytest.mark.parametrize(
    "address",
    ["unix:///nowhere/engine.sock", "tcp://127.0.0.1:1", "unix://", "nonsense://x", "tcp://a:b:c", "ssh://x.invalid"],
)
def test_unreachable(source: EngineSource, variable: str, address: str, tmp_path: Path) -> None:
    """An engine that is not at its address is SourceUnreachable, whatever the address is."""
    around = surroundings(tmp_path, **{variable: address})
    with pytest.raises(SourceUnreachable), source.open("alpine", AMD64, around):
        pass
    with pytest.raises(SourceUnreachable):
        source.fingerprint("alpine", AMD64, around)


def test_password_in_an_address(tmp_path: Path) -> None:
    """What stands before the @ of an address is not repeated in the error."""
    around = surroundings(tmp_path, DOCKER_HOST="tcp://user:secret@127.0.0.1:1")
    with pytest.raises(SourceUnreachable) as raised:
        DOCKER_DAEMON.fingerprint("alpine", AMD64, around)
    assert "secret" not in str(raised.value)


@pytest.mark.skipif(
    any(
        Path(path).exists()
        for path in ("/var/run/docker.sock", "/run/podman/podman.sock", f"/run/user/{os.geteuid()}/podman/podman.sock")
    ),
    reason="an engine runs here",
)
def test_no_socket(tmp_path: Path) -> None:
    """Without an address and without a socket, the error says where it was looked for."""
    with pytest.raises(SourceUnreachable, match=r"DOCKER_HOST.*/var/run/docker\.sock"):
        DOCKER_DAEMON.fingerprint("alpine", AMD64, surroundings(tmp_path))
    with pytest.raises(SourceUnreachable, match=r"CONTAINER_HOST.*/run/podman/podman\.sock"):
        PODMAN.fingerprint("alpine", AMD64, surroundings(tmp_path))


def test_references_that_mean_nothing() -> None:
    """A reference that breaks the grammar is the caller's mistake."""
    for details in ("", "UPPER", "a b", "a@b"):
        with pytest.raises(InvalidReference):
            DOCKER_DAEMON.check(details)


Answers = dict[str, tuple[int, bytes]]


@contextmanager
def answering(folder: Path, answers: Answers) -> Iterator[str]:
    """Serve fixed answers on a socket, by the end of the request's path, each followed by the connection's end."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "s"))
        server.listen()

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    request = b""
                    while b"\r\n\r\n" not in request and (part := connection.recv(65536)):
                        request += part
                    path = request.split(b" ")[1].decode() if request else ""
                    status, body = next((answers[end] for end in answers if path.endswith(end)), (500, b"{}"))
                    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
                    connection.sendall(head.encode() + body)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"unix://{folder / 's'}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


VERSION = (200, b'{"ApiVersion": "1.41", "Version": "20.10"}')
IMAGE = (200, json.dumps({"Id": "sha256:" + "0" * 64, "Os": "linux", "Architecture": "amd64"}).encode())


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"/version": (200, b"not json")}, SourceUnreachable),
        ({"/version": (200, b"{}")}, SourceUnreachable),
        ({"/version": (403, b'{"message": "no"}')}, SourceUnreachable),
        ({"/version": VERSION, "/json": (403, b'{"message": "denied by \x1b[31m a plugin"}')}, SourceRefused),
        ({"/version": VERSION, "/json": (500, b"oops")}, SourceRefused),
        ({"/version": VERSION, "/json": (200, b"[]")}, SourceError),
        ({"/version": VERSION, "/json": (200, b"not json")}, SourceError),
        ({"/version": VERSION, "/json": (200, b'{"Id": 7}')}, SourceError),
        ({"/version": VERSION, "/json": IMAGE, "/get": (404, b'{"message": "gone"}')}, ImageNotFound),
        ({"/version": VERSION, "/json": IMAGE, "/get": (500, b'{"message": "disk"}')}, SourceRefused),
    ],
)
def test_engines_that_are_not_well(answers: Answers, error: type[BasedexError], tmp_path: Path) -> None:
    """Every odd answer of an engine ends in a typed error whose sentence has no control character."""
    with answering(tmp_path, answers) as address:
        around = surroundings(tmp_path, DOCKER_HOST=address)
        with pytest.raises(error) as raised, DOCKER_DAEMON.open("alpine", AMD64, around):
            pass
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("size", [0, 1000, 5000])
def test_save_that_ends_early(tmp_path: Path, size: int) -> None:
    """A saved archive that is cut is an error, never a smaller image."""
    built = builders.image([tar([file("a", b"x" * 10_000)])])
    path = builders.write_docker_archive(tmp_path / "a.tar", built)
    with tarfile.open(path) as archive:
        assert archive.getmembers()
    answers = {"/version": VERSION, "/json": IMAGE, "/get": (200, path.read_bytes()[:size])}
    with answering(tmp_path, answers) as address:
        around = surroundings(tmp_path, DOCKER_HOST=address)
        with pytest.raises(BasedexError), DOCKER_DAEMON.open("alpine", AMD64, around):
            pass


def test_progress_is_told(tmp_path: Path) -> None:
    """While an engine saves, the bytes that have come are told."""
    built = builders.image([tar([file("a", b"x")])])
    path = builders.write_docker_archive(tmp_path / "a.tar", built)
    told: list[tuple[str, int, int | None]] = []
    answers = {"/version": VERSION, "/json": IMAGE, "/get": (200, path.read_bytes())}
    with answering(tmp_path, answers) as address:
        around = Surroundings(
            cache_folder=tmp_path,
            environment={"DOCKER_HOST": address},
            progress=lambda what, done, total: told.append((what, done, total)),
        )
        with DOCKER_DAEMON.open("alpine", AMD64, around) as image:
            assert image.config is not None
            assert digest_of(image.config) == builders.sha256(built.config)
    assert told[-1] == ("docker-daemon:alpine: saving", path.stat().st_size, None)
