"""Newer advisories from their publishers: a folder and what is wanted in it in, each file's fate out, one at a time.

OSV's archives lie at ECOSYSTEM/all.zip (google.github.io/osv.dev/data, "Data dumps"), Alpine's secdb at
RELEASE/main.json and community.json; CISA and FIRST have one file each. A file is asked for on condition that it has
changed, streamed to disk beside its place, opened and indexed there, and only then renamed: a broken one never takes
the place of a good one, and none is ever in memory as a whole. Nothing is sent but the request.
"""

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NamedTuple
from urllib.parse import quote

import requests
import urllib3

from generator import __version__, asking
from generator.advisories import checked
from generator.advisories.checked import Checked
from generator.advisories.database import opened
from generator.advisories.index import Index, Kind
from generator.errors import BasedexError, InvalidAdvisories, SourceUnreachable, StoreError, UsageError
from generator.limits import CHUNK_SIZE, GIB, MIB
from generator.store import atomic
from generator.store.lock import locked

OSV: Final = "https://osv-vulnerabilities.storage.googleapis.com/"
SECDB: Final = "https://secdb.alpinelinux.org/"
KEV: Final = "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
KEV_COPY: Final = "https://raw.githubusercontent.com/cisagov/kev-data/HEAD/known_exploited_vulnerabilities.json"
"""CISA's own copy, minutes behind: cisa.gov refuses the networks of many hosting companies."""
EPSS: Final = "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"
"""Leads to the table of the day, on the same host."""
ECOSYSTEMS: Final = (
    "AlmaLinux", "Alpine", "Chainguard", "Debian", "Red Hat", "Rocky Linux", "SUSE", "Ubuntu", "Wolfi", "openSUSE",
)  # fmt: skip
"""Those that images are held against, as OSV names them."""
LARGEST: Final[dict[Kind, int]] = {"osv": 2 * GIB, "secdb": 64 * MIB, "kev": 64 * MIB, "epss": 64 * MIB}
"""Bytes of a file: several times what the largest of its kind has."""

_PARTIAL: Final = ".part-"
"""A file that is arriving; not `.new-`, which a build sweeps out of its store."""
_LONGEST: Final = 3600
"""Seconds for a whole file, so that a server that drips does not hold a run for ever."""
_WORD_LENGTH: Final = 200
"""Characters of a word by which a publisher knows a file again."""
_SECDB_RELEASE: Final = re.compile(r"Alpine:(v3\.\d+|edge)")
_MODE: Final = 0o644

Progress = Callable[[str, int, int | None], None]
"""(what, bytes so far, bytes in all)"""


class File(NamedTuple):
    """A file of the folder, and where it is asked for."""

    name: str
    kind: Kind
    address: str
    is_optional: bool = False
    """When its publisher has none, nothing is wrong: the rest says the same, if less of it."""
    otherwise: str = ""
    """Where its publisher has it too, for when the address does not answer; "" for nowhere."""
    is_mirror: bool = False
    """Whether the address is not its publisher's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What became of one file."""

    name: str
    state: Literal["new", "changed", "unchanged", "absent", "failed"]
    """absent: the publisher has no such file."""
    size: int | None = None
    """Bytes of the file in use; None when there is none."""
    as_of: str = ""
    """YYYY-MM-DD: the newest day that stands in it."""
    error: BasedexError | None = None
    """Why it failed; the file that was there before, if any, stays in use."""


def files(ecosystems: Iterable[str], *, mirror: str = "", kev: bool = True, epss: bool = True) -> tuple[File, ...]:
    """Return the files for ecosystems, with or without a release (`Alpine:v3.20`), from OSV or from a mirror of it.

    A mirror is laid out like OSV, with the two catalogues at its root; it has no secdb. Raises UsageError for an
    ecosystem that nothing is held against, and for an address that will not be asked.
    """
    wanted = sorted(set(ecosystems))
    families = sorted({one.partition(":")[0] for one in wanted})
    if strange := [one for one in families if one not in ECOSYSTEMS]:
        raise UsageError(problem=f"no ecosystem: {', '.join(strange)}; there are {', '.join(ECOSYSTEMS)}")
    base = f"{mirror.rstrip('/')}/" if mirror else OSV
    found = [File(f"{one}/all.zip", "osv", f"{base}{quote(one)}/all.zip") for one in families]
    if not mirror:
        releases = [match[1] for one in wanted if (match := _SECDB_RELEASE.fullmatch(one))]
        places = [f"{one}/{part}.json" for one in releases for part in ("main", "community")]
        found += [File(place, "secdb", SECDB + place, is_optional=True) for place in places]
    if kev:
        name = "known_exploited_vulnerabilities.json"
        found.append(File(name, "kev", base + name) if mirror else File(name, "kev", KEV, otherwise=KEV_COPY))
    if epss:
        name = "epss_scores-current.csv.gz"
        found.append(File(name, "epss", base + name if mirror else EPSS))
    for one in found:
        asking.check_address(one.address)
    return tuple(one._replace(is_mirror=bool(mirror)) for one in found)


def update(
    folder: Path, indexes: Path, wanted: Iterable[File], today: str, progress: Progress = lambda *_: None
) -> Iterator[Fetched]:
    """Bring files of a folder up to date, one after the other; one that fails does not stop the others.

    `indexes` is where `database.open_database` will look for them; `today` is noted as the day of asking. Raises
    StoreBusy when another run is at work here, StoreError when the folder cannot be written.
    """
    with locked(folder), locked(indexes), requests.Session() as session:
        session.headers.update({"User-Agent": f"basedex/{__version__}", "Accept-Encoding": "identity"})
        for left_over in folder.rglob(f"{_PARTIAL}*"):
            left_over.unlink(missing_ok=True)
        for file in wanted:
            try:
                yield _Asking(folder, indexes, today, session, progress).bring(file)
            except BasedexError as err:
                yield _failed(folder, file, err)
            except OSError as err:
                reason = f"cannot be written: {err.strerror or err}"
                yield _failed(folder, file, StoreError(path=str(folder / file.name), reason=reason))


def _failed(folder: Path, file: File, err: BasedexError) -> Fetched:
    path = folder / file.name
    return Fetched(name=file.name, state="failed", size=path.stat().st_size if path.is_file() else None, error=err)


class _Arrived(NamedTuple):
    """A file that has come, beside its place."""

    digest: str
    size: int
    etag: str
    last_modified: str


@dataclass(frozen=True, slots=True)
class _Asking:
    """One run's surroundings."""

    folder: Path
    indexes: Path
    today: str
    session: requests.Session
    progress: Progress

    def bring(self, file: File) -> Fetched:
        """Ask for a file, and put it in its place when it is another one that can be used."""
        try:
            return self._bring(file)
        except SourceUnreachable:
            if not file.otherwise:
                raise
            return self._bring(file._replace(address=file.otherwise))

    def _bring(self, file: File) -> Fetched:
        path = self.folder / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        there = _digest_of(path)
        known = checked.load(self.folder).get(file.name)
        known = known if known and there and (known.digest, known.source) == (f"sha256:{there}", file.address) else None
        descriptor, name = tempfile.mkstemp(prefix=_PARTIAL, dir=path.parent)
        aside = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as stream, closing(_answer(self.session, file, known)) as answer:
                if answer.status_code == requests.codes.not_found and file.is_optional:
                    return Fetched(name=file.name, state="absent", size=path.stat().st_size if there else None)
                if answer.status_code == requests.codes.not_modified and known is not None:
                    as_of = opened(path, file.kind, file.name, there, self.indexes).as_of
                    self._note(file, known.etag, known.last_modified, there)
                    return Fetched(name=file.name, state="unchanged", size=path.stat().st_size, as_of=as_of)
                arrived = self._stream(answer, file, stream.write)
                stream.flush()
                os.fchmod(descriptor, _MODE)
                os.fsync(descriptor)
            as_of = _checked(opened(aside, file.kind, file.name, arrived.digest, self.indexes), file)
            if arrived.digest != there:
                aside.replace(path)
                atomic.sync_folder(path.parent)
        finally:
            aside.unlink(missing_ok=True)
        self._note(file, arrived.etag, arrived.last_modified, arrived.digest)
        state: Literal["new", "changed", "unchanged"]
        state = "unchanged" if arrived.digest == there else "changed" if there else "new"
        return Fetched(name=file.name, state=state, size=arrived.size, as_of=as_of)

    def _stream(self, answer: requests.Response, file: File, write: Callable[[bytes], int]) -> _Arrived:
        """Take an answer's body: all of it, and no more than allowed."""
        asking.check_ok(answer, file.address)
        largest = LARGEST[file.kind]
        told = answer.headers.get("Content-Length", "")
        total = int(told) if told.isdecimal() else None
        if total is not None and total > largest:
            raise InvalidAdvisories(where=file.address, reason=f"more than {largest} bytes")
        digest, size, end = hashlib.sha256(), 0, time.monotonic() + _LONGEST
        try:
            # A .gz is wanted as it is, also from servers that take it for a way of sending something else. What there
            # is already is taken, not waited for more, so that the clock is looked at when little comes.
            unpack = not file.name.endswith(".gz")
            while piece := answer.raw.read1(CHUNK_SIZE, decode_content=unpack):
                size += len(piece)
                if size > largest:
                    raise InvalidAdvisories(where=file.address, reason=f"more than {largest} bytes")
                if time.monotonic() > end:
                    reason = f"not all of it came in {_LONGEST} seconds"
                    raise SourceUnreachable(source=file.address, reason=reason, temporary=True)
                digest.update(piece)
                write(piece)
                self.progress(file.name, size, total)
        except urllib3.exceptions.HTTPError as err:
            reason = f"{size} bytes came, then: {asking.cause(err)}"
            raise SourceUnreachable(source=file.address, reason=reason, temporary=True) from err
        if total is not None and answer.raw.tell() != total:
            raise SourceUnreachable(source=file.address, reason=f"{size} of {total} bytes came", temporary=True)
        words = (answer.headers.get(name, "") for name in ("ETag", "Last-Modified"))
        # They are sent back: what is longer than real ones, or no text, might make the publisher refuse the next run.
        etag, modified = (
            word if len(word) <= _WORD_LENGTH and word.isascii() and word.isprintable() else "" for word in words
        )
        return _Arrived(digest.hexdigest(), size, etag, modified)

    def _note(self, file: File, etag: str, last_modified: str, digest: str) -> None:
        """Write down what is there now; only then, so that a run that is killed before asks anew."""
        now = Checked(
            source=file.address,
            checked_on=self.today,
            digest=f"sha256:{digest}",
            etag=etag,
            last_modified=last_modified,
            is_mirror=file.is_mirror,
        )
        known = checked.load(self.folder)
        if known.get(file.name) != now:
            checked.save(self.folder, known | {file.name: now})


def _checked(index: Index, file: File) -> str:
    """Return an index's day; raises InvalidAdvisories for an archive that says nothing of its own ecosystem."""
    family = file.name.partition("/")[0]
    if file.kind == "osv" and not any(name.partition(":")[0] == family for name in index.releases()):
        raise InvalidAdvisories(where=file.name, reason=f"it has no advisory of {family}")
    return index.as_of


def _answer(session: requests.Session, file: File, known: Checked | None) -> requests.Response:
    conditions = {}
    if known and known.etag:
        conditions["If-None-Match"] = known.etag
    if known and known.last_modified:
        conditions["If-Modified-Since"] = known.last_modified

    def refusal(reason: str) -> InvalidAdvisories:
        return InvalidAdvisories(where=file.address, reason=reason)

    return asking.answer_of(session, file.address, refusal, conditions)


def _digest_of(path: Path) -> str:
    """Return the sha256 of a file that is there; "" when there is none, or one that cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
