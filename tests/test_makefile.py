"""The Makefile's promises to someone with nothing but Python, and the one clock of the program."""

import ast
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CLOCKS = {"now", "today", "utcnow", "time", "time_ns", "localtime", "gmtime", "ctime"}


def make(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run make in the repository."""
    if not shutil.which("make"):
        pytest.skip("make is not installed: apt-get install make")
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_make_alone_lists_the_recipes() -> None:
    """Every public recipe is listed with what it does."""
    listed = [line.split()[1] for line in make().stdout.splitlines()]
    assert {"site", "serve", "demo", "test", "check", "bench", "fuzz", "lock", "clean"} <= set(listed)


def test_an_old_python_is_told_so(tmp_path: Path) -> None:
    """A Python that is too old is refused in words before anything is made."""
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    told = make("site", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}")
    assert told.returncode != 0
    assert "Basedex needs Python 3.11 or newer" in told.stderr
    assert not (tmp_path / "venv").exists()


def test_a_python_that_cannot_make_environments_is_told_what_to_install(tmp_path: Path) -> None:
    """Debian's Python comes without venv: the message names the package, and no half of an environment stays."""
    bare = tmp_path / "python3"
    venv = tmp_path / "venv"
    bare.write_text(f'#!/bin/sh\n[ "$1" = -c ] && exit 0\nmkdir -p {venv}\nexit 1\n')
    bare.chmod(0o755)
    told = make("site", f"PYTHON={bare}", f"VENV={venv}")
    assert told.returncode != 0
    assert "apt-get install python3-venv" in told.stderr
    assert not venv.exists()


def test_only_the_pipeline_reads_the_clock() -> None:
    """Time comes into the program in build.py alone; everything else gives the same for the same input."""
    readers = set()
    for path in (ROOT / "generator").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="datetime" | "date" | "time"), attr=name)):
                    if name in CLOCKS:
                        readers.add(path.relative_to(ROOT).as_posix())
    assert readers == {"generator/build.py"}
