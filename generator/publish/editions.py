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

from generator.language import ENGLISH

_STARTS: Final = (b'href="', b'src="', b'"search": "', b'"search":"')
"""What stands before an address of the theme's styles and scripts."""
_ONCE: Final = ("404.html", "sitemap.xml", "sitemap.xml.gz")
"""What a web server looks for at the root only."""


class Edition(NamedTuple):
    """One language of the site. Title and description replace those of the configuration file where given."""

    language: str = ENGLISH
    title: str = ""
    description: str = ""


def configuration_of(edition: Edition, english: Path) -> Path:
    """Return the configuration file of an edition, `english` being that of the English one."""
    return english if edition.language == ENGLISH else english.with_name(f"{edition.language}.yml")


def environment_of(edition: Edition, docs: Path, every: Sequence[Edition]) -> dict[str, str]:
    """Return what the configuration files take from the environment."""
    folder = docs if edition == every[0] else docs / edition.language
    return {
        "BASEDEX_DOCS": str(folder.resolve()),
        "BASEDEX_LANGUAGES": " ".join(one.language for one in every),
        "BASEDEX_ALTERNATE": "true" if len(every) > 1 else "false",
        **({"BASEDEX_SITE_TITLE": edition.title} if edition.title else {}),
        **({"BASEDEX_SITE_DESCRIPTION": edition.description} if edition.description else {}),
    }


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
