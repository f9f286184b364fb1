"""HTTP as the registry client needs it: one request at a time, nothing followed, nothing decoded, all of it timed.

Bytes are handed on raw (`Accept-Encoding: identity`, and no decoding if a server does it anyway), since digests are
of raw bytes. Four clocks run: for connecting, for silence, for the headers as a whole, and for the body a least rate
or a whole time, because a server that sends a byte a second is never silent. Connections go to addresses that
`Reach` has passed. There are no cookies, no .netrc, and no proxy for loopback. Every failure is a SourceError.
"""

import http.client
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Final

import urllib3
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.response import BaseHTTPResponse
from urllib3.util import Timeout, Url, connection, make_headers, parse_url

from generator import __version__
from generator.errors import SourceUnreachable
from generator.limits import KIB
from generator.source.registry_address import Reach
from generator.source.registry_proxy import proxy_of

_CERTIFICATES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Where the environment may name a file of certificates to trust."""

READ_SIZE: Final = 128 * KIB
"""Bytes taken from the network at a time, at most."""

HEADERS: Final = {"User-Agent": f"basedex/{__version__}", "Accept-Encoding": "identity"}

# A hostile header would come out as a warning with a traceback; what is wrong with an answer is said in errors.
logging.getLogger("urllib3").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for what, and how often to ask."""

    connect_seconds: float = 10
    silence_seconds: float = 30
    """Between two pieces of an answer."""
    headers_seconds: float = 60
    document_seconds: float = 60
    """For a whole token, manifest or configuration."""
    blob_seconds: float = 6 * 3600
    least_rate: int = 1000
    """Bytes a second that a layer must bring, judged over every `rate_seconds`."""
    rate_seconds: float = 20
    tries: int = 3
    first_wait_seconds: float = 1
    """Before the second try; doubled each time."""
    longest_wait_seconds: float = 60
    """What a registry may ask us to wait; beyond that, the next build asks again."""
    sleep: Callable[[float], None] | None = None
    """Instead of waiting; tests give their own."""


class Transport:
    """Sends single requests for one conversation, from any thread."""

    def __init__(self, reach: Reach, environment: Mapping[str, str], patience: Patience, connections: int) -> None:
        self._reach = reach
        self._environment = environment
        self._patience = patience
        self._options: dict[str, Any] = {
            "maxsize": connections,
            "ssl_context": _tls(environment, reach.source),
            "timeout": Timeout(connect=patience.connect_seconds, read=patience.silence_seconds),
        }
        self._waiting: set[socket.socket] = set()
        self._direct = urllib3.PoolManager(**self._options)
        self._direct.pool_classes_by_scheme = self._pools(reach)
        self._proxies: dict[str, urllib3.ProxyManager] = {}
        self._lock = threading.Lock()
        self._answers: set[BaseHTTPResponse] = set()
        self._closed = threading.Event()

    def send(self, method: str, url: Url, headers: Mapping[str, str], body: str | None = None) -> BaseHTTPResponse:
        """Send one request and return the answer's head; `finish` it. Raises SourceError."""
        proxy = proxy_of(url, self._environment)
        manager = self._proxied(proxy) if proxy else self._direct
        if proxy:
            self._reach.check_behind_proxy(url)
        with self._network_errors(url):
            answer = manager.urlopen(
                method,
                url.url,
                headers={**HEADERS, **headers},
                body=body,
                preload_content=False,
                decode_content=False,
                redirect=False,
                retries=False,
            )
            if method == "HEAD":
                answer.read1(1)  # nothing, after which the connection may serve again
        with self._lock:
            self._answers.add(answer)
        return answer

    def body(self, answer: BaseHTTPResponse, url: Url, *, blob: bool = False) -> Iterator[bytes]:
        """Yield an answer's raw bytes as they come; SourceUnreachable when it is cut, silent or too slow."""
        patience = self._patience
        start = window_start = time.monotonic()
        window_size = 0
        while True:
            with self._network_errors(url):
                chunk = answer.read1(READ_SIZE, decode_content=False)
            if not chunk:
                return
            yield chunk
            now = time.monotonic()
            window_size += len(chunk)
            if now - start > (patience.blob_seconds if blob else patience.document_seconds):
                raise self._unreachable(url, "the answer takes too long")
            if blob and now - window_start > patience.rate_seconds:
                rate = window_size / (now - window_start)
                if rate < patience.least_rate:
                    raise self._unreachable(url, f"the answer comes too slowly (under {patience.least_rate} bytes/s)")
                window_start, window_size = now, 0

    def finish(self, answer: BaseHTTPResponse) -> None:
        """Be done with an answer; its connection is kept only when it was read to its end."""
        with self._lock:
            self._answers.discard(answer)
        answer.close()

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond `close`."""
        if self._patience.sleep:
            self._patience.sleep(seconds)
        else:
            self._closed.wait(seconds)

    def rest(self) -> None:
        """Wait a moment; raises SourceUnreachable after `close`."""
        if self._closed.wait(0.1):
            raise self._stopped()

    @property
    def closed(self) -> bool:
        """Whether `close` has been called: what fails now fails because of that."""
        return self._closed.is_set()

    def close(self) -> None:
        """End all that is under way, in every thread."""
        self._closed.set()
        for waiting in tuple(self._waiting):
            _shut(waiting)
        with self._lock:
            for answer in self._answers:
                try:
                    answer.shutdown()
                except (OSError, ValueError, RuntimeError):
                    continue  # it has ended by itself
        for manager in (self._direct, *self._proxies.values()):
            manager.clear()

    def _proxied(self, proxy: str) -> urllib3.ProxyManager:
        with self._lock:
            if proxy not in self._proxies:
                try:
                    address = parse_url(proxy if "://" in proxy else f"http://{proxy}")
                    headers = make_headers(proxy_basic_auth=address.auth) if address.auth else None
                    plain = address._replace(auth=None).url
                    manager = urllib3.ProxyManager(plain, proxy_headers=headers, **self._options)
                except (HTTPError, ValueError, AssertionError) as err:
                    reason = "the proxy in the environment is not an http:// or https:// address"
                    raise SourceUnreachable(source=self._reach.source, reason=reason) from err
                manager.pool_classes_by_scheme = self._pools(None)
                self._proxies[proxy] = manager
            return self._proxies[proxy]

    def _pools(self, reach: Reach | None) -> dict[str, Any]:
        rules = {"reach": reach, "headers_seconds": self._patience.headers_seconds, "waiting": self._waiting}
        plain = type("CarefulConnection", (_Careful,), rules)
        encrypted = type("CarefulTLSConnection", (_Careful, HTTPSConnection), rules)
        return {
            "http": type("CarefulPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("CarefulTLSPool", (HTTPSConnectionPool,), {"ConnectionCls": encrypted}),
        }

    @contextmanager
    def _network_errors(self, url: Url) -> Iterator[None]:
        if self.closed:
            raise self._stopped()
        try:
            yield
        except NameResolutionError as err:
            raise self._unreachable(url, "its name cannot be resolved", again=False, silent=True) from err
        except SSLError as err:
            raise self._unreachable(url, f"TLS: {_cause(err)}", temporary=False) from err
        except (NewConnectionError, ConnectTimeoutError, ProxyError) as err:
            raise self._unreachable(url, _cause(err), temporary=not self.closed, silent=not self.closed) from err
        except (HTTPError, http.client.HTTPException, OSError, ValueError) as err:
            raise self._unreachable(url, _cause(err), temporary=not self.closed) from err

    def _stopped(self) -> SourceUnreachable:
        return SourceUnreachable(source=self._reach.source, reason="the work was stopped")

    def _unreachable(
        self, url: Url, reason: str, *, temporary: bool = True, again: bool = True, silent: bool = False
    ) -> SourceUnreachable:
        """Make the error; `again` False: a later build may succeed, but not a second try within this one.

        `silent`: there was no connection at all, so that others need not knock at this host either.
        """
        said = {"reason": f"{url.netloc}: {reason}", "silent_host": url.netloc if silent else None}
        return SourceUnreachable(source=self._reach.source, temporary=temporary, again=again, **said)


def _cause(err: BaseException) -> str:
    """Say what is at the bottom of a chain of network exceptions, in words that are the same each time."""
    if isinstance(err, ConnectTimeoutError) and not isinstance(err, NewConnectionError):
        return "it does not answer (timeout while connecting)"
    if isinstance(err, ReadTimeoutError):
        return "it has stopped answering (timeout while reading)"
    chain: list[BaseException] = [err]
    while (inner := chain[-1].__cause__ or chain[-1].__context__) and inner not in chain:
        chain.append(inner)
    for link in reversed(chain):
        if isinstance(link, ssl.SSLCertVerificationError):
            return f"certificate refused: {link.verify_message}"
        if isinstance(link, OSError) and link.strerror:
            return link.strerror
    return str(chain[-1]) or type(chain[-1]).__name__


class _Careful(HTTPConnection):
    """A connection to addresses that `reach` has passed, whose answer must begin in time."""

    reach: ClassVar[Reach | None]
    headers_seconds: ClassVar[float]
    waiting: ClassVar[set[socket.socket]]
    """The sockets of all connections that wait for their headers, for `Transport.close`."""

    def _new_conn(self) -> socket.socket:
        if self.reach is None:  # to a proxy, which is where the user says
            return super()._new_conn()
        try:
            addresses = self.reach.addresses(self._dns_host, self.port)
        except socket.gaierror as err:
            raise NameResolutionError(self.host, self, err) from err
        failure: OSError = OSError("its name has no address")
        for address in addresses:
            try:
                return connection.create_connection(
                    (address, self.port), self.timeout, socket_options=self.socket_options
                )
            except TimeoutError as err:
                failure = err
            except OSError as err:
                failure = err
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, "timeout while connecting") from failure
        raise NewConnectionError(self, str(failure)) from failure

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]
        # The socket's timeout is for one piece; a server that sends its headers byte by byte never meets it. A shut
        # socket looks like the end of the headers, hence the question afterwards.
        late = threading.Event()
        sock = self.sock

        def give_up() -> None:
            late.set()
            _shut(sock)

        timer = threading.Timer(self.headers_seconds, give_up)
        timer.daemon = True
        timer.start()
        self.waiting.add(sock)
        try:
            return super().getresponse()
        finally:
            self.waiting.discard(sock)
            timer.cancel()
            if late.is_set():
                raise TimeoutError("the headers take too long")


def _shut(sock: socket.socket) -> None:
    """End what another thread reads from a socket, encrypted or not."""
    try:
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except (OSError, TypeError):  # it has ended by itself, or is no socket (TLS within TLS, to a proxy)
        return


def _tls(environment: Mapping[str, str], source: str) -> ssl.SSLContext:
    """Trust what the environment names, else the system's certificates and those that come with `requests`."""
    named = next((environment[key] for key in _CERTIFICATES if environment.get(key)), None)
    try:
        return _trusting(named)
    except OSError as err:
        reason = f"the certificates in {named or DEFAULT_CA_BUNDLE_PATH} cannot be read: {err}"
        raise SourceUnreachable(source=source, reason=reason) from err


@cache
def _trusting(named: str | None) -> ssl.SSLContext:
    """Read certificates, once a process: it takes as long as ten requests."""
    context = ssl.create_default_context(cafile=named)
    if named is None:
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context
