"""The history: `history/NAME/PLATFORM.jsonl`, one Observation a line, to which lines are only ever added.

A line is added when something in it other than the time differs from the line before. A run that was killed while
it wrote can leave the start of a line at the end; reading passes over that, with a warning in the log, and the next
line takes its place.
"""

import logging
import os
from pathlib import Path
from typing import Final

import msgspec

from generator.errors import InvalidDigest, StoreError
from generator.oci.digest import parse_digest
from generator.oci.platform import Platform
from generator.store import atomic
from generator.store.observation import Observation

FOLDER: Final = "history"

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_DECODER: Final = msgspec.json.Decoder(Observation)
_LOG: Final = logging.getLogger(__name__)


def path_of(store: Path, name: str, platform: Platform) -> Path:
    """Return the file of one image on one platform."""
    return store / FOLDER / name / f"{platform.slug}.jsonl"


def read(store: Path, name: str, platform: Platform) -> tuple[Observation, ...]:
    """Return all observations, oldest first; () when there are none. Raises StoreError for a damaged line."""
    path = path_of(store, name, platform)
    return tuple(_decode(path, number, line) for number, line in enumerate(_whole_lines(path)[0], start=1))


def last(store: Path, name: str, platform: Platform) -> Observation | None:
    """Return the newest observation; earlier lines are not looked at. Raises StoreError when it is damaged."""
    path = path_of(store, name, platform)
    lines, _ = _whole_lines(path)
    return _decode(path, len(lines), lines[-1]) if lines else None


def read_all(store: Path) -> dict[tuple[str, str], tuple[Observation, ...]]:
    """Return all observations of every image, by name and by the platform's slug, also of those of former days.

    A history with a damaged line is left out, with a warning in the log.
    """
    found = {}
    for path in sorted((store / FOLDER).glob("*/*.jsonl")):
        try:
            found[path.parent.name, path.stem] = tuple(
                _decode(path, number, line) for number, line in enumerate(_whole_lines(path)[0], start=1)
            )
        except StoreError as err:
            _LOG.warning("%s", err)
    return found


def append(store: Path, name: str, platform: Platform, observation: Observation) -> bool:
    """Add `observation` unless it says nothing new; return whether it was added.

    Repairs the end of a file that a killed run left.
    """
    path = path_of(store, name, platform)
    lines, torn = _whole_lines(path)
    if lines:
        newest = _decode(path, len(lines), lines[-1])
        if msgspec.structs.replace(newest, at=observation.at) == observation:
            return False
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
