"""The site's editions as MkDocs builds them: one configuration file, folder and run for each language.

The first edition's pages are in the docs folder itself and get the site's root; another one's are in the folder of its
name. `mkdocs.yml` is English; `LANGUAGE.yml` beside it inherits from that and says what differs.

Every run of MkDocs brings the theme's styles and scripts along. They are the same in all languages, so pages of other
editions are led to the first one's and their own copies go: there is one address for each, and browsers load it once.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from generator import text
from generator.language import ENGLISH

_STARTS: Final = (b'href="', b'src="', b'"search": "', b'"search":"')
"""What stands before an address of the theme's styles and scripts."""
_ONCE: Final = ("404.html", "sitemap.xml", "sitemap.xml.gz")
"""What a web server looks for at the root only."""
_NO_WORDS: Final = frozenset({"false", "no", "null", "off", "on", "true", "yes"})
"""What YAML takes for something else than words."""


class Edition(NamedTuple):
    """One language of the site. Title and description replace those of the configuration file where given."""

    language: str = ENGLISH
    title: str = ""
    description: str = ""
    url: str = ""
    """Of the whole site, with a slash at its end; "" when nobody has said."""


def configuration_of(edition: Edition, english: Path) -> Path:
    """Return the configuration file of an edition, `english` being that of the English one."""
    return english if edition.language == ENGLISH else english.with_name(f"{edition.language}.yml")


def environment_of(edition: Edition, docs: Path, every: Sequence[Edition]) -> dict[str, str]:
    """Return what the configuration files take from the environment."""
    below = "" if edition == every[0] else f"{edition.language}/"
    return {
        "BASEDEX_DOCS": str((docs / below).resolve()),
        "BASEDEX_LANGUAGES": " ".join(one.language for one in every),
        "BASEDEX_ALTERNATE": "true" if len(every) > 1 else "false",
        **({"BASEDEX_SITE_TITLE": _as_html(edition.title)} if edition.title else {}),
        **({"BASEDEX_SITE_DESCRIPTION": _as_html(edition.description)} if edition.description else {}),
        **({"BASEDEX_ROOT_URL": edition.url, "BASEDEX_SITE_URL": edition.url + below} if edition.url else {}),
    }


def _as_html(words: str) -> str:
    """Write words as the theme puts them into pages: it does not escape them.

    What the configuration takes from the environment is read as YAML, in which `2024` is a number and `no` is false:
    the first letter of such words is written as a reference.
    """
    escaped = text.html(words)
    is_plain = escaped[:1].isalpha() and escaped.lower() not in _NO_WORDS
    return escaped if is_plain or escaped.startswith("&") else f"&#{ord(escaped[0])};{escaped[1:]}"


def robots_of(url: str) -> bytes:
    """Return the robots.txt of a site: it says where the map is."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {url}sitemap.xml\n".encode()


def take_in(built: Path, site: Path, language: str) -> None:
    """Move the edition `built` below `site`, the finished first one, whose styles and scripts it uses from now on."""
    for name in _ONCE:
        (built / name).unlink(missing_ok=True)
    for page in built.rglob("*.html"):
        own = b"../" * (len(page.relative_to(built).parts) - 1) + b"assets/"
        content = page.read_bytes()
        for start in _STARTS:
            content = content.replace(start + own, start + b"../" + own)
        page.write_bytes(content)
    shutil.rmtree(built / "assets", ignore_errors=True)
    built.rename(site / language)
