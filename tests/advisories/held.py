"""Documents of chosen packages, and databases of chosen advisories: held against each other in one line."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from generator.advisories.assessment import Assessment
from generator.advisories.database import open_database
from generator.advisories.matching import assess
from generator.analysis.document import Document
from generator.analysis.sections.packages import InstalledPackage, PackageDatabase, Packages
from tests.advisories.builders import archive
from tests.builders import file, image, tar
from tests.opened import analyzed

ALPINE = "ID=alpine\nVERSION_ID=3.20.3\n"
DEBIAN = "ID=debian\nVERSION_ID=12\n"
ALMALINUX = "ID=almalinux\nVERSION_ID=9.4\n"


def package(name: str, version: str, source: str = "", source_version: str = "", epoch: int | None = None) -> Any:
    """Return an installed package."""
    return InstalledPackage(
        database=0, name=name, version=version, epoch=epoch, architecture="", source_name=source,
        source_version=source_version, license="", summary="", homepage="", maintainer="", installed_size=None,
        owned_size=None, owned_count=None, missing_count=None,
    )  # fmt: skip


@cache
def _analyzed(os_release: str) -> Document:
    entries = [file("lib/apk/db/installed", b"P:any\nV:1\n\n"), file("opt/app", b"app"), file("opt/other", b"other")]
    return analyzed(image([tar([*entries, file("etc/os-release", os_release.encode())])]))


def document(os_release: str, kind: str, packages: Iterable[InstalledPackage]) -> Document:
    """Return the document of an image with these packages, installed by one package system."""
    found = _analyzed(os_release)
    section = found.sections.packages
    assert section is not None
    assert section.found is not None
    databases = (PackageDatabase(kind, "/database", 0, 0, True),)
    held: Packages = replace(section.found, databases=databases, packages=tuple(packages))
    return replace(found, sections=replace(found.sections, packages=replace(section, found=held)))


def held(
    folder: Path,
    os_release: str,
    packages: Iterable[InstalledPackage],
    advisories: Iterable[dict[str, Any]],
    kind: str = "",
) -> Assessment:
    """Return what an archive of these advisories says of an image with these packages."""
    system = kind or {"alpine": "apk", "debian": "dpkg", "ubuntu": "dpkg"}.get(os_release.split("\n")[0][3:], "rpm")
    database = open_database(archive(folder / "advisories", "Any", advisories), folder / "indexes")
    assert not database.problems
    return assess(document(os_release, system, packages), database)


def rule(ecosystem: str, name: str, *events: dict[str, str], **fields: Any) -> dict[str, Any]:
    """Return an entry of `affected`."""
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}] if events else []
    return {"package": {"ecosystem": ecosystem, "name": name}, "ranges": ranges} | fields


def record(name: str, *affected: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return an advisory of OSV's."""
    return {"id": name, "modified": "2026-11-20T00:00:00Z", "affected": list(affected)} | fields


def since(version: str = "0") -> dict[str, str]:
    """Return an event."""
    return {"introduced": version}


def until(version: str) -> dict[str, str]:
    """Return an event."""
    return {"fixed": version}
