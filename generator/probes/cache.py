"""Facts kept between runs, in one SQLite file of the cache folder. What is in it can always be made anew."""

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

_TIMEOUT_SECONDS: Final = 10
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS fact (probe TEXT, digest BLOB, value BLOB, PRIMARY KEY (probe, digest)) WITHOUT ROWID"
)


class NoCache:
    """Remembers nothing."""

    def get(self, probe: str, digest: bytes) -> bytes | None:
        """Return None."""
        return None

    def put(self, probe: str, digest: bytes, fact: bytes) -> None:
        """Forget."""


class SqliteCache:
    """Facts in a file that several processes may use at once. A damaged or locked file only costs time.

    Use as a context; facts are written when it is left.
    """

    def __init__(self, host_path: Path) -> None:
        self._host_path = host_path
        self._connection: sqlite3.Connection | None = None
        self._fresh: dict[tuple[str, bytes], bytes] = {}

    def __enter__(self) -> "SqliteCache":
        self._host_path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = self._opened()
        except sqlite3.DatabaseError:
            with suppress(OSError, sqlite3.DatabaseError):
                self._host_path.unlink(missing_ok=True)
                self._connection = self._opened()
        return self

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._host_path, timeout=_TIMEOUT_SECONDS)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(_SCHEMA)
        connection.commit()
        return connection

    def __exit__(self, *_: object) -> None:
        if self._connection is None:
            return
        with suppress(sqlite3.Error):
            rows = [(probe, digest, value) for (probe, digest), value in self._fresh.items()]
            with self._connection:
                self._connection.executemany("INSERT OR REPLACE INTO fact VALUES (?, ?, ?)", rows)
        self._connection.close()

    def get(self, probe: str, digest: bytes) -> bytes | None:
        """Return a fact, or None."""
        fresh = self._fresh.get((probe, digest))
        if fresh is not None or self._connection is None:
            return fresh
        with suppress(sqlite3.Error):
            row = self._connection.execute("SELECT value FROM fact WHERE probe = ? AND digest = ?", (probe, digest))
            found = row.fetchone()
            return found[0] if found else None
        return None

    def put(self, probe: str, digest: bytes, fact: bytes) -> None:
        """Keep a fact, to be written at the end."""
        self._fresh[probe, digest] = fact
