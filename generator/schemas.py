"""JSON Schemas (Draft 2020-12) of what the program reads and writes: their names, and what each is of."""

import json
from typing import Final

import msgspec

from generator import described
from generator.analysis.document import SCHEMA_VERSION, Document
from generator.images_file import ImagesFile
from generator.policy.verdict import SCHEMA_VERSION as CHECK_VERSION
from generator.policy.verdict import Report

_ROOTS: Final[dict[str, tuple[type[msgspec.Struct], str]]] = {
    "document": (Document, f"Basedex analysis document, schema version {SCHEMA_VERSION}"),
    "images": (ImagesFile, "images.yml"),
    "check": (Report, f"Basedex policy report, schema version {CHECK_VERSION}"),
}
"""Name → what is written so, and the schema's title."""
NAMES: Final = tuple(_ROOTS)


def schema_of(name: str) -> str:
    """Return the schema called `name`, one of NAMES, as text."""
    return json.dumps(described.schema(*_ROOTS[name]), indent=2, ensure_ascii=False) + "\n"
