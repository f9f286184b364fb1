"""What this machine remembers of the last build into a store: how each image fared, and its source's fingerprint.

Kept in the cache folder, one file a store. Losing it costs time and nothing else: images whose fingerprint is only
known here (files, whose fingerprints are their times) are analyzed again, and pages say "not asked" until the next
build. So a damaged file is an empty one.
"""

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from generator.errors import StoreError
from generator.oci.digest import Digest
from generator.oci.platform import Platform
from generator.store import atomic

FOLDER: Final = "builds"


class ImageState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One image of one platform, as the last build that asked about it left it."""

    state: str = ""
    """As in Outcome."""
    slug: str = ""
    reason: str = ""
    attempts: tuple[str, ...] = ()
    source: str = ""
    """The source whose `fingerprint` this is."""
    fingerprint: str | None = None
    subject: Digest | None = None
    """The document made of what had that fingerprint."""


class _File(msgspec.Struct):
    images: dict[str, ImageState] = {}


def key_of(name: str, platform: Platform) -> str:
    """Return the name of one image of one platform."""
    return f"{name} {platform.slug}"


def path_of(cache_folder: Path, store: Path) -> Path:
    """Return the file for `store`."""
    return cache_folder / FOLDER / f"{hashlib.sha256(str(store.resolve()).encode()).hexdigest()[:16]}.json"


def load(cache_folder: Path, store: Path) -> dict[str, ImageState]:
    """Return what is remembered, by `key_of`; nothing when it cannot be read."""
    try:
        return msgspec.json.decode(path_of(cache_folder, store).read_bytes(), type=_File).images
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


def save(cache_folder: Path, store: Path, images: dict[str, ImageState]) -> None:
    """Remember `images`, where the cache folder can be written."""
    try:
        atomic.write(path_of(cache_folder, store), msgspec.json.encode(_File(images), order="sorted") + b"\n")
    except StoreError:
        return
