"""Cards: an image in a few lines, to be shown inside other people's pages. The whole site in, files out.

`cards/NAME.html` is for an iframe and `cards/NAME.svg` for where only pictures go; both bring all they need along, are
light or dark as their reader's system is, ask nobody for anything, and run no script. Another platform than an image's
first has `cards/NAME/PLATFORM.html`. They stand outside of the site's versions and in English, and lead to permalinks.
"""

from collections.abc import Iterator
from posixpath import relpath
from typing import Final, NamedTuple

from generator import text
from generator.advisories.assessment import Assessment
from generator.compare.matrix import SIZE_NAMES, Fact, maxima
from generator.pages import badges, figures
from generator.pages.public import permalink
from generator.pages.site import File, Image, Site

FOLDER: Final = "cards"
WIDTH: Final = 360
HEIGHT: Final = 216

_SHOWN_SIZES: Final = (SIZE_NAMES[0], SIZE_NAMES[2])
_SPLIT: Final = 154
"""Where the first column of facts ends; the second has the longer words."""
_LINE: Final = 52
"""Characters of a description on one line of a picture."""


class Bar(NamedTuple):
    """One size beside the largest of its kind."""

    name: str
    words: str
    share: float | None
    """Between 0 and 1; None where the size is not known."""


class Card(NamedTuple):
    """What a card says."""

    title: str
    status: str
    colour: str
    """Of the status; "" without one."""
    description: str
    bars: tuple[Bar, ...]
    facts: tuple[tuple[str, str], ...]
    note: str
    known: str = ""
    """What is known of vulnerabilities; "" where nothing was assessed."""


def render(site: Site) -> Iterator[File]:
    """Yield both cards of every image, also of those that images.yml has no longer."""
    largest = maxima(site.rows.values())
    for image in site.images:
        yield from _files(image.folder, card(image, site, largest))
    for removed in (*site.removed, *site.dropped):
        for slug in removed.pasts:
            note = "No longer in the list of this site. What was recorded of it is kept."
            yield from _files(removed.folder(slug), Card(removed.name, "removed", badges.GREY, "", (), (), note))


def card(image: Image, site: Site, largest: dict[str, int]) -> Card:
    """Return what the image's card says; `largest` has the length of a full bar by the size's name."""
    row, standing = site.row(image), site.standings.get(image.folder)
    assessed = site.assessed.get(image.folder)
    said = badges.badges(image, row, standing, assessed)
    sizes = [(name, row.sizes[name] if row else None) for name in _SHOWN_SIZES]
    first = image.platform == image.target.platforms[0]
    facts = {name: row.facts[name] for name in ("shell", "libc", "package-manager")} if row else {}
    return Card(
        title=image.target.title if first else f"{image.target.title} ({image.platform})",
        status=image.target.status or "",
        colour=said["status"].colour if image.target.status else "",
        description=image.target.description,
        bars=tuple(
            Bar(name, "unknown", None)
            if size is None
            else Bar(name, figures.human(size), size / largest[name] if largest[name] else 0.0)
            for name, size in sizes
        ),
        facts=(
            ("packages", said["packages"].message),
            ("shell", _words(facts.get("shell"))),
            ("C library", _words(facts.get("libc"))),
            ("runs as", said["user"].message),
            ("package tool", _words(facts.get("package-manager"))),
            ("support", _until(said["end-of-life"].message)),
        ),
        note=_note(image, assessed),
        known=f"known vulnerabilities: {said['vulnerabilities'].message}" if _is_asked(assessed) else "",
    )


def _is_asked(assessed: Assessment | None) -> bool:
    return assessed is not None and assessed.state != "not-assessed"


def _note(image: Image, assessed: Assessment | None) -> str:
    if not image.recorded_at:
        return "nothing is recorded of it yet"
    note = f"recorded {image.recorded_at[:10]}"
    return f"{note}, advisories as of {assessed.database_date}" if assessed and assessed.database_date else note


def _words(fact: Fact | None) -> str:
    if fact is None or fact.state in ("unknown", "failed"):
        return "unknown"
    return text.shortened(fact.words[0], 24) if fact.state == "yes" and fact.words else "none"


def _until(words: str) -> str:
    return f"until {words}" if words[:1].isdigit() else words


def _files(folder: str, shown: Card) -> Iterator[File]:
    place = f"{FOLDER}/{folder.removeprefix('images/')}"
    target = f"{relpath(permalink(folder), place.rpartition('/')[0])}/"
    yield File(f"{place}.html", _page(shown, target).encode())
    yield File(f"{place}.svg", draw(shown).encode())


_COLOURS: Final = """\
:root{--paper:#fff;--ink:#1b2227;--soft:#56616a;--line:#dfe5e8;--bar:#6fb0c6;--track:#edf1f2;--link:#0b6583}
@media (prefers-color-scheme:dark){:root{--paper:#12171a;--ink:#e4e9ec;--soft:#9dabb4;--line:#2c373d;--bar:#3c8aa3;\
--track:#212a2f;--link:#74c7e0}}
"""
_FONT: Final = "Inter,ui-sans-serif,system-ui,-apple-system,Segoe UI,Noto Sans,Liberation Sans,DejaVu Sans,sans-serif"


# For an iframe

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
{colours}*{{box-sizing:border-box;margin:0}}
body{{font:12px/1.4 {font};color:var(--ink);background:transparent}}
article{{background:var(--paper);border:1px solid var(--line);border-radius:6px;padding:12px 14px;\
min-height:{height}px;display:flex;flex-direction:column;gap:8px}}
h1{{font-size:16px;line-height:1.2;font-weight:650}}
a{{color:var(--link);text-decoration:none}}
a:hover,a:focus-visible{{text-decoration:underline}}
header{{display:flex;justify-content:space-between;align-items:baseline;gap:8px}}
.status{{color:#fff;font-size:11px;padding:1px 6px;border-radius:3px}}
p{{color:var(--soft)}}
.words{{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}}
dl{{display:grid;gap:3px 12px}}
.bars>div{{display:grid;grid-template-columns:112px 1fr 64px;align-items:center;gap:8px}}
.facts{{grid-template-columns:140fr 178fr}}
.facts>div{{display:flex;justify-content:space-between;gap:6px;min-width:0}}
dt{{color:var(--soft);white-space:nowrap}}
dd{{text-align:right;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}}
.track{{height:7px;border-radius:2px;background:var(--track)}}
.track i{{display:block;height:7px;border-radius:2px;background:var(--bar);min-width:2px}}
.note{{font-size:11px;margin-top:auto}}
@media (max-width:300px){{.facts{{grid-template-columns:1fr}}}}
</style>
</head>
<body>
<article>
<header><h1><a href="{target}" target="_blank" rel="noopener">{title}</a></h1>{status}</header>
{words}{bars}{facts}<p class="note">{note}</p>
</article>
</body>
</html>
"""


def _page(shown: Card, target: str) -> str:
    status = f'<span class="status" style="background:#{shown.colour}">{text.html(shown.status)}</span>'
    bars = [
        f'<div><dt>{one.name}</dt><dd class="track" aria-hidden="true">{_length(one)}</dd><dd>{one.words}</dd></div>'
        for one in shown.bars
    ]
    facts = [
        f'<div><dt>{name}</dt><dd title="{text.html(words)}">{text.html(words)}</dd></div>'
        for name, words in shown.facts
    ]
    line = ' style="-webkit-line-clamp:1"' if shown.known else ""
    return _PAGE.format(
        colours=_COLOURS,
        font=_FONT,
        height=HEIGHT - 2,
        title=text.html(shown.title),
        target=text.html(target),
        status=status if shown.colour else "",
        words=f'<p class="words"{line}>{text.html(shown.description)}</p>\n' if shown.description else "",
        bars=f'<dl class="bars">{"".join(bars)}</dl>\n' if bars else "",
        facts=f'<dl class="facts">{"".join(facts)}</dl>\n' if facts else "",
        note=f"{text.html(shown.known)}<br>{text.html(shown.note)}" if shown.known else text.html(shown.note),
    )


def _length(bar: Bar) -> str:
    return "" if bar.share is None else f'<i style="width:{100 * bar.share:.1f}%"></i>'


# For where only pictures go

_PICTURE: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" \
aria-labelledby="title desc"><title id="title">{title}</title><desc id="desc">{details}</desc>
<style>
{colours}text{{font:12px {font};fill:var(--ink)}}
.soft{{fill:var(--soft)}}
</style>
<rect x=".5" y=".5" width="{inner_width}" height="{inner_height}" rx="6" style="fill:var(--paper);stroke:var(--line)"/>
{parts}
</svg>
"""


def draw(shown: Card) -> str:
    """Return the card as SVG."""
    parts = [_text(14, 28, text.shortened(shown.title, 60), "font-size:16px;font-weight:650")]
    if shown.colour:
        wide = badges.width(shown.status) + 12
        parts.append(f'<rect x="{WIDTH - 14 - wide}" y="13" width="{wide}" height="18" rx="3" fill="#{shown.colour}"/>')
        parts.append(_text(WIDTH - 14 - wide / 2, 26, shown.status, "font-size:11px;fill:#fff;text-anchor:middle"))
    y = 30
    for line in _lines(shown.description):
        y += 17
        parts.append(_text(14, y, line, soft=True))
    y += 10
    for bar in shown.bars:
        y += 18
        parts.append(_text(14, y, bar.name, soft=True))
        parts.append(f'<rect x="130" y="{y - 8}" width="140" height="7" rx="2" style="fill:var(--track)"/>')
        if bar.share is not None:
            long = max(2.0, 140 * bar.share)
            parts.append(f'<rect x="130" y="{y - 8}" width="{long:.1f}" height="7" rx="2" style="fill:var(--bar)"/>')
        parts.append(_text(WIDTH - 14, y, bar.words, "text-anchor:end"))
    y += 8
    for number, (name, words) in enumerate(shown.facts):
        left, right = (14, _SPLIT) if number % 2 == 0 else (_SPLIT + 14, WIDTH - 14)
        y += 18 if number % 2 == 0 else 0
        parts.append(_text(left, y, name, soft=True))
        room = right - left - badges.width(name) * 12 // 11 - 6
        parts.append(_text(right, y, _fitting(words, room), "text-anchor:end"))
    if shown.known:
        parts.append(
            _text(14, HEIGHT - 28, _fitting(shown.known, (WIDTH - 28) * 12 // 11), "font-size:11px", soft=True)
        )
    parts.append(_text(14, HEIGHT - 12, shown.note, "font-size:11px", soft=True))
    said = [f"{one.name} {one.words}" for one in shown.bars] + [f"{name} {words}" for name, words in shown.facts]
    return _PICTURE.format(
        width=WIDTH,
        height=HEIGHT,
        inner_width=WIDTH - 1,
        inner_height=HEIGHT - 1,
        title=text.html(shown.title),
        details=text.html(", ".join(filter(None, [*said, shown.known, shown.note]))),
        colours=_COLOURS,
        font=_FONT,
        parts="\n".join(parts),
    )


def _text(x: float, y: float, words: str, style: str = "", *, soft: bool = False) -> str:
    attributes = (' class="soft"' if soft else "") + (f' style="{style}"' if style else "")
    return f'<text x="{x:g}" y="{y:g}"{attributes}>{text.html(words)}</text>'


def _lines(words: str) -> list[str]:
    """Break a description into two lines at most; wide letters count twice."""
    lines, line, room = [""], 0, _LINE
    for word in _pieces(words):
        wide = sum(2 if ord(letter) > 0x2E7F else 1 for letter in word)
        if room < wide:
            if line == 1:
                lines[1] = lines[1].rstrip() + "…"
                break
            lines.append("")
            line, room = 1, _LINE
        lines[line] += word
        room -= wide
    return [one.strip() for one in lines if one.strip()]


def _pieces(words: str) -> Iterator[str]:
    """Yield what must not be broken: words with the space after them, and single wide letters."""
    piece = ""
    for letter in words:
        piece += letter
        if letter == " " or ord(letter) > 0x2E7F or len(piece) == _LINE:
            yield piece
            piece = ""
    if piece:
        yield piece


def _fitting(words: str, room: int) -> str:
    """Cut words that would not fit into `room` pixels."""
    if badges.width(words) * 12 <= room * 11:
        return words
    while words and badges.width(words + "…") * 12 > room * 11:
        words = words[:-1]
    return words + "…"
