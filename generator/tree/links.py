"""Where paths lead in a finished root file system: the one way through its symbolic links.

Follows path_resolution(7): inside the root, at most `limits.SYMLINK_HOPS` links on one way, no path or target longer
than PATH_MAX. Every link's target is walked through once and remembered, whatever other links and look-ups lead
through it, so that all look-ups together are linear in the text of paths and targets. No recursion: a long chain
needs no stack. Nothing is remembered but links and the directories around them.
"""

from typing import Final, NamedTuple

from generator import limits
from generator.tree.node import Node

LONGEST_PATH: Final = 4_096
"""PATH_MAX of Linux: a longer path leads nowhere."""
_ALTERNATIVES: Final = "etc/alternatives/"


class Led(NamedTuple):
    """Where a path leads. Paths have no leading slash."""

    node: Node | None
    """What is there; None for a broken way."""
    path: str
    """The real path; of a broken way the first path on it that is not there."""
    broken: str = ""
    """missing, loop, too-long; empty for a way that leads somewhere."""
    hops: int = 0
    """Links on the way; one more than are allowed stands for any number above."""
    is_outward: bool = False
    """Whether the link's own target climbs above the root, where it stays at the root."""
    via_alternatives: bool = False
    """Whether anything on the way lies in /etc/alternatives (update-alternatives(1))."""


_CIRCLE: Final = Led(None, "", "loop", 1)


class _Walk:
    """A path that is being followed: how far into it, and where that has led."""

    __slots__ = ("current", "hops", "is_outward", "link", "position", "target", "via_alternatives")

    def __init__(self, link: str | None, target: str) -> None:
        self.link = link
        """The link whose target this is; None for a path that somebody looks up."""
        self.target = target
        self.position = 0
        self.current = "" if link is None or target.startswith("/") else link.rpartition("/")[0]
        self.hops = 0 if link is None else 1
        self.is_outward = False
        self.via_alternatives = link is not None and link.startswith(_ALTERNATIVES)

    def led(self, path: str, *, node: Node | None = None, broken: str = "") -> Led:
        """Return what has been learnt at its end."""
        if self.hops > limits.SYMLINK_HOPS:
            node, broken = None, "loop"
        return Led(node, path, broken, self.hops, self.is_outward, self.via_alternatives)


class Links:
    """The ways through a finished tree."""

    def __init__(self, root: Node) -> None:
        self._known: dict[str, Led] = {}
        self._directories = {"": root}
        """By real path, those that have been asked for."""

    def follow(self, path: str) -> Led:
        """Return where `path` leads, its last part followed, too."""
        path = path.lstrip("/")
        node = self._at(path)
        if node is None:
            return self._finish(_Walk(None, path))
        if node.kind == "l":
            return self._known.get(path) or self._finish(self._begin(path, node))
        return Led(node, path)

    def _at(self, path: str) -> Node | None:
        """Return what is at a real path, no link followed."""
        node = self._directories.get(path)
        if node is not None:
            return node
        folder, _, name = path.rpartition("/")
        node = self._directories.get(folder)
        if node is None:
            node = self._directories[""]
            for part in folder.split("/"):
                node = node.children.get(part) if node.children else None
                if node is None:
                    return None
            if node.kind == "d":
                self._directories[folder] = node
        return node.children.get(name) if node.children else None

    def _finish(self, first: _Walk) -> Led:
        """Walk to the end, and before that through every link on the way that is not known yet."""
        unfinished = [first]
        while True:
            walk = unfinished[-1]
            led = self._step(walk)
            if not isinstance(led, Led):
                unfinished.append(self._begin(*led))
                continue
            if walk.link is not None:
                self._known[walk.link] = led
            unfinished.pop()
            if not unfinished:
                return led

    def _begin(self, path: str, link: Node) -> _Walk:
        self._known[path] = _CIRCLE  # whoever comes by before it is finished has come in a circle
        return _Walk(path, link.target)

    def _step(self, walk: _Walk) -> Led | tuple[str, Node]:
        """Go on until the end of the target, or to a link that has to be followed first, which is returned."""
        target, link = walk.target, walk.link or ""
        if len(target) > LONGEST_PATH or len(link) > LONGEST_PATH:
            return walk.led(link, broken="too-long")
        position, current, length = walk.position, walk.current, len(target)
        here = self._at(current)
        while position < length:
            end = target.find("/", position)
            if end < 0:
                end = length
            part = target[position:end]
            if part == "..":
                if not current:
                    walk.is_outward = True
                current = current.rpartition("/")[0]
                here = self._at(current)
            elif part and part != ".":
                there = f"{current}/{part}" if current else part
                node = here.children.get(part) if here is not None and here.children else None
                if node is None:
                    return walk.led(there, broken="missing")
                if node.kind == "l":
                    led = self._known.get(there)
                    if led is None:
                        walk.position, walk.current = position, current
                        return there, node
                    walk.hops = min(walk.hops + led.hops, limits.SYMLINK_HOPS + 1)
                    walk.via_alternatives = walk.via_alternatives or led.via_alternatives
                    if led.broken:
                        return walk.led(led.path, broken=led.broken)
                    there, node = led.path, led.node
                current, here = there, node
            position = end + 1
        walk.via_alternatives = walk.via_alternatives or current.startswith(_ALTERNATIVES)
        return walk.led(current, node=here)
