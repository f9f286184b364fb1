"""What images have in common: layers, contents of files, and which of them is built on which.

Three answers to "what does a machine store that holds all of them": every image for itself; each distinct layer once,
which is what engines do (a layer counts as the same when it and all below it are, so by chain_id); each distinct file
content once, which no engine does, and which is the least that would be enough.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from generator.analysis.document import Document


@dataclass(frozen=True, slots=True)
class StoredLayer:
    """One layer of one image, as an engine keeps it."""

    chain_id: str
    docker_size: int
    compressed_size: int | None


@dataclass(slots=True)
class Sharing:
    """Images one after the other → what they share. Grows with distinct contents: about 100 bytes each."""

    layers: dict[str, tuple[StoredLayer, ...]] = field(default_factory=dict)
    """By the image's key, lowest first."""
    _holders: dict[bytes, int] = field(default_factory=dict)
    """Content → the images that hold it, one bit each, in the order of `layers`."""
    _sizes: dict[bytes, int] = field(default_factory=dict)

    def add(self, key: str, document: Document) -> None:
        """Take in one more image."""
        bit = 1 << len(self.layers)
        self.layers[key] = tuple(
            StoredLayer(str(layer.chain_id), layer.docker_size, layer.compressed_size) for layer in document.layers
        )
        tree = document.tree
        raw = bytes.fromhex(tree.digests)
        for size, content in zip(tree.sizes, tree.contents, strict=True):
            if content >= 0 and size:
                digest = raw[32 * content : 32 * content + 16]
                self._holders[digest] = self._holders.get(digest, 0) | bit
                self._sizes[digest] = size

    def alone_size(self) -> int:
        """Return Σ of the images' docker_size: what they take when nothing is shared. Bytes."""
        return sum(layer.docker_size for layers in self.layers.values() for layer in layers)

    def layers_once_size(self) -> int:
        """Return what an engine takes for all: each distinct layer's docker_size once. Bytes."""
        distinct = {layer.chain_id: layer.docker_size for layers in self.layers.values() for layer in layers}
        return sum(distinct.values())

    def contents_once_size(self) -> int:
        """Return the bytes of all distinct file contents."""
        return sum(self._sizes.values())

    def common(self, keys: Sequence[str]) -> dict[tuple[str, str], int]:
        """Return the bytes of contents that both images of a pair of `keys` hold; (a, a) is all that a holds.

        Takes time and memory for every pair, so it is for a bounded number of images.
        """
        wanted = frozenset(keys)
        places = {key: number for number, key in enumerate(self.layers) if key in wanted}
        mask = sum(1 << number for number in places.values())
        by_holders: dict[int, int] = defaultdict(int)
        for digest, holders in self._holders.items():
            by_holders[holders & mask] += self._sizes[digest]
        result = {(one, other): 0 for one in keys for other in keys}
        for holders, size in by_holders.items():
            here = [key for key, number in places.items() if holders >> number & 1]
            for one in here:
                for other in here:
                    result[one, other] += size
        return result

    def shared_chains(self) -> dict[str, tuple[str, ...]]:
        """Return chain_id → the images that have this layer, for layers that more than one has."""
        holders: dict[str, list[str]] = {}
        for key, layers in self.layers.items():
            for layer in layers:
                holders.setdefault(layer.chain_id, []).append(key)
        return {chain: tuple(keys) for chain, keys in holders.items() if len(keys) > 1}


def lineage(sharing: Sharing) -> dict[str, tuple[str, ...]]:
    """Return base → the images built directly on it, in the images' order; only bases that are there.

    An image's base is the one with the most layers that are this one's lowest; with exactly the same layers it is none.
    Of several equal ones the first counts.
    """
    by_top: dict[str, str] = {}
    for key, layers in sharing.layers.items():
        if layers:
            by_top.setdefault(layers[-1].chain_id, key)
    built: dict[str, list[str]] = {}
    for key, layers in sharing.layers.items():
        below = (by_top.get(layer.chain_id) for layer in reversed(layers[:-1]))
        base = next((one for one in below if one is not None), None)
        if base is not None:
            built.setdefault(base, []).append(key)
    return {base: tuple(keys) for base, keys in built.items()}


def same_layers(sharing: Sharing) -> Sequence[tuple[str, ...]]:
    """Return groups of images that are made of exactly the same layers."""
    by_top: dict[str, list[str]] = {}
    for key, layers in sharing.layers.items():
        if layers:
            by_top.setdefault(layers[-1].chain_id, []).append(key)
    return [tuple(keys) for keys in by_top.values() if len(keys) > 1]
