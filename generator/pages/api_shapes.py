"""The shapes of the published JSON below `api/v1/`: what each file holds, from which the schemas are made.

Version 1 keeps its meaning: fields may be added, none changes or goes. What is not known is null, what is not there
is 0, false or an empty list. Addresses are relative to the site's root, and where the site's own address is known,
`url` beside them is the whole of it.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from generator.compare.summary import Summary
from generator.store.observation import Figures

API_VERSION = 1

Instant = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""RFC 3339 in UTC."""
Day = Annotated[str, Meta(extra_json_schema={"format": "date"})]
Sha = Annotated[str, Meta(pattern=r"^[a-z0-9]+:[0-9a-f]+$")]
Place = Annotated[str, Meta(min_length=1)]
"""An address below the site's root, without a slash at its beginning."""


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """Every file says which version of the API it belongs to."""

    api_version: Literal[1] = 1
    """Raised only when a field changes its meaning, which then has another address, too."""


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """One image on one platform, and where the rest is."""

    name: str
    """As in images.yml; stable."""
    platform: str
    """OS/ARCHITECTURE or OS/ARCHITECTURE/VARIANT."""
    json: Place
    """The image's own file in this API."""
    page: Place
    """The permalink that leads to its newest page."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the image has or has not."""

    state: Literal["yes", "no", "failed", "unknown"]
    """failed: it is there and could not be read; unknown: nobody can tell."""
    count: int | None
    """How many, where that is a question."""
    names: tuple[str, ...]
    """What exactly, the most important first."""


class SurfaceFact(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of thing that is there for someone who gets into a container. The document has the list behind it."""

    state: Literal["yes", "no", "failed", "unknown"]
    """no: all that counts was looked at, and none was found."""
    count: int | None
    """How many are known; null unless the state is yes."""
    unclear_count: int
    """Files that do not show it either way, not in `count`."""
    reason: str
    """Why it is unknown: `older` (than the question), `no-config`, `no-account`, `no-file-lists`, `unclear`; "" else.

    `no-database` with yes and no: nothing could own a file.
    """


class LifeCycle(msgspec.Struct, frozen=True, kw_only=True):
    """Until when its distribution looks after it."""

    kind: Literal[
        "release", "rolling", "development", "unknown-release", "unknown-distribution", "no-os-release", "unreadable"
    ]
    distribution: str
    """"" when it is not known."""
    release: str
    ends: Day | None
    """The last day of regular support."""
    has_ended: bool | None
    """True where support has ended on a day that nobody says; null where `ends` tells, or nothing does."""


class Overview(Reference, frozen=True, kw_only=True):
    """An image in the index: enough to choose, and where the rest is."""

    title: str
    group: str
    status: Literal["approved", "deprecated", "banned", "experimental"] | None
    """What whoever runs the site thinks of it."""
    freshness: Literal["current", "stale", "offline", "missing"]
    """Whether the last build saw that this is still the image, could not ask, was told not to, or knows nothing."""
    digest: Sha | None
    """null when nothing is known of the image; so are all figures."""
    since: Instant | None
    """When this digest was first seen."""
    figures: Figures | None


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """An image that the site had once."""

    name: str
    page: Place
    digest: Sha
    """What it was last."""
    last_seen: Instant


class Index(Shape, frozen=True, kw_only=True):
    """`index.json`: all images."""

    title: str
    description: str
    url: str
    """The site's own address; "" when whoever runs it has not said."""
    data_as_of: Instant | None
    """When the newest of all observations was made."""
    images: tuple[Overview, ...]
    removed: tuple[Removed, ...]


class SeverityCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many open vulnerabilities there are of each severity."""

    critical: int
    high: int
    medium: int
    low: int
    none: int
    """A CVSS score of 0."""
    unknown: int
    """Nobody has said."""
    total: int


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an image's vulnerabilities, in figures. Only two states have counts; no other means 0."""

    state: Literal["assessed", "no-advisories", "no-package-database", "too-old", "not-assessed"]
    """too-old: the counts are those of `database_date`, which is longer ago than the site allows."""
    reason: str
    """Why there are no counts: no-database, packages-unknown, packages-failed, no-os-release, unknown-distribution,
    no-archive, no-release; "" where the state says it all."""
    release: str
    """The distribution and release that were asked for, as OSV calls them; "" where nothing was asked."""
    counts: SeverityCounts | None
    fixable_count: int | None
    """Those of which every package has a fixed version."""
    exploited_count: int | None
    """Those in CISA's catalogue; null also where there was none to ask."""
    database_digest: str
    """Of all that was asked; two images can be compared where it is the same."""
    database_date: Day | None
    newest_advisory: Day | None
    """About this very release: it stands still when support has ended, and a small count then says little."""
    advisory_count: int | None
    package_count: int | None
    """Packages that were held against the advisories."""
    unheld_count: int | None
    """Packages that cannot be: without a version, or of another package system than the distribution's own."""
    unowned_file_count: int | None
    """Files of no package, about which no advisory says anything."""
    json: Place
    """All of it, with a list of vulnerabilities."""


class Image(Shape, frozen=True, kw_only=True):
    """`images/NAME/PLATFORM.json`: one image."""

    summary: Overview
    description: str
    owner: str
    reason: str
    """Why it has its status, in its owner's words."""
    replacement: str
    """The name of the image to use instead; "" for none."""
    review_on: Day | None
    source: str
    """Where its bytes came from; "" when nothing is known."""
    provenance: str
    """What the bytes really are, where they did not come from the image's own source."""
    trouble: str
    """Why it could not be brought up to date; "" when it is."""
    life_cycle: LifeCycle | None
    facts: dict[str, Fact]
    """By name; always the same names where anything is known."""
    surface: dict[str, SurfaceFact]
    """The attack surface by name; always the same names where anything is known. Nothing is weighed."""
    unknown_sizes: dict[str, str]
    """Sizes that `figures` has not, and why."""
    document: Place | None
    """The whole analysis, as the schema of documents has it."""
    bills: dict[str, Place]
    """Bills of materials, by format: `spdx` (SPDX 2.3) and `cyclonedx` (CycloneDX 1.6)."""
    vulnerabilities: Known | None
    """null where nothing is known of the image at all."""
    history: Place


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The image for as long as it had one digest."""

    digest: Sha
    since: Instant
    until: Instant | None
    """When another one was first seen in its place; null: it is the newest."""
    source: str
    provenance: str
    figures: Figures | None
    """null where they were not noted down."""


class Vulnerable(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the vulnerabilities of an image, in figures."""

    counts: SeverityCounts
    exploited_count: int | None
    """Those in CISA's catalogue; null where there was none to ask."""
    fixable_count: int
    named: tuple[str, ...]
    """All of them where they are few, else the first that are exploited or critical."""


class Turnover(msgspec.Struct, frozen=True, kw_only=True):
    """What a change did to known vulnerabilities, as one database judges both digests today."""

    gone: Vulnerable
    new: Vulnerable


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """From one digest to the next."""

    name: str
    platform: str
    at: Instant
    """When it was seen first."""
    before: Sha | None
    """null: the image was new to the site."""
    after: Sha
    page: Place
    summary: Summary | None
    """What has changed, in a few figures; null where the image was new to the site."""
    vulnerabilities: Turnover | None
    """null where that cannot be told: one of the digests is not assessed, or its document not kept."""


class History(Shape, frozen=True, kw_only=True):
    """`images/NAME/PLATFORM/history.json`: all that an image has been, newest first."""

    name: str
    platform: str
    states: tuple[State, ...]
    changes: tuple[Change, ...]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One time that an image had the digest."""

    name: str
    platform: str
    since: Instant
    until: Instant | None
    page: Place


class DigestFound(Shape, frozen=True, kw_only=True):
    """`digests/ALGORITHM/HEX.json`: what has, or had, this digest."""

    digest: Sha
    kind: Literal["image", "index"]
    """Of one platform's image, or of the index through which it was found."""
    seen: tuple[Seen, ...]
    figures: Figures | None
    document: Place | None
    """Only while an image of the site has it."""


class Changes(Shape, frozen=True, kw_only=True):
    """`changes.json`: the newest changes of all images, newest first; `changes/YEAR.json`: all of a year."""

    changes: tuple[Change, ...]
    years: dict[str, Place]
    """Year → the file with all of its changes."""


class Where(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """An image that has a package: its place in `images`, and the version."""

    image: int
    version: str


class PackageSearch(Shape, frozen=True, kw_only=True):
    """`search/packages.json`: which image has which package."""

    images: tuple[Reference, ...]
    packages: dict[str, tuple[Where, ...]]
