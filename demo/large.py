"""The benchmark's image: about 1 GB unpacked, more than 50,000 files, three layers with whiteouts.

Debian as `debian` has it; then compilers and their libraries; then interpreters, and in the same layer the
documentation of the second one deleted. Packages are unpacked, not configured: the image is for reading.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from demo import entries
from demo.layout import Entry, LayoutWriter
from demo.packages import Package, download_closure

COMPILERS = ("build-essential", "gfortran", "cmake", "libboost-dev")
INTERPRETERS = ("python3-dev", "python3-numpy", "python3-sphinx", "perl", "nodejs", "npm", "git", "vim")
MERGED = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")


def assemble(writer: LayoutWriter, work: Path, debian_layout: Path) -> None:
    """Write the image on top of an assembled `debian`."""
    writer.take_layers(debian_layout)
    compilers = download_closure("large", COMPILERS, work / "compilers")
    before = {package.deb_path.name for package in compilers}
    everything = download_closure("large", INTERPRETERS, work / "interpreters")
    interpreters = [package for package in everything if package.deb_path.name not in before]
    documentation: list[str] = []
    with writer.layer("compilers and libraries, unpacked") as layer:
        for member, content in unpacked(compilers):
            if member.isdir() and member.name.startswith("usr/share/doc/") and member.name.count("/") == 3:
                documentation.append(member.name)
            layer.add(member, content)
    with writer.layer("interpreters, unpacked; documentation of the compilers deleted") as layer:
        added = set()
        for member, content in unpacked(interpreters):
            added.add(member.name)
            layer.add(member, content)
        layer.add_all(entries.whiteout(path) for path in documentation if path not in added)
    writer.finish("2024-01-01T00:00:00Z", {"Cmd": ["bash"]})


def unpacked(packages: Sequence[Package]) -> Iterator[Entry]:
    """Yield the packages' files as one layer: every path once, on the merged /usr that Debian has."""
    seen = set(MERGED) | {".", ""}
    for package in packages:
        for member, content in package.entries():
            member.name = merged(member.name)
            if member.islnk():
                member.linkname = merged(member.linkname)
            if member.name not in seen:
                seen.add(member.name)
                yield member, content


def merged(path: str) -> str:
    """Return `path` without its leading "./", below usr/ where the root's directory is a link to there."""
    path = path.removeprefix("./")
    return "usr/" + path if path.partition("/")[0] in MERGED and "/" in path else path
