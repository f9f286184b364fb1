"""Flaws being gathered: what advisories say of each, in which packages; `merged` joins the names of one flaw."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
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
    cover three) join each. Of others the first by the alphabet keeps its name, GHSA before all. Cost: each alias is
    followed once, whatever they form.
    """
    others: defaultdict[str, set[str]] = defaultdict(set)
    for name, one in flaws.items():
        for alias in one.aliases:
            others[name].add(alias)
            others[alias].add(name)
    cves = {name for name in flaws if _is_cve(name)}
    found = {name: flaws[name] for name in cves}
    rest = set(flaws) - cves
    for name in sorted(rest, key=_preference):
        if name not in rest:
            continue
        same = _reached(name, others)
        members = sorted(same & rest, key=_preference)
        whole = _joined([flaws[one] for one in members], members)
        for owner in sorted(same & cves):
            found[owner] = _joined([found[owner], whole])
        if not same & cves:
            found[name] = whole
        rest -= same
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


def _joined(flaws: Iterable[Flaw], names: Iterable[str] = ()) -> Flaw:
    joined = Flaw(aliases=set(names))
    for one in flaws:
        joined.said += one.said
        joined.aliases |= one.aliases
        for place, found in one.at.items():
            joined.at[place] += found
    return joined


def _is_cve(name: str) -> bool:
    return name.startswith("CVE-")


def _preference(name: str) -> tuple[bool, str]:
    return not name.startswith("GHSA-"), name
