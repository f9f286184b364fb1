"""Documents as bytes: canonical JSON, so that equal documents are equal files."""

import msgspec

from generator.analysis.document import SCHEMA_VERSION, Document
from generator.errors import StoreError

_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(Document)


class _Version(msgspec.Struct):
    schema_version: int = 0


def encode(document: Document) -> bytes:
    """Return the document's canonical bytes: UTF-8, no spaces, keys in declared order, maps sorted, no line's end."""
    return _ENCODER.encode(document)


def decode(content: bytes, *, path: str) -> Document:
    """Read a document; raises StoreError when it is damaged or of another schema version."""
    try:
        version = msgspec.json.decode(content, type=_Version).schema_version
        if version != SCHEMA_VERSION:
            raise StoreError(path=path, reason=f"schema version {version}, this program reads {SCHEMA_VERSION}")
        return _DECODER.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise StoreError(path=path, reason=f"not a document: {err}") from err
