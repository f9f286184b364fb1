"""images.yml → what this site reports on. Every mistake is reported at once, with its line."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from generator.limits import Limits
from generator.oci.platform import Platform

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(?:[.-][a-z0-9]+)*$", max_length=60)]
Status = Literal["approved", "deprecated", "banned", "experimental"]


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


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Images that belong together on the home page."""

    name: str
    title: str
    targets: tuple[Target, ...]
    description: str = ""


class SiteSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the site calls itself."""

    title: str = "Basedex"
    description: str = "Container base images, side by side"


class SourceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How sources may behave."""

    plain_http_hosts: tuple[str, ...] = ()
    """Registry hosts that are spoken to without TLS (loopback always may be)."""
    parallel_downloads: int = 3
    cache_size: int = 10 * 1024**3
    """Bytes of the blob cache."""


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of images.yml, checked."""

    groups: tuple[Group, ...]
    site: SiteSettings = SiteSettings()
    sources: SourceSettings = SourceSettings()
    limits: Limits = Limits()

    @property
    def targets(self) -> tuple[Target, ...]:
        """All targets in the file's order."""
        return tuple(target for group in self.groups for target in group.targets)


def load(path: Path) -> Configuration:
    """Read and check images.yml; raises InvalidConfiguration with every mistake and its line."""
    raise NotImplementedError
