"""The inspectors' findings: one module a section, one field of Sections an inspector, named alike."""

from generator.analysis.sections.base import Part
from generator.analysis.sections.certificates import CertificatesSection
from generator.analysis.sections.commands import CommandsSection
from generator.analysis.sections.elf import ElfSection
from generator.analysis.sections.identity import IdentitySection
from generator.analysis.sections.multicall import MulticallSection
from generator.analysis.sections.os_release import OsReleaseSection
from generator.analysis.sections.packages import PackagesSection
from generator.analysis.sections.permissions import PermissionsSection
from generator.analysis.sections.time_zones import TimeZonesSection


class Sections(Part, frozen=True):
    """All sections of a document.

    A section that came later than the first schema may be None: the document is older, and nothing is known.
    """

    os_release: OsReleaseSection
    multicall: MulticallSection | None = None
    commands: CommandsSection | None = None
    packages: PackagesSection | None = None
    elf: ElfSection | None = None
    certificates: CertificatesSection | None = None
    time_zones: TimeZonesSection | None = None
    identity: IdentitySection | None = None
    permissions: PermissionsSection | None = None
