"""Which distribution the image says it is: os-release(5), /etc/os-release before /usr/lib/os-release.

Not read: lsb-release, issue and the distributions' own version files.
"""

from typing import Final

from generator import limits
from generator.analysis.sections.os_release import OsRelease, OsReleaseSection
from generator.errors import FormatError
from generator.formats.os_release import parse_os_release
from generator.inspectors.base import Filesystem, Inspector
from generator.oci.documents import Config

_PATHS: Final = ("etc/os-release", "usr/lib/os-release")


def inspect(filesystem: Filesystem, config: Config | None) -> OsReleaseSection:
    """Read the first os-release there is."""
    for path in _PATHS:
        file = filesystem.find(path)
        if file is None or file.kind != "-":
            continue
        real = filesystem.real_path(path) or path
        if file.content is None:
            raise FormatError(path="/" + real, offset="start", rule="a small file at one of the standard's two places")
        fields = parse_os_release(file.content, path="/" + real)
        return OsReleaseSection(
            state="found",
            found=OsRelease(
                path="/" + real,
                layer=file.layer,
                id=fields.get("ID", "linux"),
                name=fields.get("NAME", "Linux"),
                pretty_name=fields.get("PRETTY_NAME", "Linux"),
                version=fields.get("VERSION", ""),
                version_id=fields.get("VERSION_ID", ""),
                version_codename=fields.get("VERSION_CODENAME", ""),
                id_like=tuple(fields.get("ID_LIKE", "").split()),
                variant=fields.get("VARIANT", ""),
                home_url=fields.get("HOME_URL", ""),
                fields=dict(sorted(fields.items())),
            ),
        )
    return OsReleaseSection(state="absent")


INSPECTOR: Final = Inspector(
    name="os_release", keeps=frozenset(_PATHS), kept_size=limits.MIB, inspect=inspect, failed=OsReleaseSection
)
