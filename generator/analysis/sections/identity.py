"""The identity inspector's section: who a process is, and what it finds around it."""

from generator.analysis.sections.base import Part, Section


class DefaultUser(Part, frozen=True):
    """Whom an engine runs as when nobody says otherwise: `User` of the configuration, read as engines read it."""

    said: str
    """The configuration's words; "" means root."""
    uid: int | None
    """None: a name that /etc/passwd does not have, so that no container starts."""
    gid: int | None
    name: str
    """The account's name; "" when no account has this uid."""
    home: str
    """The account's home; / without an account."""
    shell: str
    is_root: bool | None
    """Whether the uid is 0; None when there is no uid."""
    problem: str
    """Why no container starts as this user; "" when one does."""


class Place(Part, frozen=True):
    """Something that programs expect at a fixed path."""

    path: str
    """As programs ask for it."""
    real_path: str
    """After links; "" when nothing is there."""
    kind: str
    """`ls -l`'s letter; "" when nothing is there, l for a link that leads nowhere."""
    layer: int | None
    mode: int | None
    """Permission bits, with setuid, setgid and sticky."""
    uid: int | None
    gid: int | None
    is_writable: bool | None
    """Whether the default user may write, by mode and owner; None: nothing is there, or it is not known who runs."""


class User(Part, frozen=True):
    """One account."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str
    can_log_in: bool
    """Whether the shell is there and is not one that only says no."""
    password: str
    """locked, set, empty (anyone who asks may be this user), or missing (no entry in shadow)."""


class Group(Part, frozen=True):
    """One group."""

    name: str
    gid: int
    members: tuple[str, ...]


class ProcessIdentity(Part, frozen=True):
    """Who processes are and what they find."""

    default_user: DefaultUser | None
    """None: there is no configuration, so it is not known."""
    places: tuple[Place, ...]
    """Files and directories that programs take for granted, also those that are not there."""
    users: tuple[User, ...]
    """In the file's order, at most 500."""
    user_count: int | None
    """None: there is no /etc/passwd, which is not the same as an empty one."""
    groups: tuple[Group, ...]
    """In the file's order, at most 500."""
    group_count: int | None
    malformed_count: int
    """Lines of passwd and group that are no entry."""
    empty_password_count: int
    name_services: dict[str, str] | None
    """nsswitch.conf's databases and their sources; None: there is no such file."""
    locales: tuple[str, ...]
    """Compiled locales of the GNU C library, by the names of their directories. C and POSIX need none."""
    locale_archive: str
    """Path of the archive that holds locales in one file, whose names are not read; "" when there is none."""
    locale_environment: dict[str, str] | None
    """LANG, LANGUAGE and LC_… of the configuration; None: there is no configuration."""


class IdentitySection(Section, frozen=True):
    """Who a process in the image is: accounts, groups, its home, and where it may write."""

    found: ProcessIdentity | None = None
