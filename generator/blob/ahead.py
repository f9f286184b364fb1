"""Reading ahead: an iterator runs in a thread of its own, a few items before its consumer.

Decompression and hashing give up the interpreter's lock, so two threads do them at the same time.
"""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypeVar, cast

T = TypeVar("T")
_END: Final = object()


@contextmanager
def read_ahead(items: Iterator[T], depth: int = 4) -> Iterator[Iterator[T]]:
    """Give an iterator of the same items, at most `depth` of them waiting; an exception comes through in its place.

    On leaving, the thread is stopped at its next item and waited for, and a generator is closed in its own thread.
    """
    waiting: queue.Queue[object] = queue.Queue(depth)
    stopped = threading.Event()
    failure: list[BaseException] = []

    def offer(item: object) -> bool:
        while not stopped.is_set():
            try:
                waiting.put(item, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False

    def produce() -> None:
        try:
            for item in items:
                if not offer(item):
                    break
        except BaseException as err:  # noqa: BLE001 - handed to the consumer, which raises it
            failure.append(err)
        finally:
            close = getattr(items, "close", None)
            if close:
                close()
            offer(_END)

    def consume() -> Iterator[T]:
        while (item := waiting.get()) is not _END:
            yield cast("T", item)
        if failure:
            raise failure[0]

    thread = threading.Thread(target=produce, name="read-ahead", daemon=True)
    thread.start()
    try:
        yield consume()
    finally:
        stopped.set()
        thread.join()
