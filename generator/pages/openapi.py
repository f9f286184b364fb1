"""What describes the API to programs: JSON Schemas of its files, and OpenAPI 3.1 of where they are.

The published files are tested against both. A static site answers GET alone: with a file, or 404.
"""

import functools
import json
from typing import Any, Final, NamedTuple

import msgspec

from generator import __version__, described
from generator.pages import api_shapes as shapes
from generator.pages.api_vulnerabilities import Vulnerabilities, VulnerabilitySearch
from generator.store.status import Status

_SCHEMA: Final = "#/components/schemas/"


class _Answer(NamedTuple):
    """One path of the API, and what is there."""

    path: str
    operation: str
    summary: str
    shape: type[msgspec.Struct] | None = None
    """None: `media_type` says what it is."""
    media_type: str = "application/json"


_ANSWERS: Final = (
    _Answer("/index.json", "listImages", "All images, with their newest figures", shapes.Index),
    _Answer("/images/{name}/{platform}.json", "getImage", "One image on one platform", shapes.Image),
    _Answer("/images/{name}/{platform}/history.json", "getHistory", "All that an image has been", shapes.History),
    _Answer(
        "/images/{name}/{platform}/vulnerabilities.json",
        "getVulnerabilities",
        "All that is known of an image's vulnerabilities, and what was asked",
        Vulnerabilities,
    ),
    _Answer("/digests/{algorithm}/{hex}.json", "findDigest", "What has, or had, a digest", shapes.DigestFound),
    _Answer("/documents/{algorithm}/{hex}.json", "getDocument", "The whole analysis of an image, by its digest"),
    _Answer(
        "/images/{name}/{platform}/sbom/{algorithm}-{hex}.{format}.json",
        "getBill",
        "The bill of materials of an image, by its digest: SPDX 2.3 or CycloneDX 1.6",
    ),
    _Answer("/changes.json", "listChanges", "The newest changes of all images", shapes.Changes),
    _Answer("/changes/{year}.json", "listChangesOfYear", "All changes of a year", shapes.Changes),
    _Answer("/search/packages.json", "searchPackages", "Which image has which package", shapes.PackageSearch),
    _Answer(
        "/search/vulnerabilities.json",
        "searchVulnerabilities",
        "Which image has which vulnerability",
        VulnerabilitySearch,
    ),
    _Answer("/status.json", "getStatus", "When the site was built, and how each image fared", Status),
    _Answer("/matrix.csv", "getMatrix", "The matrix of all images as a table (RFC 4180)", None, "text/csv"),
    _Answer("/openapi.json", "getDescription", "This description"),
)

_PARAMETERS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "name": ("An image's name, as in images.yml", {"type": "string", "pattern": "^[a-z0-9]+(?:[.-][a-z0-9]+)*$"}),
    "platform": ("A platform, hyphens for its slashes: linux-amd64", {"type": "string"}),
    "algorithm": ("A digest's algorithm", {"type": "string", "enum": ["sha256", "sha384", "sha512"]}),
    "hex": ("The hexadecimal digits of a digest, all of them", {"type": "string", "pattern": "^[0-9a-f]+$"}),
    "format": ("The format of a bill of materials", {"type": "string", "enum": ["spdx", "cdx"]}),
    "year": ("Four digits", {"type": "string", "pattern": "^[0-9]{4}$"}),
}

SCHEMAS: Final[dict[str, type[msgspec.Struct]]] = {
    "index": shapes.Index,
    "image": shapes.Image,
    "history": shapes.History,
    "vulnerabilities": Vulnerabilities,
    "digest": shapes.DigestFound,
    "changes": shapes.Changes,
    "packages": shapes.PackageSearch,
    "vulnerability-search": VulnerabilitySearch,
    "status": Status,
}
"""The name of each schema, and what it is of."""


@functools.cache
def schema(name: str) -> bytes:
    """Return the schema called `name`, one of SCHEMAS."""
    return _encoded(described.schema(SCHEMAS[name], f"Basedex API, version {shapes.API_VERSION}: {name}"))


def description(title: str, url: str) -> bytes:
    """Return the OpenAPI description; `url` is the site's address, "" where nobody has said."""
    return _encoded(
        {
            "openapi": "3.1.1",
            "info": {
                "title": f"{title}: API",
                "version": f"{shapes.API_VERSION}.0.0",
                "summary": "Facts about container base images, as static files",
                "description": "Version 1 keeps its meaning: fields may be added, none changes or goes. "
                f"Written by Basedex {__version__}.",
                "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
            },
            "servers": [{"url": f"{url}api/v1" if url else "."}],
            "security": [],
            "paths": {one.path: {"get": _operation(one)} for one in _ANSWERS},
            "components": {"schemas": described.components(SCHEMAS.values(), _SCHEMA)},
        }
    )


def _operation(answer: _Answer) -> dict[str, Any]:
    named = [name for name in _PARAMETERS if f"{{{name}}}" in answer.path]
    found: dict[str, Any] = {"type": "object"}
    if answer.shape:
        found = {"$ref": f"{_SCHEMA}{answer.shape.__name__}"}
    elif answer.media_type != "application/json":
        found = {"type": "string"}
    return {
        "operationId": answer.operation,
        "summary": answer.summary,
        "parameters": [
            {"name": name, "in": "path", "required": True, "description": words, "schema": kind}
            for name, (words, kind) in _PARAMETERS.items()
            if name in named
        ],
        "responses": {
            "200": {"description": answer.summary, "content": {answer.media_type: {"schema": found}}},
            **({"404": {"description": "There is no such thing"}} if named else {}),
        },
    }


def _encoded(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()
