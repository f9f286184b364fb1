"""RPM databases for tests: real ones by Debian's rpm and Berkeley DB tools, and single headers byte by byte."""

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

from tests.engines import need, run

SPEC = """\
Name: base
Epoch: 2
Version: 1.0
Release: 3
Summary: Größe of things
License: MIT AND (GPL-2.0-or-later)
URL: https://base.invalid/
Vendor: Vendor of tests
Packager: Packager <packager@base.invalid>
BuildArch: noarch
%description
Base.
{packages}
%install
mkdir -p %{{buildroot}}/etc %{{buildroot}}/var/cache/base
echo a > %{{buildroot}}/etc/base.conf
ln -s base.conf %{{buildroot}}/etc/link
echo b > "%{{buildroot}}/etc/with blank"
for i in $(seq {count}); do
  mkdir -p %{{buildroot}}/usr/share/lib$i/a
  for j in $(seq 20); do echo $j > %{{buildroot}}/usr/share/lib$i/a/f$j; done
done
%files
%config(noreplace) /etc/base.conf
/etc/link
"/etc/with blank"
%dir /var/cache/base
%ghost /var/log/base.log
{files}
"""
PACKAGE = """\
%package -n lib{number}
Version: 0.{number}~rc1
Summary: Library {number}
License: BSD-{number}-Clause
%description -n lib{number}
Library.
"""
QUERY = (
    "%{NAME}|%{EPOCH}|%{VERSION}-%{RELEASE}|%{ARCH}|%{LICENSE}|%{SOURCERPM}|%{SIZE}|"
    "%{PACKAGER}|%{VENDOR}|%{URL}|%{SUMMARY}\\n"
)
FILES_QUERY = "[%{=NAME}|%{FILENAMES}|%{FILEMODES:octal}|%{FILEFLAGS}\\n]"


def build_packages(folder: Path, count: int) -> list[Path]:
    """Build `count` packages and return their files."""
    libraries = range(1, count)
    spec = SPEC.format(
        count=count - 1,
        packages="".join(PACKAGE.format(number=number) for number in libraries),
        files="".join(f"%files -n lib{number}\n/usr/share/lib{number}\n" for number in libraries),
    )
    (folder / "test.spec").write_text(spec)
    defines = ("--define", f"_topdir {folder}", "--define", "_buildhost builder.invalid")
    run([need("rpmbuild", "rpm"), "-bb", "--quiet", *defines, folder / "test.spec"])
    return sorted(folder.glob("RPMS/*/*.rpm"))


def install_packages(folder: Path, count: int) -> Path:
    """Build `count` packages, install them into a database of their own and return the database's folder."""
    packages = build_packages(folder, count)
    root = folder / "root"
    root.mkdir()
    command: list[str | Path] = [need("rpm", "rpm"), "--root", root, "--dbpath", "/db"]
    run([*command, "--initdb"])
    run([*command, "--nodeps", "--justdb", "--ignorearch", "-i", *packages])
    return root / "db"


def query(folder: Path, format_text: str, backend: str = "sqlite") -> list[str]:
    """Return the sorted lines that rpm itself prints of the database in `folder`."""
    options: list[str | Path] = ["--dbpath", folder, "--define", f"_db_backend {backend}"]
    return sorted(run([need("rpm", "rpm"), *options, "-qa", "--qf", format_text]).splitlines())


def load_bdb(folder: Path, headers: Sequence[bytes], order: str) -> Path:
    """Write the headers into a Berkeley DB hash as rpm did, in byte order `<` or `>`, and return the file."""
    path = folder / "Packages"
    pairs = [(bytes(4), struct.pack(f"{order}I", len(headers)))]
    pairs += [(struct.pack(f"{order}I", number), header) for number, header in enumerate(headers, 1)]
    lines = "".join(f" {key.hex()}\n {value.hex()}\n" for key, value in pairs)
    dump = folder / "dump"
    dump.write_text(
        f"VERSION=3\nformat=bytevalue\ntype=hash\ndb_lorder={1234 if order == '<' else 4321}\n"
        f"db_pagesize=4096\nHEADER=END\n{lines}DATA=END\n"
    )
    run([need("db5.3_load", "db5.3-util"), "-f", dump, path])
    return path


Value = str | list[str] | list[int]


def header(tags: dict[int, Value]) -> bytes:
    """Return a header with texts, text arrays and 32-bit numbers."""
    index, content = b"", b""
    for tag, value in tags.items():
        if isinstance(value, str):
            kind, count, encoded = 6, 1, value.encode() + b"\0"
        elif value and isinstance(value[0], str):
            kind, count, encoded = 8, len(value), b"".join(str(text).encode() + b"\0" for text in value)
        else:
            kind, count, encoded = 4, len(value), struct.pack(f">{len(value)}I", *value)
            content += bytes(-len(content) % 4)
        index += struct.pack(">IIII", tag, kind, len(content), count)
        content += encoded
    return struct.pack(">II", len(tags), len(content)) + index + content


def ndb(headers: Sequence[bytes]) -> bytes:
    """Return an NDB file of one slot page."""
    slots = struct.pack("<4sIIIIIII", b"RpmP", 0, 1, 1, len(headers) + 1, 0, 0, 0)
    blobs = b""
    for number, blob in enumerate(headers, 1):
        padding = bytes(-(16 + len(blob) + 12) % 16)
        head = struct.pack("<4sIII", b"BlbS", number, 0, len(blob)) + blob + padding
        whole = head + struct.pack("<II4s", zlib.adler32(head), len(blob), b"BlbE")
        slots += struct.pack("<4sIII", b"Slot", number, (4096 + len(blobs)) // 16, len(whole) // 16)
        blobs += whole
    return slots + struct.pack("<4sIII", b"Slot", 0, 0, 0) * ((4096 - len(slots)) // 16) + blobs


def bdb(headers: Sequence[bytes], order: str = "<", page_size: int = 4096) -> bytes:
    """Return a Berkeley DB hash of one bucket: short headers on its page, long ones in overflow pages."""

    def page(number: int, following: int, count: int, highest: int, kind: int, content: bytes) -> bytes:
        start = struct.pack(f"{order}8xIIIHHBB", number, 0, following, count, highest, 0, kind)
        return (start + content).ljust(page_size, b"\0")

    entries = [b"\1" + bytes(4), b"\1" + struct.pack(f"{order}I", len(headers))]
    overflow: list[bytes] = []
    for number, blob in enumerate(headers, 1):
        entries.append(b"\1" + struct.pack(f"{order}I", number))
        if len(blob) < page_size // 4:
            entries.append(b"\1" + blob)
            continue
        entries.append(struct.pack(f"{order}BxxxII", 3, 2 + len(overflow), len(blob)))
        pieces = [blob[at : at + page_size - 26] for at in range(0, len(blob), page_size - 26)]
        for left, piece in zip(range(len(pieces) - 1, -1, -1), pieces, strict=True):
            own = 2 + len(overflow)
            overflow.append(page(own, own + 1 if left else 0, 1, len(piece), 7, piece))
    starts, end = [], page_size
    for entry in entries:
        end -= len(entry)
        starts.append(end)
    table = struct.pack(f"{order}{len(starts)}H", *starts)
    bucket = page(1, 0, len(starts), end, 13, table)[:end] + b"".join(reversed(entries))
    meta = struct.pack(f"{order}8xIIIIBBBBII", 0, 0x061561, 9, page_size, 0, 8, 0, 0, 0, 1 + len(overflow))
    return meta.ljust(page_size, b"\0") + bucket + b"".join(overflow)
