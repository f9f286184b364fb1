"""How others link to an image: what its page offers to copy, and what its head names in other forms than a page."""

from typing import Final, NamedTuple

import msgspec
from markupsafe import Markup

from generator.pages.public import digest_permalink, permalink, preview_place
from generator.pages.site import Image, Site

KINDS: Final = ("feed", "calendar", "json", "twin")
"""Keys of the front matter that site_src/overrides/main.html makes links of."""


_FRAME: Final = 'width="360" height="220" loading="lazy" style="border:0"'
UNKNOWN_SITE: Final = "https://SITE/"
"""Stands in snippets for the site's own address where nobody has said it."""


class Snippets(NamedTuple):
    """What readers may copy, as plain text."""

    url: str
    """The site's own address; "" where it is not known."""
    there: str
    """The same, or what stands for it."""
    public: str
    """The way from the page to the site's root, where the public places are."""
    place: str
    """The image in addresses: its folder below images/."""
    permalink: str
    digest: str
    badge_markdown: str
    badge_html: str
    badge: str
    """The badge's own address."""
    shields: str
    card: str
    card_picture: str
    sphinx: str
    mkdocs: str


def snippets(image: Image, site: Site) -> Snippets:
    """Return the snippets of an image that was seen."""
    assert image.outcome.observation is not None
    url = site.configuration.site.url
    there, place = url or UNKNOWN_SITE, image.folder.removeprefix("images/")
    page, badge, card = there + permalink(image.folder), f"{there}badges/{place}/size", f"{there}cards/{place}"
    label = f"image-{place.replace('/', '-')}"
    return Snippets(
        url=url,
        there=there,
        public=image.root + site.data_root,
        place=place,
        permalink=page,
        digest=there + digest_permalink(image.outcome.observation.subject),
        badge_markdown=f"[![{place}: docker_size]({badge}.svg)]({page})",
        badge_html=f'<a href="{page}"><img src="{badge}.svg" alt="{place}: docker_size"></a>',
        badge=f"{badge}.svg",
        shields=f"{badge}.json",
        card=f'<iframe src="{card}.html" title="{place}" {_FRAME}></iframe>',
        card_picture=f"[![{place}]({card}.svg)]({page})",
        sphinx=f":ref:`{label}`",
        mkdocs=f"[{place}][{label}]",
    )


def front_matter(image: Image, site: Site) -> Markup:
    """Return the lines for an image's page: addresses as seen from it."""
    name, root = image.target.name, image.root + site.data_root
    addresses = (
        f"{root}feeds/images/{name}.atom",
        f"{root}feeds/images/{name}.ics",
        f"{root}api/v1/images/{name}/{image.platform.slug}.json",
        f"{root}{image.folder}/index.md",
    )
    forms = [Markup(f"{kind}: {_quoted(one)}") for kind, one in zip(KINDS, addresses, strict=True)]
    return Markup("\n").join([*forms, preview(image.folder)])


def preview(folder: str) -> Markup:
    """Return the line that names a page's picture, from the site's root on."""
    return Markup(f"preview: {_quoted(preview_place(folder))}")


def _quoted(address: str) -> str:
    """Write an address as YAML; what would end an attribute of HTML cannot be in one."""
    return msgspec.json.encode(address.replace('"', "%22").replace("<", "%3C").replace("&", "&amp;")).decode()
