"""Compiled time zones."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import FormatError
from generator.formats.tzif import TimeZone, parse_tzif
from tests.engines import unavailable
from tests.formats.tzif_builder import zone


def test_versions() -> None:
    """Version, transitions, leap seconds and the rule for later times are read; version 1 has no rule."""
    assert parse_tzif(zone(leaps=2)) == TimeZone(2, 3, 2, "CET-1CEST,M3.5.0,M10.5.0/3")
    assert parse_tzif(zone(version=b"4", rule=b"")) == TimeZone(4, 3, 0, "")
    assert parse_tzif(zone(version=b"\0")) == TimeZone(1, 3, 0, "")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"TZif",
        b"TZIF" + zone()[4:],
        b"TZif9" + zone()[5:],
        zone()[:60],
        zone()[:-30],
        zone().replace(b"TZif2", b"TZif3", 1),
        zone(rule=b"\xff"),
        zone(rule=b"x" * 300),
        zone()[:20] + b"\xff" * 24 + zone()[44:],
    ],
)
def test_what_is_refused(content: bytes) -> None:
    """Files that are cut, disagree with themselves or count more than they hold are FormatErrors."""
    with pytest.raises(FormatError):
        parse_tzif(content)


def test_every_zone_of_this_machine() -> None:
    """The machine's own zones, as zic compiled them, are all read."""
    files = [path for path in Path("/usr/share/zoneinfo").rglob("*") if path.is_file()]
    zones = [content for content in (path.read_bytes() for path in files) if content[:4] == b"TZif"]
    if not zones:
        unavailable("no time zones in /usr/share/zoneinfo: apt-get install tzdata")
    assert {parse_tzif(content).version for content in zones} <= {1, 2, 3, 4}


@given(st.binary(max_size=60), st.integers(0, 200))
def test_any_bytes(noise: bytes, place: int) -> None:
    """Any bytes give a zone or FormatError."""
    for content in (noise, zone()[:place] + noise + zone()[place + len(noise) :]):
        try:
            parse_tzif(content)
        except FormatError as err:
            assert err.values["rule"]
