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


class PackageLicense(Part, frozen=True):
    """What is known of one package's licence, and from where."""

    expression: str
    """An SPDX licence expression; words that SPDX does not know stand in it as LicenseRef-…. Empty: there is none."""
    certainty: str
    """spdx (every word is known to SPDX), partly, unknown (no word is), or none (nothing is said)."""
    evidence: str
    """field (of the database), copyright-format (a machine-readable Debian copyright file: the licences of all files of
    the source package, whichever of them are in this package), prose (any other copyright file), or "" for none."""
    path: str
    """Where it was read, or where it would be."""
    layer: int | None
    identifiers: tuple[str, ...]
    """SPDX identifiers named, sorted."""
    unknown: tuple[str, ...]
    """Words that SPDX does not know, as written."""
    references: tuple[str, ...]
    """Texts below /usr/share/common-licenses that prose refers to; whether later versions count is not known."""
    reason: str
    """Why the certainty is not spdx: words, unjoined (nothing says how the names belong together), syntax, prose,
    unreadable, no-file (no copyright file in the image) or not-said. Else ""."""


class LicenseCount(Part, frozen=True):
    """One licence, and how many packages name it, alone or among others."""

    identifier: str
    package_count: int


class LicenseSummary(Part, frozen=True):
    """The packages' licences counted."""

    spdx_count: Annotated[int, msgspec.Meta(title="wholly known to SPDX")]
    partly_count: Annotated[int, msgspec.Meta(title="partly known")]
    unknown_count: Annotated[int, msgspec.Meta(title="not known")]
    none_count: Annotated[int, msgspec.Meta(title="nothing said")]
    licenses: tuple[LicenseCount, ...]
    """The most frequent first, then by name; a package with several counts with each."""


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
    license_found: PackageLicense | None = None
    """None: the document is older than this field."""


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
    licenses: LicenseSummary | None = None
    """None: the document is older than this field."""


class PackagesSection(Section, frozen=True):
    """Which packages are installed, and which files belong to none of them."""

    found: Packages | None = None
