"""Names that lead to executable files: what a shell would find, and what lies beyond its PATH. No inspector itself.

Every directory is walked once by its real path, so that /bin being a link to /usr/bin makes nothing appear twice.
Links are followed inside the root, and whether they pass through /etc/alternatives is kept.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from generator.inspectors.base import File, Filesystem
from generator.oci.documents import Config
from generator.probes.base import Unreadable
from generator.probes.command import CommandFacts

DEFAULT_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""What engines set when the configuration has no PATH."""
_UNREAD: Final = CommandFacts("unknown")


class Name(NamedTuple):
    """One name of an executable file. Paths have no leading slash."""

    path: str
    name: str
    folder: str
    provider: str
    """The real path of the file it leads to; of hard links the one that is called like the program, else the first."""
    file: File
    facts: CommandFacts
    """Of a file that could not be read: kind unknown."""
    link: str
    """file, symlink or hard link."""
    via_alternatives: bool
    unread: str
    """Why the file could not be read; empty: it was."""


def path_folders(filesystem: Filesystem, config: Config | None) -> tuple[str, ...]:
    """Return the real directories of PATH, in its order."""
    value = DEFAULT_PATH
    for variable in config.env if config else ():
        if variable.startswith("PATH="):
            value = variable[5:]
    real = (filesystem.real_path(folder) for folder in value.split(":") if folder.startswith("/"))
    return tuple(dict.fromkeys(folder for folder in real if folder is not None))


def names(filesystem: Filesystem) -> tuple[Name, ...]:
    """Return every name of an executable program or script, in the tree's order; found once for a file system."""
    return filesystem.once(_names)


def _names(filesystem: Filesystem) -> tuple[Name, ...]:
    programs: dict[int, tuple[str, CommandFacts]] = {}
    candidates: list[tuple[str, File]] = []
    for path, file in filesystem.walk():
        if file.kind == "l":
            candidates.append((path, file))
        elif file.facts and (facts := _facts(file.facts.get("command"))) is not None:
            candidates.append((path, file))
            if id(file) not in programs or (facts.family and path.rpartition("/")[2] == facts.family):
                programs[id(file)] = path, facts
    return tuple(_found(filesystem, candidates, programs))


def _facts(fact: object) -> CommandFacts | None:
    if isinstance(fact, Unreadable):
        return _UNREAD
    return fact if isinstance(fact, CommandFacts) and fact.kind != "other" else None


def _found(
    filesystem: Filesystem, candidates: list[tuple[str, File]], programs: dict[int, tuple[str, CommandFacts]]
) -> Iterator[Name]:
    for path, file in candidates:
        link, via, target = "", False, file
        if file.kind == "l":
            led = filesystem.follow(path)
            found = None if led.broken else filesystem.find(led.path)
            if found is None or id(found) not in programs:
                continue
            link, via, target = "symlink", led.via_alternatives, found
        provider, facts = programs[id(target)]
        link = link or ("file" if provider == path else "hard link")
        folder, _, name = path.rpartition("/")
        fact = (target.facts or {}).get("command")
        unread = fact.rule if isinstance(fact, Unreadable) else ""
        yield Name(path, name, folder, provider, target, facts, link, via, unread)
