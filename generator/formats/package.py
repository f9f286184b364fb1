"""One installed package, the same value for every package database; and the bound on what a database may list.

The parsers beside this module (apk_db, dpkg_status, rpm_database) give these; `purl` names them.
"""

from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from generator.errors import FormatError
from generator.limits import MIB

PackageFormat = Literal["apk", "deb", "rpm"]
"""The package URL type."""

_PATHS_SIZE: Final = 256 * MIB
"""Memory that all paths of one database may take, over a million files. Databases write a directory once and name
many files in it, so that without a bound a small hostile one could stand for terabytes."""
_PATH_OVERHEAD: Final = 100
"""What a path takes besides its characters."""


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """What a database says of one installed package; an empty text was not said.

    Texts are valid Unicode (what was not UTF-8 is replaced); paths keep their bytes by surrogateescape, have no
    leading slash and are otherwise as the database has them, in its order.
    """

    format: PackageFormat
    name: str
    version: str
    """As the native tool prints it: an apk's with -rN, a deb's with its epoch, an rpm's VERSION-RELEASE without."""
    epoch: int | None = None
    """An rpm's epoch where it has one; always None for others."""
    architecture: str = ""
    source_name: str = ""
    """The source package it was built from: apk's origin, deb's source, the name part of an rpm's source file."""
    source_version: str = ""
    license: str = ""
    """The license field's text, not normalised; a deb has it in its copyright file instead."""
    installed_size: int | None = None
    """Bytes by the packager's word (Debian rounds to KiB and adds an allowance per file), or None."""
    maintainer: str = ""
    vendor: str = ""
    homepage: str = ""
    summary: str = ""
    """One line."""
    files: tuple[str, ...] | None = None
    """Paths it owns, or None when the database does not tell. A deb's directories are among them, unmarked."""
    directories: tuple[str, ...] = ()
    """Paths it owns that are directories, where the database marks them (apk and rpm)."""
    configuration_files: tuple[str, ...] = ()
    """Owned paths that the package manager treats as configuration (deb and rpm)."""


@dataclass(slots=True)
class PathBound:
    """Counts the paths that one database lists."""

    path: str
    left: int = _PATHS_SIZE

    def take(self, size: int, offset: object, *, count: int = 1) -> None:
        """Count `count` paths more that have `size` characters together; raises FormatError past the bound."""
        self.left -= size + count * _PATH_OVERHEAD
        if self.left < 0:
            raise FormatError(path=self.path, offset=offset, rule=f"owned paths that take at most {_PATHS_SIZE} bytes")


def whole_number(text: str, *, path: str, offset: object, what: str) -> int:
    """Return a decimal number of at most 18 digits."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise FormatError(path=path, offset=offset, rule=f"{what} is a decimal number")
    return int(text)
