"""The attack surface of real systems, held against find, getcap and dpkg-query on their unpacked trees."""

import os
from pathlib import Path

import pytest

from generator.compare.surface import Fact, surface_of
from tests.engine.conftest import DocumentOf, Unpacked
from tests.engines import need, run

pytestmark = [pytest.mark.engine, pytest.mark.slow]

NAMES = ("alpine-3.20.3", "debian", "distroless-cc", "every-kind")


def facts(document_of: DocumentOf, name: str) -> dict[str, Fact]:
    """Return an image's facts by their names; every list is whole."""
    found = {fact.name: fact for fact in surface_of(document_of(name))}
    assert all(len(fact.rows) == (fact.count or 0) for fact in found.values())
    return found


def paths(fact: Fact) -> set[str]:
    """Return where a fact's rows are."""
    return {row.path for row in fact.rows}


def listed(root: Path, *conditions: str) -> set[str]:
    """Return what find finds, as paths of the image."""
    lines = run([need("find", "findutils"), ".", "-mindepth", "1", *conditions, "-print0"], cwd=root).split("\0")
    return {line[1:] for line in lines if line}


@pytest.mark.parametrize("name", NAMES)
def test_bits_and_capabilities(name: str, unpacked: Unpacked, document_of: DocumentOf) -> None:
    """setuid and setgid files, what anyone may write, and file capabilities are what find and getcap print."""
    root, found = unpacked(name), facts(document_of, name)
    assert paths(found["setuid"]) == listed(root, "-type", "f", "-perm", "/6000")
    unsafe = ("(", "-type", "f", "-o", "-type", "d", "!", "-perm", "-1000", ")")
    assert paths(found["world-writable"]) == listed(root, "-perm", "-0002", *unsafe)
    assert paths(found["shared-directories"]) == listed(root, "-type", "d", "-perm", "-1002")
    printed = run([need("getcap", "libcap2-bin"), "-r", "."], cwd=root).splitlines()
    assert paths(found["capabilities"]) == {line.rpartition(" ")[0].removeprefix(".") for line in printed}


def test_executables_that_dpkg_does_not_list(unpacked: Unpacked, document_of: DocumentOf) -> None:
    """Exactly those that `dpkg-query -L` never names; dpkg's own records, scripts among them, belong to dpkg."""
    root = unpacked("debian")
    query = [need("dpkg-query", "dpkg"), f"--admindir={root}/var/lib/dpkg"]
    packages = run([*query, "-W", "-f", "${binary:Package}\\n"]).split()
    owned = set()
    for line in run([*query, "-L", *packages]).splitlines():
        if line.startswith("/"):
            folder, _, name = line.rpartition("/")
            # Links in directories lead on inside the tree: /bin is /usr/bin.
            owned.add(f"{os.path.realpath(f'{root}{folder}').removeprefix(str(root))}/{name}")
    executable = listed(root, "-type", "f", "-perm", "/111")
    assert len(executable) > 300
    assert paths(facts(document_of, "debian")["unowned-executables"]) == {
        path for path in executable - owned if not path.startswith("/var/lib/dpkg/")
    }
