"""The images that are held against real engines, each as an OCI layout, made when first asked for."""

import gzip
import json
import shutil
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from demo.recipes import assembled
from demo.tools import AssemblyError
from tests import builders
from tests.engines import DockerEngine, copy_image, unavailable

BUSYBOXES = ("busybox-1.37.0-glibc", "busybox-1.37.0-musl", "busybox-1.37.0-uclibc")
ASSEMBLED = ("debian", "busybox-static", "distroless-static", "distroless-cc", "scratch-hello")
MULTILAYER = "docker-built"
IMAGE_NAMES = ("alpine-3.20.3", "alpine-3.14.10", "alpine-3.11", *BUSYBOXES, *ASSEMBLED, MULTILAYER, "every-kind")
ONE_LAYER = "alpine-3.20.3"

DOCKERFILE = """\
FROM scratch
ADD rootfs.tar.gz /
COPY --chown=1234:5678 notes /srv/notes
RUN mkdir -p /opt/tool/lib /opt/plain && echo one >/opt/tool/lib/one && echo two >/opt/tool/two \\
 && ln -s two /opt/tool/link && ln /opt/tool/two /opt/tool/hard && echo kept >/opt/plain/kept
RUN echo "overwritten, and longer" >/opt/tool/two && rm /opt/tool/lib/one && rm -r /usr/share/apk /srv/notes/old
RUN rm -r /opt/tool && mkdir -m 2750 /opt/tool && echo replaced >/opt/tool/three
RUN rm -r /opt/plain && echo "a file where a directory was" >/opt/plain && chmod 4755 /bin/busybox && chown 7:8 /srv
CMD ["/bin/sh"]
"""


@dataclass
class Images:
    """Gives each image's layout; `folder` is this session's, `demo_folder` is kept between sessions."""

    folder: Path
    demo_folder: Path
    shared_images: Callable[[], Path]
    shared_layouts: Callable[[], Path]
    docker_engine: Callable[[], DockerEngine]

    def layout(self, name: str) -> Path:
        """Return the OCI layout of an image of IMAGE_NAMES."""
        if name in ASSEMBLED:
            try:
                return assembled(name, self.demo_folder)
            except AssemblyError as error:
                unavailable(str(error))
        if name in BUSYBOXES:
            return self.shared_layouts() / name
        layout = self.folder / name
        if not layout.exists():
            partial = self.folder / "partial"
            shutil.rmtree(partial, ignore_errors=True)
            self._make(name, partial)
            partial.rename(layout)
        return layout

    def _make(self, name: str, layout: Path) -> None:
        if name == MULTILAYER:
            self._build(layout)
        elif name == "every-kind":
            builders.write_layout(layout, builders.image([every_kind()]))
        elif name == "alpine-3.11":
            saved = self.shared_images() / "docker-archive" / "alpine-3.11-docker-save.tar.gz"
            archive = self.folder / "alpine-3.11.tar"  # this skopeo cannot read it compressed
            archive.write_bytes(gzip.decompress(saved.read_bytes()))
            copy_image(f"docker-archive:{archive}", f"oci:{layout}:latest")
        else:
            builders.write_layout(layout, builders.image([gzip.decompress(self._alpine(name).read_bytes())]))

    def _alpine(self, name: str) -> Path:
        return self.shared_images() / "rootfs" / f"{name.replace('alpine', 'alpine-minirootfs')}-x86_64.tar.gz"

    def _build(self, layout: Path) -> None:
        """Build with a real Docker Engine on overlay2: overwritten, deleted and replaced files, an opaque directory."""
        engine = self.docker_engine()
        context = self.folder / "context"
        (context / "notes" / "old").mkdir(parents=True)
        (context / "notes" / "new.txt").write_text("kept\n")
        (context / "notes" / "old" / "gone.txt").write_text("deleted\n")
        (context / "Dockerfile").write_text(DOCKERFILE)
        shutil.copyfile(self._alpine(ONE_LAYER), context / "rootfs.tar.gz")
        engine.build(context, MULTILAYER)
        source = f"docker-daemon:{MULTILAYER}:latest"
        copy_image(source, f"oci:{layout}:latest", "--src-daemon-host", engine.url)
        assert_has_opaque_directory(layout)


def every_kind() -> bytes:
    """Return a layer with an entry of every kind that an image can hold, and the odd modes and owners."""
    capability = "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    return builders.tar(
        [
            builders.directory("dev"),
            builders.file("plain", b"contents", mtime=1_700_000_000),
            builders.hard_link("dev/same", "plain", mtime=1_700_000_000),
            builders.hard_link("zz-same", "plain", mtime=1_700_000_000),
            builders.symlink("absolute", "/plain"),
            builders.symlink("dev/dangling", "../../nowhere"),
            _of_kind("dev/null", tarfile.CHRTYPE, 0o666, devmajor=1, devminor=3),
            _of_kind("dev/disk", tarfile.BLKTYPE, 0o660, devmajor=259, devminor=70_000),
            _of_kind("dev/pipe", tarfile.FIFOTYPE, 0o600),
            builders.file("set-user", b"#!/bin/sh\n", mode=0o6755, uid=65534, gid=100_000),
            builders.directory("sticky", mode=0o1777),
            builders.file("capable", b"x", mode=0o755, pax_headers={"SCHILY.xattr.security.capability": capability}),
            builders.file("noted", b"", pax_headers={"SCHILY.xattr.user.note": "hello"}),
            builders.file("ünï/cødé ", b"name with spaces and umlauts"),
            builders.file("old", b"", mtime=1),
            builders.file("long/" + "d" * 120 + "/" + "f" * 200, b"a name that needs a pax record"),
        ]
    )


def _of_kind(name: str, kind: bytes, mode: int, **fields: int) -> tuple[tarfile.TarInfo, bytes]:
    member, content = builders.file(name, b"", mode=mode, **fields)
    member.type = kind
    return member, content


def assert_has_opaque_directory(layout: Path) -> None:
    """Check that the builder really wrote what the image is for: an opaque directory and a plain whiteout."""
    (image,) = json.loads((layout / "index.json").read_text())["manifests"]
    blobs = layout / "blobs" / "sha256"
    manifest = json.loads((blobs / image["digest"].removeprefix("sha256:")).read_text())
    names = []
    for layer in manifest["layers"]:
        with tarfile.open(blobs / layer["digest"].removeprefix("sha256:")) as archive:
            names += archive.getnames()
    assert "opt/tool/.wh..wh..opq" in names
    assert "usr/share/.wh.apk" in names
