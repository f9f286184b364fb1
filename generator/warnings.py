"""What was odd about an image but did not stop its analysis: one slug a kind, each an anchor on the messages page."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import msgspec

from generator import limits

WARNINGS: Final[dict[str, str]] = {
    # tar streams
    "global-header": "a pax global header was ignored, as container engines do",
    "sparse-file": "a sparse file: its logical size counts, its content was not hashed",
    "unknown-entry-type": "an entry of a type that no extractor knows was left out",
    "path-outside-root": "an entry's path leads out of the root directory; it was taken as starting there",
    "trailing-bytes": "bytes follow the end of the tar archive",
    # squashing
    "duplicate-entry": "one layer has two entries for a path; the last one counts, and engines may refuse the layer",
    "hard-link-target-missing": "a hard link's target does not exist; it is shown as an empty file",
    "hard-link-across-layers": "a hard link points into a lower layer; engines may refuse the layer",
    "ignored-whiteout": "a whiteout that names nothing (or an old AUFS marker) was ignored",
    "whiteout-without-target": "a whiteout deletes a path that is not there",
    "whiteout-of-same-layer": "a whiteout and a file of one layer name the same path; the file stays",
    "child-under-file": "an entry lies below a path that was no directory; a directory took its place",
    "written-through-symlink": "an entry's path leads through a symbolic link; it was followed inside the image",
    "lazy-pulling-entries": "entries that only lazy pulling needs (estargz) are hidden from the tree",
    # images
    "media-type-mismatch": "a layer's bytes are not what its media type says; the bytes were believed",
    "history-mismatch": "the history does not tell as many layers as there are; steps are shown without layers",
    "platform-mismatch": "the configuration names another platform than the index",
    "unreadable-date": "the creation date is not a date",
    # sources
    "registry-digest-header": "the registry's digest header does not match its bytes; the bytes were believed",
    "registry-content-type": "the registry's content type does not match the document",
}


class Noted(msgspec.Struct, frozen=True):
    """One warning: something odd that did not stop the analysis. `slug` is an anchor on the messages page.

    `text` is written for readers; `path` and `layer` say where, when that is known.
    """

    slug: str
    text: str
    path: str = ""
    layer: int | None = None


@dataclass(slots=True)
class WarningLog:
    """Collects warnings: the first of each kind whole, all of them counted."""

    noted: list[Noted] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def warn(self, slug: str, *, text: str = "", path: str = "", layer: int | None = None) -> None:
        """Note one warning; without `text`, the slug's own sentence."""
        self.counts[slug] += 1
        if self.counts[slug] <= limits.WARNINGS_PER_SLUG:
            self.noted.append(Noted(slug, text or WARNINGS[slug], path, layer))
