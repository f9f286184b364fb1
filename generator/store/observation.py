"""Observations: when and where an image was seen. Time lives here and nowhere else."""

import msgspec

from generator.oci.digest import Digest
from generator.oci.platform import Platform


class Figures(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A few figures of the image as it was seen: what trends are drawn of when documents are no longer kept.

    Sizes are bytes, under their names; None is not known.
    """

    compressed_size: int | None = None
    docker_size: int | None = None
    podman_size: int | None = None
    docker_vfs_size: int | None = None
    tar_size: int | None = None
    rootfs_size: int | None = None
    layer_count: int
    entry_count: int
    """Entries of the root file system, the root directory left out."""
    package_count: int | None = None
    command_count: int | None = None
    created: str = ""
    """When the image says it was made; "" when it does not."""
    distribution: str = ""
    """os-release's name of itself."""


class Observation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of `history/NAME/PLATFORM.jsonl`: the image NAME had this digest at that time.

    A line is added when something in it (time aside) differs from the last one; seeing the same again adds none.
    """

    at: str
    """When, RFC 3339 in UTC to the second."""
    subject: Digest
    """The document's key."""
    generator_version: str
    source: str
    """The source that answered, `transport:details`, as images.yml has it."""
    resolved_digest: Digest | None = None
    index_size: int | None = None
    platforms: tuple[Platform, ...] = ()
    attestation_count: int = 0
    repo_digests: tuple[str, ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()
    """(slug, sentence) of what was odd on the way to the image; what is odd about the image is in its document."""
    provenance: str = ""
    """A sentence for readers where the bytes were not fetched from the image's own source: what they really are."""
    figures: Figures | None = None
    fingerprint: str | None = None
    """The source's cheap token at that time, where it means the same on every machine (a registry's digest)."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How one image of one platform fared in a build: what the pages say about freshness."""

    name: str
    platform: Platform
    state: str
    """fresh (analyzed now), unchanged (asked, the same), stale (could not be refreshed; the last document stands),
    offline (not asked, the last document stands) or missing (could not be fetched and nothing is recorded)."""
    observation: Observation | None
    slug: str = ""
    """The slug of the error, for stale and missing."""
    reason: str = ""
    attempts: tuple[str, ...] = ()
    """One sentence for every source that was tried in vain, in order."""
