"""When each file of a folder of advisories was last asked for, and what its publisher calls that state of it.

`checked.json` in the folder: in and out of one small file. A file that came in another way is not in it.
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

import msgspec

from generator.advisories import osv
from generator.store import atomic

FILE_NAME: Final = "checked.json"


class Checked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of one file."""

    source: str
    """The address that was asked."""
    checked_on: str
    """YYYY-MM-DD, UTC: the last day on which its publisher gave it or said that it is still the newest."""
    digest: str = ""
    """sha256:HEX of the file that the words below belong to."""
    etag: str = ""
    """As the publisher wrote it; "" when it did not."""
    last_modified: str = ""
    is_mirror: bool = False
    """Whether it came from somebody else, who may have had it for long: it is as new as they say, not as of today."""


def load(folder: Path) -> dict[str, Checked]:
    """Return what is known, by the file's place in the folder; nothing when the note is missing or damaged."""
    try:
        return msgspec.json.decode((folder / FILE_NAME).read_bytes(), type=dict[str, Checked])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


def save(folder: Path, known: dict[str, Checked]) -> None:
    """Write the note anew; raises StoreError when it cannot."""
    content = msgspec.json.format(msgspec.json.encode(known, order="deterministic"), indent=1)
    atomic.write(folder / FILE_NAME, content + b"\n")


def days(folder: Path, digests: Mapping[str, str]) -> dict[str, str]:
    """Return the day of each file: when it was last known to be the newest.

    `digests` has the file's digest by its place; a file that somebody else has put there since has no day. What came
    from a mirror is as old as the mirror says, and has no day where it does not.
    """
    there = {name: _day(one) for name, one in load(folder).items() if digests.get(name) == one.digest}
    return {name: day for name, day in there.items() if day}


def _day(one: Checked) -> str:
    if not one.is_mirror:
        return one.checked_on if osv.day(one.checked_on) == one.checked_on else ""
    try:
        return parsedate_to_datetime(one.last_modified).strftime("%Y-%m-%d")
    except (ValueError, OverflowError):
        return ""
