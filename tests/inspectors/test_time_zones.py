"""The time_zones inspector: which zones there are, and which one is chosen."""

import tarfile
from typing import Any

from generator.analysis.sections.time_zones import TimeZones, TimeZonesSection
from tests.builders import directory, file, image, symlink, tar
from tests.formats.tzif_builder import zone
from tests.opened import analyzed

Entries = list[tuple[tarfile.TarInfo, bytes]]
ZONES = "usr/share/zoneinfo"
BERLIN, TOKYO, UTC = zone(), zone(rule=b"JST-9", transitions=2), zone(rule=b"UTC0", transitions=0)


def section(*layers: Entries, **run: Any) -> TimeZonesSection:
    """Analyze layers and return the section."""
    found = analyzed(image([tar(layer) for layer in layers], run=run)).sections.time_zones
    assert found is not None
    return found


def inspected(*layers: Entries, **run: Any) -> TimeZones:
    """Analyze layers and return what was found."""
    found = section(*layers, **run)
    assert found.found is not None, found.failure
    return found.found


def test_the_system_s_zones() -> None:
    """Names, different contents, regions, tables and the release are counted; settings beside them are no zones."""
    found = inspected(
        [
            file(f"{ZONES}/Europe/Berlin", BERLIN),
            file(f"{ZONES}/Asia/Tokyo", TOKYO),
            file(f"{ZONES}/Asia/Broken", BERLIN[:50]),
            file(f"{ZONES}/UTC", UTC),
            file(f"{ZONES}/posix/UTC", UTC),
            file(f"{ZONES}/right/UTC", zone(leaps=27)),
            file(f"{ZONES}/Old", zone(version=b"\0")),
            file(f"{ZONES}/zone1970.tab", b"DE\n"),
        ],
        [
            symlink(f"{ZONES}/Japan", "Asia/Tokyo"),
            symlink(f"{ZONES}/Gone", "Nowhere"),
            symlink(f"{ZONES}/localtime", "/etc/localtime"),
            symlink("etc/localtime", f"/{ZONES}/Europe/Berlin"),
            file(f"{ZONES}/tzdata.zi", b"# version 2025b\n# more"),
            file("etc/timezone", b"Europe/Berlin\n"),
        ],
        Env=["TZ=", "TZ=Asia/Tokyo"],
    )
    assert found.system is not None
    system = found.system
    assert (system.zone_count, system.distinct_count, system.unreadable_count, system.ends_in_2038) == (5, 4, 1, 1)
    assert system.regions == {"": 3, "Asia": 1, "Europe": 1}
    assert (system.has_posix, system.has_right, system.has_legacy_names) == (True, True, False)
    assert (system.tables, system.version) == (("zone1970.tab", "tzdata.zi"), "2025b")
    assert found.local_time is not None
    assert (found.local_time.zone, found.local_time.is_readable, found.local_time.layer) == ("Europe/Berlin", True, 1)
    assert (found.timezone_file, found.environment, found.environment_is_set) == ("Europe/Berlin", "Asia/Tokyo", True)


def test_local_time_as_a_copy() -> None:
    """A copied /etc/localtime has the name of the zone with its bytes, and none when there is no such zone."""
    found = inspected([file("etc/localtime", BERLIN), file(f"{ZONES}/CET", BERLIN), file(f"{ZONES}/Europe/X", BERLIN)])
    assert found.local_time is not None
    assert found.local_time.zone == "Europe/X"
    alone = inspected([file("etc/localtime", BERLIN)])
    assert alone.system is None
    assert alone.others == ()
    assert alone.local_time is not None
    assert (alone.local_time.zone, alone.local_time.is_readable) == ("", True)


def test_local_time_that_leads_nowhere() -> None:
    """A link to a zone that is not there is told, and is not the same as no link."""
    found = inspected([directory("etc"), symlink("etc/localtime", "/usr/share/zoneinfo/Europe/Berlin")])
    assert found.local_time is not None
    assert (found.local_time.zone, found.local_time.is_readable) == ("Europe/Berlin", False)
    assert (found.environment, found.environment_is_set) == ("", False)


def test_copies_of_languages() -> None:
    """A copy that only one language uses is no system directory."""
    package = "usr/lib/python3/site-packages/tzdata/zoneinfo"
    found = inspected([file(f"{package}/Europe/Berlin", BERLIN), file(f"{package}/Asia/Tokyo", TOKYO)])
    assert found.system is None
    assert [(one.path, one.zone_count) for one in found.others] == [("/" + package, 2)]


def test_none() -> None:
    """An image without zones and settings has none; a configuration's TZ alone is a finding."""
    assert section([file("usr/share/zoneinfo/README", b"no zone")]).state == "absent"
    assert section([file("a")], Env=["TZ=UTC"]).state == "found"
