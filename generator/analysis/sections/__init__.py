"""The inspectors' findings: one module a section, one field of Sections an inspector, named alike."""

from generator.analysis.sections.base import Part
from generator.analysis.sections.elf import ElfSection
from generator.analysis.sections.os_release import OsReleaseSection
from generator.analysis.sections.packages import PackagesSection


class Sections(Part, frozen=True):
    """All sections of a document.

    A section that came later than the first schema may be None: the document is older, and nothing is known.
    """

    os_release: OsReleaseSection
    packages: PackagesSection | None = None
    elf: ElfSection | None = None
