"""Analysis documents on disk, by the digest of what they are about: `documents/sha256/ab/<hex>.json`.

One file an image, canonical bytes (`analysis.codec`), replaced when another version of the generator has made the
document anew. A file is believed when it reads and is about the digest that it is filed under.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from generator.analysis import codec
from generator.analysis.document import SCHEMA_VERSION, Document
from generator.errors import InvalidDigest, StoreError
from generator.oci.digest import Digest, algorithm_of, hex_of, parse_digest
from generator.store import atomic

FOLDER: Final = "documents"


class _Head(msgspec.Struct):
    """What is read of a document when only its version is asked for."""

    schema_version: int
    generator_version: str
    subject: str


_HEAD_DECODER: Final = msgspec.json.Decoder(_Head)


def path_of(store: Path, subject: Digest) -> Path:
    """Return where the document about `subject` is, or would be."""
    name = hex_of(subject)
    return store / FOLDER / algorithm_of(subject) / name[:2] / f"{name}.json"


def subjects(store: Path) -> Iterator[Digest]:
    """Yield what there are documents about, sorted; files that are not named as documents are none of ours."""
    for path in sorted((store / FOLDER).glob("*/*/*.json")):
        try:
            subject = parse_digest(f"{path.parent.parent.name}:{path.stem}")
        except InvalidDigest:
            continue
        if path_of(store, subject) == path and path.is_file():
            yield subject


def load(store: Path, subject: Digest) -> Document:
    """Read the document about `subject`; raises StoreError when it is missing, damaged or of another schema."""
    path = path_of(store, subject)
    if not path.exists():
        raise missing(store, subject)
    document = codec.decode(read(path), path=str(path))
    _check_subject(path, document.subject, subject)
    return document


def save(store: Path, document: Document) -> bool:
    """Write `document`; return False when exactly these bytes were there already."""
    return save_encoded(store, document.subject, codec.encode(document))


def save_encoded(store: Path, subject: Digest, content: bytes) -> bool:
    """Write the document about `subject`, already encoded; return as `save` does."""
    path = path_of(store, subject)
    try:
        if path.read_bytes() == content:
            return False
    except OSError:
        pass  # not there, or it cannot be read; writing tells
    atomic.write(path, content)
    return True


def version_of(store: Path, subject: Digest) -> str | None:
    """Return the generator's version that made the document about `subject`, None when there is none.

    Reads through the whole file without keeping it. Raises StoreError as `load` does, for damaged JSON, another
    schema and another subject; a wrong value deep inside shows only when the document is loaded.
    """
    path = path_of(store, subject)
    if not path.exists():
        return None
    try:
        head = _HEAD_DECODER.decode(read(path))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise StoreError(path=str(path), reason=f"not a document: {err}") from err
    if head.schema_version != SCHEMA_VERSION:
        reason = f"schema version {head.schema_version}, this program reads {SCHEMA_VERSION}"
        raise StoreError(path=str(path), reason=reason)
    _check_subject(path, head.subject, subject)
    return head.generator_version


def missing(store: Path, subject: Digest) -> StoreError:
    """Return the error for a document that the history names and that is not there."""
    return StoreError(path=str(path_of(store, subject)), reason="the history names this document, and it is not there")


def read(path: Path) -> bytes:
    """Return a document's bytes as they are; raises StoreError when they cannot be read."""
    try:
        return path.read_bytes()
    except OSError as err:
        raise StoreError(path=str(path), reason=f"cannot be read: {err.strerror or err}") from err


def _check_subject(path: Path, found: str, expected: Digest) -> None:
    if found != expected:
        raise StoreError(path=str(path), reason=f"it is about {found}, not about the digest it is filed under")
