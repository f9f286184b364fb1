"""One conversation with a registry about one repository: redirects, logins, second tries, and whole documents.

Follows the OCI distribution specification 1.1 (pulling) and RFC 9110. A request goes to the registry's own origin
with what proves who we are, and with nothing of the kind anywhere else. Documents are read within their limit, never
decoded, and checked against the digest they were asked for by. Raises SourceError or ContentError.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Self, TypeVar

from urllib3.response import BaseHTTPResponse
from urllib3.util import Url, parse_url

from generator.blob.verify import verified
from generator.errors import (
    ImageNotFound,
    LimitExceeded,
    SizeMismatch,
    SourceError,
    SourceRefused,
    SourceUnreachable,
    UnsafeAddress,
)
from generator.limits import KIB, MIB
from generator.oci.digest import Digest
from generator.oci.reference import DEFAULT_HOST, Reference
from generator.source.base import Surroundings
from generator.source.registry_address import Network, Reach, may_be_plain, origin_of, shown
from generator.source.registry_answer import seconds_of, status_line, told_by
from generator.source.registry_auth import TokenRequest, find_login, parse_challenges, read_token, token_request
from generator.source.registry_transport import Patience, Transport

HOPS: Final = 10
TOKEN_SIZE: Final = 1 * MIB
EXCERPT_SIZE: Final = 4 * KIB
DOCKER_IO: Final = "registry-1.docker.io"
"""Where the registry called docker.io really is."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_TEMPORARY: Final = frozenset({408, 429, 500, 502, 503, 504})

_log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Document:
    """A small document as the registry sent it."""

    content: bytes
    media_type: str
    """The Content-Type header's word for it, which may lie; empty without one."""
    digest_header: str
    """The Docker-Content-Digest header's word for it."""


class Client:
    """A conversation; usable from several threads."""

    def __init__(
        self, reference: Reference, source: str, surroundings: Surroundings, network: Network, patience: Patience
    ) -> None:
        host = DOCKER_IO if reference.host == DEFAULT_HOST else reference.host
        scheme = "http" if may_be_plain(host, surroundings.plain_http_hosts) else "https"
        self.source = source
        self._home = parse_url(f"{scheme}://{host}/v2/{reference.repository}/")
        self._reference = reference
        self._environment = surroundings.environment
        self._silent_hosts = surroundings.silent_hosts
        self._patience = patience
        self._reach = Reach(source, self._home, surroundings.plain_http_hosts, network)
        self._transport = Transport(self._reach, self._environment, patience, surroundings.parallel_downloads + 1)
        self._authorization = ""
        self._login_lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all requests, in every thread; those waited for end in a SourceError."""
        self._transport.close()

    # What is asked

    def digest_of_manifest(self, name: str, accept: str) -> str:
        """Ask what a tag points at, without its content; returns the header's word, empty when it says none."""

        def ask() -> str:
            with self._answer("HEAD", f"manifests/{name}", {"Accept": accept}) as (answer, url):
                if answer.status in (404, 405, 501):  # a GET will say more than a HEAD can
                    return ""
                self._expect(answer, url, f"manifest {name}", 200)
                return answer.headers.get("Docker-Content-Digest") or ""

        return self.patiently(ask)

    def document(
        self,
        path: str,
        *,
        what: str,
        limit: int,
        accept: str = "",
        digest: Digest | None = None,
        size: int | None = None,
    ) -> Document:
        """Fetch a manifest, index or configuration, whole; digest and size are checked where they are given."""
        if size is not None and size > limit:
            raise LimitExceeded(where=f"{self.source}: {what}", what="document size", limit=f"{limit} bytes")

        def fetch() -> Document:
            with self._answer("GET", path, {"Accept": accept} if accept else {}) as (answer, url):
                self._expect(answer, url, what, 200)
                content = self._whole(answer, url, what, limit, digest, size)
                media_type = (answer.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
                return Document(content, media_type, answer.headers.get("Docker-Content-Digest") or "")

        return self.patiently(fetch)

    @contextmanager
    def blob(self, digest: Digest, start: int) -> Iterator[tuple[BaseHTTPResponse, Iterator[bytes]]]:
        """Give an answer with a blob's bytes from `start`, or all of them (status 200), raw; one try.

        An answer of 416 comes through: there is nothing from `start` on.
        """
        headers = {"Range": f"bytes={start}-"} if start else {}
        with self._answer("GET", f"blobs/{digest}", headers) as (answer, url):
            self._expect(answer, url, f"blob {digest}", *((200, 206, 416) if start else (200,)))
            yield answer, self._transport.body(answer, url, blob=True)

    # Trying again

    def patiently(self, operation: Callable[[], T]) -> T:
        """Do something idempotent, again if it failed for now."""
        tries = 1
        while True:
            try:
                return operation()
            except SourceError as err:
                self.wait_after(err, tries)
            tries += 1

    def wait_after(self, err: SourceError, tries: int) -> None:
        """Wait as long as the registry asked for, or longer each time; raises `err` when there is no point."""
        wait = self._patience.first_wait_seconds * 2 ** (tries - 1)
        asked = err.values.get("retry_after")
        if isinstance(asked, int | float):
            wait = asked
        hopeless = not err.temporary or err.values.get("again") is False
        if hopeless or tries >= self._patience.tries or wait > self._patience.longest_wait_seconds:
            raise err
        self._transport.pause(wait)
        if self._transport.closed:
            raise err

    def rest(self) -> None:
        """Wait a moment for somebody else; raises SourceError when the conversation has been closed meanwhile."""
        self._transport.rest()

    # One exchange

    @contextmanager
    def _answer(self, method: str, path: str, headers: dict[str, str]) -> Iterator[tuple[BaseHTTPResponse, Url]]:
        """Give the answer to a request in our name, after at most one login."""
        target = self._home._replace(path=(self._home.path or "") + path)
        used = self._authorization
        answer, url = self._follow(method, target, headers | _header("Authorization", used))
        try:
            if answer.status == 401 and origin_of(url) == origin_of(self._home):
                challenge = answer.headers.get("WWW-Authenticate") or ""
                self._excerpt(answer, url)
                self._transport.finish(answer)
                self._log_in(challenge, used)
                answer, url = self._follow(method, target, headers | _header("Authorization", self._authorization))
            yield answer, url
        finally:
            self._transport.finish(answer)

    def _follow(
        self, method: str, url: Url, headers: Mapping[str, str], body: str | None = None
    ) -> tuple[BaseHTTPResponse, Url]:
        """Send a request and follow where it leads; what proves who we are stays at the first origin."""
        for _ in range(HOPS + 1):
            if reason := self._silent_hosts.get(url.netloc or ""):
                raise SourceUnreachable(source=self.source, reason=reason, again=False, temporary=True)
            answer = self._transport.send(method, url, headers, body)
            location = answer.headers.get("Location")
            if answer.status not in _REDIRECTS or not location:
                return answer, url
            try:
                self._excerpt(answer, url)
                target = self._reach.hop(url, location)
                if body is not None:
                    raise UnsafeAddress(source=self.source, address=shown(target), reason="a login does not follow")
            finally:
                self._transport.finish(answer)
            if origin_of(target) != origin_of(url):
                headers = {name: value for name, value in headers.items() if name != "Authorization"}
            url = target
        raise SourceRefused(source=self.source, reason=f"more than {HOPS} redirects, the last to {shown(url)}")

    def _log_in(self, header: str, used: str) -> None:
        """Answer a challenge: set what proves who we are. Threads that are challenged together log in once."""
        with self._login_lock:
            if self._authorization != used:
                return
            challenges = parse_challenges(header)
            bearer = next((one for one in challenges if one.scheme == "bearer" and one.parameters.get("realm")), None)
            basic = any(one.scheme == "basic" for one in challenges)
            if not bearer and not basic:
                raise self._refused(f"it asks for a login in a way that is not understood: {header or 'not at all'}")
            login = find_login(self._reference, self._environment)
            if bearer:
                realm = self._reach.hop(self._home, bearer.parameters["realm"])
                if login and realm.netloc != self._home.netloc:
                    _log.info("%s: the login goes to %s", self._reference.host, realm.netloc)
                request = token_request(bearer, realm, login, self._reference)
                self._authorization = "Bearer " + self._token(request, realm, with_login=bool(login))
            elif not login or login.identity_token:
                raise self._refused("it asks for a user name and password, and none is configured")
            elif used:
                raise self._refused("it does not accept the configured user name and password")
            else:
                self._authorization = login.basic

    def _token(self, request: TokenRequest, realm: Url, *, with_login: bool) -> str:
        answer, url = self._follow(request.method, realm._replace(query=request.query), request.headers, request.body)
        try:
            if answer.status in (400, 401, 403):
                said = self._excerpt(answer, url)
                whose = "does not accept the configured login" if with_login else "gives no token without a login"
                raise self._refused(f"{realm.netloc} {whose}{said}")
            self._expect(answer, url, f"token of {realm.netloc}", 200)
            token = read_token(self._whole(answer, url, "token", TOKEN_SIZE))
        finally:
            self._transport.finish(answer)
        if token is None:
            raise self._refused(f"{realm.netloc} answers without a token")
        return token

    # Reading answers

    def _whole(
        self,
        answer: BaseHTTPResponse,
        url: Url,
        what: str,
        limit: int,
        digest: Digest | None = None,
        size: int | None = None,
    ) -> bytes:
        where = f"{self.source}: {what}"
        declared = answer.headers.get("Content-Length") or ""
        if declared.isdecimal() and size is not None and int(declared) != size:
            raise SizeMismatch(blob=where, expected=size, got=int(declared))
        too_large = LimitExceeded(where=where, what="document size", limit=f"{limit} bytes")
        if declared.isdecimal() and int(declared) > limit:
            raise too_large
        content = bytearray()
        for chunk in verified(self._transport.body(answer, url), digest=digest, size=size, blob=where):
            content += chunk
            if len(content) > limit:
                raise too_large
        return bytes(content)

    def _expect(self, answer: BaseHTTPResponse, url: Url, what: str, *statuses: int) -> None:
        """Raise the SourceError for a status that is not one of `statuses`."""
        status = answer.status
        if status in statuses:
            return
        said = f"{what}: {status_line(status)}{self._excerpt(answer, url)}"
        if url.netloc != self._home.netloc:
            said = f"{said} (at {url.netloc})"
        if status == 404:
            raise ImageNotFound(source=self.source, reason=said)
        retry_after = answer.headers.get("Retry-After")
        seconds = seconds_of(retry_after, answer.headers.get("Date")) if retry_after else None
        if retry_after and status in _TEMPORARY:
            said = f"{said} (Retry-After: {retry_after})"
        if status == 401:
            said = f"{said}: the login is missing or not sufficient"
        raise self._refused(said, temporary=status in _TEMPORARY, retry_after=seconds)

    def _excerpt(self, answer: BaseHTTPResponse, url: Url) -> str:
        """Return what an answer's body begins with, as an addition to a sentence; errors escape and shorten it."""
        content = b""
        try:
            for chunk in self._transport.body(answer, url):
                content += chunk
                if len(content) >= EXCERPT_SIZE:
                    break
        except SourceError:
            pass  # what has arrived is enough
        return told_by(content[:EXCERPT_SIZE])

    def _refused(self, reason: str, *, temporary: bool = False, retry_after: float | None = None) -> SourceRefused:
        return SourceRefused(source=self.source, reason=reason, temporary=temporary, retry_after=retry_after)


def _header(name: str, value: str) -> dict[str, str]:
    return {name: value} if value else {}
