"""A document → what a bill of materials says, in no format yet. Texts are made visible; identifiers are hashed.

The time is the image's own `created`, or 1970 where it has none that can be believed: it says when the image was made,
not when somebody asked. The identity (a UUID) follows from the image's digest and the program's version.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

import msgspec

from generator.analysis.document import Document
from generator.analysis.sections.base import Section
from generator.analysis.sections.elf import GoProgram
from generator.analysis.sections.packages import InstalledPackage, PackageLicense
from generator.errors import InvalidReference
from generator.formats.package import Package, PackageFormat
from generator.formats.purl import golang_url, oci_url, package_url
from generator.oci.reference import Reference
from generator.text import visible

NOT_REGISTRIES: Final = ("docker-archive", "docker-daemon", "oci", "oci-archive", "podman", "rootfs")
"""Transports of sources that say nothing of a repository."""
EPOCH: Final = "1970-01-01T00:00:00Z"
_FORMATS: Final[dict[str, PackageFormat]] = {"apk": "apk", "dpkg": "deb", "dpkg-status.d": "deb", "rpm": "rpm"}
_URL: Final = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?\Z"
)
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")
_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "tag:basedex,2026:sbom")


@dataclass(frozen=True, slots=True)
class Subject:
    """What the image is called: a name for readers, and the repository where it came from one."""

    name: str
    repository: str = ""
    """Host and repository without tag; "" when it is not known."""
    tag: str = ""

    @classmethod
    def of(cls, source: str, name: str = "") -> Self:
        """Read a source as images.yml has it; `name` "" takes the last word of the source."""
        transport, _, rest = source.partition(":")
        if transport not in NOT_REGISTRIES:
            try:
                reference = Reference.parse(rest if transport == "registry" else source)
            except InvalidReference:
                pass
            else:
                last = reference.repository.rpartition("/")[2]
                return cls(name or last, reference.name, reference.tag or "")
        return cls(name or rest.rstrip("/").rpartition("/")[2] or source)


@dataclass(frozen=True, slots=True)
class Source:
    """A source package from which installed ones were built."""

    name: str
    version: str
    purl: str


@dataclass(frozen=True, slots=True)
class Component:
    """One installed package, or one Go program's main module."""

    kind: str
    """package or program."""
    name: str
    version: str
    purl: str
    """"" when the distribution is not known, for a package URL needs it."""
    place: str
    """Where it was read, in words."""
    license: PackageLicense | None = None
    license_field: str = ""
    supplier: str = ""
    """Name and address as the database has them."""
    homepage: str = ""
    summary: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """What os-release says."""

    id: str
    version: str
    name: str
    homepage: str
    place: str


@dataclass(frozen=True, slots=True)
class Bill:
    """Everything that either format needs."""

    subject: Subject
    identity: uuid.UUID
    generator_version: str
    created: str
    digest: str
    """The manifest's digest, or ""."""
    image_id: str
    purl: str
    version: str
    platform: str
    system: OperatingSystem | None
    components: tuple[Component, ...]
    notes: tuple[str, ...]
    """What a reader must know: what was not looked for, and what could not be read."""
    packages_known: bool


def bill_of(document: Document, subject: Subject) -> Bill:
    """Collect what is known. Packages keep the document's order; programs come after them."""
    identity = document.identity
    subject = Subject(visible(subject.name) or "image", subject.repository, subject.tag)
    time = _TIME.match(identity.created or "")
    created = f"{time[0]}Z" if time else EPOCH
    return Bill(
        subject=subject,
        identity=uuid.uuid5(_NAMESPACE, visible(f"{document.generator_version} {document.subject} {subject}")),
        generator_version=visible(document.generator_version),
        created=created,
        digest=identity.digest or "",
        image_id=identity.image_id or "",
        purl=oci_url(
            subject.repository or subject.name,
            identity.digest,
            architecture=identity.platform.architecture,
            repository=subject.repository,
            tag=subject.tag,
        )
        if identity.digest
        else "",
        version=identity.digest or document.subject,
        platform=visible(str(identity.platform)),
        system=_system(document),
        components=(*_packages(document), *_programs(document)),
        notes=tuple(_notes(document, created)),
        packages_known=document.sections.packages is not None and document.sections.packages.state == "found",
    )


def _system(document: Document) -> OperatingSystem | None:
    found = document.sections.os_release.found
    if found is None:
        return None
    return OperatingSystem(
        id=visible(found.id),
        version=visible(found.version_id),
        name=visible(found.pretty_name or found.name or found.id),
        homepage=_url(found.home_url),
        place=f"read in {visible(found.path)}, layer {found.layer + 1}",
    )


def _packages(document: Document) -> Iterator[Component]:
    section, system = document.sections.packages, document.sections.os_release.found
    if section is None or section.found is None:
        return
    distribution, release = (system.id, system.version_id) if system else ("", "")
    for one in section.found.packages:
        database = section.found.databases[one.database]
        kind = _FORMATS[database.kind]
        yield Component(
            kind="package",
            name=visible(one.name),
            version=visible(one.version if one.epoch is None else f"{one.epoch}:{one.version}"),
            purl=_purl(one, kind, distribution, release),
            place=f"listed in {visible(database.path)}, layer {database.layer + 1}",
            license=one.license_found,
            license_field=visible(one.license),
            supplier=visible(one.maintainer),
            homepage=_url(one.homepage),
            summary=visible(one.summary),
            source=_source(one, kind, distribution, release),
        )


def _purl(one: InstalledPackage, kind: PackageFormat, distribution: str, release: str) -> str:
    if not distribution:
        return ""
    package = Package(format=kind, name=one.name, version=one.version, epoch=one.epoch, architecture=one.architecture)
    return package_url(package, distribution=distribution, release=release)


def _source(one: InstalledPackage, kind: PackageFormat, distribution: str, release: str) -> Source | None:
    if not one.source_name:
        return None
    architecture = {"deb": "source", "rpm": "src", "apk": ""}[kind]
    package = Package(format=kind, name=one.source_name, version=one.source_version, architecture=architecture)
    # An origin of Alpine's has no package file of its own: as a package URL it would name the installed package.
    purl = package_url(package, distribution=distribution, release=release) if distribution and kind != "apk" else ""
    return Source(visible(one.source_name), visible(one.source_version), purl)


def _programs(document: Document) -> Iterator[Component]:
    section = document.sections.elf
    for one in section.found.go_programs if section and section.found else ():
        if one.module:
            yield Component(
                kind="program",
                name=visible(one.module),
                version=visible(_go_version(one)),
                purl=golang_url(one.module, _go_version(one)),
                place=f"built by {visible(one.go_version)}, read in {visible(one.path)}",
            )


def _go_version(program: GoProgram) -> str:
    return "" if program.module_version == "(devel)" else program.module_version


def _notes(document: Document, created: str) -> Iterator[str]:
    sections = document.sections
    date = "the image's own date" if created != EPOCH else "1970, for the image has no date of its own"
    yield f"The time given is {date}; nothing here depends on when or where it was made."
    yield from _unread(
        "package database", sections.packages, "no package is listed for that reason", "apk, dpkg or rpm"
    )
    yield from _unread("os-release file", sections.os_release, "the operating system is not named", "os-release(5)")
    if sections.elf is None or sections.elf.state == "failed":
        yield "Programs could not be looked into, so Go programs are not listed."
    yield (
        "Files are not listed, nor what language package managers (npm, pip, gem …) installed, nor software that was "
        "copied in without a package."
    )
    found = sections.packages.found if sections.packages else None
    if found and found.unowned_file_count:
        yield f"{found.unowned_file_count} files of the image belong to no package."
    if found and found.unowned_file_count is None:
        yield "The package database does not list the files of every package."


def _unread(what: str, section: Section | None, so: str, kinds: str) -> Iterator[str]:
    if section is None:
        yield f"It is not known whether there is a {what}: {so}. The facts are older than the reading of it."
    elif section.state == "failed":
        why = f" ({visible(section.failure.text)})" if section.failure else ""
        yield f"The {what} could not be read{why}: {so}. The image may well contain packages."
    elif section.state == "absent":
        yield f"The image has no {what} ({kinds}): {so}. It still contains software."


def _url(text: str) -> str:
    return text if len(text) <= 2000 and _URL.match(text) else ""


def encoded(value: dict[str, object]) -> bytes:
    """Write JSON for people and machines: indented, in the given order."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
