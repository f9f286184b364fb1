"""Files of advisories that are broken, hostile or no advisories: typed errors, and the last good state still in use."""

import gzip
import json
import os
import random
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.advisories import osv
from generator.advisories.database import open_database
from generator.advisories.matching import assess
from generator.advisories.secdb import advisories_of
from generator.errors import InvalidAdvisories
from generator.limits import MIB
from tests.advisories.builders import advisory, archive
from tests.advisories.held import ALPINE, document, held, package, record, rule, since, until

V320 = "Alpine:v3.20"
GOOD = record("CVE-2026-0001", rule(V320, "zlib", since(), until("2-r0")))


def zipped(*members: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Callable[[Path], None]:
    """Return what writes a zip archive of these members."""

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", compression) as opened:
            for name, content in members:
                opened.writestr(zipfile.ZipInfo(name), content, compress_type=compression)

    return write


def raw(content: bytes) -> Callable[[Path], None]:
    """Return what writes these bytes."""

    def write(path: Path) -> None:
        path.write_bytes(content)

    return write


def advised(**fields: Any) -> Callable[[Path], None]:
    """Return what writes an archive of one advisory with some other fields."""
    return zipped(("a.json", json.dumps(GOOD | fields).encode()))


def damaged(path: Path) -> None:
    """Write an archive with a byte of a member changed: its checksum is wrong."""
    zipped(("a.json", json.dumps(GOOD).encode()), compression=zipfile.ZIP_STORED)(path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"zlib", b"zlip", 1))


def truncated(path: Path) -> None:
    """Write half an archive."""
    zipped(*((f"{number}.json", json.dumps(GOOD).encode()) for number in range(50)))(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def encrypted(path: Path) -> None:
    """Write an archive whose member says that it is encrypted."""
    zipped(("a.json", b"{}"))(path)
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(bytes(content))


def many_members(path: Path) -> None:
    """Write an archive whose end says that its list of members has 64 MiB."""
    path.write_bytes(bytes(64 * MIB) + struct.pack("<4s4xHHIIH", b"PK\5\6", 65535, 65535, 64 * MIB, 0, 0))


BROKEN: dict[str, Callable[[Path], None]] = {
    "empty": raw(b""),
    "text": raw(b"<html>504 Gateway Time-out</html>"),
    "truncated": truncated,
    "damaged": damaged,
    "encrypted": encrypted,
    "many members": many_members,
    "no JSON": zipped(("a.json", b"\x00\xff")),
    "not UTF-8": zipped(("a.json", b'{"id": "CVE-2026-0001", "summary": "\xff\xfe"}')),
    "an array": zipped(("a.json", b"[]")),
    "no id": zipped(("a.json", b"{}")),
    "a long id": advised(id="C" * 101),
    "an empty id": advised(id=""),
    "NaN": zipped(("a.json", b'{"id": "CVE-2026-0001", "published": NaN}')),
    "half a surrogate pair": zipped(("a.json", b'{"id": "CVE-2026-0001", "summary": "\\ud800"}')),
    "deep": zipped(("a.json", b'{"id": "X-1", "database_specific": {"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}}")),
    "wrong types": advised(affected={"package": "zlib"}),
    "a number as version": zipped(("a.json", json.dumps(record("X-1", rule(V320, "a", {"fixed": 1}))).encode())),  # type: ignore[dict-item]
    "two of one name": zipped(("a.json", json.dumps(GOOD).encode()), ("a.json", json.dumps(GOOD).encode())),
    "a bomb": zipped(("a.json", b" " * (20 * MIB))),
    "another compression": zipped(("a.json", json.dumps(GOOD).encode()), compression=zipfile.ZIP_LZMA),
    "too many events": zipped(("a.json", json.dumps(record("X-1", rule(V320, "a", *[since("1")] * 10_001))).encode())),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("which", BROKEN)
def test_a_broken_archive(which: str, tmp_path: Path) -> None:
    """A broken archive is a typed error; without one that was good before, nothing is said, not even zero."""
    (tmp_path / "a" / "Alpine").mkdir(parents=True)
    BROKEN[which](tmp_path / "a" / "Alpine" / "all.zip")
    database = open_database(tmp_path / "a", tmp_path / "indexes")
    assert [type(one) for one in database.problems] == [InvalidAdvisories]
    assert str(database.problems[0]).startswith("Alpine/all.zip")
    assert len(str(database.problems[0])) < 400
    assert (database.archives, database.digest) == ((), "")
    found = assess(document(ALPINE, "apk", [package("zlib", "1-r0")]), database)
    assert (found.state, found.reason, found.counts) == ("not-assessed", "no-database", None)
    assert list((tmp_path / "indexes").glob("*")) == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("which", ["truncated", "damaged", "deep", "half a surrogate pair"])
def test_the_last_good_state_and_other_archives_stay_in_use(which: str, tmp_path: Path) -> None:
    """A file that breaks leaves its last good state, and all other files, in use; so the same digest, so no work."""
    folder = archive(tmp_path / "a", "Alpine", [GOOD])
    archive(folder, "Debian", [advisory("CVE-2026-0002", "zlib", ecosystem="Debian:12")])
    good = open_database(folder, tmp_path / "i")
    BROKEN[which](folder / "Alpine" / "all.zip")
    for _ in range(2):
        after = open_database(folder, tmp_path / "i")
        assert (after.digest, [one for one, _ in after.archives]) == (good.digest, [one for one, _ in good.archives])
        assert len(after.problems) == 1
    found = assess(document(ALPINE, "apk", [package("zlib", "1-r0")]), after)
    assert [one.id for one in found.findings] == ["CVE-2026-0001"]
    assert found == assess(document(ALPINE, "apk", [package("zlib", "1-r0")]), good)


def test_the_same_file_at_two_places_counts_once(tmp_path: Path) -> None:
    """A copy of an archive adds nothing: neither advisories nor findings."""
    folder = archive(archive(tmp_path / "a", "Alpine", [GOOD]), "copies/Alpine", [GOOD])
    database = open_database(folder, tmp_path / "i")
    found = assess(document(ALPINE, "apk", [package("zlib", "1-r0")]), database)
    assert (found.advisory_count, found.asked, len(found.findings)) == (1, ("Alpine/all.zip",), 1)


def test_odd_files_and_places(tmp_path: Path) -> None:
    """Names that are no UTF-8 are shown escaped; folders, pipes and links are no archives; any cache folder will do."""
    folder = archive(tmp_path / "a", "Alpine", [GOOD])
    with open(os.fsencode(folder) + b"/\xff.zip", "wb") as other:  # noqa: PTH123 - a name that Path cannot spell
        other.write((archive(tmp_path / "b", "b", [GOOD, GOOD | {"id": "X-1"}]) / "b" / "all.zip").read_bytes())
    (folder / "folder.zip").mkdir()
    os.mkfifo(folder / "pipe.zip")
    (folder / "link.zip").symlink_to("/dev/zero")
    (folder / "loop").symlink_to(folder)
    for _ in range(2):
        database = open_database(folder, tmp_path / "i?x=1#%41 y")
        assert database.problems == ()
        assert [one.name for one, _ in database.archives] == ["Alpine/all.zip", "\\xff.zip"]
        assert len(list(database.archives[0][1].said_of(V320, "zlib"))) == 1


@pytest.mark.parametrize("seed", range(12))
def test_an_index_damaged_anywhere_is_made_anew(seed: int, tmp_path: Path) -> None:
    """Bytes that changed in the cache, or went, never take a flaw away."""
    advisories = [
        record(f"CVE-2026-{1000 + at}", rule(V320, f"p{at % 20}", since(), until("2-r0"))) for at in range(400)
    ]
    folder = archive(tmp_path / "a", "Alpine", advisories)
    good = open_database(folder, tmp_path / "i")
    (index,) = (tmp_path / "i").glob("*.sqlite")
    content, chance = bytearray(index.read_bytes()), random.Random(seed)
    for _ in range(1 + seed * 20):
        content[chance.randrange(len(content))] ^= 1 + chance.randrange(255)
    index.write_bytes(content[: len(content) // 2] if seed % 4 == 3 else content)
    held_against = document(ALPINE, "apk", [package(f"p{at}", "1-r0") for at in range(20)])
    again = open_database(folder, tmp_path / "i")
    assert (again.digest, again.problems, len(assess(held_against, again).findings)) == (good.digest, (), 400)


def test_names_with_dots_write_nowhere(tmp_path: Path) -> None:
    """Members' names are never places: whatever they are, only the folder of indexes is written to."""
    names = ["../../escape.json", "/tmp/absolute-escape.json", "a/../../b.json", "C:\\x.json", "\x1b[31m.json"]
    path = tmp_path / "a" / "Alpine" / "all.zip"
    path.parent.mkdir(parents=True)
    zipped(*((name, json.dumps(GOOD | {"id": f"X-{at}"}).encode()) for at, name in enumerate(names)))(path)
    before = {str(one) for one in tmp_path.rglob("*")}
    database = open_database(tmp_path / "a", tmp_path / "i")
    assert database.problems == ()
    assert database.archives[0][1].releases()[V320][0] == len(names)
    new = {Path(one).relative_to(tmp_path).parts[0] for one in {str(one) for one in tmp_path.rglob("*")} - before}
    assert new == {"i"}
    assert not Path("/tmp/absolute-escape.json").exists()


def test_what_is_kept_is_bounded(tmp_path: Path) -> None:
    """Fields of megabytes, versions of a megabyte and names that are none do not get into an assessment."""
    hostile = GOOD | {
        "summary": "<script>alert(1)</script>\n\x1b[31m" + "x" * 10 * MIB,
        "details": "y" * MIB,
        "aliases": ["GHSA-xxxx", "not a name", "<b>", "A" * MIB, "\x00", *(f"N-{number}" for number in range(5000))],
        "severity": [{"type": "CVSS_V3", "score": "C" * MIB}, {"type": "Z" * 5000, "score": "w" * 5000}],
        "published": "2026-99-99T00:00:00Z",
        "modified": "9" * MIB,
    }
    other = record("CVE-2026-0002", rule(V320, "zlib", since(), until("1" * MIB), versions=["2" * MIB]))
    found = held(tmp_path, ALPINE, [package("zlib", "1-r0")], [hostile, other])
    one = found.findings[0]
    assert one.summary.startswith("<script>alert(1)</script> \x1b[31mx"), "hostile text is kept as text, in one line"
    assert (len(one.summary) <= osv.SUMMARY_LENGTH, len(one.aliases) <= 2000) == (True, True)
    assert all(len(alias) <= 100 and alias.isascii() and " " not in alias for alias in one.aliases)
    assert (one.severity, one.vector, len(one.own_word), one.published) == ("unknown", "", 40, "")
    assert found.database_date == "2026-11-20"
    assert [(each.advisory, each.reason) for each in found.undecided] == [("CVE-2026-0002", "version")]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["id", "affected", "package", "ranges", "events", "fixed", "versions", "aliases", "severity"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_an_advisory_or_a_typed_error(tmp_path: Path, written: Any) -> None:
    """Whatever JSON a member has, the archive is read or refused."""
    path = tmp_path / "any.zip"
    zipped(("a.json", json.dumps(written).encode()))(path)
    database = open_database(tmp_path, tmp_path / "indexes")
    assert all(isinstance(one, InvalidAdvisories) for one in database.problems)
    assert len(database.archives) + len(database.problems) >= 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"distroversion: v3.20\npackages: 7\nmore: [",
        b"distroversion: ../../etc\npackages: []",
        b"distroversion: v3.20\na: &a [x]\npackages: *a",
        b"distroversion: v3.20\npackages:\n  - pkg: {}",
        b"{" * 100_000,
        b"- " * 20_000,
        b"distroversion: v3.20\npackages:\n" + b" " * (2 * MIB),
        b"\xff\xfe\x00",
        b"distroversion: v3.20\npackages:\n  - pkg:\n      name: a\n      secfixes:\n        1: [a]\n        1: [b]\n",
        b"distroversion: !!python/object/apply:os.system [id]\npackages: []",
    ],
)
def test_a_broken_security_database(content: bytes) -> None:
    """A security database of another form, or one that would take forever, is a typed error."""
    with pytest.raises(InvalidAdvisories):
        list(advisories_of(content, "v3.20/main.yaml"))


def test_entries_of_a_security_database() -> None:
    """Remarks are no names, "0" is no fix, and a name in an odd spelling is one nevertheless; JSON is the same."""
    fixes: dict[str, Any] = {
        "1.2-r0": [
            "CVE-2019-1234 (+ regression fix)",
            "CVE_2019-2426",
            "CVE-2018-19962 XSA-275",
            "CVE-????-????? XSA-1",
        ],
        "1.1-r0": "CVE-2018-0001",
        "0": ["CVE-2017-0001"],
        "1.0-r0": None,
    }
    content = {"distroversion": "v3.20", "packages": [{"pkg": {"name": "xen", "secfixes": fixes}}]}
    found = list(advisories_of(json.dumps(content).encode(), "main.json"))
    assert [(one.id, one.aliases) for one in found] == [
        ("CVE-2019-1234", []),
        ("CVE-2019-2426", []),
        ("CVE-2018-19962", ["XSA-275"]),
        ("XSA-1", []),
        ("CVE-2018-0001", []),
    ]


OVERLAYS: dict[str, bytes] = {
    "known_exploited_vulnerabilities.json": b'{"vulnerabilities": [{"cveID": 7}]}',
    "epss-2.csv.gz": b"\x1f\x8b\x08",
    "epss-3.csv.gz": gzip.compress(b"cve,epss,percentile\nCVE-2026-0001,nan,0.5\n"),
    "epss-4.csv.gz": gzip.compress(b"cve,epss,percentile\nCVE-2026-0001,7,0.5\n"),
    "epss-5.csv.gz": gzip.compress(b"something else\n"),
    "epss-6.csv.gz": gzip.compress(b"cve,epss,percentile\nCVE-2026-0001\n"),
    "epss-7.csv.gz": gzip.compress(b"cve,epss,percentile\n" + bytes(70 * MIB)),
    "epss-8.csv.gz": b"not gzip",
}


@pytest.mark.parametrize("name", OVERLAYS)
def test_broken_overlays(name: str, tmp_path: Path) -> None:
    """A broken catalogue or table is a typed error, and findings go without it rather than with a zero."""
    folder = archive(tmp_path / "a", "Alpine", [GOOD])
    (folder / name).write_bytes(OVERLAYS[name])
    database = open_database(folder, tmp_path / "i")
    assert [type(one) for one in database.problems] == [InvalidAdvisories]
    found = assess(document(ALPINE, "apk", [package("zlib", "1-r0")]), database)
    assert (found.findings[0].exploited, found.findings[0].epss_score, found.exploited_count) == (None, None, None)


def test_overlays(tmp_path: Path) -> None:
    """A flaw in CISA's catalogue is marked with its day, one in FIRST's table with its score; others are not."""
    others = record("CVE-2026-0002", rule(V320, "zlib", since()))
    folder = archive(tmp_path / "a", "Alpine", [GOOD, others])
    entry = {"cveID": " cve-2026-0001 ", "dateAdded": "2026-10-01", "knownRansomwareCampaignUse": "Known"}
    (folder / "known_exploited_vulnerabilities.json").write_text(
        json.dumps({"dateReleased": "2026-11-01T00:00:00.1Z", "vulnerabilities": [entry]})
    )
    table = (
        "#model_version:v2025.03.14,score_date:2026-11-19T12:55:00Z\ncve,epss,percentile\nCVE-2026-0001,0.94321,0.99\n"
    )
    (folder / "epss_scores-current.csv.gz").write_bytes(gzip.compress(table.encode()))
    database = open_database(folder, tmp_path / "i")
    assert {archive.kind: archive.as_of for archive, _ in database.archives} == {
        "epss": "2026-11-19",
        "kev": "2026-11-01",
        "osv": "2026-11-20",
    }
    first, second = assess(document(ALPINE, "apk", [package("zlib", "1-r0")]), database).findings
    assert first.exploited is not None
    assert (first.exploited.added_on, first.exploited.ransomware, first.epss_score) == ("2026-10-01", True, 0.94321)
    assert (second.exploited, second.epss_score) == (None, None)


def test_a_database_is_asked_after_a_fork(tmp_path: Path) -> None:
    """A child of the process that opened a database gets the same answers from it."""
    database = open_database(archive(tmp_path / "a", "Alpine", [GOOD]), tmp_path / "i")
    held_against = document(ALPINE, "apk", [package("zlib", "1-r0")])
    expected = assess(held_against, database)
    child = os.fork()
    if child == 0:
        os._exit(0 if assess(held_against, database) == expected else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert assess(held_against, database) == expected


@pytest.mark.slow
def test_hostile_archives_take_little_memory(tmp_path: Path) -> None:
    """Of bombs and endless lists of members, no more is held than one advisory may have."""
    (tmp_path / "a").mkdir()
    many_members(tmp_path / "a" / "members.zip")
    zipped(*((f"{number}.json", b'{"id": "X-1"' + b" " * (15 * MIB) + b"}") for number in range(20)))(
        tmp_path / "a" / "spaces.zip"
    )
    zipped(("a.json", b"[" * (200 * MIB)))(tmp_path / "a" / "bomb.zip")
    program = (
        "import sys; from pathlib import Path; from generator.advisories.database import open_database as o;"
        "from tests.opened import peak; before = peak(); d = o(Path(sys.argv[1]), Path(sys.argv[2]));"
        "print(len(d.problems), len(d.archives), peak() - before)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "a", tmp_path / "i"], capture_output=True, text=True, check=True
    )
    problems, archives, grown = map(int, said.stdout.split())
    assert (problems, archives) == (2, 1)
    assert grown < 120, f"{grown} MiB more"
