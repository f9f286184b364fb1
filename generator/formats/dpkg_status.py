"""Debian's database of installed packages: `var/lib/dpkg/status`, or one file a package in `status.d` (distroless).

The status file follows deb-control(5) with the `Status:` field of dpkg(1); owned paths are in `info/NAME.list` or
`info/NAME:ARCH.list`, one a line. Distroless images have no `Status:`, no lists, and `NAME.md5sums` at most, which
names regular files only. Not read: dependencies, alternatives, diversions, triggers, journals in `updates/`.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from generator.errors import FormatError
from generator.formats.deb822 import Stanza, stanzas
from generator.formats.package import Package, PathBound, whole_number

STATUS_PATH: Final = "var/lib/dpkg/status"
STATUS_FOLDER: Final = "var/lib/dpkg/status.d"
INFO_FOLDER: Final = "var/lib/dpkg/info"

_WANTED: Final = frozenset(
    (
        "package",
        "status",
        "version",
        "architecture",
        "source",
        "installed-size",
        "maintainer",
        "homepage",
        "description",
        "conffiles",
    )
)
_INSTALLED: Final = frozenset({"installed", "triggers-awaited", "triggers-pending"})
"""Outstanding triggers do not make a package less installed; all other states are on the way in or out."""
_MD5SUMS: Final = ".md5sums"


def parse_dpkg_status(content: bytes, *, path: str) -> tuple[Package, ...]:
    """Return the installed packages in the file's order, without owned paths (`with_lists` adds them).

    Stanzas of packages that are removed, half installed or merely unpacked are passed over.
    """
    packages = []
    for line, stanza in stanzas(content, _WANTED, path=path):
        words = _first(stanza, "status").split()
        if len(words) != 3:
            raise FormatError(path=path, offset=f"line {line}", rule="a Status: of three words")
        if words[2] in _INSTALLED:
            packages.append(_package(stanza, path=path, line=line))
    return tuple(packages)


def parse_status_folder(files: Mapping[str, bytes], *, path: str) -> tuple[Package, ...]:
    """Return the packages of a distroless `status.d`, by file name; `files` maps the names in it to contents.

    Names say nothing (some builds write them in base64): a package is what its file says, and its `.md5sums` is the
    one whose name is the file's with that ending. Every package here is installed, a `Status:` only counts when
    there is one.
    """
    packages = []
    bound = PathBound(path)
    for name in sorted(files):
        if name.endswith(_MD5SUMS):
            continue
        file_path = f"{path}/{name}"
        owned = files.get(name + _MD5SUMS)
        paths = None if owned is None else _paths_of_md5sums(owned, path=file_path + _MD5SUMS, bound=bound)
        for line, stanza in stanzas(files[name], _WANTED, path=file_path):
            words = _first(stanza, "status").split()
            if not words or words[-1] in _INSTALLED:
                packages.append(msgspec.structs.replace(_package(stanza, path=file_path, line=line), files=paths))
    return tuple(packages)


def with_lists(packages: tuple[Package, ...], lists: Mapping[str, bytes], *, path: str) -> tuple[Package, ...]:
    """Return `packages` with the paths they own; `lists` maps names in `info` (`bash.list`) to contents.

    A package without a list keeps None.
    """
    bound = PathBound(path)
    found = []
    for package in packages:
        for name in (f"{package.name}:{package.architecture}.list", f"{package.name}.list"):
            if (content := lists.get(name)) is not None:
                files = _paths_of_list(content, path=f"{path}/{name}", bound=bound)
                found.append(msgspec.structs.replace(package, files=files))
                break
        else:
            found.append(package)
    return tuple(found)


def _paths_of_list(content: bytes, *, path: str, bound: PathBound) -> tuple[str, ...]:
    _refuse_nul(content, path)
    bound.take(len(content), "start", count=content.count(b"\n"))
    text = content.decode("utf-8", "surrogateescape")
    return tuple(line.lstrip("/") for line in text.split("\n") if line not in ("", "/", "/."))


def _paths_of_md5sums(content: bytes, *, path: str, bound: PathBound) -> tuple[str, ...]:
    _refuse_nul(content, path)
    bound.take(len(content), "start", count=content.count(b"\n"))
    paths = []
    for number, line in enumerate(content.decode("utf-8", "surrogateescape").split("\n"), 1):
        if not line:
            continue
        digest, _, rest = line.partition(" ")
        owned = rest[1:].lstrip("/")
        if len(digest) != 32 or rest[:1] not in (" ", "*") or not owned:
            raise FormatError(path=path, offset=f"line {number}", rule="an MD5 digest, two blanks and a path")
        paths.append(owned)
    return tuple(paths)


def _refuse_nul(content: bytes, path: str) -> None:
    if (found := content.find(b"\0")) >= 0:
        raise FormatError(path=path, offset=found, rule="a text file, found a NUL byte")


def _first(stanza: Stanza, name: str) -> str:
    lines = stanza.get(name)
    return lines[0] if lines else ""


def _package(stanza: Stanza, *, path: str, line: int) -> Package:
    name, version = _first(stanza, "package"), _first(stanza, "version")
    if not name or not version:
        raise FormatError(path=path, offset=f"line {line}", rule="a package has Package: and Version:")
    source, _, source_version = _first(stanza, "source").partition("(")
    kibibytes = _first(stanza, "installed-size")
    return Package(
        format="deb",
        name=name,
        version=version,
        architecture=_first(stanza, "architecture"),
        source_name=source.strip() or name,
        source_version=source_version.rstrip(" )") or version,
        installed_size=whole_number(kibibytes, path=path, offset=f"line {line}", what="Installed-Size") * 1024
        if kibibytes
        else None,
        maintainer=_first(stanza, "maintainer"),
        homepage=_first(stanza, "homepage"),
        summary=_first(stanza, "description"),
        configuration_files=_conffiles(stanza),
    )


def _conffiles(stanza: Stanza) -> tuple[str, ...]:
    """Each line: path, MD5 digest, and a word more where the package no longer ships it."""
    pairs = [line.rpartition(" ") for line in stanza.get("conffiles", ())]
    return tuple(name.lstrip("/") for name, _, last in pairs if name and last not in ("obsolete", "remove-on-upgrade"))
