"""Certificates, zones, accounts and permissions, held against openssl, find, getcap and the kernel's own look-ups.

The oracles read trees that umoci has unpacked; paths are looked up by a process whose root directory the tree is.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import docker
import pytest

from generator.analysis.sections.base import Section
from tests.builders import directory, file, image, tar, write_layout
from tests.engine.conftest import DocumentOf, Unpacked
from tests.engine.images import BUSYBOXES
from tests.engines import DockerEngine, need, run
from tests.opened import analyzed

pytestmark = [pytest.mark.engine, pytest.mark.slow]

NAMES = ("alpine-3.20.3", "debian", "distroless-cc", "busybox-static", BUSYBOXES[0], "every-kind")
BUNDLE = "etc/ssl/certs/ca-certificates.crt"

_INSIDE = r"""
import json, os, pwd, sys, encodings.idna
root, paths = json.load(sys.stdin)
os.chroot(root)
os.chdir("/")
def leads(path):
    try:
        os.stat(path)
    except OSError as problem:
        return problem.strerror
    return ""
answer = {
    "accounts": [list(one[:1] + one[2:4] + one[5:]) for one in pwd.getpwall()],
    "links": [leads(path) for path in paths],
}
json.dump(answer, sys.stdout)
"""

_ZONES = """
import json, sys, zoneinfo
zoneinfo.reset_tzpath([sys.argv[1]])
print(json.dumps(sorted(zoneinfo.available_timezones())))
"""


def inside(root: Path, paths: list[str]) -> dict[str, Any]:
    """Ask the C library and the kernel about a tree, from within."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", _INSIDE],
        input=json.dumps([str(root), paths]),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def found(section: Section | None) -> Any:
    """Return what an inspector found."""
    assert section is not None
    result = getattr(section, "found", None)
    assert result is not None, section.failure
    return result


def listed(root: Path, *conditions: str) -> set[str]:
    """Return what find finds, as paths of the image."""
    lines = run([need("find", "findutils"), ".", "-mindepth", "1", *conditions, "-print0"], cwd=root).split("\0")
    return {line[1:] for line in lines if line}


@pytest.mark.parametrize("name", ["alpine-3.20.3", "distroless-cc"])
def test_certificates_equal_openssl_s(name: str, unpacked: Unpacked, document_of: DocumentOf) -> None:
    """The bundle's certificates, their ends and their fingerprints are those that openssl prints."""
    openssl = need("openssl", "openssl")
    certificates = found(document_of(name).sections.certificates)
    (store,) = [one for one in certificates.stores if one.is_default]
    blocks = (unpacked(name) / BUNDLE).read_text().split("-----END CERTIFICATE-----\n")[:-1]
    printed = run([openssl, "storeutl", "-noout", "-certs", unpacked(name) / BUNDLE])
    assert f"Total found: {len(blocks)}\n" in printed
    theirs = set()
    for block in blocks:
        pem = f"{block}-----END CERTIFICATE-----\n"
        words = [openssl, "x509", "-noout", "-enddate", "-dateopt", "iso_8601", "-fingerprint", "-sha256"]
        lines = subprocess.run(words, input=pem, capture_output=True, text=True, check=True).stdout.splitlines()
        end, fingerprint = sorted(lines, key=lambda line: not line.startswith("notAfter"))
        theirs.add((end.partition("=")[2].replace(" ", "T"), fingerprint.partition("=")[2].replace(":", "").lower()))
    held = [certificates.certificates[one] for one in store.certificates]
    ours = {(one.not_after, one.fingerprint) for one in held}
    assert ours == theirs
    assert len(theirs) == len(blocks) == certificates.default_count


def test_alpine_3_20_has_147_certificates_and_one_that_has_expired(document_of: DocumentOf) -> None:
    """Alpine 3.20 has 147 roots; Baltimore CyberTrust Root ended on 2025-05-12, the next one ends in November 2026."""
    certificates = found(document_of("alpine-3.20.3").sections.certificates)
    assert certificates.default_count == len(certificates.certificates) == 147
    first, second = certificates.certificates[:2]
    assert (first.name, first.not_after[:10]) == ("Baltimore CyberTrust Root", "2025-05-12")
    assert second.not_after[:10] == "2026-11-27"
    assert certificates.weak_count == 0


@pytest.mark.parametrize("name", NAMES)
def test_permissions_equal_find_s(name: str, unpacked: Unpacked, document_of: DocumentOf) -> None:
    """setuid, setgid, world-writable, sticky and devices are those that find lists in the unpacked tree."""
    root = unpacked(name)
    ours = found(document_of(name).sections.permissions)

    def paths(entries: tuple[Any, ...]) -> set[str]:
        return {one.path for one in entries}

    assert paths(ours.setuid_files) == listed(root, "-type", "f", "-perm", "/6000")
    assert paths(ours.setgid_directories) == listed(root, "-type", "d", "-perm", "/2000")
    assert paths(ours.sticky_directories) == listed(root, "-type", "d", "-perm", "/1000")
    assert paths(ours.devices) == listed(root, "(", "-type", "b", "-o", "-type", "c", ")")
    open_ones = listed(root, "-perm", "-0002", "(", "-type", "f", "-o", "-type", "d", "!", "-perm", "-1000", ")")
    assert paths(ours.world_writable) == open_ones
    assert ours.symlink_count == len(listed(root, "-type", "l"))
    assert ours.absolute_link_count == len(listed(root, "-lname", "/*"))
    owners = run(["find", ".", "-printf", r"%U %G\n"], cwd=root).split("\n")[:-1]
    assert {one.id for one in ours.owners} == {int(line.split()[0]) for line in owners}
    assert {one.id for one in ours.groups} == {int(line.split()[1]) for line in owners}
    assert sum(one.entry_count for one in ours.owners) == len(owners)


def test_debian_has_eleven_setuid_and_setgid_programs(document_of: DocumentOf) -> None:
    """Debian's smallest system has eleven."""
    assert found(document_of("debian").sections.permissions).setuid_count == 11


def test_capabilities_equal_getcap_s(unpacked: Unpacked, document_of: DocumentOf) -> None:
    """A file's capabilities are those that getcap prints."""
    printed = run([need("getcap", "libcap2-bin"), "-r", unpacked("every-kind")]).splitlines()
    ours = found(document_of("every-kind").sections.permissions).capable_files
    flags = {False: "p", True: "ep"}
    assert [f"{unpacked('every-kind')}{one.path} {','.join(one.permitted)}={flags[one.effective]}" for one in ours] == [
        line.replace(" = ", " ").replace("+", "=") for line in printed
    ]
    assert len(printed) == 1


@pytest.mark.parametrize("name", NAMES)
def test_links_and_accounts_equal_the_system_s(name: str, unpacked: Unpacked, document_of: DocumentOf) -> None:
    """Broken links are those that the kernel cannot follow from inside, accounts those that the C library lists."""
    root = unpacked(name)
    links = sorted(listed(root, "-type", "l"))
    system = inside(root, links)
    document = document_of(name)
    ours = found(document.sections.permissions)
    broken = {path for path, problem in zip(links, system["links"], strict=True) if problem}
    assert len(broken) == ours.broken_link_count + ours.runtime_link_count
    assert {one.path for one in ours.broken_links} <= broken
    users = found(document.sections.identity).users
    theirs = system["accounts"] if (root / "etc/passwd").is_file() else []
    assert [[one.name, one.uid, one.gid, one.home, one.shell or "/bin/sh"] for one in users] == [
        [*account[:4], account[4] or "/bin/sh"] for account in theirs
    ]


@pytest.mark.parametrize("name", ["debian", "distroless-cc"])
def test_zones_equal_the_files(name: str, unpacked: Unpacked, document_of: DocumentOf) -> None:
    """Zones are the names below zoneinfo that lead to a compiled zone, as Python's zoneinfo lists them.

    Different ones are those with different bytes.
    """
    folder = unpacked(name) / "usr/share/zoneinfo"
    contents: dict[str, bytes] = {}
    for here, _, names in os.walk(folder):
        for one in names:
            path = Path(here) / one
            zone = str(path.relative_to(folder))
            if zone not in ("localtime", "posixrules") and not zone.startswith(("posix/", "right/")):
                content = path.read_bytes() if path.exists() else b""
                if content.startswith(b"TZif"):
                    contents[zone] = content
    system = found(document_of(name).sections.time_zones).system
    assert (system.zone_count, system.distinct_count) == (len(contents), len(set(contents.values())))
    assert "Europe/Berlin" in contents
    listed_by_python = json.loads(run([sys.executable, "-I", "-S", "-c", _ZONES, folder]))
    assert set(listed_by_python) - {"localtime"} == set(contents)  # localtime leads to /etc/localtime
    assert system.version in (folder / "tzdata.zi").read_text()[:30]


def test_distroless_keeps_what_programs_need(document_of: DocumentOf) -> None:
    """As the article says: certificates and time zones are there, and a user who is not root, with a home and /tmp."""
    sections = document_of("distroless-static").sections
    assert found(sections.certificates).default_count > 100
    assert found(sections.time_zones).system.zone_count > 400
    identity = found(sections.identity)
    (nonroot,) = [one for one in identity.users if one.name == "nonroot"]
    assert (nonroot.uid, nonroot.gid, nonroot.home, nonroot.can_log_in) == (65532, 65532, "/home/nonroot", False)
    places = {one.path: one for one in identity.places}
    assert places["/tmp"].mode == 0o1777
    assert identity.name_services is not None
    assert found(sections.permissions).setuid_count == 0


PASSWD = b"root:x:0:0:root:/root:/bin/sh\napp:x:1000:100:App:/home/app:/bin/sh\n7:x:2000:200::/seven:/bin/sh\n"
GROUP = b"root:x:0:\nusers:x:100:\nextra:x:300:app\n"


@pytest.mark.parametrize(
    "said", ["", "app", "1000", "app:300", "7", "4711", "4711:users", "0:users", ":users", "nobody", "app:none"]
)
def test_the_default_user_is_whom_docker_starts(said: str, docker_overlay2: DockerEngine, tmp_path: Path) -> None:
    """uid, gid and home are those of a process that a real engine starts; where it starts none, a problem is told."""
    program = Path(need("busybox", "busybox-static")).read_bytes()
    layer = [directory("bin"), file("bin/busybox", program, mode=0o755)]
    layer += [file("etc/passwd", PASSWD), file("etc/group", GROUP)]
    command = ["/bin/busybox", "sh", "-c", "/bin/busybox id -u; /bin/busybox id -g; echo $HOME"]
    built = image([tar(layer)], run={"User": said, "Entrypoint": command})
    name = f"user-{hashlib.sha256(said.encode()).hexdigest()[:12]}"
    docker_overlay2.load_layout(write_layout(tmp_path / "layout", built), name)
    ours = found(analyzed(built).sections.identity).default_user
    with docker_overlay2.client() as client:
        try:
            printed = client.containers.run(f"{name}:latest", network_mode="none", remove=True).decode().split()
        except docker.errors.APIError as problem:
            assert "no matching entries" in str(problem)
            assert ours.problem
            return
    assert (str(ours.uid), str(ours.gid), ours.home, ours.problem) == (*printed, "")
