"""`basedex update-lifecycle` against a server on loopback that answers as endoflife.date's API does, and worse."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from generator import cli
from generator.build import Places, build, update_lifecycle
from generator.errors import BasedexError, InvalidCalendar, SourceUnreachable, StoreError, UsageError
from generator.lifecycle import fetching
from generator.lifecycle.calendar import encode, load, place, shipped
from generator.lifecycle.rules import PRODUCTS
from tests.places import places_in

Answer = tuple[int, dict[str, str], bytes]


class Api:
    """The answers by path; what is asked for is noted."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {f"/api/v1/products/{name}/": product(name) for name in PRODUCTS}
        self.asked: list[str] = []
        self.base = ""


def product(name: str, *releases: dict[str, Any], **fields: Any) -> Answer:
    """Answer as the API does, with fields that nobody needs."""
    one = {"name": "1", "codename": None, "label": "1", "releaseDate": "2020-01-01", "isLts": False, "ltsFrom": None,
           "isEol": False, "eolFrom": "2030-01-01", "isMaintained": True, "latest": None, "custom": None}  # fmt: skip
    result = {
        "name": name,
        "label": f"The {name}",
        "aliases": [],
        "links": {"icon": None, "html": "https://endoflife.invalid/x", "releasePolicy": None},
        "releases": [one | release for release in releases or ({},)],
    }
    body = {"schema_version": "1.2.0", "last_modified": "2026-01-01T00:00:00+00:00", "result": result} | fields
    return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


@pytest.fixture
def api() -> Iterator[Api]:
    """Serve an API on loopback."""
    api = Api()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            api.asked.append(self.path)
            status, headers, body = api.answers.get(self.path, (404, {}, b"no such thing"))
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    api.base = f"http://127.0.0.1:{server.server_port}/api/v1"
    yield api
    server.shutdown()
    server.server_close()


def test_an_api_s_answers_become_the_store_s_calendar(api: Api, tmp_path: Path) -> None:
    """Every phase, with and without a date, comes out as the file says it, and counts from then on."""
    api.answers["/api/v1/products/debian/"] = product(
        "debian",
        {"name": "14", "codename": "Forky", "eolFrom": None},
        {"name": "13", "eoasFrom": "2027-01-01", "isEoas": False, "eoesFrom": "2030-06-30", "isEoes": False},
        {"name": "12", "isEol": True, "eolFrom": None, "isEoes": None, "eoesFrom": None},
        {"name": "11", "isEol": True, "isEoes": False, "eoesFrom": None},
    )
    calendar, changes = update_lifecycle(Places(store=tmp_path), api.base + "/")
    assert load(tmp_path) == calendar
    assert place(tmp_path).read_bytes() == encode(calendar)
    assert calendar.source == api.base.removesuffix("api/v1")
    assert sorted(api.asked) == sorted(api.answers)
    releases = calendar.products["debian"].releases
    assert (releases["14"].codename, releases["14"].ends) == ("Forky", False)
    assert (releases["13"].active_until, releases["13"].extended_until) == ("2027-01-01", "2030-06-30")
    assert (releases["12"].ends, releases["12"].extended_until) == (True, None)
    assert (releases["11"].ends, releases["11"].extended_until) == ("2030-01-01", False)
    assert "debian 13: ends 2030-01-01, was: ends 2028-08-09" in changes


def redirect(address: str) -> Answer:
    """Answer that what is asked for is elsewhere."""
    return 302, {"Location": address}, b""


PATH = "/api/v1/products/debian/"
WRONG: dict[str, tuple[Answer, type[BasedexError], str]] = {
    "missing": ((404, {}, b""), SourceUnreachable, "HTTP 404"),
    "overloaded": ((429, {}, b""), SourceUnreachable, "HTTP 429"),
    "cut": ((200, {"Content-Length": "999"}, b"{"), SourceUnreachable, "debian"),
    "no-json": ((200, {}, b"<html>"), InvalidCalendar, "debian"),
    "older-form": ((200, {}, b'[{"cycle": "12", "eol": "2026-07-11"}]'), InvalidCalendar, "object"),
    "newer-form": (product("debian", schema_version="2.0.0"), InvalidCalendar, "version 2.0.0"),
    "no-date": (product("debian", {"eolFrom": "2026-13-01"}), InvalidCalendar, "month"),
    "too-large": ((200, {}, b" " * (fetching.LARGEST_ANSWER + 1)), InvalidCalendar, "more than"),
    "deep": ((200, {}, b'{"result":' + b"[" * 50_000), InvalidCalendar, "debian"),
    "elsewhere": (redirect("https://elsewhere.invalid/"), InvalidCalendar, "elsewhere"),
    "loop": (redirect(PATH), InvalidCalendar, "redirects"),
}


@pytest.mark.parametrize(("answer", "error", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_answer_changes_nothing(
    api: Api, tmp_path: Path, answer: Answer, error: type[BasedexError], words: str
) -> None:
    """One product that cannot be had or read ends the whole, in words, and the dates at hand stay."""
    place(tmp_path).write_bytes(encode(shipped()))
    api.answers[PATH] = answer
    with pytest.raises(error, match=words):
        update_lifecycle(Places(store=tmp_path), api.base)
    assert place(tmp_path).read_bytes() == encode(shipped())


def test_a_redirect_within_the_host_is_followed(api: Api, tmp_path: Path) -> None:
    """A server may name another path of its own."""
    api.answers["/there"] = api.answers[PATH]
    api.answers[PATH] = redirect("/there")
    calendar, _ = update_lifecycle(Places(store=tmp_path), api.base)
    assert calendar.products["debian"].title == "The debian"


@pytest.mark.parametrize(
    "address", ["http://example.invalid/api", "ftp://127.0.0.1/", "https://", "file:///etc/passwd", "http://[::1"]
)
def test_other_addresses_are_refused(address: str, tmp_path: Path) -> None:
    """Dates come over https, or from this machine; nothing else is asked."""
    with pytest.raises(UsageError):
        update_lifecycle(Places(store=tmp_path), address)


def test_nobody_there_is_said(tmp_path: Path) -> None:
    """A server that does not answer is a message, not a traceback."""
    with pytest.raises(SourceUnreachable, match="refused"):
        update_lifecycle(Places(store=tmp_path), "http://127.0.0.1:9/api")


def test_the_command_takes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A lifecycle.json of another site is taken as it is; the command says what changed."""
    file = tmp_path / "lifecycle.json"
    file.write_bytes(encode(shipped()).replace(b'"ends": "2026-07-11"', b'"ends": "2026-07-12"', 1))
    assert cli.main(["update-lifecycle", "--store", str(tmp_path / "data"), "--from", str(file)]) == 0
    printed = capsys.readouterr().out
    assert "debian 12: ends 2026-07-12, was: ends 2026-07-11\n" in printed
    assert "as of 2026-08-22: 1 changed;" in printed
    assert load(tmp_path / "data").products["debian"].releases["12"].ends == "2026-07-12"


FILES: dict[str, tuple[Callable[[Path], object], int, str]] = {
    "none": (lambda path: None, 2, "usage"),
    "folder": (lambda path: path.mkdir(), 2, "usage"),
    "damaged": (lambda path: path.write_bytes(b"{}"), 1, "invalid-calendar"),
    "large": (lambda path: path.write_bytes(b" " * (fetching.LARGEST_ANSWER + 1)), 1, "invalid-calendar"),
    "incomplete": (
        lambda path: path.write_bytes(encode(shipped()).replace(b'"debian": {', b'"other": {')),
        1,
        "invalid-calendar",
    ),
}


@pytest.mark.parametrize(("make", "status", "slug"), FILES.values(), ids=FILES)
def test_a_wrong_file_is_refused(
    make: Callable[[Path], object], status: int, slug: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is missing, damaged or incomplete is said in words, and the store gets none."""
    make(tmp_path / "given")
    arguments = ["update-lifecycle", "--store", str(tmp_path / "data"), "--from", str(tmp_path / "given")]
    assert cli.main(arguments) == status
    assert capsys.readouterr().err.startswith(f"basedex: {slug}: ")
    assert not place(tmp_path / "data").exists()


def test_the_next_render_shows_the_store_s_dates(tmp_path: Path) -> None:
    """Pages are made anew when the store's calendar changes, and a damaged one stops the work in words."""
    places = places_in(tmp_path)
    etc = tmp_path / "root" / "etc"
    etc.mkdir(parents=True)
    (etc / "os-release").write_text("ID=debian\nVERSION_ID=12\n")
    source = f"rootfs:{tmp_path / 'root'}"
    places.configuration.write_text(f"groups: [{{name: all, images: [{{name: one, sources: ['{source}']}}]}}]\n")
    build(places, environment={})
    page = places.docs / "images/one/index.md"
    assert 'data-ends="2026-07-11"' in page.read_text(encoding="utf-8").replace("&#45;", "-")
    place(places.store).write_bytes(encode(shipped()).replace(b'"2026-07-11"', b'"2031-02-03"'))
    assert build(places, offline=True, environment={}).page_count
    assert 'data-ends="2031-02-03"' in page.read_text(encoding="utf-8").replace("&#45;", "-")
    place(places.store).write_bytes(b"{}")
    with pytest.raises(StoreError, match=r"lifecycle\.json"):
        build(places, offline=True, environment={})
