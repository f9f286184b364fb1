"""The multicall inspector's section: one file under many names."""

from generator.analysis.sections.base import Part, Section


class LinkGroup(Part, frozen=True):
    """One executable file that several names lead to, or that holds several commands."""

    path: str
    layer: int
    size: int
    """Bytes of the one file."""
    kind: str
    """elf or script; unknown for a file that could not be read."""
    names: tuple[str, ...]
    """Distinct command names, the file's own included, sorted."""
    symlink_count: int
    hard_link_count: int
    via_alternatives: tuple[str, ...]
    """Names whose way leads through /etc/alternatives: a choice, not an alias."""
    family: str
    """busybox or toybox where the file's own table proves it; "" where only the links are known."""
    version: str
    verified: bool
    """Whether the applet table was checked against the number of usage texts in the file."""
    applets: tuple[str, ...]
    """The file's own table of commands, in its order."""
    unlinked: tuple[str, ...]
    """Applets that no name leads to: reachable only as `busybox NAME`."""
    foreign: tuple[str, ...]
    """Names that lead to the file and are no applet (the file's own name aside)."""
    twins: tuple[tuple[str, ...], ...]
    """Applets that are one piece of code."""


class Multicall(Part, frozen=True):
    """All such files, most names first."""

    groups: tuple[LinkGroup, ...]


class MulticallSection(Section, frozen=True):
    """Which commands are one and the same file."""

    found: Multicall | None = None
