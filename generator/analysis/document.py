"""The analysis document: all that Basedex says about one image, depending on nothing but the image's bytes.

One document per image digest, of one generator version. No time, no reference and no place is in it: when, where
and under which name an image was seen is an Observation of the store's history.

A field that is None is *not known*, and `unknown` says why, by the field's path (`sizes.compressed_size`,
`layers.digest`). Empty is another value than unknown. Sizes are bytes and follow site_src/sizes.md to the byte.
"""

from typing import Final

from generator.analysis.sections import Sections
from generator.analysis.sections.base import Part
from generator.oci.digest import Digest
from generator.oci.documents import Config
from generator.oci.platform import Platform
from generator.warnings import Noted

SCHEMA_VERSION: Final = 1
"""Goes up when a field changes its meaning; documents of another version are not read but made anew."""


class Identity(Part, frozen=True):
    """Which image this is."""

    digest: Digest | None
    """The manifest's digest; None when the source has no manifest (archives in Docker's format, bare rootfs)."""
    image_id: Digest | None
    """The configuration's digest, what engines print as IMAGE ID; None for a bare rootfs."""
    media_type: str | None
    manifest_size: int | None
    config_size: int | None
    platform: Platform
    created: str | None
    """RFC 3339 in UTC, or None: no date, an unreadable one, or a year before 1980 (a reproducible build)."""
    created_note: str
    """Why `created` is None: "", "absent", "reproducible" or "unreadable"."""


class Sizes(Part, frozen=True):
    """Six answers to "how big is it", each with its own formula (site_src/sizes.md). Bytes."""

    compressed_size: int | None
    """Σ of the layer descriptors' sizes; what a registry transfers, without manifest and configuration."""
    docker_vfs_size: int
    """Σ over layers of the regular files' header sizes: `docker image ls` with a naive graph driver."""
    docker_size: int
    """Σ over layers of the regular files, each inode once, and the symlink targets' lengths: overlay2's figure."""
    podman_size: int | None
    """Σ of tar streams + 2 × manifest + configuration: `podman image ls`; an index it came through adds its own."""
    tar_size: int
    """Σ of the layers' uncompressed tar streams, headers and padding included."""
    rootfs_size: int
    """Regular files of the squashed tree, each hard-linked file once."""


class Layer(Part, frozen=True):
    """One layer, lowest first in the document."""

    digest: Digest | None
    diff_id: Digest
    chain_id: Digest
    media_type: str | None
    compression: str | None
    """What the bytes really are: none, gzip, zstd or xz; None where the source stores layers its own way."""
    compressed_size: int | None
    tar_size: int
    docker_vfs_size: int
    docker_size: int
    entry_count: int
    """Tar entries, whiteouts included; the root directory's own entry counts too."""
    added_count: int
    """Paths (directories left out) that were not there before this layer."""
    changed_count: int
    """Paths (directories left out) that this layer replaced."""
    removed_count: int
    """Paths (directories left out) that a whiteout, or a change of kind, took away."""
    hidden_size: int
    """Bytes of this layer's regular files that a later layer (or a later entry) hides: shipped, never seen."""
    extra_count: int = 0
    """Entries that only lazy pulling needs (estargz, zstd:chunked), left out of the tree."""


class Step(Part, frozen=True):
    """One step of the configuration's history, as an instruction a person can read."""

    instruction: str
    """The Dockerfile instruction told from `created_by` ("RUN", "COPY", …); "" when it is not recognisable."""
    text: str
    """The rest of the line, without the builder's shell prefix and comments."""
    created_by: str
    created: str | None
    comment: str
    layer: int | None
    """Index of the layer that the step made; None for an empty step, or when history and layers disagree."""
    empty_layer: bool


class Member(Part, frozen=True):
    """One member of a saved archive."""

    name: str
    kind: str
    """file, directory or symlink."""
    size: int | None
    """Bytes; None when it depends on the tool."""
    meaning: str
    """A word of `stored.MEANINGS`: index, manifest, config, layer, layout-marker, legacy-layer-config, …"""
    layer: int | None = None
    target: str = ""


class Stored(Part, frozen=True):
    """What lies in an archive of this image, as `tar tvf` would list it."""

    docker_archive: tuple[Member, ...]
    """`podman save` and `skopeo copy … docker-archive:`; () when there is no configuration."""
    oci_archive: tuple[Member, ...]
    """An OCI image layout; () when the source has no manifest."""


class Tree(Part, frozen=True):
    """The squashed root file system as columns: entry i is the i-th item of every list.

    Entry 0 is the root directory, whose name is "". A directory stands before its contents and everything below
    it follows it at once (pre-order); siblings are sorted by their names' bytes. Sparse columns map an entry's
    index, as decimal text, to its value.
    """

    names: list[str]
    """Base names; bytes that are not UTF-8 are shown as \\xNN here and kept in `raw_names`."""
    parents: list[int]
    """Index of the directory; the root's own is -1."""
    kinds: str
    """One letter an entry, `ls -l`'s: d directory, - file, l symlink, c b p devices and fifo."""
    sizes: list[int]
    """Bytes of regular files, logical size; 0 for everything else. Hard links repeat their file's size."""
    modes: list[int]
    """Permission bits with setuid, setgid and sticky: 0 to 0o7777."""
    uids: list[int]
    gids: list[int]
    mtimes: list[int]
    """Whole seconds since 1970, UTC; may be negative."""
    layers: list[int]
    """Index of the layer that the entry came from; -1 for a directory that no layer mentions."""
    contents: list[int]
    """Index into `digests` of a regular file's content; -1 for everything else, and for sparse files."""
    digests: str
    """Distinct sha256 of file contents in order of first use, 64 hex digits each, one behind the other."""
    targets: dict[str, str]
    """Symlink targets, \\xNN as in names."""
    hard_links: dict[str, int]
    """Entry → the first entry (in tree order) that is the same file; only later names are listed."""
    raw_names: dict[str, str]
    """Hex of base names that are not UTF-8 or hold invisible characters."""
    raw_targets: dict[str, str]
    xattrs: dict[str, dict[str, str]]
    """Extended attributes by name, values as hex."""
    devices: dict[str, tuple[int, int]]
    """Major and minor number of device nodes."""

    def __len__(self) -> int:
        return len(self.names)


class Document(Part, frozen=True):
    """The whole of it."""

    schema_version: int
    generator_version: str
    subject: Digest
    """What the document is filed under: manifest digest, else image ID, else the only layer's diff_id."""
    identity: Identity
    sizes: Sizes
    layers: tuple[Layer, ...]
    steps: tuple[Step, ...]
    config: Config | None
    stored: Stored
    sections: Sections
    warnings: tuple[Noted, ...]
    warning_counts: dict[str, int]
    """How many of each slug there were, also those beyond the listed ones."""
    unknown: dict[str, str]
    """Field path → why it is None: no-manifest, no-config, no-compressed-layers."""
    tree: Tree
