"""The built site's files as they are in a tree of versions: a page of it goes one folder deeper, into its version.

In: a file of build/site and its path. Out: its bytes as published. Public places (generator/pages/public.py) stay at
the root, so pages reach them one folder further up, and pages in them reach all others through `latest/`. With the
site's own address set, its pages name themselves below `latest/`, whatever version they stand in.

Nothing here names a version: a page that has not changed has the same bytes in all of them, and git keeps it once. No
inline script is changed, so the hashes of the content policy stay true. Only attributes of tags and links of Markdown
are led elsewhere, never words. Linear in the file's length.
"""

import re
from typing import Final

from generator.pages.public import PUBLIC

LATEST: Final = "latest"
"""The alias of the newest version."""

_DOT: Final = rb"(?:\.|&#46;)"
_SLASH: Final = rb"(?:/|&#47;)"
"""As templates write them where they make text safe."""
_STEP: Final = re.compile(_DOT + _DOT + _SLASH)
_UP: Final = rb"((?:" + _DOT + _SLASH + rb")?(?:" + _STEP.pattern + rb")*)"
_PLACES: Final = b"|".join(re.escape(place).encode().replace(b"/", _SLASH) for place in PUBLIC)
_ADDRESS: Final = rb"(?<=\s)(?:href|src|action|data-[a-z-]+)"
_REFRESH: Final = rb'(?<=\s)content="\d+; ?url='
_TO_PUBLIC: Final = re.compile(rb"(" + _ADDRESS + rb'=")' + _UP + rb"((?:" + _PLACES + rb")" + _SLASH + rb")")
_FROM_PUBLIC: Final = re.compile(
    rb"((?:"
    + _ADDRESS
    + rb'="|'
    + _REFRESH
    + rb"))"
    + _UP
    + rb"(?!"
    + _DOT
    + _DOT
    + _SLASH
    + rb"|(?:latest|"
    + _PLACES
    + rb")"
    + _SLASH
    + rb')(?=[^":]*")'
)
_MARKDOWN_TO_PUBLIC: Final = re.compile(
    rb"(\]\(<?|^\[[^\]\n]*\]: <?)" + _UP + rb"((?:" + _PLACES + rb")/)", re.MULTILINE
)
_MARKDOWN: Final = re.compile(rb"(\]\(<?|^\[[^\]\n]*\]: <?)(?![a-z]+:|[#/)])", re.MULTILINE)
_HTML: Final = re.compile(rb"<html\b")
_CANONICAL: Final = re.compile(rb'<link\s[^>]*\brel="?canonical"?[^>]*>')
_HEAD_END: Final = b"</head>"


def is_public(path: str) -> bool:
    """Whether a file of the built site stands outside of the versions."""
    return path.startswith(tuple(f"{place}/" for place in PUBLIC))


def in_version(content: bytes, path: str, url: str) -> bytes:
    """Return a file of a version. `path` is that in the built site; `url` the site's own address or "".

    HTML and Markdown change; everything else stays as it is.
    """
    depth = path.count("/")
    if path.endswith(".md"):
        return _absolute(_deeper(_MARKDOWN_TO_PUBLIC, content, depth, tags=False), url, rb"\(<?|: <?")
    if not path.endswith(".html"):
        return content
    content = _deeper(_TO_PUBLIC, content, depth, tags=True)
    content = _absolute(content, url, rb'="')
    content = _HTML.sub(b'<html data-versions="%s"' % (b"../" * (depth + 1)), content, count=1)
    return _canonical(content, path, url) if url else content


def in_public(content: bytes, path: str, url: str) -> bytes:
    """Return a file of a public place, with its ways into pages and assets leading through `latest/`."""
    if not path.endswith(".html"):
        return content
    depth = path.count("/")

    def led(match: re.Match[bytes]) -> bytes:
        if not match[2] or len(_STEP.findall(match[2])) != depth or not _in_tag(content, match.start()):
            return match[0]
        return match[0] + LATEST.encode() + b"/"

    return _absolute(_FROM_PUBLIC.sub(led, content), url, rb'="|url=')


def at_root(content: bytes, url: str) -> bytes:
    """Return a list of links for the root, such as llms.txt, with those to pages leading through `latest/`."""

    def led(match: re.Match[bytes]) -> bytes:
        rest = content[match.end() : match.end() + 40]
        public = rest.startswith(tuple(f"{place}/".encode() for place in PUBLIC))
        return match[0] if public else match[0] + LATEST.encode() + b"/"

    return _absolute(_MARKDOWN.sub(led, content), url, rb'\(<?|: <?|<loc>|href="|^')


def _deeper(pattern: re.Pattern[bytes], content: bytes, depth: int, *, tags: bool) -> bytes:
    """Lead addresses of public places, relative to a file at this depth, one folder further up."""

    def led(match: re.Match[bytes]) -> bytes:
        before, up, place = match.groups()
        if len(_STEP.findall(up)) != depth or (tags and not _in_tag(content, match.start())):
            return match[0]
        return before + b"../" + up.removeprefix(b"./") + place

    return pattern.sub(led, content)


def _absolute(content: bytes, url: str, before: bytes) -> bytes:
    """Lead addresses below the site's own address into `latest/`, but for those of public places."""
    if not url:
        return content
    address = url.encode()
    stays = b"|".join((_PLACES, LATEST.encode()))
    pattern = re.compile(rb"(" + before + rb")" + re.escape(address) + rb"(?!(?:" + stays + rb")/)", re.MULTILINE)
    return pattern.sub(lambda match: match[1] + address + LATEST.encode() + b"/", content)


def _canonical(content: bytes, path: str, url: str) -> bytes:
    """Say where the page is found in its newest form, unless it says so."""
    if _CANONICAL.search(content):
        return content
    address = f"{url}{LATEST}/{path.removesuffix('index.html')}".encode()
    return content.replace(_HEAD_END, b'<link rel="canonical" href="%s">' % address + _HEAD_END, 1)


def _in_tag(content: bytes, place: int) -> bool:
    """Whether `place` is inside a tag: in text every `<` is written as `&lt;`, so the last bracket before it tells."""
    return content.rfind(b"<", 0, place) > content.rfind(b">", 0, place)
