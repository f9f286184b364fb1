"""Squashing layers: whiteouts in the specification's words, and what is owed to layers that break its rules."""

import tarfile

from generator.analysis import tree_view
from generator.analysis.document import Tree
from generator.tar import read_entries
from generator.tree.columns import Columns, to_columns
from generator.tree.filesystem import SquashedFilesystem
from generator.tree.squash import LayerCounts, Squash
from generator.warnings import WarningLog
from tests.builders import directory, file, hard_link, opaque, symlink, tar, whiteout

Entries = list[tuple[tarfile.TarInfo, bytes]]


def squash(*layers: Entries) -> tuple[Columns, list[LayerCounts], WarningLog]:
    """Apply layers, each a list of entries."""
    log = WarningLog()
    squashed = Squash(log)
    counts = []
    for index, layer in enumerate(layers):
        stream = read_entries(iter([tar(layer)]), where="t", keep=lambda *_: False, log=log, layer=index)
        counts.append(squashed.apply(stream, index))
    return to_columns(squashed.root), counts, log


def listing(tree: Tree) -> dict[str, int]:
    """Return size by path, the root left out; directories have size 0."""
    return dict(zip(tree_view.paths(tree)[1:], tree.sizes[1:], strict=True))


def paths(*layers: Entries) -> list[str]:
    """Return the paths that are left."""
    return list(listing(squash(*layers)[0].tree))


def test_later_layers_replace_files() -> None:
    """The last layer's file counts; the bytes it hides are not seen."""
    columns, counts, _ = squash([file("a", b"long"), file("b", b"x")], [file("a", b"s")])
    assert listing(columns.tree) == {"/a": 1, "/b": 1}
    assert columns.rootfs_size == 2
    assert columns.seen_sizes == {0: 1, 1: 1}
    assert [(c.added_count, c.changed_count, c.removed_count, c.file_size) for c in counts] == [
        (2, 0, 0, 5),
        (0, 1, 0, 1),
    ]


def test_whiteouts_delete_lower_entries() -> None:
    """A whiteout removes a file or a whole directory of lower layers, and is itself never seen."""
    columns, counts, log = squash([file("a"), file("d/x"), file("d/e/y"), file("k")], [whiteout("a"), whiteout("d")])
    assert listing(columns.tree) == {"/k": 0}
    assert counts[1].removed_count == 3
    assert not log.noted


def test_whiteouts_spare_their_own_layer_in_either_order() -> None:
    """“Files that are present in the same layer as a whiteout file” stay, whichever comes first."""
    for layer in ([whiteout("keep"), file("keep", b"new")], [file("keep", b"new"), whiteout("keep")]):
        columns, counts, _ = squash([file("keep", b"older")], layer)
        assert listing(columns.tree) == {"/keep": 3}
        assert (counts[1].added_count, counts[1].changed_count, counts[1].removed_count) == (0, 1, 0)


def test_opaque_whiteouts_spare_their_own_layer_in_either_order() -> None:
    """An opaque whiteout hides what lower layers put into a directory, at any depth, and nothing else."""
    lower = [directory("d"), file("d/a"), file("d/b"), file("d/c", b"old"), file("d/sub/deep"), file("other")]
    for order in (1, -1):
        upper = [opaque("d"), file("d/c", b"new"), file("d/sub/fresh")][::order]
        columns, counts, _ = squash(lower, upper)
        assert listing(columns.tree) == {"/d": 0, "/d/c": 3, "/d/sub": 0, "/d/sub/fresh": 0, "/other": 0}
        assert counts[1].removed_count in (3, 4)  # d/c counts as removed and added, or as changed


def test_an_opaque_root_hides_everything_below() -> None:
    """`.wh..wh..opq` in the root leaves only its own layer."""
    assert paths([file("a"), file("d/b")], [opaque(""), file("c")]) == ["/c"]


def test_whiteouts_that_name_nothing() -> None:
    """`.wh.`, `.wh..` and `.wh...` delete neither the root nor a parent."""
    names = [".wh.", ".wh..", ".wh...", "d/.wh.", "d/.wh..", "d/.wh...", ".wh..wh.plnk/1.2", "d/.wh..wh.aufs"]
    columns, _, log = squash([file("d/a")], [file(name) for name in names])
    assert list(listing(columns.tree)) == ["/d", "/d/a"]
    assert log.counts == {"ignored-whiteout": len(names)}


def test_whiteouts_in_the_lowest_layer() -> None:
    """Whiteouts with nothing below them leave no file behind."""
    columns, _, log = squash([whiteout("a"), opaque("d"), whiteout("missing/x")])
    assert len(columns.tree) == 1
    assert log.counts == {"whiteout-without-target": 2}


def test_opaque_markers_are_matched_whole() -> None:
    """A name that only begins like the opaque marker is no opaque marker."""
    assert paths([file("d/a")], [file("d/.wh..wh..opqx")]) == ["/d", "/d/a"]


def test_names_that_contain_the_prefix_are_files() -> None:
    """Only names that begin with the prefix are whiteouts."""
    assert paths([file("a.wh.b"), file(".whx")]) == ["/.whx", "/a.wh.b"]


def test_a_file_replaces_a_directory_and_back() -> None:
    """A change of kind takes everything below along, without any whiteout."""
    columns, counts, _ = squash(
        [file("d/x"), file("d/y"), file("k")], [file("d", b"!")], [file("k/in")], [symlink("d", "k")]
    )
    assert listing(columns.tree) == {"/d": 0, "/k": 0, "/k/in": 0}
    assert columns.tree.kinds == "dld-"
    assert [c.removed_count for c in counts] == [0, 2, 1, 0]


def test_entries_below_a_file() -> None:
    """An entry below a path that is a file turns that path into a directory, with a warning."""
    columns, _, log = squash([file("keep", b"x")], [file("keep/sub")])
    assert list(listing(columns.tree)) == ["/keep", "/keep/sub"]
    assert log.counts == {"child-under-file": 1}


def test_directory_entries_keep_contents() -> None:
    """A directory that comes again changes its metadata and nothing else."""
    columns, _, _ = squash([directory("d", mode=0o755), file("d/a")], [directory("d", mode=0o700, uid=5)])
    tree = columns.tree
    assert (tree.names, tree.modes[1], tree.uids[1], tree.layers) == (["", "d", "a"], 0o700, 5, [-1, 1, 0])


def test_the_root_entry_is_the_root() -> None:
    """`./` and `/` give the root directory its metadata and add no entry."""
    columns, _, _ = squash([directory("./", mode=0o711, mtime=7), file("/a")])
    assert (columns.tree.names, columns.tree.modes[0], columns.tree.mtimes[0]) == (["", "a"], 0o711, 7)


def test_missing_directories_are_implied() -> None:
    """A directory that no layer mentions exists with root's ownership, mode 0755 and no layer."""
    tree = squash([file("a/b/c")])[0].tree
    assert (tree.kinds, tree.modes[1], tree.layers) == ("ddd-", 0o755, [-1, -1, -1, 0])


def test_duplicate_entries() -> None:
    """Of a path that comes three times in one layer the last counts, with a warning for each of the others."""
    columns, counts, log = squash([file("a", b"x" * 10), file("a", b"x" * 20), file("a", b"x" * 5)])
    assert listing(columns.tree) == {"/a": 5}
    assert log.counts == {"duplicate-entry": 2}
    assert counts[0].added_count == 1


def test_hard_links_are_one_file() -> None:
    """Two names of one file count once, and stay one when another layer replaces the first name."""
    columns, _, _ = squash([file("a", b"four"), hard_link("b", "a"), hard_link("c", "./b")])
    assert columns.rootfs_size == 4
    assert columns.tree.hard_links == {"2": 1, "3": 1}
    columns, _, _ = squash([file("a", b"four"), hard_link("b", "a")], [file("a", b"another")])
    assert listing(columns.tree) == {"/a": 7, "/b": 4}
    assert columns.tree.hard_links == {}


def test_broken_hard_links() -> None:
    """A hard link to nothing, to a directory or out of the root is an empty file with a warning."""
    columns, _, log = squash(
        [directory("d"), hard_link("x", "missing"), hard_link("y", "../../etc/passwd"), hard_link("z", "d")]
    )
    assert listing(columns.tree) == {"/d": 0, "/x": 0, "/y": 0, "/z": 0}
    assert log.counts == {"hard-link-target-missing": 3}


def test_hard_links_across_layers() -> None:
    """A hard link into a lower layer is that layer's file, with a warning, and adds no bytes."""
    columns, counts, log = squash([file("a", b"four")], [hard_link("b", "a")])
    assert columns.rootfs_size == 4
    assert counts[1].file_size == 0
    assert log.counts == {"hard-link-across-layers": 1}


def test_paths_through_symlinks_stay_inside() -> None:
    """An entry below a symlinked directory lands at the link's target inside the image."""
    columns, _, log = squash(
        [directory("usr/bin"), symlink("bin", "usr/bin"), symlink("etc", "/real/etc"), symlink("up", "../../../x")],
        [file("bin/tool"), file("etc/passwd"), file("up/file")],
    )
    found = listing(columns.tree)
    assert {"/usr/bin/tool", "/real/etc/passwd", "/x/file", "/bin"} <= set(found)
    assert log.counts == {"written-through-symlink": 3}


def test_symlink_loops_end() -> None:
    """Links in circles are listed, never followed for ever; a path through one becomes a directory."""
    links = [symlink("a", "b"), symlink("b", "a"), symlink("self", "self"), symlink("dir/loop", "..")]
    columns, _, log = squash(links, [file("a/x"), file("dir/loop/y")])
    assert "/y" in listing(columns.tree)
    assert "child-under-file" in log.counts


def test_replacing_a_link_that_led_to_the_last_directory() -> None:
    """A path is walked anew when a link on it has been replaced meanwhile."""
    columns, _, _ = squash([directory("u"), symlink("l", "u"), file("l/one"), file("l"), file("l/two")])
    assert set(listing(columns.tree)) == {"/u", "/u/one", "/l", "/l/two"}


def test_ten_thousand_levels() -> None:
    """Depth costs no recursion and no quadratic memory."""
    deep = "/".join(["d"] * 10_000) + "/f"
    explicit = [directory("/".join(["e"] * depth)) for depth in range(1, 400)]
    columns, _, _ = squash([file(deep, b"x"), *explicit], [whiteout("e")])
    assert len(columns.tree) == 10_002
    assert tree_view.depths(columns.tree)[-1] == 10_001


def test_names_that_are_not_text() -> None:
    """Names that are not UTF-8 or hold control characters are shown escaped, and their bytes kept."""
    tree = squash([file("caf\udce9"), file("a\nb\x1b[31m"), symlink("l", "\udcff"), file("grün")])[0].tree
    assert tree.names[1:] == ["a\\nb\\x1b[31m", "caf\\xe9", "grün", "l"]
    assert tree.raw_names == {"1": b"a\nb\x1b[31m".hex(), "2": b"caf\xe9".hex()}
    assert (tree.targets, tree.raw_targets) == ({"4": "\\xff"}, {"4": "ff"})


def test_siblings_are_sorted_by_bytes() -> None:
    """The order of siblings is their names' byte order, whatever order the layer had."""
    names = ["z", "A", "a-b", "a", "ä", "\U0001f600", "\udcff", "\uffee"]
    tree = squash([file(name) for name in names])[0].tree
    raw = [
        bytes.fromhex(tree.raw_names[str(i)]) if str(i) in tree.raw_names else n.encode()
        for i, n in enumerate(tree.names)
    ]
    assert raw[1:] == sorted(raw[1:])
    assert len(raw) == 9


def test_devices_xattrs_and_special_modes() -> None:
    """Devices, fifos, set-uid files and extended attributes are recorded as they stand."""
    member, content = file("cap", b"", mode=0o4755, pax_headers={"SCHILY.xattr.security.capability": "\x01"})
    null, _ = file("null", mode=0o666)
    null.type, null.devmajor, null.devminor = tarfile.CHRTYPE, 1, 3
    fifo, _ = file("fifo")
    fifo.type = tarfile.FIFOTYPE
    tree = squash([(member, content), (null, b""), (fifo, b"")])[0].tree
    assert (tree.kinds, tree.modes[1]) == ("d-pc", 0o4755)
    assert tree.devices == {"3": (1, 3)}
    assert tree.xattrs == {"1": {"security.capability": "01"}}


def test_lazy_pulling_entries_are_hidden() -> None:
    """estargz's extra entries are counted in sizes as engines count them, hidden from the tree, and said so."""
    columns, counts, log = squash([file("a"), file(".prefetch.landmark", b"\x0f"), file("stargz.index.json", b"{}")])
    assert list(listing(columns.tree)) == ["/a"]
    assert (counts[0].extra_count, counts[0].file_size) == (2, 3)
    assert log.counts == {"lazy-pulling-entries": 2}


def test_a_walk_is_in_the_trees_order() -> None:
    """Walking a file system visits what the document's tree lists, in its order; children follow links."""
    squashed = Squash(WarningLog())
    layer = tar([file("b/x"), file("a-"), file("a/z"), symlink("l", "a"), file("\udcff"), directory("e")])
    squashed.apply(read_entries(iter([layer]), where="t", keep=lambda *_: False, log=WarningLog(), layer=0), 0)
    filesystem = SquashedFilesystem(squashed.root)
    walked = [path for path, _ in filesystem.walk()]
    assert walked == ["a", "a/z", "a-", "b", "b/x", "e", "l", "\udcff"]
    assert list(filesystem.children("l")) == ["z"]
    assert filesystem.children("a-") == filesystem.children("missing") == {}
    assert tree_view.paths(to_columns(squashed.root).tree)[1:] == [f"/{path}" for path in walked[:-1]] + ["/\\xff"]
