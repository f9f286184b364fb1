"""Which ecosystem of OSV's an image is of: os-release in, names to ask for out.

Ecosystems: ossf.github.io/osv-schema, "Defined ecosystems". ID exactly, never ID_LIKE: a derivative's packages have
fixes of their own. Each distribution's advisories name packages in their own way: binary ones, sources, or both.
"""

import re
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from generator.analysis.sections.os_release import OsRelease

Naming = Literal["source", "binary", "both"]
System = Literal["apk", "dpkg", "rpm"]


class Release(NamedTuple):
    """What to ask for."""

    family: str
    """The archive's name at OSV, without a release: `Alpine`, `Rocky Linux`."""
    ecosystem: str
    """The pattern of full names, as people read it: `Alpine:v3.20`."""
    pattern: "re.Pattern[str]"
    naming: Naming

    @property
    def system(self) -> System:
        """The package system that its advisories are about: what other systems installed is none of theirs."""
        return _SYSTEMS.get(self.family, "rpm")

    def among(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the ecosystems that are this release's."""
        return tuple(sorted(name for name in names if self.pattern.fullmatch(name)))


_FAMILIES: Final = {
    "alpine": "Alpine", "debian": "Debian", "ubuntu": "Ubuntu", "almalinux": "AlmaLinux", "rocky": "Rocky Linux",
    "rhel": "Red Hat", "opensuse-leap": "openSUSE", "opensuse": "openSUSE", "opensuse-tumbleweed": "openSUSE",
    "sles": "SUSE", "wolfi": "Wolfi", "chainguard": "Chainguard",
}  # fmt: skip
_SYSTEMS: Final[dict[str, System]] = {
    "Alpine": "apk", "Wolfi": "apk", "Chainguard": "apk", "Debian": "dpkg", "Ubuntu": "dpkg",
}  # fmt: skip


def release_of(found: OsRelease) -> Release | None:
    """Return what to ask for; None for a distribution whose advisories are not known."""
    family = _FAMILIES.get(found.id)
    if family is None:
        return None
    version = found.version_id if re.fullmatch(r"[0-9.]{1,20}", found.version_id) else ""
    first, _, second = version.partition(".")
    match found.id:
        case "alpine":
            numbers = re.match(r"\d+\.\d+", found.version_id)
            before = re.search(r"_(alpha|beta|pre|rc)", found.version_id)
            name = "" if numbers is None else "edge" if before else f"v{numbers[0]}"
            return _plain(family, name, "source")
        case "debian":
            return _plain(family, version, "source")
        case "ubuntu":
            return Release(family, f"Ubuntu:{version}", re.compile(rf"Ubuntu:{re.escape(version)}(:LTS)?"), "source")
        case "almalinux":
            return _plain(family, first, "binary")
        case "rocky":
            return _plain(family, first, "both")
        case "rhel":
            pattern = rf"Red Hat:enterprise_linux:{first or 'none'}(\.\d+)?(::.*)?"
            return Release(family, f"Red Hat:enterprise_linux:{first}", re.compile(pattern), "binary")
        case "opensuse-tumbleweed":
            return _plain(family, "Tumbleweed", "both")
        case "opensuse" | "opensuse-leap":
            return _plain(family, f"Leap {version}", "both")
        case "sles":
            pack = f"{first} SP{second}" if second and first in ("11", "12", "15") else version
            return Release(family, f"SUSE:{pack}", re.compile(rf"SUSE:Linux Enterprise .* {re.escape(pack)}"), "both")
    return Release(family, family, re.compile(family), "both")


def _plain(family: str, name: str, naming: Naming) -> Release:
    ecosystem = f"{family}:{name}"
    return Release(family, ecosystem, re.compile(re.escape(ecosystem)), naming)


def distributions_of(ecosystem: str) -> frozenset[str]:
    """Return the names that package URLs give a distribution, by the name of an ecosystem with or without release."""
    family = ecosystem.partition(":")[0]
    same = {name for name, one in _FAMILIES.items() if one == family}
    return frozenset({*same, family.lower().replace(" ", "")} if family else same)
