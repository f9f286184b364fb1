"""The matrix: what of each document stands in one row beside the others. Document in, small frozen Row out.

A row keeps nothing of the tree, so hundreds of images fit in memory while their documents pass by one at a time.
Four states are never confused: there, looked for and not there, could not be read, and not known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from generator.analysis.document import Document
from generator.analysis.sections.base import Section

SIZE_NAMES: Final = (
    "docker_size",
    "podman_size",
    "compressed_size",
    "docker_vfs_size",
    "tar_size",
    "rootfs_size",
)
"""The fields of `Sizes`, the one that most people have seen first."""

FACT_NAMES: Final = (
    "packages",
    "commands",
    "shell",
    "package-manager",
    "libc",
    "cxx",
    "certificates",
    "time-zones",
    "user",
    "setuid",
)
"""What a row's `facts` has, always all of it."""

CXX_LIBRARY: Final = "libstdc++.so.6"
"""The C++ runtime library of GCC: what programs ask for by name."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that an image has or has not."""

    state: Literal["yes", "no", "failed", "unknown"]
    count: int | None = None
    """How many, where that is the question; None in every other state than "yes"."""
    words: tuple[str, ...] = ()
    """Names and versions, what matters most first; for "unknown" the reason, "" where the document is too old."""


@dataclass(frozen=True, slots=True)
class Row:
    """One image's facts. A size that is None is not known; `reasons` says why, by the size's name."""

    sizes: Mapping[str, int | None]
    reasons: Mapping[str, str]
    layer_count: int
    entry_count: int
    """Entries of the squashed tree, the root directory left out."""
    hidden_size: int
    created: str | None
    created_note: str
    """Why `created` is None, as the document has it, or "no-config"."""
    os_release_state: str
    distribution: str
    """os-release's pretty name (else its name); "" when there is none or it could not be read."""
    warning_count: int
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """By FACT_NAMES."""


def row_of(document: Document) -> Row:
    """Return the document's row."""
    section = document.sections.os_release
    found = section.found
    return Row(
        sizes={name: getattr(document.sizes, name) for name in SIZE_NAMES},
        reasons={name: document.unknown[f"sizes.{name}"] for name in SIZE_NAMES if f"sizes.{name}" in document.unknown},
        layer_count=len(document.layers),
        entry_count=len(document.tree) - 1,
        hidden_size=sum(layer.hidden_size for layer in document.layers),
        created=document.identity.created,
        created_note=document.identity.created_note if document.config else "no-config",
        os_release_state=section.state,
        distribution=(found.pretty_name or found.name or found.id) if found else "",
        warning_count=sum(document.warning_counts.values()),
        facts=_facts(document),
    )


def maxima(rows: Iterable[Row]) -> dict[str, int]:
    """Return the largest known figure of every size: what a bar of full length stands for; 0 when none is known."""
    largest = dict.fromkeys(SIZE_NAMES, 0)
    for row in rows:
        for name, size in row.sizes.items():
            largest[name] = max(largest[name], size or 0)
    return largest


# Facts

_NO: Final = Fact("no")


def _facts(document: Document) -> dict[str, Fact]:
    return {
        "packages": _packages(document),
        "commands": _commands(document),
        "shell": _trade(document, "shell"),
        "package-manager": _trade(document, "package manager"),
        "libc": _libc(document),
        "cxx": Fact("yes") if CXX_LIBRARY in document.tree.names else _NO,
        "certificates": _certificates(document),
        "time-zones": _time_zones(document),
        "user": _user(document),
        "setuid": _setuid(document),
    }


def _without(section: Section | None) -> Fact:
    """Return the fact of a section that found nothing to say."""
    if section is None:
        return Fact("unknown")
    return _NO if section.state == "absent" else Fact("failed")


def _packages(document: Document) -> Fact:
    section = document.sections.packages
    if section is None or section.found is None:
        return _without(section)
    kinds = tuple(dict.fromkeys(one.kind for one in section.found.databases))
    return Fact("yes", len(section.found.packages), kinds)


def _commands(document: Document) -> Fact:
    section = document.sections.commands
    if section is None or section.found is None:
        return _without(section)
    count = len(section.found.commands)
    return Fact("yes", count) if count else _NO


def _trade(document: Document, trade: str) -> Fact:
    """Name the programs of a trade once each, however many names they have."""
    section = document.sections.commands
    if section is None or section.found is None:
        return _without(section)
    programs = dict.fromkeys(
        one.program.partition(" ")[0] if one.kind == "applet" else one.provider.rpartition("/")[2]
        for one in section.found.commands
        if trade in one.trades
    )
    return Fact("yes", words=tuple(programs)) if programs else _NO


def _libc(document: Document) -> Fact:
    section = document.sections.elf
    if section is None or section.found is None:
        return _without(section)
    libraries = dict.fromkeys(f"{one.flavour} {one.version}".strip() for one in section.found.libraries)
    return Fact("yes", words=tuple(libraries)) if libraries else _NO


def _certificates(document: Document) -> Fact:
    section = document.sections.certificates
    if section is None or section.found is None:
        return _without(section)
    count = section.found.default_count
    if count is None:
        return Fact("failed")
    return Fact("yes", count) if count else _NO


def _time_zones(document: Document) -> Fact:
    section = document.sections.time_zones
    if section is None or section.found is None:
        return _without(section)
    zones = section.found.system
    if zones is None or not zones.zone_count:
        return _NO
    return Fact("yes", zones.zone_count, (zones.version,) if zones.version else ())


def _user(document: Document) -> Fact:
    """Tell whether the default user is another than root; the words name it either way."""
    section = document.sections.identity
    if section is None or section.state == "failed":
        return _without(section)
    user = section.found.default_user if section.found else None
    if user is None:
        return Fact("unknown", words=("no-config",))
    if user.is_root is None:
        return Fact("unknown", words=(user.problem,))
    return Fact("no" if user.is_root else "yes", words=(user.name or f"uid {user.uid}",))


def _setuid(document: Document) -> Fact:
    section = document.sections.permissions
    if section is None or section.found is None:
        return _without(section)
    count = section.found.setuid_count
    return Fact("yes", count) if count else _NO
