"""Tests of the orders of versions: tricky pairs always, thousands of real ones against the systems' own programs."""

import json
import random
import re
import subprocess
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.formats.versions import order
from tests.advisories.conftest import SIGNS, AskApk
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
    ("apk", "1.0_alpha", "1.0", -1),
    ("apk", "1.0", "1.", 1),
    ("apk", "1.01", "1.1", -1),
    ("apk", "1.00", "1.0", -1),
    ("rpm", "1.0", "1.0-1", -1),
    ("rpm", "1.0-", "1.0", 1),
    ("rpm", "1.0-1.module_el9.1.0+24+c2", "1.0-1.el9", 1),
    ("none", "1", "2", None),
    ("rpm", "1" * 201, "1", None),
]


@pytest.mark.parametrize(("system", "before", "after", "expected"), TRICKY)
def test_tricky_pairs(system: str, before: str, after: str, expected: int | None) -> None:
    """Each pair is in the order that the system's own program says, and the other way round too."""
    assert order(system, before, after) == expected
    assert order(system, after, before) == (None if expected is None else -expected)


@given(st.text("0123456789abz._-+~^:r", max_size=12), st.text("0123456789abz._-+~^:r", max_size=12))
def test_any_two_are_in_one_order_or_in_none(one: str, other: str) -> None:
    """Whatever is compared, the other way round it is the other way round, and everything is equal to itself."""
    for system in ("apk", "dpkg", "rpm"):
        found = order(system, one, other)
        assert order(system, other, one) == (None if found is None else -found)
        assert order(system, one, one) in (0, None)


def test_apk_agrees_over_its_published_pairs() -> None:
    """Every pair of the list that apk-tools tests itself by is in its order."""
    lines = (Path(__file__).parent / "apk_version_pairs.txt").read_text().splitlines()
    chains = [line.split() for line in lines if not line.startswith("#")]
    pairs = [pair for words in chains for pair in zip(words[::2], words[1::2], words[2::2], strict=False)]
    assert len(pairs) == 729
    assert [pair for pair in pairs if order("apk", pair[0], pair[2]) != SIGNS[pair[1]]] == []


@pytest.mark.engine
@pytest.mark.slow
def test_apk_agrees_over_all_real_versions(shared_advisories: Path, roots: dict[str, Path], ask_apk: AskApk) -> None:
    """Of all versions in Alpine's security databases and images here, no pair is in another order than apk's."""
    texts = "".join(path.read_text() for path in sorted(shared_advisories.rglob("*.yaml")))
    installed = "".join(path.read_text() for root in roots.values() for path in root.glob("lib/apk/db/installed"))
    known = sorted(
        {*re.findall(r"^ {8}(\S+):$", texts, re.MULTILINE), *re.findall(r"^V:(\S+)$", installed, re.MULTILINE)}
    )
    assert len(known) > 920
    chosen = random.Random(6)
    pairs = [*pairwise(known), *((one, chosen.choice(known)) for one in known)]
    told = ask_apk(pairs)
    assert [pair for pair, sign in zip(pairs, told, strict=True) if order("apk", *pair) != sign] == []


@pytest.mark.engine
def test_rpm_agrees_over_real_pairs(shared_advisories: Path, tmp_path: Path) -> None:
    """Over 10,000 pairs of AlmaLinux's own versions, none is in another order than rpm's."""
    versions: dict[str, set[str]] = {}
    with zipfile.ZipFile(shared_advisories / "almalinux9-osv.zip") as archive:
        for name in archive.namelist():
            for affected in json.loads(archive.read(name))["affected"]:
                fixes = [event["fixed"] for one in affected["ranges"] for event in one["events"] if "fixed" in event]
                versions.setdefault(affected["package"]["name"], set()).update(fixes)
    known = sorted(set().union(*versions.values()))
    chosen = random.Random(6)
    pairs = sorted(
        {*pairwise(known), *((one, chosen.choice(known)) for one in known)}
        | {pair for some in versions.values() for pair in pairwise(sorted(some))}
        | {(one, chosen.choice(sorted(some))) for some in versions.values() for one in some}
    )
    assert len(pairs) >= 10_000
    program = (
        'for line in io.lines("pairs") do local a, b = line:match("(%S+) (%S+)"); print(rpm.vercmp(a, b) .. " ") end'
    )
    told: list[str] = []
    for start in range(0, len(pairs), 5000):
        lines = "".join(f"{one} {other}\n" for one, other in pairs[start : start + 5000])
        (tmp_path / "pairs").write_text(lines)
        told += run([need("rpm", "rpm"), "--eval", f"%{{lua: {program}}}"], cwd=tmp_path).split()
    assert [pair for pair, sign in zip(pairs, told, strict=True) if order("rpm", *pair) != int(sign)] == []


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
