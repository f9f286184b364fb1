"""Orders of package versions: two versions of one package system in, which is newer out.

dpkg: deb-version(7), epoch, then upstream version and revision in alternating parts, `~` before everything. rpm:
rpmvercmp, parts of letters or digits, `~` before and `^` after everything, epoch first. apk: token by token
as apk-tools 2.14 does, `1.2.3a_rc1-r0`, also where its grammar is broken (Alpine's security database has such). What
has no order, or is absurdly long, gives None: whoever gets it can only say that they differ.
"""

import re
from itertools import zip_longest
from typing import Final

Order = int | None
"""-1: the first is older; 0: equal in the system's order; 1: the first is newer; None: not known."""

_DEB: Final = re.compile(r"(?:([0-9]+):)?([0-9][A-Za-z0-9.+~:-]*?)(?:-([A-Za-z0-9.+~]+))?", re.ASCII)
_APK_SUFFIX: Final = re.compile(r"alpha|beta|pre|rc|cvs|svn|git|hg|p")
_APK_SUFFIXES: Final = {"alpha": -4, "beta": -3, "pre": -2, "rc": -1, "cvs": 0, "svn": 1, "git": 2, "hg": 3, "p": 4}
_DIGITS: Final = re.compile(r"[0-9]*", re.ASCII)
_INVALID, _FRACTION, _NUMBER, _LETTER, _SUFFIX, _SUFFIX_NUMBER, _REVISION, _END = range(-1, 7)
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
    """Compare token by token, as apk_version_compare does: what is equal as far as it goes is told by what follows."""
    if not (before[:1].isdigit() and after[:1].isdigit()) or not (before + after).isascii():
        return None
    one, other = _ApkTokens(before), _ApkTokens(after)
    value = other_value = 0
    while one.kind == other.kind and one.kind not in (_END, _INVALID) and value == other_value:
        value, other_value = one.take(), other.take()
    if value != other_value:
        return _sign(value, other_value)
    if one.kind == other.kind:
        return 0
    kinds = one.kind, other.kind
    if one.kind == _SUFFIX and one.take() < 0:
        return -1
    if other.kind == _SUFFIX and other.take() < 0:
        return 1
    return _sign(kinds[1], kinds[0])


class _ApkTokens:
    """A version being read; `kind` is that of the token to come. Kinds come in order, which a version may break."""

    def __init__(self, version: str) -> None:
        self.rest = version
        self.kind = _NUMBER

    def take(self) -> int:
        """Read one token and return its value; then `kind` is the next one's."""
        if not self.rest:
            self.kind = _END
            return 0
        value, length, following = 0, 0, None
        if self.kind == _FRACTION and self.rest.startswith("0"):
            length = len(self.rest) - len(self.rest.lstrip("0")) - 1  # the last zero is read with the number
            value, following = -length, _NUMBER
        elif self.kind in (_FRACTION, _NUMBER, _SUFFIX_NUMBER, _REVISION):
            digits = _DIGITS.match(self.rest)
            assert digits is not None
            value, length = int(digits[0] or 0), len(digits[0])
        elif self.kind == _LETTER:
            value, length = ord(self.rest[0]), 1
        elif self.kind == _SUFFIX and (suffix := _APK_SUFFIX.match(self.rest)):
            value, length = _APK_SUFFIXES[suffix[0]], len(suffix[0])
        else:
            self.kind = _INVALID
            return -1
        self.rest = self.rest[length:]
        self.kind = following if following is not None and self.rest else self._following()
        return value

    def _following(self) -> int:
        first = self.rest[:1]
        if not first:
            return _END
        if self.kind in (_NUMBER, _FRACTION) and "a" <= first <= "z":
            return _LETTER
        if self.kind == _LETTER and first.isdigit():
            return _NUMBER
        if self.kind == _SUFFIX and first.isdigit():
            return _SUFFIX_NUMBER
        kind = {".": _FRACTION, "_": _SUFFIX}.get(first, _REVISION if self.rest.startswith("-r") else _INVALID)
        self.rest = self.rest[2 if kind == _REVISION else 1 :]
        back = (kind, self.kind) in ((_FRACTION, _NUMBER), (_SUFFIX, _SUFFIX_NUMBER))
        return kind if kind >= self.kind or back else _INVALID


# rpm


def _rpm(before: str, after: str) -> Order:
    (epoch, version, release), (other_epoch, other_version, other_release) = _evr(before), _evr(after)
    found = _sign(epoch, other_epoch) or _rpm_part(version, other_version)
    if found or release is None or other_release is None:
        return found or _sign(release is not None, other_release is not None)
    return _rpm_part(release, other_release)


def _evr(written: str) -> tuple[int, str, str | None]:
    epoch, colon, rest = written.partition(":")
    if not colon or not epoch.isdecimal():
        epoch, rest = "0", written
    version, dash, release = rest.rpartition("-")
    return (int(epoch), version, release) if dash else (int(epoch), rest, None)


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
