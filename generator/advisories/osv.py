"""OSV archives: an ecosystem's `all.zip` in, what each advisory says of each package out, one advisory at a time.

Schema: ossf.github.io/osv-schema, version 1; fields that are not used are not looked at. Archives are read as they
are, never unpacked to disk; every size is bounded, and members that are not `NAME.json` are left alone.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from generator.errors import InvalidAdvisories
from generator.limits import MIB

MEMBER_SIZE: Final = 16 * MIB
"""Bytes of one advisory; the largest real ones, of kernels with every version listed, have two."""
ARCHIVE_SIZE: Final = 8192 * MIB
"""Bytes of all advisories of one archive together."""
MEMBERS: Final = 1_000_000
SUMMARY_LENGTH: Final = 300
IDENTIFIER_LENGTH: Final = 100
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


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
    ranges: list[Range] = []
    versions: list[str] = []
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
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if one.filename.endswith(".json") and not one.is_dir()]
            if len(members) > MEMBERS or sum(one.file_size for one in members) > ARCHIVE_SIZE:
                raise InvalidAdvisories(where=where, reason="it is larger than any real archive")
            for member in members:
                yield decode(_content(archive, member, where), f"{where}: {member.filename}")
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as err:
        raise InvalidAdvisories(where=where, reason=f"not a readable archive: {err or type(err).__name__}") from err


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: str) -> bytes:
    """Return a member's bytes, reading no more than allowed whatever its header says; zipfile checks the CRC."""
    with archive.open(member) as stream:
        content = stream.read(MEMBER_SIZE + 1)
        if len(content) > MEMBER_SIZE:
            raise InvalidAdvisories(where=f"{where}: {member.filename}", reason=f"more than {MEMBER_SIZE} bytes")
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
    """Return the day of an RFC 3339 time; "" when it is none."""
    return written[:10] if _DAY.match(written) else ""
