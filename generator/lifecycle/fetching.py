"""Asking for a newer calendar: endoflife.date's API (version 1) or a file, checked, out as a Calendar.

Only the products that rules need are asked for, one small request each, and whatever else an answer holds is dropped.
All or nothing: one product that is missing or cannot be read ends the whole. Schema: endoflife.date/docs/api/v1.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
import requests

from generator import __version__, asking
from generator.errors import InvalidCalendar, SourceUnreachable, StoreError, UsageError
from generator.lifecycle.calendar import LICENCE, Calendar, End, Product, Release, decode
from generator.lifecycle.rules import PRODUCTS
from generator.limits import MIB

API: Final = "https://endoflife.date/api/v1"
LARGEST_ANSWER: Final = 4 * MIB
"""Bytes of one product's answer, or of a file: hundreds of times what they have."""


def read(origin: str, today: str) -> Calendar:
    """Return the calendar of a file or an API's address; `today` dates what an API says.

    Raises UsageError, SourceUnreachable, or InvalidCalendar when an answer is not what it must be.
    """
    if "://" in origin:
        return _from_api(origin.rstrip("/"), today)
    path = Path(origin)
    try:
        if path.stat().st_size > LARGEST_ANSWER:
            raise InvalidCalendar(where=origin, reason=f"more than {LARGEST_ANSWER} bytes")
        calendar = decode(path.read_bytes(), origin)
    except OSError as err:
        raise UsageError(problem=f"{origin} cannot be read: {err.strerror or err}") from err
    except StoreError as err:
        raise InvalidCalendar(where=origin, reason=str(err.values["reason"])) from err
    _check_complete(calendar.products, origin)
    return calendar


def _from_api(base: str, today: str) -> Calendar:
    asking.check_address(base)
    products = {}
    with requests.Session() as session:
        session.headers.update({"Accept": "application/json", "User-Agent": f"basedex/{__version__}"})
        for name in sorted(PRODUCTS):
            address = f"{base}/products/{name}/"
            products[name] = _product(_get(session, address), address)
    return Calendar(schema_version=1, source=_site(base), licence=LICENCE, as_of=today, products=products)


def _get(session: requests.Session, address: str) -> bytes:
    """Return an answer's body, bounded. The one use of the network."""

    def refusal(reason: str) -> InvalidCalendar:
        return InvalidCalendar(where=address, reason=reason)

    with asking.answer_of(session, address, refusal) as answer:
        asking.check_ok(answer, address)
        try:
            return _bounded(answer, address)
        except requests.RequestException as err:
            raise SourceUnreachable(source=address, reason=asking.cause(err), temporary=True) from err


def _bounded(answer: requests.Response, address: str) -> bytes:
    content = bytearray()
    for piece in answer.iter_content(65536):
        content += piece
        if len(content) > LARGEST_ANSWER:
            raise InvalidCalendar(where=address, reason=f"more than {LARGEST_ANSWER} bytes")
    return bytes(content)


# The API's answers: the fields that are used, all others ignored


class _ApiRelease(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    is_eol: bool
    release_date: str | None = None
    codename: str | None = None
    eol_from: str | None = None
    is_eoas: bool | None = None
    eoas_from: str | None = None
    is_eoes: bool | None = None
    eoes_from: str | None = None


class _ApiLinks(msgspec.Struct, frozen=True, rename="camel"):
    release_policy: str | None = None


class _ApiProduct(msgspec.Struct, frozen=True):
    name: str
    label: str
    releases: list[_ApiRelease]
    links: _ApiLinks = _ApiLinks()


class _ApiAnswer(msgspec.Struct, frozen=True):
    schema_version: str
    result: _ApiProduct


def _product(content: bytes, address: str) -> Product:
    try:
        answer = msgspec.json.decode(content, type=_ApiAnswer)
        if not answer.schema_version.startswith("1."):
            raise ValueError(f"version {answer.schema_version} of the API's schema, not 1")
        product = answer.result
        return Product(
            title=product.label,
            policy=product.links.release_policy or "",
            releases={one.name: _release(one) for one in product.releases},
        )
    except (ValueError, RecursionError) as err:  # msgspec's errors are ValueErrors
        raise InvalidCalendar(where=address, reason=str(err)) from err


def _release(one: _ApiRelease) -> Release:
    return Release(
        codename=one.codename or "",
        released=one.release_date,
        active_until=_end(one.eoas_from, one.is_eoas),
        ends=_end(one.eol_from, one.is_eol),
        extended_until=_end(one.eoes_from, one.is_eoes),
    )


def _end(since: str | None, is_over: bool | None) -> End:
    return since if since is not None else is_over


# Checks


def _check_complete(names: Iterable[str], origin: str) -> None:
    missing = sorted(PRODUCTS.difference(names))
    if missing:
        raise InvalidCalendar(where=origin, reason=f"it lacks {', '.join(missing)}")


def _site(base: str) -> str:
    parts = urlsplit(base)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}/"
