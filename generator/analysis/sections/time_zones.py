"""The time_zones inspector's section."""

from generator.analysis.sections.base import Part, Section


class LocalTime(Part, frozen=True):
    """/etc/localtime: the zone of programs that are told none."""

    layer: int
    target: str
    """What the link says; "" for a file that is a copy."""
    zone: str
    """The zone's name, by the link, or by the first zone with the same bytes; "" when neither tells."""
    is_readable: bool
    """Whether there is a compiled zone behind it. Programs take UTC where there is none."""


class ZoneDirectory(Part, frozen=True):
    """One directory of compiled zones."""

    path: str
    layer: int
    """The highest of its files'."""
    zone_count: int
    """Names that lead to a zone, `posix/` and `right/` left out."""
    distinct_count: int
    """Different contents among them: the other names are aliases."""
    unreadable_count: int
    """Files that begin like a zone and are none."""
    regions: dict[str, int]
    """Zones by the first part of their names; "" for those without one, such as UTC."""
    has_posix: bool
    has_right: bool
    """Whether there is `right/`, whose clocks count leap seconds."""
    has_legacy_names: bool
    """Whether names such as US/Eastern are there, which some distributions put into a package of their own."""
    tables: tuple[str, ...]
    """The tables beside the zones: `zone1970.tab`, `iso3166.tab`, `tzdata.zi` and so on."""
    ends_in_2038: int
    """Zones of format version 1, which know nothing after 19 January 2038."""
    version: str
    """tz database release, such as 2025b, from `tzdata.zi` or `+VERSION`; "" when neither says."""


class TimeZones(Part, frozen=True):
    """What programs can know about local times."""

    system: ZoneDirectory | None
    """The directory where C libraries and most language runtimes look; None: there is none."""
    others: tuple[ZoneDirectory, ...]
    """Copies that only one program or language uses, such as Python's tzdata package."""
    local_time: LocalTime | None
    """None: there is no /etc/localtime, so local time is UTC."""
    timezone_file: str
    """First line of Debian's /etc/timezone; "" without one."""
    environment: str
    """The configuration's TZ; "" when it is not set."""
    environment_is_set: bool | None
    """None: there is no configuration to tell."""


class TimeZonesSection(Section, frozen=True):
    """Rules of local time all over the world, which programs need to turn a moment into a local date."""

    found: TimeZones | None = None
