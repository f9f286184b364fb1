"""Debian packages as streams: found with apt, fetched into a folder, unpacked entry by entry.

The machine's own package sources are used. Nothing is installed and nothing is extracted to disk: a package's
files pass from `dpkg-deb --fsys-tarfile` straight into a layer.
"""

import re
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.layout import Entry
from demo.tools import AssemblyError, need, run

APT_OPTIONS = ("-o", "APT::Sandbox::User=root", "-o", "Dpkg::Use-Pty=0")
TOOLS = (("apt-get", "apt"), ("apt-cache", "apt"), ("dpkg-deb", "dpkg"))
_CANDIDATE = re.compile(r"^(\S+):\n(?:  .*\n)*?  Candidate: (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Package:
    """One downloaded package."""

    name: str
    deb_path: Path

    def control(self) -> str:
        """Return its control fields, as `dpkg-deb --field` prints them: no `Status`, ending with a newline."""
        return run(self.name, ["dpkg-deb", "--field", self.deb_path])

    def md5sums(self) -> str:
        """Return its md5sums file; "" when it has none."""
        found = ""
        with _members(self.deb_path, "--ctrl-tarfile") as archive:
            for member in archive:
                stream = archive.extractfile(member) if member.name.removeprefix("./") == "md5sums" else None
                found = stream.read().decode() if stream else found
        return found

    def entries(self) -> Iterator[Entry]:
        """Yield its files in their order, names as packed (`./usr/bin/…`), owners by number only."""
        with _members(self.deb_path, "--fsys-tarfile") as archive:
            for member in archive:
                member.uname = member.gname = ""
                yield member, archive.extractfile(member) if member.isreg() else None


def download(image: str, wanted: Sequence[tuple[str, ...]], folder: Path) -> list[Package]:
    """Fetch packages at the versions that apt would install, in the order of `wanted`.

    Each is a tuple of names, of which the first that the package sources know is taken (libssl3t64, else libssl3).
    """
    need(image, *TOOLS)
    known = _known(image, [name for names in wanted for name in names])
    found = []
    for names in wanted:
        first = next((name for name in names if name in known), None)
        if first is None:
            reason = f"the package sources know no {' or '.join(names)}; run: apt-get update"
            raise AssemblyError(image=image, reason=reason)
        found.append(first)
    folder.mkdir(parents=True, exist_ok=True)
    run(image, ["apt-get", *APT_OPTIONS, "download", *found], folder=folder)
    return [_package(name, folder) for name in found]


def _known(image: str, names: Sequence[str]) -> set[str]:
    """Return those of `names` that apt could install."""
    policy = run(image, ["apt-cache", "policy", *names])
    return {name for name, candidate in _CANDIDATE.findall(policy) if candidate != "(none)"}


def download_closure(image: str, names: Sequence[str], folder: Path) -> list[Package]:
    """Fetch packages with all that they depend on, as for an empty machine; sorted by name."""
    need(image, *TOOLS)
    for part in ("partial", "state/lists/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    options = ("-o", f"Dir::State::status={folder / 'status'}", "-o", f"Dir::Cache::archives={folder}")
    arguments = ("install", "--yes", "--download-only", "--no-install-recommends")
    run(image, ["apt-get", *APT_OPTIONS, *options, *arguments, *names])
    return [Package(deb.name.partition("_")[0], deb) for deb in sorted(folder.glob("*.deb"))]


def _package(name: str, folder: Path) -> Package:
    (deb,) = folder.glob(f"{name}_*.deb")
    return Package(name, deb)


@contextmanager
def _members(deb: Path, what: str) -> Iterator[tarfile.TarFile]:
    """Give the tar stream that dpkg-deb writes; its exit status is judged once everything was read."""
    with subprocess.Popen(["dpkg-deb", what, deb], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        assert process.stdout
        with tarfile.open(fileobj=process.stdout, mode="r|", bufsize=64 * 1024) as archive:
            yield archive
        while process.stdout.read(1 << 20):  # padding behind the end of the archive
            pass
    if process.returncode:
        raise AssemblyError(image=deb.name, reason=f"dpkg-deb {what} ended with status {process.returncode}")
