"""The matrix: what of each document stands in one row beside the others. Document in, small frozen Row out.

A row keeps nothing of the tree, so hundreds of images fit in memory while their documents pass by one at a time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from generator.analysis.document import Document

SIZE_NAMES: Final = (
    "docker_size",
    "podman_size",
    "compressed_size",
    "docker_vfs_size",
    "tar_size",
    "rootfs_size",
)
"""The fields of `Sizes`, the one that most people have seen first."""


@dataclass(frozen=True, slots=True)
class Row:
    """One image's facts. A size that is None is not known; `reasons` says why, by the size's name."""

    sizes: Mapping[str, int | None]
    reasons: Mapping[str, str]
    layer_count: int
    entry_count: int
    """Entries of the squashed tree, the root directory left out."""
    hidden_size: int
    created: str | None
    created_note: str
    """Why `created` is None, as the document has it, or "no-config"."""
    os_release_state: str
    distribution: str
    """os-release's pretty name (else its name); "" when there is none or it could not be read."""
    warning_count: int


def row_of(document: Document) -> Row:
    """Return the document's row."""
    section = document.sections.os_release
    found = section.found
    return Row(
        sizes={name: getattr(document.sizes, name) for name in SIZE_NAMES},
        reasons={name: document.unknown[f"sizes.{name}"] for name in SIZE_NAMES if f"sizes.{name}" in document.unknown},
        layer_count=len(document.layers),
        entry_count=len(document.tree) - 1,
        hidden_size=sum(layer.hidden_size for layer in document.layers),
        created=document.identity.created,
        created_note=document.identity.created_note if document.config else "no-config",
        os_release_state=section.state,
        distribution=(found.pretty_name or found.name or found.id) if found else "",
        warning_count=sum(document.warning_counts.values()),
    )


def maxima(rows: Iterable[Row]) -> dict[str, int]:
    """Return the largest known figure of every size: what a bar of full length stands for; 0 when none is known."""
    largest = dict.fromkeys(SIZE_NAMES, 0)
    for row in rows:
        for name, size in row.sizes.items():
            largest[name] = max(largest[name], size or 0)
    return largest
