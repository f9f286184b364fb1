"""A bill as CycloneDX 1.6 JSON (ECMA-424 and its published schema).

The image is `metadata.component`; packages are components of type library, with their source packages as ancestors in
`pedigree`. `compositions` says how complete the list is, and an annotation says what was not looked for.
"""

from typing import Any, Final

from generator.sbom.bill import Bill, Component, encoded
from generator.text import visible

_IMAGE: Final = "image"
_ALGORITHMS: Final = {"sha256": "SHA-256", "sha512": "SHA-512"}


def encode(bill: Bill) -> bytes:
    """Return the bill's JSON."""
    tool = {"type": "application", "name": "basedex", "version": bill.generator_version}
    components = [_component(one, f"{one.kind}-{number}") for number, one in enumerate(bill.components)]
    return encoded(
        {
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "serialNumber": f"urn:uuid:{bill.identity}",
            "version": 1,
            "metadata": {"timestamp": bill.created, "tools": {"components": [tool]}, "component": _image(bill)},
            "components": [*_system(bill), *components],
            "compositions": [{"aggregate": "incomplete" if bill.packages_known else "unknown", "assemblies": [_IMAGE]}],
            "annotations": [
                {
                    "subjects": [_IMAGE],
                    "annotator": {"component": tool},
                    "timestamp": bill.created,
                    "text": " ".join(bill.notes),
                }
            ],
        }
    )


def _image(bill: Bill) -> dict[str, Any]:
    component = _bare("container", _IMAGE, bill.subject.name, bill.version, bill.purl)
    if bill.digest:
        algorithm, _, digits = bill.digest.partition(":")
        component["hashes"] = [{"alg": _ALGORITHMS[algorithm], "content": digits}]
    properties = {"basedex:platform": bill.platform, "basedex:image-id": bill.image_id}
    component["properties"] = [{"name": name, "value": value} for name, value in properties.items() if value]
    return component


def _system(bill: Bill) -> list[dict[str, Any]]:
    system = bill.system
    if system is None:
        return []
    component = _bare("operating-system", "operating-system", system.id or system.name, system.version, "")
    component["description"] = system.name
    return [component | _website(system.homepage) | _place(system.place)]


def _component(one: Component, reference: str) -> dict[str, Any]:
    kind = "application" if one.kind == "program" else "library"
    component = _bare(kind, reference, one.name, one.version, one.purl)
    if one.summary:
        component["description"] = one.summary
    if one.supplier:
        component["publisher"] = one.supplier
    if licenses := _licenses(one):
        component["licenses"] = licenses
    if one.source is not None:
        source = {"type": "library", "name": one.source.name}
        if one.source.version:
            source["version"] = one.source.version
        if one.source.purl:
            source["purl"] = one.source.purl
        component["pedigree"] = {"ancestors": [source]}
    return component | _website(one.homepage) | _place(one.place)


def _licenses(one: Component) -> list[dict[str, Any]]:
    """Return an expression, or names where there is none: words that SPDX does not know, or that nothing joins."""
    found = one.license
    if found is not None and found.expression:
        return [{"expression": found.expression, "acknowledgement": "declared"}]
    if found is None:
        names = [one.license_field] if one.license_field else []
    else:
        names = [*found.identifiers, *map(visible, found.unknown)]
    return [{"license": {"name": name, "acknowledgement": "declared"}} for name in names if name]


def _bare(kind: str, reference: str, name: str, version: str, purl: str) -> dict[str, Any]:
    component: dict[str, Any] = {"type": kind, "bom-ref": reference, "name": name}
    if version:
        component["version"] = version
    if purl:
        component["purl"] = purl
    return component


def _website(url: str) -> dict[str, Any]:
    return {"externalReferences": [{"type": "website", "url": url}]} if url else {}


def _place(words: str) -> dict[str, Any]:
    return {"properties": [{"name": "basedex:evidence", "value": words}]}
