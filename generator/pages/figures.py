"""Figures as people read them: sizes, counts, dates. Values in, markup out; what is not known is said in words."""

import re
from typing import Final

from markupsafe import Markup

from generator.language import gettext, mark, ngettext
from generator.pages.markup import fragment

_UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
_DATE: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(?::\d\d)?)?")

WHY_UNKNOWN: Final = {
    "no-manifest": mark("the source has no manifest"),
    "no-config": mark("the source has no configuration"),
    "no-compressed-layers": mark("the source does not hold compressed layers"),
}
"""The words of a document's `unknown`, for readers; each is an anchor on the messages page."""

_CREATED_NOTES: Final = {
    "reproducible": mark("reproducible build, no date"),
    "absent": mark("no date in the configuration"),
    "no-config": mark("no configuration, no date"),
    "unreadable": mark("unreadable date"),
}


def human(size: int) -> str:
    """Write bytes as engines do: base 1000, three significant digits, trailing zeros dropped (`5.6 MB`)."""
    amount, unit = float(size), 0
    while unit < len(_UNITS) - 1 and float(f"{amount:.3g}") >= 1000:
        amount, unit = amount / 1000, unit + 1
    shown = f"{amount:.3g}"
    return f"{shown if 'e' not in shown else round(amount)} {_UNITS[unit]}"


def exact(size: int) -> str:
    """Write all digits: `7,797,760`."""
    return f"{size:,}"


def in_bytes(size: int) -> str:
    """Write all digits and the unit: `7,797,760 bytes`."""
    return ngettext("%(num)s byte", "%(num)s bytes", size) % {"num": exact(size)}


def plural(count: int, one: str, many: str = "") -> str:
    """Write a count with its noun: `1 layer`, `2 layers`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def unknown(reason: str = "") -> Markup:
    """Say that a value is not known, and why."""
    shown = gettext("not known")
    words = gettext(WHY_UNKNOWN[reason]) if reason in WHY_UNKNOWN else reason
    if not words:
        return fragment('<span class="bx-unknown">{shown}</span>', shown=shown)
    return fragment('<span class="bx-unknown" title="{words}">{shown}</span>', words=words, shown=shown)


def size(value: int | None, reason: str = "") -> Markup:
    """Show bytes in human units with the exact figure on hover and in `data-bytes`."""
    if value is None:
        return unknown(reason)
    return fragment(
        '<data class="bx-size" value="{value}" title="{exact}">{human}</data>',
        value=value,
        exact=in_bytes(value),
        human=human(value),
    )


def day(moment: str) -> Markup:
    """Show the day of an RFC 3339 time, the whole of it on hover; text that is no date stands as it is."""
    match = _DATE.match(moment)
    if not match:
        return fragment("{moment}", moment=moment)
    return fragment('<time datetime="{moment}" title="{moment}">{day}</time>', moment=moment, day=match[1])


def ago(moment: str) -> Markup:
    """Show the day of an RFC 3339 time; the page's script adds how many days ago that is today."""
    match = _DATE.match(moment)
    if not match:
        return fragment("{moment}", moment=moment)
    return fragment(
        '<time datetime="{moment}" title="{moment}" data-ago="{words}">{day}</time>',
        moment=moment,
        words=gettext("({when})"),
        day=match[1],
    )


def created(moment: str | None, note: str) -> Markup:
    """Show when the image says it was made, or why it does not say."""
    if moment is None:
        return fragment('<span class="bx-none">{note}</span>', note=gettext(_CREATED_NOTES.get(note, "not known")))
    return day(moment)


def share(part: int, whole: int) -> str:
    """Write part ÷ whole as a CSS number between 0 and 1 with four decimals; an empty whole gives 0."""
    return f"{min(part / whole, 1):.4f}" if whole > 0 else "0"


def percent(part: int, whole: int) -> str:
    """Write part ÷ whole in percent, with one decimal below ten."""
    if whole <= 0:
        return "0 %"
    value = 100 * part / whole
    return f"{value:.0f} %" if value >= 9.95 or part == 0 else "< 0.1 %" if value < 0.1 else f"{value:.1f} %"
