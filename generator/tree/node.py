"""Nodes of a root file system: inodes, as Unix has them. A directory maps names to nodes."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

IMPLICIT: Final = -1
"""The layer of a directory that no layer mentions: it exists because something lies in it."""


class Rare(NamedTuple):
    """What few nodes have."""

    content: bytes | None
    """The file's bytes, where an inspector asked for them."""
    facts: Mapping[str, Any] | None
    """What probes said of the content, by their names."""
    xattrs: dict[str, bytes] | None
    device: tuple[int, int] | None


_NOTHING_RARE: Final = Rare(None, None, None, None)


class Node:
    """An inode. Two names of one file (hard links) are one Node in two places.

    Slots and no class per kind: an image has tens of thousands of these, and each must stay well under 1 kB.
    """

    __slots__ = (
        "children", "digest", "gid", "kind", "layer", "linked", "mode", "mtime", "rare", "size", "target", "touched",
        "uid",
    )  # fmt: skip

    def __init__(
        self, kind: str, size: int, mode: int, uid: int, gid: int, mtime: int, target: str, digest: bytes | None,
        layer: int,
    ) -> None:  # fmt: skip
        self.kind = kind
        """`ls -l`'s letter: d - l c b p."""
        self.size = size
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.mtime = mtime
        self.target = target
        """Where a symlink points, as it stands; "" for everything else."""
        self.digest = digest
        """sha256 of a regular file's content; None where it was not hashed."""
        self.layer = layer
        """Index of the layer that its metadata came from, or IMPLICIT."""
        self.touched = layer
        """Index of the last layer that put anything at this node or below it."""
        self.linked = False
        """Whether it has, or had, more than one name."""
        self.rare = _NOTHING_RARE
        self.children: dict[str, Node] | None = {} if kind == "d" else None

    @property
    def content(self) -> bytes | None:
        """The file's bytes, where they were kept."""
        return self.rare.content

    @property
    def facts(self) -> Mapping[str, Any] | None:
        """What probes said of the content, by their names."""
        return self.rare.facts

    @property
    def xattrs(self) -> dict[str, bytes] | None:
        """Extended attributes, or None."""
        return self.rare.xattrs

    @property
    def device(self) -> tuple[int, int] | None:
        """A device node's major and minor number."""
        return self.rare.device


def implicit_directory(layer: int) -> Node:
    """Make a directory that `layer` needs but does not mention, as extractors do: root's, mode 0755."""
    node = Node("d", 0, 0o755, 0, 0, 0, "", None, IMPLICIT)
    node.touched = layer
    return node
