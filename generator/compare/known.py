"""Whether two documents can answer a question at all; things with names, told apart."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from generator.analysis.sections.base import Section
from generator.compare.changes import Reason, Sorted, Unknown

T = TypeVar("T")


def reason(section: Section | None) -> Reason:
    """Return why the section cannot tell; "" when it can: absent is an answer."""
    return "older" if section is None else "failed" if section.state == "failed" else ""


def unless_known(before: Section | None, after: Section | None) -> Unknown | None:
    """Return Unknown unless both sections can tell."""
    return unknown(reason(before), reason(after))


def unknown(before: Reason, after: Reason) -> Unknown | None:
    """Return Unknown when there is a reason on either side."""
    return Unknown(before, after) if before or after else None


def told_apart(
    before: Iterable[T],
    after: Iterable[T],
    key: Callable[[T], Any],
    content: Callable[[T], Any],
) -> Sorted[T]:
    """Match things by `key`; those with unequal `content` are changed. The first of equal keys counts."""
    ours: dict[Any, T] = {}
    theirs: dict[Any, T] = {}
    for found, things in ((ours, before), (theirs, after)):
        for one in things:
            found.setdefault(key(one), one)
    both = [(one, theirs[name]) for name, one in ours.items() if name in theirs]
    changed = tuple((one, other) for one, other in both if content(one) != content(other))
    return Sorted(
        removed=tuple(one for name, one in ours.items() if name not in theirs),
        added=tuple(one for name, one in theirs.items() if name not in ours),
        changed=changed,
        same_count=len(both) - len(changed),
    )
