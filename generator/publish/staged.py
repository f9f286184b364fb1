"""build/site, sorted into what belongs to a version, what is public and what stands at the root of the published tree.

In: the built site, complete. Out: a folder beside it, in which the new version stands as `latest/`, public places and
root files beside that, each as it will be published; and its links, checked as a whole. Files that are published as
they are come in as hard links where the file system has them.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from generator.publish import version
from generator.publish.content_policy import hash_of
from generator.publish.editions import robots_of
from generator.publish.links import check_links, read_pages
from generator.publish.version import LATEST

INDEX: Final = "index.html"
NO_JEKYLL: Final = ".nojekyll"
"""Keeps GitHub Pages from leaving out what starts with an underscore."""
_ROOT_FILES: Final = ("404.html", "CNAME", "favicon.ico", "llms.txt", "robots.txt", "sitemap.xml")
"""What is looked for at the root of a host; the rest of the built site's root belongs to the version."""
_LEFT_OUT: Final = ("sitemap.xml.gz",)
_FROM_ROOT: Final = re.compile(rb'(\b(?:href|src)="|"(?:base|search)": ?")(/[^"]*)"')
_BUILT_ON: Final = re.compile(rb"\s*<lastmod>[^<]*</lastmod>")
"""MkDocs gives the day of the build, not that of a change."""
_LEADS_ON: Final = "location.replace(document.links[0].href + location.search + location.hash)"
_LANGUAGE: Final = re.compile(r'<html\b[^>]*\slang="([\w-]+)"')
_TITLE: Final = re.compile(r"<title>([^<]*)</title>")
_DESCRIPTION: Final = re.compile(r'<meta name="description" content="([^"<>]*)">')
_OF_ITSELF: Final = re.compile(
    r'<link rel="canonical" href="[^"<>]*">|<meta (?:name="twitter:|property="og:)[a-z_:]+" content="[^"<>]*">'
)
"""What a page says of itself to those who show a link to it."""
_REDIRECT: Final = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src {hash}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<meta name="description" content="{description}">
{head}
<noscript><meta http-equiv="refresh" content="0; url={address}"></noscript>
</head>
<body>
<h1><a href="{address}">{title}</a></h1>
<p>{description}</p>
<script>{script}</script>
</body>
</html>
"""


class Staged(NamedTuple):
    """Files as they will be published, by their paths."""

    folder: Path
    version: Mapping[str, Path]
    """Paths are below the version's folder."""
    public: Mapping[str, Path]
    root: Mapping[str, Path]


def stage(site: Path, folder: Path, url: str) -> Staged:
    """Fill `folder`, which is made anew, with what `site` gives; `url` is the site's own address or ""."""
    remove(folder)
    staged = Staged(folder, {}, {}, {})
    for source in _files(site):
        path = source.relative_to(site).as_posix()
        if path in _LEFT_OUT:
            continue
        if path in _ROOT_FILES:
            content = _root_file(path, source.read_bytes(), url)
            _put(staged.root, path, folder, content)
        elif version.is_public(path):
            _put(staged.public, path, folder, _changed(source, path, url, version.in_public))
        else:
            _put(staged.version, path, folder / LATEST, _changed(source, path, url, version.in_version))
    home = staged.version[INDEX].read_bytes() if INDEX in staged.version else b""
    _put(staged.root, INDEX, folder, redirect(f"{LATEST}/", home))
    _put(staged.root, NO_JEKYLL, folder, b"")
    if url:
        _put(staged.root, "sitemap.xml", folder, _site_map(staged, url))
        if "robots.txt" not in staged.root:
            _put(staged.root, "robots.txt", folder, robots_of(url))
    return staged


def check(staged: Staged) -> None:
    """Raise PublishError for links that lead nowhere: in the version, in public places, or between them."""
    check_links(staged.folder, read_pages(staged.folder))


def redirect(address: str, page: bytes = b"") -> bytes:
    """Return a page that leads on to an address, anchor and query included where scripts may run.

    `page` is what stands there: its title, and what it says of itself in its head, are said here too.
    """
    head = page.partition(b"</head>")[0].decode("utf-8", "replace")
    language, title, description = (pattern.search(head) for pattern in (_LANGUAGE, _TITLE, _DESCRIPTION))
    said = _OF_ITSELF.findall(head)
    if not any(one.startswith("<link") for one in said):
        said = [f'<link rel="canonical" href="{address}">', *said]
    return _REDIRECT.format(
        address=address,
        language=language[1] if language else "en",
        title=title[1] if title else address,
        description=description[1] if description else "",
        head="\n".join(said),
        script=_LEADS_ON,
        hash=hash_of(_LEADS_ON),
    ).encode()


def is_redirect(page: bytes) -> bool:
    """Whether a page is one that leads on, as `redirect` makes them, and not one that somebody wrote."""
    return _LEADS_ON.encode() in page


def remove(folder: Path) -> None:
    """Remove a folder with all that is in it, if it is there."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def put(target: Path, content: bytes | Path) -> None:
    """Write a new file; one that is given by its path comes in as a link where it can."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        target.write_bytes(content)
        return
    try:
        os.link(content, target)
    except OSError:
        shutil.copyfile(content, target)


def _put(files: Mapping[str, Path], path: str, folder: Path, content: bytes | Path) -> None:
    assert isinstance(files, dict)
    target = folder / path
    target.unlink(missing_ok=True)
    put(target, content)
    files[path] = target


def _files(site: Path) -> Iterable[Path]:
    return (path for path in sorted(site.rglob("*")) if path.is_file())


def _changed(source: Path, path: str, url: str, change: Callable[[bytes, str, str], bytes]) -> bytes | Path:
    if not path.endswith((".html", ".md")):
        return source
    return change(source.read_bytes(), path, url)


def _root_file(path: str, content: bytes, url: str) -> bytes:
    if path == "404.html":
        return _from_root(content, url)
    if path == "llms.txt":
        return version.at_root(content, url)
    if path == "sitemap.xml":
        return _BUILT_ON.sub(b"", version.at_root(content, url))
    return content


def _from_root(content: bytes, url: str) -> bytes:
    """Lead the addresses of the page for what is not there, which start at the host's root, into `latest/`."""
    base = b"/" + url.partition("://")[2].partition("/")[2].encode()

    def led(match: re.Match[bytes]) -> bytes:
        rest = match[2].removeprefix(base) if match[2].startswith(base) else match[2].lstrip(b"/")
        rest = rest[1:].lstrip(b"/") if rest == b"." or rest.startswith(b"./") else rest
        below = b"" if version.is_public(rest.decode("utf-8", "replace")) else LATEST.encode() + b"/"
        return match[1] + base + below + rest + b'"'

    return _FROM_ROOT.sub(led, content)


def _site_map(staged: Staged, url: str) -> bytes:
    """Return the site's own map where it has one with addresses, else one of all its pages."""
    own = staged.root.get("sitemap.xml")
    if own and b"<loc>" in (content := own.read_bytes()):
        return content
    pages = [path.removesuffix(INDEX) for path in sorted(staged.version) if path.endswith(".html")]
    lines = [f"  <url><loc>{_escaped(f'{url}{LATEST}/{page}')}</loc></url>\n" for page in pages]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return (head + "".join(lines) + "</urlset>\n").encode()


def _escaped(address: str) -> str:
    return address.replace("&", "&amp;").replace("<", "&lt;")
