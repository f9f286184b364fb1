"""What a registry's unwelcome answer says: its status, the error in its body, how long it asks us to wait.

Follows the OCI distribution specification 1.1 ("Error Codes") and RFC 9110 section 10.2.3 (Retry-After). The texts
are the registry's own: raw, for `errors` to escape and shorten.
"""

import http
import re
from email.utils import parsedate_to_datetime

import msgspec

from generator.errors import ContentError
from generator.oci.documents import decode_json


class _ErrorEntry(msgspec.Struct, frozen=True):
    code: str = ""
    message: str | None = ""


class _ErrorAnswer(msgspec.Struct, frozen=True):
    errors: list[_ErrorEntry] = []


def told_by(content: bytes) -> str:
    """Return what a body says, as an addition to a sentence: the specification's error, or its text."""
    try:
        entries = decode_json(content, _ErrorAnswer, where="error").errors
        told = "; ".join(": ".join(filter(None, (one.code, one.message))) for one in entries)
    except ContentError:
        told = ""
    told = told or re.sub(r"\s+", " ", content.decode("utf-8", "surrogateescape")).strip()
    return f": {told}" if told else ""


def status_line(status: int) -> str:
    """Return a status with its phrase, where it has one."""
    try:
        return f"{status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def seconds_of(retry_after: str, date: str | None) -> float | None:
    """Read Retry-After: seconds, or a date, which counts from the registry's own clock."""
    text = retry_after.strip()
    if text.isdecimal() and text.isascii():
        return float(text[:12])
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(date or "")
        return max(0.0, wait.total_seconds())
    except (ValueError, TypeError):
        return None
