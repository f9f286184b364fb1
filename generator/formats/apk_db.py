"""Alpine's database of installed packages (`lib/apk/db/installed`, since apk 3 `usr/lib/apk/db/installed`).

Stanzas of one-letter fields divided by empty lines, apk-package(5) and apk-tools' database.c: `P:` name,
`V:` version, `A:` architecture, `I:` installed size, `T:` summary, `U:` homepage, `L:` license, `o:` origin,
`m:` maintainer; then the files, `F:` a directory and `R:` a file in the directory before it. Owners, modes and
checksums (`M: a: Z:`), dependencies and all other letters are not read.
"""

from generator.errors import FormatError
from generator.formats.package import Package, PathBound, whole_number

PATHS = ("lib/apk/db/installed", "usr/lib/apk/db/installed")
"""Where the database may be, without leading slash."""


def parse_apk_db(content: bytes, *, path: str) -> tuple[Package, ...]:
    """Return the packages in the database's order; the empty file has none. Linear in its size."""
    packages: list[Package] = []
    bound = PathBound(path)
    fields: dict[bytes, str] = {}
    files: list[str] = []
    directories: list[str] = []
    prefix: str | None = None
    number = 0

    for number, line in enumerate(content.split(b"\n"), 1):
        if not line:
            if fields or directories:
                packages.append(_package(fields, files, directories, path=path, line=number))
                fields, files, directories, prefix = {}, [], [], None
            continue
        letter, value = line[:1], line[2:]
        if line[1:2] != b":" or not letter.isalpha():
            raise FormatError(path=path, offset=f"line {number}", rule="a letter, a colon and a value")
        if letter == b"R":
            if prefix is None:
                raise FormatError(path=path, offset=f"line {number}", rule="a file (R:) follows its directory (F:)")
            bound.take(len(prefix) + len(value), f"line {number}")
            files.append(prefix + value.decode("utf-8", "surrogateescape"))
        elif letter == b"F":
            directory = value.decode("utf-8", "surrogateescape")
            prefix = directory + "/" if directory else ""
            if directory:
                bound.take(len(directory), f"line {number}")
                directories.append(directory)
        elif letter in b"PVAITULom":
            if letter in fields:
                raise FormatError(path=path, offset=f"line {number}", rule=f"one {letter.decode()}: a package")
            fields[letter] = value.decode("utf-8", "replace").strip()
    if fields or directories:
        packages.append(_package(fields, files, directories, path=path, line=number))
    return tuple(packages)


def _package(fields: dict[bytes, str], files: list[str], directories: list[str], *, path: str, line: int) -> Package:
    name, version = fields.get(b"P"), fields.get(b"V")
    if not name or not version:
        raise FormatError(path=path, offset=f"line {line}", rule="a package has a name (P:) and a version (V:)")
    size = fields.get(b"I")
    return Package(
        format="apk",
        name=name,
        version=version,
        architecture=fields.get(b"A", ""),
        source_name=fields.get(b"o") or name,
        source_version=version,
        license=fields.get(b"L", ""),
        installed_size=whole_number(size, path=path, offset=f"line {line}", what="the size I:") if size else None,
        maintainer=fields.get(b"m", ""),
        homepage=fields.get(b"U", ""),
        summary=fields.get(b"T", ""),
        files=tuple(files),
        directories=tuple(directories),
    )
