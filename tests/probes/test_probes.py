"""The stream in which probes sit: each content is read once, and only contents that a probe wants."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from generator.errors import FormatError
from generator.probes.base import SIZE_LIMIT, FactCache, Probe, Reading, Unreadable
from generator.probes.cache import NoCache, SqliteCache
from generator.tar import Entry, read_entries
from generator.warnings import WarningLog
from tests.builders import file, tar


class Length(msgspec.Struct, frozen=True):
    """How long a file is."""

    length: int


def probe(reads: list[bytes]) -> Probe[Length]:
    """Make a probe of files that begin with an exclamation mark; question marks are more than it can read."""

    def read(content: bytes) -> Length:
        reads.append(content)
        if b"?" in content:
            raise FormatError(path="", offset=content.index(b"?"), rule="no question marks")
        return Length(len(content))

    return Probe("length", 1, lambda path, size, mode, start: start[:1] == b"!", read, Length)


LAYER = tar([file("a", b"!one"), file("b", b"two"), file("c", b"!one"), file("d", b"!?"), file("e")])


def entries(reads: list[bytes], cache: FactCache) -> Iterator[Entry]:
    """Read the layer with the probe in the stream, keeping b whole."""
    reading = Reading((probe(reads),), lambda path, size: path == "b", cache)
    return reading.read(read_entries(iter([LAYER]), where="t", keep=reading.wants, log=WarningLog(), layer=0))


def test_facts_go_with_their_files() -> None:
    """Every file that a probe wants has its fact, a file that it cannot read says so, no content goes further."""
    facts = {entry.path: (entry.content, entry.facts) for entry in entries([], NoCache())}
    assert facts == {
        "a": (None, {"length": Length(4)}),
        "b": (b"two", None),
        "c": (None, {"length": Length(4)}),
        "d": (None, {"length": Unreadable("at 1: no question marks")}),
        "e": (None, None),
    }


def test_a_content_is_read_once(tmp_path: Path) -> None:
    """Within a run, between runs and between processes' files, a content that was read is not read again."""
    reads: list[bytes] = []
    for _ in range(2):
        with SqliteCache(tmp_path / "cache" / "facts.sqlite") as cache:
            first = list(entries(reads, cache))
    assert reads == [b"!one", b"!?"]
    assert first == list(entries([], NoCache()))


def test_a_content_that_is_known_is_not_wanted() -> None:
    """A file whose facts are all known is hashed as it passes, and its content is put together for nobody."""
    cache = SqliteCache(Path("not opened"))
    reading = Reading((probe([]),), lambda path, size: path == "kept", cache)
    layer = tar([file("a", b"!one"), file("a", b"!one"), file("kept", b"!one"), file("b", b"!two")])
    contents = [entry.content for entry in read_all(reading, layer)]
    assert contents == [b"!one", None, b"!one", b"!two"]


def read_all(reading: Reading, layer: bytes) -> Iterator[Entry]:
    """Yield the layer's entries as the stream makes them, read each, and forget what reading made of it."""
    made = read_entries(iter([layer]), where="t", keep=reading.wants, log=WarningLog(), layer=0)
    for entry in made:
        list(reading.read(iter([entry])))
        yield entry


def test_a_damaged_cache_costs_only_time(tmp_path: Path) -> None:
    """A cache that is no database, or holds nonsense, is as good as none."""
    path = tmp_path / "facts.sqlite"
    path.write_bytes(b"this is no database" * 1000)
    reads: list[bytes] = []
    with SqliteCache(path) as cache:
        assert len(list(entries(reads, cache))) == 5
    with SqliteCache(path) as cache:
        cache._fresh[("length/1", next(iter(read_digests())))] = b"\1nonsense"
        assert len(list(entries(reads, cache))) == 5
    assert reads == [b"!one", b"!?", b"!one"]


def read_digests() -> list[bytes]:
    """Return the digests of the layer's contents."""
    return [entry.digest for entry in entries([], NoCache()) if entry.digest]


def test_two_processes_may_share_a_cache(tmp_path: Path) -> None:
    """Two open caches over one file lose nothing."""
    path = tmp_path / "facts.sqlite"
    with SqliteCache(path) as one, SqliteCache(path) as other:
        one.put("p/1", b"1", b"a")
        other.put("p/1", b"2", b"b")
    with SqliteCache(path) as cache:
        assert (cache.get("p/1", b"1"), cache.get("p/1", b"2"), cache.get("p/2", b"1")) == (b"a", b"b", None)


def test_a_file_that_is_too_large_says_so() -> None:
    """A file beyond the bound is not read, and that is its fact; the next of its name is judged anew."""
    reads: list[bytes] = []
    reading = Reading((probe(reads),), lambda path, size: False, NoCache())
    layer = tar([file("a", b"!" * (SIZE_LIMIT + 1)), file("a", b"!small"), file("b", b"?" * (SIZE_LIMIT + 1))])
    found = list(reading.read(read_entries(iter([layer]), where="t", keep=reading.wants, log=WarningLog(), layer=0)))
    large, small, other = found
    assert large.facts == {"length": Unreadable(f"a file of at most {SIZE_LIMIT} bytes")}
    assert (small.facts, other.facts) == ({"length": Length(6)}, None)
    assert reads == [b"!small"]
