"""The page Find: which image has this path, package, command, library, certificate, digest or known vulnerability?

The answer comes from files beside the page: `root.json` says how the index is cut and which images there are, and
a query needs one or two shards of it. Vulnerabilities are in a file of their own, which is there where any image is
assessed and says of which images nobody can tell. The page names the images that cannot be searched.
"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote_plus

from generator.compare import index
from generator.compare.terms import DIGEST_DIGITS, KINDS
from generator.language import gettext as _
from generator.language import mark, ngettext
from generator.pages.api_vulnerabilities import open_in
from generator.pages.environment import Templates
from generator.pages.image import yaml_text
from generator.pages.site import File, Image, Site

_FOLDER: Final = "find"
_VULNERABILITIES: Final = "vulnerabilities.json"

_TITLES: Final = {
    "command": mark("Commands"),
    "applet": mark("Applets of multi-call binaries"),
    "package": mark("Packages"),
    "library": mark("Shared libraries"),
    "path": mark("Paths"),
    "user": mark("Users"),
    "certificate": mark("Certificates"),
    "image": mark("Images and their configurations"),
    "layer": mark("Layers"),
    "content": mark("Files with this content"),
    "vulnerability": mark("Known vulnerabilities"),
}
_EVIDENCE: Final = {
    "applet": "multicall",
    "package": "packages",
    "user": "identity",
    "certificate": "certificates",
    "image": "identity",
}
"""Where on an image's page a kind of term is proved, for kinds without a path or layer to point at."""

EXAMPLES: Final = ("/usr/bin/env", "musl", "tar", "libc.so.6", "ISRG Root X1", "nobody")
"""Queries that the page offers; most sites have an answer to them."""


def render(site: Site, templates: Templates) -> Iterator[File]:
    """Yield the page `find/index.md`, the index's `root.json` and its shards."""
    known = [image for image in site.images if image.folder in site.terms]
    missing = [image for image in site.images if image.folder not in site.terms]
    if not site.folder:  # the index is in no language, and is there once
        yield from _index(site, known)
    page = templates.render(
        "pages/find.md.j2",
        title=yaml_text(_("Find")),
        description=yaml_text(_("Which image has this path, package, command, library or digest?")),
        known_count=len(known),
        missing=missing,
        examples=[(one, quote_plus(one)) for one in EXAMPLES],
        words=index.encoded(_words(len(known))).decode().strip(),
    )
    yield File(f"{_FOLDER}/index.md", page)


def _index(site: Site, known: list[Image]) -> Iterator[File]:
    cuts: list[str] = []
    names: list[str] = []
    for shard in index.cut([site.terms[image.folder].packed for image in known]):
        cuts.append(shard.cut)
        names.append(shard.name)
        yield File(f"{_FOLDER}/{shard.name}", shard.content)
    root = {
        "images": [[_label(image), image.folder] for image in known],
        "links": [[link, target, images] for (link, target), images in _links(site, known)],
        "kinds": {letter: kind for kind, letter in KINDS.items()},
        "evidence": _EVIDENCE,
        "digits": DIGEST_DIGITS,
        "cuts": cuts,
        "shards": names,
        "vulnerabilities": _VULNERABILITIES if any(site.assessed[image.folder].knows for image in known) else "",
    }
    yield File(f"{_FOLDER}/root.json", index.encoded(root))
    if root["vulnerabilities"]:
        yield File(f"{_FOLDER}/{_VULNERABILITIES}", index.encoded(_vulnerabilities(site, known)))


def _vulnerabilities(site: Site, known: list[Image]) -> dict[str, object]:
    """Return which images have which open vulnerability, by all of its names, and of which nobody can tell."""
    found, aliases = open_in(known, site)
    return {
        "names": [[name, index.ranges(numbers)] for name, numbers in found.items()],
        "aliases": [list(pair) for pair in aliases.items()],
        "untold": [number for number, image in enumerate(known) if not site.assessed[image.folder].knows],
    }


def _label(image: Image) -> str:
    first = image.platform == image.target.platforms[0]
    return image.target.title if first else f"{image.target.title} · {image.platform}"


def _links(site: Site, known: list[Image]) -> list[tuple[tuple[str, str], str]]:
    """Return links to directories at the top, with the images that have them: /bin is /usr/bin in many."""
    found: dict[tuple[str, str], list[int]] = {}
    for number, image in enumerate(known):
        for link in site.terms[image.folder].folder_links.items():
            found.setdefault(link, []).append(number)
    return [(link, index.ranges(numbers)) for link, numbers in sorted(found.items())]


def _words(count: int) -> dict[str, object]:
    """Return the sentences that the script says; {} stand where it puts values."""
    return {
        "titles": {kind: _(title) for kind, title in _TITLES.items()},
        "all": ngettext("in the one image", "in all %(count)s images", count) % {"count": count},
        "some": _("in {count} of {total}"),
        "found": _("{count} names found for “{query}”"),
        "foundOne": _("1 name found for “{query}”"),
        "more": _("{count} names found for “{query}” so far; more begin so. Type more letters to see them."),
        "none": _("Nothing found for “{query}” in {total} images."),
        "nonePath": _("No image has the path {query}. These have the same name elsewhere."),
        "noneKnown": _("No image is known to have {query}."),
        "untold": _("Of {count} of {total} images nobody can tell: they are not assessed."),
        "noneLink": _("No image has the path {query}."),
        "short": _("Type at least two letters."),
        "loading": _("Looking …"),
        "failed": _("The index could not be read: {reason}."),
        "file": _(
            "This page was opened as a file, and browsers do not let it read the index beside it. "
            "Serve the folder, for instance with: python -m http.server"
        ),
        "also": _("there as {path}"),
        "showAll": _("Show {count} more"),
        "moreImages": _("and {count} more"),
        "layer": _("layer {number}"),
        "truncated": _("Digests are held against the first {count} hex digits."),
    }
