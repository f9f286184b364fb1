"""A build killed at any moment: the store stays valid, the site stays whole, and the next build makes it all good.

The whole process group gets SIGKILL, so that nothing of the program has a chance to tidy up. The clock of the builds is
one that stands still, so that what they make can be compared to the byte.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import pytest

from generator.analysis import codec
from generator.store import history, status
from tests import builders

ROOT = Path(__file__).resolve().parents[1]
KILLS = 20
AT_ONCE = 2
SECONDS = 120

DRIVER = """
import sys
from generator import build, cli
if __name__ == "__main__":
    build.now = lambda: sys.argv[1]
    sys.exit(cli.main(sys.argv[2:]))
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below `folder`, but for the one that tells how the last build went."""
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if name != status.PLACE}


def differing(one: dict[str, dict[str, bytes]], other: dict[str, dict[str, bytes]]) -> list[str]:
    """Return the files that are not the same in both."""
    return [
        f"{folder}/{name}"
        for folder in one
        for name in sorted(one[folder].keys() | other[folder].keys())
        if one[folder].get(name) != other[folder].get(name)
    ]


def image(text: bytes) -> builders.BuiltImage:
    """Make an image with a few files and one that holds `text`."""
    files = [builders.file(f"usr/bin/tool-{number}", b"#!/bin/sh\n", mode=0o755) for number in range(20)]
    return builders.image([builders.tar(files), builders.tar([builders.file("etc/motd", text)])])


@dataclass(frozen=True)
class Workplace:
    """A folder with all that one build has: layouts, images.yml, store, output, cache and temporary files."""

    folder: Path

    def put(self, name: str, text: bytes) -> None:
        """Make the layout `name` hold an image."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        builders.write_layout(self.folder / name, image(text))

    def start(self, at: str) -> "subprocess.Popen[bytes]":
        """Start a build, in a process group of its own."""
        (self.folder / "tmp").mkdir(exist_ok=True)
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(
                [
                    *(sys.executable, self.folder / "driver.py", at, "build", "--quiet"),
                    *("--templates", ROOT / "templates", "--site-src", ROOT / "site_src"),
                    *("--mkdocs", ROOT / "mkdocs.yml"),
                ],
                cwd=self.folder,
                env={
                    **{name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
                    "PYTHONPATH": str(ROOT),
                    "PYTHONPYCACHEPREFIX": str(self.folder.parent / "pycache"),
                    "SOURCE_DATE_EPOCH": "1767225600",
                    "TMPDIR": str(self.folder / "tmp"),
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def build(self, at: str) -> None:
        """Build to the end; every image must be up to date."""
        ending = self.start(at).wait(SECONDS)
        assert ending == 0, (self.folder / "log").read_text(errors="replace")

    def made(self) -> dict[str, dict[str, bytes]]:
        """Return all that a build has made and that must be the same after another one."""
        return {name: contents(self.folder / name) for name in ("data", "build/docs", "build/site", "tmp")}

    def names(self) -> set[str]:
        """Return the names of all files and folders.

        Left out are those in .cache/builds, which depend on where the workplace is, and the socket of Python's
        forkserver in the system's folder for temporary files: an empty file that nobody is left to remove.
        """
        found = {str(path.relative_to(self.folder)) for path in self.folder.rglob("*")}
        return {name for name in found if not name.startswith((".cache/builds/", "tmp/pymp-"))}

    def check_store(self) -> None:
        """Raise unless every document and every line of history can be read."""
        for path in (self.folder / "data" / "documents").rglob("*.json"):
            document = codec.decode(path.read_bytes(), path=str(path))
            assert path.stem == document.subject.partition(":")[2]
        for path in (self.folder / "data" / "history").rglob("*.jsonl"):
            assert history.lines_of(path)


def a_workplace(folder: Path) -> Workplace:
    """Make a workplace with two images, built; both have changed since."""
    folder.mkdir()
    (folder / "driver.py").write_text(DRIVER)
    lines = "".join(f"      - {{name: {name}, sources: ['oci:{name}']}}\n" for name in ("one", "two"))
    (folder / "images.yml").write_text("site: {languages: [en]}\ngroups:\n  - name: all\n    images:\n" + lines)
    place = Workplace(folder)
    for name in ("one", "two"):
        place.put(name, b"old " + name.encode())
    place.build("2026-01-01T00:00:00Z")
    for name in ("one", "two"):
        place.put(name, b"new " + name.encode())
    return place


def again(place: Workplace, base: Path) -> None:
    """Put a workplace back to what it was before anything was killed, times of files included."""
    shutil.rmtree(place.folder)
    shutil.copytree(base, place.folder)


def test_a_build_killed_at_any_moment(tmp_path: Path) -> None:
    """Twenty kills spread over the time that a build takes: nothing broken, nothing lost, nothing left behind."""
    seed = int(os.environ.get("BASEDEX_SEED") or random.randrange(10**6))
    sys.stdout.write(f"BASEDEX_SEED={seed}\n")
    generator = random.Random(seed)
    folders = [tmp_path / f"place-{number}" for number in range(AT_ONCE)]
    free: SimpleQueue[tuple[Workplace, Path]] = SimpleQueue()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        places = list(pool.map(a_workplace, folders))
        for place in places:
            base = place.folder.with_suffix(".base")
            shutil.copytree(place.folder, base)
            free.put((place, base))
        old = places[0].made()

        def undisturbed(place: Workplace) -> float:
            started = time.monotonic()
            place.build("2026-02-02T00:00:00Z")
            return time.monotonic() - started

        duration = max(pool.map(undisturbed, places))
        new, names = places[0].made(), places[0].names()
        assert old["build/site"] != new["build/site"]
        assert differing(places[1].made(), new) == []

        def killed(delay: float) -> str:
            place, base = free.get()
            try:
                again(place, base)
                process = place.start("2026-02-02T00:00:00Z")
                time.sleep(delay)
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                place.check_store()
                site = contents(place.folder / "build" / "site")
                assert site in (old["build/site"], new["build/site"]), f"a site in pieces after {delay:.2f} s"
                place.build("2026-02-02T00:00:00Z")
                assert differing(place.made(), new) == [], f"after {delay:.2f} s"
                assert place.names() == names, f"left behind or missing after {delay:.2f} s"
                return "new" if site == new["build/site"] else "old"
            finally:
                free.put((place, base))

        moments = [(number + generator.random()) / KILLS * duration for number in range(KILLS)]
        sites = list(pool.map(killed, moments))
    sys.stdout.write(f"a build takes {duration:.1f} s; sites after the kills: {' '.join(sites)}\n")
    assert sites[0] == "old"
