"""A MkDocs plugin that gives the pages in the navigation their titles in the language of the edition.

The navigation itself stands once, in mkdocs.yml, so that all editions have the same pages in the same order. Titles
that are not listed stay as they are there; without the plugin all do.

The site's own title and description come as HTML (see `editions.py`), since the theme mostly writes them as they are.
They are marked as such, so that it does not escape them once more where it does escape.
"""

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup
from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.plugins import BasePlugin


class TitlesConfig(Config):  # type: ignore[no-untyped-call]
    """What LANGUAGE.yml says to the plugin."""

    titles = config_options.Type(dict, default={})
    """Title in mkdocs.yml → title in this language."""


class Titles(BasePlugin[TitlesConfig]):  # type: ignore[no-untyped-call]
    """Puts the titles into the navigation."""

    def on_config(self, config: Any, **_: object) -> Any:
        """Mark what is HTML already."""
        for name in ("site_name", "site_description"):
            config[name] = Markup(config[name] or "")
        return config

    def on_nav(self, nav: Any, **_: object) -> Any:
        """Rename what the navigation shows."""
        self._rename(nav.items)
        return nav

    def _rename(self, entries: Iterable[Any]) -> None:
        for one in entries:
            one.title = self.config.titles.get(one.title, one.title)
            self._rename(one.children or ())
