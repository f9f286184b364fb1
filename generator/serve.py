"""A look at the finished site: build/site over HTTP on the loopback address, and nothing else."""

import errno
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from generator.errors import UsageError

ADDRESS: Final = "127.0.0.1"


class _Pages(SimpleHTTPRequestHandler):
    """Files of one folder, never from a browser's cache, with the site's own page for what is not there."""

    protocol_version = "HTTP/1.1"

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        content = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def list_directory(self, path: object) -> None:
        """List nothing: a published site does not either."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing."""


def serve(site: Path, port: int, ready: Callable[[str], None]) -> None:
    """Serve `site` until interrupted; `ready` is told the address. Raises UsageError when that cannot be."""
    if not (site / "index.html").is_file():
        raise UsageError(problem=f"there is no site in {site}; `basedex build` makes one")
    try:
        server = ThreadingHTTPServer((ADDRESS, port), partial(_Pages, directory=str(site)))
    except (OSError, OverflowError) as err:
        used = isinstance(err, OSError) and err.errno == errno.EADDRINUSE
        reason = "another program listens there; choose another --port" if used else str(err)
        raise UsageError(problem=f"cannot listen on {ADDRESS}:{port}: {reason}") from err
    with server:
        ready(f"http://{ADDRESS}:{server.server_port}/")
        server.serve_forever()
