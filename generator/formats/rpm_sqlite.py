"""RPM's SQLite database, `rpmdb.sqlite` (Fedora since 33, RHEL since 9): the headers in its table Packages.

SQLite reads the file in memory; nothing is opened, and a hostile schema (a view in the table's place, computed
columns, loops in the pages) ends in FormatError within a bounded number of steps. What a write-ahead log beside
the file has not yet moved into it is not seen; rpm moves it when it closes the database.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Final

from generator.errors import FormatError

MAGIC: Final = b"SQLite format 3\0"

_STEPS_A_CALL: Final = 10_000
_CALLS_FLOOR: Final = 100
"""Of the virtual machine: a million steps, under a second, and one more for each byte of the file."""


def header_blobs(content: bytes, *, path: str) -> Iterator[bytes]:
    """Give the header of each installed package, by the database's number. Holds a second copy of the file."""
    if len(content) < 100 or not content.startswith(MAGIC):
        raise FormatError(path=path, offset=0, rule="an SQLite database")
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            # Bytes 18 and 19: 2 asks for a write-ahead log, which memory cannot have; 1 is the same pages without.
            connection.deserialize(content[:18] + b"\1\1" + content[20:])
            yield from _rows(connection, len(content), path)
    except (sqlite3.Error, sqlite3.Warning, UnicodeError, OverflowError, MemoryError) as err:
        raise FormatError(path=path, offset="table Packages", rule=f"a sound SQLite database ({err})") from err


def _rows(connection: sqlite3.Connection, size: int, path: str) -> Iterator[bytes]:
    calls_left = _CALLS_FLOOR + size // _STEPS_A_CALL

    def out_of_steps() -> bool:
        nonlocal calls_left
        calls_left -= 1
        return calls_left < 0

    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, size + 1000)
    connection.set_progress_handler(out_of_steps, _STEPS_A_CALL)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    # Neither a view, nor a virtual table (which has no root page), nor computed columns: reading runs no expression.
    roots = connection.execute("SELECT type, rootpage > 0 FROM sqlite_master WHERE name = 'Packages'").fetchall()
    if roots != [("table", 1)]:
        raise FormatError(path=path, offset="schema", rule="one table named Packages")
    columns = connection.execute("SELECT name, hidden FROM pragma_table_xinfo('Packages')").fetchall()
    if columns != [("hnum", 0), ("blob", 0)]:
        raise FormatError(path=path, offset="schema", rule="the columns hnum and blob in Packages")
    left = size
    for (blob,) in connection.execute("SELECT blob FROM main.Packages"):
        if not isinstance(blob, bytes):
            raise FormatError(path=path, offset="table Packages", rule="a header in each row")
        left -= len(blob)
        if left < 0:
            raise FormatError(path=path, offset="table Packages", rule="no more header bytes than the file has")
        yield blob
