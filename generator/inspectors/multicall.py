"""Multi-call binaries: one executable file under many names, by symbolic or hard links; BusyBox and toybox decoded.

That names are one file is a fact of the tree. That the file behaves differently by name is claimed only where its own
table of applets says so. Names that go through /etc/alternatives are a choice between programs, and marked.
"""

from collections import defaultdict
from typing import Final

from generator.analysis.sections.multicall import LinkGroup, Multicall, MulticallSection
from generator.inspectors.base import Filesystem, Inspector
from generator.inspectors.names import Name, names
from generator.oci.documents import Config
from generator.text import visible


def inspect(filesystem: Filesystem, config: Config | None) -> MulticallSection:
    """Group the names of executables by the file they lead to."""
    groups: dict[str, list[Name]] = defaultdict(list)
    for name in names(filesystem):
        groups[name.provider].append(name)
    found = [
        _group(provider, members)
        for provider, members in groups.items()
        if members[0].facts.applets or len({member.name for member in members}) > 1
    ]
    if not found:
        return MulticallSection(state="absent")
    found.sort(key=lambda group: (-max(len(group.names), len(group.applets)), group.path))
    return MulticallSection(state="found", found=Multicall(tuple(found)))


def _group(provider: str, members: list[Name]) -> LinkGroup:
    facts, file = members[0].facts, members[0].file
    linked = {member.name for member in members}
    own = provider.rpartition("/")[2]
    applets = set(facts.applets)
    return LinkGroup(
        path=visible(f"/{provider}"),
        layer=file.layer,
        size=file.size,
        kind=facts.kind,
        names=tuple(map(visible, sorted(linked))),
        symlink_count=sum(member.link == "symlink" for member in members),
        hard_link_count=sum(member.link == "hard link" for member in members),
        via_alternatives=tuple(sorted({visible(member.name) for member in members if member.via_alternatives})),
        family=facts.family,
        version=facts.version,
        verified=facts.verified,
        applets=facts.applets,
        unlinked=tuple(applet for applet in facts.applets if applet not in linked),
        foreign=tuple(map(visible, sorted(linked - applets - {own, facts.family}))) if facts.applets else (),
        twins=facts.twins,
    )


INSPECTOR: Final = Inspector(name="multicall", keeps=frozenset(), kept_size=0, inspect=inspect, failed=MulticallSection)
