"""Pieces of HTML for Markdown pages: the one way from a value to markup.

Everything that is not markup already goes through `text.markdown`, which makes it inert as Markdown and as HTML.
None, booleans and floats are refused: what is not known must be said in words, never printed by accident.
"""

import functools
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from markupsafe import Markup

from generator import text
from generator.language import gettext

LONG_TEXT = 300
"""Characters of a value that a page shows at once."""
LONGEST_TEXT = 20_000
"""Characters of a value that a page holds at all; the document has the rest."""
_OFTEN_REPEATED: Final = 120
"""Characters up to which an escaped value is remembered."""


def escape(value: object) -> Markup:
    """Return the value as markup: Markup as it is, text and whole numbers escaped, anything else refused."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError(f"a {type(value).__name__} cannot be printed on a page")
    words = str(value)
    return _escaped(words) if len(words) <= _OFTEN_REPEATED else Markup(text.markdown(words))


@functools.lru_cache(maxsize=1 << 15)
def _escaped(words: str) -> Markup:
    """Escape what may come again: the same names and figures stand on many pages."""
    return Markup(text.markdown(words))


def fragment(form: str, /, **values: object) -> Markup:
    """Fill the literal `form` ({name} places) with escaped values."""
    return Markup(form.format(**{name: escape(value) for name, value in values.items()}))


def concat(parts: list[Markup]) -> Markup:
    """Return all parts, one after the other."""
    return Markup("".join(parts))


def code(value: str) -> Markup:
    """Show a value as code; a long one folded, a very long one cut with the number of characters left out."""
    if not value:
        return fragment('<span class="bx-none">{empty}</span>', empty=gettext("empty"))
    if len(value) <= LONG_TEXT:
        return fragment("<code>{value}</code>", value=value)
    return fragment(
        '<details class="bx-long"><summary><code>{start}…</code> <span>{count}</span></summary>'
        "<code>{value}</code></details>",
        start=value[:120],
        count=gettext("%(count)s characters") % {"count": f"{len(value):,}"},
        value=text.shortened(value, LONGEST_TEXT),
    )


def codes(values: Sequence[str]) -> Markup:
    """Show several short values as code, a space between them."""
    return (
        Markup("<code>" + "</code> <code>".join([escape(value) for value in values]) + "</code>")
        if values
        else Markup("")
    )


def link_or_code(value: str) -> Markup:
    """Show a value that may be an address: a link when it is plain http(s) without credentials, else code."""
    if len(value) > LONG_TEXT or text.visible(value) != value or any(sign in value for sign in " <>\"'`{}|\\^"):
        return code(value)
    try:
        parts = urlsplit(value)
    except ValueError:
        return code(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return code(value)
    return fragment('<a href="{value}" rel="noopener noreferrer nofollow">{value}</a>', value=value)
