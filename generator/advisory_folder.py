"""The jobs of `basedex advisories update` and `list`: the places in; what became of each file, or what is there, out.

Which archives are wanted follows from the documents in the store: those of the distributions that they are about.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator import targets
from generator.advisories import checked, updating
from generator.advisories.database import open_database
from generator.advisories.index import Kind
from generator.advisories.releases import release_of
from generator.advisories.updating import Fetched, File, Progress
from generator.errors import StoreError, UsageError
from generator.store import documents
from generator.targets import AdvisorySettings

if TYPE_CHECKING:
    from generator.build import Places


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for."""

    folder: Path | None = None
    """None: the one that images.yml names."""
    ecosystems: tuple[str, ...] = ()
    """Without any: those that the recorded documents need."""
    every: bool = False
    """All ecosystems that images can be held against, and the recorded ones' releases."""
    mirror: str = ""
    """"": the one that images.yml names, if it names one."""
    kev: bool = True
    epss: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A file of the folder that is in use."""

    name: str
    kind: Kind
    size: int | None
    """Bytes; None when the file itself has gone since it was opened."""
    digest: str
    as_of: str
    """YYYY-MM-DD: the newest day that stands in it; "" when none does."""
    checked_on: str
    """YYYY-MM-DD on which its publisher was last asked; "" when that is not known."""
    releases: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    """By ecosystem: how many advisories, and the day of the newest."""

    @property
    def advisory_count(self) -> int:
        """Advisories, one that is about several releases counted for each."""
        return sum(count for count, _ in self.releases.values())

    @property
    def newest(self) -> str:
        """The day of the newest advisory; "" when none has one."""
        return max((newest for _, newest in self.releases.values()), default="")


@dataclass(frozen=True, slots=True)
class Holding:
    """What a folder has."""

    folder: Path
    files: tuple[Held, ...]
    problems: tuple[str, ...]
    """Files that cannot be used, in a sentence each."""


@dataclass(frozen=True, slots=True)
class Round:
    """An update: reading its results is what does it."""

    folder: Path
    wanted: tuple[File, ...]
    results: Iterator[Fetched]


def update(places: "Places", wish: Wish, today: str, progress: Progress = lambda *_: None) -> Round:
    """Return what will be asked for, and bring it up to date as its results are read.

    Raises UsageError when images.yml or the wish has mistakes, StoreBusy when another run is at work in the folder.
    """
    folder, settings = _settled(places, wish.folder)
    recorded = () if wish.ecosystems else recorded_ecosystems(places.store)
    every = updating.ECOSYSTEMS if wish.every else ()
    wanted = updating.files(
        (*wish.ecosystems, *recorded, *every),
        mirror=wish.mirror or settings.mirror,
        kev=wish.kev,
        epss=wish.epss,
    )
    return Round(folder, wanted, updating.update(folder, places.indexes, wanted, today, progress))


def listed(places: "Places", folder: Path | None = None) -> Holding:
    """Return what is in a folder, images.yml's by default. Raises UsageError when it is not there."""
    folder, _ = _settled(places, folder)
    if not folder.is_dir():
        raise UsageError(problem=f"there is no folder {folder}; `basedex advisories update` makes and fills it")
    database = open_database(folder, places.indexes)
    days = checked.days(folder, {archive.name: archive.digest for archive, _ in database.archives})
    held = tuple(
        Held(
            name=archive.name,
            kind=archive.kind,
            size=_size_of(folder / archive.name),
            digest=archive.digest,
            as_of=archive.as_of,
            checked_on=days.get(archive.name, ""),
            releases=index.releases(),
        )
        for archive, index in database.archives
    )
    return Holding(folder, held, tuple(map(str, database.problems)))


def values_of(holding: Holding) -> dict[str, Any]:
    """Return a folder's contents for programs."""
    return {
        "folder": str(holding.folder),
        "files": [
            {
                "name": one.name,
                "kind": one.kind,
                "size": one.size,
                "digest": one.digest,
                "as_of": one.as_of or None,
                "checked_on": one.checked_on or None,
                "releases": [
                    {"ecosystem": name, "advisory_count": count, "newest_advisory": newest or None}
                    for name, (count, newest) in one.releases.items()
                ],
            }
            for one in holding.files
        ],
        "problems": list(holding.problems),
    }


def recorded_ecosystems(store: Path) -> tuple[str, ...]:
    """Return the ecosystems, with releases, of all documents of a store, former states' too; damaged ones have none."""
    return tuple(sorted(set(_ecosystems(store))))


def _ecosystems(store: Path) -> Iterable[str]:
    for subject in documents.subjects(store):
        try:
            found = documents.load(store, subject).sections.os_release.found
        except StoreError:
            continue
        release = release_of(found) if found else None
        if release is not None:
            yield release.ecosystem


def _settled(places: "Places", folder: Path | None) -> tuple[Path, AdvisorySettings]:
    """Return the folder and the settings; whoever names the folder needs no images.yml."""
    if folder is not None and not places.configuration.exists():
        return folder, AdvisorySettings()
    settings = targets.load(places.configuration).advisories
    return folder or places.configuration.parent / settings.folder, settings


def _size_of(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
