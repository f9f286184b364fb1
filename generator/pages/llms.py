"""`llms.txt`: what there is for a program that reads Markdown, in the form of https://llmstxt.org. Site in, file out.

A title, a quotation that says what the site is, and lists of links with a note each. Images are linked as their twins
in Markdown. Addresses are relative to the file, or absolute where the site's own is known.
"""

from collections.abc import Iterator
from typing import Final

from generator import text
from generator.pages.badges import badges
from generator.pages.public import permalink
from generator.pages.site import File, Image, Site

PLACE: Final = "llms.txt"

_ABOUT: Final = """\
Every figure is read from an image's own bytes, without running it. Sizes have names, since "how big is it" has several
right answers: docker_size is what `docker image ls` prints with overlay2, compressed_size what a registry transfers.
"unknown" is never zero. Links named permalink lead to the newest page; each image's facts are also there as JSON.
"""


def render(site: Site) -> Iterator[File]:
    """Yield the file."""
    settings = site.configuration.site
    lines = [f"# {_plain(settings.title)}", "", f"> {_plain(settings.description)}", "", _ABOUT]
    for group in site.configuration.groups:
        lines += [f"## {_plain(group.title)}", ""]
        lines += [_line(site, one) for one in site.images if one.group.name == group.name]
        lines += [""]
    lines += ["## For programs", ""]
    lines += [_link(site, title, path, note) for title, path, note in _PROGRAMS]
    lines += ["", "## Optional", ""]
    lines += [_link(site, title, path, note) for title, path, note in _PROSE]
    yield File(PLACE, "\n".join(lines).encode() + b"\n")


_PROGRAMS: Final = (
    ("All images", "api/v1/index.json", "every image with its digest and its figures, as JSON"),
    ("Matrix", "api/v1/matrix.csv", "every image and fact in one table, as CSV"),
    (
        "Vulnerabilities",
        "api/v1/search/vulnerabilities.json",
        "which image has which, and of which images nobody can tell, as JSON",
    ),
    ("Changes", "api/v1/changes.json", "what changed, newest first, as JSON"),
    ("Description of the API", "api/v1/openapi.json", "OpenAPI 3.1"),
    ("Feed", "feeds/changes.atom", "what changes, as Atom"),
    ("Dates", "feeds/dates.ics", "ends of life and reviews, as iCalendar"),
    ("Inventory", "objects.inv", "every page and anchor, for Sphinx and mkdocs-autorefs"),
)
_PROSE: Final = (
    ("For programs", "api/", "the API, feeds, badges, cards and permalinks, and what stays as it is"),
    ("Sizes", "sizes/", "the formulas of all sizes, with a worked example"),
    ("Method", "method/", "how facts are found, and the bounds of that"),
    ("Messages", "messages/", "what each reason and warning means"),
)


def _line(site: Site, image: Image) -> str:
    row, standing = site.row(image), site.standings.get(image.folder)
    first = image.platform == image.target.platforms[0]
    title = image.target.title if first else f"{image.target.title} ({image.platform})"
    if row is None:
        return _link(site, title, permalink(image.folder), "nothing is known of it yet")
    assessed = site.assessed[image.folder]
    said = badges(image, row, standing, assessed)
    names = ["size", "packages", "user", "end-of-life", *(["status"] if image.target.status else [])]
    names += [] if assessed.state == "not-assessed" else ["vulnerabilities"]
    facts = [f"{said[name].label} {said[name].message}" for name in names]
    if row.distribution:
        facts.insert(0, row.distribution)
    return _link(site, title, f"{image.folder}/index.md", ", ".join(facts))


def _link(site: Site, title: str, path: str, note: str) -> str:
    return f"- [{_plain(title)}]({site.configuration.site.url}{path}): {_plain(note)}"


def _plain(words: str) -> str:
    return text.plain_markdown(words)
