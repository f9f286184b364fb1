"""Flaws being gathered: what advisories say of each, in which packages; `merged` joins the names of one flaw."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from generator.advisories.notices import Said


class Named(NamedTuple):
    """A name and version under which a package is looked for."""

    place: int
    name: str
    version: str
    """As advisories have it: its own, or its source package's."""
    advised: str
    own_version: str


@dataclass(slots=True)
class Flaw:
    """A finding being gathered."""

    said: list[Said] = field(default_factory=list)
    aliases: set[str] = field(default_factory=set)
    at: dict[int, list[tuple[Named, str, str]]] = field(default_factory=lambda: defaultdict(list))
    """By package: how it was found, the fixed version, the advisory."""


def merged(flaws: Mapping[str, Flaw]) -> dict[str, Flaw]:
    """Join what is one flaw by several names, however long the chain of aliases between them.

    A CVE is a flaw of its own: others that lead to it join it, and those that lead to several (one notice of Xen's may
    cover three) join each. Of others the first by the alphabet keeps its name, GHSA before all.
    """
    others: defaultdict[str, set[str]] = defaultdict(set)
    for name, one in flaws.items():
        for alias in one.aliases:
            others[name].add(alias)
            others[alias].add(name)
    found = {name: one for name, one in flaws.items() if _is_cve(name)}
    for name in sorted(set(flaws) - set(found), key=_preference):
        same = _reached(name, others)
        owners = sorted(same & found.keys()) or [name]
        for owner in owners:
            found[owner] = _joined(found.get(owner, Flaw()), flaws[name], name)
    return found


def _reached(name: str, others: Mapping[str, set[str]]) -> set[str]:
    """Return all names of a flaw; a CVE's other names are not followed, they may be of further flaws."""
    found, waiting = {name}, [name]
    while waiting:
        one = waiting.pop()
        for other in others.get(one, ()) if one == name or not _is_cve(one) else ():
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def _joined(into: Flaw, other: Flaw, name: str) -> Flaw:
    at: dict[int, list[tuple[Named, str, str]]] = defaultdict(list)
    for places in (into.at, other.at):
        for place, found in places.items():
            at[place] += found
    return Flaw(into.said + other.said, into.aliases | other.aliases | {name}, at)


def _is_cve(name: str) -> bool:
    return name.startswith("CVE-")


def _preference(name: str) -> tuple[bool, str]:
    return not name.startswith("GHSA-"), name
