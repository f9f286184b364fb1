"""Tests of what differs between two documents: made-up trees, real trees against diff, and what is not known."""

import os
import re
import subprocess
import time
from pathlib import Path

import msgspec
import pytest

from generator.analysis.sections.packages import InstalledPackage, PackageDatabase, Packages, PackagesSection
from generator.compare import files, packages
from generator.compare.between import between
from generator.compare.changes import PackageChanges, Unknown
from generator.compare.lost_options import lost
from generator.formats.option import NOT_ANALYSED, CommandOptions, Option
from generator.formats.versions import order
from tests.engines import need
from tests.pages.samples import HOSTILE, SMALL, Entry, document, large, tree


def test_a_document_does_not_differ_from_itself() -> None:
    """The same document on both sides has no change in any list."""
    same = document()
    found = between(same, same)
    assert found.is_same_image
    assert found.settings == () and found.capabilities == ()
    assert (found.files.removed_count, found.files.added_count, found.files.changed_count) == (0, 0, 0)
    assert found.files.same_count == len(same.tree) - 1


def test_what_an_older_document_does_not_tell_is_unknown() -> None:
    """A section that a document does not have is unknown, not removed."""
    found = between(document(), document(word="other"))
    for one in (found.packages, found.commands, found.libraries, found.users, found.permissions):
        assert one == Unknown("older", "older")


def test_a_missing_configuration_is_unknown() -> None:
    """Settings are not compared when one side has no configuration."""
    assert between(document(), document(bare=True, word="other")).settings == Unknown("", "no-config")


def test_each_way_of_differing_is_counted_apart() -> None:
    """Content, mode, owner, kind and target are told apart; a path that differs in two ways counts in both."""
    before = tree([Entry("a", size=1), Entry("b"), Entry("c"), Entry("d", "l", target="x"), Entry("e"), Entry("f")])
    after = tree(
        [
            Entry("a", size=2),
            Entry("b", mode=0o755, uid=7),
            Entry("c", "d"),
            Entry("c/in", size=5),
            Entry("d", "l", target="y"),
            Entry("e", content="other"),
            Entry("f"),
        ]
    )
    found = files.changes(before, after)
    counts = {name: count for name, count in found.by_aspect.items() if count}
    assert counts == {"content": 2, "mode": 1, "owner": 1, "kind": 1, "target": 1}
    assert (found.changed_count, found.same_count, found.added_count, found.added_size) == (5, 1, 1, 5)


def test_a_directory_that_goes_whole_is_one_row() -> None:
    """What is below a directory that only one image has is rolled up into one row with the whole count."""
    before = tree([*SMALL, *(Entry(f"usr/share/zoneinfo/zone-{number}", size=2) for number in range(212))])
    (row,) = files.changes(before, tree(SMALL)).removed
    assert (row.path, row.count, row.size, row.is_whole) == ("/usr", 215, 424, True)


def test_names_like_a_prefix_of_another_keep_the_walk_in_step() -> None:
    """Names that sort around the slash (`a`, `a-b`, `a.d`) and hostile ones are matched by name."""
    names = ["a/x", "a-b", "a.d/y", "a0", *(f"h/{one.replace('/', '_')}" for one in HOSTILE if one.isprintable())]
    whole = tree(Entry(one) for one in names)
    for left_out in names:
        found = files.changes(whole, tree(Entry(one) for one in names if one != left_out))
        assert found.added_count == 0 and found.changed_count == 0
        assert found.removed_count in (1, 2)


def test_a_tree_of_seventy_thousand_entries_takes_less_than_two_seconds() -> None:
    """Comparing two large trees is linear."""
    entries = large(70_000)
    before, after = tree(entries), tree(entries[: len(entries) // 2])
    started = time.process_time()
    found = files.changes(before, after)
    assert time.process_time() - started < 2
    assert found.before_count == found.removed_count + found.same_count + found.changed_count
    assert sum(row.count for row in found.removed) == found.removed_count or found.removed_row_count > files.MOST_ROWS


@pytest.mark.engine
def test_files_equal_diff(tmp_path: Path) -> None:
    """Topmost differences of two trees on disk are those that diff -rq --no-dereference names."""
    diff = need("diff", "diffutils")
    sides: tuple[list[Entry], list[Entry]] = (
        [*SMALL[:6], Entry("only/a/x", size=3), Entry("same", size=2), Entry("swap", "l", target="same")],
        [*SMALL[3:6], Entry("bin/ls", size=9), Entry("new/b", size=3), Entry("same", size=2), Entry("swap", size=1)],
    )
    trees = [tree(one) for one in sides]
    for name, one in zip("AB", trees, strict=True):
        _write(tmp_path / name, one)
    done = subprocess.run(
        [diff, "-rq", "--no-dereference", "A", "B"],
        cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"},
    )  # fmt: skip
    only = {m[1] + "/" + m[2] for m in re.finditer(r"^Only in (.*): (.*)$", done.stdout, re.M)}
    differ = {m[1] for m in re.finditer(r"^(?:Files|File|Symbolic links) A(\S*) (?:and|is)", done.stdout, re.M)}
    from generator.analysis.tree_view import path_of

    ours = set()
    for mine, theirs in files.walk(trees[0], trees[1]):
        if mine < 0 or theirs < 0:
            ours.add(f"A{path_of(trees[0], mine)}" if theirs < 0 else f"B{path_of(trees[1], theirs)}")
    found = files.changes(trees[0], trees[1])
    assert only and ours == only
    assert {row.path for row in found.changed if set(row.aspects) & {"content", "kind", "target"}} == differ


def _write(root: Path, made: object) -> None:
    from generator.analysis.document import Tree
    from generator.analysis.tree_view import digest_of, path_of

    assert isinstance(made, Tree)
    for entry in range(len(made)):
        place = root / path_of(made, entry).lstrip("/")
        if made.kinds[entry] == "d":
            place.mkdir(parents=True)
        elif made.kinds[entry] == "l":
            place.symlink_to(made.targets[str(entry)])
        else:
            place.write_text(digest_of(made, made.contents[entry]) + str(made.sizes[entry]))


@pytest.mark.parametrize(
    ("system", "older", "newer"),
    [
        ("dpkg", "1.0~rc1-1", "1.0-1"),
        ("dpkg", "1.9-1", "1.10-1"),
        ("dpkg", "2.0-1", "1:1.0-1"),
        ("dpkg", "1.0-1", "1.0-1+deb12u1"),
        ("dpkg", "1.0", "1.0a"),
        ("apk", "1.2.3_rc1-r0", "1.2.3-r0"),
        ("apk", "1.2.3-r9", "1.2.3-r10"),
        ("apk", "1.2.3-r0", "1.2.3_p1-r0"),
        ("apk", "1.2", "1.2.1"),
        ("rpm", "1.0~rc1-1", "1.0-1"),
        ("rpm", "1.0-1", "1.0^git1-1"),
        ("rpm", "1.0a-1", "1.0.1-1"),
    ],
)
def test_versions_are_ordered_as_their_system_does(system: str, older: str, newer: str) -> None:
    """The older version comes first in both directions."""
    assert order(system, older, newer) == -1
    assert order(system, newer, older) == 1
    assert order(system, older, older) == 0


@pytest.mark.engine
def test_dpkg_orders_versions_likewise() -> None:
    """dpkg itself agrees on every pair of a list of difficult versions."""
    dpkg = need("dpkg", "dpkg")
    versions = ["1.0", "1.0-0", "1.0~", "1.0~~a", "1.0a", "1.0+b", "1.00", "1:0.1", "1.0-1~bpo1", "1.0-1", "1.0.1-1"]
    for one in versions:
        for other in versions:
            older = subprocess.run([dpkg, "--compare-versions", one, "lt", other], check=False).returncode == 0
            assert (order("dpkg", one, other) == -1) == older, (one, other)


def test_versions_without_an_order_are_only_different() -> None:
    """What a system's grammar does not allow is not called newer or older."""
    assert order("apk", "latest", "1.0-r0") is None
    assert order("unheard of", "1", "2") is None


def _packages(kind: str, *named: tuple[str, str]) -> PackagesSection:
    empty = dict.fromkeys(("source_name", "source_version", "license", "summary", "homepage", "maintainer"), "")
    counts = dict.fromkeys(("epoch", "installed_size", "owned_size", "owned_count", "missing_count"))
    rows = tuple(
        msgspec.convert(
            {"database": 0, "name": name, "version": version, "architecture": "all", **empty, **counts},
            InstalledPackage,
        )
        for name, version in named
    )
    database = PackageDatabase(kind, "/db", 0, len(rows), False)
    return PackagesSection(state="found", found=Packages((database,), rows, [], None, None, None))


def test_packages_go_come_and_change() -> None:
    """Every package is in exactly one of the kinds, and distroless records are dpkg's."""
    found = packages.changes(
        _packages("dpkg", ("gone", "1"), ("up", "1"), ("down", "2"), ("same", "1")),
        _packages("dpkg-status.d", ("up", "2"), ("down", "1"), ("same", "1"), ("new", "1")),
    )
    assert isinstance(found, PackageChanges)
    assert [(one.kind, (one.before or one.after).name) for one in found.changes] == [  # type: ignore[union-attr]
        ("downgraded", "down"),
        ("removed", "gone"),
        ("added", "new"),
        ("upgraded", "up"),
    ]
    assert found.same_count == 1


def test_packages_of_two_systems_are_never_the_same() -> None:
    """A package of apk is not an upgrade of dpkg's of the same name."""
    found = packages.changes(_packages("dpkg", ("bash", "5.1-1")), _packages("apk", ("bash", "5.2-r0")))
    assert isinstance(found, PackageChanges)
    assert (found.counts["removed"], found.counts["added"], found.counts["upgraded"]) == (1, 1, 0)


def test_only_documented_options_are_lost_and_only_as_far_as_evidence_carries() -> None:
    """Undocumented ones and --help are left out, and the claim says what was read."""
    before = CommandOptions(
        (Option("-a"), Option("-z"), Option("--all"), Option("--help"), Option("--hidden", documented=False)),
        long_table=True,
    )
    silent = [(one.name, one.claim) for one in lost(before, CommandOptions((Option("-a"),)))]
    assert silent == [("-z", "not documented"), ("--all", "no long-option table")]
    assert lost(before, NOT_ANALYSED) == () == lost(NOT_ANALYSED, before)
