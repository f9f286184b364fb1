"""What differs between two documents, as values: two images side by side, or one image yesterday and today.

`before` and `after` are the two documents, A and B of a pair page. Nothing here is words for readers, and nothing
keeps a tree. Three things are never confused: what is not there (an empty list, None where that says so), what is
equal (counted), and what one of the documents cannot tell (Unknown, in place of the whole answer). A removal is only
claimed where both documents were able to tell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from generator.analysis.document import Layer
from generator.analysis.sections.certificates import TrustedCertificate
from generator.analysis.sections.commands import Command
from generator.analysis.sections.elf import CLibrary
from generator.analysis.sections.identity import Group, Place, User
from generator.analysis.sections.packages import InstalledPackage
from generator.analysis.sections.permissions import Capable, Marked
from generator.compare.capabilities import Capability
from generator.formats.option import Claim

T = TypeVar("T")

Reason = Literal["", "older", "failed", "no-config", "unreadable", "cut"]
"""Why a document cannot tell: it is older than the question, its section failed, there is no configuration, a file
could not be read, or its list was cut. "": it can."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The answer to a question that at least one of the documents cannot tell."""

    before: Reason
    after: Reason


@dataclass(frozen=True, slots=True)
class Sorted(Generic[T]):
    """Things with names, told apart by where they are. Each list is in the documents' own order, by name."""

    removed: tuple[T, ...]
    """Only in `before`."""
    added: tuple[T, ...]
    """Only in `after`."""
    changed: tuple[tuple[T, T], ...]
    """In both, not equal."""
    same_count: int

    @property
    def differs(self) -> bool:
        """Tell whether there is any difference."""
        return bool(self.removed or self.added or self.changed)


# Sizes, layers, configuration


@dataclass(frozen=True, slots=True)
class SizeChange:
    """One of the named sizes; None where a document does not know it."""

    name: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class LayerChanges:
    """Layers that both images begin with (equal chain_id), and the others."""

    shared: tuple[Layer, ...]
    """The common beginning, lowest first; engines store it once."""
    before: tuple[Layer, ...]
    after: tuple[Layer, ...]
    equal_elsewhere_count: int
    """Further layers with an equal diff_id on another base: a registry stores them once, engines do not."""


SettingValue = tuple[str, ...] | None
"""Words of a setting; None: not set. An empty tuple is a setting of its own for entrypoint and command."""


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One setting of the configuration that is not the same. Values are as they stand: mask secrets to show them."""

    field: str
    """A field of Config: env, entrypoint, cmd, user, working_dir, exposed_ports, volumes, labels, stop_signal …"""
    name: str
    """The variable or label; "" for fields that have one value."""
    before: SettingValue
    after: SettingValue


@dataclass(frozen=True, slots=True)
class CapabilityChange:
    """A line of the capability sheet that is not the same."""

    before: Capability
    after: Capability


# Packages


PackageKind = Literal["removed", "added", "upgraded", "downgraded", "changed"]


@dataclass(frozen=True, slots=True)
class PackageChange:
    """One package, by package system, name and architecture."""

    kind: PackageKind
    """upgraded and downgraded only where the package system's own order of versions tells; else changed."""
    before: InstalledPackage | None
    after: InstalledPackage | None


@dataclass(frozen=True, slots=True)
class PackageChanges:
    """All packages that are not the same. Packages of different systems (apk, dpkg, rpm) are different packages."""

    systems_before: tuple[str, ...]
    systems_after: tuple[str, ...]
    changes: tuple[PackageChange, ...]
    counts: Mapping[PackageKind, int]
    same_count: int
    before_count: int
    after_count: int


# Commands and their options


@dataclass(frozen=True, slots=True)
class Provider:
    """Who provides a command, comparable between images."""

    family: str
    """Multi-call program, package or, where nobody owns the file, its path: `busybox`, `coreutils`, `/usr/bin/x`."""
    version: str
    kind: str
    """elf, script or applet."""


@dataclass(frozen=True, slots=True)
class OptionChange:
    """An option that `before` documents, and what may be said of it in `after`; never "unsupported"."""

    name: str
    argument: str
    """none, required, optional or unknown."""
    claim: Claim
    """not documented · not in the option table · no long-option table."""


@dataclass(frozen=True, slots=True)
class CommandChange:
    """One command that both have."""

    name: str
    before: Command
    after: Command
    provider_before: Provider
    provider_after: Provider
    lost: tuple[OptionChange, ...]
    """() also when `compared` is False."""
    gained_count: int
    compared: bool
    """Whether the options of both are known."""
    documented_count: int
    """Options that `before` documents."""

    @property
    def provider_changed(self) -> bool:
        """Tell whether it is another program, not just another version."""
        return self.provider_before.family != self.provider_after.family


@dataclass(frozen=True, slots=True)
class CommandChanges:
    """Commands that go, come, or are other ones. The important ones stand in front (`command_order`)."""

    removed: tuple[tuple[Command, Provider], ...]
    added: tuple[tuple[Command, Provider], ...]
    both: tuple[CommandChange, ...]
    """Every command that both have, also those that are equal."""


# Files


Aspect = Literal["kind", "content", "mode", "owner", "target", "device", "attributes"]
ASPECTS: tuple[Aspect, ...] = ("kind", "content", "mode", "owner", "target", "device", "attributes")


@dataclass(frozen=True, slots=True)
class Below:
    """What only one of the images has, as one row: a file, or a directory with everything in it."""

    path: str
    kind: str
    """`ls -l`'s letter of the path itself."""
    count: int
    """Entries, the path itself included; of a directory that both have, those directly in it that only one has."""
    size: int
    """Bytes of regular files, hard links once."""
    is_whole: bool
    """Whether the path itself is only here; False: both have the directory, and this gathers what differs in it."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """One path that both have and that is not the same."""

    path: str
    kind_before: str
    kind_after: str
    aspects: tuple[Aspect, ...]
    before: str
    """The first differing aspect in words of `ls -l`: a mode, an owner, a target; "" for content."""
    after: str
    size_before: int
    size_after: int


@dataclass(frozen=True, slots=True)
class FolderChange:
    """How many paths directly in one directory are different."""

    path: str
    count: int


@dataclass(frozen=True, slots=True)
class FileChanges:
    """The two trees against each other. Counts are whole; the lists hold at most `files.MOST_ROWS` rows.

    Times of last change are not compared: rebuilding an image changes all of them.
    """

    before_count: int
    after_count: int
    removed_count: int
    added_count: int
    removed_size: int
    added_size: int
    same_count: int
    changed_count: int
    by_aspect: Mapping[Aspect, int]
    """A path that differs in two ways counts in both."""
    unknown_content_count: int
    """Files of equal size whose contents are not known (sparse files); counted as the same."""
    removed: tuple[Below, ...]
    """Most entries first; every removed path is in exactly one row."""
    added: tuple[Below, ...]
    removed_row_count: int
    added_row_count: int
    changed: tuple[FileChange, ...]
    """In the tree's order."""
    folders: tuple[FolderChange, ...]
    """Where the changed paths are, most first."""


# What programs find around them


@dataclass(frozen=True, slots=True)
class LibraryChanges:
    """C libraries, and shared libraries by the name that programs ask for."""

    libc_before: tuple[CLibrary, ...]
    libc_after: tuple[CLibrary, ...]
    removed: tuple[str, ...]
    added: tuple[str, ...]
    same_count: int


@dataclass(frozen=True, slots=True)
class CertificateChanges:
    """Certificates where programs look by default, told apart by fingerprint."""

    before_count: int
    after_count: int
    removed: tuple[TrustedCertificate, ...]
    added: tuple[TrustedCertificate, ...]


@dataclass(frozen=True, slots=True)
class ZoneChanges:
    """Time zones where programs look; a count of 0 and no version where there is no such directory."""

    before_count: int
    after_count: int
    version_before: str
    version_after: str


@dataclass(frozen=True, slots=True)
class PermissionChanges:
    """Files that lend their owner's power: setuid, setgid and capabilities; by path."""

    setuid: Sorted[Marked] | Unknown
    capable: Sorted[Capable] | Unknown
    world_writable: Sorted[Marked] | Unknown


@dataclass(frozen=True, slots=True)
class Rest:
    """Whether what no list above tells of is different: what rebuilding an image changes anyway."""

    times: bool = False
    """Times of last change, or the day on which the image says it was made."""
    steps: bool = False
    """The build history, its times aside."""
    packing: bool = False
    """How the contents are spread over layers, and how these are stored."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that differs between two documents."""

    is_same_image: bool
    """Whether both documents are of the same bytes."""
    sizes: tuple[SizeChange, ...]
    layers: LayerChanges
    settings: tuple[SettingChange, ...] | Unknown
    capabilities: tuple[CapabilityChange, ...]
    """Lines whose state or words differ; a state may be unknown on either side."""
    packages: PackageChanges | Unknown
    commands: CommandChanges | Unknown
    files: FileChanges
    libraries: LibraryChanges | Unknown
    certificates: CertificateChanges | Unknown
    zones: ZoneChanges | Unknown
    places: Sorted[Place] | Unknown
    """Files and directories that programs take for granted; one that is not there has no real_path."""
    users: Sorted[User] | Unknown
    groups: Sorted[Group] | Unknown
    permissions: PermissionChanges | Unknown
    distributions: tuple[str, str] = ("", "")
    """What os-release says the distribution is called; "" where it does not say."""
    rest: Rest = Rest()
