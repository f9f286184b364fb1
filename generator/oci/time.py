"""Dates in image documents (RFC 3339, config.md "created") → UTC text to the second, or why there is none."""

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

_DATE: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII
)  # fmt: skip
_FIRST_CREDIBLE_YEAR: Final = 1980


class Created(NamedTuple):
    """A date and, when there is none to show, why: "absent", "reproducible" or "unreadable"."""

    at: str | None
    note: str


def read_created(text: str | None) -> Created:
    """Read a creation date. Years before 1980 mean that a reproducible build set it to zero; year 1 is Go's "unset"."""
    if not text:
        return Created(None, "absent")
    match = _DATE.match(text)
    if not match:
        return Created(None, "unreadable")
    day, clock, zone = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if zone in 'Zz' else zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return Created(None, "absent" if day == "0001-01-01" else "unreadable")
    if moment.year < _FIRST_CREDIBLE_YEAR:
        return Created(None, "absent" if moment.year == 1 else "reproducible")
    return Created(moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "")
