"""Where the same things stand in other forms than a page: lines of a page's front matter that its head is made of."""

from typing import Final

import msgspec
from markupsafe import Markup

from generator.pages.site import Image, Site

KINDS: Final = ("feed", "calendar", "json", "twin")
"""Keys of the front matter that site_src/overrides/main.html makes links of."""


def front_matter(image: Image, site: Site) -> Markup:
    """Return the lines for an image's page: addresses as seen from it."""
    name, root = image.target.name, image.root + site.data_root
    addresses = (
        f"{root}feeds/images/{name}.atom",
        f"{root}feeds/images/{name}.ics",
        f"{root}api/v1/images/{name}/{image.platform.slug}.json",
        f"{root}{image.folder}/index.md",
    )
    return Markup("\n".join(f"{kind}: {_quoted(one)}" for kind, one in zip(KINDS, addresses, strict=True)))


def _quoted(address: str) -> str:
    """Write an address as YAML; what would end an attribute of HTML cannot be in one."""
    return msgspec.json.encode(address.replace('"', "%22").replace("<", "%3C").replace("&", "&amp;")).decode()
