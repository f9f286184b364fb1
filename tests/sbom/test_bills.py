"""Bills of materials: valid by the standards' own schema and validator, and true to the document."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from generator.analysis import codec
from generator.analysis.document import Document
from generator.analysis.sections.base import Failure
from generator.analysis.sections.elf import Elf, ElfSection, GoProgram
from generator.analysis.sections.packages import (
    InstalledPackage,
    PackageDatabase,
    PackageLicense,
    Packages,
    PackagesSection,
)
from generator.formats.license_words import normalise
from generator.formats.package import PackageFormat
from generator.sbom import FORMATS, Subject, sbom
from generator.sbom.bill import NOT_REGISTRIES
from generator.source import SOURCES
from tests.pages.samples import HOSTILE, REPOSITORY, document

RECORDED = sorted((REPOSITORY / "data" / "documents").rglob("*.json"))
SUBJECT = Subject.of("registry:docker.io/library/sample:1.0", "sample")
CYCLONEDX = JsonStrictValidator(SchemaVersion.V1_6)


def checked(made: Document, subject: Subject = SUBJECT) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both bills, after their validators have had nothing to say."""
    spdx, cyclonedx = (sbom(made, subject, form) for form in FORMATS)
    parsed = JsonLikeDictParser().parse(json.loads(spdx))  # type: ignore[no-untyped-call]
    assert [one.validation_message for one in validate_full_spdx_document(parsed, "SPDX-2.3")] == []
    assert CYCLONEDX.validate_str(cyclonedx.decode()) is None
    assert (spdx, cyclonedx) == tuple(sbom(made, subject, form) for form in FORMATS)
    return json.loads(spdx), json.loads(cyclonedx)


def license_of(text: str, kind: PackageFormat) -> PackageLicense:
    """Make what the inspector makes of a field."""
    words = normalise(text, kind)
    return PackageLicense(
        expression=words.expression,
        certainty=words.certainty,
        evidence="field",
        path="/db",
        layer=0,
        identifiers=words.known,
        unknown=words.unknown,
        references=(),
        reason=words.reason,
    )


def package(
    name: str = "musl", *, kind: PackageFormat = "apk", licence: str = "MIT", **fields: Any
) -> InstalledPackage:
    """Make an installed package."""
    known: dict[str, Any] = {
        "database": 0,
        "name": name,
        "version": "1.2-r0",
        "epoch": None,
        "architecture": "x86_64",
        "source_name": name,
        "source_version": "1.2-r0",
        "license": licence,
        "summary": "",
        "homepage": "",
        "maintainer": "",
        "installed_size": None,
        "owned_size": None,
        "owned_count": None,
        "missing_count": None,
        "license_found": license_of(licence, kind),
    }
    return InstalledPackage(**(known | fields))


def with_packages(kind: str, *packages: InstalledPackage, distribution: str = "alpine", release: str = "") -> Document:
    """Make a document with these packages."""
    made = document(os_release={"ID": distribution, "PRETTY_NAME": distribution} if distribution else {})
    found = Packages(
        databases=(PackageDatabase(kind, "/db", 0, len(packages), True),),
        packages=packages,
        owners=[],
        unowned_file_count=3,
        unowned_link_count=0,
        unowned_size=0,
    )
    os_release = made.sections.os_release
    assert os_release.found is not None
    named = msgspec.structs.replace(os_release.found, version_id=release)
    sections = msgspec.structs.replace(
        made.sections,
        packages=PackagesSection(state="found", found=found),
        os_release=msgspec.structs.replace(os_release, found=named),
    )
    return msgspec.structs.replace(made, sections=sections)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem[:12])
def test_recorded_documents(path: Path) -> None:
    """Both bills of every recorded image are valid, list each package once, and each package URL is a canonical one."""
    made = codec.decode(path.read_bytes(), path=str(path))
    spdx, cyclonedx = checked(made)
    section = made.sections.packages
    installed = [one.name for one in section.found.packages] if section and section.found else []
    libraries = [one for one in cyclonedx["components"] if one["type"] == "library"]
    assert [one["name"] for one in libraries] == installed
    listed = [one for one in spdx["packages"] if one["SPDXID"].startswith("SPDXRef-Package-")]
    assert [one["name"] for one in listed] == installed
    assert len({one["SPDXID"] for one in spdx["packages"]}) == len(spdx["packages"])
    purls = [one["purl"] for one in cyclonedx["components"] if "purl" in one]
    assert [PackageURL.from_string(one).to_string() for one in purls] == purls
    assert [one["externalRefs"][0]["referenceLocator"] for one in listed] == [one["purl"] for one in libraries]


@pytest.mark.parametrize(
    ("database", "distribution", "release", "fields", "purl", "source"),
    [
        (
            "apk",
            "alpine",
            "3.20.3",
            {"name": "busybox-binsh", "version": "1.36.1-r29", "source_name": "busybox"},
            "pkg:apk/alpine/busybox-binsh@1.36.1-r29?arch=x86_64&distro=alpine-3.20.3",
            None,
        ),
        (
            "dpkg",
            "debian",
            "12",
            {"name": "libacl1", "version": "1:2.3-1+b1", "architecture": "amd64", "source_name": "acl"},
            "pkg:deb/debian/libacl1@1:2.3-1%2Bb1?arch=amd64&distro=debian-12",
            "pkg:deb/debian/acl@1.2-r0?arch=source&distro=debian-12",
        ),
        (
            "rpm",
            "fedora",
            "40",
            {"name": "openssl-libs", "version": "3.2.1-2.fc40", "epoch": 1, "source_name": "openssl"},
            "pkg:rpm/fedora/openssl-libs@3.2.1-2.fc40?arch=x86_64&distro=fedora-40&epoch=1",
            "pkg:rpm/fedora/openssl@1.2-r0?arch=src&distro=fedora-40",
        ),
    ],
)
def test_purls(
    database: str, distribution: str, release: str, fields: dict[str, Any], purl: str, source: str | None
) -> None:
    """Each distribution's package URLs are those of its type's definition; source packages are told apart."""
    spdx, cyclonedx = checked(with_packages(database, package(**fields), distribution=distribution, release=release))
    component = cyclonedx["components"][1]
    assert component["purl"] == purl == PackageURL.from_string(purl).to_string()
    assert component["pedigree"]["ancestors"][0].get("purl") == source
    relation = next(one for one in spdx["relationships"] if one["relationshipType"] == "GENERATED_FROM")
    origin = next(one for one in spdx["packages"] if one["SPDXID"] == relation["relatedSpdxElement"])
    assert (origin["name"], origin["primaryPackagePurpose"]) == (fields["source_name"], "SOURCE")


def test_no_distribution_no_purl() -> None:
    """Without os-release no distribution is made up: packages have no URL, and the bills stay valid."""
    made = with_packages("dpkg", package(kind="deb"), distribution="")
    spdx, cyclonedx = checked(made)
    assert "purl" not in cyclonedx["components"][-1]
    assert all("externalRefs" not in one for one in spdx["packages"][1:])


def test_image_is_the_root() -> None:
    """The image is what is described, with its digest as checksum, its repository in its URL, and its own date."""
    made = with_packages("apk", package())
    spdx, cyclonedx = checked(made)
    root, digits = cyclonedx["metadata"]["component"], (made.identity.digest or "")[7:]
    expected = f"pkg:oci/sample@sha256:{digits}?arch=amd64&repository_url=docker.io/library/sample&tag=1.0"
    assert root["purl"] == expected == PackageURL.from_string(expected).to_string()
    assert root["hashes"] == [{"alg": "SHA-256", "content": digits}]
    assert spdx["packages"][0]["checksums"] == [{"algorithm": "SHA256", "checksumValue": digits}]
    assert {
        "spdxElementId": "SPDXRef-DOCUMENT",
        "relationshipType": "DESCRIBES",
        "relatedSpdxElement": "SPDXRef-Image",
    } in (spdx["relationships"])
    assert spdx["creationInfo"]["created"] == cyclonedx["metadata"]["timestamp"] == "2024-09-06T22:20:07Z"
    assert cyclonedx["compositions"] == [{"aggregate": "incomplete", "assemblies": ["image"]}]
    assert "3 files of the image belong to no package" in spdx["comment"]


def test_identity_follows_the_digest() -> None:
    """Equal images have equal serial numbers, different ones different ones; an image without date has 1970's."""
    first, second = (checked(document(word=word, bare=True))[1] for word in ("one", "two"))
    assert first["serialNumber"] != second["serialNumber"]
    assert first["metadata"]["timestamp"] == "1970-01-01T00:00:00Z"
    assert "1970" in first["annotations"][0]["text"]
    assert "purl" not in first["metadata"]["component"], "without a manifest there is no digest to name"


@pytest.mark.parametrize(
    ("section", "words"),
    [
        (None, "not known whether there is a package database"),
        (PackagesSection(state="absent"), "The image has no package database"),
        (PackagesSection(state="failed", failure=Failure("format", "at 3: x")), "could not be read (at 3: x)"),
    ],
)
def test_nothing_listed_is_explained(section: PackagesSection | None, words: str) -> None:
    """A bill without packages is valid and says why there are none; completeness is unknown, never claimed."""
    made = document()
    made = msgspec.structs.replace(made, sections=msgspec.structs.replace(made.sections, packages=section))
    spdx, cyclonedx = checked(made)
    assert words in spdx["comment"]
    assert words in cyclonedx["annotations"][0]["text"]
    assert cyclonedx["compositions"][0]["aggregate"] == "unknown"


@pytest.mark.parametrize(
    ("text", "declared", "licenses", "extracted"),
    [
        ("GPL2", "GPL-2.0-only", [{"expression": "GPL-2.0-only", "acknowledgement": "declared"}], []),
        (
            "MIT AND BSD",
            "MIT AND LicenseRef-BSD",
            [{"expression": "MIT AND LicenseRef-BSD", "acknowledgement": "declared"}],
            ["LicenseRef-BSD"],
        ),
        ("custom", "NOASSERTION", [{"license": {"name": "custom", "acknowledgement": "declared"}}], []),
        (
            "MIT BSD",
            "NOASSERTION",
            [
                {"license": {"name": "MIT", "acknowledgement": "declared"}},
                {"license": {"name": "BSD", "acknowledgement": "declared"}},
            ],
            [],
        ),
        ("", "NOASSERTION", None, []),
    ],
)
def test_licenses(text: str, declared: str, licenses: list[Any] | None, extracted: list[str]) -> None:
    """What packages declare is an expression where there is one; other words are kept and never made into one."""
    spdx, cyclonedx = checked(with_packages("apk", package(licence=text)))
    found = spdx["packages"][2]
    assert (found["licenseDeclared"], found["licenseConcluded"]) == (declared, "NOASSERTION")
    assert ("licenseComments" in found) == bool(text)
    assert cyclonedx["components"][1].get("licenses") == licenses
    assert [one["licenseId"] for one in spdx.get("hasExtractedLicensingInfos", ())] == extracted


def test_go_programs() -> None:
    """Go programs are listed by their main modules; a development version and no module path make no claim."""
    programs = (
        GoProgram("/bin/a", "go1.22", "github.com/Some/tool/v2", "v2.1.0"),
        GoProgram("/bin/b", "go1.22", "example.invalid/b", "(devel)"),
        GoProgram("/bin/c", "go1.22", "command-line-arguments", ""),
    )
    elf = Elf(3, 0, 0, {}, {}, {}, (), (), (), (), programs, ())
    made = document()
    sections = msgspec.structs.replace(made.sections, elf=ElfSection(state="found", found=elf))
    _, cyclonedx = checked(msgspec.structs.replace(made, sections=sections))
    assert [(one.get("purl"), one.get("version")) for one in cyclonedx["components"][1:]] == [
        ("pkg:golang/github.com/some/tool/v2@v2.1.0", "v2.1.0"),
        ("pkg:golang/example.invalid/b", None),
        (None, None),
    ]


@pytest.mark.parametrize("start", range(len(HOSTILE)))
def test_hostile_strings(start: int) -> None:
    """Whatever texts an image holds, both bills are valid, without control characters, and URLs stay URLs."""

    def say(number: int) -> str:
        return HOSTILE[(start + number) % len(HOSTILE)]

    one = package(
        say(0),
        licence=say(1),
        version=say(2),
        architecture=say(3),
        source_name=say(4),
        source_version=say(5),
        summary=say(6),
        homepage=say(7),
        maintainer=f"{say(8)} <{say(9)}>",
    )
    made = with_packages("apk", one, distribution=say(10) or "x", release=say(11))
    made = msgspec.structs.replace(
        made,
        generator_version=say(12),
        identity=msgspec.structs.replace(made.identity, created=say(13)),
    )
    subject = Subject.of(say(14), say(15))
    spdx, cyclonedx = checked(made, subject)
    assert re.search(r"[\x00-\x1f\x7f\u202e]", json.dumps([spdx, cyclonedx], ensure_ascii=False)) is None
    PackageURL.from_string(cyclonedx["components"][1]["purl"])


def test_subjects() -> None:
    """Sources of registries name a repository and a tag, others only themselves; a name of one's own goes first."""
    assert Subject.of("alpine") == Subject("alpine", "docker.io/library/alpine", "latest")
    assert Subject.of("registry:quay.io/x/y:1", "z") == Subject("z", "quay.io/x/y", "1")
    assert Subject.of("rootfs:/home/me/alpine.tar.gz") == Subject("alpine.tar.gz")
    assert Subject.of("oci:busybox", "busybox") == Subject("busybox")
    assert {*NOT_REGISTRIES, "registry"} == set(SOURCES)
