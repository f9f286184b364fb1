"""The packages inspector's section."""

from typing import Annotated

import msgspec

from generator.analysis.sections.base import Part, Section

Bytes = Annotated[int, msgspec.Meta(extra={"unit": "bytes"})]


class PackageDatabase(Part, frozen=True):
    """One database of installed packages."""

    kind: str
    """apk, dpkg, dpkg-status.d (distroless: one file a package) or rpm."""
    path: str
    layer: int
    package_count: int
    lists_files: bool
    """Whether it tells which files its packages own; without, nothing can be said about unowned files."""


class InstalledPackage(Part, frozen=True):
    """One installed package, as its database describes it. Empty text: not said."""

    database: int
    """Index into `databases`."""
    name: str
    version: str
    """As the native tool prints it: `9.1-1`, with a deb's epoch in front; an rpm's epoch is `epoch`."""
    epoch: int | None
    architecture: str
    source_name: str
    source_version: str
    license: str
    """The database's licence field, as it stands; Debian's stands in copyright files instead."""
    summary: str
    homepage: str
    maintainer: str
    installed_size: Bytes | None
    """The packager's word."""
    owned_size: Bytes | None
    """Bytes of its regular files that are there, each inode once; None when the database does not list files."""
    owned_count: int | None
    """Its files, links and devices that are there."""
    missing_count: int | None
    """Paths it owns that are not there: removed afterwards, or never unpacked."""


class Packages(Part, frozen=True):
    """What the image's package databases say, held against the files that are there."""

    databases: tuple[PackageDatabase, ...]
    packages: tuple[InstalledPackage, ...]
    """By database, then by name."""
    owners: list[int]
    """One number an entry of the document's tree: the owning package's index; -1 nobody; -2 a directory, or the
    package manager's own records, which nobody is expected to own."""
    unowned_file_count: int | None
    """Files (and devices) with -1 in `owners`; None when some database does not list files."""
    unowned_link_count: int | None
    """Symbolic links with -1 in `owners`: alternatives, or the names that BusyBox gave itself when it was installed."""
    unowned_size: Bytes | None
    """Bytes of the unowned files, each inode once."""


class PackagesSection(Section, frozen=True):
    """Which packages are installed, and which files belong to none of them."""

    found: Packages | None = None
