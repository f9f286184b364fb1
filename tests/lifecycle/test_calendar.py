"""The calendar's file: what is shipped, what a store may hold, and what is refused."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import StoreError
from generator.lifecycle import calendar
from generator.lifecycle.calendar import Calendar, Product, Release, changes, decode, encode, load, place, shipped


def test_the_shipped_file_is_canonical() -> None:
    """The shipped file is what writing it anew gives: sorted, newest first, a line for a release."""
    path = Path(calendar.__file__).with_name("data.json")
    content = path.read_bytes()
    assert encode(decode(content, "x")) == content
    products = json.loads(content)["products"]
    assert list(products) == sorted(products)
    count = sum(len(product["releases"]) for product in products.values())
    assert sum(b'"ends": ' in line for line in content.splitlines()) == count


def test_the_shipped_file_names_its_source() -> None:
    """Dates carry where they are from, since when, and under which licence, whose text lies beside them."""
    assert shipped().source == "https://endoflife.date/"
    assert shipped().as_of == "2026-08-22"
    assert shipped().licence.startswith("MIT")
    text = Path(calendar.__file__).with_name("data.LICENSE.txt").read_text(encoding="utf-8")
    assert "Copyright 2020 endoflife.date contributors" in text


def test_the_store_s_file_takes_the_shipped_one_s_place(tmp_path: Path) -> None:
    """Without a file in the store the shipped dates count, with one that one alone."""
    assert load(tmp_path) is shipped()
    other = msgspec.structs.replace(shipped(), as_of="2027-01-02", products={})
    place(tmp_path).write_bytes(encode(other))
    assert load(tmp_path) == other


GOOD = {"schema_version": 1, "source": "s", "licence": "l", "as_of": "2026-01-01", "products": {}}
BAD = (
    b"",
    b"[]",
    b"\xff\xfe",
    b"[" * 100_000,
    json.dumps(GOOD | {"schema_version": 2}).encode(),
    json.dumps(GOOD | {"as_of": "yesterday"}).encode(),
    json.dumps(GOOD | {"extra": 1}).encode(),
    *(
        json.dumps(GOOD | {"products": {"x": {"title": "X", "releases": {"1": release}}}}).encode()
        for release in (
            {"ends": "2026-02-30"},
            {"ends": "20260201"},
            {"ends": None},
            {},
            {"ends": 1},
            {"ends": "never"},
        )
    ),
)


@pytest.mark.parametrize("content", BAD, ids=range(len(BAD)))
def test_a_damaged_file_is_named(content: bytes, tmp_path: Path) -> None:
    """What is no calendar, or holds a date that is none, is refused with the file's name."""
    place(tmp_path).write_bytes(content)
    with pytest.raises(StoreError, match=r"lifecycle\.json"):
        load(tmp_path)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_give_a_calendar_or_an_error(content: bytes) -> None:
    """Nothing but StoreError comes of bytes that are no calendar."""
    with pytest.raises(StoreError):
        decode(content, "x")


def test_changes_are_told_by_release() -> None:
    """A new release, a moved date, one that is gone and a change beside the date each give a line."""

    def made(**releases: Release) -> Calendar:
        products = {"debian": Product(title="Debian", releases=releases)}
        return msgspec.structs.replace(shipped(), products=products)

    old = made(a=Release(ends="2026-06-10"), b=Release(ends=False), c=Release(ends=True), e=Release(ends=True))
    new = made(
        a=Release(ends="2026-07-11"), b=Release(ends=False, codename="B"), d=Release(ends=False), e=Release(ends=True)
    )
    assert changes(old, new) == (
        "debian a: ends 2026-07-11, was: ends 2026-06-10",
        "debian b: differs in codename",
        "debian d: new, no end announced",
        "debian c: gone",
    )
    assert changes(new, new) == ()
