"""Verification: no wrong byte passes as right."""

import hashlib
import time
from collections.abc import Iterator

import pytest

from generator.blob.ahead import read_ahead
from generator.blob.verify import Meter, verified
from generator.errors import DigestMismatch, SizeMismatch
from generator.oci.digest import Digest, digest_of


def test_right_bytes_pass() -> None:
    """Bytes with the promised digest and size come through, for each registered algorithm."""
    for digest in (digest_of(b"abcd"), Digest("sha512:" + hashlib.sha512(b"abcd").hexdigest()), None):
        assert b"".join(verified(iter([b"ab", b"cd"]), digest=digest, size=4, blob="x")) == b"abcd"


def test_one_flipped_bit() -> None:
    """A blob of the right size with one wrong bit is refused, naming both digests."""
    with pytest.raises(DigestMismatch) as caught:
        list(verified(iter([b"abce"]), digest=digest_of(b"abcd"), size=4, blob="layer 2"))
    assert digest_of(b"abcd") in str(caught.value)
    assert digest_of(b"abce") in str(caught.value)
    assert "layer 2" in str(caught.value)


def test_too_short_and_too_long() -> None:
    """A blob that is shorter or longer than said is refused; a longer one is not read on."""
    with pytest.raises(SizeMismatch):
        list(verified(iter([b"abc"]), digest=None, size=4, blob="x"))
    rest = iter([b"abcd", b"e", b"f"])
    with pytest.raises(SizeMismatch):
        list(verified(rest, digest=None, size=4, blob="x"))
    assert list(rest) == [b"f"]


def test_a_meter_sees_everything() -> None:
    """Size and digest are those of all that passed."""
    meter = Meter()
    assert list(meter.watch(iter([b"a", b"bc"]))) == [b"a", b"bc"]
    assert (meter.size, meter.digest) == (3, digest_of(b"abc"))


def test_reading_ahead_keeps_order_and_errors() -> None:
    """Items come in order, and the producer's exception comes in its place."""

    def items() -> Iterator[int]:
        yield from range(20)
        raise SizeMismatch(blob="x", expected=1, got=2)

    seen: list[int] = []
    with pytest.raises(SizeMismatch), read_ahead(items()) as ahead:
        seen.extend(ahead)
    assert seen == list(range(20))


def test_leaving_early_stops_the_thread() -> None:
    """A consumer that stops early does not wait for an endless producer, whose generator is closed."""
    closed = []

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.append(True)

    started = time.monotonic()
    with read_ahead(endless()) as ahead:
        next(ahead)
    assert closed == [True]
    assert time.monotonic() - started < 2
