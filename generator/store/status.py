"""How the last build went, as the published `api/v1/status.json` tells it: for monitors, which want to know its age.

It is the one file of a site with a build's own time in it, and the only one that differs when nothing has changed.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from generator import __version__
from generator.store import atomic
from generator.store.observation import Outcome

PLACE: Final = "api/v1/status.json"
"""Below the site's root."""

Instant = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """How one image fared in the last build."""

    name: str
    platform: str
    state: Literal["fresh", "unchanged", "stale", "offline", "missing"]
    """fresh: analyzed now; unchanged: asked, and the same; stale: could not be asked, the last facts stand."""
    error: str
    """The error's short name on the page of messages; "" for none."""
    reason: str
    digest: str | None
    observed_at: Instant | None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """`status.json`: when the site was built and how it went; the only file that differs when nothing has changed."""

    api_version: Literal[1] = 1
    generated_at: Instant
    generator_version: str
    data_as_of: Instant | None
    """When the newest of all observations was made."""
    image_count: int
    current_count: int
    stale_count: int
    missing_count: int
    images: tuple[Asked, ...]


def status_of(outcomes: Sequence[Outcome], at: str) -> Status:
    """Return the status of a build that ended `at`."""
    states = [one.state for one in outcomes]
    return Status(
        generated_at=at,
        generator_version=__version__,
        data_as_of=max((one.observation.at for one in outcomes if one.observation), default=None),
        image_count=len(outcomes),
        current_count=states.count("fresh") + states.count("unchanged"),
        stale_count=states.count("stale"),
        missing_count=states.count("missing"),
        images=tuple(_asked(one) for one in outcomes),
    )


def write(site: Path, status: Status) -> None:
    """Put the status into a built site; raises StoreError when it cannot. Only for who holds the output's lock."""
    atomic.sweep((site / PLACE).parent)
    atomic.write(site / PLACE, msgspec.json.encode(status, order="deterministic") + b"\n")


def _asked(outcome: Outcome) -> Asked:
    return Asked(
        name=outcome.name,
        platform=str(outcome.platform),
        state=outcome.state,  # type: ignore[arg-type]
        error=outcome.slug,
        reason=outcome.reason,
        digest=outcome.observation.subject if outcome.observation else None,
        observed_at=outcome.observation.at if outcome.observation else None,
    )
