"""A registry on loopback that is honest until told otherwise: every misbehaviour of tests is one call of `on`.

Serves the pulling half of the OCI distribution API (HEAD, ranges) from memory and remembers every request.
"""

import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests import builders

Action = Callable[["Exchange"], None]


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Exchange(BaseHTTPRequestHandler):
    """One request and its answer."""

    protocol_version = "HTTP/1.1"
    wbufsize = 0
    disable_nagle_algorithm = True
    registry: "HostileRegistry"
    seen: Seen

    def _any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.seen = Seen(self.command, self.path, headers, self.rfile.read(length))
        self.registry.seen.append(self.seen)
        with suppress(OSError):
            self.registry.act(self)

    do_GET = do_HEAD = do_POST = do_CONNECT = _any  # noqa: N815

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send a whole answer; underscores in header names are hyphens, and a length of "" is left out."""
        self.send_response(status)
        sent = {"Content-Length": str(len(body))} | {name.replace("_", "-"): text for name, text in headers.items()}
        for name, text in sent.items():
            if text:
                self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def raw(self, content: bytes) -> None:
        """Send bytes that need not be HTTP, and close."""
        self.wfile.write(content)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Stay silent."""


@dataclass
class _Rule:
    pattern: re.Pattern[str]
    action: Action
    times: int | None


@dataclass
class HostileRegistry:
    """What the registry has and does."""

    host: str = ""
    """Address and port, as in a reference."""
    port: int = 0
    manifests: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    """By tag and by digest: content and media type, of all repositories."""
    blobs: dict[str, bytes] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    _rules: list[_Rule] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    stopping: threading.Event = field(default_factory=threading.Event)

    def put(self, *images: builders.BuiltImage, tag: str = "latest") -> None:
        """Take images in; `tag` is the last one's."""
        for image in images:
            self.put_manifest(image.manifest, image.media_type, tag)
            self.blobs |= image.blobs

    def put_manifest(self, content: bytes, media_type: str, tag: str | None = None) -> str:
        """Take a manifest or index in; return its digest."""
        digest = builders.sha256(content)
        for name in (digest, tag):
            if name:
                self.manifests[name] = (content, media_type)
        return digest

    def on(self, pattern: str, action: Action, times: int | None = None) -> None:
        """Do `action` for requests whose `METHOD path` the pattern is found in, the first `times` times."""
        self._rules.append(_Rule(re.compile(pattern), action, times))

    def paths(self, pattern: str = "") -> list[str]:
        """Return the requests seen so far, `METHOD path` each, that the pattern is found in."""
        return [str(seen) for seen in self.seen if re.search(pattern, str(seen))]

    def act(self, exchange: Exchange) -> None:
        """Answer one request."""
        for rule in self._rules:
            with self._lock:
                if rule.times == 0 or not rule.pattern.search(str(exchange.seen)):
                    continue
                if rule.times is not None:
                    rule.times -= 1
            return rule.action(exchange)
        return self.honest(exchange)

    def honest(self, exchange: Exchange) -> None:
        """Answer as a registry should."""
        found = re.search(r"/(manifests|blobs)/([^/?]+)$", exchange.path)
        if not found:
            return exchange.answer(404)
        kind, name = found.groups()
        if kind == "manifests" and name in self.manifests:
            content, media_type = self.manifests[name]
            return exchange.answer(
                200, content, Content_Type=media_type, Docker_Content_Digest=builders.sha256(content)
            )
        if kind == "blobs" and name in self.blobs:
            content = self.blobs[name]
            wanted = re.match(r"bytes=(\d+)-$", exchange.seen.headers.get("range", ""))
            if not wanted:
                return exchange.answer(200, content)
            start = int(wanted[1])
            if start >= len(content):
                return exchange.answer(416)
            there = f"bytes {start}-{len(content) - 1}/{len(content)}"
            return exchange.answer(206, content[start:], Content_Range=there)
        code = b"MANIFEST_UNKNOWN" if kind == "manifests" else b"BLOB_UNKNOWN"
        return exchange.answer(404, b'{"errors":[{"code":"%s","message":"not here"}]}' % code)


@contextmanager
def serving(
    *images: builders.BuiltImage, address: str = "127.0.0.1", certificate: Path | None = None
) -> Iterator[HostileRegistry]:
    """Run a registry; with a certificate (and its key, in one file), over TLS."""
    registry = HostileRegistry()
    registry.put(*images)
    handler = type("BoundExchange", (Exchange,), {"registry": registry})
    server = ThreadingHTTPServer((address, 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    registry.port = server.server_address[1]
    registry.host = f"{address}:{registry.port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        registry.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()


# Misbehaviours


def says(status: int, body: bytes = b"", **headers: str) -> Action:
    """Give one fixed answer."""
    return lambda exchange: exchange.answer(status, body, **headers)


def says_raw(content: bytes) -> Action:
    """Give bytes that need not be HTTP."""
    return lambda exchange: exchange.raw(content)


def redirects(location: str, status: int = 307) -> Action:
    """Send elsewhere; `{path}` is the path that was asked for."""
    return lambda exchange: exchange.answer(status, Location=location.replace("{path}", exchange.path))


def cuts(content: bytes, after: int) -> Action:
    """Promise the whole content, from where it was asked for, and hang up after some of its bytes."""

    def action(exchange: Exchange) -> None:
        start = int(exchange.seen.headers.get("range", "bytes=0-")[6:-1])
        exchange.send_response(206 if start else 200)
        exchange.send_header("Content-Length", str(len(content) - start))
        if start:
            exchange.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        exchange.end_headers()
        exchange.raw(content[start : start + after])

    return action


def chunked(content: bytes, *, cut: bool = False) -> Action:
    """Send in chunks (RFC 9112, section 7.1), with `cut` without the last one."""

    def action(exchange: Exchange) -> None:
        exchange.send_response(200)
        exchange.send_header("Transfer-Encoding", "chunked")
        exchange.end_headers()
        for start in range(0, len(content), 1000):
            piece = content[start : start + 1000]
            exchange.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        if cut:
            exchange.close_connection = True
        else:
            exchange.wfile.write(b"0\r\n\r\n")

    return action


def trickles(head: bytes, rest: bytes, seconds: float) -> Action:
    """Send `head` at once and the rest byte by byte."""

    def action(exchange: Exchange) -> None:
        exchange.close_connection = True
        exchange.wfile.write(head)
        for position in range(len(rest)):
            if exchange.registry.stopping.is_set():
                return
            exchange.wfile.write(rest[position : position + 1])
            time.sleep(seconds)

    return action


def stalls(head: bytes) -> Action:
    """Send `head` and then nothing, without hanging up."""

    def action(exchange: Exchange) -> None:
        exchange.wfile.write(head)
        exchange.registry.stopping.wait(60)

    return action


def asks_for_login(challenge: str, accepted: Sequence[str]) -> Action:
    """Be honest to requests whose Authorization header is one of `accepted`, and challenge all others."""

    def action(exchange: Exchange) -> None:
        if exchange.seen.headers.get("authorization", "") in accepted:
            return exchange.registry.honest(exchange)
        return exchange.answer(401, b'{"errors":[{"code":"UNAUTHORIZED"}]}', WWW_Authenticate=challenge)

    return action
