"""What pair pages say of two real images, held against diff, find, apk, dpkg-query and commands in containers.

diff compares unpacked trees and knows nothing of modes and owners; those are held against what find prints. Whoever
reads the tools' words here has its own few lines for it and none of the comparison's.
"""

import os
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from generator.analysis import tree_view
from generator.analysis.document import Tree
from generator.compare import files
from generator.compare.between import between
from generator.compare.changes import Changes, CommandChanges, PackageChanges
from generator.compare.meanings import explained
from tests.engine.conftest import DocumentOf, Unpacked
from tests.engine.images import Images
from tests.engine.test_options import asked
from tests.engines import DockerEngine, need
from tests.formats.probing import verdict

pytestmark = [pytest.mark.engine, pytest.mark.slow]

ALPINE: Final = "alpine-3.20.3"
OLDER_ALPINE: Final = "alpine-3.14.10"
PAIRS: Final = (("debian", ALPINE), (ALPINE, "busybox-1.37.0-musl"), (OLDER_ALPINE, ALPINE))
NATIVE: Final = {
    "debian": ("dpkg-query", "-W", "-f", "${Package} ${Version}\\n"),
    ALPINE: ("sh", "-c", 'apk info -v | sed "s/-\\([^-]*-r[0-9]*\\)$/ \\1/"'),
    OLDER_ALPINE: ("sh", "-c", 'apk info -v | sed "s/-\\([^-]*-r[0-9]*\\)$/ \\1/"'),
}
"""Prints a name and a version a line. No such tool is in BusyBox, which has no packages."""


class Differing(NamedTuple):
    """What two folders have not in common: of a folder that only one has, the folder alone."""

    removed: frozenset[bytes]
    added: frozenset[bytes]
    changed: frozenset[bytes]


def diffed(before: Path, after: Path) -> Differing:
    """Ask diff; it says nothing of modes, owners and times."""
    command: list[str | Path] = [need("diff", "diffutils"), "-rq", "--no-dereference", before, after]
    done = subprocess.run(command, capture_output=True, check=False, env={"LC_ALL": "C", "PATH": os.environ["PATH"]})
    assert done.returncode == 1, done.stderr  # 1: they differ; 2: trouble
    removed: set[bytes] = set()
    added: set[bytes] = set()
    changed: set[bytes] = set()
    ours, theirs = os.fsencode(before), os.fsencode(after)
    for line in done.stdout.splitlines():
        only = re.fullmatch(rb"Only in (.*?): (.*)", line)
        if only:
            side, paths = (ours, removed) if only[1].startswith(ours) else (theirs, added)
            paths.add(only[1].removeprefix(side) + b"/" + only[2])
            continue
        both = re.match(rb"(?:File|Files|Symbolic links) " + re.escape(ours) + rb"(/.*?) (?:and|is an?) ", line)
        assert both, line
        changed.add(both[1])
    return Differing(frozenset(removed), frozenset(added), frozenset(changed))


def listed(root: Path) -> dict[bytes, tuple[bytes, ...]]:
    """Ask find for kind, mode and owner of every path."""
    command: list[str | Path] = [need("find", "findutils"), root, "-mindepth", "1", "-printf", r"/%P\0%y\0%m\0%U:%G\0"]
    fields = subprocess.run(command, capture_output=True, check=True).stdout.split(b"\0")
    return {path: tuple(rest) for path, *rest in zip(*(fields[one::4] for one in range(4)), strict=False)}


def path_in(tree: Tree, entry: int) -> bytes:
    """Return the path of an entry as the bytes that it is."""
    return os.fsencode(tree_view.path_of(tree, entry))


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_files_equal_what_diff_and_find_say(
    before: str, after: str, document_of: DocumentOf, unpacked: Unpacked
) -> None:
    """What only one has and what differs is what `diff -rq` prints of unpacked trees; modes and owners are find's."""
    ours, theirs = document_of(before).tree, document_of(after).tree
    found = files.changes(ours, theirs)
    said = diffed(unpacked(before), unpacked(after))
    steps = list(files.walk(ours, theirs))
    assert {path_in(ours, one) for one, other in steps if other < 0} == said.removed
    assert {path_in(theirs, other) for one, other in steps if one < 0} == said.added
    assert len(found.changed) == found.changed_count  # no row was cut
    assert found.unknown_content_count == 0
    by_content = {
        os.fsencode(one.path) for one in found.changed if {"kind", "content", "target", "device"} & set(one.aspects)
    }
    assert by_content == said.changed
    here, there = listed(unpacked(before)), listed(unpacked(after))
    assert found.removed_count == len(here.keys() - there.keys()) == sum(one.count for one in found.removed)
    assert found.added_count == len(there.keys() - here.keys()) == sum(one.count for one in found.added)
    both = here.keys() & there.keys()
    links = {path for path in both if b"l" in (here[path][0], there[path][0])}
    for aspect, field in (("kind", 0), ("mode", 1), ("owner", 2)):
        differing = {path for path in both if here[path][field] != there[path][field]}
        stated = {os.fsencode(one.path) for one in found.changed if aspect in one.aspects}
        assert stated == differing - (links if aspect == "mode" else set()), aspect
    assert found.same_count + found.changed_count == len(both)
    assert found.removed_count > 20
    assert len(said.changed) > 5


def packages_of(changes: Changes) -> PackageChanges:
    """Return what was found of packages."""
    assert isinstance(changes.packages, PackageChanges)
    return changes.packages


def natively(engine: DockerEngine, images: Images, name: str) -> dict[str, str]:
    """Ask the image's own package tool in a container for all names and versions."""
    if name not in NATIVE:
        return {}
    engine.load_layout(images.layout(name), name)
    with engine.client() as client:
        printed = client.containers.run(f"{name}:latest", list(NATIVE[name]), network_mode="none", remove=True)
    lines = (line.partition(" ") for line in printed.decode().splitlines())
    return {package: version for package, _, version in lines}


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_packages_equal_the_native_lists(
    before: str, after: str, images: Images, document_of: DocumentOf, docker_overlay2: DockerEngine
) -> None:
    """Packages that go, come and change, with their versions, are what the images' own tools list."""
    found = packages_of(between(document_of(before), document_of(after)))
    ours, theirs = (natively(docker_overlay2, images, name) for name in (before, after))
    if before == "debian":  # a package of the same name in another system is another package
        ours, theirs = (
            {f"dpkg {name}": version for name, version in ours.items()},
            {f"apk {name}": version for name, version in theirs.items()},
        )
        names = {"removed": "dpkg ", "added": "apk "}
    else:
        names = {}
    stated: dict[str, dict[str, tuple[str | None, str | None]]] = {}
    for one in found.changes:
        either = one.before or one.after
        assert either is not None
        versions = (one.before.version if one.before else None, one.after.version if one.after else None)
        stated.setdefault(one.kind, {})[names.get(one.kind, "") + either.name] = versions
    assert stated.pop("removed", {}) == {name: (ours[name], None) for name in ours.keys() - theirs.keys()}
    assert stated.pop("added", {}) == {name: (None, theirs[name]) for name in theirs.keys() - ours.keys()}
    moved = {name: versions for kind in stated.values() for name, versions in kind.items()}
    both = ours.keys() & theirs.keys()
    assert moved == {name: (ours[name], theirs[name]) for name in both if ours[name] != theirs[name]}
    assert found.same_count == len(both) - len(moved)
    assert (found.before_count, found.after_count) == (len(ours), len(theirs))
    assert len(ours) >= 14


def test_newer_and_older_are_what_apk_says(
    images: Images, document_of: DocumentOf, docker_overlay2: DockerEngine
) -> None:
    """Every package called upgraded between two Alpines has a version that `apk version -t` calls lower before."""
    found = packages_of(between(document_of(OLDER_ALPINE), document_of(ALPINE)))
    moved = [one for one in found.changes if one.before and one.after]
    lines = " ".join(f"{one.before.version} {one.after.version}" for one in moved if one.before and one.after)
    script = f'set -- {lines}; while [ $# -gt 0 ]; do apk version -t "$1" "$2"; shift 2; done'
    docker_overlay2.load_layout(images.layout(ALPINE), ALPINE)
    with docker_overlay2.client() as client:
        said = client.containers.run(f"{ALPINE}:latest", ["sh", "-c", script], network_mode="none", remove=True)
    kinds = {"<": "upgraded", ">": "downgraded", "=": "changed"}
    assert [one.kind for one in moved] == [kinds[sign] for sign in said.decode().split()]
    assert len(moved) > 8


def test_no_long_option_that_is_called_lost_is_accepted(
    images: Images, document_of: DocumentOf, docker_overlay2: DockerEngine, tmp_path: Path
) -> None:
    """Of Debian's options that Alpine is said not to document, Alpine's commands in a container take no long one.

    And at least 94 of 100 short ones are refused: for those a usage text's silence is all that is claimed. What is
    said to be still there under another spelling is taken.
    """
    found = between(document_of("debian"), document_of(ALPINE)).commands
    assert isinstance(found, CommandChanges)
    docker_overlay2.load_layout(images.layout(ALPINE), ALPINE)
    losing = [one for one in found.both if one.lost]
    impossible = [(one.after.path, "--zzxx") for one in losing]
    lost = [(one.after.path, option.name) for one in losing for option in one.lost]
    kept = [(one.after.path, name) for one in losing for row in explained(one)[0] for name in row.kept]
    said = asked(docker_overlay2, ALPINE, [*impossible, *lost, *kept], tmp_path / "asked")
    telling = {path for path, option in impossible if verdict(option, said[f"{path} {option}"]) is False}
    answers = {(path, option): verdict(option, said[f"{path} {option}"]) for path, option in lost if path in telling}
    stand_ins = Counter(verdict(option, said[f"{path} {option}"]) for path, option in kept if path in telling)
    counts = Counter((option.startswith("--"), taken) for (_, option), taken in answers.items())
    assert [asked_for for asked_for, taken in answers.items() if taken and asked_for[1].startswith("--")] == []
    assert counts[True, False] > 600, counts
    assert counts[False, False] / (counts[False, False] + counts[False, True]) >= 0.94, counts
    assert stand_ins[True] > 150, stand_ins
    assert stand_ins[True] / (stand_ins[True] + stand_ins[False]) >= 0.99, stand_ins
