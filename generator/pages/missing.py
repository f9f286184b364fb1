"""The page of an image of which nothing is known: says so, and why. No figure stands on it."""

from collections.abc import Iterator

from generator.language import gettext
from generator.pages.environment import Templates
from generator.pages.image import yaml_text
from generator.pages.linking import preview
from generator.pages.pairs import pairs_of
from generator.pages.site import File, Image, Site


def render(image: Image, site: Site, templates: Templates) -> Iterator[File]:
    """Yield the page `index.md`."""
    page = templates.render(
        "pages/missing.md.j2",
        image=image,
        preview=preview(image.folder),
        title=yaml_text(image.target.title),
        description=yaml_text(gettext("%(title)s: nothing is known yet") % {"title": image.target.title}),
        platforms=site.platforms_of(image.target),
        pairs=pairs_of(image.target, site),
        replacement=site.first_of(image.target.replacement) if image.target.replacement else None,
    )
    yield File(f"{image.folder}/index.md", page)
