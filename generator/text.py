"""Text that came out of an image, a registry or an archive, made safe for where it is shown.

Everything out of an image is hostile: this is the one place that escapes it. `visible` shows what cannot
be seen; every other function takes raw text, makes it visible and escapes it for one context.
"""

import html as _html
import re
from typing import Final

_INVISIBLE: Final = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1: terminal control, placeholders of the Markdown converter
    "\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, Arabic letter mark, fillers
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero width, separators, bidi embedding and isolates
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\ud800-\udfff"  # surrogateescape: bytes that are not UTF-8
    "\U000e0000-\U000e0fff"  # tags and variation selectors
    "]"
)
_MARKDOWN_ACTIVE: Final = re.compile(r"""[&<>"'`*_{}\[\]()#+\-.!|~^=$:/\\@%]""")
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def _escape_invisible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0xFF:
        return {9: "\\t", 10: "\\n", 13: "\\r"}.get(code, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def visible(text: str) -> str:
    r"""Return `text` with every invisible character written as an escape (`\n`, `\x1b`, `\u202e`).

    Bytes that were not UTF-8 (surrogate escapes) come out as `\xNN`. The result is valid UTF-8. A backslash
    stays as it is, so the form is for people; what must be read back is kept beside it as bytes.
    """
    return _INVISIBLE.sub(_escape_invisible, text)


def html(text: str) -> str:
    """Escape for HTML, SVG and XML text and quoted attributes."""
    return _html.escape(visible(text), quote=True)


def markdown(text: str) -> str:
    """Escape for a Markdown page: inert as Markdown (tables, links, attribute lists) and as raw HTML.

    Every active character becomes a numeric entity, which means the same in Markdown text, in a table cell,
    inside a raw HTML element and inside a quoted attribute.
    """
    return _MARKDOWN_ACTIVE.sub(lambda match: f"&#{ord(match[0])};", visible(text))


def terminal(text: str) -> str:
    """Escape for a terminal or a log: no control character gets through."""
    return visible(text)


def csv_cell(text: str) -> str:
    """Escape for one CSV cell: a spreadsheet must not take it for a formula. The csv module adds the quotes."""
    shown = visible(text)
    return "'" + shown if shown.startswith(_FORMULA_STARTS) else shown


def shortened(text: str, length: int = 200) -> str:
    """Return at most `length` characters of `text`, saying how many more there were."""
    if len(text) <= length:
        return text
    return f"{text[:length]}… ({len(text) - length} more characters)"


_MARKUP: Final = re.compile(r"[\\`<>\[\]|&]")


def plain_markdown(text: str) -> str:
    """Escape for a line or a table cell of Markdown that programs read as it is: no markup but emphasis gets through.

    Backslashes stand only where GitHub Flavored Markdown would see code, HTML, a link, an entity or a cell's end.
    """
    return _MARKUP.sub(r"\\\g<0>", visible(text))
