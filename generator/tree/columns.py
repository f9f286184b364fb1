"""A squashed root file system → the document's Tree columns."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from generator import text
from generator.analysis.document import Tree
from generator.tree.node import Node

_DIGEST_SIZE: Final = 32


def _name_bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


class Columns(NamedTuple):
    """The tree, and sums that only the whole walk can tell. Bytes."""

    tree: Tree
    rootfs_size: int
    seen_sizes: dict[int, int]
    """Per layer: bytes of its regular files that are still there, each inode once."""


def _visit(root: Node) -> Iterator[tuple[str, int, Node]]:
    """Yield (name, parent's index, node) in pre-order, siblings by their names' bytes; lets go of what was yielded."""
    index = -1
    pending = [("", -1, root)]
    while pending:
        name, parent, node = pending.pop()
        index += 1
        yield name, parent, node
        children = node.children
        if children:
            names = sorted(children, key=_name_bytes, reverse=True)
            pending += [(child, index, children[child]) for child in names]
            node.children = None


def to_columns(root: Node) -> Columns:
    """Lay out everything below `root`, taking the tree apart as it goes: the two are never in memory together.

    Linear, one visit an entry.
    """
    names: list[str] = []
    parents: list[int] = []
    kinds: list[str] = []
    sizes: list[int] = []
    modes: list[int] = []
    uids: list[int] = []
    gids: list[int] = []
    mtimes: list[int] = []
    layers: list[int] = []
    contents: list[int] = []
    digest_indexes: dict[bytes, int] = {}
    digests = bytearray()
    targets: dict[str, str] = {}
    hard_links: dict[str, int] = {}
    raw_names: dict[str, str] = {}
    raw_targets: dict[str, str] = {}
    xattrs: dict[str, dict[str, str]] = {}
    devices: dict[str, tuple[int, int]] = {}
    first_names: dict[Node, int] = {}
    rootfs_size = 0
    seen_sizes: dict[int, int] = {}
    for index, (name, parent, node) in enumerate(_visit(root)):
        kind = node.kind
        if not (name.isascii() and name.isprintable()):
            shown = text.visible(name)
            if shown != name:
                raw_names[str(index)] = _name_bytes(name).hex()
            name = shown
        names.append(name)
        parents.append(parent)
        kinds.append(kind)
        sizes.append(node.size)
        modes.append(node.mode)
        uids.append(node.uid)
        gids.append(node.gid)
        mtimes.append(node.mtime)
        layers.append(node.layer)
        content = -1
        if kind != "d":
            first = first_names.setdefault(node, index) if node.linked else index
            if first != index:
                hard_links[str(index)] = first
            elif kind == "-":
                rootfs_size += node.size
                seen_sizes[node.layer] = seen_sizes.get(node.layer, 0) + node.size
            if node.digest is not None:
                content = digest_indexes.setdefault(node.digest, len(digest_indexes))
                if content * _DIGEST_SIZE == len(digests):
                    digests += node.digest
            if kind == "l":
                targets[str(index)] = shown = text.visible(node.target)
                if shown != node.target:
                    raw_targets[str(index)] = _name_bytes(node.target).hex()
            elif node.device is not None:
                devices[str(index)] = node.device
        contents.append(content)
        if node.xattrs:
            xattrs[str(index)] = {text.visible(key): node.xattrs[key].hex() for key in sorted(node.xattrs)}
    digest_indexes.clear()  # some megabytes that need not be there beside the text
    tree = Tree(
        names=names,
        parents=parents,
        kinds="".join(kinds),
        sizes=sizes,
        modes=modes,
        uids=uids,
        gids=gids,
        mtimes=mtimes,
        layers=layers,
        contents=contents,
        digests=digests.hex(),
        targets=targets,
        hard_links=hard_links,
        raw_names=raw_names,
        raw_targets=raw_targets,
        xattrs=xattrs,
        devices=devices,
    )
    return Columns(tree, rootfs_size, seen_sizes)
