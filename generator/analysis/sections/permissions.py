"""The permissions inspector's section. Lists hold at most 1,000 entries in the tree's order; counts are whole."""

from typing import Annotated

import msgspec

from generator.analysis.sections.base import Part, Section

Bytes = Annotated[int, msgspec.Meta(extra={"unit": "bytes"})]


class Marked(Part, frozen=True):
    """An entry with permission bits that are worth a look."""

    path: str
    kind: str
    """`ls -l`'s letter."""
    layer: int
    mode: int
    uid: int
    gid: int


class Capable(Part, frozen=True):
    """A program with file capabilities, capabilities(7): parts of root's power for whoever starts it."""

    path: str
    layer: int
    permitted: tuple[str, ...]
    inheritable: tuple[str, ...]
    effective: bool
    """Whether it has them from the start, without asking for them."""
    root_id: int | None
    """The user name space's root that they count for; None: everywhere."""
    problem: str
    """Why the attribute could not be read; "" when it could."""


class Device(Part, frozen=True):
    """A device node."""

    path: str
    layer: int
    kind: str
    """c or b: characters or blocks."""
    major: int | None
    minor: int | None
    mode: int
    uid: int
    gid: int


class Owner(Part, frozen=True):
    """A user or group by its number, and what belongs to it."""

    id: int
    name: str | None
    """Empty when passwd or group has no such number: whoever gets it next owns the files. None: not known, because
    the file could not be read."""
    entry_count: int
    first_path: str


class Secret(Part, frozen=True):
    """A file that is, or is called like, a secret. Its content is nowhere in the document."""

    path: str
    layer: int
    kind: str
    """The header's own words (`RSA PRIVATE KEY`), or what files of this name hold (`npm settings`)."""
    evidence: str
    """header (its first bytes say so) or name (it is only called so)."""
    encrypted: bool | None
    """Whether a passphrase protects it; None: not known."""
    mode: int
    file_size: Bytes
    is_world_readable: bool


class BrokenLink(Part, frozen=True):
    """A symbolic link that leads nowhere."""

    path: str
    layer: int
    target: str
    reason: str
    """missing, loop (more than 40 links in a row, or in circles) or too-long."""


class UsrMerge(Part, frozen=True):
    """Whether /bin, /sbin and /lib are links into /usr, as most distributions have it since about 2020."""

    state: str
    """merged, split (both are directories of their own), mixed, or none (there is neither)."""
    directories: dict[str, str]
    """/bin, /sbin, /lib, /lib64 and so on: where its link leads, "directory", or "absent"."""


class Permissions(Part, frozen=True):
    """Who may do what with the files, and what is odd about that."""

    setuid_count: int
    """Regular files with setuid or setgid."""
    setuid_files: tuple[Marked, ...]
    setgid_directory_count: int
    setgid_directories: tuple[Marked, ...]
    """What is made in them belongs to their group."""
    capable_count: int
    capable_files: tuple[Capable, ...]
    world_writable_count: int
    """Files anyone may write, and directories without sticky in which anyone may delete what is others'."""
    world_writable: tuple[Marked, ...]
    sticky_count: int
    sticky_directories: tuple[Marked, ...]
    """Directories in which only owners may delete, such as /tmp."""
    device_count: int
    devices: tuple[Device, ...]
    owner_count: int
    owners: tuple[Owner, ...]
    """By uid."""
    group_count: int
    groups: tuple[Owner, ...]
    """By gid."""
    secret_count: int
    secrets: tuple[Secret, ...]
    symlink_count: int
    absolute_link_count: int
    """Links whose target begins with /, which lead elsewhere when the tree is mounted somewhere else."""
    outward_link_count: int
    """Links that climb above the root directory, where they stay inside."""
    runtime_link_count: int
    """Links into /proc, /sys, /dev and /run, which an engine fills; not counted as broken."""
    broken_link_count: int
    broken_links: tuple[BrokenLink, ...]
    usr_merge: UsrMerge


class PermissionsSection(Section, frozen=True):
    """Permission bits, owners, capabilities, devices, secrets and links that are out of the ordinary."""

    found: Permissions | None = None
