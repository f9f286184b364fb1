"""The attack surface: each fact found, not found and not known, held against find and readelf where those can tell."""

import re
import struct
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.analysis.document import Document
from generator.analyze import analyze_source
from generator.compare.surface import NAMES, Fact, Move, Row, moves, surface_of, without_rows
from generator.oci.platform import Platform
from generator.source.base import Surroundings
from tests.builders import directory, file, hard_link, image, symlink, tar
from tests.engines import need, run
from tests.opened import analyzed
from tests.policy import subjects

Entry = tuple[tarfile.TarInfo, bytes]

SCRIPT = b"#!/bin/true\n"
KEY = b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n"
CAPABILITY = struct.pack("<5I", 0x02000001, 1 << 10, 0, 0, 0)
APK = b"P:tools\nV:1-r0\nA:x86_64\nF:usr/bin\nR:owned\nR:both\n\n"


def facts(document: Document) -> dict[str, Fact]:
    """Return the facts by their names."""
    return {fact.name: fact for fact in surface_of(document)}


def built(*entries: Entry, **run: Any) -> dict[str, Fact]:
    """Return the facts of an image of one layer."""
    return facts(analyzed(image([tar(entries)], run=run)))


def opened(source: str, folder: Path) -> dict[str, Fact]:
    """Return the facts of an image that a source gives."""
    return facts(analyze_source(source, Platform(), Surroundings(cache_folder=folder / "cache")).document)


def paths(fact: Fact) -> list[str]:
    """Return where a fact's rows are."""
    return [row.path for row in fact.rows]


def capable(name: str, value: bytes = CAPABILITY) -> Entry:
    """Make a program with file capabilities."""
    shown = value.decode("utf-8", "surrogateescape")
    return file(name, SCRIPT, mode=0o755, pax_headers={"SCHILY.xattr.security.capability": shown})


# Each state


def test_an_image_with_nothing_but_a_text_has_none_of_it() -> None:
    """What was looked at and has nothing to show is a no, without a count and without a row."""
    found = built(file("readme", b"text"), User="1000")
    assert tuple(found) == NAMES
    assert {(one.state, one.count, one.rows) for one in found.values()} == {("no", None, ())}


def test_an_older_document_and_a_failed_section_are_no_zero() -> None:
    """Every fact is unknown where the document is older than its section, failed where that could not be made."""
    whole = subjects.whole(User="0")
    names = ("multicall", "commands", "packages", "elf", "identity", "permissions")
    older = facts(subjects.with_sections(whole, **dict.fromkeys(names)))
    broken = whole
    for name in names:
        broken = subjects.failed(broken, name)
    failed = facts(broken)
    for name in NAMES:
        expected = ("no", "no") if name == "ports" else ("unknown", "failed")
        assert (older[name].state, failed[name].state) == expected, name
        assert older[name].count is failed[name].count is None
    assert {one.reason for name, one in older.items() if name != "ports"} == {"older"}


def test_one_of_two_sections_that_tools_are_told_by_is_not_enough() -> None:
    """Applets without names are in another section than commands: without it, no count of tools is whole."""
    found = facts(subjects.with_sections(subjects.whole(), multicall=None))
    assert (found["shell"].state, found["shell"].reason) == ("unknown", "older")


def test_without_a_configuration_nothing_is_said_of_user_and_ports(tmp_path: Path) -> None:
    """A bare root file system says neither whom it runs as nor where it listens."""
    archive = tmp_path / "root.tar"
    archive.write_bytes(tar([file("etc/passwd", b"root:x:0:0::/root:/bin/sh\n")]))
    found = opened(f"rootfs:{archive}", tmp_path)
    assert (found["root"].state, found["root"].reason) == ("unknown", "no-config")
    assert (found["ports"].state, found["ports"].reason) == ("unknown", "no-config")


# Configuration


@pytest.mark.parametrize(
    ("user", "state", "row"),
    [
        ("", "yes", Row("", names=("root",), note="not-set")),
        ("0:0", "yes", Row("", names=("root",), details=("0:0",))),
        ("app", "no", None),
        ("nobody-here", "unknown", None),
    ],
)
def test_whom_it_runs_as(user: str, state: str, row: Row | None) -> None:
    """Root is told from the user's number, also when no user is named; a name without an account is not known."""
    passwd = file("etc/passwd", b"root:x:0:0::/root:/bin/sh\napp:x:7:7::/:/bin/sh\n")
    found = built(passwd, User=user)["root"]
    assert (found.state, found.rows) == (state, (row,) if row else ())
    assert found.reason == ("no-account" if state == "unknown" else "")


def test_ports() -> None:
    """Every exposed port is a row, in the image's own words."""
    found = built(file("data"), ExposedPorts={"8080/tcp": {}, "53/udp": {}})["ports"]
    assert (found.state, found.count, {row.names for row in found.rows}) == ("yes", 2, {("8080/tcp",), ("53/udp",)})


# Files


def test_capabilities_name_what_a_program_gets() -> None:
    """One that cannot be read counts, and says so."""
    found = built(capable("bin/bind"), capable("bin/odd", b"\0"))["capabilities"]
    assert found.count == 2
    assert {row.path: (row.details, row.note) for row in found.rows} == {
        "/bin/bind": (("cap_net_bind_service",), ""),
        "/bin/odd": ((), "unreadable"),
    }


def test_private_keys_are_told_from_files_that_are_only_called_so() -> None:
    """A key counts by its first bytes, wherever it is; a name alone counts apart; neither shows any content."""
    found = built(file("opt/notes.txt", KEY, mode=0o600), file("root/.netrc", b"machine x password secret-word\n"))
    assert paths(found["private-keys"]) == ["/opt/notes.txt"]
    assert paths(found["secret-files"]) == ["/root/.netrc"]
    assert "secret-word" not in repr(found)


def test_the_count_of_a_cut_list_is_whole() -> None:
    """Documents list at most 1,000 entries; the count says how many there are."""
    found = built(*(file(f"data/{number}", mode=0o666) for number in range(1_002)))["world-writable"]
    assert (found.count, len(found.rows)) == (1_002, 1_000)


def test_directories_beyond_a_cut_list_are_not_taken_for_harmless() -> None:
    """Where sticky directories are not all listed, it is not known that none of the others is open to everyone."""
    found = built(*(directory(f"data/{number}", mode=0o1755) for number in range(1_001)))["shared-directories"]
    assert (found.state, found.reason, found.unclear_count) == ("unknown", "unclear", 1)


def test_executables_of_no_package() -> None:
    """An executable file counts once, unless a package lists one of its names; what is not executable never does."""
    found = built(
        file("lib/apk/db/installed", APK),
        file("usr/bin/owned", SCRIPT, mode=0o755),
        file("usr/bin/a-name-of-both", SCRIPT, mode=0o755),
        hard_link("usr/bin/both", "usr/bin/a-name-of-both"),
        file("usr/bin/copied", SCRIPT, mode=0o755),
        hard_link("usr/bin/copied-too", "usr/bin/copied"),
        symlink("usr/bin/link", "copied"),
        file("usr/share/text", b"text"),
    )["unowned-executables"]
    assert (found.state, found.count, paths(found), found.reason) == ("yes", 1, ["/usr/bin/copied"], "")


def test_without_a_package_database_no_executable_has_an_owner() -> None:
    """All count, and the reason says why; a database that does not list files leaves it open."""
    found = built(file("bin/a", SCRIPT, mode=0o755), file("bin/b", SCRIPT, mode=0o711))["unowned-executables"]
    assert (found.count, found.reason) == (2, "no-database")
    silent = built(file("var/lib/dpkg/status", subjects.STATUS), file("bin/a", SCRIPT, mode=0o755))
    assert (silent["unowned-executables"].state, silent["unowned-executables"].reason) == ("unknown", "no-file-lists")


# Tools


def test_a_program_counts_once_however_many_names_it_has() -> None:
    """Links and hard links are names of one program; beyond PATH it is said, and a directory of programs asked for."""
    found = built(
        file("bin/bash", SCRIPT, mode=0o755),
        symlink("bin/rbash", "bash"),
        file("usr/bin/perl", SCRIPT, mode=0o755),
        hard_link("usr/bin/perl5.36.0", "usr/bin/perl"),
        file("opt/jdk/bin/java", SCRIPT, mode=0o755),
        file("usr/lib/apt/methods/ftp", SCRIPT, mode=0o755),
        file("usr/bin/gcc-12", SCRIPT, mode=0o755),
        file("usr/bin/apt", SCRIPT, mode=0o755),
    )
    assert found["shell"].rows == (Row("/bin/bash", 0, ("bash", "rbash")),)
    assert found["interpreter"].rows == (
        Row("/usr/bin/perl", 0, ("perl", "perl5.36.0")),
        Row("/opt/jdk/bin/java", 0, ("java",), note="beyond"),
    )
    assert (found["compiler"].count, found["package-manager"].count) == (1, 1)
    assert (found["network-tool"].state, found["network-tool"].count) == ("no", None)


def test_applets_count_each_also_those_without_a_name(shared_layouts: Path, tmp_path: Path) -> None:
    """One BusyBox file under no other name holds the same shells and network tools as one with all its links."""
    layout = shared_layouts / "busybox-1.37.0-musl"
    linked = opened(f"oci:{layout}", tmp_path)
    assert {row.note for row in linked["network-tool"].rows} == {""}
    assert {row.path for row in linked["network-tool"].rows} == {"/bin/busybox"}
    # The layer is the largest blob, and in it BusyBox the largest file.
    with tarfile.open(max((layout / "blobs" / "sha256").iterdir(), key=lambda blob: blob.stat().st_size)) as layer:
        largest = layer.extractfile(max(layer, key=lambda member: member.size))
        assert largest is not None
        program = largest.read()
    bare = built(file("busybox", program, mode=0o755))
    for name in ("shell", "network-tool", "interpreter"):
        theirs = {one for row in linked[name].rows for one in row.names}
        assert {one for row in bare[name].rows for one in row.names} == theirs
        assert {(row.path, row.note) for row in bare[name].rows} == {("/busybox", "unlinked")}
    assert bare["package-manager"].state == linked["package-manager"].state == "no"


# Held against other tools


def test_permissions_are_what_find_says(tmp_path: Path) -> None:
    """setuid, setgid and writable entries of a real tree are those that find prints."""
    find = need("find", "findutils")
    root = tmp_path / "root"
    modes = {
        "plain": 0o755,
        "su": 0o4755,
        "wall": 0o2755,
        "both": 0o6711,
        "open": 0o666,
        "open-setuid": 0o4777,
        "setuid-only": 0o4644,
    }
    folders = {"private": 0o700, "anyone": 0o777, "tmp": 0o1777, "sticky": 0o1755, "group": 0o2775}
    for name, mode in folders.items():
        (root / name).mkdir(parents=True)
        for file_name, file_mode in modes.items():
            (root / name / file_name).write_bytes(SCRIPT)
            (root / name / file_name).chmod(file_mode)
        (root / name / "link").symlink_to("plain")
        (root / name).chmod(mode)
    archive = tmp_path / "root.tar"
    with tarfile.open(archive, "w") as out:
        out.add(root, arcname=".")
    found = opened(f"rootfs:{archive}", tmp_path)

    def said(*tests: str) -> set[str]:
        printed = run([find, root, "-mindepth", "1", *tests, "-printf", "/%P\\n"])
        return set(printed.split())

    assert set(paths(found["setuid"])) == said("-type", "f", "-perm", "/6000")
    unsafe = ("(", "-type", "f", "-o", "-type", "d", "!", "-perm", "-1000", ")")
    assert set(paths(found["world-writable"])) == said("-perm", "-0002", *unsafe)
    assert set(paths(found["shared-directories"])) == said("-type", "d", "-perm", "-1002")
    assert set(paths(found["unowned-executables"])) == said("-type", "f", "-perm", "/111")
    assert (found["setuid"].count, found["shared-directories"].count) == (25, 1)


FLAGS = {
    "hardened": ("-pie", "-fPIE", "-Wl,-z,relro,-z,now", "-fstack-protector-all", "-D_FORTIFY_SOURCE=2"),
    "bare": ("-no-pie", "-fno-PIE", "-Wl,-z,norelro", "-z", "execstack", "-fno-stack-protector", "-U_FORTIFY_SOURCE"),
    "lazy": ("-pie", "-fPIE", "-Wl,-z,relro,-z,lazy", "-fstack-protector-all", "-D_FORTIFY_SOURCE=2"),
    "static": ("-static", "-no-pie", "-fno-PIE"),
    "library.so": ("-shared", "-fPIC", "-Wl,-z,relro,-z,now", "-fno-stack-protector", "-U_FORTIFY_SOURCE"),
}
SOURCE = """
#include <stdio.h>
#include <string.h>
int main(int count, char **words) { char kept[8]; strcpy(kept, words[0]); return printf("%s %d", kept, count); }
"""


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give programs built with and without each protection."""
    gcc, folder = need("gcc", "gcc"), tmp_path_factory.mktemp("programs")
    (folder / "source.c").write_text(SOURCE)
    for name, flags in FLAGS.items():
        run([gcc, "-O2", "-w", *flags, "-o", folder / name, folder / "source.c"])
    return {name: folder / name for name in FLAGS}


def lacks(printed: str) -> Iterator[str]:
    """Yield the facts that readelf's words about one file prove."""
    library = "(SONAME)" in printed or not re.search(r"INTERP|Type: +EXEC", printed)
    dynamic = "(NEEDED)" in printed
    now = re.search(r"\(BIND_NOW\)|\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*\bNOW\b", printed)
    if not library and re.search(r"Type: +EXEC", printed):
        yield "no-pie"
    if "GNU_RELRO" not in printed:
        yield "no-relro"
    elif not now:
        yield "partial-relro"
    if re.search(r"GNU_STACK(?: +0x\w+){5} RWE", printed):
        yield "executable-stack"
    if dynamic and "UND __stack_chk_fail" not in printed:
        yield "no-canary"
    if dynamic and not re.search(r"UND __\w+_chk\b", printed):
        yield "no-fortify"


def test_hardening_is_what_readelf_says(programs: dict[str, Path]) -> None:
    """Each fact lists exactly the files that readelf proves to lack the protection; static ones prove no canary."""
    readelf = need("readelf", "binutils")
    found = built(*(file(f"bin/{name}", path.read_bytes(), mode=0o755) for name, path in programs.items()))
    said: dict[str, set[str]] = {}
    for name, path in programs.items():
        for fact in lacks(run([readelf, "-hldW", "--dyn-syms", path])):
            said.setdefault(fact, set()).add(f"/bin/{name}")
    hardening = NAMES[NAMES.index("no-pie") :]
    assert {name: set(paths(found[name])) for name in hardening} == {name: said.get(name, set()) for name in hardening}
    assert all(said.get(name) for name in hardening), "each protection is missing somewhere"
    assert {name: found[name].unclear_count for name in hardening} == {
        name: int(name in ("no-canary", "no-fortify")) for name in hardening
    }


def test_a_hardened_program_alone_lacks_nothing(programs: dict[str, Path]) -> None:
    """Where every file shows its protection, that none lacks it is known."""
    found = built(file("bin/app", programs["hardened"].read_bytes(), mode=0o755))
    assert {found[name].state for name in NAMES[NAMES.index("no-pie") :]} == {"no"}


def test_what_a_file_does_not_show_is_not_known_to_be_there(programs: dict[str, Path]) -> None:
    """A static program proves nothing of canaries, and a broken file of nothing: neither is a no."""
    static = built(file("bin/app", programs["static"].read_bytes(), mode=0o755))
    assert (static["no-canary"].state, static["no-canary"].unclear_count) == ("unknown", 1)
    assert static["no-pie"].state == "yes"
    broken = built(file("bin/broken", b"\x7fELF\2\1\1" + bytes(9) + b"\2\0" + bytes(10), mode=0o755))
    for name in NAMES[NAMES.index("no-pie") :]:
        assert (broken[name].state, broken[name].reason, broken[name].unclear_count) == ("unknown", "unclear", 1)


def test_real_images(shared_images: Path, tmp_path: Path) -> None:
    """Alpine: two applets are shells, apk manages packages, and musl's files show nothing of checked functions."""
    found = opened(f"rootfs:{shared_images}/rootfs/alpine-minirootfs-3.20.3-x86_64.tar.gz", tmp_path)
    assert [row.names for row in found["shell"].rows] == [("ash",), ("sh",)]
    assert {row.path for row in found["shell"].rows} == {"/bin/busybox"}
    assert paths(found["package-manager"]) == ["/sbin/apk"]
    assert (found["setuid"].state, found["unowned-executables"].state) == ("no", "no")
    assert (found["no-fortify"].state, found["no-fortify"].reason) == ("unknown", "unclear")
    assert sorted(paths(found["shared-directories"])) == ["/tmp", "/var/tmp"]


def test_names_that_are_not_text() -> None:
    """Bytes and invisible characters of a path are escaped alike in every fact, as the tree shows them."""
    name = "bin/\udcff\u202egpj.\x1b[1m"
    found = built(file(name, SCRIPT, mode=0o4777))
    shown = "/bin/\\xff\\u202egpj.\\x1b[1m"
    assert paths(found["setuid"]) == paths(found["world-writable"]) == paths(found["unowned-executables"]) == [shown]


# Two images


def test_what_becomes_of_a_fact() -> None:
    """A kind appears or vanishes only where both images are known; counts alone are more, fewer or the same."""

    def kind(before: Fact, after: Fact) -> str:
        return Move(before, after).kind

    none, two, three = Fact("setuid", "no"), Fact("setuid", "yes", 2), Fact("setuid", "yes", 3)
    assert [kind(none, two), kind(two, none)] == ["appears", "vanishes"]
    assert [kind(two, three), kind(three, two), kind(two, two), kind(none, none)] == ["more", "fewer", "same", "same"]
    for state in ("unknown", "failed"):
        assert kind(Fact("setuid", state), two) == kind(none, Fact("setuid", state)) == "unknown"


def test_facts_are_set_side_by_side_without_their_lists() -> None:
    """What is kept for every image has all counts, and is enough to compare."""
    facts_of = surface_of(subjects.whole())
    kept = without_rows(facts_of)
    assert [(one.name, one.state, one.count) for one in kept] == [(one.name, one.state, one.count) for one in facts_of]
    assert not any(one.rows for one in kept)
    assert {one.kind for one in moves(kept, facts_of)} <= {"same", "unknown"}
