"""Previews: what a chat or a social site shows of a link, as a PNG of 1200 × 630 pixels. The whole site in, files out.

`previews/images/NAME.png` and, for another platform than the first, `previews/images/NAME/PLATFORM.png` say what the
image's card says; `previews/site.png` shows all images beside one another. Pages name them by the Open Graph protocol
(https://ogp.me/), which wants whole addresses: without the site's own address there are none.

They tell what rests on the image itself. What is known of its flaws is left out, since that is told with the day of the
advisories, and every picture would be another file every day, in a repository that keeps all of them.

Words are set in the site's typeface, Inter, of which the project has the Latin letters. A title in others is looked for
in the site's other languages, and else the image's name stands in its place: no box is ever drawn for a letter. Letters
are not kerned, since the library that does it is not on every machine, and equal documents shall give equal bytes.
"""

import functools
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, cast
from urllib.parse import urlsplit

from PIL import Image as Picture
from PIL import ImageColor, ImageDraw, ImageFont

from generator import text
from generator.compare.matrix import SIZE_NAMES, maxima
from generator.pages import badges, figures
from generator.pages.cards import Bar, Card, card
from generator.pages.public import preview_place
from generator.pages.site import File, Image, Site
from generator.shipped import shipped

WIDTH: Final = 1200
HEIGHT: Final = 630

_LEFT: Final = 72
_RIGHT: Final = WIDTH - _LEFT
_PAPER, _INK, _SOFT, _LINE = "#ffffff", "#1b2227", "#56616a", "#dfe5e8"
_ACCENT, _BAR, _TRACK = "#0b6583", "#6fb0c6", "#edf1f2"
_ENDED: Final = f"#{badges.BAD}"
_MARK: Final = ((54, 13, "#93bcc8"), (66, 25, "#5d9bae"), (78, 36, "#0f6f8c"))
"""The bars of the site's mark: from the top, length, ink."""
_FACTS: Final = ("packages", "shell", "runs as", "support")
_COLUMNS: Final = (_LEFT, 316, 572, 828)
"""Where each of them starts."""
_ON_PAGE: Final = "see its page"
"""Stands for words that cannot be drawn."""
_SIZE: Final = SIZE_NAMES[0]
"""What the site's preview compares."""
_START, _MIDDLE, _END = "ls", "ms", "rs"
"""Where a line of words has its place, on its base line."""
_MOST_BARS: Final = 4
"""Images that are drawn with their names; more become columns."""


def render(site: Site) -> Iterator[File]:
    """Yield the site's preview and one of every image, also of those that images.yml has no longer."""
    if not site.configuration.site.url:
        return
    yield File(preview_place(), _png(draw_site(site)))
    largest = maxima(site.rows.values())
    for image in site.images:
        yield File(preview_place(image.folder), _png(draw_image(image, site, card(image, site, largest))))
    for removed in (*site.removed, *site.dropped):
        for slug in removed.pasts:
            sheet = _Sheet(_title(site), "removed")
            sheet.heading(removed.name, "", "No longer in the list of this site. What was recorded of it is kept.")
            yield File(preview_place(removed.folder(slug)), _png(sheet.picture))


def draw_image(image: Image, site: Site, shown: Card) -> Picture.Image:
    """Draw what the image's card says; what is not known is an empty frame and the word."""
    target, row = image.target, site.row(image)
    note = f"recorded {image.recorded_at[:10]}" if image.recorded_at else "nothing is recorded yet"
    sheet = _Sheet(_title(site), note, shown.status, shown.colour)
    titles = _in_all_languages(target.title, target.translations, "title")
    descriptions = _in_all_languages(target.description, target.translations, "description")
    platform = "" if image.platform == target.platforms[0] else str(image.platform)
    sheet.heading(legible(*titles) or target.name, platform, legible(*descriptions, row.distribution if row else ""))
    for number, bar in enumerate(shown.bars):
        sheet.bar(374 + 56 * number, bar)
    said = dict(shown.facts)
    sheet.facts(504, [(name, legible(said[name]) or _ON_PAGE) for name in _FACTS])
    return sheet.picture


def draw_site(site: Site) -> Picture.Image:
    """Draw all images of which the size is known, the smallest first: a few with their names, many as columns."""
    said = site.configuration.site
    first = [image for image in site.images if image.platform == image.target.platforms[0]]
    sizes = {image.target.name: row.sizes[_SIZE] for image in first if (row := site.row(image))}
    known = sorted((size, name) for name, size in sizes.items() if size is not None)
    unknown = len(first) - len(known)
    title, host = _title(site), _host(site)
    note = f"{_SIZE} of {figures.plural(len(first), 'image')}"
    sheet = _Sheet(host if title != host else "", f"{note}, {unknown} not known" if unknown else note)
    sheet.heading(title, "", legible(*_in_all_languages(said.description, said.translations, "description")))
    if len(known) <= _MOST_BARS:
        for number, (size, name) in enumerate(known):
            share = size / known[-1][0] if known[-1][0] else 0.0
            sheet.bar(382 + 56 * number, Bar(name, figures.human(size), share))
    else:
        sheet.columns(340, 528, known)
    return sheet.picture


class _Sheet:
    """A preview being drawn. Places are pixels from the left and from the top; words stand on their base line."""

    def __init__(self, name: str, note: str, status: str = "", colour: str = "") -> None:
        self.picture = Picture.new("RGB", (WIDTH, HEIGHT), _PAPER)
        self._draw = ImageDraw.Draw(self.picture)
        self._draw.rectangle((0, 0, WIDTH, 11), fill=_ACCENT)
        for top, width, ink in _MARK:
            self._draw.rectangle((_LEFT, top, _LEFT + width, top + 8), fill=ink)
        right: float = _RIGHT
        if colour:
            font = _font(24, "semibold")
            wide = font.getlength(status) + 32
            self._draw.rounded_rectangle((right - wide, 51, right, 91), 8, fill=f"#{colour}")
            self.write(right - wide / 2, 79, status, font, _PAPER, _MIDDLE)
            right -= wide + 24
        font = _font(24)
        self.write(right, 79, note, font, _SOFT, _END)
        right -= font.getlength(note) + 40
        font = _font(28, "semibold")
        self.write(_LEFT + 54, 81, _cut(name, font, right - _LEFT - 54), font, _ACCENT)

    def write(
        self,
        x: float,
        y: float,
        words: str,
        font: ImageFont.FreeTypeFont,
        ink: str,
        anchor: str = _START,
    ) -> None:
        """Write one line."""
        self._draw.text((round(x), y), words, ink, font, anchor=anchor)

    def heading(self, words: str, beside: str, description: str) -> None:
        """Write the title as large as it fits, and below it what is said of it; together three lines at most."""
        for size in (92, 76, 62):
            font, small = _font(size, "bold"), _font(size // 2)
            room = _RIGHT - _LEFT - (small.getlength(beside) + 30 if beside else 0)
            if font.getlength(words) <= room:
                break
        lines = _lines(words, font, room, 2)
        y = 196 - 18 * (len(lines) - 1)
        for number, line in enumerate(lines):
            self.write(_LEFT, y + 70 * number, line, font, _INK)
        y += 70 * (len(lines) - 1)
        self.write(_LEFT + font.getlength(lines[-1]) + 30, y, beside, small, _SOFT)
        for number, line in enumerate(_lines(description, _font(32), _RIGHT - _LEFT, 3 - len(lines))):
            self.write(_LEFT, y + 58 + 44 * number, line, _font(32), _SOFT)

    def bar(self, y: int, bar: Bar) -> None:
        """Draw a size beside the largest of its kind."""
        left, right = _LEFT + 264, _RIGHT - 190
        self.write(_LEFT, y, _cut(bar.name, _font(28), left - _LEFT - 16), _font(28), _SOFT)
        if bar.share is None:
            self._draw.rectangle((left, y - 24, right, y + 4), outline=_LINE, width=2)
        else:
            self._draw.rectangle((left, y - 24, right, y + 4), fill=_TRACK)
            if bar.share:
                long = max(3, round((right - left) * bar.share))
                self._draw.rectangle((left, y - 24, left + long, y + 4), fill=_BAR)
        ink = _SOFT if bar.share is None else _INK
        self.write(_RIGHT, y + 3, bar.words, _font(36, "semibold"), ink, _END)

    def facts(self, y: int, facts: Iterable[tuple[str, str]]) -> None:
        """Write facts beside one another below a line."""
        self._draw.line((_LEFT, y - 34, _RIGHT, y - 34), fill=_LINE, width=2)
        font = _font(32, "semibold")
        for (name, words), left, right in zip(facts, _COLUMNS, (*_COLUMNS[1:], _RIGHT + 20), strict=True):
            ink = _SOFT if words == "unknown" else _ENDED if words.startswith("ended") else _INK
            self.write(left, y + 16, name, _font(24), _SOFT)
            self.write(left, y + 62, _cut(words, font, right - left - 20), font, ink)

    def columns(self, top: int, bottom: int, sizes: Sequence[tuple[int, str]]) -> None:
        """Draw sizes beside one another, and name the first and the last."""
        self._draw.line((_LEFT, bottom + 1, _RIGHT, bottom + 1), fill=_LINE, width=2)
        gap = min(14.0, 0.2 * (_RIGHT - _LEFT) / len(sizes))
        step = (_RIGHT - _LEFT + gap) / len(sizes)
        largest = max(size for size, _ in sizes) or 1
        for number, (size, _) in enumerate(sizes):
            if size:
                left = _LEFT + step * number
                high = max(2, round((bottom - top) * size / largest))
                right = max(round(left), round(left + step - gap))
                self._draw.rectangle((round(left), bottom - high, right, bottom), fill=_BAR)
        font, room = _font(28, "medium"), (_RIGHT - _LEFT) / 2 - 40
        for x, (size, name), anchor in ((_LEFT, sizes[0], _START), (_RIGHT, sizes[-1], _END)):
            words = f"  {figures.human(size)}"
            self.write(x, bottom + 46, _cut(name, font, room - font.getlength(words)) + words, font, _INK, anchor)


# Words


def legible(*choices: str) -> str:
    """Return the first of `choices` that the font can draw, without the pictograms in it; "" when it is none.

    What cannot be seen is shown as an escape, as on pages.
    """
    for choice in choices:
        composed = unicodedata.normalize("NFC", _JOINERS.sub("", choice[:_MOST_LETTERS]))
        bare = "".join(one for one in composed if not _is_pictogram(one))
        words = " ".join(text.visible(bare).split())
        if words and all(map(_has, words)):
            return words
    return ""


_MOST_LETTERS: Final = 300
"""Of any text: more than fits on two lines."""
_JOINERS: Final = re.compile("[\u200d\ufe00-\ufe0f\U000e0020-\U000e007f]")
"""What makes one pictogram of several, and has nothing to show without them."""
_NO_LETTER: Final = "\U0010fffd"
"""A character for private use, which the font does not have."""


def _is_pictogram(letter: str) -> bool:
    return unicodedata.category(letter) in ("So", "Sk") and not _has(letter)


@functools.lru_cache(maxsize=4096)
def _has(letter: str) -> bool:
    """Whether the font has a letter, marks that must be set onto others left out: all others are the same box."""
    return unicodedata.category(letter)[0] != "M" and _drawn(letter) != _drawn(_NO_LETTER)


def _drawn(letter: str) -> tuple[tuple[int, int], bytes]:
    mask = _font(40).getmask(letter)
    return mask.size, bytes(mask)


def _in_all_languages(words: str, translations: Mapping[str, Mapping[str, str]], field: str) -> list[str]:
    """Return the words, and what other languages have in their place."""
    return [words, *(translations[language].get(field, "") for language in sorted(translations))]


def _title(site: Site) -> str:
    """Return what the site is called, or else where it is."""
    said = site.configuration.site
    return legible(*_in_all_languages(said.title, said.translations, "title")) or _host(site)


def _host(site: Site) -> str:
    return legible(urlsplit(site.configuration.site.url).hostname or "") or "Basedex"


def _lines(words: str, font: ImageFont.FreeTypeFont, room: float, most: int) -> list[str]:
    """Break words into as many lines at most, and cut what does not fit."""
    lines: list[str] = []
    rest = words
    while rest and len(lines) < most - 1 and font.getlength(rest) > room:
        end = _fitting(rest, font, room)
        space = rest.rfind(" ", 0, end + 1)
        end = space if space > 0 else end
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*lines, _cut(rest, font, room, whole_words=True)]


def _cut(words: str, font: ImageFont.FreeTypeFont, room: float, *, whole_words: bool = False) -> str:
    """Leave out what does not fit."""
    if font.getlength(words) <= room:
        return words
    end = _fitting(words, font, room - font.getlength("…"))
    space = words.rfind(" ", 0, end + 1) if whole_words else -1
    return words[: space if space > max(0, end - 20) else end].rstrip(" ,.;:") + "…"


def _fitting(words: str, font: ImageFont.FreeTypeFont, room: float) -> int:
    """Return how many letters fit into `room` pixels, at least one."""
    few, many = 1, len(words)
    while few < many:
        middle = (few + many + 1) // 2
        few, many = (middle, many) if font.getlength(words[:middle]) <= room else (few, middle - 1)
    return few


# The font, and files

_STEPS: Final = 8
_EFFORT: Final = 6
"""zlib's; its 9 takes seven times as long for a file that is smaller by a twelfth."""
_WEIGHTS: Final = {"regular": 400, "medium": 500, "semibold": 600, "bold": 700}
_INTER: Final = "site_src/assets/vendor/inter/inter-latin-wght-normal.woff2"


@functools.cache
def _font(size: int, weight: Literal["regular", "medium", "semibold", "bold"] = "regular") -> ImageFont.FreeTypeFont:
    try:
        font = ImageFont.truetype(shipped(_INTER), size, layout_engine=ImageFont.Layout.BASIC)
    except OSError:  # FreeType can be built without what it takes to read WOFF2
        return cast("ImageFont.FreeTypeFont", ImageFont.load_default(size))
    font.set_variation_by_axes([_WEIGHTS[weight]])
    return font


@functools.cache
def _palette() -> Picture.Image:
    """Return the colours of all previews: each ink, and on its way to its ground as the edges of letters are."""
    plain = (_PAPER, _LINE, _TRACK, _BAR, *(ink for _, _, ink in _MARK))
    inks = (_INK, _SOFT, _ACCENT, *(f"#{one}" for one in (badges.GOOD, badges.POOR, badges.BAD, badges.PLAIN)))
    levels = [level for one in plain for level in ImageColor.getrgb(one)]
    for ink in inks:
        for step in range(1, _STEPS + 1):
            levels += [255 - (255 - level) * step // _STEPS for level in ImageColor.getrgb(ink)]
    palette = Picture.new("P", (1, 1))
    palette.putpalette(levels)
    return palette


def _png(picture: Picture.Image) -> bytes:
    """Return the file: few colours, and nothing in it but the picture."""
    out = io.BytesIO()
    picture.quantize(palette=_palette(), dither=Picture.Dither.NONE).save(out, "PNG", compress_level=_EFFORT)
    return out.getvalue()
