"""Alpine's security database: v3.N/main.yaml or .json in, advisories as OSV has them out.

A `secfixes` entry says in which version of a source package flaws were fixed; all before it have them. The version
"0" says that the package never had the flaw. No dates and no severities stand in it.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from generator.advisories.osv import Advisory, Affected, Event, Package, Range
from generator.errors import InvalidAdvisories
from generator.limits import MIB

YAML_SIZE: Final = MIB
"""Bytes of a file in YAML, which takes a second for each 100 kB; the largest real ones have 0.05 MB."""
_RELEASE: Final = re.compile(r"v\d+\.\d+|edge")
_REMARK: Final = re.compile(r"\([^)]*\)?")
"""`CVE-2018-16301 (was fixed in libpcap)`."""
_IDENTIFIER: Final = re.compile(r"[A-Za-z][A-Za-z0-9._:-]*[0-9][A-Za-z0-9._:-]*")
"""`CVE-????-????? XSA-295` has one."""
_ANCHOR: Final = re.compile(rb"(?m)[:\-]\s+[&*]\w")


class _Package(msgspec.Struct):
    name: str
    secfixes: dict[str, list[str] | str | None] | str | None = {}


class _Entry(msgspec.Struct):
    pkg: _Package


class _Database(msgspec.Struct):
    distroversion: str
    packages: list[_Entry] | str | None = None


def advisories_of(content: bytes, where: str) -> Iterator[Advisory]:
    """Yield an advisory for each flaw of each package; raises InvalidAdvisories when the file is of another form."""
    try:
        if content.lstrip()[:1] == b"{":
            found = msgspec.json.decode(content, type=_Database)
        else:
            if len(content) > YAML_SIZE or _ANCHOR.search(content):
                raise ValueError("it is larger than any real one, or has anchors or aliases")
            found = msgspec.convert(YAML(typ="base", pure=True).load(content), _Database, strict=False)
    except (ValueError, TypeError, YAMLError, RecursionError) as err:  # TypeError: a mapping for a key
        raise InvalidAdvisories(where=where, reason=f"not a security database: {err}") from err
    if not _RELEASE.fullmatch(found.distroversion):
        raise InvalidAdvisories(where=where, reason="it does not say of which release it is")
    for entry in found.packages if isinstance(found.packages, list) else ():
        fixes = entry.pkg.secfixes
        for version, flaws in fixes.items() if isinstance(fixes, dict) else ():
            if version != "0":
                written = flaws if isinstance(flaws, list) else [flaws or ""]
                yield from _advisories(found.distroversion, entry.pkg.name, version, written)


def _advisories(release: str, package: str, version: str, flaws: list[str]) -> Iterator[Advisory]:
    events = [Event(introduced="0"), Event(fixed=version)]
    affected = Affected(Package(f"Alpine:{release}", package), [Range("ECOSYSTEM", events)])
    for written in flaws:
        names = [
            name for name in _REMARK.sub(" ", written).replace("CVE_", "CVE-").split() if _IDENTIFIER.fullmatch(name)
        ]
        if names:
            yield Advisory(names[0], aliases=names[1:], affected=[affected])
