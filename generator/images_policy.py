"""What may stand under `policy` in images.yml: one field a rule, with the shape of what may be asked of it.

A policy stands at the top of the file, on a group and on an image; the nearer one wins, rule by rule. `off`, null and
false switch a rule off. What the rules mean to an image is told in `policy.rules`; here is only how they are written.
"""

import re
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

SIZE_PATTERN: Final = r"^(?:off|[0-9]+(?:\.[0-9]+)? ?(?:B|kB|MB|GB|TB|KiB|MiB|GiB|TiB))$"
PATH_PATTERN: Final = r"^/."
"""Of a path inside an image."""
CAPABILITIES: Final = (
    "shell",
    "package-manager",
    "interpreter",
    "network-tool",
    "debugger",
    "libc",
    "ca-certificates",
    "time-zones",
    "non-root",
    "passwd",
    "tmp",
    "nsswitch",
    "locale",
    "multicall",
)
"""What `must_have` may ask for: the lines of an image's capability sheet."""

_UNITS: Final[dict[str, int]] = {
    "B": 1,
    **{f"{prefix}B": 1000 ** (power + 1) for power, prefix in enumerate(("k", "M", "G", "T"))},
    **{f"{prefix}iB": 1024 ** (power + 1) for power, prefix in enumerate(("K", "M", "G", "T"))},
}

Off = Literal["off"]
Size = Annotated[int, Meta(ge=0)] | Annotated[str, Meta(pattern=SIZE_PATTERN)] | UnsetType | None
Count = Annotated[int, Meta(ge=0)] | Off | UnsetType | None
Flag = bool | Off | UnsetType | None
Words = tuple[Annotated[str, Meta(min_length=1)], ...] | Off | UnsetType | None
Paths = tuple[Annotated[str, Meta(pattern=PATH_PATTERN)], ...] | Off | UnsetType | None


class EndOfLife(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How `not_end_of_life` is judged."""

    warn_days: Annotated[int, Meta(ge=0)] = 0
    """Days before the end of life from which on a warning is given; it violates nothing yet."""


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `basedex check` asks of images. A rule that is `off`, null or false is not asked."""

    max_compressed_size: Size = UNSET
    """What a registry transfers may have so many bytes: a number, or a size such as 80 MB or 64 MiB."""
    max_docker_vfs_size: Size = UNSET
    """What Docker prints with a naive graph driver may be so many bytes."""
    max_docker_size: Size = UNSET
    """What Docker prints with overlay2 may be so many bytes."""
    max_podman_size: Size = UNSET
    """What Podman prints may be so many bytes."""
    max_tar_size: Size = UNSET
    """The layers' tar streams may have so many bytes."""
    max_rootfs_size: Size = UNSET
    """The files of the root file system may have so many bytes."""
    max_packages: Count = UNSET
    """So many packages may be installed."""
    max_entries: Count = UNSET
    """The root file system may have so many entries, its root directory left out."""
    max_layers: Count = UNSET
    """The image may have so many layers."""
    no_shell: Flag = UNSET
    """There is no shell."""
    no_package_manager: Flag = UNSET
    """There is no package manager."""
    non_root: Flag = UNSET
    """The configuration names a user who is not root."""
    no_setuid: Flag = UNSET
    """No file has setuid or setgid, but for those in `allowed_setuid`."""
    allowed_setuid: Paths = UNSET
    """Paths that may have setuid or setgid; * stands for anything. Where it stands, `no_setuid` is asked too."""
    not_end_of_life: bool | Off | EndOfLife | UnsetType | None = UNSET
    """The distribution's release is still looked after."""
    not_banned: Flag = UNSET
    """The image's `status` is not `banned`; `deprecated` gives a warning."""
    forbidden_packages: Words = UNSET
    """Names of packages that may not be installed; * stands for anything."""
    must_have: tuple[Literal[CAPABILITIES], ...] | Off | UnsetType | None = UNSET  # type: ignore[valid-type]
    """Lines of the capability sheet that must be answered with yes."""
    max_critical: Count = UNSET
    """So many open vulnerabilities may be of critical severity."""
    max_high: Count = UNSET
    """So many open vulnerabilities may be of high severity."""
    max_open: Count = UNSET
    """So many known vulnerabilities may be open."""
    fixable: Count = UNSET
    """So many vulnerabilities may be open although there is a fixed version."""
    kev: Count = UNSET
    """So many open vulnerabilities may be in CISA's catalogue of exploited ones."""
    max_age_days: Count = UNSET
    """The image may have been the same for so many days."""
    review_due: Flag = UNSET
    """`review_on` has not passed."""
    fresh: Flag = UNSET
    """The last build on this machine found the image and knows it to be up to date."""


def size_of(written: int | str) -> int:
    """Return the bytes that a size means: `80 MB` is 80,000,000, `64 MiB` is 67,108,864."""
    if isinstance(written, int):
        return written
    found = re.fullmatch(r"([0-9.]+) ?([A-Za-z]+)", written)
    assert found is not None, written
    whole, _, fraction = found[1].partition(".")
    return int(whole + fraction) * _UNITS[found[2]] // int(10 ** len(fraction))


def combined(*policies: Policy | Off | UnsetType) -> Policy:
    """Return what holds where all of these stand, the nearest last; `off` for a whole policy takes back all before.

    In the result a rule is None or UNSET when it is not asked, sizes are bytes, and what is asked is never `off`.
    """
    rules: dict[str, Any] = {}
    for policy in policies:
        if policy == "off":
            rules = {}
        elif isinstance(policy, Policy):
            rules |= {name: _asked(name, getattr(policy, name)) for name in _set_in(policy)}
    if rules.get("allowed_setuid") is not None:
        rules.setdefault("no_setuid", True)
    return Policy(**rules)


def _set_in(policy: Policy) -> list[str]:
    return [name for name in Policy.__struct_fields__ if getattr(policy, name) is not UNSET]


def _asked(name: str, value: Any) -> Any:
    if value is None or value is False or value == "off":
        return None
    if name in SIZE_RULES:
        return size_of(value)
    return EndOfLife() if name == "not_end_of_life" and value is True else value


SIZE_RULES: Final = tuple(name for name in Policy.__struct_fields__ if name.startswith("max_") and name[-5:] == "_size")
"""The rules whose limit is a number of bytes: `max_` and the size's name."""


def form_of(name: str) -> str:
    """Say in words what may be written for a rule."""
    if name == "policy":
        return "a mapping of rules, or off"
    if name in SIZE_RULES:
        return "bytes, a size such as “80 MB” or “64 MiB”, or off"
    if name.startswith("max_") or name in ("fixable", "kev"):
        return "a whole number from 0 on, or off"
    if name == "not_end_of_life":
        return "true, off or {warn_days: DAYS}"
    if name in ("allowed_setuid", "forbidden_packages", "must_have"):
        return "a list, or off"
    return "true or off"
