"""Images refreshed in processes of their own: what comes back, and what one image's end does to the others."""

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from generator.analysis import codec
from generator.limits import Limits
from generator.oci.platform import Platform
from generator.refresh import (
    ASKING_AT_ONCE,
    Attempt,
    Failed,
    Made,
    Request,
    Result,
    Silence,
    Unchanged,
    refresh,
    refresh_all,
)
from generator.source import fingerprint_source
from generator.source.base import Progress, Surroundings, silent
from tests import builders


@pytest.fixture
def layout(tmp_path: Path) -> str:
    """Give a source: an OCI layout with one small image."""
    built = builders.image([builders.tar([builders.file("hello", b"hello")])])
    return f"oci:{builders.write_layout(tmp_path / 'layout', built)}"


@pytest.fixture
def silent_registry() -> Iterator[str]:
    """Give a registry source that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}/base"


def request(*sources: str, cache: Path, known: dict[str, str] | None = None, limits: Limits | None = None) -> Request:
    """Make a request for linux/amd64."""
    return Request(
        sources=sources,
        platform=Platform(),
        known=known or {},
        surroundings=Surroundings(cache_folder=cache),
        limits=limits or Limits(),
    )


def answers(*requests: Request, jobs: int = 2) -> list[Result]:
    """Refresh all of `requests` in processes and return their results, in their order."""
    found = {key: result for key, result, _ in refresh_all(dict(enumerate(requests)), jobs=jobs, progress=ignore)}
    return [found[number] for number in range(len(requests))]


def ignore(key: int, what: str, done: int, total: int | None) -> None:
    """Be told of progress and do nothing."""


def here(one: Request, progress: Progress = silent) -> Result:
    """Refresh in this process, without waiting for a turn."""
    return refresh(one, lambda: None, progress)


def test_a_document_is_made_of_an_image(layout: str, tmp_path: Path) -> None:
    """What comes back from the process is the document, encoded, and what the source knew beside it."""
    (made,) = answers(request(layout, cache=tmp_path))
    assert isinstance(made, Made)
    document = codec.decode(made.content, path="here")
    assert document.subject == made.subject == document.identity.digest
    assert made.source == layout
    assert made.facts["resolved_digest"] == made.subject
    assert made.read_size == sum(layer.compressed_size or 0 for layer in document.layers) > 0


def test_a_known_fingerprint_ends_the_work(layout: str, tmp_path: Path) -> None:
    """An image whose source still has the known fingerprint is not read: its blobs may be gone."""
    fingerprint = fingerprint_source(layout, Platform(), Surroundings(cache_folder=tmp_path))
    assert fingerprint
    for blob in (tmp_path / "layout" / "blobs" / "sha256").iterdir():
        blob.unlink()
    known, unknown = answers(
        request(layout, cache=tmp_path, known={layout: fingerprint}),
        request(layout, cache=tmp_path, known={layout: "sha256:other"}),
    )
    assert known == Unchanged(attempts=())
    assert isinstance(unknown, Failed)


def test_sources_are_tried_in_order(layout: str, tmp_path: Path) -> None:
    """The first that answers wins; each one before it leaves a sentence and its error's slug."""
    made, failed = answers(
        request("oci:/nowhere/a", "rootfs:/nowhere/b", layout, cache=tmp_path), request("oci:/nowhere", cache=tmp_path)
    )
    assert isinstance(made, Made)
    assert made.source == layout
    assert [attempt.slug for attempt in made.attempts] == ["image-not-found", "image-not-found"]
    assert [attempt.sentence.split()[0] for attempt in made.attempts] == ["oci:/nowhere/a:", "rootfs:/nowhere/b:"]
    assert isinstance(failed, Failed)
    assert len(failed.attempts) == 1


def test_limits_reach_the_analysis(layout: str, tmp_path: Path) -> None:
    """What images.yml allows is what the process allows."""
    (failed,) = answers(request(layout, cache=tmp_path, limits=Limits(unpacked_size=100)))
    assert isinstance(failed, Failed)
    assert failed.attempts[0].slug == "limit-exceeded"


def test_a_mistake_of_ours_is_told_by_type_and_place(layout: str, tmp_path: Path) -> None:
    """An exception that nobody foresaw costs its source only, and its traceback is kept for who asks."""
    broken: str = 7  # type: ignore[assignment]
    made = here(request(broken, layout, cache=tmp_path))
    assert isinstance(made, Made)
    (attempt,) = made.attempts
    assert attempt.slug == "bug"
    assert attempt.sentence.startswith("7: AttributeError at __init__.py:")
    assert "Traceback" in attempt.traceback


def test_an_image_that_takes_its_process_down_takes_nothing_else(
    layout: str, silent_registry: str, tmp_path: Path
) -> None:
    """A process that is killed (out of memory, say) fails its own image, with the signal's name; the other is made."""
    requests = {"hangs": request(silent_registry, cache=tmp_path), "works": request(layout, cache=tmp_path)}
    found: dict[str, Result] = {}
    for key, result, _ in refresh_all(requests, jobs=1, progress=lambda *_: None):
        found[key] = result
        if key == "works":
            (hanging,) = multiprocessing.active_children()
            assert hanging.pid
            os.kill(hanging.pid, signal.SIGKILL)
    assert isinstance(found["works"], Made)
    failed = found["hangs"]
    assert isinstance(failed, Failed)
    assert "ended by SIGKILL" in failed.attempts[0].sentence


def test_closing_ends_all_processes(silent_registry: str, tmp_path: Path) -> None:
    """Whoever stops listening (Ctrl-C) leaves no process behind, even one that waits for a network."""
    started = time.monotonic()

    def interrupt() -> None:
        while not multiprocessing.active_children():
            time.sleep(0.01)
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with (
        pytest.raises(KeyboardInterrupt),
        closing(refresh_all({1: request(silent_registry, cache=tmp_path)}, jobs=1, progress=ignore)) as results,
    ):
        next(results)
    assert multiprocessing.active_children() == []
    assert time.monotonic() - started < 20


def test_many_images_share_few_jobs(tmp_path: Path) -> None:
    """More images than processes and turns: each is made, once."""
    sources = []
    for number in range(25):
        built = builders.image([builders.tar([builders.file("number", b"%d" % number)])])
        sources.append(f"oci:{builders.write_layout(tmp_path / str(number), built)}")
    results = answers(*(request(source, cache=tmp_path / "cache") for source in sources), jobs=2)
    made = [result for result in results if isinstance(result, Made)]
    assert [one.source for one in made] == sources
    assert len({one.subject for one in made}) == 25


def test_nothing_to_do_starts_nothing() -> None:
    """Without requests there are no results."""
    assert list(refresh_all({}, jobs=2, progress=lambda *_: None)) == []


def test_progress_is_told_with_the_image_it_belongs_to(layout: str, tmp_path: Path) -> None:
    """Bytes are reported by key, and the last report of a layer is all of it."""
    told: list[tuple[str, int, int | None]] = []
    requests = {"base": request(layout, cache=tmp_path)}
    for _ in refresh_all(requests, jobs=1, progress=lambda key, what, done, total: told.append((key, done, total))):
        pass
    assert {key for key, _, _ in told} == {"base"}
    assert told[-1][1] == told[-1][2]


@pytest.fixture
def closed_port() -> Iterator[str]:
    """Give `127.0.0.1:PORT` where nobody listens and, while the test runs, nobody else will."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


def test_a_host_that_cannot_be_reached_is_waited_for_once(closed_port: str, layout: str, tmp_path: Path) -> None:
    """Images asked about while a host is tried wait with the first; all later ones know, and say the same."""
    requests = {number: request(f"{closed_port}/image-{number}", cache=tmp_path) for number in range(24)}
    requests[24] = request(f"{closed_port}/image-24", f"{closed_port}/mirror", layout, cache=tmp_path)
    reasons, knocked = set(), set()
    for number, result, _ in refresh_all(requests, jobs=2, progress=ignore):
        assert isinstance(result, Made if number == 24 else Failed)
        reasons.add(result.attempts[0].sentence.replace(f"image-{number}", "image"))
        knocked |= {number for attempt in result.attempts if attempt.silent_host}
    assert reasons == {f"registry:{closed_port}/image cannot be reached: {closed_port}: Connection refused"}
    assert knocked == set(range(ASKING_AT_ONCE + 2))


def test_a_second_source_at_a_host_that_cannot_be_reached_is_not_waited_for(closed_port: str, tmp_path: Path) -> None:
    """Within one image the first attempt counts for all sources at that host; both are told."""
    (failed,) = answers(request(f"{closed_port}/one", f"{closed_port}/two", cache=tmp_path))
    assert [attempt.slug for attempt in failed.attempts] == ["source-unreachable"] * 2
    assert [bool(attempt.silent_host) for attempt in failed.attempts] == [True, False]


def test_what_is_known_of_a_host_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time a host is asked again: what was unreachable in the night may be back in the same build."""
    silence = Silence()
    silence.note(Failed(attempts=(Attempt("source-unreachable", "…", silent_host=("x.invalid", "down")),)))
    one = request("x.invalid/a", cache=tmp_path)
    assert silence.told(one).surroundings.silent_hosts == {"x.invalid": "down"}
    monkeypatch.setattr("generator.refresh.SILENT_SECONDS", 0)
    assert silence.told(one).surroundings.silent_hosts == {}
