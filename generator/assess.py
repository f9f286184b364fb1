"""A stage of the build: what is recorded, held against a folder of advisories, where anything is new.

In: the places and the folder; out: assessments in the store, and what could not be used, in a sentence each. Asks
nobody anything, and never ends a build.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from generator.advisories import checked, recorded
from generator.advisories.database import forget, open_database
from generator.errors import StoreError
from generator.store import atomic, documents
from generator.store.lock import locked
from generator.store.stamp import tree_stamp

if TYPE_CHECKING:
    from generator.build import Places


def assess(places: "Places", folder: Path, begins: Callable[[str], None]) -> tuple[str, ...]:
    """Hold what is recorded against a folder of advisories; return what could not be used, in a sentence each.

    Without a folder, without an advisory in it or where nothing can be written, what was assessed before stays.
    """
    stamp = places.cache / "assessed.stamp"
    # Before anything is read: what arrives meanwhile is for the next build.
    origin = tree_stamp(folder) + tree_stamp(Path(__file__).parent)

    def now() -> bytes:
        stored = (places.store / name for name in (documents.FOLDER, recorded.FOLDER))
        return (origin + "".join(map(tree_stamp, stored))).encode()

    try:
        if not folder.is_dir():
            return ()
        if stamp.is_file() and stamp.read_bytes() == now():
            return recorded.load_asked(places.store).problems
        begins("holding packages against advisories")
        database = open_database(folder, places.indexes)
        problems = tuple(map(str, database.problems))
        if not database.of("osv", "secdb"):
            return (*problems, f"{folder}: no advisories that could be used; what was assessed before stays")
        days = checked.days(folder, {archive.name: archive.digest for archive, _ in database.archives})
        recorded.bring_up_to_date(places.store, database, days)
    except (StoreError, OSError) as err:
        return (f"packages were not held against advisories, what was assessed before stays: {err}",)
    with suppress(StoreError, OSError), locked(places.indexes):
        forget(places.indexes, database)
    with suppress(StoreError):
        atomic.write(stamp, now())
    return problems
