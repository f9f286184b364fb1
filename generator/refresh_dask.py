"""Images analyzed on a Dask cluster that is there already: requests in, one result each out, as `refresh` does it.

Layers stay where the workers are: each has a cache of its own (`cache_here`), its own logins, proxies and engines.
What travels is the request, without the environment of this machine, and the encoded document with what the source
knew. So a source that is a file must be there, under that path, on every worker.

Nothing here waits for ever. A task whose worker dies is run by another, as often as the scheduler allows; after that,
or when the cluster has no worker or says nothing for too long, or the scheduler goes away, the image has failed in
words and the others go on. Workers must have the version of this program that asks, since documents depend on it.

Not done: a task that runs when the build is interrupted ends by itself on its worker, and its result is dropped.
"""

import contextlib
import logging
import os
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

from generator import __version__
from generator.errors import ClusterError
from generator.refresh import Attempt, Failed, Request, Result, Silence, refresh

CACHE: Final = "BASEDEX_CACHE"
"""The variable that names a worker's cache folder."""

_PROGRESS_SECONDS: Final = 0.5
_LOOK_SECONDS: Final = 0.1
_WATCH_SECONDS: Final = 1.0

Key = TypeVar("Key")
Client = Any
"""distributed.Client, which has no types of its own."""
Future = Any
"""distributed.Future."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for a cluster."""

    connect_seconds: float = 30
    """For the scheduler, and for its first worker."""
    workerless_seconds: float = 60
    """For a worker, when all have gone."""
    silence_seconds: float = 900
    """For any word of any image. A cluster that has other work to do looks the same."""
    gather_seconds: float = 60
    """For a result that is ready."""


PATIENCE: Final = Patience()


def refresh_all(
    requests: Mapping[Key, Request],
    *,
    scheduler: str,
    progress: Callable[[Key, str, int, int | None], None],
    patience: Patience = PATIENCE,
) -> Generator[tuple[Key, Result, float], None, None]:
    """Yield the result of every request as soon as it is there, and the seconds that its worker took.

    Raises ClusterError, before anything else, when `scheduler` is no cluster that can do it. Closing the generator
    takes back what has not begun.
    """
    if not requests:
        return
    client = _connect(scheduler, patience)
    try:
        _check_workers(client, scheduler, patience)
        yield from _Run(client, scheduler, patience, requests, progress).results()
    finally:
        with contextlib.suppress(Exception):  # it may be gone
            client.close(timeout=patience.connect_seconds)


def _connect(scheduler: str, patience: Patience) -> Client:
    try:
        import distributed
    except ImportError as err:
        reason = "the Python package `distributed` is not installed; the extra basedex[dask] brings it"
        raise ClusterError(scheduler=scheduler, reason=reason) from err
    _silence_logs()
    connect: Any = distributed.Client
    try:
        return connect(scheduler, timeout=patience.connect_seconds, set_as_default=False)
    except (OSError, ValueError, TypeError) as err:
        words = str(err) or f"it does not answer within {patience.connect_seconds:.0f} seconds"
        raise ClusterError(scheduler=scheduler, reason=f"cannot be reached: {words}") from err


def _silence_logs() -> None:
    """Let Dask say nothing by itself: what matters is said in results. It gives loggers levels of their own."""
    for name in ("distributed", *logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _check_workers(client: Client, scheduler: str, patience: Patience) -> None:
    """Raise ClusterError unless there are workers and all have this program in this version."""
    try:
        client.wait_for_workers(1, timeout=patience.connect_seconds)
        found: Any = client.get_versions(packages=["basedex"])
    except (OSError, ValueError) as err:
        reason = f"it has had no worker for {patience.connect_seconds:.0f} seconds"
        raise ClusterError(scheduler=scheduler, reason=reason) from err
    ours = found["client"]["packages"]["basedex"]
    for address, of_worker in sorted(found["workers"].items()):
        theirs = of_worker["packages"]["basedex"]
        if theirs != ours:
            has = f"has basedex {theirs}" if theirs else "does not have basedex"
            reason = f"its worker {address} {has}, and this is {ours}; documents depend on the version"
            raise ClusterError(scheduler=scheduler, reason=reason)


@dataclass(slots=True)
class _Run:
    """One conversation with a cluster, from the first task to the last result."""

    client: Client
    scheduler: str
    patience: Patience
    requests: Mapping[Any, Request]
    progress: Callable[[Any, str, int, int | None], None]
    silence: Silence = field(default_factory=Silence)
    under_way: dict[Any, Future] = field(default_factory=dict)
    heard_at: float = 0.0
    """When the cluster last said anything of any image."""
    workers_at: float = 0.0
    """When it last had a worker."""
    threads: int = 1
    over: threading.Event = field(default_factory=threading.Event)

    def results(self) -> Generator[tuple[Any, Result, float], None, None]:
        run = f"basedex-{uuid.uuid4().hex}"
        keys = list(self.requests)
        said: SimpleQueue[tuple[int, str, int, int | None]] = SimpleQueue()
        self.client.subscribe_topic(run, lambda event: said.put(event[1]))
        waiting = deque(enumerate(keys))
        self.heard_at = self.workers_at = time.monotonic()
        threading.Thread(target=self._watch, daemon=True).start()
        try:
            while waiting or self.under_way:
                while waiting and self.client.status == "running" and len(self.under_way) < self._room():
                    number, key = waiting.popleft()
                    request = _for_others(self.silence.told(self.requests[key]))
                    task = (__version__, request, run, number)
                    self.under_way[key] = self.client.submit(answer, *task, key=f"{run}-{number}", pure=False)
                yield from self._ready()
                self._tell(keys, said)
                trouble = self._trouble()
                if trouble:
                    lost = [*self.under_way, *(key for _, key in waiting)]
                    yield from ((key, _failed(f"{self.scheduler}: {trouble}"), 0.0) for key in lost)
                    return
                if self.under_way:
                    time.sleep(_LOOK_SECONDS)
        finally:
            self.over.set()

    def _room(self) -> int:
        """Return how many tasks the cluster may have: one a thread.

        A worker that dies discredits all tasks that it has; none shall be there that only waits.
        """
        return max(1, self.threads)

    def _watch(self) -> None:
        """Keep an eye on the workers, in a thread of its own: a scheduler that stands still does not answer."""
        while not self.over.wait(_WATCH_SECONDS):
            with contextlib.suppress(Exception):  # it may be gone, which shows elsewhere
                self.threads = self.client.scheduler_info(n_workers=0).get("total_threads", 0)
                if self.threads:
                    self.workers_at = time.monotonic()

    def _ready(self) -> Generator[tuple[Any, Result, float], None, None]:
        for key, future in list(self.under_way.items()):
            if not future.done():
                continue
            answered = self._result_of(future)
            if answered is None:  # lost with its worker after it was ready: it is being made again
                continue
            result, seconds = answered
            del self.under_way[key]
            future.release()
            self.heard_at = time.monotonic()
            self.silence.note(result)
            yield key, result, seconds

    def _result_of(self, future: Future) -> tuple[Result, float] | None:
        from distributed import CancelledError, KilledWorker

        try:
            answered: tuple[Result, float] = future.result(timeout=self.patience.gather_seconds)
            return answered
        except KilledWorker as err:
            times = err.allowed_failures + 1
            reason = f"{times} workers died while they analyzed the image; they may have run out of memory"
        except CancelledError:
            reason = "the cluster has dropped the task"
        except TimeoutError:
            return None
        except Exception as err:  # noqa: BLE001 - whatever a cluster raises must cost this image only
            reason = f"{type(err).__name__}: {err}"
        return _failed(f"{self.scheduler}: {reason}"), 0.0

    def _tell(self, keys: list[Any], said: "SimpleQueue[tuple[int, str, int, int | None]]") -> None:
        with contextlib.suppress(Empty):
            while True:
                number, what, done, total = said.get_nowait()
                self.heard_at = time.monotonic()
                if keys[number] in self.under_way:
                    self.progress(keys[number], what, done, total)

    def _trouble(self) -> str:
        """Return why there is no point in waiting any longer, "" as long as there is."""
        now = time.monotonic()
        if self.client.status not in ("running", "connecting"):
            return "the connection to the scheduler was lost"
        if now - self.workers_at > self.patience.workerless_seconds:
            return f"all workers have gone, and none has come for {self.patience.workerless_seconds:.0f} seconds"
        if now - self.heard_at > self.patience.silence_seconds:
            return f"nothing was heard of any image for {self.patience.silence_seconds:.0f} seconds"
        return ""


def _for_others(request: Request) -> Request:
    """Take what is only of this machine, its environment above all, out of a request."""
    surroundings = replace(request.surroundings, cache_folder=Path(), environment={})
    return replace(request, surroundings=surroundings)


def _failed(reason: str) -> Failed:
    return Failed(attempts=(Attempt("cluster", reason),))


# On a worker


def answer(version: str, request: Request, run: str, number: int) -> tuple[Result, float]:
    """Analyze one image here; return the result and the seconds it took. Raises ClusterError for another version."""
    from distributed import get_worker

    worker: Any = get_worker()
    if version != __version__:
        reason = f"the worker has basedex {__version__}, and {version} asks"
        raise ClusterError(scheduler=worker.address, reason=reason)
    told: dict[str, float] = {}

    def progress(what: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if done == total or now - told.get(what, 0.0) >= _PROGRESS_SECONDS:
            told[what] = now
            worker.log_event(run, (number, what, done, total))

    started = time.monotonic()
    surroundings = replace(request.surroundings, cache_folder=cache_here(), environment=dict(os.environ))
    result = refresh(replace(request, surroundings=surroundings), lambda: None, progress)
    return result, time.monotonic() - started


def cache_here() -> Path:
    """Return a worker's cache folder: BASEDEX_CACHE, or `basedex` in the user's own cache folder."""
    named = os.environ.get(CACHE)
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "basedex"
