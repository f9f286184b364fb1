"""Nodes of a root file system: inodes, as Unix has them. A directory maps names to nodes."""

from collections.abc import Mapping
from typing import Any, Final

IMPLICIT: Final = -1
"""The layer of a directory that no layer mentions: it exists because something lies in it."""


class Node:
    """An inode. Two names of one file (hard links) are one Node in two places.

    Slots and no class per kind: an image has tens of thousands of these, and each must stay well under 1 kB.
    """

    __slots__ = (
        "children", "content", "device", "digest", "facts", "gid", "kind", "layer", "mode", "mtime", "size", "target",
        "touched", "uid", "xattrs",
    )  # fmt: skip

    def __init__(
        self, kind: str, size: int, mode: int, uid: int, gid: int, mtime: int, target: str, digest: bytes | None,
        content: bytes | None, xattrs: dict[str, bytes] | None, device: tuple[int, int] | None, layer: int,
        facts: Mapping[str, Any] | None = None,
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
        self.content = content
        self.facts = facts
        """What probes said of the content, by their names."""
        self.xattrs = xattrs
        self.device = device
        self.layer = layer
        """Index of the layer that its metadata came from, or IMPLICIT."""
        self.touched = layer
        """Index of the last layer that put anything at this node or below it."""
        self.children: dict[str, Node] | None = {} if kind == "d" else None


def implicit_directory(layer: int) -> Node:
    """Make a directory that `layer` needs but does not mention, as extractors do: root's, mode 0755."""
    node = Node("d", 0, 0o755, 0, 0, 0, "", None, None, None, None, IMPLICIT)
    node.touched = layer
    return node
