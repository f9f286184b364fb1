"""The command line, as a process: exit status, what goes to which stream, and how it ends."""

import contextlib
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from generator import __version__
from generator.analysis import codec
from generator.schemas import NAMES, schema_of
from tests import builders

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 120


def start(*arguments: str | Path, folder: Path, **environment: str) -> "subprocess.Popen[bytes]":
    """Start basedex in `folder`, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "generator", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def basedex(*arguments: str | Path, folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run basedex in `folder` to its end."""
    process = start(*arguments, folder=folder, **environment)
    out, err = process.communicate(timeout=SECONDS)
    return subprocess.CompletedProcess(process.args, process.returncode, out.decode(), err.decode())


@pytest.fixture
def workshop(tmp_path: Path) -> Path:
    """Give a folder with the project's templates, and an images.yml of one image that is there and one that is not."""
    for part in ("templates", "site_src", "mkdocs.yml", "zh.yml"):
        (tmp_path / part).symlink_to(ROOT / part)
    image = builders.image([builders.tar([builders.file("etc/motd", b"hello")])])
    builders.write_layout(tmp_path / "layout", image)
    images: list[dict[str, Any]] = [
        {"name": "one", "sources": ["oci:layout"]},
        {"name": "two", "sources": ["oci:nowhere\x1b[31m"]},
    ]
    (tmp_path / "images.yml").write_text(json.dumps({"groups": [{"name": "all", "images": images}]}))
    return tmp_path


# Small things


def test_the_version_is_told_at_once(tmp_path: Path) -> None:
    """--version names the program and loads nothing that it does not need."""
    told = basedex("--version", folder=tmp_path)
    assert (told.returncode, told.stdout, told.stderr) == (0, f"basedex {__version__}\n", "")
    code = "import sys, generator.cli; print(sorted({'rich', 'msgspec', 'requests', 'jinja2'} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"


@pytest.mark.parametrize(
    "arguments", [(), ("bild",), ("build", "--jobs", "0"), ("build", "--jobs", "x"), ("analyze",), ("record", "a", "b")]
)
def test_wrong_usage_is_status_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """What the command line cannot mean is told on standard error, with status 2."""
    told = basedex(*arguments, folder=tmp_path)
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith("usage: basedex")


@pytest.mark.parametrize("name", NAMES)
def test_published_schemas_are_the_programs(tmp_path: Path, name: str) -> None:
    """The schemas in schemas/ are what `basedex schema` prints (`make schemas` writes them), and are valid."""
    told = basedex("schema", name, folder=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    assert (ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8") == told.stdout == schema_of(name)
    Draft202012Validator.check_schema(json.loads(told.stdout))


def test_every_field_of_images_yml_is_described() -> None:
    """An editor can say what each key is for."""
    parts = json.loads(schema_of("images"))["$defs"]
    undescribed = [
        f"{name}.{key}"
        for name, part in parts.items()
        for key, field in part["properties"].items()
        if not field.get("description")
    ]
    assert undescribed == []


# analyze


def test_analyze_prints_the_document_and_nothing_else(workshop: Path) -> None:
    """Standard output is the document's canonical bytes, which its published schema allows."""
    told = basedex("analyze", "oci:layout", folder=workshop)
    assert (told.returncode, told.stderr) == (0, "")
    document = codec.decode(told.stdout.encode(), path="standard output")
    assert codec.encode(document).decode() == told.stdout
    assert list(Draft202012Validator(json.loads(schema_of("document"))).iter_errors(json.loads(told.stdout))) == []


def test_analyze_writes_to_a_file(workshop: Path) -> None:
    """With -o the document goes there, whole, and standard output stays empty."""
    told = basedex("analyze", "oci:layout", "-o", "out/document.json", folder=workshop)
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")
    assert codec.decode((workshop / "out" / "document.json").read_bytes(), path="").layers
    assert [path.name for path in (workshop / "out").iterdir()] == ["document.json"]


@pytest.mark.parametrize(
    ("arguments", "status", "slug"),
    [
        (("oci:nowhere",), 1, "image-not-found"),
        (("oci:layout", "--platform", "linux/s390x"), 1, "platform-not-found"),
        (("oci:layout", "--platform", "linux"), 2, "invalid-platform"),
        (("127.0.0.1/UPPER/case",), 2, "invalid-reference"),
        (("oci:layout", "-o", "images.yml/x"), 1, "store"),
    ],
)
def test_errors_of_analyze(workshop: Path, arguments: tuple[str, ...], status: int, slug: str) -> None:
    """Each error has its status, its slug on standard error, no traceback, and leaves standard output empty."""
    told = basedex("analyze", *arguments, folder=workshop)
    assert (told.returncode, told.stdout) == (status, "")
    assert told.stderr.startswith(f"basedex: {slug}: ")
    assert "Traceback" not in told.stderr


def test_a_reader_that_goes_away_is_no_error_message(workshop: Path) -> None:
    """When whoever reads the output closes it, the program ends as others do on a broken pipe."""
    process = start("analyze", "oci:layout", folder=workshop)
    assert process.stdout and process.stderr
    process.stdout.close()
    assert process.wait(SECONDS) == 141
    assert process.stderr.read() == b""
    process.stderr.close()


# build


def test_the_status_of_a_build(workshop: Path) -> None:
    """3 when an image is stale, 0 with --allow-stale or when all is well, 1 and the old site when there is none."""
    told = basedex("build", folder=workshop)
    assert told.returncode == 3
    assert [line.split()[0] for line in told.stdout.splitlines()[:3]] == ["image", "one", "two"]
    assert "no such image" in told.stdout
    assert "The site is built: build/site" in told.stdout
    assert "one linux/amd64: new" in told.stderr.splitlines()[0] + told.stderr.splitlines()[1]
    assert "\x1b" not in told.stdout + told.stderr
    assert "nowhere\\x1b[31m" in told.stdout

    quiet = basedex("build", "--allow-stale", "--quiet", folder=workshop)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    only = basedex("build", "--only", "one", folder=workshop)
    assert only.returncode == 0
    offline = basedex("build", "--offline", "--only", "one", folder=workshop)
    assert offline.returncode == 0
    assert "not asked" in offline.stdout

    before = (workshop / "build" / "site" / "index.html").read_bytes()
    (workshop / "templates").unlink()
    (workshop / "templates").mkdir()
    failed = basedex("build", folder=workshop)
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-2].startswith("basedex: page: ")
    assert (workshop / "build" / "site" / "index.html").read_bytes() == before


def test_all_mistakes_of_images_yml_are_told(workshop: Path) -> None:
    """Status 2, and one line for each mistake."""
    (workshop / "images.yml").write_text("groups:\n- name: A\n  images:\n  - name: b\n    source: x\n")
    for command in (("build",), ("render",), ("analyze", "oci:layout"), ("record", "b", "x", "--provenance", "p")):
        told = basedex(*command, folder=workshop)
        assert (told.returncode, told.stdout) == (2, "")
        for place in ("images.yml:2:3: ", "images.yml:4:5: ", "images.yml:5:5: "):
            assert any(line.startswith(place) for line in told.stderr.splitlines())


def test_a_record_is_told_and_shown(workshop: Path) -> None:
    """`record` says what it recorded; the next offline build shows it."""
    told = basedex("record", "two", "oci:layout", "--provenance", "Carried over.", folder=workshop)
    assert told.returncode == 0
    assert told.stdout.startswith("two is sha256:")
    assert (workshop / "data" / "history" / "two" / "linux-amd64.jsonl").read_text().count("\n") == 1


@pytest.fixture
def hanging_registry() -> Iterator[tuple[str, threading.Event]]:
    """Give a registry on loopback that takes a request and never answers, and an event for its first connection."""
    asked = threading.Event()
    kept = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    kept.append(server.accept()[0])
                except OSError:
                    return
                asked.set()

        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}/base", asked
        server.shutdown(socket.SHUT_RDWR)
    for connection in kept:
        connection.close()


def members_of(group: int) -> list[str]:
    """Return the processes of a process group that have not ended."""
    listed = subprocess.run(["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True)
    lines = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return [line[2] for line in lines if line[0] == str(group) and not line[1].startswith("Z")]


@pytest.mark.parametrize("command", ["build", "analyze"])
def test_ctrl_c_ends_everything_at_once(
    workshop: Path, hanging_registry: tuple[str, threading.Event], command: str
) -> None:
    """Interrupted while a registry keeps it waiting: status 130, one sentence, nothing written, no process left."""
    source, asked = hanging_registry
    images = [{"name": "one", "sources": [source]}]
    (workshop / "images.yml").write_text(json.dumps({"groups": [{"name": "all", "images": images}]}))
    process = start(*(("build",) if command == "build" else ("analyze", source)), folder=workshop)
    assert asked.wait(SECONDS)
    started = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=SECONDS)
    assert time.monotonic() - started < 10
    assert (process.returncode, out) == (130, b"")
    assert err.decode() == "basedex: interrupted; everything that was written is whole\n"
    assert not any(path.is_file() for path in (workshop / "data").rglob("*"))
    deadline = time.monotonic() + 10
    while members_of(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert members_of(process.pid) == []


SUMMARY = """
from pathlib import Path
from generator.oci.platform import Platform
from generator.report import ImageReport, Report
from generator.store.observation import Outcome
from generator.terminal import console_for, summary, watching

outcome = Outcome(
    name="base", platform=Platform(), state="missing", observation=None, reason="hostile \\x1b]0;title\\x07 [red]text"
)
image = ImageReport(outcome=outcome, asked=True, change="", seconds=1.5, read_size=5_874_433)
with watching(console_for(stderr=True), quiet=False) as watcher:
    watcher.planned(1)
    watcher.progress("base linux-amd64", "oci:x: layer 0 (sha256:\\x1b[5m)", 1, 2)
    watcher.stage("drawing")
    watcher.finished("base linux-amd64", image)
summary(console_for(stderr=False), Report((image,), 0, False, Path("build/site"), 2.0))
"""
COLOUR = re.compile(rb"\x1b\[(?:[0-9;]*;)?[349][0-9][0-9;]*m")


@pytest.mark.parametrize(("variables", "colour"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_a_terminal_gets_bars_and_colour_unless_it_wants_none(variables: dict[str, str], colour: bool) -> None:
    """On a terminal there are bars, and colours unless NO_COLOR is set or it has none; hostile text stays text."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", SUMMARY],
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "150", **variables},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # how a terminal's end is told on Linux
        while part := os.read(ours, 4096):
            shown += part
    os.close(ours)
    assert process.wait(SECONDS) == 0, shown.decode()
    assert bool(COLOUR.search(shown)) == colour
    assert (b"layer 0" in shown) == ("TERM" not in variables)
    assert b"5.87 MB" in shown
    assert b"hostile\\x1b]0;title\\x07[red]text" in b"".join(shown.split())  # a dumb terminal has 80 columns
    assert b"\x1b]0;" not in shown
    assert b"\x1b[5m" not in shown


def test_without_a_terminal_lines_are_plain() -> None:
    """In a log there is one line an image and a table, neither cut nor coloured."""
    told = subprocess.run([sys.executable, "-c", SUMMARY], cwd=ROOT, capture_output=True, check=True)
    assert b"\x1b" not in told.stdout + told.stderr
    line = rb"base linux/amd64: missing: hostile \x1b]0;title\x07 [red]text (5.87 MB in 1.5 s)"
    assert told.stderr.splitlines() == [b"drawing", line]
    assert rb"hostile \x1b]0;title\x07 [red]text" in told.stdout


# serve


def test_the_site_is_served_on_loopback(workshop: Path) -> None:
    """Pages, the site's own page for what is not there, no listing of folders, and an end on Ctrl-C."""
    site = workshop / "build" / "site"
    (site / "folder").mkdir(parents=True)
    (site / "index.html").write_text("home")
    (site / "404.html").write_text("not here")
    process = start("serve", "--port", "0", folder=workshop)
    assert process.stdout
    address = process.stdout.readline().split()[0].decode()
    assert address.startswith("http://127.0.0.1:")
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(address) as answer:
        assert answer.read() == b"home"
        assert answer.headers["Cache-Control"] == "no-store"
    for missing in ("nothing", "folder/", "../images.yml", "%2e%2e/%2e%2e/images.yml"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            direct.open(address + missing)
        assert caught.value.code == 404
        assert caught.value.read() == b"not here"
    port = address.rstrip("/").rpartition(":")[2]
    taken = basedex("serve", "--port", port, folder=workshop)
    assert taken.returncode == 2
    assert "another program listens there" in taken.stderr
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=SECONDS)
    assert process.returncode == 0


def test_without_a_site_there_is_nothing_to_serve(tmp_path: Path) -> None:
    """The message says how to make one."""
    told = basedex("serve", folder=tmp_path)
    assert told.returncode == 2
    assert "`basedex build` makes one" in told.stderr
