"""Work shared by processes: each goes through the same pieces in the same order, and makes those it comes to first.

Nothing but a number is shared: which piece is the next that nobody has. So every process must come to the same pieces
whatever the others do, and what a piece makes must not depend on who makes it.

Processes are started by multiprocessing's forkserver, so the work and its arguments must be picklable.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from generator.errors import PageError

T = TypeVar("T")

_METHOD: Final = "forkserver"


class Pieces:
    """The pieces of the work, counted as this process comes to them; without a shared number all are its own."""

    def __init__(self, shared: Any = None, is_wanted: Callable[[], bool] = lambda: True) -> None:
        self._shared = shared
        self._is_wanted = is_wanted
        self._passed = 0

    def mine(self) -> bool:
        """Come to the next piece, and tell whether this process makes it. Ends the process if nobody wants it."""
        if not self._is_wanted():
            raise SystemExit(1)
        self._passed += 1
        if self._shared is None:
            return True
        with self._shared.get_lock():
            if self._shared.value >= self._passed:
                return False
            self._shared.value = self._passed
        return True


def together(count: int, work: Callable[..., T], *arguments: Any) -> Sequence[T]:
    """Return what `work(pieces, *arguments)` returns in this process and in `count` − 1 others, this one's first.

    Raises what any of them raises, and PageError when one ends without a word; all others are ended then.
    """
    if count < 2:
        return (work(Pieces(), *arguments),)
    context = multiprocessing.get_context(_METHOD)
    context.set_forkserver_preload([__name__, work.__module__])
    shared = context.Value("l", 0)
    others = []
    try:
        for _ in range(count - 1):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, shared, Path.cwd(), work, arguments), daemon=True)
            process.start()
            theirs.close()
            others.append((ours, process))
        return (work(Pieces(shared), *arguments), *(cast("T", _result(ours)) for ours, _process in others))
    finally:
        for ours, process in others:
            process.kill()
            process.join()
            ours.close()


def _result(connection: Connection) -> Any:
    try:
        answer = connection.recv()
    except (EOFError, OSError) as err:
        reason = "a process that made pages was ended from outside; the machine may have run out of memory"
        raise PageError(page="all pages", reason=reason) from err
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _work(connection: Connection, shared: Any, folder: Path, work: Callable[..., Any], arguments: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started us; it ends us
    os.chdir(folder)  # the server may have been started elsewhere
    try:
        answer = work(Pieces(shared, lambda: not connection.poll()), *arguments)
    except Exception as err:  # noqa: BLE001 - whatever it is, it is raised where it is seen
        answer = err
    with suppress(BrokenPipeError, ConnectionResetError):  # nobody is there any more
        connection.send(answer)
