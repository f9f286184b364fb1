"""Time zones: the tz database as compiled for the C library, copies of it, and what the local zone is.

The facts come from the `tzif` probe. Not read: zones inside archives and programs (Java's tzdb.dat, Go's embedded
copy), and whether a zone's rules are still right.
"""

import re
from collections import Counter, defaultdict
from typing import Final, NamedTuple

from generator import limits, text
from generator.analysis.sections.time_zones import LocalTime, TimeZones, TimeZonesSection, ZoneDirectory
from generator.formats.tzif import TimeZone
from generator.inspectors.base import File, Filesystem, Inspector
from generator.oci.documents import Config

SYSTEM_DIRECTORIES: Final = ("usr/share/zoneinfo", "share/zoneinfo", "etc/zoneinfo", "usr/lib/zoneinfo")
"""Where glibc (the first) and musl (the first three) look, and Go and Python among others."""

_LOCAL_TIME: Final = "etc/localtime"
_TIMEZONE: Final = "etc/timezone"
_FOLDER_NAME: Final = "zoneinfo"
_DATABASE: Final = ("tzdata.zi", "+VERSION")
_TABLES: Final = (
    "zone.tab", "zone1970.tab", "zonenow.tab", "iso3166.tab", "tzdata.zi", "leapseconds", "leap-seconds.list",
)  # fmt: skip
_LEGACY: Final = ("US/Eastern", "US/Pacific")
_NO_ZONES: Final = frozenset({"localtime", "posixrules"})
"""Names among the zones that say which one is chosen."""
_VERSION: Final = re.compile(rb"(?:# version )?(\d{4}[a-z]{1,2})\s")
_LONGEST_TARGET: Final = 255
_MOST_LINKS: Final = 10_000
"""Links below zone directories that are followed: a real tz database has six hundred names in all."""
_MOST_DIRECTORIES: Final = 200


class _Zone(NamedTuple):
    name: str
    file: File


def inspect(filesystem: Filesystem, config: Config | None) -> TimeZonesSection:
    """Gather zones by directory, and the settings that choose one of them."""
    folders: dict[str, list[_Zone]] = defaultdict(list)
    links = 0
    for path, file in filesystem.walk():
        if file.facts and "tzif" in file.facts:
            folder, name = _parted(path)
            folders[folder].append(_Zone(name, file))
        elif file.kind == "l" and f"/{_FOLDER_NAME}/" in path and len(file.target) <= _LONGEST_TARGET:
            links += 1
            target = filesystem.find(path) if links <= _MOST_LINKS else None
            if target is not None and target.facts and "tzif" in target.facts:
                folder, name = _parted(path)
                folders[folder].append(_Zone(name, target))
    local = _local_time(filesystem, folders)
    folders = {folder: zones for folder, zones in folders.items() if folder != _LOCAL_TIME}
    system = next((one for one in (filesystem.real_path(path) for path in SYSTEM_DIRECTORIES) if one in folders), None)
    environment = _environment(config)
    timezone_file = _first_line(filesystem)
    if not folders and local is None and not timezone_file and not environment:
        return TimeZonesSection(state="absent")
    others = sorted(folder for folder in folders if folder != system)[:_MOST_DIRECTORIES]
    return TimeZonesSection(
        state="found",
        found=TimeZones(
            system=None if system is None else _directory(filesystem, system, folders[system]),
            others=tuple(_directory(filesystem, folder, folders[folder]) for folder in others),
            local_time=local,
            timezone_file=timezone_file,
            environment=environment or "",
            environment_is_set=None if config is None else environment is not None,
        ),
    )


def _parted(path: str) -> tuple[str, str]:
    """Part a zone's path into its database's directory and its name; outside any, the path itself has no name."""
    before, marker, name = path.rpartition(f"/{_FOLDER_NAME}/")
    if marker:
        return f"{before}/{_FOLDER_NAME}", name
    if path == _LOCAL_TIME:
        return _LOCAL_TIME, ""
    folder, _, name = path.rpartition("/")
    return folder, name


def _directory(filesystem: Filesystem, folder: str, zones: list[_Zone]) -> ZoneDirectory:
    readable = [one for one in zones if isinstance((one.file.facts or {})["tzif"], TimeZone)]
    named = [one for one in readable if one.name not in _NO_ZONES and not one.name.startswith(("posix/", "right/"))]
    names = {one.name for one in named}
    regions = Counter(name.partition("/")[0] if "/" in name else "" for name in names)
    present = filesystem.children(folder)
    return ZoneDirectory(
        path="/" + text.visible(folder),
        layer=max(one.file.layer for one in zones),
        zone_count=len(names),
        distinct_count=len({one.file.digest for one in named}),
        unreadable_count=len(zones) - len(readable),
        regions={text.visible(region): regions[region] for region in sorted(regions)[:100]},
        has_posix=any(one.name.startswith("posix/") for one in readable),
        has_right=any(one.name.startswith("right/") for one in readable),
        has_legacy_names=names.issuperset(_LEGACY),
        tables=tuple(name for name in _TABLES if name in present),
        ends_in_2038=sum((one.file.facts or {})["tzif"].version == 1 for one in named),
        version=_version(filesystem, folder),
    )


def _version(filesystem: Filesystem, folder: str) -> str:
    for name in _DATABASE:
        file = filesystem.find(f"{folder}/{name}")
        if file is not None and file.content is not None and (match := _VERSION.match(file.content[:100] + b"\n")):
            return match[1].decode("ascii")
    return ""


def _local_time(filesystem: Filesystem, folders: dict[str, list[_Zone]]) -> LocalTime | None:
    link = filesystem.find(_LOCAL_TIME, follow=False)
    if link is None:
        return None
    file = filesystem.find(_LOCAL_TIME)
    readable = file is not None and isinstance((file.facts or {}).get("tzif"), TimeZone)
    zone = ""
    if link.kind == "l" and f"/{_FOLDER_NAME}/" in link.target:
        zone = _parted(link.target)[1]
    elif file is not None and readable:
        zone = _zone_of(file, folders)
    return LocalTime(link.layer, text.visible(link.target), text.visible(zone), readable)


def _zone_of(file: File, folders: dict[str, list[_Zone]]) -> str:
    """Return the name that has the same bytes: the longest one, since `Europe/Berlin` says more than `CET`."""
    names = [one.name for zones in folders.values() for one in zones if one.name and one.file.digest == file.digest]
    names = [name for name in names if name not in _NO_ZONES and not name.startswith(("posix/", "right/"))]
    return min(names, key=lambda name: (-name.count("/"), name), default="")


def _environment(config: Config | None) -> str | None:
    """Return TZ's value as the last setting has it; None when there is none."""
    values = [one.partition("=")[2] for one in config.env if one.startswith("TZ=")] if config else []
    return values[-1] if values else None


def _first_line(filesystem: Filesystem) -> str:
    file = filesystem.find(_TIMEZONE)
    content = file.content if file is not None else None
    line = (content or b"").split(b"\n", 1)[0]
    return text.visible(line[:200].decode("utf-8", "replace").strip())


INSPECTOR: Final = Inspector(
    name="time_zones",
    keeps=frozenset({_TIMEZONE, *(f"{folder}/{name}" for folder in SYSTEM_DIRECTORIES for name in _DATABASE)}),
    kept_size=limits.MIB,
    inspect=inspect,
    failed=TimeZonesSection,
)
