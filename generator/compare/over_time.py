"""One image over time: its past and the documents that are left in, every change with its summary out.

At most two documents are held at a time, and each is loaded once for all the changes that it is part of. Where one of
the two is no longer kept, or damaged, the change is what the history's figures tell.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from generator.analysis.document import Document
from generator.analysis.sections.os_release import OsReleaseSection
from generator.compare.between import between
from generator.compare.changes import Changes
from generator.compare.past import Past, State, Step, figures_of
from generator.compare.summary import Summary, summary_of, summary_of_figures
from generator.errors import StoreError
from generator.oci.digest import Digest


@dataclass(frozen=True, slots=True)
class Compared:
    """One change of an image, as far as it can be told."""

    step: Step
    summary: Summary
    changes: Changes | None = None
    """None where at least one document is not there."""
    os_releases: tuple[OsReleaseSection, ...] = ()
    """What each document says of its distribution, before and after; () without documents."""


def compared(past: Past, load: Callable[[Digest], Document]) -> Iterator[Compared]:
    """Yield every change, oldest first."""
    if not past.states:
        return
    before, *later = past.states
    one = _opened(before, load)
    for after in later:
        other = _opened(after, load)
        step = Step(before, after)
        if one is None or other is None:
            yield Compared(step, summary_of_figures(before.figures, after.figures))
        else:
            changes = between(one, other)
            sections = one.sections.os_release, other.sections.os_release
            yield Compared(step, summary_of(changes), changes, sections)
        before, one = after, other


def completed(past: Past, load: Callable[[Digest], Document]) -> Past:
    """Return the past with the figures of states that the history has none of, where their documents are kept."""
    states = []
    for state in past.states:
        document = _opened(state, load) if state.figures is None else None
        states.append(replace(state, figures=figures_of(document)) if document else state)
    return Past(tuple(states))


def as_json(past: Past, lines: list[tuple[Step, Summary, str]]) -> dict[str, Any]:
    """Return the past as values for JSON, oldest first; `lines` are its changes, each with its sentence in English."""
    return {
        "states": [_state(state) for state in past.states],
        "changes": [
            {
                "at": step.at,
                "name": step.name,
                "before": step.before.subject,
                "after": step.after.subject,
                "line": line,
                "summary": msgspec.to_builtins(summary),
            }
            for step, summary, line in lines
        ],
    }


def _state(state: State) -> dict[str, Any]:
    last = state.last
    return {
        "since": state.since,
        "subject": state.subject,
        "resolved_digest": last.resolved_digest,
        "source": last.source,
        "provenance": last.provenance,
        "generator_version": last.generator_version,
        "document_kept": state.is_kept,
        "figures": None if state.figures is None else msgspec.structs.asdict(state.figures),
    }


def _opened(state: State, load: Callable[[Digest], Document]) -> Document | None:
    if not state.is_kept:
        return None
    try:
        return load(state.subject)
    except StoreError:
        return None
