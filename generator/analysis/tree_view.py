"""Reading a document's Tree: paths, children, sums. Pure functions of the columns, each linear in entries."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from generator.analysis.document import Tree


class Duplicate(NamedTuple):
    """One content that several files hold. `wasted_size`: bytes that all but one of them take."""

    digest: str
    size: int
    entries: list[int]
    wasted_size: int


def path_of(tree: Tree, entry: int) -> str:
    """Return the entry's absolute path; "/" for the root."""
    parts: list[str] = []
    while entry > 0:
        parts.append(tree.names[entry])
        entry = tree.parents[entry]
    return "/" + "/".join(reversed(parts))


def digest_of(tree: Tree, content: int) -> str:
    """Return a content's sha256 in hex."""
    return tree.digests[64 * content : 64 * content + 64]


def paths(tree: Tree) -> list[str]:
    """Return every entry's absolute path, in order. Takes memory for all of them at once."""
    result = ["/"]
    for entry in range(1, len(tree)):
        parent = tree.parents[entry]
        result.append(("" if parent == 0 else result[parent]) + "/" + tree.names[entry])
    return result


def children_of(tree: Tree) -> dict[int, list[int]]:
    """Return the entries of every directory that has any, in order."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in range(1, len(tree)):
        children[tree.parents[entry]].append(entry)
    return dict(children)


def own_sizes(tree: Tree) -> list[int]:
    """Return bytes per entry with every hard-linked file counted once, at its first name."""
    sizes = list(tree.sizes)
    for entry in tree.hard_links:
        sizes[int(entry)] = 0
    return sizes


def total_sizes(tree: Tree) -> list[int]:
    """Return bytes per entry, directories with all that is below them; the root's equals `rootfs_size`."""
    totals = own_sizes(tree)
    for entry in range(len(tree) - 1, 0, -1):
        totals[tree.parents[entry]] += totals[entry]
    return totals


def total_counts(tree: Tree) -> list[int]:
    """Return how many entries stand below each one; 0 for files and empty directories."""
    counts = [0] * len(tree)
    for entry in range(len(tree) - 1, 0, -1):
        counts[tree.parents[entry]] += counts[entry] + 1
    return counts


def depths(tree: Tree) -> list[int]:
    """Return each entry's depth; the root has 0."""
    result = [0] * len(tree)
    for entry in range(1, len(tree)):
        result[entry] = result[tree.parents[entry]] + 1
    return result


def largest_files(tree: Tree, count: int) -> list[int]:
    """Return the `count` largest regular files, each hard-linked file once, ties in tree order."""
    sizes = own_sizes(tree)
    files = (entry for entry in range(len(tree)) if tree.kinds[entry] == "-" and sizes[entry] > 0)
    return sorted(files, key=lambda entry: (-sizes[entry], entry))[:count]


def duplicates(tree: Tree) -> list[Duplicate]:
    """Return contents held by more than one inode, most wasted bytes first. Empty files do not count."""
    holders: dict[int, list[int]] = defaultdict(list)
    for entry, content in enumerate(tree.contents):
        if content >= 0 and tree.sizes[entry] and str(entry) not in tree.hard_links:
            holders[content].append(entry)
    found = [
        Duplicate(digest_of(tree, content), tree.sizes[same[0]], same, tree.sizes[same[0]] * (len(same) - 1))
        for content, same in holders.items()
        if len(same) > 1
    ]
    return sorted(found, key=lambda one: (-one.wasted_size, one.entries[0]))


def walk(tree: Tree, start: int = 0) -> Iterator[int]:
    """Yield `start` and everything below it, in order."""
    yield start
    for entry in range(start + 1, len(tree)):
        if tree.parents[entry] < start:
            return
        yield entry


def mode_text(kind: str, mode: int) -> str:
    """Return the mode as `ls -l` writes it: `drwxrwxrwt`."""
    bits = ["rwxrwxrwx"[i] if mode & (0o400 >> i) else "-" for i in range(9)]
    for bit, place, letters in ((0o4000, 2, "sS"), (0o2000, 5, "sS"), (0o1000, 8, "tT")):
        if mode & bit:
            bits[place] = letters[0] if bits[place] == "x" else letters[1]
    return kind + "".join(bits)
