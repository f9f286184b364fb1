"""Looking things up in a root file system, as a process whose root directory it is would see it.

Symbolic links are followed inside the root and at most `limits.SYMLINK_HOPS` times in one look-up (path_resolution(7)).
While a tree grows, `resolve` walks anew for every look-up, since any entry may change the way; a finished tree
remembers its ways (tree.links).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Self, TypeVar

from generator import limits
from generator.tree.links import Led, Links
from generator.tree.node import Node

T = TypeVar("T")

_STEPS: Final = 8_192
"""Parts of paths and targets that one look-up in a growing tree goes through; no way that is meant has a tenth."""


def resolve(root: Node, path: str, *, follow: bool = True) -> list[tuple[str, Node]] | None:
    """Return the (name, node) pairs that lead from `root` to `path`, links in it followed, the root left out.

    The last part is followed only with `follow`. None: nothing is there, or the links go in circles.
    """
    pending = path.split("/")
    pending.reverse()
    walked: list[tuple[str, Node]] = []
    hops = steps = 0
    while pending:
        steps += 1
        name = pending.pop()
        if name in ("", "."):
            continue
        if name == "..":
            if walked:
                walked.pop()
            continue
        children = (walked[-1][1] if walked else root).children
        child = children.get(name) if children is not None else None
        if child is None:
            return None
        if child.kind == "l" and (follow or pending):
            hops += 1
            if hops > limits.SYMLINK_HOPS or steps > _STEPS:
                return None
            if child.target.startswith("/"):
                walked.clear()
            pending.extend(reversed(child.target.split("/")))
            continue
        walked.append((name, child))
    return walked


def find(root: Node, path: str, *, follow: bool = True) -> Node | None:
    """Return the node at `path`, or None; see `resolve`."""
    walked = resolve(root, path, follow=follow)
    if walked is None:
        return None
    return walked[-1][1] if walked else root


class SquashedFilesystem:
    """A read-only view of a finished tree; satisfies `inspectors.base.Filesystem`."""

    def __init__(self, root: Node) -> None:
        self._root = root
        self._links = Links(root)
        self._walked: tuple[tuple[str, Node], ...] | None = None
        self._made: dict[Callable[[Self], Any], Any] = {}

    def find(self, path: str, *, follow: bool = True) -> Node | None:
        """Return the node at `path`, or None."""
        folder, _, name = path.rpartition("/")
        if follow or name in ("", ".", ".."):
            return self._links.follow(path).node
        parent = self._links.follow(folder).node
        return parent.children.get(name) if parent is not None and parent.children else None

    def follow(self, path: str) -> Led:
        """Return where `path` leads, and how."""
        return self._links.follow(path)

    def real_path(self, path: str) -> str | None:
        """Return `path` with every link followed, without leading slash; None when it leads nowhere."""
        led = self._links.follow(path)
        return None if led.broken else led.path

    def children(self, path: str) -> Mapping[str, Node]:
        """Return what a directory holds; empty for anything that is no directory."""
        node = self.find(path)
        return node.children or {} if node is not None else {}

    def walk(self) -> Iterator[tuple[str, Node]]:
        """Yield (path, node) of everything below the root, in the order of the document's tree.

        Walked once and remembered, about 150 bytes an entry: every inspector asks for it.
        """
        if self._walked is None:
            self._walked = tuple(_walk(self._root))
        return iter(self._walked)

    def once(self, make: Callable[[Self], T]) -> T:
        """Return what `make` makes of this file system, which is made once."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made


def _walk(root: Node) -> Iterator[tuple[str, Node]]:
    pending = _reversed(root)
    while pending:
        path, node = pending.pop()
        yield path, node
        if node.children:
            pending += [(f"{path}/{name}", child) for name, child in _reversed(node)]


def _reversed(folder: Node) -> list[tuple[str, Node]]:
    children = folder.children or {}
    return sorted(children.items(), key=lambda item: item[0].encode("utf-8", "surrogateescape"), reverse=True)
