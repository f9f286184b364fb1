"""Installed packages and the files they own: apk, dpkg (also distroless's status.d) and rpm databases.

A file belongs to the first package that lists its path, after the links in the path's directories have been followed
(packages of usr-merged distributions list /bin/ls, which is /usr/bin/ls). Licences are the database's field, or for
Debian's packages what their copyright files say (a probe reads those), normalised by `formats.license_words`.
Not read: language package managers, diversions, and repositories.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from generator import limits
from generator.analysis.sections.packages import (
    InstalledPackage,
    LicenseCount,
    LicenseSummary,
    PackageDatabase,
    PackageLicense,
    Packages,
    PackagesSection,
)
from generator.errors import FormatError
from generator.formats import apk_db, rpm_database
from generator.formats.dpkg_copyright import Copyright
from generator.formats.dpkg_status import (
    INFO_FOLDER,
    STATUS_FOLDER,
    STATUS_PATH,
    parse_dpkg_status,
    parse_status_folder,
    with_lists,
)
from generator.formats.license_words import LicenseWords, combined, normalise
from generator.formats.package import Package
from generator.inspectors.base import File, Filesystem, Inspector
from generator.oci.documents import Config

_RECORDS: Final = (
    "var/lib/dpkg/",
    "lib/apk/db/",
    "usr/lib/apk/db/",
    *(f"{folder}/" for folder in rpm_database.FOLDERS),
)
_KEPT_SIZE: Final = 64 * limits.MIB

NOBODY: Final = -1
NOT_OWNABLE: Final = -2


class _Found(NamedTuple):
    database: PackageDatabase
    packages: Sequence[Package]


def inspect(filesystem: Filesystem, config: Config | None) -> PackagesSection:
    """Read every database there is; raises FormatError for one that is damaged or too large."""
    found = [*_apk(filesystem), *_dpkg(filesystem), *_rpm(filesystem)]
    if not found:
        return PackagesSection(state="absent")
    packages = [(number, one) for number, (_, listed) in enumerate(found) for one in sorted(listed, key=_order)]
    owners_by_path = _owners_by_path(filesystem, [one for _, one in packages])
    owners: list[int] = [NOT_OWNABLE]
    sizes, counts = [0] * len(packages), [0] * len(packages)
    unowned_file_count = unowned_link_count = unowned_size = 0
    seen: set[int] = set()
    for path, file in filesystem.walk():
        owner = owners_by_path.get(path, NOBODY)
        if file.kind == "d" or (owner == NOBODY and path.startswith(_RECORDS)):
            owners.append(NOT_OWNABLE)
            continue
        owners.append(owner)
        size = file.size if file.kind == "-" and id(file) not in seen else 0
        seen.add(id(file))
        if owner == NOBODY:
            unowned_link_count += file.kind == "l"
            unowned_file_count += file.kind != "l"
            unowned_size += size
        else:
            counts[owner] += 1
            sizes[owner] += size
    known = all(database.lists_files for database, _ in found)
    databases = tuple(database for database, _ in found)
    licenses = [_license(one, databases[database], filesystem) for database, one in packages]
    return PackagesSection(
        state="found",
        found=Packages(
            databases=databases,
            packages=tuple(
                _installed(one, database, sizes[index], counts[index], licenses[index], filesystem)
                for index, (database, one) in enumerate(packages)
            ),
            owners=owners,
            unowned_file_count=unowned_file_count if known else None,
            unowned_link_count=unowned_link_count if known else None,
            unowned_size=unowned_size if known else None,
            licenses=_summary(licenses),
        ),
    )


def _order(package: Package) -> tuple[str, str, str]:
    return package.name, package.version, package.architecture


def _installed(
    package: Package, database: int, size: int, count: int, license_found: PackageLicense, filesystem: Filesystem
) -> InstalledPackage:
    listed = package.files is not None
    missing = sum(filesystem.find(path, follow=False) is None for path in package.files or ())
    return InstalledPackage(
        database=database,
        name=package.name,
        version=package.version,
        epoch=package.epoch,
        architecture=package.architecture,
        source_name=package.source_name,
        source_version=package.source_version,
        license=package.license,
        summary=package.summary,
        homepage=package.homepage,
        maintainer=package.maintainer,
        installed_size=package.installed_size,
        owned_size=size if listed else None,
        owned_count=count if listed else None,
        missing_count=missing if listed else None,
        license_found=license_found,
    )


def _license(package: Package, database: PackageDatabase, filesystem: Filesystem) -> PackageLicense:
    if package.format != "deb":
        words = normalise(package.license, package.format)
        return _said(words, "field" if package.license else "", database.path, database.layer)
    path = f"usr/share/doc/{package.name}/copyright"
    file = filesystem.find(path)
    real = filesystem.real_path(path)
    if file is None or file.kind != "-" or real is None:
        return _said(LicenseWords("", "none", reason="no-file"), "", f"/{path}", None)
    fact = (file.facts or {}).get("copyright")
    if not isinstance(fact, Copyright):
        reason = "not-said" if not file.size else "unreadable"
        certainty = "unknown" if file.size else "none"
        return _said(LicenseWords("", certainty, reason=reason), "", f"/{real}", file.layer)
    if fact.machine_readable:
        return _said(combined(fact.names, "deb"), "copyright-format", f"/{real}", file.layer)
    words = LicenseWords("", "unknown", reason="prose")
    return _said(words, "prose", f"/{real}", file.layer, fact.references)


def _said(
    words: LicenseWords, evidence: str, path: str, layer: int | None, references: tuple[str, ...] = ()
) -> PackageLicense:
    return PackageLicense(
        expression=words.expression,
        certainty=words.certainty,
        evidence=evidence,
        path=path,
        layer=layer,
        identifiers=words.known,
        unknown=words.unknown,
        references=references,
        reason=words.reason,
    )


def _summary(licenses: Sequence[PackageLicense]) -> LicenseSummary:
    certainties = Counter(one.certainty for one in licenses)
    named = Counter(identifier for one in licenses for identifier in one.identifiers)
    return LicenseSummary(
        spdx_count=certainties["spdx"],
        partly_count=certainties["partly"],
        unknown_count=certainties["unknown"],
        none_count=certainties["none"],
        licenses=tuple(LicenseCount(*one) for one in sorted(named.items(), key=lambda item: (-item[1], item[0]))),
    )


def _owners_by_path(filesystem: Filesystem, packages: Sequence[Package]) -> dict[str, int]:
    """Return the owning package's index by real path; of several owners the first."""
    owners: dict[str, int] = {}
    folders: dict[str, str | None] = {"": ""}
    for index, package in enumerate(packages):
        for path in package.files or ():
            folder, _, name = path.rpartition("/")
            if folder not in folders:
                folders[folder] = filesystem.real_path(folder)
            real = folders[folder]
            if real is not None:
                owners.setdefault(f"{real}/{name}" if real else name, index)
    return owners


def _content(file: File, path: str) -> bytes:
    if file.content is None:
        raise FormatError(
            path=f"/{path}", offset="start", rule=f"a file of at most {_KEPT_SIZE} bytes at a usual place"
        )
    return file.content


def _databases(filesystem: Filesystem, paths: Iterator[str]) -> Iterator[tuple[str, File]]:
    """Yield the files that are at `paths`, each once, whatever links lead there."""
    seen = set()
    for path in paths:
        file = filesystem.find(path)
        real = filesystem.real_path(path)
        if file is not None and file.kind == "-" and file.size and real is not None and real not in seen:
            seen.add(real)
            yield real, file


def _apk(filesystem: Filesystem) -> Iterator[_Found]:
    for path, file in _databases(filesystem, iter(apk_db.PATHS)):
        packages = apk_db.parse_apk_db(_content(file, path), path=f"/{path}")
        yield _Found(PackageDatabase("apk", f"/{path}", file.layer, len(packages), True), packages)


def _dpkg(filesystem: Filesystem) -> Iterator[_Found]:
    for path, file in _databases(filesystem, iter((STATUS_PATH,))):
        info = filesystem.children(INFO_FOLDER)
        lists = {name: one.content for name, one in info.items() if name.endswith(".list") and one.content is not None}
        packages = parse_dpkg_status(_content(file, path), path=f"/{path}")
        packages = with_lists(packages, lists, path=f"/{INFO_FOLDER}")
        complete = all(one.files is not None for one in packages)
        yield _Found(PackageDatabase("dpkg", f"/{path}", file.layer, len(packages), complete), packages)
    folder = filesystem.children(STATUS_FOLDER)
    files = {
        name: _content(file, f"{STATUS_FOLDER}/{name}")
        for name, file in folder.items()
        if file.kind == "-" and not name.startswith(".")
    }
    if files:
        packages = parse_status_folder(files, path=f"/{STATUS_FOLDER}")
        complete = all(one.files is not None for one in packages)
        layer = max(file.layer for file in folder.values())
        yield _Found(PackageDatabase("dpkg-status.d", f"/{STATUS_FOLDER}", layer, len(packages), complete), packages)


def _rpm(filesystem: Filesystem) -> Iterator[_Found]:
    paths = (f"{folder}/{name}" for folder in rpm_database.FOLDERS for name in rpm_database.FILES)
    for path, file in _databases(filesystem, paths):
        packages = rpm_database.parse_rpm_database(_content(file, path), path=f"/{path}")
        yield _Found(PackageDatabase("rpm", f"/{path}", file.layer, len(packages), True), packages)


INSPECTOR: Final = Inspector(
    name="packages",
    keeps=frozenset(
        {*apk_db.PATHS, STATUS_PATH, f"{STATUS_FOLDER}/*", f"{INFO_FOLDER}/*.list"}
        | {f"{folder}/{name}" for folder in rpm_database.FOLDERS for name in rpm_database.FILES}
    ),
    kept_size=_KEPT_SIZE,
    inspect=inspect,
    failed=PackagesSection,
)
