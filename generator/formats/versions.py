"""Orders of package versions: two versions of one package system in, which is newer out.

dpkg: deb-version(7), epoch, then upstream version and revision in alternating parts, `~` before everything. rpm:
rpmvercmp, parts of letters or digits, `~` before and `^` after everything, epoch first. apk: the versions that apk's
grammar allows, `1.2.3a_rc1-r0`; anything else has no order. Whoever gets None can only say that they differ.
"""

import re
from itertools import zip_longest
from typing import Final

Order = int | None
"""-1: the first is older; 0: equal in the system's order; 1: the first is newer; None: not known."""

_DEB: Final = re.compile(r"(?:([0-9]+):)?([0-9][A-Za-z0-9.+~:-]*?)(?:-([A-Za-z0-9.+~]+))?", re.ASCII)
_APK: Final = re.compile(
    r"([0-9]+(?:\.[0-9]+)*)([a-z]?)((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*)(?:~[0-9a-f]+)?(?:-r([0-9]+))?",
    re.ASCII,
)
_APK_SUFFIX: Final = re.compile(r"_([a-z]+)([0-9]*)")
_APK_ORDER: Final = ("alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p")
"""The empty one is a version without a suffix."""
_RPM_PART: Final = re.compile(r"[0-9]+|[A-Za-z]+|~|\^")
_LONGEST: Final = 200
"""Characters of a version that is compared at all."""


def order(system: str, before: str, after: str) -> Order:
    """Compare two versions as `system` (apk, dpkg, dpkg-status.d, rpm) does."""
    if max(len(before), len(after)) > _LONGEST:
        return None
    if system.startswith("dpkg"):
        return _dpkg(before, after)
    if system == "apk":
        return _apk(before, after)
    if system == "rpm":
        return _rpm(before, after)
    return None


def _sign(before: object, after: object) -> int:
    return bool(before > after) - bool(before < after)  # type: ignore[operator]


# dpkg


def _dpkg(before: str, after: str) -> Order:
    one, other = _DEB.fullmatch(before), _DEB.fullmatch(after)
    if one is None or other is None:
        return None
    return (
        _sign(int(one[1] or 0), int(other[1] or 0))
        or _deb_part(one[2], other[2])
        or _deb_part(one[3] or "0", other[3] or "0")
    )


def _deb_part(before: str, after: str) -> int:
    pieces = zip_longest(re.split(r"([0-9]+)", before), re.split(r"([0-9]+)", after), fillvalue="")
    for number, (one, other) in enumerate(pieces):
        if number % 2:
            found = _sign(int(one or 0), int(other or 0))
        else:
            found = _sign(_deb_weights(one), _deb_weights(other))
        if found:
            return found
    return 0


def _deb_weights(letters: str) -> tuple[int, ...]:
    """`~` before the end of the part, then letters, then everything else."""
    return (*(-1 if one == "~" else ord(one) if one.isalpha() else ord(one) + 256 for one in letters), 0)


# apk


def _apk(before: str, after: str) -> Order:
    one, other = _APK.fullmatch(before), _APK.fullmatch(after)
    if one is None or other is None or ("~" in before or "~" in after):
        return None
    found = _apk_numbers(one[1], other[1]) or _sign(one[2], other[2])
    return found or _sign(_apk_suffixes(one[3]), _apk_suffixes(other[3])) or _sign(int(one[4] or 0), int(other[4] or 0))


def _apk_numbers(before: str, after: str) -> int:
    for number, (one, other) in enumerate(zip_longest(before.split("."), after.split("."))):
        if one is None or other is None:
            return -1 if one is None else 1
        fraction = number and (one.startswith("0") or other.startswith("0"))
        found = _sign(one, other) if fraction else _sign(int(one), int(other))
        if found:
            return found
    return 0


def _apk_suffixes(written: str) -> tuple[tuple[int, int], ...]:
    found = [(_APK_ORDER.index(one[1]), int(one[2] or 0)) for one in _APK_SUFFIX.finditer(written)]
    return (*found, (_APK_ORDER.index(""), 0))


# rpm


def _rpm(before: str, after: str) -> Order:
    (epoch, version, release), (other_epoch, other_version, other_release) = _evr(before), _evr(after)
    return _sign(epoch, other_epoch) or _rpm_part(version, other_version) or _rpm_part(release, other_release)


def _evr(written: str) -> tuple[int, str, str]:
    epoch, colon, rest = written.partition(":")
    if not colon or not epoch.isdecimal():
        epoch, rest = "0", written
    version, _, release = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return int(epoch), version, release


def _rpm_part(before: str, after: str) -> int:
    for one, other in zip_longest(_RPM_PART.findall(before), _RPM_PART.findall(after)):
        found = _rpm_piece(one, other)
        if found:
            return found
    return 0


def _rpm_piece(one: str | None, other: str | None) -> int:
    if one == other:
        return 0
    for sign in ("~", "^"):
        if sign in (one, other):
            there = 1 if one == sign else -1
            missing = other if one == sign else one
            return -there if sign == "~" or missing is not None else there
    if one is None or other is None:
        return -1 if one is None else 1
    if one.isdigit() != other.isdigit():
        return 1 if one.isdigit() else -1
    return _sign(int(one), int(other)) if one.isdigit() else _sign(one, other)
