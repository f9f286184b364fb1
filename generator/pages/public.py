"""Public places: what stands outside of the site's versions, at addresses that others keep.

Pages, and the files that pages' own scripts read, belong to a version of the site. Programs, feed readers, badges in
other people's documents and links from wikis want one address for ever, which tells the newest. These are below PUBLIC.
What is there never names a page of a version, but a permalink, which leads on to the newest one.
"""

from typing import Final

PUBLIC: Final = ("api/v1", "badges", "cards", "feeds", "permalink", "previews")
"""Folders below the site's root."""


def permalink(folder: str) -> str:
    """Return the permalink of a page `images/…`, below the site's root, with a slash at its end."""
    return f"permalink/{folder.removeprefix('images/')}/"


def document_place(subject: str) -> str:
    """Return where the analysis document of an image is published, by its digest: what is there stays right."""
    return f"api/v1/documents/{subject.replace(':', '/')}.json"


def bill_place(name: str, slug: str, subject: str, form: str) -> str:
    """Return where an image's bill of materials is published; `form` is one of `sbom.FORMATS`."""
    end = {"spdx": "spdx", "cyclonedx": "cdx"}[form]
    return f"api/v1/images/{name}/{slug}/sbom/{subject.replace(':', '-')}.{end}.json"


def vulnerabilities_place(name: str, slug: str) -> str:
    """Return where all that is known of an image's vulnerabilities is published."""
    return f"api/v1/images/{name}/{slug}/vulnerabilities.json"


def digest_permalink(digest: str) -> str:
    """Return the permalink of a digest `algorithm:hex`, below the site's root, with a slash at its end."""
    return f"permalink/{digest.replace(':', '/')}/"


def preview_place(folder: str = "") -> str:
    """Return where the picture is that is shown with links to a page `images/…`; without one, that of the site."""
    return f"previews/{folder or 'site'}.png"
