"""Verification of streams: digest and size checked over every byte, to the very end.

The stream a verifier yields is to be trusted only once it has ended without an error: whoever stops early has
verified nothing, which is why `generator.tar` reads past the end of its archive.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from generator.errors import DigestMismatch, SizeMismatch
from generator.oci.digest import Digest, algorithm_of

if TYPE_CHECKING:
    from hashlib import _Hash


def verified(chunks: Iterator[bytes], *, digest: Digest | None, size: int | None, blob: str) -> Iterator[bytes]:
    """Yield `chunks`; raise SizeMismatch or DigestMismatch where they are not what was promised.

    A stream that is too long is stopped at once, not read on. None promises nothing.
    """
    hasher = hashlib.new(algorithm_of(digest)) if digest else None
    count = 0
    for chunk in chunks:
        count += len(chunk)
        if size is not None and count > size:
            raise SizeMismatch(blob=blob, expected=size, got=f"more ({count} so far)")
        if hasher:
            hasher.update(chunk)
        yield chunk
    if size is not None and count != size:
        raise SizeMismatch(blob=blob, expected=size, got=count)
    if hasher and digest and digest != (got := f"{hasher.name}:{hasher.hexdigest()}"):
        raise DigestMismatch(blob=blob, expected=digest, got=got)


@dataclass(slots=True)
class Meter:
    """Counts and hashes what passes; read it when the stream has ended."""

    size: int = 0
    _hasher: "_Hash" = field(default_factory=hashlib.sha256)

    def watch(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield `chunks`, counting and hashing each before it goes on."""
        for chunk in chunks:
            self.size += len(chunk)
            self._hasher.update(chunk)
            yield chunk

    @property
    def digest(self) -> Digest:
        """The sha256 of all that has passed."""
        return Digest("sha256:" + self._hasher.hexdigest())
