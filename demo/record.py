"""`python -m demo.record IMAGES DEMO`: record the documents that data/ starts with, from real images at hand.

IMAGES is a folder of published images (`rootfs/`, `oci/` and `docker-archive/`), DEMO one of images that
`python -m demo` has assembled. What is not there is passed by. Each record says honestly what its bytes are: none of
them was pulled from the registry that images.yml names.
"""

import sys
from pathlib import Path
from typing import Final, NamedTuple

from generator.build import Places, now
from generator.errors import BasedexError
from generator.oci.platform import Platform
from generator.single import record


class _Seed(NamedTuple):
    name: str
    source: str
    provenance: str
    platform: str = "linux/amd64"


def _busybox(library: str) -> str:
    return (
        f"The official image busybox:1.37.0-{library}, as docker-library publishes it as an OCI image layout "
        "(docker-library/busybox, branch dist-amd64); its digests are the published ones."
    )


def _alpine(release: str) -> str:
    return (
        f"Alpine's published minimal root file system {release}, the tarball that the official image is made of; "
        "no registry pull, so manifest and configuration are not known."
    )


def _assembled(what: str) -> str:
    return f"{what}, assembled for this site from Debian 12's packages; not the published image of that name."


_DISTROLESS: Final = "A distroless-style image, made as GoogleContainerTools/distroless makes its own"

SEEDS: Final = (
    _Seed("busybox", "oci:{images}/oci/busybox-1.37.0-glibc", _busybox("glibc")),
    _Seed("busybox-glibc", "oci:{images}/oci/busybox-1.37.0-glibc", _busybox("glibc")),
    _Seed("busybox-musl", "oci:{images}/oci/busybox-1.37.0-musl", _busybox("musl")),
    _Seed("busybox-uclibc", "oci:{images}/oci/busybox-1.37.0-uclibc", _busybox("uclibc")),
    _Seed(
        "alpine",
        "rootfs:{images}/rootfs/alpine-minirootfs-3.19.4-x86_64.tar.gz",
        _alpine("3.19.4") + " Recorded before 3.20.3, so that there is a change to show.",
    ),
    _Seed("alpine", "rootfs:{images}/rootfs/alpine-minirootfs-3.20.3-x86_64.tar.gz", _alpine("3.20.3")),
    _Seed("alpine", "rootfs:{images}/rootfs/alpine-minirootfs-3.20.3-aarch64.tar.gz", _alpine("3.20.3"), "linux/arm64"),
    _Seed("alpine-3.20", "rootfs:{images}/rootfs/alpine-minirootfs-3.20.3-x86_64.tar.gz", _alpine("3.20.3")),
    _Seed("alpine-3.19", "rootfs:{images}/rootfs/alpine-minirootfs-3.19.4-x86_64.tar.gz", _alpine("3.19.4")),
    _Seed("alpine-3.14", "rootfs:{images}/rootfs/alpine-minirootfs-3.14.10-x86_64.tar.gz", _alpine("3.14.10")),
    _Seed(
        "alpine-3.11",
        "docker-archive:{images}/docker-archive/alpine-3.11-docker-save.tar.gz",
        "A `docker save` of alpine:3.11 from March 2020, kept as test data by aquasecurity/trivy; layers lie "
        "uncompressed in it, so what the registry had is not known.",
    ),
    _Seed("alpine-3.6", "rootfs:{images}/rootfs/alpine-minirootfs-3.6.5-x86_64.tar.gz", _alpine("3.6.5")),
    _Seed(
        "debian-slim", "oci:{demo}/debian", _assembled("Debian minbase, bootstrapped and cut down like the slim image")
    ),
    _Seed("distroless-static", "oci:{demo}/distroless-static", _assembled(_DISTROLESS)),
    _Seed("distroless-base", "oci:{demo}/distroless-base", _assembled(_DISTROLESS)),
    _Seed("distroless-cc", "oci:{demo}/distroless-cc", _assembled(_DISTROLESS)),
)


def main(images: str, demo: str) -> int:
    """Record what is there; return the exit status."""
    for seed in SEEDS:
        source = seed.source.format(images=images, demo=demo)
        if not Path(source.partition(":")[2]).exists():
            sys.stdout.write(f"{seed.name}: passed by, {source} is not there\n")
            continue
        try:
            seen = record(
                Places(),
                seed.name,
                source,
                provenance=seed.provenance,
                at=now(),
                platform=Platform.parse(seed.platform),
            )
        except BasedexError as error:
            sys.stderr.write(f"{seed.name}: {error}\n")
            return error.exit_status
        sys.stdout.write(f"{seed.name}: {seen.subject}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
