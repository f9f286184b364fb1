"""Images analyzed by a real Dask scheduler and real workers on loopback, and what becomes of a build when these die."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from generator import __version__, build
from generator.build import Places
from generator.errors import ClusterError
from generator.limits import Limits
from generator.oci.platform import Platform
from generator.refresh import Failed, Made, Request, Result
from generator.refresh_dask import Patience, refresh_all
from generator.report import ImageReport, Report
from generator.source.base import Surroundings
from tests import builders
from tests.places import places_in
from tests.source.hostile_registry import Exchange, HostileRegistry, serving

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60

pytestmark = pytest.mark.slow


@dataclass
class Cluster:
    """A scheduler and its workers, each a process of its own."""

    folder: Path
    stack: ExitStack
    address: str = ""
    scheduler: "subprocess.Popen[bytes] | None" = None
    workers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def start(self, module: str, *arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
        """Start one of Dask's programs; it is ended with the cluster."""
        log = self.stack.enter_context((self.folder / f"{len(self.workers)}.{module}.log").open("wb"))
        paths = os.pathsep.join(filter(None, (environment.pop("PYTHONPATH", ""), str(ROOT))))
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *arguments, "--host", "127.0.0.1", "--no-dashboard"],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": paths, **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        self.stack.callback(process.wait, 30)
        self.stack.callback(process.kill)
        return process

    def start_scheduler(self) -> None:
        """Start the scheduler and learn its address."""
        file = self.folder / "scheduler.json"
        self.scheduler = self.start("dask_scheduler", "--port", "0", "--scheduler-file", str(file))
        deadline = time.monotonic() + START_SECONDS
        while not self.address:
            assert self.scheduler.poll() is None and time.monotonic() < deadline, "the scheduler does not start"
            try:
                self.address = json.loads(file.read_text())["address"]
            except (OSError, ValueError):
                time.sleep(0.05)

    def start_worker(self, **environment: str) -> "subprocess.Popen[bytes]":
        """Start a worker with one thread and a cache of its own."""
        number = len(self.workers)
        arguments = ["--nthreads", "1", "--no-nanny", "--name", f"worker-{number}"]
        arguments += ["--local-directory", str(self.folder / f"scratch-{number}")]
        environment = {"BASEDEX_CACHE": str(self.cache(number)), **environment}
        self.workers.append(self.start("dask_worker", self.address, *arguments, **environment))
        return self.workers[-1]

    def cache(self, number: int) -> Path:
        """Return a worker's cache folder."""
        return self.folder / f"cache-{number}"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Give a scheduler without workers."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    with ExitStack() as stack:
        made = Cluster(folder, stack)
        made.start_scheduler()
        yield made


def an_image(number: int) -> builders.BuiltImage:
    """Make a small image of its own, with one layer that all share."""
    shared = builders.tar([builders.file("etc/os-release", b"ID=test\n")])
    own = builders.tar([builders.file("number", b"%d" % number * 3000)])
    return builders.image([shared, own])


@contextmanager
def registry_of(count: int) -> Iterator[tuple[HostileRegistry, list[str]]]:
    """Give a registry with so many images, each under a tag of its own, and their sources."""
    with serving() as registry:
        for number in range(count):
            registry.put(an_image(number), tag=f"v{number}")
        yield registry, [f"{registry.host}/base:v{number}" for number in range(count)]


@dataclass
class Dribbling:
    """Blobs that come slowly, as long as `slow` is not cleared; tells when the first one has begun."""

    begun: threading.Event = field(default_factory=threading.Event)
    fast: threading.Event = field(default_factory=threading.Event)

    def __call__(self, exchange: Exchange) -> None:
        content = exchange.registry.blobs[exchange.path.rpartition("/")[2]]
        exchange.send_response(200)
        exchange.send_header("Content-Length", str(len(content)))
        exchange.end_headers()
        for start in range(0, len(content), 16):
            exchange.wfile.write(content[start : start + 16])
            self.begun.set()
            if exchange.registry.stopping.is_set():
                return
            self.fast.wait(0.2)


def request(source: str, **surroundings: object) -> Request:
    """Make a request for linux/amd64, with a cache folder that must not be used."""
    return Request(
        sources=(source,),
        platform=Platform(),
        known={},
        surroundings=Surroundings(cache_folder=Path("/nowhere"), **surroundings),  # type: ignore[arg-type]
        limits=Limits(),
    )


def places_around(folder: Path, sources: list[str]) -> Places:
    """Write an images.yml with these sources and give places around it."""
    folder.mkdir()
    lines = [f"      - {{name: image-{number}, sources: ['{source}']}}\n" for number, source in enumerate(sources)]
    (folder / "images.yml").write_text("groups:\n  - name: all\n    images:\n" + "".join(lines))
    return places_in(folder)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below `folder`."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def analysis_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let builds end before pages, at one and the same time of day: these tests are about the store."""
    monkeypatch.setattr(build, "now", lambda: "2026-01-01T00:00:00Z")

    def no_site(places: Places, configuration: object, reports: tuple[ImageReport, ...], *_: object) -> Report:
        return Report(reports, page_count=0, site_built=False, site=places.site, seconds=0)

    monkeypatch.setattr(build, "_made", no_site)


def test_a_cluster_of_which_a_worker_is_killed_makes_the_same_store(
    cluster: Cluster, tmp_path: Path, analysis_only: None
) -> None:
    """Two workers, one killed while layers dribble in: nothing is lost, and the store is that of a local build."""
    dribbling = Dribbling()
    with registry_of(6) as (registry, sources):
        local = places_around(tmp_path / "local", sources)
        build.build(local, jobs=2, environment={})
        registry.on("GET .*/blobs/", dribbling)
        workers = [cluster.start_worker(), cluster.start_worker()]

        def kill_one() -> None:
            dribbling.begun.wait(START_SECONDS)
            time.sleep(0.5)
            workers[0].send_signal(signal.SIGKILL)
            time.sleep(0.5)
            dribbling.fast.set()

        killer = threading.Thread(target=kill_one)
        killer.start()
        remote = places_around(tmp_path / "remote", sources)
        report = build.build(remote, scheduler=cluster.address, environment={"SECRET": "x"})
        killer.join()
    assert workers[0].poll() == -signal.SIGKILL
    assert [image.outcome.state for image in report.images] == ["fresh"] * 6
    assert contents(remote.store) == contents(local.store)
    assert not list((remote.cache / "blobs").glob("*")), "layers came to the machine that asks"
    assert list((cluster.cache(1) / "blobs").glob("sha256-*")), "layers are not where the work was done"


def test_a_second_build_on_a_cluster_asks_and_reads_nothing(
    cluster: Cluster, tmp_path: Path, analysis_only: None
) -> None:
    """What the store knows travels with the request: one HEAD an image, and nothing is read."""
    cluster.start_worker()
    with registry_of(3) as (registry, sources):
        places = places_around(tmp_path / "places", sources)
        build.build(places, scheduler=cluster.address, environment={})
        before, seen = contents(places.store), len(registry.seen)
        again = build.build(places, scheduler=cluster.address, environment={})
        assert sorted(map(str, registry.seen[seen:])) == [f"HEAD /v2/base/manifests/v{number}" for number in range(3)]
    assert [image.outcome.state for image in again.images] == ["unchanged"] * 3
    assert contents(places.store) == before


def signal_when_begun(
    dribbling: Dribbling, process: "subprocess.Popen[bytes]", what: signal.Signals = signal.SIGKILL
) -> None:
    """Send a process a signal as soon as the first bytes of a layer have gone out."""

    def send() -> None:
        dribbling.begun.wait(START_SECONDS)
        process.send_signal(what)

    threading.Thread(target=send).start()


def ignore(key: int, what: str, done: int, total: int | None) -> None:
    """Be told of progress and do nothing."""


def results_of(cluster: Cluster, sources: list[str], patience: Patience | None = None) -> list[Result]:
    """Refresh on the cluster and return the results in the sources' order."""
    requests = {number: request(source) for number, source in enumerate(sources)}
    answers = refresh_all(requests, scheduler=cluster.address, progress=ignore, patience=patience or Patience())
    found = {number: result for number, result, _ in answers}
    return [found[number] for number in range(len(sources))]


def test_an_image_that_kills_every_worker_fails_alone(cluster: Cluster) -> None:
    """A task whose workers die again and again is given up with a sentence; the other image is made."""
    with registry_of(2) as (registry, sources):
        doomed, over = threading.Event(), threading.Event()

        def doom(exchange: Exchange) -> None:
            doomed.set()
            exchange.registry.stopping.wait(60)

        registry.on("HEAD .*/v0", doom)
        cluster.start_worker()

        def kill_each() -> None:
            while not over.is_set():
                if doomed.wait(0.1):
                    doomed.clear()
                    cluster.start_worker()  # first, so that there is always one
                    victims = [worker for worker in cluster.workers[:-1] if worker.poll() is None]
                    for victim in victims:
                        victim.kill()

        killer = threading.Thread(target=kill_each)
        killer.start()
        try:
            doomed_one, other = results_of(cluster, sources)
        finally:
            over.set()
            killer.join()
    assert isinstance(doomed_one, Failed)
    assert doomed_one.attempts[0].slug == "cluster"
    assert "4 workers died" in doomed_one.attempts[0].sentence
    assert isinstance(other, Made)


def test_when_all_workers_are_gone_images_fail_in_time(cluster: Cluster) -> None:
    """Nobody waits for ever for a worker that does not come: what is made stands, the rest fails."""
    dribbling = Dribbling()
    with registry_of(3) as (registry, sources):
        registry.on("GET .*/blobs/", dribbling)
        worker = cluster.start_worker()
        signal_when_begun(dribbling, worker)
        results = results_of(cluster, sources, Patience(workerless_seconds=2))
    assert {result.attempts[0].slug for result in results} == {"cluster"}
    assert "all workers have gone" in results[0].attempts[0].sentence


def test_a_cluster_that_says_nothing_is_given_up(cluster: Cluster) -> None:
    """A worker that is there and stands still (here: stopped) does not hold the build up beyond its time."""
    with registry_of(2) as (registry, sources):
        worker = cluster.start_worker()

        def stop(exchange: Exchange) -> None:
            worker.send_signal(signal.SIGSTOP)
            registry.honest(exchange)

        registry.on("HEAD", stop)
        try:
            results = results_of(cluster, sources, Patience(silence_seconds=3))
        finally:
            worker.send_signal(signal.SIGCONT)
    assert ["nothing was heard" in result.attempts[0].sentence for result in results] == [True, True]


def test_a_scheduler_that_goes_away_fails_what_is_under_way(cluster: Cluster) -> None:
    """The build goes on with what it has, and each image says why it is not refreshed."""
    dribbling = Dribbling()
    with registry_of(2) as (registry, sources):
        registry.on("GET .*/blobs/", dribbling)
        cluster.start_worker()
        scheduler = cluster.scheduler
        assert scheduler
        signal_when_begun(dribbling, scheduler)
        started = time.monotonic()
        results = results_of(cluster, sources, Patience(connect_seconds=5))
    assert time.monotonic() - started < 60
    assert {result.attempts[0].slug for result in results} == {"cluster"}


def test_a_scheduler_that_stands_still_is_given_up(cluster: Cluster) -> None:
    """A scheduler that neither ends nor answers (here: stopped) is no reason to wait for ever either."""
    dribbling = Dribbling()
    with registry_of(2) as (registry, sources):
        registry.on("GET .*/blobs/", dribbling)
        cluster.start_worker()
        scheduler = cluster.scheduler
        assert scheduler
        signal_when_begun(dribbling, scheduler, signal.SIGSTOP)
        try:
            results = results_of(cluster, sources, Patience(connect_seconds=5, silence_seconds=4))
        finally:
            scheduler.send_signal(signal.SIGCONT)
    assert {result.attempts[0].slug for result in results} == {"cluster"}


def test_progress_comes_back(cluster: Cluster, tmp_path: Path) -> None:
    """Bytes that arrive on a worker are told here, with the image that they belong to."""
    dribbling = Dribbling()
    told = []
    with registry_of(1) as (registry, sources):
        registry.on("GET .*/blobs/", dribbling)
        cluster.start_worker()

        def progress(key: str, what: str, done: int, total: int | None) -> None:
            told.append((key, done))
            dribbling.fast.set()

        ((_, result, seconds),) = refresh_all(
            {"base": request(sources[0])}, scheduler=cluster.address, progress=progress
        )
    assert isinstance(result, Made)
    assert seconds > 0
    assert told and {key for key, _ in told} == {"base"}


# What is told before anything is done


@pytest.mark.parametrize("version", ["0.0.1", ""])
def test_workers_of_another_version_are_refused(cluster: Cluster, tmp_path: Path, version: str) -> None:
    """Documents depend on the version, so a worker with another one, or none that is known, ends the build in words."""
    metadata = tmp_path / "other" / "basedex-0.0.1.dist-info"
    metadata.mkdir(parents=True)
    words = "Metadata-Version: 2.1\nName: basedex\n" + (f"Version: {version}\n" if version else "")
    (metadata / "METADATA").write_text(words)
    cluster.start_worker(PYTHONPATH=str(metadata.parent))
    with pytest.raises(ClusterError, match="0.0.1" if version else "does not have basedex") as raised:
        results_of(cluster, ["127.0.0.1:1/nothing"])
    assert __version__ in str(raised.value)


def test_an_address_where_nobody_is_ends_the_build(tmp_path: Path) -> None:
    """A scheduler that cannot be reached, and one without workers, are told before anything is written."""
    places = places_around(tmp_path / "places", ["127.0.0.1:1/nothing"])
    for address in ("tcp://127.0.0.1:9", "nowhere at all"):
        with pytest.raises(ClusterError, match="cannot be reached"):
            list(
                refresh_all(
                    {1: request("oci:x")},
                    scheduler=address,
                    progress=ignore,
                    patience=Patience(connect_seconds=1),
                )
            )
    with pytest.raises(ClusterError, match="cannot be reached"):
        build.build(places, scheduler="nowhere at all", environment={})
    assert not contents(places.store)


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Dask is not installed, the words say what to install."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"basedex\[dask\]"):
        list(refresh_all({1: request("oci:x")}, scheduler="tcp://127.0.0.1:9", progress=ignore))


def test_a_scheduler_without_workers_is_told(cluster: Cluster) -> None:
    """There must be somebody to do the work when it begins."""
    with pytest.raises(ClusterError, match="no worker"):
        results_of(cluster, ["127.0.0.1:1/nothing"], Patience(connect_seconds=2))
