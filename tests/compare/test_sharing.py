"""What images share, held against counts made by hand."""

import msgspec

from generator.analysis.document import Document
from generator.compare.sharing import Sharing, lineage, same_layers
from tests.pages.samples import document as sample


def with_chains(document: Document, *chains: str) -> Document:
    """Give the document these layers, each of 1,000 bytes."""
    layer = document.layers[0]
    layers = tuple(
        msgspec.structs.replace(layer, chain_id="sha256:" + chain * 64, docker_size=1000) for chain in chains
    )
    return msgspec.structs.replace(document, layers=layers)


def test_layers_count_once_and_bases_are_the_longest_prefix() -> None:
    """a ⊂ ab ⊂ abc: each is built on the longest of the others; d stands alone; equal stacks are no base."""
    sharing = Sharing()
    document = sample()
    for key, chains in {"one": "a", "two": "ab", "three": "abc", "other": "d", "again": "ab"}.items():
        sharing.add(key, with_chains(document, *chains))
    assert sharing.alone_size() == 9000
    assert sharing.layers_once_size() == 4000
    assert lineage(sharing) == {"one": ("two", "again"), "two": ("three",)}
    assert same_layers(sharing) == [("two", "again")]
    assert sharing.shared_chains()["sha256:" + "b" * 64] == ("two", "three", "again")


def test_contents_count_once_however_many_files_and_images_hold_them() -> None:
    """Two equal images share everything; with an image without files nothing is shared."""
    document = sample()
    empty = msgspec.structs.replace(
        document,
        tree=msgspec.structs.replace(document.tree, contents=[-1] * len(document.tree), digests=""),
    )
    sharing = Sharing()
    for key, one in {"a": document, "b": document, "c": empty}.items():
        sharing.add(key, one)
    tree = document.tree
    expected = sum({c: s for c, s in zip(tree.contents, tree.sizes, strict=True) if c >= 0}.values())
    assert expected > 0
    assert sharing.contents_once_size() == expected
    common = sharing.common(["a", "b", "c"])
    assert common["a", "b"] == common["a", "a"] == expected
    assert common["a", "c"] == common["c", "c"] == 0
    assert sharing.common(["c", "b"]) == {pair: size for pair, size in common.items() if "a" not in pair}
