"""Distroless-style images, put together as GoogleContainerTools/distroless does, but not theirs.

One layer for each package, its record in `/var/lib/dpkg/status.d/PACKAGE` (no `Status` field) and
`PACKAGE.md5sums` instead of a dpkg status file; then small layers for users, home, /tmp, nsswitch, os-release
and the CA bundle. No shell, no package manager, created 1970-01-01. The images say in labels and os-release
that they were assembled here from the distribution's packages.
"""

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path

from demo import entries
from demo.layout import Entry, LayoutWriter
from demo.packages import Package, download

CREATED = "1970-01-01T00:00:00Z"
NONROOT = 65532
STATUS_FOLDER = "./var/lib/dpkg/status.d"
CA_BUNDLE = "./etc/ssl/certs/ca-certificates.crt"

STATIC = (("base-files",), ("netbase",), ("tzdata",), ("media-types",), ("ca-certificates",))
BASE = (*STATIC, ("libc6",), ("libssl3t64", "libssl3"))
CC = (*BASE, ("libgcc-s1",), ("libgomp1",), ("libstdc++6",))
"""Packages, each as names of which the first that exists is taken."""

_PASSWD = f"""\
root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:{NONROOT}:{NONROOT}:nonroot:/home/nonroot:/sbin/nologin
"""
_GROUP = f"""\
root:x:0:
nobody:x:65534:
tty:x:5:
staff:x:50:
nonroot:x:{NONROOT}:
"""
_NSSWITCH = "hosts: files dns\n"


def recipe(name: str, packages: Sequence[tuple[str, ...]]) -> Callable[[LayoutWriter, Path], None]:
    """Return the recipe of the image `distroless-NAME`."""

    def assemble(writer: LayoutWriter, work: Path) -> None:
        image = f"distroless-{name}"
        for package in download(image, packages, work):
            with writer.layer(f"package {package.name}") as layer:
                layer.add_all(_ca_layer(package) if package.name == "ca-certificates" else _package_layer(package))
        for step, parts in _own_layers(name):
            with writer.layer(step) as layer:
                layer.add_all(iter(parts))
        writer.finish(
            CREATED,
            {
                "Env": [
                    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                    "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
                ],
                "User": "0",
                "WorkingDir": "/",
                "Labels": {
                    "org.opencontainers.image.title": f"distroless-style {name}",
                    "org.opencontainers.image.description": "Assembled from distribution packages in the manner of "
                    "GoogleContainerTools/distroless; not their image.",
                },
            },
        )

    return assemble


def _package_layer(package: Package) -> Iterator[Entry]:
    for member, content in package.entries():
        if member.name != ".":
            yield member, content
    yield from _status(package, package.md5sums())


def _ca_layer(package: Package) -> Iterator[Entry]:
    """Take the certificates as one bundle, and the copyright file; leave the scripts that would make the bundle."""
    certificates: dict[str, bytes] = {}
    for member, content in package.entries():
        if content and member.name.startswith("./usr/share/ca-certificates/") and member.name.endswith(".crt"):
            certificates[member.name] = content.read()
        elif content and member.name == "./usr/share/doc/ca-certificates/copyright":
            yield member, BytesIO(content.read())
    bundle = b"".join(certificates[name].rstrip(b"\n") + b"\n" for name in sorted(certificates))
    yield entries.file(CA_BUNDLE, bundle)
    kept = [line for line in package.md5sums().splitlines(keepends=True) if line.rstrip().endswith("/copyright")]
    yield from _status(package, "".join(kept))


def _status(package: Package, md5sums: str) -> Iterator[Entry]:
    yield entries.file(f"{STATUS_FOLDER}/{package.name}", package.control())
    if md5sums:
        yield entries.file(f"{STATUS_FOLDER}/{package.name}.md5sums", md5sums)


def _own_layers(name: str) -> list[tuple[str, list[Entry]]]:
    os_release = f"""\
PRETTY_NAME="Distroless-style ({name})"
NAME="Debian GNU/Linux"
ID="debian"
{_version_lines()}\
HOME_URL="https://github.com/GoogleContainerTools/distroless"
"""
    return [
        ("users", [entries.file("./etc/passwd", _PASSWD)]),
        ("groups", [entries.file("./etc/group", _GROUP)]),
        ("home", [entries.directory("./home"), entries.directory("./home/nonroot", 0o700, owner=NONROOT)]),
        ("root's home", [entries.directory("./root", 0o700)]),
        ("temporary folder", [entries.directory("./tmp", 0o1777)]),
        ("name service switch", [entries.file("./etc/nsswitch.conf", _NSSWITCH)]),
        ("os-release", [entries.file("./usr/lib/os-release", os_release)]),
    ]


def _version_lines() -> str:
    kept = ("VERSION_ID=", "VERSION=", "VERSION_CODENAME=")
    return "".join(
        line for line in Path("/etc/os-release").read_text().splitlines(keepends=True) if line.startswith(kept)
    )
