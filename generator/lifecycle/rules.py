"""Which release an image is of: os-release(5) and the calendar in, a Standing out.

The rule is ID exactly (never ID_LIKE: a derivative has dates of its own) and VERSION_ID exactly, or as many of its
numbers as name a release of that distribution. What no rule meets is said to be not known, and why. Neither a kernel,
nor the packages, nor an image's name are asked.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from generator.analysis.sections.os_release import OsRelease, OsReleaseSection
from generator.language import mark
from generator.lifecycle.calendar import Calendar, Product, Release

Kind = Literal[
    "release",
    "rolling",
    "development",
    "unknown-release",
    "unknown-distribution",
    "no-os-release",
    "unreadable",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What can be said of an image's life cycle."""

    kind: Kind
    title: str = ""
    """The distribution, in our words; "" when it is not known."""
    cycle: str = ""
    release: Release | None = None
    policy: str = ""
    extended: str = ""
    """What support after the end of life is called."""
    matched: tuple[tuple[str, str], ...] = ()
    """The os-release fields that decided, as they stand in the file."""
    rule: str = ""
    own_name: str = ""
    """The image's own name for itself, where it is not the distribution's."""
    id_like: str = ""
    """What an unknown distribution says it is like."""

    def ended_before(self, day: str) -> bool:
        """Whether regular support was over on `day` (YYYY-MM-DD or any RFC 3339 time)."""
        end = self.release.ends if self.release else None
        return end is True or (isinstance(end, str) and end < day[:10])


class _Reading(NamedTuple):
    """How a distribution's VERSION_ID names a release."""

    words: str
    cycle: Callable[[str], str]


def _numbers(version: str, count: int) -> str:
    return ".".join(version.split(".")[:count]) if re.fullmatch(r"\d+(\.\d+)*", version) else ""


_WHOLE: Final = _Reading(mark("VERSION_ID is the release."), lambda version: version)
_FIRST: Final = _Reading(
    mark(
        "The first number of VERSION_ID is the release; dates are those of the major release, and a minor one is "
        "looked after no longer than until the next."
    ),
    lambda version: _numbers(version, 1),
)
_FIRST_TWO: Final = _Reading(mark("The first two numbers of VERSION_ID are the release."), lambda one: _numbers(one, 2))
_SERVICE_PACK: Final = _Reading(
    mark("VERSION_ID is the release and its service pack, 0 where it has none."),
    lambda version: version if "." in version else f"{version}.0",
)


class _Rule(NamedTuple):
    product: str
    reading: _Reading
    extended: str = mark("extended support")


_RULES: Final = {
    "almalinux": _Rule("almalinux", _FIRST),
    "alpine": _Rule("alpine-linux", _FIRST_TWO),
    "amzn": _Rule("amazon-linux", _WHOLE),
    "centos": _Rule("centos", _FIRST),
    "debian": _Rule("debian", _WHOLE, mark("Debian LTS")),
    "devuan": _Rule("devuan", _WHOLE),
    "fedora": _Rule("fedora", _WHOLE),
    "mageia": _Rule("mageia", _WHOLE),
    "ol": _Rule("oracle-linux", _FIRST, mark("Extended Support, for a fee")),
    "opensuse": _Rule("opensuse", _WHOLE),
    "opensuse-leap": _Rule("opensuse", _WHOLE),
    "photon": _Rule("vmware-photon", _WHOLE),
    "rhel": _Rule("rhel", _FIRST, mark("Extended Life Cycle Support, for a fee")),
    "rocky": _Rule("rocky-linux", _FIRST),
    "sles": _Rule("sles", _SERVICE_PACK, mark("LTSS, for a fee")),
    "ubuntu": _Rule("ubuntu", _WHOLE, mark("Ubuntu Pro")),
}
"""By os-release's ID."""
_STREAM: Final = _Rule("centos-stream", _FIRST)

ROLLING: Final = {
    "arch": "Arch Linux",
    "chainguard": "Chainguard OS",
    "chimera": "Chimera Linux",
    "gentoo": "Gentoo",
    "kali": "Kali Linux",
    "opensuse-slowroll": "openSUSE Slowroll",
    "opensuse-tumbleweed": "openSUSE Tumbleweed",
    "void": "Void Linux",
    "wolfi": "Wolfi",
}
"""Distributions that have no releases, by os-release's ID."""

PRODUCTS: Final = frozenset({rule.product for rule in _RULES.values()} | {_STREAM.product})
"""What a calendar must have for every rule to find its dates."""


def standing_of(section: OsReleaseSection, calendar: Calendar) -> Standing:
    """Return what `calendar` says of the release that os-release names."""
    if section.state == "absent":
        return Standing(kind="no-os-release")
    found = section.found
    if found is None:
        return Standing(kind="unreadable")
    if "ID" not in found.fields:
        return Standing(kind="unknown-distribution", rule=mark("There is no ID, so it names no distribution."))
    if found.id in ROLLING:
        words = mark("Distributions with this ID have no releases.")
        return Standing(kind="rolling", title=ROLLING[found.id], matched=_fields(found, "ID"), rule=words)
    rule, decisive = _rule_of(found)
    product = calendar.products.get(rule.product) if rule else None
    if rule is None or product is None:
        return Standing(
            kind="unknown-distribution",
            matched=_fields(found, "ID"),
            rule=mark("No dates are known for this ID."),
            id_like=" ".join(found.id_like),
        )
    return _among(found, rule, decisive, product)


def _rule_of(found: OsRelease) -> tuple[_Rule | None, tuple[str, ...]]:
    """Return the rule and the fields that chose it."""
    if found.id == "centos" and found.name == "CentOS Stream":
        return _STREAM, ("ID", "NAME")
    return _RULES.get(found.id), ("ID",)


def _among(found: OsRelease, rule: _Rule, decisive: tuple[str, ...], product: Product) -> Standing:
    own_name = _own_name(found, product)
    before_release = _before_release(found)
    if before_release:
        field, words = before_release
        return Standing(
            kind="development",
            title=product.title,
            policy=product.policy,
            matched=_fields(found, *decisive, field),
            rule=words,
            own_name=own_name,
        )
    cycle = rule.reading.cycle(found.version_id)
    release = product.releases.get(cycle)
    if "VERSION_ID" not in found.fields:
        words = mark("There is no VERSION_ID, so it names no release.")
    elif release is None:
        words = mark("No release of this distribution has such a VERSION_ID, as far as the dates at hand go.")
    else:
        words = rule.reading.words
    return Standing(
        kind="release" if release else "unknown-release",
        title=product.title,
        cycle=cycle if release else "",
        release=release,
        policy=product.policy,
        extended=rule.extended if release and release.extended_until is not None else "",
        matched=_fields(found, *decisive, "VERSION_ID"),
        rule=words,
        own_name=own_name,
    )


def _before_release(found: OsRelease) -> tuple[str, str] | None:
    """Return the field that shows a distribution between its releases, and how; None for a release."""
    match found.id:
        case "alpine" if re.fullmatch(r"[\d.]+_(alpha|beta|pre|rc)\d*", found.version_id):
            return "VERSION_ID", mark("A VERSION_ID with _alpha, _beta, _pre or _rc is Alpine before a release (edge).")
        case "debian" | "devuan" if "VERSION_ID" not in found.fields and found.version_codename:
            return "VERSION_CODENAME", mark(
                "Without a VERSION_ID it is testing or unstable: a codename not yet released."
            )
        case "fedora" if found.fields.get("REDHAT_SUPPORT_PRODUCT_VERSION") == "rawhide":
            return "REDHAT_SUPPORT_PRODUCT_VERSION", mark("Rawhide is Fedora before a release.")
        case "fedora" if found.fields.get("VARIANT_ID") == "eln":
            return "VARIANT_ID", mark("ELN is built from Rawhide and is no release.")
    return None


def _own_name(found: OsRelease, product: Product) -> str:
    """Return PRETTY_NAME where the distribution's name does not begin it: images made of its packages do that."""
    name = found.fields.get("PRETTY_NAME", "")
    return "" if name.casefold().startswith(product.title.split()[0].casefold()) else name


def _fields(found: OsRelease, *names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, found.fields[name]) for name in names if name in found.fields)
