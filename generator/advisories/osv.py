"""OSV archives: an ecosystem's `all.zip` in, what each advisory says of each package out, one advisory at a time.

Schema: ossf.github.io/osv-schema, version 1; fields that are not used are not looked at. Archives are read as they
are, never unpacked to disk; every size is bounded, and members that are not `NAME.json` are left alone.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec

from generator.errors import InvalidAdvisories
from generator.limits import MIB

MEMBER_SIZE: Final = 16 * MIB
"""Bytes of one advisory; the largest real ones, of kernels with every version listed, have two.
A hostile one takes 0.8 GB while it is read."""
ARCHIVE_SIZE: Final = 8192 * MIB
"""Bytes of all advisories of one archive together."""
DIRECTORY_SIZE: Final = 32 * MIB
"""Bytes of an archive's list of members: some 300,000; it is held while the archive is read."""
SUMMARY_LENGTH: Final = 300
IDENTIFIER_LENGTH: Final = 100
_NAME_LENGTH: Final = 120
_STORED: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_END: Final = struct.Struct("<4s4xHHII")
_END_64: Final = struct.Struct("<4s20xQQQ")


class Event(msgspec.Struct, frozen=True):
    """One event of a range."""

    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None
    limit: str | None = None


class Range(msgspec.Struct, frozen=True):
    """Versions from one event to the next."""

    type: str = ""
    events: list[Event] = []


class Package(msgspec.Struct, frozen=True):
    """A package of an ecosystem."""

    ecosystem: str = ""
    name: str = ""


class Severity(msgspec.Struct, frozen=True):
    """A CVSS vector, or a distribution's own word."""

    type: str = ""
    score: str = ""


class Affected(msgspec.Struct, frozen=True):
    """What an advisory says of one package."""

    package: Package | None = None
    ranges: list[Range] | None = None
    versions: list[str] | None = None
    severity: list[Severity] | None = None
    ecosystem_specific: dict[str, Any] | None = None


class Advisory(msgspec.Struct, frozen=True):
    """One advisory."""

    id: str
    summary: str = ""
    modified: str = ""
    published: str = ""
    withdrawn: str | None = None
    aliases: list[str] | None = None
    upstream: list[str] | None = None
    related: list[str] | None = None
    affected: list[Affected] | None = None
    severity: list[Severity] | None = None
    database_specific: dict[str, Any] | None = None


_DECODER: Final = msgspec.json.Decoder(Advisory)


def read(path: Path, where: str) -> Iterator[Advisory]:
    """Yield an archive's advisories, withdrawn ones too; raises InvalidAdvisories when anything in it is broken."""
    try:
        if _directory_size(path) > DIRECTORY_SIZE:
            raise InvalidAdvisories(where=where, reason="it has more members than any real archive")
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if one.filename.endswith(".json") and not one.is_dir()]
            if sum(one.file_size for one in members) > ARCHIVE_SIZE:
                raise InvalidAdvisories(where=where, reason="it is larger than any real archive")
            if len({one.filename for one in members}) < len(members):
                raise InvalidAdvisories(where=where, reason="it has two members of one name")
            for member in members:
                name = f"{where}: {member.filename[:_NAME_LENGTH]}"
                yield decode(_content(archive, member, name), name)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as err:
        raise InvalidAdvisories(where=where, reason=f"not a readable archive: {err or type(err).__name__}") from err


def _directory_size(path: Path) -> int:
    """Return the size of a zip archive's central directory, before all of it is read; APPNOTE.TXT 4.3.14 to 4.3.16."""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - (1 << 16) - 200))
        tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) < at + _END.size:
        raise zipfile.BadZipFile("File is not a zip file")
    size: int = _END.unpack_from(tail, at)[3]
    before = tail.rfind(b"PK\6\6", 0, at)
    if before >= 0 and len(tail) >= before + _END_64.size:
        size = max(size if size != 0xFFFFFFFF else 0, _END_64.unpack_from(tail, before)[3])
    return size


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: str) -> bytes:
    """Return a member's bytes, reading no more than allowed whatever its header says; zipfile checks the CRC."""
    if member.compress_type not in _STORED:
        raise InvalidAdvisories(where=where, reason="compressed in a way that OSV's archives are not")
    with archive.open(member) as stream:
        content = stream.read(MEMBER_SIZE + 1)
    if len(content) > MEMBER_SIZE:
        raise InvalidAdvisories(where=where, reason=f"more than {MEMBER_SIZE} bytes")
    return content


def decode(content: bytes, where: str) -> Advisory:
    """Read one advisory."""
    try:
        found = _DECODER.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise InvalidAdvisories(where=where, reason=f"not an OSV advisory: {err}") from err
    if not found.id or len(found.id) > IDENTIFIER_LENGTH:
        raise InvalidAdvisories(where=where, reason="its id is empty or longer than any real one")
    return found


def day(written: str) -> str:
    """Return the day of an RFC 3339 time as YYYY-MM-DD; "" when it is none."""
    try:
        return date.fromisoformat(written[:10]).isoformat()
    except ValueError:
        return ""
