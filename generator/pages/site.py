"""The site as its pages see it: images with their outcomes and rows, read-only, and where each has its page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from generator.advisories.assessment import Assessment
from generator.advisories.recorded import Assessments
from generator.analysis.document import Document
from generator.compare.capabilities import Capability
from generator.compare.commands import ImageCommands
from generator.compare.flaws import Outline
from generator.compare.matrix import Row
from generator.compare.past import Past
from generator.compare.sharing import Sharing
from generator.compare.summary import Summary
from generator.compare.surface import Fact as SurfaceFact
from generator.compare.terms import ImageTerms
from generator.language import ENGLISH, gettext, mark
from generator.lifecycle.calendar import Calendar, shipped
from generator.lifecycle.rules import Standing
from generator.oci.digest import Digest
from generator.oci.platform import Platform
from generator.store.observation import Outcome
from generator.targets import Configuration, Group, Target


class File(NamedTuple):
    """One file of build/docs: its path there, with slashes, and its bytes."""

    path: str
    content: bytes


class Freshness(NamedTuple):
    """An outcome's state in the pages' words: a CSS class and a label."""

    kind: str
    label: str


_FRESHNESS: Final = {
    "fresh": Freshness("current", mark("up to date")),
    "unchanged": Freshness("current", mark("up to date")),
    "stale": Freshness("stale", mark("not refreshed")),
    "offline": Freshness("offline", mark("not asked")),
    "missing": Freshness("missing", mark("not known")),
}


_FIRST_SLUG: Final = Platform().slug


@dataclass(frozen=True, slots=True)
class Image:
    """One target on one platform. Analyzed now and unchanged since look the same: pages must not change by it."""

    target: Target
    group: Group
    platform: Platform
    outcome: Outcome

    @property
    def folder(self) -> str:
        """The page's folder, which is also its address below the site's root, without a slash at the end."""
        first = self.platform == self.target.platforms[0]
        return f"images/{self.target.name}" if first else f"images/{self.target.name}/{self.platform.slug}"

    @property
    def root(self) -> str:
        """The way from the page back to the site's root."""
        return "../" * (self.folder.count("/") + 1)

    @property
    def freshness(self) -> Freshness:
        """How well the page's facts are known to be today's."""
        kind, label = _FRESHNESS[self.outcome.state]
        return Freshness(kind, gettext(label))

    @property
    def recorded_at(self) -> str:
        """When the facts were recorded; "" when there are none."""
        return self.outcome.observation.at if self.outcome.observation else ""

    @property
    def provenance(self) -> str:
        """What the bytes really are, where they did not come from the image's own source; else ""."""
        return self.outcome.observation.provenance if self.outcome.observation else ""

    @property
    def reason(self) -> str:
        """Why the facts are not known to be today's; "" when they are."""
        if self.outcome.state == "offline":
            return gettext(self.outcome.reason or "the last build was told not to ask")
        reason = self.outcome.reason if self.outcome.state in ("stale", "missing") else ""
        return reason and gettext(reason)


@dataclass(frozen=True, slots=True)
class Removed:
    """An image that images.yml has no longer, at least not for these platforms: what the history knows of it."""

    name: str
    pasts: dict[str, Past]
    """By the platform's slug, by which they are sorted; at least one."""
    is_listed: bool = False
    """Whether images.yml has the image, but not for these platforms any more."""

    @property
    def first(self) -> str:
        """The slug of the platform that has the page `images/NAME/`; "" where another image has that."""
        if self.is_listed:
            return ""
        return _FIRST_SLUG if _FIRST_SLUG in self.pasts else next(iter(self.pasts))

    def folder(self, slug: str) -> str:
        """Return the page's folder, as `Image.folder`."""
        return f"images/{self.name}" if slug == self.first else f"images/{self.name}/{slug}"


def _no_document(image: Image) -> Document:
    raise LookupError(image.folder)


@dataclass(frozen=True, slots=True)
class Site:
    """Everything the pages of the whole site need. `rows` has no entry for an image of which nothing is known."""

    configuration: Configuration
    images: tuple[Image, ...]
    language: str = ENGLISH
    """The language in which its pages are made."""
    pasts: dict[str, Past] = field(default_factory=dict)
    """By the image's folder; has an entry for every image, known before any document is opened."""
    removed: tuple[Removed, ...] = ()
    """Images that images.yml has no longer, by name."""
    dropped: tuple[Removed, ...] = ()
    """Images that images.yml has, but not for these platforms any more, by name."""
    summaries: dict[str, tuple[Summary, ...]] = field(default_factory=dict)
    """What each change of a past is about, oldest first as `Past.steps`, by the folder of the image or removed image.

    Has an entry for every image, before the image's own page is made, and for every removed one before the site's.
    """
    rows: Mapping[str, Row] = field(default_factory=dict)
    """By the image's folder."""
    standings: Mapping[str, Standing] = field(default_factory=dict)
    """By the image's folder; has an entry where `rows` has one."""
    sheets: Mapping[str, tuple[Capability, ...]] = field(default_factory=dict)
    """The capability sheets, by the image's folder; has an entry where `rows` has one."""
    surfaces: Mapping[str, tuple[SurfaceFact, ...]] = field(default_factory=dict)
    """The attack surface's facts without their lists, by the image's folder; has an entry where `rows` has one."""
    commands: Mapping[str, ImageCommands] = field(default_factory=dict)
    """What can be called in each image, by its folder; has an entry where `rows` has one."""
    sharing: Sharing = field(default_factory=Sharing)
    """Layers and contents of all images that have a row."""
    terms: Mapping[str, ImageTerms] = field(default_factory=dict)
    """What each image can be found by, by its folder; has an entry where `rows` has one."""
    assessments: Assessments = field(default_factory=Assessments)
    """What is known of the flaws of any image, also of former ones, by digest: read when asked for."""
    assessed: Mapping[str, Assessment] = field(default_factory=dict)
    """What is known of each image's flaws, without the lists of them, by its folder; an entry where `rows` has one."""
    outlines: dict[tuple[str, Digest, Digest], Outline | None] = field(default_factory=dict)
    """What changes did to known vulnerabilities, by the image's name and the digests before and after.

    Filled as it is asked for, through `Chronicle.outline`; None: cannot be told.
    """
    lifecycle: Calendar = field(default_factory=shipped)
    document: Callable[[Image], Document] = _no_document
    """Reads an image's document again, for pages that set two side by side; only for images that have a row."""

    @property
    def folder(self) -> str:
        """The folder of this language's pages, with a slash at its end; "" for the first language's."""
        return "" if self.language == self.configuration.site.languages[0] else f"{self.language}/"

    @property
    def data_root(self) -> str:
        """The way from the root of this language's pages to the root of what there is once: data, styles, scripts."""
        return "../" * self.folder.count("/")

    def past(self, image: Image) -> Past:
        """Return the image's states and changes."""
        return self.pasts.get(image.folder, Past())

    def row(self, image: Image) -> Row | None:
        """Return the image's facts, or None when nothing is known."""
        return self.rows.get(image.folder)

    def assessment(self, image: Image) -> Assessment:
        """Return all that is known of an image's flaws; what was not assessed says so."""
        observation = image.outcome.observation
        return self.assessments.of(observation.subject if observation else None, image.target)

    def first_of(self, name: str) -> Image | None:
        """Return the image that has the page `images/NAME/`."""
        return next((image for image in self.images if image.folder == f"images/{name}"), None)

    def platforms_of(self, target: Target) -> tuple[Image, ...]:
        """Return the target's images, in its platforms' order."""
        return tuple(image for image in self.images if image.target.name == target.name)


def arrange(configuration: Configuration, outcomes: Mapping[tuple[str, Platform], Outcome]) -> tuple[Image, ...]:
    """Return one Image for every target and platform of the configuration, in its order.

    An image without an outcome (a build of only some images) counts as missing.
    """
    return tuple(
        Image(target, group, platform, outcomes.get((target.name, platform)) or _no_outcome(target, platform))
        for group in configuration.groups
        for target in group.targets
        for platform in target.platforms
    )


def _no_outcome(target: Target, platform: Platform) -> Outcome:
    return Outcome(
        name=target.name, platform=platform, state="missing", observation=None, reason="it has not been analyzed yet"
    )
