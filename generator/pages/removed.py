"""What stands at the addresses of images that images.yml has no longer: what they were last, or where they went.

An image that was taken out keeps its page, with its last figures and its digest; history and changes are below it as
ever. The addresses of an image's former names lead on to its page, and so do those of their histories and changes.
"""

from collections.abc import Iterator

from generator.language import gettext as _
from generator.pages import chronicle
from generator.pages.chronicle import Chronicle
from generator.pages.environment import Templates
from generator.pages.image import yaml_text
from generator.pages.linking import preview
from generator.pages.site import File, Site


def render(site: Site, templates: Templates) -> Iterator[File]:
    """Yield the pages of all that is gone or has moved."""
    taken = {image.folder for image in site.images}
    for one in chronicle.gone(site):
        if one.past.states and one.folder not in taken:
            yield File(f"{one.folder}/index.md", _tombstone(one, site, templates))
    for image in site.images:
        for former in image.target.former_names:
            one = chronicle.of_image(image, site)
            old = image.folder.replace(f"images/{image.target.name}", f"images/{former}", 1)
            yield _leading_on(old, one, templates)
            if one.past.states:
                yield _leading_on(f"{old}/history", one, templates, "history/")
            for step in dict.fromkeys(step.name for step in one.past.steps):
                yield _leading_on(f"{old}/changes/{step}", one, templates, f"changes/{step}/")


def _tombstone(one: Chronicle, site: Site, templates: Templates) -> bytes:
    others = [other for other in chronicle.gone(site) if other.name == one.name]
    listed = [image for image in site.images if image.target.name == one.name]
    return templates.render(
        "pages/removed.md.j2",
        chronicle=one,
        root="../" * one.depth,
        preview=preview(one.folder),
        title=yaml_text(one.title),
        description=yaml_text(_("%(title)s is no longer in the list of this site") % {"title": one.title}),
        state=one.past.newest,
        newest=one.newest_change(site),
        platforms=others,
        listed=listed,
    )


def _leading_on(old: str, one: Chronicle, templates: Templates, below: str = "") -> File:
    """Return a page at `old` that leads on to what is `below` the image's page."""
    up = "../" * (old.count("/") + 1)
    address = f"{up}{one.folder}/{below}"
    page = templates.render(
        "pages/moved.md.j2",
        title=yaml_text(one.title),
        address=address,
        chronicle=one,
        former=old.split("/")[1],
        meta_address=yaml_text(address),
        preview=preview(one.folder),
    )
    return File(f"{old}/index.md", page)
