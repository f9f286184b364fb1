"""The gate: what images.yml asks of images, held against what is recorded. Documents in, verdicts and reports out."""

from collections.abc import Callable
from typing import Final

import msgspec

from generator.policy import junit, sarif
from generator.policy.verdict import Report

__all__ = ["FORMATS"]


def _json(report: Report) -> bytes:
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


FORMATS: Final[dict[str, Callable[[Report], bytes]]] = {
    "json": _json,
    "junit": junit.encode,
    "sarif": sarif.encode,
}
"""What a report can be written as for machines; `terminal` writes the one for people."""
