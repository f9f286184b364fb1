"""The os-release inspector's section."""

from generator.analysis.sections.base import Part, Section


class OsRelease(Part, frozen=True):
    """os-release(5): the distribution's name for itself."""

    path: str
    layer: int
    id: str
    name: str
    pretty_name: str
    version: str
    version_id: str
    version_codename: str
    id_like: tuple[str, ...]
    variant: str
    home_url: str
    fields: dict[str, str]
    """Every field as it stands in the file, unquoted, sorted by name."""


class OsReleaseSection(Section, frozen=True):
    """Which distribution the image says it is."""

    found: OsRelease | None = None
