"""RPM databases of three kinds, against rpm itself, and what hostile ones end in."""

import sqlite3
import struct
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import FormatError
from generator.formats import rpm_sqlite
from generator.formats.package import Package, PathBound
from generator.formats.rpm_database import parse_rpm_database
from generator.formats.rpm_header import parse_rpm_header
from tests.engines import need, run
from tests.formats import rpm_tools
from tests.formats.rpm_tools import Value, bdb, header, ndb

REAL_NDB = (Path(__file__).parent / "Packages.db").read_bytes()
"""Written by rpm 4.20's own NDB code: the packages that `rpm_tools.install_packages` makes, three of them."""

TAGS: dict[int, Value] = {
    1000: "bash",
    1001: "5.1",
    1002: "2.el9",
    1003: [0],
    1004: "Shell",
    1009: [77],
    1014: "GPLv3+",
    1022: "x86_64",
    1030: [0o100755, 0o040755],
    1037: [1, 0],
    1044: "bash-5.1-2.el9.src.rpm",
    1116: [0, 1],
    1117: ["bash", "doc"],
    1118: ["/usr/bin/", "/usr/share/"],
}
HEADER = header(TAGS)
LONG_HEADER = header(TAGS | {1005: "long" * 5000})


def sqlite_of(
    headers: Sequence[bytes], schema: str = "Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)"
) -> bytes:
    """Return an SQLite database with the headers."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE TABLE {schema}")
    connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(blob,) for blob in headers])
    connection.commit()
    return connection.serialize()


def parse_header(blob: bytes) -> Package:
    """Parse one header."""
    return parse_rpm_header(blob, path="/db", number=1, bound=PathBound("/db"))


def listing(packages: Sequence[Package]) -> list[str]:
    """Return what rpm prints for `rpm_tools.QUERY`."""
    return sorted(
        f"{package.name}|{package.epoch}|{package.version}|{package.architecture}|{package.license}|"
        f"{package.source_name}-{package.source_version}.src.rpm|{package.installed_size}|{package.maintainer}|"
        f"{package.vendor}|{package.homepage}|{package.summary}"
        for package in packages
    )


def files_listing(packages: Sequence[Package]) -> list[tuple[str, str, bool, bool]]:
    """Return (package, path, is a directory, is configuration), sorted."""
    return sorted(
        (package.name, path, is_directory, path in package.configuration_files)
        for package in packages
        for paths, is_directory in ((package.files or (), False), (package.directories, True))
        for path in paths
    )


def parsed_files(lines: Sequence[str]) -> list[tuple[str, str, bool, bool]]:
    """Return the same of what rpm printed for `rpm_tools.FILES_QUERY`."""
    rows = [line.split("|") for line in lines]
    return sorted(
        (name, path.lstrip("/"), int(mode, 8) & 0o170000 == 0o040000, bool(int(flags) & 1))
        for name, path, mode, flags in rows
    )


# Headers


def test_fields_of_a_header() -> None:
    """Each tag has its place, files are joined to their directories, and an epoch of 0 is an epoch."""
    assert parse_header(HEADER) == Package(
        format="rpm",
        name="bash",
        version="5.1-2.el9",
        epoch=0,
        architecture="x86_64",
        source_name="bash",
        source_version="5.1-2.el9",
        license="GPLv3+",
        installed_size=77,
        summary="Shell",
        files=("usr/bin/bash",),
        directories=("usr/share/doc",),
        configuration_files=("usr/bin/bash",),
    )


def test_imported_key() -> None:
    """A `gpg-pubkey` has neither architecture, source nor files, and is a package for rpm."""
    key = parse_header(header({1000: "gpg-pubkey", 1001: "a", 1002: "b", 1014: "pubkey"}))
    assert (key.epoch, key.architecture, key.source_name, key.installed_size, key.files) == (None, "", "", None, ())


def test_old_file_names() -> None:
    """Packages of before 1999 write each path whole."""
    assert parse_header(header({1000: "a", 1001: "1", 1002: "1", 1027: ["/etc/a", "/b"]})).files == ("etc/a", "b")


@pytest.mark.parametrize(
    ("blob", "message"),
    [
        (b"", "8 bytes"),
        (HEADER[:-1], "as many bytes"),
        (HEADER + b"\0", "as many bytes"),
        (b"\xff" * 8, "as many bytes"),
        (header({1001: "1", 1002: "1"}), "tag 1000 is there"),
        (header(TAGS | {1000: [1]}), "tag 1000 is text"),
        (header(TAGS | {1009: "many"}), "tag 1009 is a number"),
        (header(TAGS | {1116: [0]}), "a directory for each"),
        (header(TAGS | {1116: [0, 2]}), "a directory for each"),
        (header(TAGS | {1030: [0]}), "a mode and flags"),
        (header({1117: ["a"]}).replace(b"\0\0\0\1a\0", b"\0\0\0\2a\0"), "2 strings, each ended by NUL"),
        (header({1117: ["a"]}).replace(b"\0\0\0\1a\0", b"\0\0\0\3a\0"), "lies within"),
        (header({1027: ["a"], 1030: [0]}).replace(b"\0\0\0\1a\0", b"\0\0\0\2a\0"), "lies within"),
        (header({1000: "a", 1001: "1", 1002: "1"})[:-1] + b"1", "ended by NUL"),
    ],
)
def test_headers_that_are_refused(blob: bytes, message: str) -> None:
    """A header whose counts, types or offsets do not fit is a FormatError that says which."""
    with pytest.raises(FormatError, match=message):
        parse_header(blob)


def test_long_directory_many_files() -> None:
    """A header that stands for gigabytes of paths is a FormatError before they are made."""
    count = 300_000
    blob = header(
        TAGS | {1030: [0] * count, 1037: [0] * count, 1116: [0] * count, 1117: ["f"] * count, 1118: ["/d" * 50_000]}
    )
    started = time.process_time()
    with pytest.raises(FormatError, match="owned paths"):
        parse_header(blob)
    assert time.process_time() - started < 5


# Databases


def test_real_ndb() -> None:
    """A database that rpm itself wrote in the NDB format gives its packages and files."""
    packages = parse_rpm_database(REAL_NDB, path="/Packages.db")
    assert [(package.name, package.epoch, package.version) for package in packages] == [
        ("lib2", 2, "0.2~rc1-3"),
        ("lib1", 2, "0.1~rc1-3"),
        ("base", 2, "1.0-3"),
    ]
    base = next(package for package in packages if package.name == "base")
    assert base.summary == "Größe of things"
    assert base.files == ("etc/base.conf", "etc/link", "etc/with blank", "var/log/base.log")
    assert base.directories == ("var/cache/base",)
    assert base.configuration_files == ("etc/base.conf",)


def test_kinds_agree() -> None:
    """The same headers give the same packages from every kind of database; no headers give no packages."""
    headers = [HEADER, header(TAGS | {1000: "other"}), LONG_HEADER]
    expected = tuple(map(parse_header, headers))
    assert parse_rpm_database(sqlite_of(headers), path="x") == expected
    assert parse_rpm_database(ndb(headers), path="x") == expected
    assert parse_rpm_database(bdb(headers, "<"), path="x") == expected
    assert parse_rpm_database(bdb(headers, ">", 512), path="x") == expected
    for empty in (sqlite_of([]), ndb([]), bdb([])):
        assert parse_rpm_database(empty, path="x") == ()


def test_what_is_no_database() -> None:
    """Other bytes are a FormatError, the empty file too."""
    for content in (b"", b"\0" * 4096, b"\x7fELF" + bytes(600)):
        with pytest.raises(FormatError, match="an RPM database"):
            parse_rpm_database(content, path="x")


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("CREATE TABLE Other (a)", "one table named Packages"),
        (
            "CREATE VIEW Packages AS WITH RECURSIVE n(hnum, blob) AS (SELECT 1, x'00' UNION ALL SELECT hnum+1, blob"
            " FROM n) SELECT * FROM n",
            "one table named Packages",
        ),
        ("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob AS (zeroblob(100000000)))", "columns hnum and blob"),
        ("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, text)", "columns hnum and blob"),
        ("CREATE VIRTUAL TABLE Packages USING rtree(hnum, a, b)", "one table named Packages"),
    ],
)
def test_hostile_schemas(statement: str, message: str) -> None:
    """Views, computed columns and virtual tables in the table's place are refused before they run."""
    connection = sqlite3.connect(":memory:")
    connection.execute(statement)
    connection.commit()
    with pytest.raises(FormatError, match=message):
        parse_rpm_database(connection.serialize(), path="x")


def test_schema_that_is_no_text() -> None:
    """A broken schema that SQLite cannot even complain of in UTF-8 is a FormatError."""
    content = sqlite_of([HEADER]).replace(b"tablePackages", b"tablePack\xffges").replace(b"Packages (", b"Packages )")
    with pytest.raises(FormatError, match="a sound SQLite database"):
        parse_rpm_database(content, path="x")


def test_row_that_is_no_header() -> None:
    """A row with text or nothing in the header's place is a FormatError."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob)")
    connection.execute("INSERT INTO Packages VALUES (1, 'text')")
    connection.commit()
    with pytest.raises(FormatError, match="a header in each row"):
        parse_rpm_database(connection.serialize(), path="x")


def test_endless_table() -> None:
    """A table whose pages lead back to themselves ends, in bounded time."""
    content = bytearray(sqlite_of([b"x" * 3000] * 400))
    page_size = int.from_bytes(content[16:18], "big")
    interior = [n for n in range(0, len(content), page_size) if content[n] == 5]
    assert interior
    for page in interior:
        cells = int.from_bytes(content[page + 3 : page + 5], "big")
        for cell in range(cells):
            pointer = int.from_bytes(content[page + 12 + 2 * cell : page + 14 + 2 * cell], "big")
            content[page + pointer : page + pointer + 4] = (page // page_size + 1).to_bytes(4, "big")
    started = time.process_time()
    with pytest.raises(FormatError):
        parse_rpm_database(bytes(content), path="x")
    assert time.process_time() - started < 10


def test_overlapping_blobs() -> None:
    """NDB slots that share one blob are refused, so that a small file cannot stand for many headers."""
    content = bytearray(ndb([HEADER, HEADER]))
    content[48 + 4 : 48 + 16] = content[32 + 4 : 32 + 16]
    with pytest.raises(FormatError, match="its own place"):
        parse_rpm_database(bytes(content), path="x")


@pytest.mark.parametrize(
    ("offset", "message"), [(4, "version 0"), (12, "slot pages"), (32, "a slot"), (4096, "agree"), (4120, "checksum")]
)
def test_damaged_ndb(offset: int, message: str) -> None:
    """A changed byte in an NDB file is found, in its structure or by a blob's checksum."""
    content = bytearray(ndb([HEADER]))
    content[offset] ^= 0xFF
    with pytest.raises(FormatError, match=message):
        parse_rpm_database(bytes(content), path="x")


def test_circular_chain() -> None:
    """A chain of overflow pages that leads back to itself ends in FormatError."""
    content = bytearray(bdb([LONG_HEADER]))
    content[2 * 4096 + 16 : 2 * 4096 + 20] = (2).to_bytes(4, "little")
    with pytest.raises(FormatError, match="an overflow page that its item fills"):
        parse_rpm_database(bytes(content), path="x")


def test_shared_chain() -> None:
    """Items that share one chain of overflow pages are refused once they give more than the file has."""
    chain_pages = -(-len(LONG_HEADER) // (4096 - 26))
    content = bytearray(bdb([LONG_HEADER] * 3)[: (2 + chain_pages) * 4096])
    content[32:36] = (1 + chain_pages).to_bytes(4, "little")
    for number in (1, 2):
        own = struct.pack("<BxxxII", 3, 2 + number * chain_pages, len(LONG_HEADER))
        at = content.index(own)
        content[at : at + 12] = struct.pack("<BxxxII", 3, 2, len(LONG_HEADER))
    with pytest.raises(FormatError, match="together no longer than the file"):
        parse_rpm_database(bytes(content), path="x")


@settings(deadline=None)
@given(st.sampled_from([REAL_NDB, sqlite_of([HEADER] * 20), bdb([HEADER, LONG_HEADER]), HEADER]), st.data())
def test_mutated_databases(content: bytes, data: st.DataObject) -> None:
    """Any bytes changed, cut or appended give packages with names and versions, or FormatError."""
    mutated = bytearray(content)
    for _ in range(data.draw(st.integers(1, 8))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    whole = bytes(mutated[: data.draw(st.integers(len(mutated) // 2, len(mutated)))]) + data.draw(st.binary(max_size=8))
    try:
        packages = (parse_header(whole),) if content is HEADER else parse_rpm_database(whole, path="x")
    except FormatError:
        return
    assert all(package.name and package.version for package in packages)


@given(st.sampled_from([b"", b"RpmP", rpm_sqlite.MAGIC, bytes(12) + b"\x61\x15\x06\0"]), st.binary(max_size=2000))
def test_any_bytes(magic: bytes, content: bytes) -> None:
    """Any bytes after a magic number give FormatError, or a database without packages."""
    try:
        assert parse_rpm_database(magic + content, path="x") == ()
    except FormatError:
        return


# rpm itself


@pytest.fixture(scope="module")
def real_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a database with 40 packages, made by rpmbuild and rpm."""
    return rpm_tools.install_packages(tmp_path_factory.mktemp("rpm"), 40)


@pytest.mark.engine
def test_rpm_agrees_on_sqlite(real_folder: Path) -> None:
    """Of a database that rpm wrote, `rpm -qa` prints the same fields and files."""
    packages = parse_rpm_database((real_folder / "rpmdb.sqlite").read_bytes(), path="x")
    assert len(packages) == 40
    assert listing(packages) == rpm_tools.query(real_folder, rpm_tools.QUERY)
    assert files_listing(packages) == parsed_files(rpm_tools.query(real_folder, rpm_tools.FILES_QUERY))


@pytest.mark.engine
@pytest.mark.parametrize("order", ["<", ">"])
def test_rpm_agrees_on_berkeley_db(real_folder: Path, tmp_path: Path, order: str) -> None:
    """Of the same headers in a Berkeley DB hash of either byte order, rpm prints the same fields and files."""
    headers = list(rpm_sqlite.header_blobs((real_folder / "rpmdb.sqlite").read_bytes(), path="x"))
    content = rpm_tools.load_bdb(tmp_path, headers, order).read_bytes()
    packages = parse_rpm_database(content, path="x")
    assert len(packages) == 40
    assert listing(packages) == rpm_tools.query(tmp_path, rpm_tools.QUERY, "bdb_ro")
    assert files_listing(packages) == parsed_files(rpm_tools.query(tmp_path, rpm_tools.FILES_QUERY, "bdb_ro"))


@pytest.mark.engine
def test_rpm_agrees_on_ndb(real_folder: Path, tmp_path: Path) -> None:
    """Where rpm is built with NDB, it prints the same of a database that it rebuilt in that format."""
    rpm = need("rpm", "rpm")
    backends = [line for line in run([rpm, "--showrc"]).splitlines() if line.startswith("available backends")]
    if "ndb" not in backends[0].split():
        pytest.skip("this rpm is built without NDB (Debian's is since 13); a database of one that has it is tested")
    (tmp_path / "rpmdb.sqlite").write_bytes((real_folder / "rpmdb.sqlite").read_bytes())
    run([need("rpmdb", "rpm"), "--dbpath", tmp_path, "--define", "_db_backend ndb", "--rebuilddb"])
    packages = parse_rpm_database((tmp_path / "Packages.db").read_bytes(), path="x")
    assert listing(packages) == rpm_tools.query(tmp_path, rpm_tools.QUERY, "ndb")
    assert files_listing(packages) == parsed_files(rpm_tools.query(tmp_path, rpm_tools.FILES_QUERY, "ndb"))
