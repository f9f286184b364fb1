"""Blobs from a registry into the cache: several at a time, continued after a cut, never partly visible.

A download that is cut goes on where it stopped (Range, RFC 9110 section 14), in this run or in a later one. What an
answer says about its own length and range is checked before its bytes are taken, and digest and size of all bytes
before the cache shows them.
"""

import logging
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, Self

from urllib3.response import BaseHTTPResponse

from generator.blob.cache import BlobCache, Partial
from generator.errors import ContentError, DigestMismatch, LayerNotAvailable, SizeMismatch, SourceError, SourceRefused
from generator.limits import CHUNK_SIZE
from generator.oci.digest import Digest
from generator.oci.documents import Descriptor
from generator.source.base import Progress
from generator.source.registry_client import Client

_log = logging.getLogger(__name__)

_RANGE: Final = re.compile(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19}|\*)\Z", re.ASCII)
_STEPS: Final = 20
"""A try that brings a twentieth of the blob is not counted as failed: large blobs over bad lines take many."""


class Downloads:
    """The layers of one image, on their way into the cache from the moment this context opens."""

    def __init__(self, client: Client, cache: BlobCache, progress: Progress, parallel: int) -> None:
        self._client = client
        self._cache = cache
        self._progress = progress
        self._threads = ThreadPoolExecutor(max(1, parallel), thread_name_prefix="download")
        self._started: dict[Digest, Future[None]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._threads.shutdown(wait=True, cancel_futures=True)
        try:
            self._cache.shrink()
        except OSError as err:  # the image has been read nevertheless
            _log.warning("%s", self._disk_error(err))

    def start(self, layer: Descriptor, where: str) -> None:
        """Fetch a layer in the background unless it is foreign, under way already or in the cache."""
        if not layer.is_foreign and layer.digest not in self._started:
            self._started[layer.digest] = self._threads.submit(self._fetch, layer, where)

    @contextmanager
    def open(self, layer: Descriptor, where: str) -> Iterator[Iterator[bytes]]:
        """Give a layer's bytes from the cache, as soon as all of them are there."""
        if layer.is_foreign:
            raise LayerNotAvailable(where=where, size=layer.size)
        self._started[layer.digest].result()
        file = self._cache.find(layer.digest)
        if file is None:  # another process needed the room
            self._fetch(layer, where)
            file = self._cache.find(layer.digest)
        if file is None:
            raise SourceError(source=where, reason="the blob cache is too small or is being emptied", temporary=True)
        with file:
            try:
                yield iter(lambda: file.read(CHUNK_SIZE), b"")
            except ContentError as err:
                if self._cache.is_damaged(layer.digest):
                    reason = "its copy in the cache was damaged on the disk, and has been removed"
                    raise SourceError(source=where, reason=reason, temporary=True) from err
                raise

    def _fetch(self, layer: Descriptor, where: str) -> None:
        try:
            cached = self._cache.find(layer.digest)
            if cached:
                cached.close()
                return
            with self._cache.receiving(layer.digest, self._client.rest) as partial:
                if partial:
                    self._complete(partial, layer, where)
        except OSError as err:
            raise self._disk_error(err) from err

    def _complete(self, partial: Partial, layer: Descriptor, where: str) -> None:
        """Collect what is missing. Bytes of several answers that do not fit together are fetched anew, once."""
        pieced = partial.size > 0
        renewed = False
        tries = 1
        while True:
            start = partial.size
            try:
                if start != layer.size:
                    self._receive(partial, layer, where)
                partial.keep(layer.size, where)
                return
            except DigestMismatch:
                if not pieced or renewed:
                    raise
                pieced, renewed = False, True
            except SourceError as err:
                pieced = partial.size > 0
                if (partial.size - start) * _STEPS > layer.size:
                    tries = 1
                self._client.wait_after(err, tries)
                tries += 1

    def _receive(self, partial: Partial, layer: Descriptor, where: str) -> None:
        """Take one answer's bytes; raises SourceError where trying again may help, ContentError where not."""
        if partial.size > layer.size:
            partial.restart()
        with self._client.blob(layer.digest, partial.size) as (answer, chunks):
            _place(partial, answer, layer.size, where)
            what = f"{where}: download"
            for chunk in chunks:
                if partial.size + len(chunk) > layer.size:
                    partial.restart()
                    raise SizeMismatch(blob=where, expected=layer.size, got="more")
                partial.write(chunk)
                self._progress(what, partial.size, layer.size)
            if partial.size < layer.size and not _is_whole(answer):
                raise SourceError(source=where, reason="the registry ended the answer early", temporary=True)

    def _disk_error(self, err: OSError) -> SourceError:
        return SourceError(source=self._client.source, reason=f"blob cache {self._cache.folder}: {err.strerror or err}")


def _place(partial: Partial, answer: BaseHTTPResponse, size: int, where: str) -> None:
    """See that an answer's bytes belong behind the collected ones, or forget the latter."""
    start = partial.size
    if answer.status == 200:
        partial.restart()
        declared = answer.headers.get("Content-Length") or ""
        if declared.isdecimal() and int(declared) != size:
            raise SizeMismatch(blob=where, expected=size, got=int(declared))
        return
    given = _RANGE.match(answer.headers.get("Content-Range") or "")
    fits = given and int(given[1]) == start and int(given[2]) < size and given[3] in ("*", str(size))
    if answer.status == 206 and fits:
        return
    partial.restart()
    raise SourceRefused(source=where, reason="the registry answered with another range than asked for", temporary=True)


def _is_whole(answer: BaseHTTPResponse) -> bool:
    """Tell whether an answer of 200 that has ended without an error was really all: its end was marked."""
    marked = "Content-Length" in answer.headers or "Transfer-Encoding" in answer.headers
    return answer.status == 200 and marked
