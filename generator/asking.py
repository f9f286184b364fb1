"""Asking a publisher for facts that are then believed: dates, advisories. An address in, an answer out.

https anywhere and http on this machine alone, so that nobody changes them on the way; redirects only on the same host.
What an answer holds is not looked at here, and its body not read.
"""

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Final
from urllib.parse import urljoin, urlsplit

import requests

from generator.errors import ContentError, SourceUnreachable, UsageError

REDIRECTS: Final = 3
PATIENCE: Final = (10, 30)
"""Seconds for a connection, and for each piece of an answer."""


def check_address(address: str) -> None:
    """Raise UsageError for an address that is not asked."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError as err:
        raise UsageError(problem=f"{address} is not an address: {err}") from err
    if parts.username is not None:
        raise UsageError(problem=f"the address of {host} has a login in it, which belongs in ~/.netrc")
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))):
        raise UsageError(problem=f"{address} is not an https:// address")


def answer_of(
    session: requests.Session,
    address: str,
    refusal: Callable[[str], ContentError],
    conditions: Mapping[str, str] | None = None,
) -> requests.Response:
    """Return an answer that is no redirect, of whatever status. Its body has not been read; whoever gets it closes it.

    `refusal` makes the error, of a reason, for redirects to another host and for too many of them. Raises
    SourceUnreachable where nobody answers.
    """
    origin, asked = urlsplit(address)[:2], address
    try:
        for _ in range(REDIRECTS + 1):
            answer = session.get(asked, headers=conditions, timeout=PATIENCE, stream=True, allow_redirects=False)
            if not answer.is_redirect:
                return answer
            answer.close()
            asked = urljoin(asked, answer.headers["Location"])
            if urlsplit(asked)[:2] != origin:
                raise refusal(f"it leads elsewhere: {_without_login(asked)}")
    except (requests.RequestException, ValueError) as err:  # ValueError: a Location that is no address
        raise SourceUnreachable(source=address, reason=cause(err), temporary=True) from err
    raise refusal(f"more than {REDIRECTS} redirects")


def check_ok(answer: requests.Response, address: str) -> None:
    """Raise SourceUnreachable for every status but 200; trying again may help with those from 429 on."""
    if answer.status_code != requests.codes.ok:
        reason = f"HTTP {answer.status_code} {answer.reason}"
        raise SourceUnreachable(source=address, reason=reason, temporary=answer.status_code >= 429)


def cause(err: BaseException) -> str:
    """Return what an error came from in the end, in a few words."""
    while (inner := err.__cause__ or err.__context__) is not None:
        err = inner
    return getattr(err, "strerror", None) or str(err) or type(err).__name__


def _without_login(address: str) -> str:
    """Return an address as it may be told: logins are nobody's business, nor are the words of signed addresses."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
