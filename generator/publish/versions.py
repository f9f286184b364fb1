"""The versions of a published site: their names, which of them are kept, and the file that lists them.

The file is mike's `versions.json`, so that mike can be used beside us: its own class reads it, checks it and puts the
versions in order, newest first. Written with aliases in order, unlike there, so that the same list has the same bytes.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from mike.versions import Versions

from generator.errors import UsageError
from generator.publish.version import LATEST

FILE_NAME: Final = "versions.json"
_DATED: Final = re.compile(r"(\d{4}-\d{2})-(\d{2})(?:\.([1-9]\d*))?")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")


class Version(NamedTuple):
    """One entry of the list."""

    name: str
    title: str
    aliases: tuple[str, ...] = ()
    properties: Any = None


class Retention(NamedTuple):
    """How many dated versions are kept."""

    daily: int = 7
    """The newest of a day, for so many days on which there are versions."""
    monthly: int = 12
    """The newest of a month, for so many months in which there are versions."""


def read(content: bytes | None) -> tuple[Version, ...]:
    """Return the versions that the file lists, newest first; raises ValueError for what mike cannot read."""
    if content is None:
        return ()
    try:
        found = Versions.loads(content.decode())
        return tuple(Version(str(one.version), one.title, tuple(sorted(one.aliases)), one.properties) for one in found)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as err:
        raise ValueError(f"{FILE_NAME} is not a list of versions as mike writes it: {err!r}") from err


def encode(versions: Iterable[Version]) -> bytes:
    """Return the file, the newest version first."""
    by_name = {one.name: one for one in versions}
    ordered = Versions.from_json([_entry(one) for one in by_name.values()])
    entries = [_entry(by_name[str(one.version)]) for one in ordered]
    return (json.dumps(entries, indent=2) + "\n").encode()


def latest(versions: Iterable[Version]) -> Version | None:
    """Return the version that `latest/` stands for."""
    return next((one for one in versions if LATEST in one.aliases), None)


def with_newest(versions: Sequence[Version], name: str) -> tuple[Version, ...]:
    """Return the versions with `name` among them, which `latest/` stands for from now on."""
    everyone = [one._replace(aliases=tuple(x for x in one.aliases if x != LATEST)) for one in versions]
    newest = next((one for one in everyone if one.name == name), Version(name, name))
    return (newest._replace(aliases=(*newest.aliases, LATEST)), *(one for one in everyone if one.name != name))


def free_name(today: str, taken: Iterable[str]) -> str:
    """Return a name for a version of this day, `taken` being names that exist: the day, or with .2, .3 … after it."""
    numbers = [int(match[3] or 1) for name in taken if (match := _DATED.fullmatch(name)) and name[:10] == today]
    return f"{today}.{max(numbers) + 1}" if numbers else today


def check_name(name: str, reserved: Iterable[str] = ()) -> None:
    """Raise UsageError for a name that cannot be a version's folder."""
    if not _NAME.fullmatch(name):
        rule = "it has letters, digits and . _ + -, and a letter or digit first"
        raise UsageError(problem=f"“{name}” cannot be the name of a version: {rule}")
    if name in reserved:
        raise UsageError(problem=f"“{name}” cannot be the name of a version: another place of the site has it")


def superseded(versions: Iterable[Version], retention: Retention) -> tuple[str, ...]:
    """Return the names of versions that need not be kept any longer, the newest first.

    Only versions with a day for a name are ever among them, and none that has an alias: those somebody wanted.
    """
    dated = [(match, one) for one in versions if (match := _DATED.fullmatch(one.name))]
    dated.sort(key=lambda pair: (pair[0][1], pair[0][2], int(pair[0][3] or 1)), reverse=True)
    days: set[str] = set()
    months: set[str] = set()
    going = []
    for match, one in dated:
        kept = bool(one.aliases)
        for seen, period, most in ((days, one.name[:10], retention.daily), (months, match[1], retention.monthly)):
            if period not in seen and len(seen) < most:
                seen.add(period)
                kept = True
        if not kept:
            going.append(one.name)
    return tuple(going)


def _entry(version: Version) -> dict[str, Any]:
    entry = {"version": version.name, "title": version.title, "aliases": sorted(version.aliases)}
    return entry | ({"properties": version.properties} if version.properties else {})
