"""One file of advisories in a form that is quick to ask: an SQLite file, made once, by the file's digest.

In: an OSV archive, an Alpine secdb file, KEV's JSON or EPSS's table. Out: an Index that gives what is said of one
package of one ecosystem, or of one CVE. A file is whole or not there: it is made aside and renamed.
"""

import hashlib
import os
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from generator.advisories import osv, secdb
from generator.advisories.notices import Notice, Rule, Said, notice_of, rule_of
from generator.advisories.overlays import Words, bounded, read_epss, read_kev
from generator.errors import InvalidAdvisories, StoreError

VERSION: Final = 2
"""Part of an index's name: goes up when what is kept changes."""
Kind = Literal["osv", "secdb", "kev", "epss"]

_TABLES: Final = """
create table about (name text primary key, value text);
create table releases (ecosystem text primary key, count integer, newest text);
create table advisories (number integer primary key, content blob);
create table rules (ecosystem text, package text, advisory integer, content blob);
create table flaws (id text primary key, content text);
"""
_SAID_OF: Final = """
select a.content, r.content from rules r join advisories a on a.number = r.advisory
where r.ecosystem = ? and r.package = ? order by r.rowid
"""
_KEPT: Final = msgspec.msgpack.Encoder()
_NOTICES: Final = msgspec.msgpack.Decoder(Notice)
_RULES: Final = msgspec.msgpack.Decoder(Rule)


class Index:
    """An index that is there already. Raises StoreError when it is damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if _digest_of(path) != path.stem.rpartition("-")[2]:
            raise StoreError(path=str(path), reason="a damaged index")
        self._base = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        self.as_of = "".join(value for (value,) in self._rows("select value from about where name = 'as_of'"))

    def releases(self) -> dict[str, tuple[int, str]]:
        """Return how many advisories each ecosystem has, and the day of its newest."""
        rows = self._rows("select ecosystem, count, newest from releases order by ecosystem")
        return {name: (count, newest) for name, count, newest in rows}

    def said_of(self, ecosystem: str, package: str) -> Iterator[Said]:
        """Yield what is said of a package, in the order of the file."""
        for notice, rule in self._rows(_SAID_OF, ecosystem, package):
            yield Said(_NOTICES.decode(notice), _RULES.decode(rule))

    def about(self, flaw: str) -> str:
        """Return what an overlay says of a CVE; "" for nothing."""
        return "".join(str(content) for (content,) in self._rows("select content from flaws where id = ?", flaw))

    def _rows(self, query: str, *values: str) -> list[Any]:
        try:
            return self._base.execute(query, values).fetchall()
        except sqlite3.Error as err:
            raise StoreError(path=str(self.path), reason=f"a damaged index: {err}") from err


def find(folder: Path, digest: str) -> Index | None:
    """Return the index of the file with this sha256; None when there is none that is whole."""
    for path in sorted(folder.glob(f"{digest}-{VERSION}-*.sqlite")):
        try:
            return Index(path)
        except (OSError, StoreError, sqlite3.Error):
            continue  # the cache may be damaged or deleted at any time
    return None


def make(source: Path, kind: Kind, where: str, digest: str, folder: Path) -> Index:
    """Make the index of a file in a folder; raises InvalidAdvisories when it is broken, and then there is no index.

    Its name has the file's sha256 and its own. Raises StoreError or OSError when it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as new:
        aside = Path(new) / "index"
        base = sqlite3.connect(aside, isolation_level=None)
        try:
            base.executescript("pragma journal_mode = off; pragma synchronous = off;" + _TABLES)
            base.execute("begin")
            base.execute("insert into about values ('as_of', ?)", (_fill(base, kind, source, where),))
            base.execute("commit")
            base.execute("create index by_package on rules (ecosystem, package)")
        except sqlite3.OperationalError as err:
            raise StoreError(path=str(folder), reason=f"cannot be written: {err}") from err
        except (sqlite3.Error, UnicodeError, OverflowError) as err:
            raise InvalidAdvisories(where=where, reason=f"it has what nobody can keep: {err}") from err
        finally:
            base.close()
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        return Index(aside.rename(folder / f"{digest}-{VERSION}-{_digest_of(aside)}.sqlite"))


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fill(base: sqlite3.Connection, kind: Kind, source: Path, where: str) -> str:
    """Fill in what a file says, and return the newest day that stands in it."""
    match kind:
        case "osv":
            return _fill_advisories(base, osv.read(source, where), where)
        case "secdb":
            return _fill_advisories(base, secdb.advisories_of(bounded(source, where), where), where)
        case "kev":
            return _fill_flaws(base, *read_kev(source, where))
        case "epss":
            return _fill_flaws(base, *read_epss(source, where))


def _fill_advisories(base: sqlite3.Connection, advisories: Iterable[osv.Advisory], where: str) -> str:
    counts: defaultdict[str, int] = defaultdict(int)
    newest: defaultdict[str, str] = defaultdict(str)
    for number, one in enumerate(advisories):
        if one.withdrawn:
            continue
        day = osv.day(one.modified)
        rows = [
            (
                affected.package.ecosystem,
                affected.package.name,
                number,
                _KEPT.encode(rule_of(affected, where)),
            )
            for affected in one.affected or ()
            if affected.package and affected.package.name
        ]
        base.execute("insert into advisories values (?, ?)", (number, _KEPT.encode(notice_of(one))))
        base.executemany("insert into rules values (?, ?, ?, ?)", rows)
        for ecosystem in {row[0] for row in rows}:
            counts[ecosystem] += 1
            newest[ecosystem] = max(newest[ecosystem], day)
    base.executemany("insert into releases values (?, ?, ?)", [(name, counts[name], newest[name]) for name in counts])
    return max(newest.values(), default="")


def _fill_flaws(base: sqlite3.Connection, words: Words, as_of: str) -> str:
    base.executemany("insert into flaws values (?, ?)", words.items())
    return as_of
