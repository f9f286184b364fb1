"""`python -m demo`: what it says when it cannot work, and what its images hold when it can."""

import os
import tarfile
from pathlib import Path

import pytest

from demo import distroless, tools
from demo.__main__ import main
from demo.debian import tree_entries
from demo.large import merged
from demo.recipes import assembled
from tests.conftest import REPOSITORY
from tests.demo.test_layout import documents


def test_a_missing_tool_is_named_with_the_line_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without apt, one sentence names it and its package, and the exit status is not 0."""
    if not Path("/etc/debian_version").exists():
        pytest.skip("not Debian or Ubuntu")
    monkeypatch.setattr(tools, "SYSTEM_PATH", str(tmp_path))
    assert main([str(tmp_path / "out"), "--only", "busybox-static"]) == 1
    error = capsys.readouterr().err
    assert "apt-get, apt-cache, dpkg-deb not found; install with: apt-get install apt dpkg" in error
    assert "Traceback" not in error


def test_without_root_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """What needs root says which step does, and what to do."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(tools.AssemblyError, match=r"debian: debootstrap takes root; run the same command with sudo"):
        tools.need_root("debian", "debootstrap")


def test_a_tool_that_fails_is_quoted(tmp_path: Path) -> None:
    """A tool's failure becomes one sentence with the image, the tool, its status and its last words."""
    with pytest.raises(tools.AssemblyError, match=r"debian: sh ended with status 3: no such mirror"):
        tools.run("debian", ["sh", "-c", "echo no such mirror >&2; exit 3"])


def test_a_bootstrapped_tree_is_cleaned(tmp_path: Path) -> None:
    """Caches, logs, manuals and this machine's name go; copyright files and empty folders stay; times are bounded."""
    kept = ["etc/passwd", "usr/share/doc/apt/copyright", "usr/share/locale/locale.alias", "var/lib/dpkg/status"]
    gone = [
        "dev/null", "etc/hostname", "etc/passwd-", "usr/share/doc/apt/changelog.gz", "usr/share/locale/de/LC/x.mo",
        "usr/share/man/man1/ls.1.gz", "var/cache/apt/pkgcache.bin", "var/lib/apt/lists/x_Release", "var/log/dpkg.log",
    ]  # fmt: skip
    for name in kept + gone:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "usr/share/doc/apt/same").hardlink_to(tmp_path / "etc/passwd")
    (tmp_path / "sh").symlink_to("./bin//dash")
    found = {member.name: member for member, _ in tree_entries(tmp_path, 1_000_000_000)}
    assert sorted(name for name, member in found.items() if member.isreg()) == kept
    assert {"dev", "var/log", "var/lib/apt/lists", "usr/share/man"} <= found.keys()
    assert found["sh"].linkname == "./bin//dash"
    assert {member.mtime for member in found.values()} == {1_000_000_000}


def test_paths_of_packages_land_on_the_merged_usr() -> None:
    """Files that a package puts into /lib or /bin go where Debian's links lead, so that no link is hidden."""
    assert merged("./lib/x86_64-linux-gnu/libc.so.6") == "usr/lib/x86_64-linux-gnu/libc.so.6"
    assert merged("./bin/ls") == "usr/bin/ls"
    assert merged("./usr/bin/ls") == "usr/bin/ls"
    assert merged("./libexec") == "libexec"


@pytest.mark.slow
@pytest.mark.engine
def test_distroless_style_is_put_together_as_distroless_is() -> None:
    """One layer a package, its record in status.d without a Status, users, /tmp, the CA bundle, and no shell."""
    from tests.engines import unavailable

    try:
        layout = assembled("distroless-static", REPOSITORY / "build" / "demo")
    except tools.AssemblyError as error:
        unavailable(str(error))
    manifest, config = documents(layout)
    assert len(manifest["layers"]) == len(distroless.STATIC) + 7
    assert config["created"] == "1970-01-01T00:00:00Z"
    files: dict[str, bytes] = {}
    members: dict[str, tarfile.TarInfo] = {}
    for layer in manifest["layers"]:
        with tarfile.open(layout / "blobs" / "sha256" / layer["digest"].removeprefix("sha256:")) as archive:
            for member in archive:
                members[member.name.removeprefix("./")] = member
                stream = archive.extractfile(member) if member.isreg() else None
                files |= {member.name.removeprefix("./"): stream.read()} if stream else {}
    for (package,) in distroless.STATIC:
        record = files[f"var/lib/dpkg/status.d/{package}"]
        assert record.startswith(f"Package: {package}\n".encode())
        assert b"\nStatus:" not in record
        assert b"  usr/share/doc/" in files[f"var/lib/dpkg/status.d/{package}.md5sums"]
    assert b"nonroot:x:65532:65532:" in files["etc/passwd"]
    assert (members["home/nonroot"].uid, members["home/nonroot"].mode) == (65532, 0o700)
    assert members["tmp"].mode == 0o1777
    assert files["etc/ssl/certs/ca-certificates.crt"].count(b"-----BEGIN CERTIFICATE-----") > 50
    assert not [name for name in files if name.endswith(("bin/sh", "bin/bash", "bin/dash"))]
    assert b'PRETTY_NAME="Distroless-style' in files["usr/lib/os-release"]
