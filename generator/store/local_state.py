"""What this machine remembers of the last build into a store: how each image fared, and its source's fingerprint.

Kept in the cache folder, one file a store. Losing it costs time and nothing else: images whose fingerprint is only
known here (files, whose fingerprints are their times) are analyzed again, and pages say "not asked" until the next
build. So a damaged file is an empty one.

A machine that has asked for a share of the images leaves how these fared in its store, `outcomes-I-of-N.json`, for
whoever merges the stores; fingerprints stay where they are, since those of files mean nothing elsewhere.
"""

import hashlib
from collections.abc import Mapping
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


_SHARES: Final = "outcomes-*-of-*.json"


def key_of(name: str, platform: Platform) -> str:
    """Return the name of one image of one platform."""
    return f"{name} {platform.slug}"


def path_of(cache_folder: Path, store: Path) -> Path:
    """Return the file for `store`."""
    return cache_folder / FOLDER / f"{hashlib.sha256(str(store.resolve()).encode()).hexdigest()[:16]}.json"


def load(cache_folder: Path, store: Path) -> dict[str, ImageState]:
    """Return what is remembered, by `key_of`; nothing when it cannot be read."""
    return _read(path_of(cache_folder, store))


def save(cache_folder: Path, store: Path, images: dict[str, ImageState]) -> None:
    """Remember `images`, where the cache folder can be written."""
    try:
        atomic.write(path_of(cache_folder, store), _encode(images))
    except StoreError:
        return


def leave_share(store: Path, number: int, count: int, images: Mapping[str, ImageState]) -> None:
    """Write into the store how the images of one share fared."""
    told = {key: _told(ImageState(), image) for key, image in images.items()}
    atomic.write(store / f"outcomes-{number}-of-{count}.json", _encode(told))


def take_shares(images: Mapping[str, ImageState], store: Path) -> dict[str, ImageState]:
    """Return `images` with how those fared that were asked for in shares and left in `store`."""
    taken = dict(images)
    for path in sorted(store.glob(_SHARES)):
        taken |= {key: _told(taken.get(key, ImageState()), image) for key, image in _read(path).items()}
    return taken


def forget_shares(store: Path) -> None:
    """Remove what shares left: what they tell is older than a whole build, or another number of shares."""
    for path in store.glob(_SHARES):
        path.unlink(missing_ok=True)


def _told(known: ImageState, image: ImageState) -> ImageState:
    return msgspec.structs.replace(
        known, state=image.state, slug=image.slug, reason=image.reason, attempts=image.attempts
    )


def _read(path: Path) -> dict[str, ImageState]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_File).images
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


def _encode(images: Mapping[str, ImageState]) -> bytes:
    return msgspec.json.encode(_File(dict(images)), order="sorted") + b"\n"
