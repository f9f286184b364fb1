"""Who a process in the image is, and what it finds: accounts, groups, home, temporary directories, name services,
locales.

The default user is read as container engines read it (moby/sys, user.GetExecUser): a number is always a uid, a name
must be in /etc/passwd, and without an account the home is /. Not read: NIS, LDAP and systemd's user records, PAM,
sub-uids, and the names inside a locale archive. Whether a directory may be written is told by its own mode and owner.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from generator import limits, text
from generator.analysis.sections.identity import DefaultUser, Group, IdentitySection, Place, ProcessIdentity, User
from generator.errors import FormatError
from generator.formats.group import GroupFile, parse_group
from generator.formats.nsswitch import parse_nsswitch
from generator.formats.passwd import LOCKED, SHADOW, Account, Passwd, account_id, parse_passwd, parse_shadow
from generator.inspectors.base import File, Filesystem, Inspector
from generator.oci.documents import Config

_PASSWD: Final = "etc/passwd"
_GROUP: Final = "etc/group"
_SHADOW: Final = "etc/shadow"
_NAME_SERVICES: Final = ("etc/nsswitch.conf", "usr/etc/nsswitch.conf")
_EXPECTED: Final = (_PASSWD, _GROUP, _SHADOW, _NAME_SERVICES[0], "tmp", "var/tmp", "run", "root")
_LOCALES: Final = "usr/lib/locale"
_LOCALE_ARCHIVE: Final = "usr/lib/locale/locale-archive"
_LOCALE_PARTS: Final = ("LC_CTYPE", "LC_MESSAGES")
_LOCALE_VARIABLES: Final = ("LANG", "LANGUAGE", "LC_")
_NO_SHELLS: Final = frozenset({"nologin", "false", "sync", "halt", "shutdown"})
_MOST: Final = 500
_NOBODY: Final = Passwd((), 0)
_NO_GROUPS: Final = GroupFile((), 0)


class _Runs(NamedTuple):
    """The numbers that permissions are judged by."""

    uid: int
    gids: frozenset[int]


def inspect(filesystem: Filesystem, config: Config | None) -> IdentitySection:
    """Read the files of accounts and look at the places that programs take for granted."""
    contents = {path: _content(filesystem, path) for path in (_PASSWD, _GROUP, _SHADOW)}
    passwd = None if contents[_PASSWD] is None else parse_passwd(contents[_PASSWD], path=f"/{_PASSWD}")
    groups = None if contents[_GROUP] is None else parse_group(contents[_GROUP], path=f"/{_GROUP}")
    shadow = {} if contents[_SHADOW] is None else parse_shadow(contents[_SHADOW], path=f"/{_SHADOW}")
    user = None if config is None else _default_user(config.user, passwd or _NOBODY, groups or _NO_GROUPS)
    places = tuple(_places(filesystem, config, user, _runs(user, groups or _NO_GROUPS)))
    services = _name_services(filesystem)
    if config is None and services is None and not any(place.kind for place in places):
        return IdentitySection(state="absent")
    users = tuple(_user(one, shadow, filesystem) for one in (passwd or _NOBODY).accounts)
    return IdentitySection(
        state="found",
        found=ProcessIdentity(
            default_user=user,
            places=places,
            users=users[:_MOST],
            user_count=None if passwd is None else len(users),
            groups=tuple(
                Group(text.visible(one.name), one.gid, tuple(text.visible(member) for member in one.members[:_MOST]))
                for one in (groups or _NO_GROUPS).groups[:_MOST]
            ),
            group_count=None if groups is None else len(groups.groups),
            malformed_count=(passwd or _NOBODY).malformed_count + (groups or _NO_GROUPS).malformed_count,
            empty_password_count=sum(one.password == "empty" for one in users),
            name_services=services,
            locales=tuple(_locales(filesystem))[:_MOST],
            locale_archive=f"/{_LOCALE_ARCHIVE}" if filesystem.find(_LOCALE_ARCHIVE) is not None else "",
            locale_environment=None if config is None else _locale_environment(config),
        ),
    )


def _content(filesystem: Filesystem, path: str) -> bytes | None:
    """Return a file's bytes, None when there is none; raises FormatError for one that was not kept."""
    file = filesystem.find(path)
    if file is None or file.kind != "-":
        return None
    if file.content is None and file.size:
        raise FormatError(path=f"/{path}", offset="start", rule="a small file at its usual place")
    return file.content or b""


def _default_user(said: str, passwd: Passwd, groups: GroupFile) -> DefaultUser:
    user, colon, group = said.partition(":")
    number = 0 if not user else account_id(user)
    account = next(
        (one for one in passwd.accounts if (one.uid == number if number is not None else one.name == user)), None
    )
    uid = account.uid if account else number
    gid: int | None = account.gid if account else 0
    problem = "" if uid is not None else f"no account is called {user}, and a name must be in /etc/passwd"
    if colon and group:
        gid = account_id(group)
        if gid is None:
            gid = next((one.gid for one in groups.groups if one.name == group), None)
            if gid is None:
                problem = problem or f"no group is called {group}, and a name must be in /etc/group"
    return DefaultUser(
        said=text.visible(said),
        uid=uid,
        gid=gid,
        name=text.visible(account.name) if account else "",
        home=text.visible(account.home) if account else "/",
        shell=text.visible(account.shell) if account else "",
        is_root=None if uid is None else uid == 0,
        problem=text.visible(text.shortened(problem, 300)),
    )


def _runs(user: DefaultUser | None, groups: GroupFile) -> _Runs | None:
    """Return the default user's numbers; the groups of its account count unless a group was named."""
    if user is None or user.uid is None or user.gid is None or user.problem:
        return None
    further = [one.gid for one in groups.groups if user.name and user.name in one.members and ":" not in user.said]
    return _Runs(user.uid, frozenset({user.gid, *further}))


def _places(
    filesystem: Filesystem, config: Config | None, user: DefaultUser | None, runs: _Runs | None
) -> Iterator[Place]:
    paths = list(_EXPECTED)
    own = [user.home if user else "", config.working_dir if config else ""]
    paths += [path for path in (one.strip("/") for one in own) if path and len(path) < 4096]
    for path in dict.fromkeys(paths):
        file = filesystem.find(path)
        link = filesystem.find(path, follow=False)
        if file is None:
            yield Place("/" + text.visible(path), "", "l" if link else "", None, None, None, None, None)
            continue
        real = filesystem.real_path(path) or path
        yield Place(
            path="/" + text.visible(path),
            real_path="/" + text.visible(real),
            kind=file.kind,
            layer=file.layer,
            mode=file.mode,
            uid=file.uid,
            gid=file.gid,
            is_writable=None if runs is None else _may_write(file, runs),
        )


def _may_write(file: File, runs: _Runs) -> bool:
    """Judge as path_resolution(7) does: root always, else the first of owner, group and others that applies."""
    if runs.uid == 0:
        return True
    if file.uid == runs.uid:
        return bool(file.mode & 0o200)
    return bool(file.mode & (0o020 if file.gid in runs.gids else 0o002))


def _user(account: Account, shadow: dict[str, str], filesystem: Filesystem) -> User:
    shell = account.shell or "/bin/sh"
    program = None if shell.rpartition("/")[2] in _NO_SHELLS or len(shell) > 4096 else filesystem.find(shell)
    return User(
        name=text.visible(account.name),
        uid=account.uid,
        gid=account.gid,
        home=text.visible(account.home),
        shell=text.visible(account.shell),
        can_log_in=program is not None and program.kind == "-",
        password=shadow.get(account.name, "missing") if account.password == SHADOW else account.password or LOCKED,
    )


def _name_services(filesystem: Filesystem) -> dict[str, str] | None:
    for path in _NAME_SERVICES:
        content = _content(filesystem, path)
        if content is not None:
            databases = parse_nsswitch(content, path=f"/{path}")
            return {text.visible(name)[:100]: text.visible(databases[name])[:300] for name in sorted(databases)[:_MOST]}
    return None


def _locales(filesystem: Filesystem) -> Iterator[str]:
    for name, folder in sorted(filesystem.children(_LOCALES).items()):
        if folder.kind != "-" and any(part in filesystem.children(f"{_LOCALES}/{name}") for part in _LOCALE_PARTS):
            yield text.visible(name)


def _locale_environment(config: Config) -> dict[str, str]:
    pairs: Sequence[tuple[str, str, str]] = [one.partition("=") for one in config.env]
    return {
        text.visible(name): text.visible(value)
        for name, _, value in sorted(pairs)
        if name.startswith(_LOCALE_VARIABLES)
    }


INSPECTOR: Final = Inspector(
    name="identity",
    keeps=frozenset({_PASSWD, _GROUP, _SHADOW, *_NAME_SERVICES}),
    kept_size=limits.MIB,
    inspect=inspect,
    failed=IdentitySection,
    of_config=("default_user", "locale_environment", "places.is_writable"),
)
