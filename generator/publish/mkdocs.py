"""build/docs → build/site by MkDocs, strictly, swapped into place only when whole.

MkDocs runs in processes of its own, one for each language at the same time, and writes to folders beside the site.
While it runs, and when it fails, the site that stands is untouched. The new site's links are checked before it takes
its place. A site whose inputs have not changed is not built again: a stamp beside it names them. With
SOURCE_DATE_EPOCH set, equal documents give an equal site, to the byte.
"""

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from generator.errors import PublishError
from generator.publish.content_policy import apply_policy
from generator.publish.editions import Edition, configuration_of, environment_of, robots_of, take_in
from generator.publish.exchange import exchange
from generator.publish.lines import Lines
from generator.publish.links import check_links, read_pages
from generator.publish.twins import name_twins

_TOOLS: Final = ("mkdocs", "mkdocs-material", "markdown", "pymdown-extensions", "pygments", "jinja2", "jieba")
_SETTINGS: Final = {"NO_MKDOCS_2_WARNING": "1", "PYTHONHASHSEED": "0"}
_NOT_SERIOUS: Final = ("INFO", "DEBUG", "Building prefix dict", "Dumping model", "Loading model", "Prefix dict")
"""How lines begin that tell of no mistake; the last of them are jieba's, which splits Chinese into words."""
_MOST_LINES: Final = 40
"""Lines of MkDocs's own words that an error repeats."""


def build_site(
    docs: Path, configuration_file: Path, destination: Path, editions: Sequence[Edition] = (Edition(),)
) -> bool:
    """Build the site of `docs` at `destination`; return False when it stood there already.

    `editions` are its languages, the first of them at the root; `configuration_file` is the English one. Raises
    PublishError with MkDocs's words; the previous site then stands as it was.
    """
    _check_there(configuration_file, editions)
    building, before, stamp = (destination.with_name(destination.name + end) for end in (".new", ".old", ".stamp"))
    others = [destination.with_name(f"{building.name}.{one.language}") for one in editions[1:]]
    _recover(destination, before)
    for folder in (building, *others):
        _remove(folder)
    wanted = _fingerprint(docs, configuration_file, editions)
    if destination.is_dir() and stamp.is_file() and stamp.read_text() == wanted:
        return False
    try:
        _run_all(docs, configuration_file, editions, (building, *others))
        for edition, folder in zip(editions[1:], others, strict=True):
            take_in(folder, building, edition.language)
        if editions[0].url and not (building / "robots.txt").exists():
            (building / "robots.txt").write_bytes(robots_of(editions[0].url))
        name_twins(building)
        pages = read_pages(building)
        check_links(building, pages)
        apply_policy(building, pages)
        stamp.unlink(missing_ok=True)
        if not (destination.is_dir() and exchange(building, destination)):
            if destination.exists():
                destination.rename(before)
            building.rename(destination)
            _remove(before)
        stamp.write_text(wanted)
    except OSError as err:
        _recover(destination, before)
        raise PublishError(step="putting the site into place", reason=str(err)) from err
    finally:
        for folder in (building, *others):
            _remove(folder)
    return True


def is_current(docs: Path, configuration_file: Path, destination: Path, editions: Sequence[Edition]) -> bool:
    """Whether the site at `destination` was built of all this, whatever day was asked for."""
    stamp = destination.with_name(destination.name + ".stamp")
    wanted = _fingerprint(docs, configuration_file, editions)
    return stamp.is_file() and stamp.read_text().splitlines()[:1] == wanted.splitlines()[:1]


def _check_there(configuration_file: Path, editions: Sequence[Edition]) -> None:
    """Raise PublishError when an edition has no configuration file."""
    for edition in editions:
        path = configuration_of(edition, configuration_file)
        if not path.is_file():
            reason = f"{path} is not there; without it the site cannot have the language {edition.language}"
            raise PublishError(step="reading the configuration of MkDocs", reason=reason)


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


def _run_all(docs: Path, configuration_file: Path, editions: Sequence[Edition], folders: Sequence[Path]) -> None:
    folders[0].parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(len(editions)) as pool:
        runs = [
            pool.submit(
                _run,
                configuration_of(edition, configuration_file),
                folder,
                os.environ | _SETTINGS | environment_of(edition, docs, editions),
            )
            for edition, folder in zip(editions, folders, strict=True)
        ]
    for run in runs:
        run.result()


def _run(configuration_file: Path, building: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    command += ["--config-file", str(configuration_file.resolve()), "--site-dir", str(building.resolve())]
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False, encoding="utf-8"
        )
    except OSError as err:
        raise PublishError(step="starting MkDocs", reason=str(err)) from err
    if done.returncode != 0:
        words = [line for line in f"{done.stderr}\n{done.stdout}".splitlines() if line.strip()]
        serious = [line for line in words if not line.startswith(_NOT_SERIOUS)]
        step = f"mkdocs build ended with status {done.returncode}"
        raise PublishError(step=step, reason=Lines.of(serious or words, _MOST_LINES))


def _fingerprint(docs: Path, configuration_file: Path, editions: Sequence[Edition]) -> str:
    """Return a digest of everything the site is made of, and below it the day that is asked for.

    Files are read, and their times do not count, so it is the same anywhere.
    """
    digest = hashlib.sha256()
    for tool in _TOOLS:
        digest.update(f"{tool}={importlib.metadata.version(tool)}\n".encode())
    digest.update(f"{editions}\n".encode())
    for path in _inputs(docs, configuration_file, editions):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{path.parent}\0{len(content)}\0".encode("utf-8", "surrogateescape") + content)
    return f"{digest.hexdigest()}\nSOURCE_DATE_EPOCH={os.environ.get('SOURCE_DATE_EPOCH', '')}\n"


def _inputs(docs: Path, configuration_file: Path, editions: Sequence[Edition]) -> Iterator[Path]:
    yield from sorted({configuration_file, *(configuration_of(one, configuration_file) for one in editions)})
    for folder in (configuration_file.parent / "site_src" / "overrides", docs):
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file())
