"""Tests of the orders of versions: tricky pairs always, thousands of real ones against the systems' own programs."""

import random
import re
import subprocess
from itertools import pairwise

import pytest

from generator.formats.versions import order
from tests.engines import need, run

TRICKY = [
    ("dpkg", "1.0~rc1-1", "1.0-1", -1),
    ("dpkg", "1:0.1", "9", 1),
    ("dpkg", "1.0-1", "1.0-1+b1", -1),
    ("dpkg", "1.0+dfsg", "1.0a", 1),
    ("dpkg", "1.00", "1.0", 0),
    ("dpkg", "1.0", "1.0-0", 0),
    ("dpkg", "2.36-9+deb12u4", "2.36-9+deb12u10", -1),
    ("dpkg", "a1", "1", None),
    ("rpm", "1.0~rc1-1", "1.0-1", -1),
    ("rpm", "1.0^git1-1", "1.0-1", 1),
    ("rpm", "1.0^git1-1", "1.0.1-1", -1),
    ("rpm", "0:1.0-1", "1.0-1", 0),
    ("rpm", "1:0.5-1", "2-1", 1),
    ("rpm", "1.0a-1", "1.0.1-1", -1),
    ("rpm", "1_0-1", "1.0-1", 0),
    ("rpm", "3.0.7-27.el9", "3.0.7-28.el9_4", -1),
    ("apk", "1.0_alpha1-r0", "1.0-r0", -1),
    ("apk", "1.0_p1-r0", "1.0-r0", 1),
    ("apk", "1.0_hg-r0", "1.0-r0", 1),
    ("apk", "1.10-r0", "1.9-r0", 1),
    ("apk", "1.02", "1.1", -1),
    ("apk", "2.14.1", "2.14.1-r0", -1),
    ("apk", "1.0.2a-r0", "1.0.2-r9", 1),
    ("apk", "6.6.2p1-r0", "6.8.0-r0", -1),
    ("apk", "1.0.4.-r0", "1.0.5-r0", -1),
    ("apk", "1_p", "1_p1", -1),
    ("apk", "a1", "1", None),
]


@pytest.mark.parametrize(("system", "before", "after", "expected"), TRICKY)
def test_tricky_pairs(system: str, before: str, after: str, expected: int | None) -> None:
    """Each pair is in the order that the system's own program says, and the other way round too."""
    assert order(system, before, after) == expected
    assert order(system, after, before) == (None if expected is None else -expected)


@pytest.mark.engine
def test_dpkg_agrees_over_real_pairs() -> None:
    """Over 10,000 pairs in Debian's lists, none is in another order than Dpkg's, a sample none than dpkg's."""
    perl = need("perl", "perl")
    need("apt-cache", "apt")
    written = run(["apt-cache", "dumpavail"])
    known = sorted(set(re.findall(r"^Version: (\S+)", written, re.MULTILINE)), key=lambda one: one.split(":")[-1])
    chosen = random.Random(6)
    pairs = [*pairwise(known), *((one, chosen.choice(known)) for one in known)]
    assert len(pairs) >= 10_000, "fetch the lists: apt-get update"
    program = "use Dpkg::Version; while (<STDIN>) { my ($a, $b) = split; print version_compare($a, $b), qq(\\n); }"
    lines = "".join(f"{one} {other}\n" for one, other in pairs)
    told = subprocess.run([perl, "-e", program], input=lines, capture_output=True, text=True, check=True).stdout.split()
    wrong = [pair for pair, word in zip(pairs, told, strict=True) if order("dpkg", *pair) != int(word)]
    assert not wrong
    for one, other in chosen.sample(pairs, 100):
        word = {-1: "lt", 0: "eq", 1: "gt"}[order("dpkg", one, other) or 0]
        assert subprocess.run(["dpkg", "--compare-versions", one, word, other], check=False).returncode == 0
