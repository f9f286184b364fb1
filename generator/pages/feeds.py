"""What changed as Atom feeds (RFC 4287), for the site, each group and each image: the whole site in, files out.

An entry is one change of one image, or its first appearance. Its id is a tag URI (RFC 4151) of the site's host; where
nobody has said where the site is published, a UUID of the same words, and links are relative to the feed. What a
change did to known vulnerabilities stands in its summary alone: another database changes neither id nor `updated`.
"""

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from posixpath import relpath
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from generator import __version__, text
from generator.language import gettext as _
from generator.pages import chronicle, figures
from generator.pages.change_words import headline
from generator.pages.chronicle import Chronicle
from generator.pages.flaw_words import mention
from generator.pages.public import permalink
from generator.pages.site import File, Site

FOLDER: Final = "feeds"
NEWEST: Final = 100
"""Entries of a feed; `api/v1/changes/YEAR.json` has all of them."""

_ATOM: Final = "http://www.w3.org/2005/Atom"
_NEVER: Final = "1970-01-01T00:00:00Z"
"""When a feed without entries was last changed."""
_TAGGED: Final = "2026"
"""The year in tag URIs: when this program began to give them out."""


class Entry(NamedTuple):
    """One change, in the words of the language being spoken."""

    at: str
    identity: str
    """The same for ever, and of no other change."""
    title: str
    summary: str
    page: str
    """A permalink, below the site's root."""
    group: str
    name: str


def render(site: Site) -> Iterator[File]:
    """Yield all feeds."""
    settings = site.configuration.site
    every = sorted(_entries(site), key=lambda one: (one.at, one.identity), reverse=True)
    write = _Feed(settings.title, settings.url, site.language).file
    yield write(f"{FOLDER}/changes.atom", settings.title, "changes/", every)
    for group in site.configuration.groups:
        chosen = [one for one in every if one.group == group.name]
        title = _("%(site)s: %(what)s") % {"site": settings.title, "what": group.title}
        yield write(f"{FOLDER}/groups/{group.name}.atom", title, "changes/", chosen)
        for target in group.targets:
            own = [one for one in chosen if one.name == target.name]
            title = _("%(site)s: %(what)s") % {"site": settings.title, "what": target.title}
            yield write(f"{FOLDER}/images/{target.name}.atom", title, permalink(f"images/{target.name}"), own)
    for removed in site.removed:
        own = [one for one in every if one.name == removed.name]
        title = _("%(site)s: %(what)s") % {"site": settings.title, "what": removed.name}
        yield write(f"{FOLDER}/images/{removed.name}.atom", title, permalink(f"images/{removed.name}"), own)


def absolute(url: str, path: str) -> str:
    """Return a path below the site's root as an address; "" where the site's own is not known."""
    return url + path if url else ""


def identity(url: str, words: str) -> str:
    """Return a URI that means `words` on this site for ever."""
    if url:
        parts = urlsplit(url)
        return f"tag:{parts.hostname},{_TAGGED}:{parts.path.strip('/')}/{words}".replace(":/", ":")
    return uuid.uuid5(uuid.NAMESPACE_URL, f"basedex:{words}").urn


# Entries


def _entries(site: Site) -> Iterator[Entry]:
    for told in chronicle.every(site):
        if told.past.states:
            yield _arrival(told)
        for step, summary in told.told(site):
            words = headline(summary)
            outline = told.outline(step, site)
            facts = (_moved(step.before.figures, step.after.figures), mention(outline) if outline else "")
            yield Entry(
                at=step.at,
                identity=f"{told.folder}/changes/{step.name}/{step.at}",
                title=_("%(image)s: %(what)s") % {"image": _called(told), "what": words},
                summary="; ".join(one for one in facts if one) or words,
                page=permalink(f"{told.folder}/changes/{step.name}"),
                group=_group(told),
                name=told.name,
            )


def _arrival(told: Chronicle) -> Entry:
    title = _("%(image)s: first seen") % {"image": _called(told)}
    at = told.past.states[0].since
    return Entry(
        at=at,
        identity=f"{told.folder}/first/{at}",
        title=title,
        summary=told.image.target.description if told.image and told.image.target.description else title,
        page=permalink(told.folder),
        group=_group(told),
        name=told.name,
    )


def _group(told: Chronicle) -> str:
    return told.image.group.name if told.image else ""


def _called(told: Chronicle) -> str:
    image = told.image
    is_first = image is None or image.platform == image.target.platforms[0]
    return told.title if is_first else f"{told.title} ({told.platform})"


def _moved(before: object, after: object) -> str:
    """Say in full what the figures were and are; "" where they are not known."""
    lines = []
    for name, write in _FIGURES.items():
        one, other = getattr(before, name, None), getattr(after, name, None)
        if one is not None and other is not None and one != other:
            lines.append(f"{name}: {write(one)} → {write(other)}")
    return "; ".join(lines)


_FIGURES: Final[dict[str, Callable[[int], str]]] = {
    "docker_size": figures.human,
    "compressed_size": figures.human,
    "package_count": str,
    "command_count": str,
    "entry_count": str,
}


# XML


class _Feed(NamedTuple):
    """What all feeds of a site have in common."""

    author: str
    url: str
    language: str

    def file(self, path: str, title: str, page: str, entries: Sequence[Entry]) -> File:
        """Return one feed; `page` is what it is about."""
        shown = entries[:NEWEST]
        root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": self.language})
        _add(root, "id", identity(self.url, path))
        _add(root, "title", title)
        _add(root, "updated", shown[0].at if shown else _NEVER)
        _add(root, "generator", "Basedex", version=__version__)
        _add(_add(root, "author"), "name", self.author)
        _add(root, "link", rel="self", type="application/atom+xml", href=self._address(path, path))
        _add(root, "link", rel="alternate", type="text/html", href=self._address(page, path))
        for one in shown:
            entry = _add(root, "entry")
            _add(entry, "id", identity(self.url, one.identity))
            _add(entry, "title", one.title)
            _add(entry, "updated", one.at)
            _add(entry, "published", one.at)
            _add(entry, "link", rel="alternate", type="text/html", href=self._address(one.page, path))
            if one.group:
                _add(entry, "category", term=one.group)
            _add(entry, "summary", one.summary)
        ET.indent(root, " ")
        return File(path, ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")

    def _address(self, place: str, feed: str) -> str:
        """Return an address below the root, as seen from the feed where the root's own is not known."""
        if self.url:
            return self.url + place
        return relpath(place, feed.rpartition("/")[0]) + ("/" if place.endswith("/") else "")


def _add(parent: ET.Element, name: str, words: str = "", **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, name, {key: text.visible(value) for key, value in attributes.items()})
    if words:
        element.text = text.visible(words)
    return element


def moment(at: str) -> datetime:
    """Read a time of the history."""
    return datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
