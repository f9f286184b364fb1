"""Applying layers: tar entries in, one root file system out.

Follows the OCI image specification, layer.md ("Applying Changesets"): "Whiteout files MUST only apply to resources in
lower/parent layers"; "Files that are present in the same layer as a whiteout file can only be hidden by whiteout files
in subsequent layers"; an opaque whiteout hides "all siblings … in the lower layers". The order of a layer's entries
therefore does not matter to its whiteouts. Where the specification is silent (duplicate entries, entries below files,
symbolic links inside an entry's path) it does as umoci and warns.

Linear in the entries' path lengths; no recursion, so depth costs nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from generator import limits
from generator.errors import LimitExceeded
from generator.tar import Entry
from generator.tree.filesystem import find
from generator.tree.node import IMPLICIT, Node, Rare, implicit_directory
from generator.warnings import WarningLog

_WHITEOUT: Final = ".wh."
_OPAQUE: Final = ".wh..wh..opq"
_AUFS: Final = ".wh..wh."
_LAZY_PULLING: Final = frozenset({"stargz.index.json", ".prefetch.landmark", ".no.prefetch.landmark"})


@dataclass(slots=True)
class LayerCounts:
    """What applying one layer did; counts leave directories out, sizes are bytes."""

    entry_count: int = 0
    added_count: int = 0
    changed_count: int = 0
    removed_count: int = 0
    file_size: int = 0
    """Σ of the regular files' sizes as the headers have them: docker_vfs_size."""
    symlink_size: int = 0
    """Σ of the lengths of symlink targets, in bytes."""
    extra_count: int = 0


class Squash:
    """A root file system that grows layer by layer."""

    def __init__(self, log: WarningLog, *, entry_limit: int = limits.Limits().entries) -> None:
        self.root = implicit_directory(0)
        self._log = log
        self._entries_left = entry_limit
        self._entry_limit = entry_limit
        self._layer = 0
        self._counts = LayerCounts()
        self._deleted: set[str] = set()
        self._shared: dict[int, int] = {}
        self._folder_path: str | None = None  # the last entry's directory: the next entry's, mostly
        self._folder = self.root

    def apply(self, entries: Iterable[Entry], layer: int) -> LayerCounts:
        """Apply one layer's entries; raises what iterating raises, and LimitExceeded."""
        self._layer = layer
        self._counts = counts = LayerCounts()
        self._deleted = set()
        self._folder_path = None
        self.root.touched = layer
        for entry in entries:
            counts.entry_count += 1
            self._entries_left -= 1
            if self._entries_left < 0:
                raise LimitExceeded(where=f"layer {layer}", what="number of entries", limit=self._entry_limit)
            path = entry.path
            if ".wh." in path and self._is_whiteout(path):
                continue
            if path in _LAZY_PULLING:
                counts.extra_count += 1
                counts.file_size += entry.size
                self._log.warn("lazy-pulling-entries", path="/" + path, layer=layer)
                continue
            self._put(path, entry)
        return counts

    # Entries

    def _put(self, path: str, entry: Entry) -> None:
        kind = entry.kind
        counts = self._counts
        layer = self._layer
        if not path:
            if kind == "d":
                self._update(self.root, entry)
            else:
                self._log.warn(
                    "ignored-whiteout", text="an entry that is no directory stands for the root", layer=layer
                )
            return
        folder_path, _, name = path.rpartition("/")
        folder = self._folder if folder_path == self._folder_path else self._enter(folder_path)
        children = folder.children
        assert children is not None
        existing = children.get(name)
        if kind == "d":
            if existing is not None and existing.kind == "d":
                self._update(existing, entry)
                return
            node = self._new(entry)
            if existing is not None:
                counts.removed_count += self._note_replacement(existing, path)
            children[name] = node
            return
        if kind == "h":
            linked = self._link_target(entry.target, path)
            if linked is existing and existing is not None:
                return
            node = linked or self._broken_link(entry)
            node.touched = layer
            node.linked = True
        else:
            node = self._new(entry)
            if kind == "-":
                counts.file_size += entry.size
            elif kind == "l":
                counts.symlink_size += len(entry.target.encode("utf-8", "surrogateescape"))
        if existing is None:
            if path in self._deleted:
                counts.removed_count -= 1
                counts.changed_count += 1
                self._deleted.discard(path)
            else:
                counts.added_count += 1
        elif existing.kind == "d":
            counts.removed_count += self._note_replacement(existing, path)
            counts.added_count += 1
            self._folder_path = None
        else:
            if existing.kind == "l":
                self._folder_path = None  # the remembered directory may have been reached through it
            if existing.touched < layer:
                counts.changed_count += 1
            else:
                self._log.warn("duplicate-entry", path="/" + path, layer=layer)
        children[name] = node

    def _new(self, entry: Entry) -> Node:
        shared = self._shared.setdefault  # modes, most times and many sizes come again and again: one object each
        size, mode, mtime = (
            shared(entry.size, entry.size),
            shared(entry.mode, entry.mode),
            shared(entry.mtime, entry.mtime),
        )
        node = Node(entry.kind, size, mode, entry.uid, entry.gid, mtime, entry.target, entry.digest, self._layer)
        if entry.content is not None or entry.facts or entry.xattrs or entry.device:
            node.rare = Rare(entry.content, entry.facts, entry.xattrs, entry.device)
        return node

    def _update(self, node: Node, entry: Entry) -> None:
        """Give an existing directory the metadata of a new entry; its contents stay."""
        node.mode, node.uid, node.gid, node.mtime = entry.mode, entry.uid, entry.gid, entry.mtime
        node.rare = node.rare._replace(xattrs=entry.xattrs)
        node.layer = node.touched = self._layer

    def _note_replacement(self, existing: Node, path: str) -> int:
        """Warn when an entry replaces one of its own layer; return how many lower non-directories vanish."""
        if existing.touched == self._layer:
            self._log.warn("duplicate-entry", path="/" + path, layer=self._layer)
        return _count(existing, below=self._layer)

    def _link_target(self, target: str, path: str) -> Node | None:
        """Find the file that a hard link names; None, with a warning, when there is none that can be linked."""
        node = self._find(target)
        if node is None or node.kind == "d":
            self._log.warn("hard-link-target-missing", path="/" + path, layer=self._layer)
            return None
        if node.layer != self._layer:
            self._log.warn("hard-link-across-layers", path="/" + path, layer=self._layer)
        return node

    def _broken_link(self, entry: Entry) -> Node:
        return Node("-", 0, entry.mode, entry.uid, entry.gid, entry.mtime, "", None, self._layer)

    # Directories

    def _enter(self, folder_path: str) -> Node:
        """Return the directory at `folder_path`, making what is missing; remembers it for the next entry."""
        self._folder = self._walk(folder_path) if folder_path else self.root
        self._folder_path = folder_path
        return self._folder

    def _walk(self, folder_path: str) -> Node:
        layer = self._layer
        node = self.root
        for name in folder_path.split("/"):
            children = node.children
            assert children is not None
            child = children.get(name)
            if child is None or child.kind != "d":
                return self._walk_slowly(folder_path)
            child.touched = layer
            node = child
        return node

    def _walk_slowly(self, folder_path: str) -> Node:
        """Walk a path with something missing, or no directory, on it: follow links in the root, make directories."""
        layer = self._layer
        pending = folder_path.split("/")
        pending.reverse()
        walked = [self.root]
        hops = 0
        while pending:
            name = pending.pop()
            if name in ("", "."):
                continue
            if name == "..":
                if len(walked) > 1:
                    walked.pop()
                continue
            children = walked[-1].children
            assert children is not None
            child = children.get(name)
            if child is not None and child.kind == "l" and hops < limits.SYMLINK_HOPS:
                if hops == 0:
                    self._log.warn("written-through-symlink", path="/" + folder_path, layer=layer)
                hops += 1
                if child.target.startswith("/"):
                    del walked[1:]
                pending.extend(reversed(child.target.split("/")))
                continue
            if child is None or child.kind != "d":
                if child is not None:
                    self._log.warn("child-under-file", path="/" + folder_path, layer=layer)
                    self._counts.removed_count += _count(child, below=layer)
                child = children[name] = implicit_directory(layer)
            child.touched = layer
            walked.append(child)
        return walked[-1]

    def _find(self, path: str) -> Node | None:
        """Return the node at `path` with links in its directories followed; its own last part is not followed."""
        folder_path, _, name = path.rpartition("/")
        folder = find(self.root, folder_path) if folder_path else self.root
        if folder is None or folder.children is None:
            return None
        return folder.children.get(name) if name else folder

    # Whiteouts

    def _is_whiteout(self, path: str) -> bool:
        """Apply `path` if it is a whiteout; tell whether it was one (or an AUFS marker, which is nothing)."""
        folder_path, _, name = path.rpartition("/")
        if any(part.startswith(_AUFS) for part in folder_path.split("/")):
            self._log.warn("ignored-whiteout", path="/" + path, layer=self._layer)
            return True
        if not name.startswith(_WHITEOUT):
            return False
        hidden = name[len(_WHITEOUT) :]
        if name == _OPAQUE:
            folder = find(self.root, folder_path)
            if folder is not None and folder.children:
                self._counts.removed_count += self._hide_lower(folder)
        elif name.startswith(_AUFS) or hidden in ("", ".", ".."):
            self._log.warn("ignored-whiteout", path="/" + path, layer=self._layer)
        else:
            self._delete(folder_path, hidden, path)
        return True

    def _delete(self, folder_path: str, name: str, path: str) -> None:
        folder = find(self.root, folder_path)
        node = folder.children.get(name) if folder is not None and folder.children else None
        if node is None or folder is None or folder.children is None:
            self._log.warn("whiteout-without-target", path="/" + path, layer=self._layer)
        elif node.touched < self._layer:
            if node.kind == "d":
                self._folder_path = None
            else:
                self._deleted.add(f"{folder_path}/{name}" if folder_path else name)
            self._counts.removed_count += _count(node, below=self._layer)
            del folder.children[name]
        elif node.kind == "d":
            self._counts.removed_count += self._hide_lower(node)
        else:
            self._log.warn("whiteout-of-same-layer", path="/" + path, layer=self._layer)

    def _hide_lower(self, folder: Node) -> int:
        """Remove everything below `folder` that the current layer did not put there; return how much that was."""
        self._folder_path = None
        removed = 0
        pending = [folder]
        while pending:
            children = pending.pop().children
            assert children is not None
            for name, child in list(children.items()):
                if child.touched < self._layer:
                    removed += _count(child, below=self._layer)
                    del children[name]
                elif child.kind == "d":
                    if child.layer < self._layer:  # only its contents are this layer's: its metadata is gone
                        child.mode, child.uid, child.gid, child.mtime, child.layer = 0o755, 0, 0, 0, IMPLICIT
                        child.rare = child.rare._replace(xattrs=None)
                    pending.append(child)
        return removed


def _count(node: Node, *, below: int) -> int:
    """Count the non-directories at and under `node` that come from layers lower than `below`."""
    count = 0
    pending = [node]
    while pending:
        node = pending.pop()
        if node.children is not None:
            pending.extend(node.children.values())
        elif node.touched < below:
            count += 1
    return count
