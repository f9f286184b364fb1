"""The RPM database of an image, whichever of three kinds: SQLite, NDB or Berkeley DB, told apart by their magic."""

from typing import Final

from generator.errors import FormatError
from generator.formats import rpm_bdb, rpm_ndb, rpm_sqlite
from generator.formats.package import Package, PathBound
from generator.formats.rpm_header import parse_rpm_header

FOLDERS: Final = ("usr/lib/sysimage/rpm", "var/lib/rpm", "usr/share/rpm")
"""Where the database may be, without leading slash; the first that exists counts, the others are often links to it."""
FILES: Final = ("rpmdb.sqlite", "Packages.db", "Packages")
"""What the database is called in its folder, newest kind first, as rpm itself looks for it."""


def parse_rpm_database(content: bytes, *, path: str) -> tuple[Package, ...]:
    """Return what `rpm -qa` lists, in the database's order: the imported keys (`gpg-pubkey`) too."""
    if content.startswith(rpm_sqlite.MAGIC):
        blobs = rpm_sqlite.header_blobs(content, path=path)
    elif content.startswith(rpm_ndb.MAGIC):
        blobs = rpm_ndb.header_blobs(content, path=path)
    elif rpm_bdb.is_bdb_hash(content):
        blobs = rpm_bdb.header_blobs(content, path=path)
    else:
        raise FormatError(path=path, offset=0, rule="an RPM database: SQLite, NDB or a Berkeley DB hash")
    bound = PathBound(path)
    return tuple(parse_rpm_header(blob, path=path, number=number, bound=bound) for number, blob in enumerate(blobs, 1))
