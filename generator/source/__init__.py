"""Where images come from: one module a transport, all of them listed here.

`transport:details` names an image; without a transport it is a registry reference.
"""

from contextlib import AbstractContextManager
from typing import Final

from generator.oci.platform import Platform
from generator.source.base import Opened, Source, Surroundings

SOURCES: Final[tuple[Source, ...]] = ()

_BY_TRANSPORT: Final = {source.transport: source for source in SOURCES}


def _split(source: str) -> tuple[Source, str]:
    transport, colon, details = source.partition(":")
    if colon and transport in _BY_TRANSPORT:
        return _BY_TRANSPORT[transport], details
    return _BY_TRANSPORT["registry"], source


def check_source(source: str) -> None:
    """Raise UsageError when `source` cannot mean anything; touches nothing outside."""
    transport, details = _split(source)
    transport.check(details)


def fingerprint_source(source: str, platform: Platform, surroundings: Surroundings) -> str | None:
    """Return a token that changes whenever the image may have changed, cheaply, or None."""
    transport, details = _split(source)
    return transport.fingerprint(details, platform, surroundings)


def open_source(source: str, platform: Platform, surroundings: Surroundings) -> AbstractContextManager[Opened]:
    """Find `source`'s image for `platform`."""
    transport, details = _split(source)
    return transport.open(details, platform, surroundings)
