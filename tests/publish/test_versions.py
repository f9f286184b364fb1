"""The list of versions: names, order, and which of them are kept."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mike.versions import Versions

from generator.errors import UsageError
from generator.publish.versions import (
    Retention,
    Version,
    check_name,
    encode,
    free_name,
    latest,
    read,
    superseded,
    with_newest,
)

DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31)).map(str)
NAMES = st.one_of(DAYS, st.tuples(DAYS, st.integers(2, 30)).map(lambda pair: f"{pair[0]}.{pair[1]}"))


def dated(*names: str) -> list[Version]:
    """Return versions of these names."""
    return [Version(name, name) for name in names]


def test_the_file_is_mikes() -> None:
    """mike reads what is written, writes the same bytes, and what it adds (titles, properties) is kept."""
    versions = [
        *dated("2026-11-24", "2026-11-24.10", "2026-11-24.2", "audit"),
        Version("2025-01-01", "Old", ("a",), {"hidden": True}),
    ]
    content = encode(with_newest(versions, "2026-11-25"))
    assert Versions.loads(content.decode()).dumps() + "\n" == content.decode()
    assert [one.name for one in read(content)] == [
        "audit", "2026-11-25", "2026-11-24.10", "2026-11-24.2", "2026-11-24", "2025-01-01",
    ]  # fmt: skip
    assert read(content)[-1] == Version("2025-01-01", "Old", ("a",), {"hidden": True})
    assert encode(read(content)) == content
    assert read(None) == ()


def test_the_list_has_one_order_of_aliases() -> None:
    """Equal lists are equal bytes, however many aliases there are."""
    content = encode([Version("1", "1", ("latest", "stable", "a"))])
    assert json.loads(content)[0]["aliases"] == ["a", "latest", "stable"]


NO_LISTS = (
    b"",
    b"{}x",
    b'{"a": 1}',
    b"[1]",
    b'[{"version": "a"}]',
    b"\xff",
    b'[{"version": "../x", "title": "", "aliases": []}]',
    b"[" * 100_000,
)


@pytest.mark.parametrize("content", NO_LISTS, ids=range(len(NO_LISTS)))
def test_what_is_no_list_is_refused(content: bytes) -> None:
    """Bytes that mike could not read are a ValueError, whatever they are."""
    with pytest.raises(ValueError, match=r"versions\.json"):
        read(content)


def test_latest_moves() -> None:
    """There is one version that `latest/` stands for; other aliases, titles and properties stay where they are."""
    first = with_newest((), "2026-11-24")
    second = with_newest([*first, Version("b", "B", ("stable",))], "2026-11-25")
    assert latest(second) == Version("2026-11-25", "2026-11-25", ("latest",))
    assert {one.name: one.aliases for one in second} == {"2026-11-25": ("latest",), "2026-11-24": (), "b": ("stable",)}
    again = with_newest(second, "b")
    assert latest(again) == Version("b", "B", ("stable", "latest"))
    assert latest(()) is None


def test_a_second_version_of_a_day_gets_a_number() -> None:
    """The number is one more than the highest there was, so that no address ever changes its meaning meanwhile."""
    assert free_name("2026-11-24", []) == "2026-11-24"
    assert free_name("2026-11-24", ["2026-11-24", "2026-11-23.7"]) == "2026-11-24.2"
    assert free_name("2026-11-24", ["2026-11-24.9", "2026-11-24.10", "api"]) == "2026-11-24.11"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "-x", ".git", "a b", "é", "x" * 101, "a\n", "latest", "api"])
def test_names_that_cannot_be_a_folder_are_refused(name: str) -> None:
    """A version's name is one plain folder that nothing else has."""
    with pytest.raises(UsageError):
        check_name(name, ("latest", "api"))


def test_newest_of_days_and_months_are_kept() -> None:
    """Days and months without a version do not count; of a day the newest stays, by number and not by letters."""
    names = [
        "2026-11-24",
        "2026-11-24.9",
        "2026-11-24.10",
        "2026-11-20",
        "2026-10-31",
        "2026-10-30",
        "2026-01-05",
        "2025-01-01",
    ]
    assert superseded(dated(*names), Retention(2, 3)) == ("2026-11-24.9", "2026-11-24", "2026-10-30", "2025-01-01")
    assert set(superseded(dated(*names), Retention(0, 0))) == set(names)
    assert superseded(dated(*names), Retention(100, 0)) == ("2026-11-24.9", "2026-11-24")


def test_what_somebody_named_is_never_let_go() -> None:
    """Other names than days, and days with an alias, stay for ever."""
    versions = [*dated("audit", "v1", "2026-11-24-rc", "2026-11-24.1x"), Version("2020-01-01", "x", ("stable",))]
    assert superseded(versions, Retention(0, 0)) == ()


@given(st.sets(NAMES, max_size=40), st.integers(0, 10), st.integers(0, 15))
def test_the_number_of_versions_is_bounded(names: set[str], daily: int, monthly: int) -> None:
    """No more stay than days and months are asked for, the newest always does, and what goes is older than it."""
    going = set(superseded(dated(*names), Retention(daily, monthly)))
    kept = names - going
    assert len(kept) <= daily + monthly
    if names and daily + monthly:
        assert max(names, key=lambda name: (name[:10], int(name[11:] or 1))) in kept
    assert set(superseded(dated(*kept), Retention(daily, monthly))) == set()


def test_a_year_of_nightly_versions() -> None:
    """With the usual numbers, at most 19 versions stand at any time: seven days and twelve months."""
    standing: tuple[Version, ...] = ()
    for day in range(365 * 2):
        name = str(date(2025, 1, 1) + timedelta(days=day))
        standing = with_newest(standing, name)
        going = superseded(standing, Retention())
        standing = tuple(one for one in standing if one.name not in going)
        assert len(standing) <= 19
    assert len(standing) == 18  # the newest month's is one of the seven days
