"""Fixtures of the tests of advisories: real advisories, real root file systems, and apk to ask for its order."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.engines import need_root, run, unavailable
from tests.formats.unpacked import roots

__all__ = ["roots"]

SHARED_ADVISORIES = Path(os.environ.get("BASEDEX_TEST_ADVISORIES", REPOSITORY.parent / "shared" / "advisories"))
"""Real advisories that tests read and that are no part of the project: an OSV archive, Alpine's secdb, KEV."""
SIGNS = {"<": -1, "=": 0, ">": 1}
AskApk = Callable[[Sequence[tuple[str, str]]], list[int]]


@pytest.fixture(scope="session")
def shared_advisories() -> Path:
    """Give the folder of real advisories, or skip with a reason."""
    if not SHARED_ADVISORIES.is_dir():
        unavailable(f"no real advisories in {SHARED_ADVISORIES} (set BASEDEX_TEST_ADVISORIES to their folder)")
    return SHARED_ADVISORIES


@pytest.fixture(scope="session")
def ask_apk(roots: dict[str, Path]) -> AskApk:
    """Give what compares pairs of versions as the apk of a real Alpine does: `apk version -t`, in its root."""
    need_root("asking Alpine's apk in its own root file system")
    root = roots["3.20.3-x86_64"]
    known: dict[tuple[str, str], int] = {}

    def ask_all(pairs: Sequence[tuple[str, str]]) -> list[int]:
        new = sorted(set(pairs) - set(known))
        known.update(zip(new, ask(new), strict=True))
        return [known[pair] for pair in pairs]

    def ask(pairs: Sequence[tuple[str, str]]) -> list[int]:
        script = 'while [ $# -gt 0 ]; do apk version -t "$1" "$2"; shift 2; done'
        said: list[str] = []
        for start in range(0, len(pairs), 500):
            words = [word for pair in pairs[start : start + 500] for word in pair]
            said += run(["chroot", root, "/bin/sh", "-c", script, "sh", *words]).split()
        assert len(said) == len(pairs)
        return [SIGNS[sign] for sign in said]

    return ask_all
