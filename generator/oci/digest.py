"""Digests (OCI image specification, descriptor.md, "Digests"): `algorithm:hex`, checked before any use."""

import hashlib
import re
from typing import Final, NewType

from generator.errors import InvalidDigest

Digest = NewType("Digest", str)
"""A digest that has passed `parse_digest`: safe as a file name and in an address."""

_PATTERN: Final = re.compile(r"(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})\Z")


def parse_digest(digest: str) -> Digest:
    """Check a digest of a registered algorithm; raise InvalidDigest."""
    if not _PATTERN.match(digest):
        raise InvalidDigest(digest=digest)
    return Digest(digest)


def digest_of(content: bytes) -> Digest:
    """Return the sha256 digest of `content`."""
    return Digest("sha256:" + hashlib.sha256(content).hexdigest())


def algorithm_of(digest: Digest) -> str:
    """Return the algorithm's name as hashlib knows it."""
    return digest.partition(":")[0]


def hex_of(digest: Digest) -> str:
    """Return the part after the colon."""
    return digest.partition(":")[2]


def chain_ids(diff_ids: tuple[Digest, ...]) -> tuple[Digest, ...]:
    """Return the chain ID of every layer (OCI image specification, config.md, "Layer ChainID")."""
    chain: list[Digest] = []
    for diff_id in diff_ids:
        chain.append(digest_of(f"{chain[-1]} {diff_id}".encode()) if chain else diff_id)
    return tuple(chain)
