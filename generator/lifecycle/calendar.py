"""The calendar of releases: one JSON file, checked when read. Shipped as `data.json`; the store may hold a newer one.

In: the file's bytes; out: frozen values. The facts are those of endoflife.date (MIT, see data.LICENSE.txt); the file
says since when. Nothing is computed from them here.
"""

import json
import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from generator.errors import StoreError

FILE_NAME: Final = "lifecycle.json"
"""The file in the store that takes the place of the shipped one."""
LICENCE: Final = "MIT, copyright 2020 endoflife.date contributors"

_SHIPPED: Final = Path(__file__).with_name("data.json")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")

End = str | bool | None
"""A date (YYYY-MM-DD); True: over, date not known; False: not over, no date announced; None: no such phase."""


class Release(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One release and when it is no longer looked after."""

    codename: str = ""
    released: str | None = None
    active_until: End = None
    """End of the phase in which it also gets more than fixes."""
    ends: End
    """End of life: the last day of regular support."""
    extended_until: End = None
    """End of what comes after regular support, for some or for a fee."""

    def __post_init__(self) -> None:
        for value in (self.released, self.active_until, self.ends, self.extended_until):
            if isinstance(value, str):
                _check_date(value)
        if self.ends is None:
            raise ValueError("a release must say whether it has ended")


class Product(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One distribution; releases by name, newest first."""

    title: str
    policy: str = ""
    """Where the distribution itself says how long it looks after a release."""
    releases: dict[str, Release]


class Calendar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that is known, by endoflife.date's names of products."""

    schema_version: int
    source: str
    licence: str
    as_of: str
    """The day on which the facts were taken from the source."""
    products: dict[str, Product]

    def __post_init__(self) -> None:
        if self.schema_version != 1:
            raise ValueError("only version 1 is known")
        _check_date(self.as_of)


def decode(content: bytes, path: str) -> Calendar:
    """Read a calendar; raises StoreError naming `path` when anything in it is not as it must be."""
    try:
        return msgspec.json.decode(content, type=Calendar)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise StoreError(path=path, reason=f"not a calendar of releases: {err}") from err


def encode(calendar: Calendar) -> bytes:
    """Write a calendar: products by name, releases newest first, one to a line, so that a change can be read."""
    plain: dict[str, Any] = msgspec.to_builtins(calendar)
    products = plain.pop("products")
    lines = [f"  {_json(key)}: {_json(value)}," for key, value in plain.items()]
    blocks = []
    for name, product in sorted(products.items()):
        releases = product.pop("releases")
        ordered = sorted(releases.items(), key=lambda one: (one[1].get("released") or "", one[0]), reverse=True)
        inner = [f"      {_json(key)}: {_json(value)}," for key, value in product.items()]
        rows = ",\n".join(f"        {_json(cycle)}: {_json(release)}" for cycle, release in ordered)
        blocks.append("\n".join([f"    {_json(name)}: {{", *inner, f'      "releases": {{\n{rows}\n      }}\n    }}']))
    return "\n".join(["{", *lines, '  "products": {', ",\n".join(blocks), "  }", "}", ""]).encode()


@cache
def shipped() -> Calendar:
    """Return the calendar that comes with this version of the program."""
    return decode(_SHIPPED.read_bytes(), _SHIPPED.name)


def place(store: Path) -> Path:
    """Return where the store keeps its calendar."""
    return store / FILE_NAME


def load(store: Path) -> Calendar:
    """Return the store's calendar where it has one, else the shipped one. Raises StoreError when it is damaged."""
    path = place(store)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return shipped()
    except OSError as err:
        raise StoreError(path=str(path), reason=f"cannot be read: {err.strerror or err}") from err
    return decode(content, str(path))


def changes(old: Calendar, new: Calendar) -> tuple[str, ...]:
    """Tell in a line each what `new` says otherwise than `old`, by product and release."""
    lines = []
    for name in sorted(old.products.keys() | new.products.keys()):
        before, after = _releases(old, name), _releases(new, name)
        for cycle in [*after, *(one for one in before if one not in after)]:
            if cycle not in before:
                lines.append(f"{name} {cycle}: new, {_words(after[cycle].ends)}")
            elif cycle not in after:
                lines.append(f"{name} {cycle}: gone")
            elif before[cycle] != after[cycle]:
                lines.append(f"{name} {cycle}: {_difference(before[cycle], after[cycle])}")
    return tuple(lines)


def _releases(calendar: Calendar, name: str) -> dict[str, Release]:
    product = calendar.products.get(name)
    return product.releases if product else {}


def _difference(before: Release, after: Release) -> str:
    if before.ends != after.ends:
        return f"{_words(after.ends)}, was: {_words(before.ends)}"
    changed = [one for one in Release.__struct_fields__ if getattr(before, one) != getattr(after, one)]
    return "differs in " + ", ".join(one.replace("_", " ") for one in changed)


def _words(end: End) -> str:
    if isinstance(end, str):
        return f"ends {end}"
    return "ended" if end else "no end announced"


def _check_date(value: str) -> None:
    if not _DATE.fullmatch(value):
        raise ValueError("a date must be written YYYY-MM-DD")
    date.fromisoformat(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
