"""Images asked about and analyzed, each in a process of its own: requests in, one result each out.

A process first asks a source for its fingerprint, which is cheap, and ends there when it is a known one. Otherwise it
waits for its turn and analyzes. So many can ask at once and only `jobs` work at a time; the memory of an image is
given back when it is done; and an image that takes its process down (out of memory, say) takes nothing else with it.

A host that one image could not connect to is not knocked at again for a minute: images that are asked about later
are told of it, so that a registry that is down costs its waits once and not once an image.

Processes are forked from a server that has this module loaded already (multiprocessing's forkserver).
"""

import contextlib
import multiprocessing
import os
import signal
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from generator.analysis import codec
from generator.analyze import analyze_source
from generator.compare.past import figures_of
from generator.errors import BasedexError
from generator.limits import Limits
from generator.oci.digest import Digest
from generator.oci.platform import Platform
from generator.source import SOURCES, fingerprint_source
from generator.source.base import Progress, Surroundings

ASKING_AT_ONCE: Final = 8
_PROGRESS_SECONDS: Final = 0.1
"""Progress is told this often; more is not seen."""
SILENT_SECONDS: Final = 60.0
"""How long others spare themselves a host that could not be reached."""
_SLOW: Final = {
    "registry": "generator.source.registry",
    "docker-daemon": "generator.source.engine",
    "podman": "generator.source.engine",
}

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One image of one platform to be brought up to date."""

    sources: tuple[str, ...]
    platform: Platform
    known: Mapping[str, str]
    """Source → fingerprint at which its document is known already."""
    surroundings: Surroundings
    limits: Limits


@dataclass(frozen=True, slots=True)
class Attempt:
    """A source that was tried in vain."""

    slug: str
    sentence: str
    traceback: str = ""
    """Only for mistakes of our own."""
    silent_host: tuple[str, str] | None = None
    """A host that could not be connected to, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """The source's fingerprint is the known one; nothing was read."""

    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A document was made, and what the source knew of the way to the image."""

    attempts: tuple[Attempt, ...]
    source: str
    fingerprint: str | None
    subject: Digest
    content: bytes
    """The document, encoded."""
    facts: dict[str, Any]
    """Fields of an Observation."""
    read_size: int
    """Bytes that were read to make it, as far as they were reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No source gave the image."""

    attempts: tuple[Attempt, ...]


Result = Unchanged | Made | Failed


@dataclass(frozen=True, slots=True)
class _Ready:
    """A process that has asked, has to analyze, and waits for its turn."""


@dataclass(frozen=True, slots=True)
class _Progress:
    what: str
    done: int
    total: int | None


def refresh(request: Request, wait_for_turn: Callable[[], None], progress: Progress) -> Result:
    """Try the request's sources in order, in this process; raises nothing but what ends the process."""
    attempts: list[Attempt] = []
    surroundings = replace(request.surroundings, progress=progress)
    waited = False
    for source in request.sources:
        try:
            fingerprint = fingerprint_source(source, request.platform, surroundings)
            if fingerprint is not None and request.known.get(source) == fingerprint:
                return Unchanged(attempts=tuple(attempts))
            if not waited:
                wait_for_turn()
                waited = True
            made = make(source, fingerprint, request.platform, surroundings, request.limits)
            return replace(made, attempts=tuple(attempts))
        except BasedexError as err:
            host, reason = err.values.get("silent_host"), str(err.values.get("reason"))
            silent = (str(host), reason) if host else None
            attempts.append(Attempt(err.slug, str(err), silent_host=silent))
            if silent:
                surroundings = replace(surroundings, silent_hosts={**surroundings.silent_hosts, silent[0]: reason})
        except Exception as err:  # noqa: BLE001 - a mistake of ours in one image must not cost the others
            attempts.append(bug_in(source, err))
    return Failed(attempts=tuple(attempts))


def make(source: str, fingerprint: str | None, platform: Platform, surroundings: Surroundings, limits: Limits) -> Made:
    """Analyze one source; raises UsageError, SourceError or ContentError."""
    read_sizes: dict[str, int] = {}

    def count(what: str, done: int, total: int | None) -> None:
        read_sizes[what] = done
        surroundings.progress(what, done, total)

    analyzed = analyze_source(source, platform, replace(surroundings, progress=count), limits)
    opened = analyzed.opened
    return Made(
        attempts=(),
        source=source,
        fingerprint=fingerprint,
        subject=analyzed.document.subject,
        content=codec.encode(analyzed.document),
        facts={
            "resolved_digest": opened.resolved_digest,
            "index_size": opened.index_size,
            "platforms": opened.platforms,
            "attestation_count": opened.attestation_count,
            "repo_digests": opened.repo_digests,
            "warnings": opened.warnings,
            "figures": figures_of(analyzed.document),
        },
        read_size=sum(read_sizes.values()),
    )


def bug_in(source: str, err: Exception) -> Attempt:
    """Describe an exception that nobody foresaw by its type and place, never by its words: they may be anything."""
    last = traceback.extract_tb(err.__traceback__)[-1]
    sentence = f"{source}: {type(err).__name__} at {Path(last.filename).name}:{last.lineno}, a mistake in this program"
    return Attempt("bug", sentence, "".join(traceback.format_exception(err)))


# Many at once


@dataclass(slots=True)
class Silence:
    """What is known of hosts that could not be reached a moment ago."""

    _known: dict[str, tuple[str, float]] = field(default_factory=dict)

    def note(self, result: Result) -> None:
        """Learn from an image's attempts."""
        for attempt in result.attempts:
            if attempt.silent_host:
                host, reason = attempt.silent_host
                self._known[host] = reason, time.monotonic()

    def told(self, request: Request) -> Request:
        """Return `request` with what it should know."""
        limit = time.monotonic() - SILENT_SECONDS
        hosts = {host: reason for host, (reason, since) in self._known.items() if since > limit}
        return replace(request, surroundings=replace(request.surroundings, silent_hosts=hosts))


@dataclass(slots=True)
class _Child:
    key: Any
    process: Any
    started: float
    """Monotonic; when its turn to analyze comes, from then on."""
    result: Result | None = None
    """Set when the process has said all; it may take a moment to end."""


@dataclass(slots=True)
class _Crew:
    jobs: int
    running: dict[Connection, _Child] = field(default_factory=dict)
    ready: deque[Connection] = field(default_factory=deque)
    analyzing: set[Connection] = field(default_factory=set)


def refresh_all(
    requests: Mapping[Key, Request], *, jobs: int, progress: Callable[[Key, str, int, int | None], None]
) -> Generator[tuple[Key, Result, float], None, None]:
    """Yield the result of every request as soon as it is there, and its seconds without the wait for its turn.

    Closing the generator ends all processes at once.
    """
    if not requests:
        return
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, *_slow_modules(requests.values())])
    crew = _Crew(jobs)
    silence = Silence()
    waiting = deque(requests.items())
    try:
        while waiting or crew.running:
            while waiting and len(crew.running) < ASKING_AT_ONCE + jobs:
                key, request = waiting.popleft()
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(silence.told(request), theirs, Path.cwd()), daemon=True)
                process.start()
                theirs.close()
                crew.running[ours] = _Child(key, process, time.monotonic())
            while crew.ready and len(crew.analyzing) < jobs:
                connection = crew.ready.popleft()
                crew.analyzing.add(connection)
                crew.running[connection].started = time.monotonic()
                _send(connection, None)
            for connection in cast("list[Connection]", wait(list(crew.running))):
                child = crew.running[connection]
                message = _receive(connection)
                match message:
                    case _Ready():
                        crew.ready.append(connection)
                    case _Progress():
                        progress(child.key, message.what, message.done, message.total)
                    case None:
                        result = _end(crew, connection)
                        silence.note(result)
                        yield child.key, result, time.monotonic() - child.started
                    case _:
                        child.result = message
    finally:
        for child in crew.running.values():
            child.process.kill()
        for child in crew.running.values():
            child.process.join()


def _slow_modules(requests: Iterable[Request]) -> list[str]:
    """Return the modules that every process would need a quarter of a second to load: HTTP clients."""
    transports = {source.partition(":")[0] for request in requests for source in request.sources}
    modules = {_SLOW.get(transport, "" if transport in SOURCES else _SLOW["registry"]) for transport in transports}
    return sorted(modules - {""})


def _receive(connection: Connection) -> Any:
    """Return the next message; None when the process has ended, or is about to."""
    try:
        return connection.recv()
    except (EOFError, OSError):
        return None


def _send(connection: Connection, message: object) -> None:
    with contextlib.suppress(OSError):  # it has ended; receiving from it tells
        connection.send(message)


def _end(crew: _Crew, connection: Connection) -> Result:
    child = crew.running.pop(connection)
    crew.analyzing.discard(connection)
    if connection in crew.ready:
        crew.ready.remove(connection)
    connection.close()
    child.process.join()
    if child.result is not None:
        return child.result
    status = child.process.exitcode
    if status < 0:
        ending = f"was ended by {_name_of(-status)}; the machine may have run out of memory"
    else:
        ending = f"ended with status {status} and no result"
    return Failed(attempts=(Attempt("bug", f"the process that analyzed the image {ending}"),))


def _name_of(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one of the real-time signals
        return f"signal {number}"


def _work(request: Request, connection: Connection, folder: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started us; it ends us
    os.chdir(folder)  # the server may have been started elsewhere
    told: dict[str, float] = {}

    def progress(what: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if done == total or now - told.get(what, 0.0) >= _PROGRESS_SECONDS:
            told[what] = now
            connection.send(_Progress(what, done, total))

    def wait_for_turn() -> None:
        connection.send(_Ready())
        connection.recv()

    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # nobody is there any more to be told
        connection.send(refresh(request, wait_for_turn, progress))
