"""Software bills of materials: a document → SPDX 2.3 JSON or CycloneDX 1.6 JSON. Pure, and the same bytes every time.

Both are plain JSON made of one neutral value (`bill`). What is listed: the image, its operating system, the installed
packages with their source packages, and Go programs by their main modules. Not listed: files, and what language package
managers installed; both formats say so. Where nothing could be read, that is said too: never an empty claim.
"""

from collections.abc import Callable
from typing import Final

from generator.analysis.document import Document
from generator.sbom import cyclonedx, spdx
from generator.sbom.bill import Bill, Subject, bill_of

__all__ = ["FORMATS", "Subject", "sbom"]

FORMATS: Final[dict[str, Callable[[Bill], bytes]]] = {"spdx": spdx.encode, "cyclonedx": cyclonedx.encode}
"""What a bill can be written as."""


def sbom(document: Document, subject: Subject, form: str) -> bytes:
    """Return the bill of materials of the image in one of FORMATS, as JSON with a line's end."""
    return FORMATS[form](bill_of(document, subject))
