"""The bills of materials beside an image's page: `sbom.spdx.json` and `sbom.cdx.json`, in no language."""

from collections.abc import Iterator
from typing import Final

from generator.analysis.document import Document
from generator.pages.site import File, Image
from generator.sbom import FORMATS, Subject, sbom

FILE_NAMES: Final = {"spdx": "sbom.spdx.json", "cyclonedx": "sbom.cdx.json"}
"""What each format's file is called: the endings that both projects recommend."""


def data(image: Image, document: Document) -> Iterator[File]:
    """Yield one file for each format."""
    assert image.outcome.observation is not None
    subject = Subject.of(image.outcome.observation.source, image.target.name)
    for form in FORMATS:
        yield File(f"{image.folder}/{FILE_NAMES[form]}", sbom(document, subject, form))
