"""Many images out of a few: recorded documents in, a store with as many of their variants as are asked for out.

A variant is what a rebuild leaves of an image: of a digest of its own, with other bytes in every fiftieth file, other
versions of every fifth package, some files of other names and a top layer of its own over the layers that it shares.
Nothing is drawn by lot, so equal numbers give equal documents. They are no images anybody could pull.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import msgspec

from generator.analysis.document import Document, Layer, Tree
from generator.analysis.sections.packages import PackagesSection
from generator.analysis.tree_view import paths
from generator.compare.past import figures_of
from generator.oci.digest import Digest
from generator.oci.platform import Platform
from generator.store import documents, history
from generator.store.observation import Observation

GROUP_SIZE: Final = 25
"""Images of a group; neighbours in one have a page that sets them side by side."""
_SIZES: Final = ("docker_size", "docker_vfs_size", "tar_size", "rootfs_size")
_FIRST_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)
_RENAMED: Final = "/usr/share/"
"""Where files get other names: nothing else in a document speaks of them by path."""


def recorded(store: Path) -> tuple[Document, ...]:
    """Return all documents of a store."""
    return tuple(documents.load(store, subject) for subject in documents.subjects(store))


def make(folder: Path, originals: Sequence[Document], count: int, changes: int | None = None) -> None:
    """Write `images.yml` and the store `data` of `count` images.

    Each has changed `changes` times; None: every fifth of them once, every twentieth three times, others never.
    """
    for number in range(count):
        states = 1 + (changes if changes is not None else 3 if number % 20 == 0 else number % 5 == 0)
        for state in range(states):
            document = variant(originals[number % len(originals)], number, state)
            documents.save(folder / "data", document)
            day = _FIRST_DAY + timedelta(days=7 * state, minutes=number)
            seen = Observation(
                at=day.strftime("%Y-%m-%dT%H:%M:%SZ"),
                subject=document.subject,
                generator_version=document.generator_version,
                source=_source(_name(number)),
                figures=figures_of(document),
            )
            history.append(folder / "data", _name(number), Platform(), seen)
    (folder / "images.yml").write_text(json.dumps(_configuration(count)))  # JSON is YAML


def variant(original: Document, number: int, state: int) -> Document:
    """Return the `number`th image's document as it was at its `state`th state."""
    mark = f"{number}.{state}"
    return msgspec.structs.replace(
        original,
        subject=_digest("subject", mark),
        identity=msgspec.structs.replace(
            original.identity,
            digest=original.identity.digest and _digest("subject", mark),
            image_id=original.identity.image_id and _digest("image", mark),
        ),
        sizes=_larger(original.sizes, 1000 * number + 10 * state),
        layers=(*original.layers[:-1], *(_own_layer(layer, mark, number, state) for layer in original.layers[-1:])),
        sections=msgspec.structs.replace(
            original.sections, packages=_other_versions(original.sections.packages, number, state)
        ),
        tree=_other_files(original.tree, number, state),
    )


def _name(number: int) -> str:
    return f"image-{number:04}"


def _source(name: str) -> str:
    return f"registry.invalid/bench/{name}:latest"


def _digest(what: str, mark: str) -> Digest:
    return Digest("sha256:" + hashlib.sha256(f"{what} {mark}".encode()).hexdigest())


def _larger(one: Any, more: int) -> Any:
    """Return a struct of sizes with its docker and tar sizes larger."""
    return msgspec.structs.replace(
        one, **{name: getattr(one, name) + more for name in _SIZES if getattr(one, name, None) is not None}
    )


def _own_layer(layer: Layer, mark: str, number: int, state: int) -> Layer:
    layer = _larger(layer, 1000 * number + 10 * state)
    return msgspec.structs.replace(
        layer,
        digest=layer.digest and _digest("layer", mark),
        diff_id=_digest("diff", mark),
        chain_id=_digest("chain", mark),
    )


def _other_versions(section: PackagesSection | None, number: int, state: int) -> PackagesSection | None:
    if section is None or section.found is None:
        return section
    packages = tuple(
        msgspec.structs.replace(one, version=f"{one.version}.{number}.{state}") if place % 5 == number % 5 else one
        for place, one in enumerate(section.found.packages)
    )
    return msgspec.structs.replace(section, found=msgspec.structs.replace(section.found, packages=packages))


def _other_files(tree: Tree, number: int, state: int) -> Tree:
    digests = [tree.digests[at : at + 64] for at in range(0, len(tree.digests), 64)]
    for place in range(number % min(50, len(digests) or 1), len(digests), 50):
        digests[place] = hashlib.sha256(f"{digests[place]} {number}.{state}".encode()).hexdigest()
    names = list(tree.names)
    for entry in _renamable(tree):
        if entry % 40 == number % 40:
            names[entry] += f"-{number}"
    return msgspec.structs.replace(tree, digests="".join(digests), names=names)


def _renamable(tree: Tree) -> Iterator[int]:
    """Yield files that keep their place among their siblings when something is put behind their names."""
    every = paths(tree)
    for entry, path in enumerate(every):
        following = tree.names[entry + 1] if entry + 1 < len(tree) else ""
        if tree.kinds[entry] == "-" and path.startswith(_RENAMED) and not following.startswith(tree.names[entry]):
            yield entry


def _configuration(count: int) -> dict[str, Any]:
    """Return an images.yml, as values: groups of images, and pairs of one out of each group with one of the next."""
    names = [_name(number) for number in range(count)]
    groups = [
        {"name": f"group-{at // GROUP_SIZE}", "images": list(map(_listed, names[at : at + GROUP_SIZE]))}
        for at in range(0, count, GROUP_SIZE)
    ]
    firsts = names[::GROUP_SIZE]
    pairs = [list(pair) for pair in pairwise(firsts)]
    return {"site": {"languages": ["en", "zh"]}, "pairs": pairs, "groups": groups}


def _listed(name: str) -> dict[str, Any]:
    return {"name": name, "sources": [_source(name)]}
