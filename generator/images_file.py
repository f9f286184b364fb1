"""What may stand in images.yml: the file's own structs, from which its JSON Schema is made.

These mirror the file as people write it; `targets` checks it and turns it into the program's values. The docstrings
are the schema's descriptions: they are read in editors.
"""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from generator.images_policy import Off, Policy

NAME_PATTERN: Final = r"^[a-z0-9]+(?:[.-][a-z0-9]+)*$"
NAME_LENGTH: Final = 60
URL_PATTERN: Final = (
    r"""^https?://(?:\[[0-9A-Fa-f:.]+\]|[^\s/?#@:"'<>&\\\[\]]+)(?::[0-9]{1,5})?(?:/[^\s?#"'<>&\\]*)?$"""
)
"""No name and no password: what is written here stands on pages."""
DATE_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

Name = Annotated[str, Meta(pattern=NAME_PATTERN, max_length=NAME_LENGTH)]
Status = Literal["approved", "deprecated", "banned", "experimental"]
Language = Literal["en", "zh"]
Text = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=1)]


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same in another language. What is left out stays as it is."""

    title: str = ""
    """The heading or name."""
    description: str = ""
    """The sentence or two under it."""


class ImageSaid(Said, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same in another language. What is left out stays as it is."""

    owner: str = ""
    """The people to ask."""
    reason: str = ""
    """Why it has this status."""


class Image(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One image that the site reports on."""

    name: Name
    """Part of the page's address, so worth keeping. Lower-case words joined by dots or hyphens."""
    sources: Annotated[tuple[Text, ...], Meta(min_length=1)]
    """Where the image is found, tried in order: TRANSPORT:DETAILS, or HOST/REPOSITORY:TAG for a registry."""
    title: str = ""
    """What people call it; the name when left out."""
    platforms: Annotated[tuple[Text, ...], Meta(min_length=1)] = ("linux/amd64",)
    """OS/ARCHITECTURE or OS/ARCHITECTURE/VARIANT. The first one gets the image's main page."""
    description: str = ""
    """A sentence or two for the image's page."""
    status: Status | UnsetType = UNSET
    """What your organisation thinks of it."""
    owner: str = ""
    """The people to ask."""
    reason: str = ""
    """Why it has this status."""
    replacement: str = ""
    """The name of the image in this file to use instead."""
    review_on: Annotated[str, Meta(pattern=DATE_PATTERN, extra_json_schema={"format": "date"})] | UnsetType = UNSET
    """When the status is looked at again: YEAR-MONTH-DAY."""
    reports: tuple[Text, ...] = ()
    """Reports of other scanners about this image (Grype's or Trivy's JSON): files, from this file's folder on."""
    former_names: tuple[Name, ...] = ()
    """Names that it had in this file before: their addresses lead to its page."""
    policy: Policy | Off | UnsetType = UNSET
    """What is asked of this image otherwise than of its group, rule by rule; `off`: nothing is asked of it."""
    translations: dict[Language, ImageSaid] = {}
    """Title, description, owner and reason in the site's other languages."""


class Group(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Images that belong together on the home page."""

    name: Name
    """Part of an address. Lower-case words joined by dots or hyphens."""
    images: Annotated[tuple[Image, ...], Meta(min_length=1)]
    """In the order in which they are shown."""
    title: str = ""
    """The group's heading; the name when left out."""
    description: str = ""
    """A sentence or two under the heading."""
    policy: Policy | Off | UnsetType = UNSET
    """What is asked of these images otherwise than of all, rule by rule; `off`: nothing is asked of them."""
    translations: dict[Language, Said] = {}
    """Title and description in the site's other languages."""


class Site(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the site calls itself."""

    title: Text = "Basedex"
    """The site's name."""
    description: str = "Container base images, side by side"
    """One line about the site."""
    url: Annotated[str, Meta(pattern=URL_PATTERN, extra_json_schema={"format": "uri"})] | UnsetType = UNSET
    """Where the site is published: http:// or https://, a host, and the path that leads to its front page."""
    languages: Annotated[tuple[Language, ...], Meta(min_length=1, extra_json_schema={"uniqueItems": True})] = (
        "en",
        "zh",
    )
    """The first stands at the site's root, the others below folders of their own names."""
    translations: dict[Language, Said] = {}
    """Title and description in the site's other languages."""


class Sources(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How images are fetched."""

    plain_http_hosts: tuple[Text, ...] = ()
    """Registries (HOST or HOST:PORT) that are spoken to without TLS. Loopback addresses always may be."""
    parallel_downloads: Annotated[int, Meta(ge=1, le=16)] = 3
    """Layers of one image that are downloaded at a time."""
    cache_size: Annotated[int, Meta(ge=0)] = 10 * 1024**3
    """Bytes that the cache of downloaded layers may take."""


class Publish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How `basedex publish` publishes. Options of the command line come before these."""

    branch: Text = "gh-pages"
    """The git branch that gets the versions."""
    remote: Text = "origin"
    """The repository that `--push` pushes to: its name, address or folder."""
    keep_daily: Annotated[int, Meta(ge=0)] = 7
    """Days whose newest version is kept."""
    keep_monthly: Annotated[int, Meta(ge=0)] = 12
    """Months whose newest version is kept."""
    alias_type: Literal["symlink", "redirect", "copy"] = "symlink"
    """What `latest/` is: a symbolic link to the newest version, pages that lead there, or a second copy of it."""


class History(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which documents `basedex gc` keeps; the history itself always stays."""

    keep_last: Count = 10
    """States of each image, counted from the newest, whose documents are kept."""
    keep_days: Annotated[int, Meta(ge=0)] = 400
    """Days for which the document of a state is kept after another one took its place."""


class Advisories(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where it is read what is known of flaws in packages. Nothing is asked of anybody while the site is built."""

    folder: Text = "advisories"
    """The folder that `basedex advisories update` fills, or somebody else does; from this file's folder on."""
    max_age_days: Count = 14
    """Days after which what a database says is shown as too old."""
    mirror: Annotated[str, Meta(pattern=URL_PATTERN, extra_json_schema={"format": "uri"})] | UnsetType = UNSET
    """Where archives are, laid out as OSV lays them out, if not at OSV itself."""
    vex: tuple[Text, ...] = ()
    """OpenVEX documents: files, from this file's folder on."""


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one image may cost before its analysis is given up. What is left out stays as it is by default."""

    unpacked_size: Count | UnsetType = UNSET
    """Bytes of all the image's layers, unpacked."""
    expansion_ratio: Count | UnsetType = UNSET
    """Unpacked bytes for each compressed byte of a layer."""
    expansion_floor: Count | UnsetType = UNSET
    """Unpacked bytes of a layer below which the ratio is not looked at."""
    entries: Count | UnsetType = UNSET
    """Files, directories and links in all layers together."""


Pair = Annotated[tuple[Name, ...], Meta(min_length=2, max_length=2)]


class ImagesFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """images.yml: the images that a Basedex site reports on."""

    groups: Annotated[tuple[Group, ...], Meta(min_length=1)]
    """In the order in which they are shown."""
    pairs: tuple[Pair, ...] = ()
    """Images that get a page side by side: [FROM, TO], names in this file. Neighbours in a group have one anyway."""
    policy: Policy | UnsetType = UNSET
    """What `basedex check` asks of all images."""
    site: Site = Site()
    """What the site calls itself."""
    sources: Sources = Sources()
    """How images are fetched."""
    publish: Publish = Publish()
    """How `basedex publish` publishes."""
    history: History = History()
    """Which documents of former states are kept."""
    advisories: Advisories = Advisories()
    """Where it is read what is known of flaws in packages."""
    limits: Limits = Limits()
    """What one image may cost before its analysis is given up."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema (Draft 2020-12) of images.yml, without descriptions of its fields."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(ImagesFile)}
