"""What rules are judged by: one image on one platform, with the day of the judgement; and the words "cannot tell"."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from generator.advisories.assessment import Assessment
from generator.analysis.document import Document
from generator.analysis.sections.base import Section
from generator.lifecycle.calendar import Calendar
from generator.policy.verdict import Evidence
from generator.store.observation import Outcome
from generator.targets import Target
from generator.text import visible


class CannotTellError(Exception):
    """What is recorded does not answer the question. Said in a sentence, caught where rules are judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One image on one platform, as far as it is recorded."""

    target: Target
    outcome: Outcome
    today: date
    calendar: Calendar
    recorded: Document | None
    trouble: str = ""
    """Why there is no document."""
    since: str = ""
    """When it was first seen as it is now; "" when never."""
    changed_then: bool = False
    """Whether it is known to have been another image before `since`."""
    assessment: Assessment | None = None
    """What is known of its vulnerabilities as of `today`; None: nothing."""
    outdated: tuple[str, ...] = ()
    """Archives of advisories that are older than allowed, by name."""

    @property
    def document(self) -> Document:
        """The document; raises CannotTellError when there is none."""
        if self.recorded is None:
            raise CannotTellError(self.trouble or "nothing is recorded of the image")
        return self.recorded

    def evidence(self, path: str = "", layer: int | None = None, **facts: Any) -> Evidence:
        """Return evidence with what is recorded; `layer` is an index into the document's layers, or -1 for none."""
        layers = self.recorded.layers if self.recorded else ()
        there = layers[layer] if layer is not None and 0 <= layer < len(layers) else None
        return Evidence(
            document=self.outcome.observation.subject if self.outcome.observation else "",
            path=visible(path),
            layer=layer if there else None,
            layer_digest=(there.digest or there.diff_id) if there else "",
            **facts,
        )


def found(section: Section | None, what: str) -> Any:
    """Return what a section found, None when there is none of it; raises CannotTellError when that is not known."""
    if section is None:
        raise CannotTellError(f"the document is older than the question about {what}; another build answers it")
    if section.state == "failed":
        why = f": {visible(section.failure.text)}" if section.failure else ""
        raise CannotTellError(f"{what} could not be read{why}")
    return getattr(section, "found")  # noqa: B009 - every section has it, each of its own type
