"""The header of an installed RPM package, as every kind of RPM database stores it (rpm's lib/header.c, format v3+).

A big-endian count of index entries and of data bytes, the entries (tag, type, offset, count), the data. No magic:
that is the package file's. Entries after the immutable region repeat tags that rpm changed at installation; the
last one counts. Signatures and digests are not verified, and rpm itself does not when it queries its database.
"""

import struct
from itertools import repeat
from typing import Final

from generator.errors import FormatError
from generator.formats.package import Package, PathBound

_ENTRY: Final = struct.Struct(">IIII")
_TAGS_MAX: Final = 0xFFFF
"""Index entries of one header, rpm's HEADER_TAGS_MAX."""
_INTEGERS: Final = {2: "B", 3: "H", 4: "I", 5: "Q"}
"""Type number → struct code: int8 to int64."""
_STRING, _STRING_ARRAY, _I18N_STRING = 6, 8, 9

_NAME, _VERSION, _RELEASE, _EPOCH, _SUMMARY = 1000, 1001, 1002, 1003, 1004
_SIZE, _VENDOR, _LICENSE, _PACKAGER, _URL, _ARCH = 1009, 1011, 1014, 1015, 1020, 1022
_OLD_FILE_NAMES, _FILE_MODES, _FILE_FLAGS, _SOURCE_RPM = 1027, 1030, 1037, 1044
_DIR_INDEXES, _BASE_NAMES, _DIR_NAMES, _LONG_SIZE = 1116, 1117, 1118, 5009

_TYPE_MASK, _DIRECTORY = 0o170000, 0o040000
_CONFIG_FLAG: Final = 1


def parse_rpm_header(blob: bytes, *, path: str, number: int, bound: PathBound) -> Package:
    """Return the package that `blob`, the `number`th header of the database at `path`, describes.

    Owned paths are those that `rpm -ql` prints: ghosts and files left out at installation are among them.
    """
    header = _Header(blob, f"header {number}", path)
    files, directories, configuration = _paths(header, bound)
    source_name, source_version = _source(header.text(_SOURCE_RPM))
    epoch, size = header.integers(_EPOCH), header.integers(_LONG_SIZE) or header.integers(_SIZE)
    return Package(
        format="rpm",
        name=header.required_text(_NAME),
        version=f"{header.required_text(_VERSION)}-{header.required_text(_RELEASE)}",
        epoch=epoch[0] if epoch else None,
        architecture=header.text(_ARCH),
        source_name=source_name,
        source_version=source_version,
        license=header.text(_LICENSE),
        installed_size=size[0] if size else None,
        maintainer=header.text(_PACKAGER),
        vendor=header.text(_VENDOR),
        homepage=header.text(_URL),
        summary=header.text(_SUMMARY),
        files=files,
        directories=directories,
        configuration_files=configuration,
    )


class _Header:
    """The index of one header; values are decoded when they are asked for."""

    def __init__(self, blob: bytes, where: str, path: str) -> None:
        self._where, self._path = where, path
        if len(blob) < 8:
            raise self._error("8 bytes of counts")
        entry_count, data_size = struct.unpack_from(">II", blob)
        if entry_count > _TAGS_MAX or len(blob) != 8 + _ENTRY.size * entry_count + data_size:
            raise self._error("as many bytes as its counts of entries and of data say")
        data_start = 8 + _ENTRY.size * entry_count
        self._data = blob[data_start:]
        self._entries: dict[int, tuple[int, int, int]] = {
            tag: (kind, offset, count) for tag, kind, offset, count in _ENTRY.iter_unpack(blob[8:data_start])
        }

    def _error(self, rule: str) -> FormatError:
        return FormatError(path=self._path, offset=self._where, rule=rule)

    def count(self, tag: int) -> int:
        """Return how many values a tag claims to have."""
        return self._entries.get(tag, (0, 0, 0))[2]

    def strings(self, tag: int) -> list[bytes]:
        """Return the strings of a tag, none when it is absent."""
        entry = self._entries.get(tag)
        if entry is None:
            return []
        kind, offset, count = entry
        if kind not in (_STRING, _STRING_ARRAY, _I18N_STRING):
            raise self._error(f"tag {tag} is text, found type {kind}")
        # Each string takes at least its NUL, so what is split is no longer than the data.
        if offset > len(self._data) or count > len(self._data) - offset:
            raise self._error(f"tag {tag} lies within the data")
        found = self._data[offset:].split(b"\0", count)
        if len(found) <= count:
            raise self._error(f"tag {tag} has {count} strings, each ended by NUL")
        del found[count:]
        return found

    def text(self, tag: int) -> str:
        """Return the first string of a tag (of a translated one, the untranslated), or the empty text."""
        entry = self._entries.get(tag)
        if entry is None or entry[2] == 0:
            return ""
        self._entries[tag] = (entry[0], entry[1], 1)
        return self.strings(tag)[0].decode("utf-8", "replace").strip()

    def required_text(self, tag: int) -> str:
        """Return the first string of a tag that every package has."""
        text = self.text(tag)
        if not text:
            raise self._error(f"tag {tag} is there")
        return text

    def integers(self, tag: int) -> tuple[int, ...]:
        """Return the numbers of a tag, none when it is absent."""
        entry = self._entries.get(tag)
        if entry is None:
            return ()
        kind, offset, count = entry
        code = _INTEGERS.get(kind)
        if code is None:
            raise self._error(f"tag {tag} is a number, found type {kind}")
        if offset + count * struct.calcsize(f">{code}") > len(self._data):
            raise self._error(f"tag {tag} lies within the data")
        return struct.unpack_from(f">{count}{code}", self._data, offset)


def _paths(header: _Header, bound: PathBound) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return (files, directories, configuration files) of a header, without leading slash."""
    bound.take(
        0, "file names", count=header.count(_BASE_NAMES) + header.count(_DIR_NAMES) + header.count(_OLD_FILE_NAMES)
    )
    names = header.strings(_BASE_NAMES)
    if names:
        folders, indexes = header.strings(_DIR_NAMES), header.integers(_DIR_INDEXES)
        if len(indexes) != len(names) or max(indexes) >= len(folders):
            raise FormatError(path=bound.path, offset="file names", rule="a directory for each file name")
        bound.take(sum(len(folders[index]) for index in indexes), "file names", count=0)
        names = [folders[index] + name for index, name in zip(indexes, names, strict=True)]
    else:
        names = header.strings(_OLD_FILE_NAMES)
    bound.take(sum(map(len, names)), "file names", count=0)
    modes, flags = header.integers(_FILE_MODES), header.integers(_FILE_FLAGS)
    files, directories, configuration = [], [], []
    for name, mode, flag in zip(names, modes or repeat(0), flags or repeat(0), strict=False):
        owned = name.decode("utf-8", "surrogateescape").lstrip("/")
        if mode & _TYPE_MASK == _DIRECTORY:
            directories.append(owned)
        else:
            files.append(owned)
            if flag & _CONFIG_FLAG:
                configuration.append(owned)
    if len(files) + len(directories) != len(names):
        raise FormatError(path=bound.path, offset="file modes", rule="a mode and flags for each file name")
    return tuple(files), tuple(directories), tuple(configuration)


def _source(file_name: str) -> tuple[str, str]:
    """Split NAME-VERSION-RELEASE.src.rpm into name and version."""
    stem = file_name.removesuffix(".rpm").removesuffix(".src").removesuffix(".nosrc")
    rest, _, release = stem.rpartition("-")
    name, _, version = rest.rpartition("-")
    return (name, f"{version}-{release}") if name and version else ("", "")
