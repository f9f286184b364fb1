"""Measuring whole processes: wall time and peak memory, as the kernel counts them.

This process stays small on purpose: a child starts out in the memory of its parent (vfork), so no peak can be
measured that is smaller than the parent's own.
"""

import ctypes
import os
import resource
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


class MeasuredFailure(Exception):
    """A measured process did not do its work."""


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    seconds: float
    cpu_seconds: float
    """Of all its threads and children together: what a busy machine does not change much."""
    peak_size: int
    """Bytes of resident memory at the most."""


def run(command: Sequence[str | Path], *, folder: Path | None = None, statuses: tuple[int, ...] = (0,)) -> Cost:
    """Run a process to its end and return what it took; raises MeasuredFailure with its last words."""
    with Path(os.devnull).open("w") as nowhere:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=nowhere, stderr=subprocess.PIPE, env=environment()
        )
        assert process.stderr
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode not in statuses:
        last_words = said.decode(errors="replace")[-2000:]
        raise MeasuredFailure(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{last_words}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def run_tree(command: Sequence[str | Path], *, folder: Path | None = None) -> tuple[Cost, float]:
    """Run a process and all that it starts; return what they took together, and the time of day at which it began.

    Memory is the sum of what each holds alone and its share of what it holds with others (PSS), looked at every
    0.3 s. Time counts processes that outlive the one that started them, too, so they are waited for. Linux only.
    """
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began, started = time.time(), time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env=environment(),
    ) as process:  # fmt: skip
        peaks = [0]
        ended = threading.Event()
        watch = threading.Thread(target=_watch, args=(process.pid, peaks, ended))
        watch.start()
        assert process.stderr
        said = process.stderr.read()
        status = process.wait()
        seconds = time.perf_counter() - started
        ended.set()
        watch.join()
    with suppress(ChildProcessError):
        while True:
            os.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if status:
        last_words = said.decode(errors="replace")[-2000:]
        raise MeasuredFailure(f"{' '.join(map(str, command))} ended with {status}:\n{last_words}")
    cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(seconds, cpu_seconds, max(peaks)), began


_PR_SET_CHILD_SUBREAPER = 36


def _watch(pid: int, peaks: list[int], ended: threading.Event) -> None:
    while not ended.wait(0.3):
        peaks[0] = max(peaks[0], sum(_proportional_size(one) for one in (pid, *_descendants(pid))))


def _descendants(pid: int) -> Iterator[int]:
    with suppress(OSError, ValueError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                yield int(child)
                yield from _descendants(int(child))


def _proportional_size(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def environment() -> Mapping[str, str]:
    """Return the environment of measured processes: no colours, no bars; modules are compiled once, as for users."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "NO_COLOR": "1", "TERM": "dumb"}


def floor(blobs: Sequence[tuple[Path, str, str]]) -> Cost:
    """Return what the honest floor takes over layers given as (blob, digest, diff_id).

    `openssl sha256` of the blob, then `igzip -dc` of it into `openssl sha256`, layer after layer. Both results are
    compared with what the image says, so that the floor has done the work it stands for.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    for blob, digest, diff_id in blobs:
        stored = subprocess.run(["openssl", "sha256", "-r", blob], capture_output=True, check=True).stdout
        with subprocess.Popen(["igzip", "-dc", blob], stdout=subprocess.PIPE) as inflate:
            unpacked = subprocess.run(
                ["openssl", "sha256", "-r"], stdin=inflate.stdout, capture_output=True, check=True
            ).stdout
        if (_hex(stored), _hex(unpacked)) != (digest.removeprefix("sha256:"), diff_id.removeprefix("sha256:")):
            raise MeasuredFailure(f"{blob}: the digests are not those of the image")
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 0)


def _hex(openssl_line: bytes) -> str:
    return openssl_line.split()[0].decode()
