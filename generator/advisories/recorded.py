"""Assessments in the store, one for each document: `assessments/sha256/ab/HEX.json`, and what they were asked of.

They are made when the database, the document or the rules have changed, and read by whoever makes pages or judges
policies; nobody else needs the database. `Assessments` is what readers are given: with the only thing that time does.
"""

import hashlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from generator import __version__
from generator.advisories import matching, opinions, osv, scanning, vex
from generator.advisories.assessment import SCHEMA_VERSION, Archive, Assessment, aged, decode, encode
from generator.advisories.database import Database
from generator.advisories.opinions import Opinion
from generator.analysis import codec
from generator.errors import InvalidReport, StoreError
from generator.oci.digest import Digest, algorithm_of, hex_of
from generator.store import atomic, documents
from generator.targets import Configuration, Target

FOLDER: Final = "assessments"
FILE_NAME: Final = "advisories.json"
"""In the store: the database that was asked last, without its advisories."""

_LOG: Final = logging.getLogger(__name__)


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The database that assessments were made of."""

    schema_version: int = SCHEMA_VERSION
    digest: str = ""
    archives: tuple[Archive, ...] = ()
    """By name."""
    checked_on: dict[str, str] = {}
    """Archive's name → YYYY-MM-DD on which its publisher was last asked for a newer one."""
    problems: tuple[str, ...] = ()
    """Files that could not be used, in a sentence each."""


@dataclass(frozen=True, slots=True)
class Assessments:
    """What is recorded, as of a day. Without a store, nothing is."""

    store: Path | None = None
    asked: Asked = field(default_factory=Asked)
    today: date | None = None
    """None: nothing is ever too old."""
    max_age_days: int = 14
    folder: Path = Path()
    """The folder of images.yml, in which reports are."""
    said: tuple[vex.Said, ...] = ()
    """What VEX documents say."""
    problems: tuple[str, ...] = ()
    """VEX documents that could not be used, in a sentence each."""

    def of(self, subject: Digest | None, target: Target | None = None) -> Assessment:
        """Return what is known of an image, by its digest; what is not recorded is `not-assessed`.

        `target` is what images.yml says of the image: what others say of it counts for all of its states.
        """
        if self.store is None or subject is None or (found := load(self.store, subject)) is None:
            return Assessment(state="not-assessed", reason="no-database")
        days = (newest((found.database_date,), self.today), *map(self.date_of, found.asked))
        dated = msgspec.structs.replace(found, database_date=max(days))
        image = vex.Identity(subject, target.name, target.sources) if target else vex.Identity(subject, "", ())
        spoken = vex.applied(dated, image, self.said)
        return spoken if self.today is None else aged(spoken, self.today, self.max_age_days)

    def opinions_of(self, subject: Digest, target: Target) -> tuple[Opinion | InvalidReport, ...]:
        """Return what other scanners say of an image, a report each; why not, where one cannot be read.

        First the reports that images.yml names, then what scanners said that were asked here.
        """
        asked = scanning.recorded(self.store, subject) if self.store is not None else ()
        return (*(self._opinion(name) for name in target.reports), *asked)

    def _opinion(self, name: str) -> Opinion | InvalidReport:
        try:
            return opinions.read(self.folder / name, name)
        except InvalidReport as err:
            return err

    def files(self, configuration: Configuration) -> tuple[Path, ...]:
        """Return what others say, as files: all that pages depend on beside the store and `outdated`."""
        names = [*configuration.advisories.vex, *(name for one in configuration.targets for name in one.reports)]
        return tuple(self.folder / name for name in names)

    @property
    def outdated(self) -> tuple[str, ...]:
        """The archives that are older than allowed, by name."""
        if self.today is None:
            return ()
        known = ((one.name, self.date_of(one.name)) for one in self.asked.archives)
        return tuple(
            name for name, day in known if day and (self.today - date.fromisoformat(day)).days > self.max_age_days
        )

    def date_of(self, name: str) -> str:
        """Return the day as of which an archive is known to be current; "" when nobody says."""
        as_of = next((one.as_of for one in self.asked.archives if one.name == name), "")
        return newest((as_of, self.asked.checked_on.get(name, "")), self.today)


def newest(days: Iterable[str], today: date | None) -> str:
    """Return the newest of some days; "" when none of them is one, or all are still to come.

    A slip of somebody's pen, an advisory of the year 9999, must not keep a database young for ever.
    """
    known = {day for day in days if osv.day(day) == day}
    return max((day for day in known if today is None or day <= today.isoformat()), default="")


def bring_up_to_date(store: Path, database: Database, checked_on: Mapping[str, str]) -> int:
    """Assess every document whose assessment is of another database, document or version; return how many.

    An assessment whose document has gone goes too. A document that cannot be read keeps the one it has.
    """
    count = 0
    subjects = tuple(documents.subjects(store))
    for subject in subjects:
        count += _assessed(store, subject, database)
    known = frozenset[str](subjects)
    for path in (store / FOLDER).glob("*/*/*.json"):
        if f"{path.parent.parent.name}:{path.stem}" not in known:
            path.unlink()
    scanning.forget(store, known)
    archives = tuple(archive for archive, _ in database.archives)
    asked = Asked(
        digest=database.digest,
        archives=archives,
        checked_on={one.name: checked_on[one.name] for one in archives if one.name in checked_on},
        problems=tuple(map(str, database.problems)),
    )
    if load_asked(store) != asked:
        atomic.write(store / FILE_NAME, msgspec.json.format(msgspec.json.encode(asked, order="deterministic")) + b"\n")
    return count


def _assessed(store: Path, subject: Digest, database: Database) -> bool:
    source = documents.path_of(store, subject)
    try:
        content = source.read_bytes()
        basis = _basis(database, content)
        if _basis_of(store, subject) == basis:
            return False
        document = codec.decode(content, path=str(source))
        assessment = msgspec.structs.replace(matching.assess(document, database), basis=basis)
    except (OSError, StoreError) as err:
        _LOG.warning("not assessed: %s", err)
        return False
    atomic.write(path_of(store, subject), encode(assessment))
    return True


def _basis(database: Database, content: bytes) -> str:
    parts = [__version__, SCHEMA_VERSION, matching.VERSION, database.digest, hashlib.sha256(content).hexdigest()]
    return f"sha256:{hashlib.sha256(msgspec.json.encode(parts)).hexdigest()}"


class _Head(msgspec.Struct):
    basis: str = ""


def _basis_of(store: Path, subject: Digest) -> str:
    try:
        return msgspec.json.decode(path_of(store, subject).read_bytes(), type=_Head).basis
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


def path_of(store: Path, subject: Digest) -> Path:
    """Return where the assessment of `subject` is, or would be."""
    name = hex_of(subject)
    return store / FOLDER / algorithm_of(subject) / name[:2] / f"{name}.json"


def load(store: Path, subject: Digest) -> Assessment | None:
    """Return the assessment of `subject`; None, and a warning in the log, when there is none that can be read."""
    path = path_of(store, subject)
    try:
        return decode(path.read_bytes(), path=str(path))
    except FileNotFoundError:
        return None
    except (OSError, StoreError) as err:
        _LOG.warning("%s", err)
        return None


def load_asked(store: Path) -> Asked:
    """Return the database that was asked last; an empty one when there was none, or the note of it is damaged."""
    try:
        asked = msgspec.json.decode((store / FILE_NAME).read_bytes(), type=Asked)
        if strange := [day for day in asked.checked_on.values() if osv.day(day) != day]:
            raise msgspec.ValidationError(f"{strange[0]!r} is no day")
        return asked
    except FileNotFoundError:
        return Asked()
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        _LOG.warning("%s: %s", store / FILE_NAME, err)
        return Asked()


def open_recorded(store: Path, configuration: Configuration, folder: Path, today: date) -> Assessments:
    """Return what the store has, and what others say; their files are named from `folder`, that of images.yml, on."""
    said: list[vex.Said] = []
    problems: list[InvalidReport] = []
    for name in configuration.advisories.vex:
        try:
            said += vex.read(folder / name, name)
        except InvalidReport as err:
            problems.append(err)
    settings = configuration.advisories
    return Assessments(
        store, load_asked(store), today, settings.max_age_days, folder, tuple(said), tuple(map(str, problems))
    )
