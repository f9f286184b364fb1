"""A bill as SPDX 2.3 JSON (specification and schema of the SPDX project, release 2.3).

The image is a package that contains the others; a package was GENERATED_FROM its source package, which has the purpose
SOURCE so that nobody takes it for installed. Nothing was concluded: `licenseDeclared` is what packages say.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from generator.formats.license_names import reference_of
from generator.sbom.bill import Bill, Component, Source, encoded
from generator.text import visible

_NOTHING: Final = "NOASSERTION"
_IMAGE, _SYSTEM = "SPDXRef-Image", "SPDXRef-OperatingSystem"
_ADDRESS: Final = re.compile(r"(?P<name>[^<>]*?)\s*<(?P<address>[^<>\s]+@[^<>\s]+)>\Z")
_MANY: Final = re.compile(
    r"\b(?:team|maintainers|developers|project|group|foundation|inc|ltd|llc|gmbh|linux)\b", re.IGNORECASE
)


def encode(bill: Bill) -> bytes:
    """Return the bill's JSON."""
    sources = _sources(bill.components)
    packages = [_image(bill), *_system(bill)]
    packages += [_package(one, _id(one, number)) for number, one in enumerate(bill.components)]
    packages += [_source_package(one, reference) for one, reference in sources.items()]
    document: dict[str, object] = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": bill.subject.name,
        "documentNamespace": f"urn:uuid:{bill.identity}",
        "comment": " ".join(bill.notes),
        "creationInfo": {"created": bill.created, "creators": [f"Tool: basedex-{bill.generator_version}"]},
        "packages": packages,
        "relationships": list(_relationships(bill, sources)),
    }
    if texts := _texts(bill.components):
        document["hasExtractedLicensingInfos"] = texts
    return encoded(document)


def _image(bill: Bill) -> dict[str, Any]:
    package = _bare(_IMAGE, bill.subject.name, bill.version, bill.purl) | {"primaryPackagePurpose": "CONTAINER"}
    if bill.digest:
        algorithm, _, digits = bill.digest.partition(":")
        package["checksums"] = [{"algorithm": algorithm.upper(), "checksumValue": digits}]
        package["comment"] = f"{bill.platform}; the checksum is that of the image's manifest"
    if bill.image_id:
        package["comment"] = package.get("comment", bill.platform) + f"; image ID {bill.image_id}"
    return package


def _system(bill: Bill) -> Iterator[dict[str, Any]]:
    system = bill.system
    if system is not None:
        package = _bare(_SYSTEM, system.id or system.name, system.version, "")
        package |= {"primaryPackagePurpose": "OPERATING-SYSTEM", "summary": system.name, "sourceInfo": system.place}
        yield package | ({"homepage": system.homepage} if system.homepage else {})


def _package(one: Component, reference: str) -> dict[str, Any]:
    package = _bare(reference, one.name, one.version, one.purl) | {"sourceInfo": one.place}
    if one.kind == "program":
        package["primaryPackagePurpose"] = "APPLICATION"
    if one.supplier:
        package["supplier"] = _supplier(one.supplier)
    if one.homepage:
        package["homepage"] = one.homepage
    if one.summary:
        package["summary"] = one.summary
    if one.license is not None and one.license.expression:
        package["licenseDeclared"] = one.license.expression
    if comment := _license_comment(one):
        package["licenseComments"] = comment
    return package


def _source_package(one: Source, reference: str) -> dict[str, Any]:
    comment = "a source package, which is not installed itself"
    return _bare(reference, one.name, one.version, one.purl) | {"primaryPackagePurpose": "SOURCE", "comment": comment}


def _bare(reference: str, name: str, version: str, purl: str) -> dict[str, Any]:
    package: dict[str, Any] = {"SPDXID": reference, "name": name}
    if version:
        package["versionInfo"] = version
    package |= {
        "downloadLocation": _NOTHING,
        "filesAnalyzed": False,
        "licenseConcluded": _NOTHING,
        "licenseDeclared": _NOTHING,
        "copyrightText": _NOTHING,
    }
    if purl:
        package["externalRefs"] = [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}
        ]
    return package


def _supplier(words: str) -> str:
    """Name a maintainer as SPDX wants it: it has only persons and organizations, and packages do not say which."""
    match = _ADDRESS.match(words)
    name = re.sub(r"[()]+", " ", match["name"] if match else words).strip()
    address = re.sub(r"[()]+", "", match["address"]) if match else ""
    kind = "Organization" if _MANY.search(name) else "Person"
    if not name:
        name, address = address, ""
    return f"{kind}: {name} ({address})" if address else f"{kind}: {name}" if name else _NOTHING


def _license_comment(one: Component) -> str:
    found = one.license
    if found is None:
        return f"The database says: {one.license_field}" if one.license_field else ""
    parts = [f"The database says: {one.license_field}."] if one.license_field else []
    if found.evidence and found.evidence != "field":
        parts.append(f"Read in {visible(found.path)}.")
    if found.evidence == "copyright-format":
        parts.append("It covers all files of the source package.")
    if found.references:
        parts.append(f"Prose, which refers to the texts of {', '.join(map(visible, found.references))}.")
    if found.unknown:
        parts.append(f"Not known to SPDX: {', '.join(map(visible, found.unknown))}.")
    if found.reason == "no-file":
        parts.append(f"There is no {visible(found.path)} in the image.")
    return " ".join(parts)


def _texts(components: Sequence[Component]) -> list[dict[str, str]]:
    """Explain every LicenseRef- that an expression uses, once."""
    words = {
        reference_of(word): visible(word)
        for one in components
        if one.license is not None and one.license.expression
        for word in one.license.unknown
    }
    text = "A package names this licence “{}”; its text is not part of this bill."
    return [
        {"licenseId": reference, "name": word, "extractedText": text.format(word)}
        for reference, word in sorted(words.items())
    ]


def _sources(components: Sequence[Component]) -> dict[Source, str]:
    found = {one.source: None for one in components if one.source is not None}
    return {one: f"SPDXRef-Source-{number}-{_plain(one.name)}" for number, one in enumerate(found)}


def _relationships(bill: Bill, sources: dict[Source, str]) -> Iterator[dict[str, str]]:
    yield _relation("SPDXRef-DOCUMENT", "DESCRIBES", _IMAGE)
    if bill.system is not None:
        yield _relation(_IMAGE, "CONTAINS", _SYSTEM)
    for number, one in enumerate(bill.components):
        yield _relation(_IMAGE, "CONTAINS", _id(one, number))
        if one.source is not None:
            yield _relation(_id(one, number), "GENERATED_FROM", sources[one.source])


def _relation(one: str, kind: str, other: str) -> dict[str, str]:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


def _id(one: Component, number: int) -> str:
    return f"SPDXRef-{one.kind.capitalize()}-{number}-{_plain(one.name)}"


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", name)[:60]
