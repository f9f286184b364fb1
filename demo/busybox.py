"""BusyBox from Debian's `busybox-static` package: one static binary, a hard link for every applet, a skeleton.

Like the published BusyBox images, the applets are further names of one file; unlike them, they stand where the
binary itself says (`--list-full`), and the program is Debian's build.
"""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from demo import entries
from demo.layout import Entry, LayoutWriter
from demo.packages import download
from demo.tools import AssemblyError, run

_PASSWD = """\
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
"""
_GROUP = """\
root:x:0:
daemon:x:1:
bin:x:2:
tty:x:5:
www-data:x:33:
nogroup:x:65534:
"""


def assemble(writer: LayoutWriter, work: Path) -> None:
    """Write the image of one layer."""
    (package,) = download("busybox-static", [("busybox-static",)], work)
    binary, mtime = b"", 0
    for member, content in package.entries():
        if member.name.endswith("bin/busybox") and content:
            binary, mtime = content.read(), int(member.mtime)
    if not binary:
        raise AssemblyError(image="busybox-static", reason="the package has no bin/busybox")
    with writer.layer("Debian's busybox-static, with its applets installed as hard links") as layer:
        layer.add_all(_entries(binary, _applets(binary), mtime))
    writer.finish(
        datetime.fromtimestamp(mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        {
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "Cmd": ["sh"],
            "Labels": {
                "org.opencontainers.image.title": "BusyBox, static",
                "org.opencontainers.image.description": "Assembled from busybox-static; not a published image.",
            },
        },
        steps=['CMD ["sh"]'],
    )


def _applets(binary: bytes) -> list[str]:
    """Ask the distribution's own program where its applets belong (`bin/ls`, `usr/bin/[`)."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "busybox"
        program.write_bytes(binary)
        os.chmod(program, 0o755)  # noqa: PTH101 - the same call, and no race with the write above
        return sorted(run("busybox-static", [program, "--list-full"]).split())


def _entries(binary: bytes, applets: list[str], mtime: int) -> Iterator[Entry]:
    for folder in ("bin", "dev", "etc", "home", "proc", "root", "sbin", "sys", "tmp", "usr", "usr/bin", "usr/sbin"):
        mode = {"root": 0o700, "tmp": 0o1777}.get(folder, 0o755)
        yield entries.directory(folder + "/", mode, mtime)
    for folder in ("var", "var/spool", "var/tmp"):
        yield entries.directory(folder + "/", 0o1777 if folder == "var/tmp" else 0o755, mtime)
    yield entries.file("bin/busybox", binary, 0o755, mtime)
    for applet in applets:
        if applet not in ("bin/busybox", "linuxrc"):
            yield entries.hard_link(applet, "bin/busybox", mtime=mtime)
    yield entries.file("etc/group", _GROUP, mtime=mtime)
    yield entries.file("etc/passwd", _PASSWD, mtime=mtime)
    yield entries.file("etc/shells", "/bin/sh\n", mtime=mtime)
