"""The words of the tree's script, in the language of the page: JSON in an attribute of the tree's place."""

import json
from typing import Final

from generator.language import gettext, mark, ngettext

_WORDS: Final = {
    "find": mark("Find in the tree"),
    "order": mark("Order"),
    "byName": mark("by name"),
    "largestFirst": mark("largest first"),
    "name": mark("Name"),
    "size": mark("Size"),
    "mode": mark("Mode"),
    "owner": mark("Owner"),
    "layer": mark("Layer"),
    "tree": mark("Root file system"),
    "matches": mark("Matches"),
    "nothing": mark("Nothing matches."),
    "empty": mark("empty"),
    "sameFile": mark("same file as {path}"),
    "showMore": mark("Show {some} more of {all}"),
    "bytesBelow": mark("{bytes} in {entries}"),
    "ownedBy": mark("owner {owner}"),
    "noLayer": mark("no layer mentions it"),
    "fromLayer": mark("from layer {number}"),
    "keys": mark("{entries}. Arrow keys move, letters jump, Enter opens and puts the path into the address."),
    "root": mark("The root directory."),
    "notThere": mark("There is no {path} in this image."),
    "directory": mark("directory"),
    "file": mark("file"),
    "symlink": mark("symbolic link"),
    "device": mark("device"),
    "fifo": mark("fifo"),
    "other": mark("other"),
}
_ANY_OTHER: Final = 2
"""A count in whose words any count but one can be told; true of the languages there are."""


def tree_words() -> str:
    """Return the words; those for a count twice, `…One` and `…Many`. Values stand in braces."""
    words = {name: gettext(message) for name, message in _WORDS.items()}
    for end, count in (("One", 1), ("Many", _ANY_OTHER)):
        words["entries" + end] = ngettext("{count} entry", "{count} entries", count)
        words["bytes" + end] = ngettext("{count} byte", "{count} bytes", count)
        words["matches" + end] = ngettext(
            "{count} match. Choose it to see it in the tree.",
            "{count} matches. Choose one to see it in the tree.",
            count,
        )
        words["firstMatches" + end] = ngettext(
            "{count} match, the first {shown} shown. Choose one to see it in the tree.",
            "{count} matches, the first {shown} shown. Choose one to see it in the tree.",
            count,
        )
    return json.dumps(words, ensure_ascii=False, separators=(",", ":"))
