"""What one image can be found by: a document → its terms, sorted and packed. Linear in entries.

A term is a line of four fields: a key to look it up by, its rank and kind, its name, and a detail. The key is the
name in small ASCII letters; what is not ASCII is percent-encoded, so that keys have one order in every language.
Names are found by their beginning, and by the beginning of each of their words (`ca-certificates.crt` also under
`certificates.crt`). Paths stand under their base names. Digests are cut to half their length: 32 hex digits.
"""

import re
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from generator import text
from generator.analysis import tree_view
from generator.analysis.document import Document
from generator.oci.digest import Digest

KINDS: Final = {
    "command": "a",
    "applet": "b",
    "package": "c",
    "library": "d",
    "path": "e",
    "user": "f",
    "certificate": "g",
    "image": "h",
    "layer": "i",
    "content": "j",
}
"""Kinds of terms and their letters, in the order in which answers stand."""
DIGEST_DIGITS: Final = 32
"""Hex digits of a digest that are kept: by as many it is found, which is 128 bits."""
FIELD_END: Final = "\0"
LINE_END: Final = "\n"

_WORDS: Final = re.compile(r"(?<=[-_ +.@~:,=()/])[^-_ +.@~:,=()/\d]")
_SHORTEST_WORD: Final = 3
_MOST_WORDS: Final = 4
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]+")


class ImageTerms(NamedTuple):
    """What the index keeps of one image while documents pass by."""

    packed: bytes
    folder_links: dict[str, str]
    """Links at the top that lead to directories, such as /bin to /usr/bin, by their paths."""


class Term(NamedTuple):
    """One thing by which an image is found."""

    kind: str
    name: str
    detail: str
    """Where it is: a command's or library's path, a path's directory, a package's version, a layer's number."""


def terms_of(document: Document) -> ImageTerms:
    """Return all by which the document's image is found."""
    return ImageTerms(pack(document), folder_links(document))


def pack(document: Document) -> bytes:
    """Return the document's terms for `index.cut`; some tens of kilobytes, where the document has megabytes."""
    lines: set[str] = set()
    for term in _terms(document):
        lines.update(_lines(term))
    return zlib.compress("".join(f"{line}{LINE_END}" for line in sorted(lines)).encode(), 3)


def unpack(packed: bytes) -> Iterator[str]:
    """Yield the lines in order, holding little of them in memory at a time."""
    stream, rest = zlib.decompressobj(), b""
    while packed:
        *lines, rest = (rest + stream.decompress(packed, 1 << 14)).split(LINE_END.encode())
        packed = stream.unconsumed_tail
        for line in lines:
            yield line.decode()


def key_of(name: str) -> str:
    """Return the key of a name, ASCII only."""
    if name.isascii():
        return name.lower()
    return _NOT_ASCII.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), name.lower())


def folder_links(document: Document) -> dict[str, str]:
    """Return the links at the top that lead to directories, such as /bin to /usr/bin, by their paths."""
    tree = document.tree
    folders = {path for path, kind in zip(tree_view.paths(tree), tree.kinds, strict=True) if kind == "d"}
    links = {}
    for entry, target in tree.targets.items():
        if tree.parents[int(entry)] == 0:
            path = "/" + target.strip("/")
            if path in folders and path != "/":
                links[f"/{tree.names[int(entry)]}"] = path
    return links


def _lines(term: Term) -> Iterator[str]:
    name, detail = text.visible(term.name), text.visible(term.detail)
    letter = KINDS[term.kind]
    if term.kind in ("image", "layer", "content"):
        yield FIELD_END.join((f"sha256:{_hex(name)[:DIGEST_DIGITS]}", f"0{letter}", name, detail))
        return
    key = key_of(name)
    yield FIELD_END.join((key, f"0{letter}", name if name != key else "", detail))
    for start in _word_starts(name, is_path=term.kind in ("path", "library")):
        yield FIELD_END.join((key_of(name[start:]), f"1{letter}", name, detail))


def _hex(digest: str) -> str:
    return digest.rpartition(":")[2].lower()


def _word_starts(name: str, *, is_path: bool) -> list[int]:
    """Return where words begin that are worth a look; not a file's ending, which too many share."""
    end = name.rfind(".") + 1 if is_path else 0
    found = [match.start() for match in _WORDS.finditer(name)]
    return [start for start in found if start != end and len(name) - start >= _SHORTEST_WORD][:_MOST_WORDS]


def _terms(document: Document) -> Iterator[Term]:
    yield from _paths(document)
    yield from _digests(document)
    sections = document.sections
    if sections.commands and sections.commands.found:
        for command in (*sections.commands.found.commands, *sections.commands.found.beyond):
            yield Term("command", command.name, command.path)
    if sections.multicall and sections.multicall.found:
        for group in sections.multicall.found.groups:
            for applet in group.applets:
                yield Term("applet", applet, f"{group.family} {group.version}".strip())
    if sections.packages and sections.packages.found:
        for package in sections.packages.found.packages:
            yield Term("package", package.name, package.version)
    if sections.certificates and sections.certificates.found:
        for one in sections.certificates.found.certificates:
            yield Term("certificate", one.name, one.subject)
    if sections.identity and sections.identity.found:
        for user in sections.identity.found.users:
            yield Term("user", user.name, f"{user.uid}:{user.gid} {user.home}".strip())
    yield from _libraries(document)


def _paths(document: Document) -> Iterator[Term]:
    tree = document.tree
    paths = tree_view.paths(tree)
    seen: set[int] = set()
    for entry in range(1, len(tree)):
        yield Term("path", tree.names[entry], paths[tree.parents[entry]])
        content = tree.contents[entry]
        if content >= 0 and content not in seen:
            seen.add(content)
            yield Term("content", tree_view.digest_of(tree, content)[:DIGEST_DIGITS], paths[entry])


def _digests(document: Document) -> Iterator[Term]:
    identity = document.identity
    images: list[Digest | None] = [identity.digest, identity.image_id]
    yield from (Term("image", one, "") for one in images if one)
    for number, layer in enumerate(document.layers, 1):
        yield from (Term("layer", one, str(number)) for one in (layer.digest, layer.diff_id) if one)


def _libraries(document: Document) -> Iterator[Term]:
    """Yield shared libraries by their files' names and by those of links beside them, which programs ask for."""
    section = document.sections.elf
    if section is None or section.found is None:
        return
    files = {one.path for one in section.found.files if one.role == "shared library"}
    if not files:
        return
    tree = document.tree
    paths = tree_view.paths(tree)
    for path in sorted(files):
        yield Term("library", path.rpartition("/")[2], path)
    for entry, target in tree.targets.items():
        path = paths[int(entry)]
        if "/" not in target and f"{path.rpartition('/')[0]}/{target}" in files:
            yield Term("library", tree.names[int(entry)], path)
