"""Debian (or Ubuntu) as a base image: debootstrap's minbase, cleaned the way the published slim images are.

What comes in: the machine's own suite and mirror. What is left out: package lists and caches, logs, device
nodes, manual pages, documentation but for copyright files, translations, and what debootstrap copied from this
machine (its name and resolver). Times newer than the distribution's own Release file become that file's date,
so two assemblies on one day of the archive give the same bytes.
"""

import os
import re
import stat
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from demo.layout import Entry, LayoutWriter
from demo.tools import AssemblyError, need, need_root, run

_EMPTIED = ("dev", "proc", "run", "sys", "tmp", "var/cache/apt", "var/lib/apt/lists", "var/log", "var/tmp")
"""Directories that stay, without their contents."""

_LEFT_OUT = re.compile(
    r"etc/(hostname|resolv\.conf|machine-id|\.pwd\.lock|(passwd|group|shadow|gshadow|subuid|subgid)-)$"
    r"|var/cache/ldconfig/aux-cache$|var/cache/debconf/.*-old$|var/lib/dpkg/.*-old$|var/lib/dpkg/lock"
    r"|usr/share/(man|info|groff|lintian|linda)/."
    r"|usr/share/locale/(?!locale\.alias)"
    r"|usr/share/doc/.*(?<!/copyright)$"
)
_COPYRIGHT_FOLDER = re.compile(r"usr/share/doc/[^/]+$")
_SHADOW_DATE = re.compile(rb"^([^:]*:[^:]*:)\d+:", re.MULTILINE)


def assemble(writer: LayoutWriter, work: Path) -> None:
    """Bootstrap into `work` and write the image."""
    need("debian", ("debootstrap", "debootstrap"), ("apt-get", "apt"))
    need_root("debian", "debootstrap")
    suite, mirror = package_source()
    root = work / "root"
    run("debian", ["debootstrap", "--variant=minbase", suite, root, mirror])
    released = _release_date(root)
    with writer.layer(f"debootstrap --variant=minbase {suite}, cleaned") as layer:
        layer.add_all(tree_entries(root, int(released.timestamp())))
    pretty = _os_release(root).get("PRETTY_NAME", suite)
    writer.finish(
        released.strftime("%Y-%m-%dT%H:%M:%SZ"),
        {
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "Cmd": ["bash"],
            "Labels": {
                "org.opencontainers.image.title": f"{pretty}, minbase",
                "org.opencontainers.image.description": "Assembled with debootstrap; not a published image.",
            },
        },
        steps=['CMD ["bash"]'],
    )


def package_source() -> tuple[str, str]:
    """Return suite and mirror that this machine installs its own packages from."""
    suite = _os_release(Path("/")).get("VERSION_CODENAME", "")
    form = "$(CODENAME) $(COMPONENT) $(SITE)"
    for line in run("debian", ["apt-get", "indextargets", "--format", form, "Created-By: Packages"]).splitlines():
        codename, component, site = line.split(" ", 2)
        if codename == suite and component == "main":
            return suite, site
    raise AssemblyError(image="debian", reason=f"no package source for the suite “{suite}”; run: apt-get update")


def tree_entries(root: Path, newest: int) -> Iterator[Entry]:
    """Yield what is kept of a bootstrapped root file system, sorted; no time is later than `newest`."""
    seen: dict[tuple[int, int], str] = {}
    for path in _kept_paths(root, ""):
        host_path = root / path
        status = host_path.lstat()
        member = tarfile.TarInfo(path)
        member.mode = stat.S_IMODE(status.st_mode)
        member.uid, member.gid = status.st_uid, status.st_gid
        member.mtime = min(int(status.st_mtime), newest)
        member.pax_headers = _xattr_headers(host_path)
        if stat.S_ISDIR(status.st_mode):
            member.type = tarfile.DIRTYPE
            yield member, None
        elif stat.S_ISLNK(status.st_mode):
            member.type = tarfile.SYMTYPE
            member.linkname = os.readlink(host_path)  # noqa: PTH115 - Path would rewrite the target
            yield member, None
        elif (inode := (status.st_dev, status.st_ino)) in seen:
            member.type = tarfile.LNKTYPE
            member.linkname = seen[inode]
            yield member, None
        elif stat.S_ISREG(status.st_mode):
            seen[inode] = path
            yield from _file_entry(member, host_path, newest)


def _file_entry(member: tarfile.TarInfo, host_path: Path, newest: int) -> Iterator[Entry]:
    if member.name in ("etc/shadow", "etc/gshadow"):
        # The day of the last password change is the day of the bootstrap.
        content = _SHADOW_DATE.sub(rb"\g<1>%d:" % (newest // 86400), host_path.read_bytes())
        host_path.write_bytes(content)
    member.size = host_path.stat().st_size
    with host_path.open("rb") as stream:
        yield member, stream


def _kept_paths(root: Path, folder: str) -> Iterator[str]:
    for name in sorted(child.name for child in (root / folder).iterdir()):
        path = f"{folder}/{name}" if folder else name
        is_folder = not (root / path).is_symlink() and (root / path).is_dir()
        if _LEFT_OUT.match(path) and not (is_folder and _COPYRIGHT_FOLDER.match(path)):
            continue
        yield path
        if is_folder and path not in _EMPTIED:
            yield from _kept_paths(root, path)


def _xattr_headers(host_path: Path) -> dict[str, str]:
    names = os.listxattr(host_path, follow_symlinks=False)
    return {
        f"SCHILY.xattr.{name}": os.getxattr(host_path, name, follow_symlinks=False).decode("utf-8", "surrogateescape")
        for name in names
        if name.startswith(("security.capability", "user."))
    }


def _release_date(root: Path) -> datetime:
    for release in sorted((root / "var/lib/apt/lists").glob("*Release")):
        found = re.search(r"^Date: (.*)$", release.read_text(errors="replace"), re.MULTILINE)
        if found:
            return parsedate_to_datetime(found[1].replace("UTC", "+0000")).astimezone(UTC)
    raise AssemblyError(image="debian", reason="debootstrap left no Release file with a date")


def _os_release(root: Path) -> dict[str, str]:
    lines = (root / "etc/os-release").read_text().splitlines()
    return {key: value.strip('"') for key, _, value in (line.partition("=") for line in lines) if value}
