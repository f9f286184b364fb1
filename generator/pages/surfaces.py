"""The page with the attack surfaces of all images side by side: a row for each, a column for each fact.

Every cell leads to the list behind it, on the image's page. A script sorts, and is not needed to read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from generator.compare.surface import Fact
from generator.language import gettext
from generator.pages.environment import Templates
from generator.pages.image import yaml_text
from generator.pages.site import File, Image, Site
from generator.pages.surface_words import GROUPS, WORDS, count, unclear
from generator.targets import Group


@dataclass(frozen=True, slots=True)
class _Cell:
    anchor: Markup
    """Of the row on the image's page."""
    sort: str
    """What the column is sorted by; "" is not known and stands last."""
    shown: Markup
    unclear: str


@dataclass(frozen=True, slots=True)
class _ImageRow:
    image: Image
    cells: tuple[_Cell, ...]
    """Empty where nothing is recorded of the image."""


@dataclass(frozen=True, slots=True)
class _GroupRows:
    group: Group
    rows: tuple[_ImageRow, ...]


def render(site: Site, templates: Templates) -> Iterator[File]:
    """Yield `surface.md`."""
    groups = [
        _GroupRows(
            group,
            tuple(
                _image_row(image, site.surfaces.get(image.folder, ())) for image in site.images if image.group is group
            ),
        )
        for group in site.configuration.groups
    ]
    names = [name for _, names in GROUPS for name in names]
    content = templates.render(
        "pages/surface.md.j2",
        title=yaml_text(gettext("Attack surface")),
        description=yaml_text(gettext("What there is for someone who gets into a container, image by image")),
        heads=[(gettext(title), len(names)) for title, names in GROUPS],
        columns=[gettext(WORDS[name].title) for name in names],
        groups=[one for one in groups if one.rows],
        meanings=[(gettext(WORDS[name].title), Markup(gettext(WORDS[name].why))) for name in names],
    )
    yield File("surface.md", content)


def _image_row(image: Image, found: Sequence[Fact]) -> _ImageRow:
    facts = {fact.name: fact for fact in found}
    return _ImageRow(image, tuple(_cell(facts[name]) for _, names in GROUPS for name in names if facts))


def _cell(fact: Fact) -> _Cell:
    known = fact.state in ("yes", "no")
    return _Cell(
        Markup(f"surface-{fact.name}"),
        str(fact.count or 0) if known else "",
        count(fact),
        unclear(fact) if known and fact.unclear_count else "",
    )
