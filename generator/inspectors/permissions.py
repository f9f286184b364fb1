"""Permission bits, owners, capabilities, devices, secrets and links that are out of the ordinary.

Linear in the tree's text. Only the squashed
tree is seen: what a later layer deletes is still in the image, and not here. Secrets are told by the `pem` probe's
word on a file's header, or by a file's name; no content is read here. Not read: access control lists and security
labels.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from generator import limits, text
from generator.analysis.sections.permissions import (
    BrokenLink,
    Capable,
    Device,
    Marked,
    Owner,
    Permissions,
    PermissionsSection,
    Secret,
    UsrMerge,
)
from generator.errors import FormatError
from generator.formats.file_capabilities import ATTRIBUTE, parse_capabilities
from generator.formats.group import parse_group
from generator.formats.passwd import parse_passwd
from generator.formats.pem import PemFile
from generator.formats.secret_names import secret_name
from generator.inspectors.base import File, Filesystem, Inspector
from generator.oci.documents import Config

_MOST: Final = 1_000
_PASSWD: Final = "etc/passwd"
_GROUP: Final = "etc/group"
_SETUID: Final = 0o4000
_SETGID: Final = 0o2000
_STICKY: Final = 0o1000
_WORLD_WRITABLE: Final = 0o002
_WORLD_READABLE: Final = 0o004
_LONGEST_TARGET: Final = 4_096
"""Characters of a broken link's target that are kept; a longer one leads nowhere (PATH_MAX of Linux)."""
_RUNTIME: Final = ("proc", "sys", "dev", "run", "var/run")
_MERGED: Final = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")

Entries = list[tuple[str, File]]


def inspect(filesystem: Filesystem, config: Config | None) -> PermissionsSection:
    """Walk over the tree once and sort out what is out of the ordinary."""
    root = filesystem.find("")
    files = [] if root is None else [("", root)]
    files += filesystem.walk()
    odd = [one for one in files if one[1].mode & 0o7002 and one[1].kind != "l"]
    setuid = [one for one in odd if one[1].mode & (_SETUID | _SETGID) and one[1].kind == "-"]
    setgid_directories = [one for one in odd if one[1].mode & _SETGID and one[1].kind == "d"]
    sticky = [one for one in odd if one[1].mode & _STICKY and one[1].kind == "d"]
    world_writable = [one for one in odd if one[1].mode & _WORLD_WRITABLE and not _is_shared(one[1])]
    capable: Entries = []
    devices: Entries = []
    secrets: list[Secret] = []
    for path, file in files:
        if (xattrs := file.xattrs) and ATTRIBUTE in xattrs:
            capable.append((path, file))
        if file.kind == "-":
            name = secret_name(path)
            if (name or file.facts) and file.size and (secret := _secret(path, file, name)):
                secrets.append(secret)
        elif file.kind in "cb":
            devices.append((path, file))
    links = _links(filesystem)
    owner_count, owners = _owners(files, [file.uid for _, file in files], _account_names(filesystem))
    group_count, groups = _owners(files, [file.gid for _, file in files], _group_names(filesystem))
    return PermissionsSection(
        state="found",
        found=Permissions(
            setuid_count=len(setuid),
            setuid_files=_marked(setuid),
            setgid_directory_count=len(setgid_directories),
            setgid_directories=_marked(setgid_directories),
            capable_count=len(capable),
            capable_files=tuple(_capable(path, file) for path, file in capable[:_MOST]),
            world_writable_count=len(world_writable),
            world_writable=_marked(world_writable),
            sticky_count=len(sticky),
            sticky_directories=_marked(sticky),
            device_count=len(devices),
            devices=tuple(_device(path, file) for path, file in devices[:_MOST]),
            owner_count=owner_count,
            owners=owners,
            group_count=group_count,
            groups=groups,
            secret_count=len(secrets),
            secrets=tuple(secrets[:_MOST]),
            symlink_count=links.count,
            absolute_link_count=links.absolute_count,
            outward_link_count=links.outward_count,
            runtime_link_count=links.runtime_count,
            broken_link_count=len(links.broken),
            broken_links=tuple(links.broken[:_MOST]),
            usr_merge=_usr_merge(filesystem),
        ),
    )


def _shown(path: str) -> str:
    return "/" + text.visible(path)


def _is_shared(file: File) -> bool:
    """Tell whether anyone may write on purpose: directories with sticky, devices, sockets and pipes."""
    return file.kind != "-" and (file.kind != "d" or bool(file.mode & _STICKY))


def _marked(entries: Entries) -> tuple[Marked, ...]:
    return tuple(
        Marked(_shown(path), file.kind, file.layer, file.mode, file.uid, file.gid) for path, file in entries[:_MOST]
    )


def _capable(path: str, file: File) -> Capable:
    try:
        found = parse_capabilities((file.xattrs or {})[ATTRIBUTE], path=_shown(path))
    except FormatError as err:
        return Capable(_shown(path), file.layer, (), (), False, None, str(err))
    return Capable(
        _shown(path), file.layer, found.permitted, found.inheritable, found.effective, found.root_id, problem=""
    )


def _device(path: str, file: File) -> Device:
    major, minor = file.device or (None, None)
    return Device(_shown(path), file.layer, file.kind, major, minor, file.mode, file.uid, file.gid)


def _secret(path: str, file: File, name: str) -> Secret | None:
    """Say what secret the file is; a header proves more than a `name` that says something."""
    fact = file.facts.get("pem") if file.facts else None
    keys = fact.private_keys if isinstance(fact, PemFile) else ()
    kind = keys[0].kind if keys else name
    if not kind:
        return None
    return Secret(
        path=_shown(path),
        layer=file.layer,
        kind=text.visible(kind),
        evidence="header" if keys else "name",
        encrypted=all(one.encrypted for one in keys) if keys and None not in {one.encrypted for one in keys} else None,
        mode=file.mode,
        file_size=file.size,
        is_world_readable=bool(file.mode & _WORLD_READABLE),
    )


# Owners


def _account_names(filesystem: Filesystem) -> dict[int, str] | None:
    content = _kept(filesystem, _PASSWD)
    try:
        accounts = parse_passwd(content or b"", path=_PASSWD).accounts
    except FormatError:
        return None
    return None if content is None else {one.uid: one.name for one in reversed(accounts)}


def _group_names(filesystem: Filesystem) -> dict[int, str] | None:
    content = _kept(filesystem, _GROUP)
    try:
        groups = parse_group(content or b"", path=_GROUP).groups
    except FormatError:
        return None
    return None if content is None else {one.gid: one.name for one in reversed(groups)}


def _kept(filesystem: Filesystem, path: str) -> bytes | None:
    """Return a file's bytes, none at all for one that is not there; None when there are some and they were not kept."""
    file = filesystem.find(path)
    return b"" if file is None or not file.size else file.content


def _owners(files: Entries, numbers: list[int], names: Mapping[int, str] | None) -> tuple[int, tuple[Owner, ...]]:
    """Return how many owners there are, and the first of them by their numbers, given for each file."""
    counts = Counter(numbers)
    first_paths: dict[int, str] = {}
    for (path, _), one in zip(files, numbers, strict=True):
        if one not in first_paths:
            first_paths[one] = path
    listed = tuple(
        Owner(
            id=one,
            name=None if names is None else text.visible(names.get(one, "")),
            entry_count=counts[one],
            first_path=_shown(first_paths[one]),
        )
        for one in sorted(counts)[:_MOST]
    )
    return len(counts), listed


# Links


@dataclass(slots=True)
class _Links:
    """What is known of all symbolic links together, and the broken ones."""

    count: int = 0
    absolute_count: int = 0
    outward_count: int = 0
    runtime_count: int = 0
    broken: list[BrokenLink] = field(default_factory=list)


def _links(filesystem: Filesystem) -> _Links:
    links = _Links()
    for path, file in filesystem.walk():
        if file.kind != "l":
            continue
        led = filesystem.follow(path)
        links.count += 1
        links.absolute_count += file.target.startswith("/")
        links.outward_count += led.is_outward
        if led.broken == "missing" and _is_runtime(led.path):
            links.runtime_count += 1
        elif led.broken:
            target = text.visible(text.shortened(file.target, _LONGEST_TARGET))
            links.broken.append(BrokenLink(_shown(path), file.layer, target, led.broken))
    return links


def _is_runtime(path: str) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in _RUNTIME)


def _usr_merge(filesystem: Filesystem) -> UsrMerge:
    directories: dict[str, str] = {}
    kinds = set()
    for name in _MERGED:
        there = filesystem.find(name, follow=False)
        if there is None:
            directories[f"/{name}"] = "absent"
        elif there.kind == "l":
            real = filesystem.real_path(name)
            directories[f"/{name}"] = text.visible(text.shortened(there.target, 300))
            kinds.add("merged" if real is not None and real.startswith("usr/") else "mixed")
        else:
            directories[f"/{name}"] = "directory"
            kinds.add("split")
    state = kinds.pop() if len(kinds) == 1 else "mixed" if kinds else "none"
    return UsrMerge(state, directories)


INSPECTOR: Final = Inspector(
    name="permissions",
    keeps=frozenset({_PASSWD, _GROUP}),
    kept_size=limits.MIB,
    inspect=inspect,
    failed=PermissionsSection,
)
