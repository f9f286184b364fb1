"""Names that lead to executable files: what a shell would find, and what lies beyond its PATH. No inspector itself.

Every directory is walked once by its real path, so that /bin being a link to /usr/bin makes nothing appear twice.
Links are followed step by step inside the root (path_resolution(7)), and what they pass through is kept.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from generator.inspectors.base import File, Filesystem
from generator.oci.documents import Config
from generator.probes.command import CommandFacts

DEFAULT_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""What engines set when the configuration has no PATH."""
_ALTERNATIVES: Final = "etc/alternatives/"
_HOPS: Final = 40


class Name(NamedTuple):
    """One name of an executable file. Paths have no leading slash."""

    path: str
    name: str
    provider: str
    """The real path of the file it leads to; of hard links the one that is called like the program, else the first."""
    file: File
    facts: CommandFacts
    link: str
    """file, symlink or hard link."""
    on_path: bool
    via_alternatives: bool


def path_folders(filesystem: Filesystem, config: Config | None) -> tuple[str, ...]:
    """Return the real directories of PATH, in its order."""
    value = DEFAULT_PATH
    for variable in config.env if config else ():
        if variable.startswith("PATH="):
            value = variable[5:]
    real = (filesystem.real_path(folder) for folder in value.split(":") if folder.startswith("/"))
    return tuple(dict.fromkeys(folder for folder in real if folder is not None))


def names(filesystem: Filesystem, config: Config | None) -> Iterator[Name]:
    """Yield every name of an executable program or script, in the tree's order."""
    folders = frozenset(path_folders(filesystem, config))
    first: dict[int, str] = {}
    links: list[tuple[str, File]] = []
    for path, file in filesystem.walk():
        if file.kind == "l":
            links.append((path, file))
        elif (facts := _facts(file)) is not None:
            first.setdefault(id(file), path)
            if facts.family and path.rpartition("/")[2] == facts.family:
                first[id(file)] = path
    for path, file in filesystem.walk():
        if file.kind == "-":
            target, via = file, False
            link = "file" if first.get(id(file)) == path else "hard link"
        elif file.kind == "l":
            found = _follow(filesystem, path)
            if found is None:
                continue
            target, via = found
            link = "symlink"
        else:
            continue
        facts = _facts(target)
        if facts is None or id(target) not in first:
            continue
        folder, _, name = path.rpartition("/")
        yield Name(path, name, first[id(target)], target, facts, link, folder in folders, via)


def _facts(file: File) -> CommandFacts | None:
    facts = (file.facts or {}).get("command")
    return facts if isinstance(facts, CommandFacts) and facts.kind != "other" else None


def _follow(filesystem: Filesystem, path: str) -> tuple[File, bool] | None:
    """Follow a link to its file, telling whether the way leads through /etc/alternatives."""
    via = False
    for _ in range(_HOPS):
        file = filesystem.find(path, follow=False)
        if file is None:
            return None
        if file.kind != "l":
            return file, via
        folder = path.rpartition("/")[0]
        target = file.target if file.target.startswith("/") else f"{folder}/{file.target}"
        parent, _, name = target.strip("/").rpartition("/")
        if name in ("", ".", ".."):
            return None
        real = filesystem.real_path(parent)
        if real is None:
            return None
        path = f"{real}/{name}" if real else name
        via = via or path.startswith(_ALTERNATIVES)
    return None
