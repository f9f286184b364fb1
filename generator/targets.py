"""images.yml → what this site reports on. Every mistake is reported at once, with its line."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from generator import marked_yaml, text
from generator.errors import InvalidConfiguration, UsageError
from generator.images_file import Image, ImagesFile, Language, Name, Said, Status
from generator.images_mistakes import mistakes_in
from generator.images_policy import Off, Policy, combined
from generator.limits import Limits
from generator.marked_yaml import Marked, Place, YamlMistake
from generator.oci.platform import Platform

__all__ = [
    "AdvisorySettings",
    "Configuration",
    "Group",
    "Name",
    "PublishSettings",
    "SiteSettings",
    "SourceSettings",
    "Status",
    "Target",
    "load",
]

MISTAKES_LISTED: Final = 100


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One image that the site reports on, under one stable name (its page's address)."""

    name: str
    title: str
    sources: tuple[str, ...]
    """`transport:details`, tried in order; at least one."""
    platforms: tuple[Platform, ...]
    """At least one; the first has the page `images/NAME/`, the others `images/NAME/PLATFORM/`."""
    description: str = ""
    status: Status | None = None
    owner: str = ""
    reason: str = ""
    replacement: str = ""
    """Name of the target to use instead."""
    review_on: str = ""
    """ISO date of the next review."""
    reports: tuple[str, ...] = ()
    """Files of other scanners' reports, from the folder of images.yml on."""
    former_names: tuple[str, ...] = ()
    """Names that it had before; their addresses lead to its page."""
    policy: Policy = Policy()
    """What is asked of it: the file's policy, its group's and its own in one."""
    translations: dict[str, dict[str, str]] = {}
    """Fields as they are in other languages: language → field → words."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Images that belong together on the home page."""

    name: str
    title: str
    targets: tuple[Target, ...]
    description: str = ""
    translations: dict[str, dict[str, str]] = {}


class SiteSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the site calls itself."""

    title: str = "Basedex"
    description: str = "Container base images, side by side"
    url: str = ""
    """Where the site is published, with a slash at its end; "" when nobody has said."""
    languages: tuple[str, ...] = ("en",)
    """The first has the site's root, each other one a folder of its name."""
    translations: dict[str, dict[str, str]] = {}


class SourceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How sources may behave."""

    plain_http_hosts: tuple[str, ...] = ()
    """Registry hosts that are spoken to without TLS (loopback always may be)."""
    parallel_downloads: int = 3
    cache_size: int = 10 * 1024**3
    """Bytes of the blob cache."""


class PublishSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the site is published."""

    branch: str = "gh-pages"
    remote: str = "origin"
    keep_daily: int = 7
    """Days whose newest version is kept."""
    keep_monthly: int = 12
    """Months whose newest version is kept."""
    alias_type: Literal["symlink", "redirect", "copy"] = "symlink"
    """What `latest/` is."""


class HistorySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Which documents of former states are kept."""

    keep_last: int = 10
    """States of each image, counted from the newest."""
    keep_days: int = 400
    """Days after another state took its place."""


class AdvisorySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where it is read what is known of flaws in packages. Paths are from the folder of images.yml on."""

    folder: str = "advisories"
    max_age_days: int = 14
    """Days after which what a database says is too old."""
    mirror: str = ""
    """Where archives are, with a slash at its end; "": at OSV."""
    vex: tuple[str, ...] = ()


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of images.yml, checked."""

    groups: tuple[Group, ...]
    pairs: tuple[tuple[str, str], ...] = ()
    """Names of targets, from and to: pairs that get a page beside those of neighbours in a group."""
    site: SiteSettings = SiteSettings()
    sources: SourceSettings = SourceSettings()
    publish: PublishSettings = PublishSettings()
    history: HistorySettings = HistorySettings()
    advisories: AdvisorySettings = AdvisorySettings()
    limits: Limits = Limits()
    lines: dict[str, int] = {}
    """Target's name → where it stands in the file, counted from 1."""

    @property
    def targets(self) -> tuple[Target, ...]:
        """All targets in the file's order."""
        return tuple(target for group in self.groups for target in group.targets)

    def check_names(self, names: Iterable[str]) -> None:
        """Raise UsageError unless every one of `names` is a target's."""
        known = [target.name for target in self.targets]
        problems = []
        for name in names:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                problems.append(f"no image is called “{name}”" + (f"; did you mean “{near[0]}”?" if near else ""))
        if problems:
            raise UsageError(problem="; ".join(problems))

    def spoken(self, language: str) -> "Configuration":
        """Return it with titles, descriptions and reasons in `language`, as far as the file has them."""
        groups = tuple(
            msgspec.structs.replace(
                group,
                targets=tuple(
                    msgspec.structs.replace(one, **one.translations.get(language, {})) for one in group.targets
                ),
                **group.translations.get(language, {}),
            )
            for group in self.groups
        )
        site = msgspec.structs.replace(self.site, **self.site.translations.get(language, {}))
        return msgspec.structs.replace(self, groups=groups, site=site)


def _unchecked(source: str) -> None:
    """Take any source for good."""


def load(path: Path, check_source: Callable[[str], None] = _unchecked) -> Configuration:
    """Read and check images.yml; raises InvalidConfiguration with every mistake and its line.

    `check_source` raises UsageError for a source that cannot mean anything.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(marked_yaml.FILE_SIZE + 1)
    except OSError as err:
        raise _invalid(path, [YamlMistake(Place(1, 1), f"cannot be read: {err.strerror or err}")]) from err
    marked = marked_yaml.read(content)
    mistakes = list(marked.mistakes)
    if marked.value is not None or not mistakes:
        mistakes += mistakes_in(marked, check_source)
    if mistakes:
        raise _invalid(path, mistakes)
    return _configuration(msgspec.convert(marked.value, ImagesFile), marked)


def _invalid(path: Path, mistakes: Iterable[YamlMistake]) -> InvalidConfiguration:
    distinct = sorted(set(mistakes))
    shown = distinct[:MISTAKES_LISTED]
    lines = [
        f"{text.visible(str(path))}:{place.line}:{place.column}: {text.shortened(text.visible(sentence), 300)}"
        for place, sentence in shown
    ]
    if len(distinct) > len(shown):
        lines.append(f"… and {len(distinct) - len(shown)} more")
    return InvalidConfiguration(
        path=str(path),
        count=len(distinct),
        listing=Listing(lines),
        mistakes=tuple((place.line, place.column, sentence) for place, sentence in shown),
    )


class Listing(tuple[str, ...]):
    """Lines that stay lines in an error's sentence; each is safe to show."""

    __slots__ = ()

    def __str__(self) -> str:
        return "\n".join(self)


def _configuration(file: ImagesFile, marked: Marked) -> Configuration:
    set_limits = msgspec.to_builtins(file.limits)
    return Configuration(
        groups=tuple(
            Group(
                name=group.name,
                title=group.title or group.name,
                description=group.description,
                targets=tuple(_target(image, file.policy, group.policy) for image in group.images),
                translations=_translations(group.translations),
            )
            for group in file.groups
        ),
        pairs=tuple((one[0], one[1]) for one in file.pairs),
        site=SiteSettings(
            title=file.site.title,
            description=file.site.description,
            url="" if file.site.url is UNSET else file.site.url.rstrip("/") + "/",
            languages=file.site.languages,
            translations=_translations(file.site.translations),
        ),
        sources=SourceSettings(
            plain_http_hosts=file.sources.plain_http_hosts,
            parallel_downloads=file.sources.parallel_downloads,
            cache_size=file.sources.cache_size,
        ),
        publish=PublishSettings(**msgspec.to_builtins(file.publish)),
        history=HistorySettings(keep_last=file.history.keep_last, keep_days=file.history.keep_days),
        advisories=AdvisorySettings(
            folder=file.advisories.folder,
            max_age_days=file.advisories.max_age_days,
            mirror="" if file.advisories.mirror is UNSET else file.advisories.mirror.rstrip("/") + "/",
            vex=file.advisories.vex,
        ),
        limits=Limits(**set_limits),
        lines={
            image.name: marked.place(("groups", g, "images", i)).line
            for g, group in enumerate(file.groups)
            for i, image in enumerate(group.images)
        },
    )


def _target(image: Image, *policies: Policy | Off | UnsetType) -> Target:
    return Target(
        name=image.name,
        title=image.title or image.name,
        sources=image.sources,
        platforms=tuple(Platform.parse(platform) for platform in image.platforms),
        description=image.description,
        status=None if image.status is UNSET else image.status,
        owner=image.owner,
        reason=image.reason,
        replacement=image.replacement,
        review_on="" if image.review_on is UNSET else image.review_on,
        reports=image.reports,
        former_names=image.former_names,
        policy=combined(*policies, image.policy),
        translations=_translations(image.translations),
    )


def _translations(said: Mapping[Language, Said]) -> dict[str, dict[str, str]]:
    return {
        language: {name: words for name, words in msgspec.to_builtins(one).items() if words}
        for language, one in said.items()
    }
