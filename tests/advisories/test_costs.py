"""What a hostile database costs: rules, aliases and versions in any number take the time of their number."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.advisories.database import open_database
from generator.advisories.matching import assess
from tests.advisories.builders import archive
from tests.advisories.held import ALPINE, document, package, record, rule, since

V320 = "Alpine:v3.20"
Advisories = Callable[[], list[dict[str, Any]]]


def leading_on() -> list[dict[str, Any]]:
    """Return ten thousand advisories, each another name of the next."""
    return [record(f"X-{at:05}", rule(V320, "zlib", since()), aliases=[f"X-{at + 1:05}"]) for at in range(10_000)]


def all_the_same() -> list[dict[str, Any]]:
    """Return five hundred advisories, each with the names of all others."""
    names = [f"X-{at:05}" for at in range(500)]
    return [record(name, rule(V320, "zlib", since()), aliases=names) for name in names]


def around_one() -> list[dict[str, Any]]:
    """Return a thousand CVEs and a thousand others that all have one name in common."""
    names = [*(f"CVE-2026-{1000 + at}" for at in range(1000)), *(f"X-{at}" for at in range(1000))]
    return [record(name, rule(V320, "zlib", since()), aliases=["X-0"]) for name in names]


@pytest.mark.parametrize(("made", "flaws"), [(leading_on, 1), (all_the_same, 1), (around_one, 1000)])
def test_names_of_names(made: Advisories, flaws: int, tmp_path: Path) -> None:
    """However names lead to names, each is followed once: what once took minutes is a matter of a moment."""
    database = open_database(archive(tmp_path / "a", "Alpine", made()), tmp_path / "i")
    started = time.process_time()
    found = assess(document(ALPINE, "apk", [package("zlib", "1-r0")]), database)
    assert time.process_time() - started < 8
    assert len(found.findings) == flaws
