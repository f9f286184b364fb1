"""Asking a scanner that is installed here: a bill of materials in, its report out, as an Opinion in the store.

The scanner is given our CycloneDX bill and nothing else: it sees no image, fetches none, and its findings are about the
very packages that ours are about. `grype sbom:FILE -o json` and `trivy sbom --format json FILE`, as their manuals have
them. What it has and asks for its database is its own affair.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, get_args

import msgspec

from generator import text
from generator.advisories.opinions import FILE_SIZE, Opinion, Tool, parse
from generator.errors import InvalidReport, StoreError
from generator.oci.digest import Digest, algorithm_of, hex_of
from generator.store import atomic

FOLDER: Final = "opinions"
TOOLS: Final[tuple[Tool, ...]] = get_args(Tool)
PATIENCE: Final = 600
"""Seconds for one image; the first time a scanner loads its database."""

_COMMANDS: Final[dict[Tool, tuple[str, ...]]] = {
    "grype": ("sbom:{bill}", "-o", "json", "--quiet"),
    "trivy": ("sbom", "--format", "json", "--quiet", "{bill}"),
}


def installed() -> tuple[Tool, ...]:
    """Return the scanners that can be called here."""
    return tuple(tool for tool in TOOLS if shutil.which(tool))


def ask(tool: Tool, bill: bytes, subject: Digest) -> Opinion:
    """Return what a scanner says of an image's bill of materials; raises InvalidReport when it says nothing usable."""
    where = f"{tool}, of our bill of materials"
    with tempfile.TemporaryDirectory(prefix="basedex-") as folder:
        path, out = Path(folder) / "bill.cdx.json", Path(folder) / "report.json"
        path.write_bytes(bill)
        arguments = [tool, *(one.format(bill=path) for one in _COMMANDS[tool])]
        try:
            with out.open("wb") as file:
                done = subprocess.run(
                    arguments,
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.PIPE,
                    timeout=PATIENCE,
                    check=False,
                )
        except (OSError, subprocess.TimeoutExpired) as err:
            raise InvalidReport(where=where, reason=str(err)) from err
        if done.returncode != 0:
            said = text.shortened(text.visible(done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]), 300)
            raise InvalidReport(where=where, reason=f"exit status {done.returncode}: {said}")
        if out.stat().st_size > FILE_SIZE:
            raise InvalidReport(where=where, reason=f"more than {FILE_SIZE} bytes")
        opinion = parse(out.read_bytes(), where)
    return msgspec.structs.replace(opinion, digests=(subject,))


# In the store


def save(store: Path, subject: Digest, opinion: Opinion) -> None:
    """Keep a scanner's newest word about an image; raises StoreError when it cannot."""
    atomic.write(_path(store, subject, opinion.tool), msgspec.json.encode(opinion, order="deterministic"))


def recorded(store: Path, subject: Digest) -> Iterator[Opinion | InvalidReport]:
    """Yield what scanners said of an image when they were last asked."""
    for tool in TOOLS:
        path = _path(store, subject, tool)
        try:
            yield msgspec.json.decode(path.read_bytes(), type=Opinion)
        except FileNotFoundError:
            continue
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
            yield InvalidReport(where=path.name, reason=f"not what was recorded: {err}")


def forget(store: Path, kept: frozenset[str]) -> None:
    """Remove what was said of images that are not among `kept` (digests); raises StoreError when it cannot."""
    for path in sorted((store / FOLDER).glob("*/*/*.json")):
        if f"{path.parent.parent.name}:{path.name.partition('.')[0]}" not in kept:
            try:
                path.unlink(missing_ok=True)
            except OSError as err:
                raise StoreError(path=str(path), reason=f"cannot be removed: {err.strerror or err}") from err


def _path(store: Path, subject: Digest, tool: Tool) -> Path:
    name = hex_of(subject)
    return store / FOLDER / algorithm_of(subject) / name[:2] / f"{name}.{tool}.json"
