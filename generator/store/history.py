"""The history: `history/NAME/PLATFORM.jsonl`, one Observation a line, to which lines are only ever added.

A line is added when something in it other than the time differs from the newest one. A run that was killed while
it wrote can leave the start of a line at the end; reading passes over that, with a warning in the log, and the next
line takes its place.

Lines that came about in several places may be put together by a merge that knows nothing but lines (git's `union`,
see .gitattributes; `basedex merge` does the same). So a file is a set of lines: reading orders them by their time,
and a line that says again what the one before it says, though it may have been news where it was written, is none.
"""

import contextlib
import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import msgspec

from generator.errors import InvalidDigest, StoreError
from generator.oci.digest import parse_digest
from generator.oci.platform import Platform
from generator.store import atomic
from generator.store.observation import Observation

FOLDER: Final = "history"


class _When(msgspec.Struct):
    """What is read of a line to put it in its place."""

    at: Annotated[str, msgspec.Meta(min_length=len("2026-01-01T00:00:00Z"))]


_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_DECODER: Final = msgspec.json.Decoder(Observation)
_WHEN_DECODER: Final = msgspec.json.Decoder(_When)
_LOG: Final = logging.getLogger(__name__)


def path_of(store: Path, name: str, platform: Platform) -> Path:
    """Return the file of one image on one platform."""
    return store / FOLDER / name / f"{platform.slug}.jsonl"


def read(store: Path, name: str, platform: Platform) -> tuple[Observation, ...]:
    """Return all observations, oldest first; () when there are none. Raises StoreError for a damaged line."""
    return _observations(path_of(store, name, platform))


def last(store: Path, name: str, platform: Platform) -> Observation | None:
    """Return the newest observation, the last that `read` would give; of other lines only the time is looked at.

    Raises StoreError when it is damaged.
    """
    path = path_of(store, name, platform)
    return _newest(path, _in_order(_whole_lines(path)[0]))


def read_all(store: Path) -> dict[tuple[str, str], tuple[Observation, ...]]:
    """Return all observations of every image, by name and by the platform's slug, also of those of former days.

    A history with a damaged line is left out, with a warning in the log.
    """
    found = {}
    for path in sorted((store / FOLDER).glob("*/*.jsonl")):
        try:
            found[path.parent.name, path.stem] = _observations(path)
        except StoreError as err:
            _LOG.warning("%s", err)
    return found


def lines_of(path: Path) -> dict[bytes, Observation]:
    """Return a file's lines with what each says, in the order of time. Raises StoreError for a damaged line."""
    lines = _in_order(_whole_lines(path)[0])
    return {line.content: _decode(path, line.number, line.content) for line in lines}


def put_lines(path: Path, lines: Iterable[bytes]) -> None:
    """Make `path` have exactly these lines, in the order of time."""
    atomic.write(path, b"".join(line.content + b"\n" for line in _in_order(lines)))


def append(store: Path, name: str, platform: Platform, observation: Observation) -> bool:
    """Add `observation` unless it says nothing new; return whether it was added.

    Repairs the end of a file that a killed run left. Where a clock has gone back, the line gets the newest line's
    time, so that it is the newest now.
    """
    path = path_of(store, name, platform)
    lines, torn = _whole_lines(path)
    in_order = _in_order(lines)
    newest = _newest(path, in_order)
    if newest:
        if _says_the_same(newest, observation):
            return False
        observation = msgspec.structs.replace(observation, at=max(observation.at, in_order[-1].at))
    if torn:
        atomic.write(path, b"".join(line + b"\n" for line in lines))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = not path.exists()
        with path.open("ab") as file:
            file.write(_ENCODER.encode(observation) + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as err:
        raise StoreError(path=str(path), reason=f"cannot be written: {err.strerror or err}") from err
    if new:
        atomic.sync_folder(path.parent)
    return True


def _says_the_same(one: Observation, other: Observation) -> bool:
    """Tell whether two observations differ in nothing but their times."""
    return msgspec.structs.replace(one, at=other.at) == other


def _news(observations: Iterable[Observation]) -> Iterator[Observation]:
    before = None
    for one in observations:
        if before is None or not _says_the_same(before, one):
            yield one
        before = one


class _Line(NamedTuple):
    at: str
    number: int
    content: bytes


def _in_order(lines: Iterable[bytes]) -> list[_Line]:
    """Sort lines by their times; those of one second, and those that cannot be read, stay behind the line before."""
    at = ""
    found = []
    for number, line in enumerate(lines, start=1):
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            at = _WHEN_DECODER.decode(line).at
        found.append(_Line(at, number, line))
    found.sort(key=lambda line: line.at)
    return found


def _observations(path: Path) -> tuple[Observation, ...]:
    lines = _in_order(_whole_lines(path)[0])
    return tuple(_news(_decode(path, line.number, line.content) for line in lines))


def _newest(path: Path, in_order: list[_Line]) -> Observation | None:
    """Return the observation at the end; where several lines say the same, the first of them."""
    found = None
    for line in reversed(in_order):
        try:
            before = _decode(path, line.number, line.content)
        except StoreError:
            if found is None:
                raise
            break  # an older line's damage is told by who reads it all
        if found is not None and not _says_the_same(before, found):
            break
        found = before
    return found


def _whole_lines(path: Path) -> tuple[list[bytes], bool]:
    """Return the lines that are whole, and whether the file's end needs repair.

    A last line without its end counts when it can be read: nothing of it was lost.
    """
    try:
        *lines, rest = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return [], False
    except OSError as err:
        raise StoreError(path=str(path), reason=f"cannot be read: {err.strerror or err}") from err
    if rest:
        try:
            _decode(path, len(lines) + 1, rest)
        except StoreError:
            _LOG.warning("%s: the last line was cut short when a run was killed; it is passed over", path)
        else:
            lines.append(rest)
    return lines, bool(rest)


def _decode(path: Path, number: int, line: bytes) -> Observation:
    try:
        observation = _DECODER.decode(line)
        parse_digest(observation.subject)
    except (msgspec.DecodeError, UnicodeDecodeError, InvalidDigest) as err:
        raise StoreError(path=f"{path}:{number}", reason=f"not an observation: {err}") from err
    return observation
