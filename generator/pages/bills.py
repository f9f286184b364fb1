"""The published bills of materials, in no language: one file for each format, at an address that has the digest."""

from collections.abc import Iterator

from generator.analysis.document import Document
from generator.pages.public import bill_place
from generator.pages.site import File, Image
from generator.sbom import FORMATS, Subject, sbom


def data(image: Image, document: Document) -> Iterator[File]:
    """Yield one file for each format."""
    assert image.outcome.observation is not None
    name, slug = image.target.name, image.platform.slug
    subject = Subject.of(image.outcome.observation.source, name)
    for form in FORMATS:
        yield File(bill_place(name, slug, document.subject, form), sbom(document, subject, form))
