"""Bounds on what one image may cost, each with the reason for its value.

Every figure is far above what real base images need and far below what hurts the machine.
A stream that passes a bound ends in `errors.LimitExceeded`; nothing partial is kept.
"""

import msgspec

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

MANIFEST_SIZE = 4 * MIB
"""Bytes of a manifest or index: the limit that registries and container engines themselves apply."""

CONFIG_SIZE = 16 * MIB
"""Bytes of an image configuration: labels of several MB occur, more is an attack."""

INDEX_DEPTH = 4
"""Indexes inside indexes; two levels are what real images have."""

JSON_DEPTH = 64
"""Nesting of any JSON document that is not our own."""

EXTENDED_HEADER_SIZE = 1 * MIB
"""Bytes of one pax or GNU long-name record, as Go's archive/tar has it (`maxSpecialFileSize`)."""

SYMLINK_HOPS = 40
"""Symbolic links followed in one resolution, as Linux has it (ELOOP)."""

CHUNK_SIZE = 512 * KIB
"""Bytes that move between pipeline stages at a time."""

WARNINGS_PER_SLUG = 20
"""Warnings of one kind that a document lists; the rest are counted."""


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds that `images.yml` may set (its `limits:` mapping)."""

    unpacked_size: int = 64 * GIB
    """Bytes of all tar streams of one image together."""

    expansion_ratio: int = 500
    """Tar bytes per compressed byte; judged once a layer has given more than `expansion_floor`."""

    expansion_floor: int = 1 * GIB
    """Tar bytes of one layer below which its ratio is not judged."""

    entries: int = 4_000_000
    """Tar entries of one image together; at under 1 kB each this bounds memory."""
