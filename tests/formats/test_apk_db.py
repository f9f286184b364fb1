"""Alpine's database of installed packages, against apk itself on published root file systems."""

import platform
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import FormatError
from generator.formats import package as package_module
from generator.formats.apk_db import parse_apk_db
from generator.formats.package import Package
from tests.engines import need_root, run, unavailable

SAMPLE = b"""\
C:Q1QVQxw4v/TtHIdnRhuIp624g/4zU=
P:musl
V:1.2.5-r0
A:x86_64
S:356199
I:581632
T:the musl c library
U:https://musl.libc.org/
L:MIT
o:musl-source
m:Timo Ter\xc3\xa4s <t@x.invalid>
D:so:a so:b
F:lib
M:0:0:755
R:ld-musl-x86_64.so.1
a:0:0:755
Z:Q17yJ3JFNypA4mxhJJr0ou6CzsJVI=
F:
R:root-file\xff
F:empty

P:.virtual
V:0
"""


def test_fields_and_files() -> None:
    """Each field has its place, files are joined to the directory before them, bytes survive in paths."""
    musl, virtual = parse_apk_db(SAMPLE, path="/lib/apk/db/installed")
    assert musl == Package(
        format="apk",
        name="musl",
        version="1.2.5-r0",
        architecture="x86_64",
        source_name="musl-source",
        source_version="1.2.5-r0",
        license="MIT",
        installed_size=581632,
        maintainer="Timo Teräs <t@x.invalid>",
        homepage="https://musl.libc.org/",
        summary="the musl c library",
        files=("lib/ld-musl-x86_64.so.1", "root-file\udcff"),
        directories=("lib", "empty"),
    )
    assert (virtual.name, virtual.source_name, virtual.installed_size, virtual.files) == (
        ".virtual",
        ".virtual",
        None,
        (),
    )
    assert parse_apk_db(b"", path="x") == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"P:a\nV:1\nR:file\n", "line 3: a file"),
        (b"P:a\nV:1\nP:b\n", "line 3: one P"),
        (b"P:a\n", "a name"),
        (b"V:1\n\nP:b\nV:1\n", "line 2: a package has a name"),
        (b"P:a\nV:1\nI:-4\n", "decimal"),
        (b"P:a\nV:1\nI:99999999999999999999\n", "decimal"),
        (b"\x7fELF", "line 1: a letter"),
        (b"P:a\nnonsense\n", "line 2: a letter"),
    ],
)
def test_what_is_refused(content: bytes, message: str) -> None:
    """What breaks the format is a FormatError that names file and line."""
    with pytest.raises(FormatError, match=message) as caught:
        parse_apk_db(content, path="/lib/apk/db/installed")
    assert "/lib/apk/db/installed" in str(caught.value)


def test_long_directory_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small database that stands for more paths than memory has is a FormatError."""
    monkeypatch.setattr(package_module.PathBound.__init__, "__defaults__", (1_000_000,))
    content = b"P:a\nV:1\nF:" + b"d" * 10_000 + b"\n" + b"R:f\n" * 10_000
    with pytest.raises(FormatError, match="owned paths"):
        parse_apk_db(content, path="x")


@given(st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(SAMPLE.split(b"\n"))).map(b"\n".join)))
def test_any_bytes(content: bytes) -> None:
    """Any bytes, and any shuffle of real lines, give packages with a name and a version, or FormatError."""
    try:
        packages = parse_apk_db(content, path="x")
    except FormatError:
        return
    assert all(package.name and package.version for package in packages)


def databases(shared_images: Path) -> Iterator[tuple[Path, bytes]]:
    """Give each Alpine root file system and its database."""
    for archive in sorted((shared_images / "rootfs").glob("alpine-*.tar.gz")):
        with tarfile.open(archive) as tar:
            member = tar.extractfile("./lib/apk/db/installed")
            assert member is not None
            yield archive, member.read()


def test_real_databases(shared_images: Path) -> None:
    """On every published root file system the packages and files are those that plain patterns find in the text."""
    seen = 0
    for archive, content in databases(shared_images):
        packages = parse_apk_db(content, path=str(archive))
        text = content.decode()
        assert [package.name for package in packages] == re.findall(r"^P:(.*)$", text, re.M)
        assert [package.version for package in packages] == re.findall(r"^V:(.*)$", text, re.M)
        assert [package.license for package in packages] == re.findall(r"^L:(.*)$", text, re.M)
        assert [package.source_name for package in packages] == re.findall(r"^o:(.*)$", text, re.M)
        assert sum(package.installed_size or 0 for package in packages) == sum(
            map(int, re.findall(r"^I:(.*)$", text, re.M))
        )
        names = [path.rpartition("/")[2] for package in packages for path in package.files or ()]
        assert names == re.findall(r"^R:(.*)$", text, re.M)
        seen += len(packages)
    assert seen > 50


@pytest.mark.engine
def test_apk_agrees(shared_images: Path, tmp_path: Path) -> None:
    """In a chroot, `apk info -v` lists the same packages and `apk info -L` the same files of each."""
    need_root("chroot")
    machine = platform.machine()
    found = [pair for pair in databases(shared_images) if f"-{machine}." in pair[0].name]
    if not found:
        unavailable(f"no Alpine root file system for {machine}")
    for number, (archive, content) in enumerate(found):
        root = tmp_path / str(number)
        with tarfile.open(archive) as tar:
            tar.extractall(root, filter="tar")
        apk: list[str | Path] = ["chroot", root, "/sbin/apk", "info"]
        packages = parse_apk_db(content, path=str(archive))
        listed = [line.split()[0] for line in run([*apk, "-v"]).splitlines()]
        assert sorted(f"{package.name}-{package.version}" for package in packages) == sorted(listed)
        for package in packages:
            lines = run([*apk, "-L", package.name]).splitlines()[1:]
            assert sorted(package.files or ()) == sorted(line for line in lines if line), package.name
