"""The permissions inspector: bits, owners, capabilities, devices, secrets and links."""

import struct
import tarfile
import time

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import PrivateFormat

from generator.analysis.sections.permissions import Permissions
from generator.inspectors.permissions import INSPECTOR
from generator.tar import read_entries
from generator.tree.filesystem import SquashedFilesystem
from generator.tree.squash import Squash
from generator.warnings import WarningLog
from tests.builders import directory, file, hard_link, image, symlink, tar
from tests.certificates import private_key
from tests.opened import analyzed

Entries = list[tuple[tarfile.TarInfo, bytes]]
CAPABILITY = struct.pack("<5I", 0x02000001, 1 << 10, 0, 0, 0)


def inspected(*layers: Entries) -> Permissions:
    """Analyze layers and return what was found."""
    section = analyzed(image([tar(layer) for layer in layers])).sections.permissions
    assert section is not None
    assert section.found is not None, section.failure
    return section.found


def alone(layer: Entries) -> Permissions:
    """Run this inspector over a layer, and no other."""
    log = WarningLog()
    squash = Squash(log)
    entries = read_entries(iter([tar(layer)]), where="t", keep=lambda *_: False, log=log, layer=0)
    squash.apply(entries, 0)
    section = INSPECTOR.inspect(SquashedFilesystem(squash.root), None)
    assert section.found is not None
    return section.found


def node(name: str, kind: bytes, **fields: int) -> tuple[tarfile.TarInfo, bytes]:
    """Make a device node's entry."""
    member, content = file(name, b"", **fields)
    member.type = kind
    return member, content


def capable(name: str, value: bytes) -> tuple[tarfile.TarInfo, bytes]:
    """Make a file with the attribute of capabilities."""
    shown = value.decode("utf-8", "surrogateescape")
    return file(name, b"x", mode=0o755, pax_headers={"SCHILY.xattr.security.capability": shown})


def test_bits() -> None:
    """setuid and setgid of files, setgid and sticky of directories, and what anyone may write are told apart."""
    found = inspected(
        [
            directory("", mode=0o777),
            file("bin/su", b"x", mode=0o4755),
            hard_link("bin/other", "bin/su"),
            file("bin/wall", b"x", mode=0o2755, gid=5),
            directory("var/mail", mode=0o2775, gid=8),
            directory("tmp", mode=0o1777),
            directory("open", mode=0o777),
            file("open/file", b"x", mode=0o666),
            symlink("open/link", "file"),
            node("dev/null", tarfile.CHRTYPE, mode=0o666, devmajor=1, devminor=3),
            node("pipe", tarfile.FIFOTYPE, mode=0o666),
        ],
        [file("late", b"x", mode=0o602)],
    )
    assert [(one.path, one.mode) for one in found.setuid_files] == [
        ("/bin/other", 0o4755),
        ("/bin/su", 0o4755),
        ("/bin/wall", 0o2755),
    ]
    assert [one.path for one in found.setgid_directories] == ["/var/mail"]
    assert [one.path for one in found.sticky_directories] == ["/tmp"]
    assert [(one.path, one.kind, one.layer) for one in found.world_writable] == [
        ("/", "d", 0),
        ("/late", "-", 1),
        ("/open", "d", 0),
        ("/open/file", "-", 0),
    ]
    assert [(one.path, one.kind, one.major, one.minor) for one in found.devices] == [("/dev/null", "c", 1, 3)]
    counts = (found.setuid_count, found.setgid_directory_count, found.sticky_count, found.world_writable_count)
    assert counts == (3, 1, 1, 4)


def test_capabilities() -> None:
    """A file's capabilities are named; an attribute that cannot be read is told, not left out."""
    found = inspected([capable("bin/ping", CAPABILITY), capable("bin/bad", b"nonsense")])
    bad, ping = found.capable_files
    assert (ping.path, ping.permitted, ping.effective, ping.problem) == (
        "/bin/ping",
        ("cap_net_bind_service",),
        True,
        "",
    )
    assert (bad.permitted, bool(bad.problem)) == ((), True)


def test_owners() -> None:
    """Owners have their accounts' names, an empty one where there is no account, None where that is not known."""
    files = [file("a", uid=7, gid=7), file("b", uid=7, gid=8), file("c")]
    passwd, group = file("etc/passwd", b"root:x:0:0::/:\nseven:x:7:7::/:\nalias:x:7:7::/:\n"), file("etc/group", b"\0")
    found = inspected([*files, passwd, group])
    assert [(one.id, one.name, one.entry_count, one.first_path) for one in found.owners if one.id] == [
        (7, "seven", 2, "/a")
    ]
    assert [(one.id, one.name) for one in found.groups] == [(0, None), (7, None), (8, None)]
    assert [one.name for one in inspected(files).owners] == ["", ""]


def test_secrets_are_named_and_never_told() -> None:
    """Keys are found by header, other secrets by name, and no byte of a content is in the document."""
    key = private_key(PrivateFormat.PKCS8)
    layer = [
        file("opt/app/notes.txt", key, mode=0o644),
        file("root/.ssh/id_rsa", private_key(PrivateFormat.TraditionalOpenSSL, encrypted=True), mode=0o600),
        file("root/.netrc", b"machine x login y password hunter2", mode=0o600),
        file("root/.ssh/id_ed25519"),
        file("etc/ssl/public.pem", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
    ]
    document = analyzed(image([tar(layer)]))
    section = document.sections.permissions
    assert section is not None
    assert section.found is not None
    told = [
        (one.path, one.kind, one.evidence, one.encrypted, one.is_world_readable, one.file_size)
        for one in section.found.secrets
    ]
    assert told == [
        ("/opt/app/notes.txt", "PRIVATE KEY", "header", False, True, len(key)),
        ("/root/.netrc", "passwords of hosts (netrc)", "name", None, False, 34),
        ("/root/.ssh/id_rsa", "EC PRIVATE KEY", "header", True, False, len(layer[1][1])),
    ]
    written = msgspec.json.encode(document)
    assert b"hunter2" not in written
    assert key.splitlines()[1] not in written


def test_links() -> None:
    """Broken, circular and too long links are told from those that an engine's own directories will satisfy."""
    found = inspected(
        [
            directory("usr/bin"),
            symlink("bin", "usr/bin"),
            file("usr/bin/sh", b"x"),
            symlink("ok", "bin/sh"),
            symlink("absolute", "/bin/../bin/sh"),
            symlink("outward", "../../bin/sh"),
            symlink("gone", "bin/nothing"),
            symlink("through-a-file", "usr/bin/sh/x"),
            symlink("after-gone", "gone"),
            symlink("self", "self"),
            symlink("a", "b"),
            symlink("b", "a"),
            symlink("long", "x/" * 2100),
            symlink("etc/mtab", "/proc/mounts"),
            symlink("mounts", "etc/mtab"),
            symlink("dev/stdin", "../proc/self/fd/0"),
            *(symlink(f"chain{number:02}", f"chain{number + 1:02}") for number in range(60)),
            file("chain60", b"x"),
        ]
    )
    broken = {one.path: one.reason for one in found.broken_links}
    assert broken == {
        "/a": "loop",
        "/after-gone": "missing",
        "/b": "loop",
        "/gone": "missing",
        "/long": "too-long",
        "/self": "loop",
        "/through-a-file": "missing",
        **{f"/chain{number:02}": "loop" for number in range(20)},
    }
    assert (found.absolute_link_count, found.outward_link_count, found.runtime_link_count) == (2, 1, 3)
    assert (found.symlink_count, found.broken_link_count) == (14 + 60, 27)


def test_many_hostile_links_take_linear_time() -> None:
    """Links whose long targets lead through one another are each walked through once, a long chain needs no stack."""
    step = "d/../" * 700
    links = [symlink(f"link{number:06}", f"{step}link{number + 1:06}") for number in range(2000)]
    start = time.perf_counter()
    assert alone([directory("d"), *links]).broken_link_count == 2000
    chain = [symlink(f"link{number:06}", f"link{number + 1:06}") for number in range(20_000)]
    assert alone([*chain, file("link020000")]).broken_link_count == 20_000 - 40
    assert time.perf_counter() - start < 30


@pytest.mark.parametrize(
    ("entries", "state"),
    [
        ([file("a")], "none"),
        ([directory("bin"), directory("lib"), directory("usr/bin")], "split"),
        ([symlink("bin", "usr/bin"), symlink("sbin", "/usr/bin"), directory("usr/bin")], "merged"),
        ([symlink("bin", "usr/bin"), directory("lib"), directory("usr/bin")], "mixed"),
        ([symlink("bin", "opt/bin"), directory("opt/bin")], "mixed"),
    ],
)
def test_usr_merge(entries: Entries, state: str) -> None:
    """Links into /usr are a merged /usr, directories a split one."""
    assert inspected(entries).usr_merge.state == state


def test_names_that_are_not_text() -> None:
    """Names and targets that are not UTF-8 are shown with their bytes escaped."""
    found = inspected([symlink("\udcff", "\udcfe"), file("\udcfd", b"x", mode=0o4755)])
    assert (found.broken_links[0].path, found.broken_links[0].target) == ("/\\xff", "\\xfe")
    assert found.setuid_files[0].path == "/\\xfd"
