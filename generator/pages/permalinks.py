"""Permalinks: addresses that lead to the newest page about an image, a change or a digest, and never die.

Small files of their own below `permalink/`, each of which leads on at once, with a link for whoever does not follow.
They stand outside of the site's versions, so what they lead to is as new as the site. A digest that several images
have, or had, leads to none of them but lists them. Where the site knows its address, those that lead on name the
image's preview, since chats read the head of the very page that is linked.
"""

from collections import defaultdict
from collections.abc import Iterator
from posixpath import relpath
from typing import Final, NamedTuple

from generator import text
from generator.language import gettext as _
from generator.pages import chronicle
from generator.pages.public import digest_permalink, permalink, preview_place
from generator.pages.site import File, Site


class Place(NamedTuple):
    """A page, and what it is called."""

    folder: str
    """Below the site's root, without a slash at its end."""
    title: str
    image: str
    """The folder of the image that it is about."""


def render(site: Site) -> Iterator[File]:
    """Yield a file for each image, change and digest that the history has, and for each former name."""
    digests: dict[str, dict[str, Place]] = defaultdict(dict)
    for told in chronicle.every(site):
        title, folder, past = told.title, told.folder, told.past
        yield _leading(site, permalink(folder), Place(folder, title, folder))
        if past.states:
            yield _leading(site, permalink(f"{folder}/history"), Place(f"{folder}/history", title, folder))
        for name in dict.fromkeys(step.name for step in past.steps):
            yield _leading(
                site, permalink(f"{folder}/changes/{name}"), Place(f"{folder}/changes/{name}", title, folder)
            )
        for state in past.states:
            is_newest = state is past.states[-1]
            here = folder if is_newest else f"{folder}/history"
            for digest in (state.subject, *(one.resolved_digest for one in state.observations)):
                if digest is not None:
                    digests[digest][folder] = Place(here, title, folder)
    for target in site.configuration.targets:
        for former in target.former_names:
            folder = f"images/{target.name}"
            yield _leading(site, permalink(f"images/{former}"), Place(folder, target.title, folder))
    for known in sorted(digests):
        yield _leading(site, digest_permalink(known), *digests[known].values(), title=known)


_PAGE: Final = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>{title}</title>
{lead}</head>
<body>
{links}</body>
</html>
"""
_LEAD: Final = """<link rel="canonical" href="{address}">
<meta http-equiv="refresh" content="0; url={address}">
"""
_OPEN_GRAPH: Final = """<meta property="og:type" content="website">
<meta property="og:title" content="{title}">
<meta property="og:url" content="{address}">
<meta property="og:image" content="{picture}">
<meta name="twitter:card" content="summary_large_image">
"""
"""See https://ogp.me/."""
_LINK: Final = '<p><a href="{address}">{title}</a></p>\n'


def _leading(site: Site, here: str, *places: Place, title: str = "") -> File:
    """Return the file at `here`: it leads to the place, or lists the places where there are several."""
    shown = [(text.html(f"{relpath(place.folder, here)}/"), text.html(place.title)) for place in places]
    lead = _LEAD.format(address=shown[0][0]) if len(shown) == 1 else ""
    several = _("Several images have, or had, this digest:")
    url = site.configuration.site.url
    if lead and url:
        (place,) = places
        picture = text.html(url + preview_place(place.image))
        lead += _OPEN_GRAPH.format(title=shown[0][1], address=text.html(url + here), picture=picture)
    words = f"<p>{text.html(several)}</p>\n" if len(shown) > 1 else ""
    links = "".join(_LINK.format(address=address, title=called) for address, called in shown)
    title = text.html(title or places[0].title)
    page = _PAGE.format(language=site.language, title=title, lead=lead, links=words + links)
    return File(f"{here}index.html", page.encode())
