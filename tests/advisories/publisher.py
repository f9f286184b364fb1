"""A publisher of advisories on loopback: files by path, with ETags and conditions, and ways to go wrong on purpose."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODIFIED = "Fri, 20 Nov 2026 00:00:00 GMT"


class Exchange(BaseHTTPRequestHandler):
    """One request; what a way to go wrong is given."""

    publisher: "Publisher"

    def do_GET(self) -> None:
        self.publisher.asked.append((self.path, dict(self.headers)))
        content = self.publisher.files.get(self.path)
        if wrong := self.publisher.wrong.get(self.path):
            wrong(self, content or b"")
        elif content is None:
            self.answer(404, b"no such file")
        elif self.headers.get("If-None-Match") == etag(content):
            self.begin(304, ETag=etag(content))
        else:
            self.answer(200, content, ETag=etag(content), **{"Last-Modified": MODIFIED})

    def begin(self, status: int, **headers: str) -> None:
        """Send the head of an answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def answer(self, status: int, content: bytes, **headers: str) -> None:
        """Send a whole answer."""
        self.begin(status, **{"Content-Length": str(len(content))} | headers)
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        pass


Wrong = Callable[[Exchange, bytes], None]


class Publisher:
    """What is published, what goes wrong, and what was asked."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.files: dict[str, bytes] = {}
        self.wrong: dict[str, Wrong] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def conditions(self, path: str) -> list[str | None]:
        """Return the ETag that each request for a path named; None where it named none."""
        return [headers.get("If-None-Match") for asked, headers in self.asked if asked == path]


def etag(content: bytes) -> str:
    """Return what the publisher calls these bytes."""
    return f'"{hashlib.sha256(content).hexdigest()[:16]}"'


@contextmanager
def publishing() -> Iterator[Publisher]:
    """Serve a publisher on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Exchange,), {}))
    server.daemon_threads = True
    publisher = Publisher(f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass.publisher = publisher  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()


# Ways to go wrong


def status(number: int) -> Wrong:
    """Answer with a status and a page."""
    return lambda exchange, _: exchange.answer(number, b"<!doctype html><title>Sorry</title>")


def page(exchange: Exchange, _: bytes) -> None:
    """Answer with a page of HTML as if all were well, as proxies do that want a login."""
    exchange.answer(200, b"<!doctype html><title>Log in</title>", **{"Content-Type": "text/html"})


def truncated(exchange: Exchange, content: bytes) -> None:
    """Promise all of it and hang up half-way."""
    exchange.begin(200, **{"Content-Length": str(len(content))})
    exchange.wfile.write(content[: len(content) // 2])


def cut_off_piece(exchange: Exchange, content: bytes) -> None:
    """Send in pieces and hang up inside one."""
    exchange.protocol_version = "HTTP/1.1"
    exchange.begin(200, **{"Transfer-Encoding": "chunked", "Connection": "close"})
    exchange.wfile.write(f"{len(content):x}\r\n".encode() + content[: len(content) // 2])


def endless(exchange: Exchange, _: bytes) -> None:
    """Send zeros for ever, without a length."""
    exchange.begin(200)
    try:
        while True:
            exchange.wfile.write(bytes(65536))
    except OSError:
        return


def huge(exchange: Exchange, _: bytes) -> None:
    """Promise more than anybody takes."""
    exchange.begin(200, **{"Content-Length": str(10**13)})


def nonsense(exchange: Exchange, _: bytes) -> None:
    """Answer in no known language."""
    exchange.wfile.write(b"220 ready\r\n\r\n")


def silent(exchange: Exchange, _: bytes) -> None:
    """Say nothing for a while."""
    time.sleep(1.5)


def redirecting(address: str) -> Wrong:
    """Send to another address."""
    return lambda exchange, _: exchange.begin(302, Location=address, **{"Content-Length": "0"})


def slowly(pieces: int, seconds: float) -> Wrong:
    """Send all of it in so many pieces, with a pause after each."""

    def send(exchange: Exchange, content: bytes) -> None:
        exchange.begin(200, **{"Content-Length": str(len(content)), "ETag": etag(content)})
        size = -(-len(content) // pieces)
        try:
            for start in range(0, len(content), size):
                exchange.wfile.write(content[start : start + size])
                time.sleep(seconds)
        except OSError:
            return

    return send
