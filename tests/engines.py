"""Real engines for tests: Docker Engine, Podman and a registry, started on loopback and ended by process id.

Every fixture skips with a reason and the command that installs what is missing; under REQUIRE_ENGINES=1 it
fails instead, so that a continuous integration run cannot pass by skipping. Data, sockets and logs live in a
session folder under the temporary directory; nothing of the machine's own engines is used or touched.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import docker
import pytest

REQUIRED = os.environ.get("REQUIRE_ENGINES") == "1"
SYSTEM_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
START_SECONDS = 60
TOOL_SECONDS = 300


def unavailable(reason: str) -> NoReturn:
    """Skip the test with `reason`, or fail it where engines are required."""
    if REQUIRED:
        pytest.fail(f"REQUIRE_ENGINES=1, but {reason}", pytrace=False)
    pytest.skip(reason)


def need(tool: str, package: str) -> str:
    """Return the path of a program, or skip (fail where required) with the line that installs it."""
    found = shutil.which(tool, path=SYSTEM_PATH)
    return found or unavailable(f"{tool} is not installed: apt-get install {package}")


def need_root(what: str) -> None:
    """Skip (fail where required) unless the tests run as root."""
    if os.geteuid() != 0:
        unavailable(f"{what} needs root")


def run(command: Sequence[str | Path], *, seconds: float = TOOL_SECONDS, **options: Any) -> str:
    """Run a tool to its end and return its standard output; a failure shows the tool's own words."""
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL, check=False, **options
    )
    if done.returncode:
        raise AssertionError(f"{command[0]} ended with status {done.returncode}:\n{done.stderr[-4000:]}")
    return str(done.stdout)


# Processes


@dataclass(frozen=True)
class Daemon:
    """A process of ours that runs in the background."""

    name: str
    process: "subprocess.Popen[bytes]"
    log_path: Path

    def log_end(self, size: int = 4000) -> str:
        """Return the last part of what it logged."""
        return self.log_path.read_text(errors="replace")[-size:]


RUNNING: list[Daemon] = []
"""What runs now; conftest shows the ends of their logs beside a failed engine test."""


@contextmanager
def running(
    name: str,
    command: Sequence[str | Path],
    folder: Path,
    ready: Callable[[], bool],
    environment: dict[str, str] | None = None,
) -> Iterator[Daemon]:
    """Run a daemon while the context is open: waits until `ready`, ends it and waits for its end afterwards."""
    log_path = folder / f"{name}.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "PATH": SYSTEM_PATH, **(environment or {})},
        )
    daemon = Daemon(name, process, log_path)
    RUNNING.append(daemon)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                state = "did not answer" if process.poll() is None else f"ended with status {process.returncode}"
                unavailable(f"{name} {state}; its log ends:\n{daemon.log_end()}")
            time.sleep(0.1)
        yield daemon
    finally:
        RUNNING.remove(daemon)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@contextmanager
def _session_folder(name: str) -> Iterator[Path]:
    # Short, because the path of a UNIX socket may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix=f"basedex-{name}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """Return a TCP port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# Docker Engine


@dataclass(frozen=True)
class DockerEngine:
    """A Docker Engine of our own."""

    storage_driver: str
    socket_path: Path
    loaded: set[str] = field(default_factory=set)
    """Names of images that `load_layout` has loaded."""

    @property
    def url(self) -> str:
        """What DOCKER_HOST would be."""
        return f"unix://{self.socket_path}"

    @contextmanager
    def client(self) -> Iterator[Any]:
        """Give a client of the docker SDK."""
        client = docker.DockerClient(base_url=self.url, version="auto", timeout=TOOL_SECONDS)
        try:
            yield client
        finally:
            client.close()

    def load_layout(self, layout: Path, name: str) -> None:
        """Load the image of an OCI layout as `name:latest`, once."""
        if name not in self.loaded:
            copy_image(layout_reference(layout), f"docker-daemon:{name}:latest", "--dest-daemon-host", self.url)
            self.loaded.add(name)

    def size(self, name: str) -> int:
        """Return the Size that `docker image inspect` shows, in bytes."""
        with self.client() as client:
            return int(client.api.inspect_image(name)["Size"])

    def listed_size(self, name: str) -> int:
        """Return the Size that `docker image ls` rounds and prints, in bytes."""
        with self.client() as client:
            (listed,) = client.api.images(name=name)
            return int(listed["Size"])

    def build(self, context: Path, name: str) -> None:
        """Build a Dockerfile with the engine's own (classic) builder, without network."""
        with self.client() as client:
            client.images.build(path=str(context), tag=name, network_mode="none", rm=True, forcerm=True)


@contextmanager
def docker_engine_running(storage_driver: str) -> Iterator[DockerEngine]:
    """Run a Docker Engine with the storage driver; skip where the machine cannot."""
    command = need("dockerd", "docker.io")
    need("skopeo", "skopeo")
    need_root("a Docker Engine")
    with _session_folder(storage_driver) as folder:
        engine = DockerEngine(storage_driver, folder / "docker.sock")
        settings = {
            "bridge": "none",
            "iptables": False,
            "ip6tables": False,
            "features": {"containerd-snapshotter": False},  # Engine 29's default would ignore the storage driver
        }
        (folder / "daemon.json").write_text(json.dumps(settings))
        options = {
            "config-file": folder / "daemon.json",
            "data-root": folder / "data",
            "exec-root": folder / "exec",
            "pidfile": folder / "pid",
            "host": engine.url,
            "log-level": "warn",
            "storage-driver": storage_driver,
        }
        arguments = [f"--{name}={value}" for name, value in options.items()]

        def answers() -> bool:
            if not engine.socket_path.exists():
                return False
            try:
                with engine.client() as client:
                    return bool(client.ping())
            except (docker.errors.DockerException, OSError):
                return False

        with running(f"dockerd-{storage_driver}", [command, *arguments], folder, answers):
            yield engine


@pytest.fixture(scope="session")
def docker_vfs() -> Iterator[DockerEngine]:
    """Give a Docker Engine with the vfs storage driver."""
    with docker_engine_running("vfs") as engine:
        yield engine


@pytest.fixture(scope="session")
def docker_overlay2() -> Iterator[DockerEngine]:
    """Give a Docker Engine with the overlay2 storage driver."""
    if "\toverlay\n" not in Path("/proc/filesystems").read_text() and not shutil.which("modprobe", path=SYSTEM_PATH):
        unavailable("the kernel has no overlay file system, which the overlay2 storage driver needs")
    with docker_engine_running("overlay2") as engine:
        yield engine


@pytest.fixture(scope="session", params=["docker_overlay2", "docker_vfs"])
def docker_engine(request: pytest.FixtureRequest) -> DockerEngine:
    """Give a Docker Engine with each storage driver in turn."""
    engine: DockerEngine = request.getfixturevalue(request.param)
    return engine


# Podman


@dataclass(frozen=True)
class PodmanEngine:
    """Podman with storage of its own, and its service on a socket."""

    command: tuple[str, ...]
    """The program with the options that name its storage."""
    socket_path: Path
    loaded: set[str] = field(default_factory=set)
    """Names of images that `load_layout` has loaded."""

    @property
    def url(self) -> str:
        """What DOCKER_HOST would be for the Docker-compatible API."""
        return f"unix://{self.socket_path}"

    def podman(self, *arguments: str | Path) -> str:
        """Run podman on this storage and return its standard output."""
        return run([*self.command, *arguments])

    def load_layout(self, layout: Path, name: str) -> None:
        """Pull the image of an OCI layout and name it `localhost/NAME:latest`, once."""
        if name not in self.loaded:
            image_id = self.podman("pull", "--quiet", layout_reference(layout)).strip()
            self.podman("tag", image_id, f"localhost/{name}:latest")
            self.loaded.add(name)

    def size(self, name: str) -> int:
        """Return the Size that `podman image inspect` shows, in bytes."""
        (shown,) = json.loads(self.podman("image", "inspect", f"localhost/{name}:latest"))
        return int(shown["Size"])

    def listed_size(self, name: str) -> int:
        """Return the Size that `podman image ls` rounds and prints, in bytes."""
        listed = json.loads(self.podman("image", "ls", "--format", "json", f"localhost/{name}:latest"))
        (size,) = {int(line["Size"]) for line in listed}  # one line for each name of the image
        return size

    @contextmanager
    def mounted(self, name: str) -> Iterator[Path]:
        """Mount an image and give the folder of its root file system."""
        reference = f"localhost/{name}:latest"
        yield Path(self.podman("image", "mount", reference).strip())
        self.podman("image", "unmount", reference)


@pytest.fixture(scope="session")
def podman_engine() -> Iterator[PodmanEngine]:
    """Give a Podman with storage of its own (vfs, which every kernel has) and its API on a socket."""
    program = need("podman", "podman crun")
    need("crun", "crun")
    need_root("Podman with its storage elsewhere")
    with _session_folder("podman") as folder:
        storage = ["--root", folder / "root", "--runroot", folder / "run", "--storage-driver", "vfs"]
        quiet = ["--cgroup-manager", "cgroupfs", "--events-backend", "file", "--tmpdir", folder / "tmp"]
        engine = PodmanEngine((program, *map(str, storage + quiet)), folder / "podman.sock")
        service = [*engine.command, "system", "service", "--time=0", engine.url]

        def answers() -> bool:
            with socket.socket(socket.AF_UNIX) as probe:
                return probe.connect_ex(str(engine.socket_path)) == 0

        with running("podman", service, folder, answers):
            yield engine


# Registry


@dataclass(frozen=True)
class Registry:
    """A registry of our own on the loopback address, without TLS."""

    host: str
    """`127.0.0.1:PORT`, as it stands in a reference."""

    def push_layout(self, layout: Path, repository: str, tag: str = "latest") -> str:
        """Push the image of an OCI layout with its digest kept; return its reference."""
        reference = f"{self.host}/{repository}:{tag}"
        copy_image(layout_reference(layout), f"docker://{reference}", "--dest-tls-verify=false", "--preserve-digests")
        return reference


@pytest.fixture(scope="session")
def registry() -> Iterator[Registry]:
    """Give a running docker-registry that keeps its blobs in a temporary folder."""
    program = need("docker-registry", "docker-registry")
    need("skopeo", "skopeo")
    with _session_folder("registry") as folder:
        server = Registry(f"127.0.0.1:{free_port()}")
        settings = {
            "version": "0.1",
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(folder / "blobs")}, "delete": {"enabled": True}},
            "http": {"addr": server.host},
        }
        (folder / "config.yml").write_text(json.dumps(settings))  # JSON is YAML
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

        def answers() -> bool:
            try:
                with direct.open(f"http://{server.host}/v2/", timeout=5) as answer:
                    return bool(answer.status == 200)
            except (urllib.error.URLError, OSError):
                return False

        with running("docker-registry", [program, "serve", folder / "config.yml"], folder, answers):
            yield server


# Images between places


def layout_reference(layout: Path) -> str:
    """Return how skopeo and podman name the only image of a layout."""
    (image,) = json.loads((layout / "index.json").read_text())["manifests"]
    name = image.get("annotations", {}).get("org.opencontainers.image.ref.name")
    return f"oci:{layout}:{name}" if name else f"oci:{layout}"


def copy_image(source: str, destination: str, *options: str) -> None:
    """Copy an image with skopeo, whatever the machine's signature policy is."""
    program = need("skopeo", "skopeo")
    run([program, "--insecure-policy", "copy", "--quiet", *options, source, destination])
