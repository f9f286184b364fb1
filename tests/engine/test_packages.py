"""Packages of whole documents, held against the native tools: apk and dpkg-query in containers, rpm on a root it made.

Names, versions, architectures, sources, licences and the files that each package owns; and those that nobody owns.
"""

import subprocess
import sys
import tarfile
from collections import defaultdict
from io import BytesIO
from pathlib import Path

import pytest

from generator.analysis import tree_view
from generator.analysis.document import Document
from generator.analysis.sections.packages import Packages
from tests.builders import file, image, tar
from tests.engine.conftest import DocumentOf, Unpacked
from tests.engine.images import Images
from tests.engines import DockerEngine, need, need_root, run
from tests.formats import rpm_tools
from tests.opened import analyzed

pytestmark = [pytest.mark.engine, pytest.mark.slow]

Owned = dict[str, set[str]]
_APK = 'for one in $(apk info -q | sort); do echo "@@$one"; apk info -qL "$one"; done'
_DPKG_FORMAT = "${Package}|${Version}|${Architecture}|${source:Package}|${source:Version}\\n"
_DPKG = 'for one in $(dpkg-query -W -f "\\${binary:Package}\\n"); do echo "@@${one%%:*}"; dpkg-query -L "$one"; done'
_REAL = r"""
import os, sys
os.chroot(sys.argv[1])
for line in sys.stdin:
    folder, _, name = line.rstrip("\n").rpartition("/")
    print(os.path.join(os.path.realpath(folder or "/"), name))
"""


def packages_of(document: Document) -> Packages:
    """Return what was found."""
    section = document.sections.packages
    assert section is not None
    assert section.found is not None, section.failure
    return section.found


def owned_by(document: Document) -> tuple[Owned, set[str]]:
    """Return the paths (no directories) that each package owns, and those that none does."""
    found = packages_of(document)
    owned: Owned = defaultdict(set)
    unowned = set()
    for path, owner in zip(tree_view.paths(document.tree), found.owners, strict=True):
        if owner >= 0:
            owned[found.packages[owner].name].add(path)
        elif owner == -1:
            unowned.add(path)
    return owned, unowned


def everything(document: Document) -> set[str]:
    """Return every path of a tree that is no directory; that the tree is right is another test's business."""
    kinds = document.tree.kinds
    return {path for path, kind in zip(tree_view.paths(document.tree), kinds, strict=True) if kind != "d"}


def printed(engine: DockerEngine, name: str, *command: str) -> str:
    """Run a command in a container without network."""
    with engine.client() as client:
        return str(client.containers.run(f"{name}:latest", list(command), network_mode="none", remove=True).decode())


def grouped(text: str) -> Owned:
    """Read `@@package` lines, each followed by the paths that the package owns."""
    owned: Owned = {}
    for line in text.splitlines():
        if line.startswith("@@"):
            owned[line[2:]] = set()
        elif line:
            next(reversed(owned.values())).add("/" + line.lstrip("/"))
    return owned


def present(owned: Owned, there: set[str]) -> Owned:
    """Return what is there of what is owned, without packages that have nothing."""
    return {name: kept for name, paths in owned.items() if (kept := paths & there)}


@pytest.mark.parametrize("name", ["alpine-3.20.3", "alpine-3.14.10", "alpine-3.11"])
def test_apk_agrees(name: str, images: Images, document_of: DocumentOf, docker_overlay2: DockerEngine) -> None:
    """Packages, versions and the files of each are those that `apk info` prints in a container."""
    docker_overlay2.load_layout(images.layout(name), name)
    document = document_of(name)
    ours = sorted(f"{one.name}-{one.version}" for one in packages_of(document).packages)
    theirs = sorted(printed(docker_overlay2, name, "apk", "info", "-v").split())
    assert ours == theirs
    assert len(ours) >= 14
    owned, _ = owned_by(document)
    assert owned == present(grouped(printed(docker_overlay2, name, "sh", "-c", _APK)), everything(document))


def test_dpkg_agrees(
    images: Images, document_of: DocumentOf, docker_overlay2: DockerEngine, unpacked: Unpacked
) -> None:
    """Of Debian's smallest system, packages and files are those that dpkg-query prints; the rest is unowned."""
    docker_overlay2.load_layout(images.layout("debian"), "debian")
    document = document_of("debian")
    ours = sorted(
        f"{one.name}|{one.version}|{one.architecture}|{one.source_name}|{one.source_version}"
        for one in packages_of(document).packages
    )
    theirs = sorted(printed(docker_overlay2, "debian", "dpkg-query", "-W", "-f", _DPKG_FORMAT).splitlines())
    assert ours == theirs
    assert len(ours) > 50
    listed = grouped(printed(docker_overlay2, "debian", "sh", "-c", _DPKG))
    lines = [f"{name} {path}" for name, paths in listed.items() for path in paths]
    real = really([line.partition(" ")[2] for line in lines], unpacked("debian"))
    resolved: Owned = defaultdict(set)
    first: set[str] = set()
    for line, path in sorted(zip(lines, real, strict=True)):
        if path not in first:  # /bin is in the list of every package that has something below it, the first owns it
            resolved[line.partition(" ")[0]].add(path)
        first.add(path)
    there = everything(document)
    owned, unowned = owned_by(document)
    assert owned == present(resolved, there)
    assert unowned == {one for one in there - set(real) if not one.startswith("/var/lib/dpkg/")}


def really(paths: list[str], root: Path) -> list[str]:
    """Return where paths really lie, the links of their directories followed by a process inside the root."""
    need_root("looking from inside a root file system")
    command = [sys.executable, "-I", "-c", _REAL, str(root)]
    done = subprocess.run(command, input="\n".join(paths), capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_dpkg_agrees_on_distroless(document_of: DocumentOf, unpacked: Unpacked, tmp_path: Path) -> None:
    """The five packages of a distroless-style image are those that dpkg-query reads in the same records.

    Also where the archive has no entries for the directories above the records.
    """
    folder = unpacked("distroless-static") / "var/lib/dpkg/status.d"
    records = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    stanzas = [content for name, content in records.items() if not name.endswith(".md5sums")]
    (tmp_path / "status").write_bytes(
        b"\n".join(b"Status: install ok installed\n" + content.strip() + b"\n" for content in stanzas)
    )
    query = [need("dpkg-query", "dpkg"), f"--admindir={tmp_path}", "-W", "-f", _DPKG_FORMAT]
    theirs = sorted(run(query).splitlines())
    assert len(theirs) == len(stanzas) == 5
    bare = analyzed(image([tar([file(f"./var/lib/dpkg/status.d/{name}", each) for name, each in records.items()])]))
    for document in (document_of("distroless-static"), bare):
        ours = [
            f"{one.name}|{one.version}|{one.architecture}|{one.source_name}|{one.source_version}"
            for one in packages_of(document).packages
        ]
        assert sorted(ours) == theirs


_RPM_QUERY = "%{NAME}|%{EPOCH}|%{VERSION}-%{RELEASE}|%{ARCH}|%{LICENSE}|%{SOURCERPM}|%{SIZE}\\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Give packages that rpmbuild made."""
    return rpm_tools.build_packages(tmp_path_factory.mktemp("rpms"), 6)


@pytest.mark.parametrize("database", ["/var/lib/rpm", "/usr/lib/sysimage/rpm"])
@pytest.mark.parametrize("backend", ["sqlite", "ndb"])
def test_rpm_agrees(built: list[Path], backend: str, database: str, tmp_path: Path) -> None:
    """Of a root that rpm itself installed, fields, owned and unowned files are those of `rpm -qa`, `-qla` and find."""
    need_root("installing packages into a root of their own")
    rpm = [need("rpm", "rpm"), "--root", str(tmp_path), "--dbpath", database, "--define", f"_db_backend {backend}"]
    backends = next(line for line in run([rpm[0], "--showrc"]).splitlines() if line.startswith("available backends"))
    if backend not in backends.split():
        pytest.skip(f"this rpm is built without {backend}")
    run([*rpm, "--initdb"])
    run([*rpm, "--nodeps", "--ignorearch", "--noscripts", "-i", *built])
    (tmp_path / "etc/stray").write_text("by hand")
    (tmp_path / "etc/stray-link").symlink_to("stray")
    (tmp_path / "usr/share/lib2/a/f7").unlink()
    document = analyzed(image([archived(tmp_path)]))
    ours = sorted(
        f"{one.name}|{'(none)' if one.epoch is None else one.epoch}|{one.version}|{one.architecture}|{one.license}|"
        f"{one.source_name}-{one.source_version}.src.rpm|{one.installed_size}"
        for one in packages_of(document).packages
    )
    assert ours == sorted(run([*rpm, "-qa", "--qf", _RPM_QUERY]).splitlines())
    assert len(ours) == 6
    listed: Owned = defaultdict(set)
    for line in run([*rpm, "-qa", "--qf", "[%{=NAME}|%{FILENAMES}\\n]"]).splitlines():
        name, _, path = line.partition("|")
        listed[name].add(path)
    there = {f"/{path.relative_to(tmp_path)}" for path in tmp_path.rglob("*") if path.is_symlink() or not path.is_dir()}
    owned, unowned = owned_by(document)
    assert owned == present(listed, there)
    assert (
        unowned
        == {path for path in there - set(run([*rpm, "-qla"]).splitlines()) if not path.startswith(f"{database}/")}
        == {"/etc/stray", "/etc/stray-link"}
    )
    (one,) = [one for one in packages_of(document).packages if one.name == "lib2"]
    assert (one.owned_count, one.missing_count) == (len(owned["lib2"]), 1)


def archived(root: Path) -> bytes:
    """Archive a root as a layer."""
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path in sorted(root.iterdir()):
            archive.add(path, path.name)
    return out.getvalue()
