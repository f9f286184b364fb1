"""Debian's database of installed packages: the status file, distroless folders, lists; against dpkg-query."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import FormatError
from generator.formats.dpkg_status import parse_dpkg_status, parse_status_folder, with_lists
from generator.formats.package import Package
from tests.engines import need, run, unavailable

STATUS = """\
Package: libc6
Status: install ok installed
Installed-Size: 12987
Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>
Architecture: amd64
Multi-Arch: same
Source: glibc (2.36-9)
Version: 2.36-9+deb12u1
Description: GNU C Library: Größe
 long: text
 .
 more
Conffiles:
 /etc/ld.so.conf.d/x86_64-linux-gnu.conf d4e7a7b88a71b5ffd9e2644e71a0cfab
 /etc/with blank.conf d4e7a7b88a71b5ffd9e2644e71a0cfab
 /etc/gone d4e7a7b88a71b5ffd9e2644e71a0cfab obsolete
Homepage: https://www.gnu.org/software/libc/libc.html

Package: purged
Status: deinstall ok config-files
Version: 1

Package: halfway
Status: install ok unpacked
Version: 1
\t
Package: waiting
STATUS: install ok triggers-pending
Version: 1:2
Source: other
""".encode()


def test_fields_and_states() -> None:
    """Installed packages are read field by field; removed and unpacked ones are passed over."""
    libc, waiting = parse_dpkg_status(STATUS, path="/var/lib/dpkg/status")
    assert libc == Package(
        format="deb",
        name="libc6",
        version="2.36-9+deb12u1",
        architecture="amd64",
        source_name="glibc",
        source_version="2.36-9",
        installed_size=12987 * 1024,
        maintainer="GNU Libc Maintainers <debian-glibc@lists.debian.org>",
        homepage="https://www.gnu.org/software/libc/libc.html",
        summary="GNU C Library: Größe",
        configuration_files=("etc/ld.so.conf.d/x86_64-linux-gnu.conf", "etc/with blank.conf"),
    )
    assert (waiting.name, waiting.version, waiting.source_name, waiting.source_version) == (
        "waiting",
        "1:2",
        "other",
        "1:2",
    )
    assert (waiting.installed_size, waiting.files) == (None, None)


def test_lists() -> None:
    """A list that names the architecture goes before one that doesn't, the root is no path, no list is not known."""
    packages = parse_dpkg_status(STATUS, path="s")
    lists = {"libc6:amd64.list": b"/.\n/lib\n/lib/a\xff\n", "libc6.list": b"/wrong\n"}
    libc, waiting = with_lists(packages, lists, path="/info")
    assert libc.files == ("lib", "lib/a\udcff")
    assert waiting.files is None
    assert with_lists(packages, {"libc6.list": b"/.\n"}, path="/info")[0].files == ()


def test_distroless() -> None:
    """In status.d a package needs no Status:, its file may have any name, and its .md5sums tells its files."""
    files = {
        "bGliYzY=": b"Package: libc6\nVersion: 2\nArchitecture: amd64\n",
        "bGliYzY=.md5sums": b"d4e7a7b88a71b5ffd9e2644e71a0cfab  usr/lib/libc.so.6\n",
        "base": b"Package: base-files\nVersion: 12\n",
        "gone": b"Package: gone\nVersion: 1\nStatus: deinstall ok config-files\n",
        "orphan.md5sums": b"d4e7a7b88a71b5ffd9e2644e71a0cfab  x\n",
    }
    packages = parse_status_folder(files, path="/var/lib/dpkg/status.d")
    assert [(package.name, package.files) for package in packages] == [
        ("libc6", ("usr/lib/libc.so.6",)),
        ("base-files", None),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Package: a\nVersion: 1\n", "line 1: a Status"),
        (b"Package: a\nStatus: installed\nVersion: 1\n", "three words"),
        (b"Package: a\nStatus: install ok installed\n", "Package: and Version:"),
        (b"Package: a\nnonsense\n", "line 2: a field"),
        (b"Package: a\nPACKAGE: b\n", "line 2: each field once"),
        (b" continued\n", "line 1: a stanza begins"),
        (b"Package: a\0\n", "at 10: a text file"),
        (b"Package: a\nVersion: 1\nStatus: install ok installed\nInstalled-Size: 1e9\n", "decimal"),
    ],
)
def test_what_is_refused(content: bytes, message: str) -> None:
    """What breaks the format is a FormatError that names file and line."""
    with pytest.raises(FormatError, match=message) as caught:
        parse_dpkg_status(content, path="/var/lib/dpkg/status")
    assert "/var/lib/dpkg/status" in str(caught.value)


@pytest.mark.parametrize("content", [b"nonsense\n", b"d4e7a7b88a71b5ffd9e2644e71a0cfab  /\n", b"a\0b"])
def test_md5sums_that_are_none(content: bytes) -> None:
    """A line of .md5sums that is no digest and path is a FormatError that names the file."""
    with pytest.raises(FormatError, match=r"/status\.d/a\.md5sums"):
        parse_status_folder({"a": b"Package: a\nVersion: 1\n", "a.md5sums": content}, path="/status.d")


@given(st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(STATUS.split(b"\n"))).map(b"\n".join)))
def test_any_bytes(content: bytes) -> None:
    """Any bytes, and any shuffle of real lines, give packages with a name and a version, or FormatError."""
    folder = {"a": content, "b": b"Package: b\nVersion: 1", "b.md5sums": content}
    package = Package(format="deb", name="a", version="1")
    parsers: tuple[Callable[[], tuple[Package, ...]], ...] = (
        lambda: parse_dpkg_status(content, path="x"),
        lambda: parse_status_folder(folder, path="x"),
        lambda: with_lists((package,), {"a.list": content}, path="x"),
    )
    for parse in parsers:
        try:
            packages = parse()
        except FormatError:
            continue
        assert all(package.name and package.version for package in packages)


@pytest.mark.engine
def test_dpkg_query_agrees() -> None:
    """Of this machine's own packages dpkg-query prints the same fields, and the same files of each."""
    query = need("dpkg-query", "dpkg")
    folder = Path("/var/lib/dpkg")
    if not (folder / "status").is_file():
        unavailable("this machine is not installed by dpkg")
    lists = {path.name: path.read_bytes() for path in (folder / "info").glob("*.list")}
    packages = with_lists(parse_dpkg_status((folder / "status").read_bytes(), path="s"), lists, path="i")
    fields = (
        "${db:Status-Status}|${Package}|${Version}|${Architecture}|${source:Package}|${source:Version}|"
        "${Installed-Size}|${Maintainer}|${Homepage}|${binary:Summary}\n"
    )
    ours = [
        f"{package.name}|{package.version}|{package.architecture}|{package.source_name}|{package.source_version}|"
        f"{'' if package.installed_size is None else package.installed_size // 1024}|{package.maintainer}|"
        f"{package.homepage}|{package.summary}"
        for package in packages
    ]
    theirs = [line.split("|", 1) for line in run([query, "-W", "-f", fields]).splitlines()]
    assert sorted(ours) == sorted(rest.strip() for state, rest in theirs if state == "installed")

    listed = run([query, "-W", "-f", "${Package} ${Architecture}\n${db-fsys:Files}"])
    files: dict[str, list[str]] = {}
    name = ""
    for line in listed.splitlines():
        if line.startswith(" "):
            files[name] += [line.strip().lstrip("/")] if line not in (" /.", " /") else []
        elif line:
            name = line
            files[name] = []
    for package in packages:
        assert list(package.files or ()) == files[f"{package.name} {package.architecture}"], package.name
