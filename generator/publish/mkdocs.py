"""build/docs → build/site by MkDocs, strictly, swapped into place only when whole.

MkDocs runs in a process of its own and writes to a folder beside the site. While it runs, and when it fails, the
site that stands is untouched. The new site's links are checked before it takes its place. A site whose inputs have
not changed is not built again: a stamp beside it names them. With SOURCE_DATE_EPOCH set, equal documents give an
equal site, to the byte.
"""

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from generator.errors import PublishError
from generator.publish.content_policy import apply_policy
from generator.publish.lines import Lines
from generator.publish.links import check_links, read_pages

_TOOLS: Final = ("mkdocs", "mkdocs-material", "markdown", "pymdown-extensions", "pygments", "jinja2")
_MOST_LINES: Final = 40
"""Lines of MkDocs's own words that an error repeats."""


def build_site(
    docs: Path, configuration_file: Path, destination: Path, *, title: str = "", description: str = ""
) -> bool:
    """Build the site of `docs` at `destination`; return False when it stood there already.

    `title` and `description` replace those of the configuration file where given. Raises PublishError with
    MkDocs's words; the previous site then stands as it was.
    """
    building, before, stamp = (destination.with_name(destination.name + end) for end in (".new", ".old", ".stamp"))
    _recover(destination, before)
    environment = _environment(docs, title, description)
    wanted = _fingerprint(docs, configuration_file, environment)
    if destination.is_dir() and stamp.is_file() and stamp.read_text() == wanted:
        return False
    _remove(building)
    try:
        _run(configuration_file, building, environment)
        pages = read_pages(building)
        check_links(building, pages)
        apply_policy(building, pages)
        stamp.unlink(missing_ok=True)
        if destination.exists():
            destination.rename(before)
        building.rename(destination)
        _remove(before)
        stamp.write_text(wanted)
    except OSError as err:
        _recover(destination, before)
        raise PublishError(step="putting the site into place", reason=str(err)) from err
    finally:
        _remove(building)
    return True


def _recover(destination: Path, before: Path) -> None:
    """Put right what a run that was killed between two renames left behind."""
    if before.exists() and not destination.exists():
        before.rename(destination)
    _remove(before)


def _remove(folder: Path) -> None:
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def _environment(docs: Path, title: str, description: str) -> dict[str, str]:
    """Return MkDocs's environment: mkdocs.yml takes these values from it."""
    return os.environ | {
        "BASEDEX_DOCS": str(docs.resolve()),
        "NO_MKDOCS_2_WARNING": "1",
        "PYTHONHASHSEED": "0",
        **({"BASEDEX_SITE_TITLE": title} if title else {}),
        **({"BASEDEX_SITE_DESCRIPTION": description} if description else {}),
    }


def _run(configuration_file: Path, building: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    command += ["--config-file", str(configuration_file.resolve()), "--site-dir", str(building.resolve())]
    building.parent.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False, encoding="utf-8"
        )
    except OSError as err:
        raise PublishError(step="starting MkDocs", reason=str(err)) from err
    if done.returncode != 0:
        words = [line for line in f"{done.stderr}\n{done.stdout}".splitlines() if line.strip()]
        serious = [line for line in words if not line.startswith(("INFO", "DEBUG"))]
        step = f"mkdocs build ended with status {done.returncode}"
        raise PublishError(step=step, reason=Lines.of(serious or words, _MOST_LINES))


def _fingerprint(docs: Path, configuration_file: Path, environment: dict[str, str]) -> str:
    """Return a digest of everything the site is made of: files read, not times, so it is the same anywhere."""
    digest = hashlib.sha256()
    for tool in _TOOLS:
        digest.update(f"{tool}={importlib.metadata.version(tool)}\n".encode())
    for name in ("BASEDEX_SITE_TITLE", "BASEDEX_SITE_DESCRIPTION", "SOURCE_DATE_EPOCH"):
        digest.update(f"{name}={environment.get(name, '')}\n".encode())
    for path in _inputs(docs, configuration_file):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{path.parent}\0{len(content)}\0".encode("utf-8", "surrogateescape") + content)
    return digest.hexdigest() + "\n"


def _inputs(docs: Path, configuration_file: Path) -> Iterator[Path]:
    yield configuration_file
    for folder in (configuration_file.parent / "site_src" / "overrides", docs):
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file())
