"""Whether a version lies in a range of an advisory, and where the range ends: OSV's "Evaluation", and what follows it.

Schema: ossf.github.io/osv-schema, "affected[].ranges[].events fields" and "Evaluation". Events are put in order here,
as the schema has it; they may be written in any. Cost: n log n comparisons for n events.
"""

from functools import cmp_to_key

from generator.advisories.notices import Events
from generator.formats.versions import order


class NoOrder(Exception):
    """One of the versions has no place in the system's order."""


def end_of(events: Events, version: str, system: str) -> str | None:
    """Return the version that ends the range around `version`: "" when none is known; None: it lies in no range.

    Raises NoOrder when that cannot be told.
    """

    def compare(one: str, other: str) -> int:
        found = order(system, one, other)
        if found is None:
            raise NoOrder
        return found

    def in_time(one: tuple[str, str], other: tuple[str, str]) -> int:
        """Compare two events; at one version it is first introduced, then fixed. "0" comes before every version."""
        begins, others_begin = one == ("introduced", "0"), other == ("introduced", "0")
        if begins or others_begin:
            return others_begin - begins
        return compare(one[1], other[1]) or (one[0] != "introduced") - (other[0] != "introduced")

    limits = [limit for kind, limit in events if kind == "limit"]
    if limits and not any("*" in limit or compare(version, limit) < 0 for limit in limits):
        return None
    affected = False
    for kind, at in sorted((event for event in events if event[0] != "limit"), key=cmp_to_key(in_time)):
        since = 1 if (kind, at) == ("introduced", "0") else compare(version, at)
        if kind == "introduced":
            affected = affected or since >= 0
        elif kind == "fixed":
            if affected and since < 0:
                return at
            affected = affected and since < 0
        else:
            if affected and since <= 0:
                return ""
            affected = affected and since <= 0
    return "" if affected else None
