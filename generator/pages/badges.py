"""Badges: one fact of one image as a small picture, and the same for shields.io. The whole site in, files out.

`badges/NAME/KIND.svg` is drawn here in the well-known flat form and asks nobody for anything; `KIND.json` is what the
endpoint badge of shields.io reads (https://shields.io/badges/endpoint-badge), schema version 1. Another platform than
an image's first has its own below `badges/NAME/PLATFORM/`. They stand outside of the site's versions and in English.

No clock: an end of life is a date, and is called over only where it was when the image was recorded. What is not known
says so, in grey, and is never drawn as 0.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import msgspec

from generator import text
from generator.advisories.assessment import Assessment
from generator.compare.matrix import Row
from generator.language import ENGLISH, speaking
from generator.lifecycle.rules import Standing
from generator.pages import figures
from generator.pages import vulnerability_words as known
from generator.pages.site import File, Image, Site

FOLDER: Final = "badges"

PLAIN, GOOD, POOR, BAD, GREY = "0b63a5", "2e7d32", "a85400", "c62828", "6a6a6a"
"""White on each has a contrast of at least 4.5 (WCAG 2.2, 1.4.3)."""
_LEFT: Final = "444"
_WITHOUT_DATE: Final = {"rolling": "rolling", "development": "not released yet", "no-os-release": "no os-release"}
_STATUSES: Final = {"approved": GOOD, "deprecated": POOR, "banned": BAD, "experimental": PLAIN}


class Badge(NamedTuple):
    """What a badge says."""

    label: str
    message: str
    colour: str
    details: str = ""
    """A sentence for whoever asks for more."""


def render(site: Site) -> Iterator[File]:
    """Yield the badges of every image, also of those that images.yml has no longer."""
    for image in site.images:
        row, standing = site.row(image), site.standings.get(image.folder)
        for name, badge in badges(image, row, standing, site.assessed.get(image.folder)).items():
            yield from _files(image.folder, name, image.target.title, badge)
    for removed in (*site.removed, *site.dropped):
        for slug in removed.pasts:
            for name, label in LABELS.items():
                badge = Badge(label, "removed", GREY, "The image is no longer in the list of this site.")
                yield from _files(removed.folder(slug), name, removed.name, badge)


def badges(
    image: Image, row: Row | None, standing: Standing | None, assessed: Assessment | None = None
) -> dict[str, Badge]:
    """Return an image's badges by their files' names."""
    made = {name: badge(image, row, standing) for name, badge in _KINDS.items()}
    has_ended = standing is not None and standing.ended_before(image.recorded_at)
    made["vulnerabilities"] = _UNKNOWN if assessed is None else _vulnerabilities(assessed, has_ended=has_ended)
    return {name: Badge(LABELS[name], *one) for name, one in made.items()}


_Said = tuple[str, str, str]
_UNKNOWN: Final[_Said] = ("unknown", GREY, "It is not known.")


def _size(name: str) -> Callable[[Image, Row | None, Standing | None], _Said]:
    def badge(image: Image, row: Row | None, standing: Standing | None) -> _Said:
        size = row.sizes[name] if row else None
        if size is None:
            return _UNKNOWN
        return figures.human(size), PLAIN, f"{name}: {figures.exact(size)} bytes."

    return badge


def _packages(image: Image, row: Row | None, standing: Standing | None) -> _Said:
    fact = row.facts["packages"] if row else None
    if fact is None or fact.state in ("unknown", "failed"):
        return _UNKNOWN
    if fact.state == "no":
        return "no database", GREY, "The image has no package database, so nothing tells what is installed."
    return figures.exact(fact.count or 0), PLAIN, f"Installed packages, by the database of {', '.join(fact.words)}."


def _end_of_life(image: Image, row: Row | None, standing: Standing | None) -> _Said:
    if standing is None:
        return _UNKNOWN
    if standing.release is None:
        word = _WITHOUT_DATE.get(standing.kind)
        return (word, GREY, "There is no end of life to be told.") if word else _UNKNOWN
    ends, name = standing.release.ends, f"{standing.title} {standing.cycle}".strip()
    over = standing.ended_before(image.recorded_at)
    if isinstance(ends, str):
        words = f"ended {ends}" if over else ends
        return words, BAD if over else PLAIN, f"{name}: last day of regular support {ends}."
    return ("ended", BAD, f"{name}: regular support is over.") if ends else ("no date yet", PLAIN, f"{name}.")


def _user(image: Image, row: Row | None, standing: Standing | None) -> _Said:
    fact = row.facts["user"] if row else None
    if fact is None or fact.state not in ("yes", "no"):
        return _UNKNOWN
    name = text.shortened(" ".join(fact.words), 30)
    if fact.state == "no":
        return name, POOR, "A container runs as root unless told otherwise."
    return name, GOOD, "A container runs as another user than root unless told otherwise."


def _status(image: Image, row: Row | None, standing: Standing | None) -> _Said:
    status = image.target.status
    if not status:
        return "none", GREY, "The owners of this site say nothing about the image."
    return status, _STATUSES.get(status, PLAIN), image.target.reason or "So say the owners of this site."


def _vulnerabilities(assessed: Assessment, *, has_ended: bool) -> _Said:
    """Tell a count with what makes it say less; none known is no more than that, as of a day."""
    with speaking(ENGLISH):
        caution, counts = known.caution(assessed, has_ended=has_ended), assessed.counts
        line = known.line(assessed, has_ended=has_ended)
        if counts is None:
            return known.short(assessed), GREY, line
    if not counts.total:
        since = caution or f"as of {assessed.database_date}"
        return f"none known, {since}", GREY if caution else GOOD, line
    critical = f"{figures.exact(counts.total)} ({figures.exact(counts.critical)} critical)"
    message = critical if counts.critical else figures.exact(counts.total)
    colour = BAD if counts.critical or assessed.exploited_count else POOR if counts.high else PLAIN
    return ", ".join(filter(None, (message, caution))), colour, line


_KINDS: Final[dict[str, Callable[[Image, Row | None, Standing | None], _Said]]] = {
    "size": _size("docker_size"),
    "compressed-size": _size("compressed_size"),
    "packages": _packages,
    "end-of-life": _end_of_life,
    "user": _user,
    "status": _status,
}
LABELS: Final = {
    "size": "docker_size",
    "compressed-size": "compressed_size",
    "packages": "packages",
    "end-of-life": "end of life",
    "user": "runs as",
    "status": "status",
    "vulnerabilities": "known vulnerabilities",
}
"""What a badge is called, by its file's name."""


# Files


class Endpoint(msgspec.Struct, frozen=True, rename="camel"):
    """The answer that shields.io asks for."""

    schema_version: int
    label: str
    message: str
    color: str


def _files(folder: str, name: str, title: str, badge: Badge) -> Iterator[File]:
    place = f"{FOLDER}/{folder.removeprefix('images/')}/{name}"
    answer = Endpoint(1, badge.label, text.visible(badge.message), badge.colour)
    yield File(f"{place}.svg", draw(badge, title).encode())
    yield File(f"{place}.json", msgspec.json.encode(answer) + b"\n")


_FLAT: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" viewBox="0 0 {width} 20" role="img" \
aria-labelledby="title desc"><title id="title">{title}: {label} {message}</title><desc id="desc">{details}</desc>\
<linearGradient id="light" x2="0" y2="100%"><stop offset="0" stop-color="#bbb" stop-opacity=".1"/>\
<stop offset="1" stop-opacity=".1"/></linearGradient><clipPath id="round"><rect width="{width}" height="20" rx="3"/>\
</clipPath><g clip-path="url(#round)"><path fill="#{left}" d="M0 0h{middle}v20H0z"/>\
<path fill="#{colour}" d="M{middle} 0h{rest}v20H{middle}z"/><path fill="url(#light)" d="M0 0h{width}v20H0z"/></g>\
<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11" text-rendering="geometricPrecision">\
<text x="6" y="14" textLength="{label_width}">{label}</text>\
<text x="{message_place}" y="14" textLength="{message_width}">{message}</text></g></svg>
"""


def draw(badge: Badge, title: str) -> str:
    """Return the badge as SVG."""
    label, message = text.visible(badge.label), text.visible(badge.message)
    label_width, message_width = width(label), width(message)
    middle, rest = label_width + 11, message_width + 11
    return _FLAT.format(
        title=text.html(title),
        label=text.html(label),
        message=text.html(message),
        details=text.html(badge.details),
        left=_LEFT,
        colour=badge.colour,
        width=middle + rest,
        middle=middle,
        rest=rest,
        label_width=label_width,
        message_place=middle + 5,
        message_width=message_width,
    )


_WIDTHS: Final = {
    letter: tenths
    for tenths, letters in {
        30: "'", 31: "ijl", 32: "IJ", 35: " ,.", 37: "/:;\\|", 39: "f", 40: "-", 43: "()[]t", 44: "!", 45: "r",
        51: '"', 55: "*_`", 57: "s", 58: "?z", 60: "c", 61: "L", 63: "F", 64: "k", 65: "vxy", 66: "P", 67: "TYao",
        68: "e", 70: "$0123456789ESbdghnpqu{}", 72: "K", 75: "ABVXZ", 76: "R", 77: "C", 81: "U", 82: "N", 83: "H",
        85: "DG", 86: "&", 87: "OQ", 90: "w", 92: "#+<=>^~", 95: "M", 105: "%", 107: "m", 109: "W",
    }.items()
    for letter in letters
}  # fmt: skip
"""Tenths of a pixel that ASCII letters take in DejaVu Sans at 11 pixels; Verdana's are nearly the same."""
_WIDEST: Final = 110


def width(words: str) -> int:
    """Return whole pixels that words take; what another font makes of them is stretched or pressed into these."""
    return -(-sum(_WIDTHS.get(letter, _WIDEST) for letter in words) // 10)
