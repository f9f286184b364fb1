"""Two trees against each other: what only one has, and what differs, by what it differs in.

Both trees are in pre-order with sorted siblings, so one walk through both at once is enough: linear in entries, and
what it remembers beside them is small. Directories that one image lacks are passed over whole. A symbolic link is
compared as the link that it is, never followed. Times of last change are not compared.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from generator.analysis import tree_view
from generator.analysis.document import Tree
from generator.compare.changes import ASPECTS, Aspect, Below, FileChange, FileChanges, FolderChange

MOST_ROWS: Final = 2000
"""Rows of each list; counts are whole."""

Step = tuple[int, int]
"""An entry of each tree at the same path; -1 where the path is not there. Below an unmatched one nothing is said."""


def walk(before: Tree, after: Tree) -> Iterator[Step]:
    """Yield every path but the root, in order; of what only one tree has, only the topmost entry."""
    ends, other_ends = _ends(before), _ends(after)
    together = [(0, 0)]
    one, other = 1, 1
    while together:
        folder, other_folder = together[-1]
        here = one < len(before) and before.parents[one] == folder
        there = other < len(after) and after.parents[other] == other_folder
        if not here and not there:
            together.pop()
            continue
        name = _name(before, one) if here else b""
        other_name = _name(after, other) if there else b""
        if here and there and name == other_name:
            yield one, other
            if before.kinds[one] == after.kinds[other] == "d":
                together.append((one, other))
                one, other = one + 1, other + 1
            else:
                one, other = ends[one], other_ends[other]
        elif here and (not there or name < other_name):
            yield one, -1
            one = ends[one]
        else:
            yield -1, other
            other = other_ends[other]


def changes(before: Tree, after: Tree) -> FileChanges:
    """Compare two trees."""
    removed, added = _OnlyHere(before), _OnlyHere(after)
    by_aspect: dict[Aspect, int] = dict.fromkeys(ASPECTS, 0)
    folders: dict[int, int] = defaultdict(int)
    changed: list[FileChange] = []
    same_count = changed_count = unknown_count = 0
    for one, other in walk(before, after):
        if other < 0:
            removed.add(one)
            continue
        if one < 0:
            added.add(other)
            continue
        if before.kinds[one] != after.kinds[other]:
            removed.add_contents(one)
            added.add_contents(other)
        aspects, unsure = _aspects(before, one, after, other)
        unknown_count += unsure
        if not aspects:
            same_count += 1
            continue
        changed_count += 1
        for aspect in aspects:
            by_aspect[aspect] += 1
        folders[before.parents[one]] += 1
        if len(changed) < MOST_ROWS:
            changed.append(_change(before, one, after, other, aspects))
    most = sorted(folders.items(), key=lambda each: (-each[1], each[0]))
    return FileChanges(
        before_count=len(before) - 1,
        after_count=len(after) - 1,
        removed_count=removed.count,
        added_count=added.count,
        removed_size=removed.size,
        added_size=added.size,
        same_count=same_count,
        changed_count=changed_count,
        by_aspect=by_aspect,
        unknown_content_count=unknown_count,
        removed=removed.rows(),
        added=added.rows(),
        removed_row_count=removed.row_count,
        added_row_count=added.row_count,
        changed=tuple(changed),
        folders=tuple(FolderChange(tree_view.path_of(before, folder), count) for folder, count in most[:MOST_ROWS]),
    )


def _ends(tree: Tree) -> list[int]:
    """Return for every entry the first one behind everything below it."""
    return [entry + count + 1 for entry, count in enumerate(tree_view.total_counts(tree))]


def _name(tree: Tree, entry: int) -> bytes:
    raw = tree.raw_names.get(str(entry)) if tree.raw_names else None
    return bytes.fromhex(raw) if raw else tree.names[entry].encode()


# What only one has


class _OnlyHere:
    """Gathers what only one tree has into rows: a directory with all that is in it, or the files of a directory."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._sizes = tree_view.total_sizes(tree)
        self._ends = _ends(tree)
        self._whole: list[int] = []
        self._loose: dict[int, list[int]] = defaultdict(list)
        """Entries that are no directories, by the directory that both have."""
        self._contents: list[int] = []
        """Directories that are something else in the other tree: everything in them is only here."""
        self.count = 0
        self.size = 0

    def add(self, entry: int) -> None:
        """Take an entry, and everything below it."""
        if self._tree.kinds[entry] == "d":
            self._whole.append(entry)
        else:
            self._loose[self._tree.parents[entry]].append(entry)
        self.count += self._ends[entry] - entry
        self.size += self._sizes[entry]

    def add_contents(self, entry: int) -> None:
        """Take everything below an entry, not the entry itself."""
        count = self._ends[entry] - entry - 1
        if count:
            self._contents.append(entry)
            self.count += count
            self.size += self._sizes[entry]

    @property
    def row_count(self) -> int:
        return len(self._whole) + len(self._loose) + len(self._contents)

    def rows(self) -> tuple[Below, ...]:
        """Return all rows, most entries first."""
        found = [(self._ends[one] - one, self._sizes[one], one, True) for one in self._whole]
        found += [(self._ends[one] - one - 1, self._sizes[one], one, False) for one in self._contents]
        for folder, entries in self._loose.items():
            size = sum(self._sizes[one] for one in entries)
            found.append((len(entries), size, entries[0] if len(entries) == 1 else folder, len(entries) == 1))
        found.sort(key=lambda row: (-row[0], -row[1], row[2]))
        return tuple(
            Below(tree_view.path_of(self._tree, entry), self._tree.kinds[entry], count, size, whole)
            for count, size, entry, whole in found[:MOST_ROWS]
        )


# What differs


def _aspects(before: Tree, one: int, after: Tree, other: int) -> tuple[tuple[Aspect, ...], bool]:
    """Return in which ways a path differs, and whether its content could not be compared."""
    kind = before.kinds[one]
    found: list[Aspect] = []
    unsure = False
    if kind != after.kinds[other]:
        found.append("kind")
    elif kind == "-":
        mine, theirs = before.contents[one], after.contents[other]
        if before.sizes[one] != after.sizes[other]:
            found.append("content")
        elif mine < 0 or theirs < 0:
            unsure = True
        elif tree_view.digest_of(before, mine) != tree_view.digest_of(after, theirs):
            found.append("content")
    elif kind == "l":
        if _target(before, one) != _target(after, other):
            found.append("target")
    elif kind in "cb" and before.devices.get(str(one)) != after.devices.get(str(other)):
        found.append("device")
    if before.modes[one] != after.modes[other] and "l" not in (kind, after.kinds[other]):
        found.append("mode")
    if before.uids[one] != after.uids[other] or before.gids[one] != after.gids[other]:
        found.append("owner")
    if (before.xattrs or after.xattrs) and before.xattrs.get(str(one), {}) != after.xattrs.get(str(other), {}):
        found.append("attributes")
    return tuple(found), unsure


def _target(tree: Tree, entry: int) -> str:
    return tree.raw_targets.get(str(entry)) or tree.targets.get(str(entry), "")


def _change(before: Tree, one: int, after: Tree, other: int, aspects: tuple[Aspect, ...]) -> FileChange:
    return FileChange(
        path=tree_view.path_of(before, one),
        kind_before=before.kinds[one],
        kind_after=after.kinds[other],
        aspects=aspects,
        before=_words(before, one, aspects[0]),
        after=_words(after, other, aspects[0]),
        size_before=before.sizes[one],
        size_after=after.sizes[other],
    )


def _words(tree: Tree, entry: int, aspect: Aspect) -> str:
    if aspect == "mode":
        return tree_view.mode_text(tree.kinds[entry], tree.modes[entry])
    if aspect == "owner":
        return f"{tree.uids[entry]}:{tree.gids[entry]}"
    if aspect in ("target", "kind") and tree.kinds[entry] == "l":
        return f"→ {tree.targets.get(str(entry), '')}"
    if aspect == "device":
        return ", ".join(map(str, tree.devices.get(str(entry), ())))
    if aspect == "attributes":
        return ", ".join(sorted(tree.xattrs.get(str(entry), {})))
    return ""
