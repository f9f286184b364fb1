"""Words that documents and outcomes hold, as readers see them: closed sets of English words, marked for the catalogue.

Names of formats, commands and protections are no words of a language and stay as they are; so do whole sentences of
errors and warnings. What is not listed here is shown as the document has it.
"""

from typing import Final

from markupsafe import Markup

from generator.language import gettext, mark
from generator.pages.markup import escape

_SHOWN: Final = {
    # Answers of the capability sheet
    "yes": mark("yes"),
    "no": mark("no"),
    "unknown": mark("not known"),
    # What the owners of a site say
    "approved": mark("approved"),
    "deprecated": mark("deprecated"),
    "banned": mark("banned"),
    "experimental": mark("experimental"),
    # How images fared
    "current": mark("up to date"),
    "stale": mark("not refreshed"),
    "offline": mark("not asked"),
    "missing": mark("not known"),
    # How programs are linked
    "static": mark("statically"),
    "static-pie": mark("statically, at any address"),
    "dynamic": mark("dynamically"),
    # Passwords
    "locked": mark("locked"),
    "set": mark("set"),
    "empty": mark("empty"),
    # How severe a flaw is
    "critical": mark("critical"),
    "high": mark("high"),
    "medium": mark("medium"),
    "low": mark("low"),
    # Links that lead nowhere
    "too-long": mark("too long"),
}
"""The word in a document → the words on a page."""

REASONS: Final = (
    mark("no build has asked for it yet"),
    mark("it has not been analyzed yet"),
    mark("the last build was told not to ask"),
)
"""Why an image is not fresh, where it is no error's sentence."""


def said(word: str) -> Markup:
    """Return the words for a document's word."""
    return escape(gettext(_SHOWN[word]) if word in _SHOWN else word)
