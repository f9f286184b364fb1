"""Licences of installed packages: in databases' fields, in Debian's copyright files, and in real distributions."""

import re
from pathlib import Path

import pytest

from generator.analysis.sections.packages import Packages
from generator.analyze import analyze_source
from generator.oci.platform import Platform
from generator.source.base import Surroundings
from tests.builders import file, image, symlink, tar
from tests.opened import analyzed

DOCS = Path("/usr/share/doc")
FORMAT = b"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"


def test_debian_copyright_files() -> None:
    """Machine-readable files give expressions, prose its references; links lead to other packages' files."""
    names = ("a", "linked", "prose", "gone", "empty", "binary")
    status = "".join(f"Package: {name}\nStatus: install ok installed\nVersion: 1\n\n" for name in names)
    document = analyzed(
        image(
            [
                tar([file("var/lib/dpkg/status", status.encode())]),
                tar(
                    [
                        file("usr/share/doc/a/copyright", FORMAT + b"Files: *\nLicense: GPL-2+ or Expat\n"),
                        symlink("usr/share/doc/linked", "a"),
                        file("usr/share/doc/prose/copyright", b"see /usr/share/common-licenses/GPL-3.\n"),
                        file("usr/share/doc/empty/copyright", b""),
                        file("usr/share/doc/binary/copyright", b"\0"),
                    ]
                ),
            ]
        )
    )
    found = found_of(document.sections.packages)
    assert [
        (one.name, said.expression, said.certainty, said.evidence, said.path, said.layer, said.reason)
        for one in found.packages
        if (said := one.license_found)
    ] == [
        ("a", "GPL-2.0-or-later OR MIT", "spdx", "copyright-format", "/usr/share/doc/a/copyright", 1, ""),
        ("binary", "", "unknown", "", "/usr/share/doc/binary/copyright", 1, "unreadable"),
        ("empty", "", "none", "", "/usr/share/doc/empty/copyright", 1, "not-said"),
        ("gone", "", "none", "", "/usr/share/doc/gone/copyright", None, "no-file"),
        ("linked", "GPL-2.0-or-later OR MIT", "spdx", "copyright-format", "/usr/share/doc/a/copyright", 1, ""),
        ("prose", "", "unknown", "prose", "/usr/share/doc/prose/copyright", 1, "prose"),
    ]
    assert [one.license_found.references for one in found.packages if one.license_found][-1] == ("GPL-3",)
    summary = found.licenses
    assert summary is not None
    assert (summary.spdx_count, summary.partly_count, summary.unknown_count, summary.none_count) == (2, 0, 2, 2)
    assert [(one.identifier, one.package_count) for one in summary.licenses] == [("GPL-2.0-or-later", 2), ("MIT", 2)]


def found_of(section: object) -> Packages:
    """Return what a section found."""
    found = getattr(section, "found", None)
    assert isinstance(found, Packages), section
    return found


@pytest.mark.parametrize(
    ("version", "certainties", "licenses"),
    [
        (
            "3.20.3",
            (14, 0, 0, 0),
            {
                "GPL-2.0-only": 7, "MIT": 4, "Apache-2.0": 2, "BSD-2-Clause": 1, "GPL-2.0-or-later": 1, "MPL-2.0": 1,
                "Zlib": 1,
            },
        ),
        ("3.6.5", (8, 1, 4, 0), {"GPL-2.0-only": 5, "MIT": 3, "GPL-2.0-or-later": 1, "Zlib": 1}),
    ],
)  # fmt: skip
def test_alpine(
    shared_images: Path, tmp_path: Path, version: str, certainties: tuple[int, ...], licenses: dict[str, int]
) -> None:
    """Alpine's fields counted by hand: SPDX since 3.20; in 3.6 GPL2 is known, BSD and custom are not."""
    source = f"rootfs:{shared_images / 'rootfs' / f'alpine-minirootfs-{version}-x86_64.tar.gz'}"
    document = analyze_source(source, Platform(), Surroundings(cache_folder=tmp_path)).document
    found = found_of(document.sections.packages)
    summary = found.licenses
    assert summary is not None
    counts = (summary.spdx_count, summary.partly_count, summary.unknown_count, summary.none_count)
    assert counts == certainties
    assert {one.identifier: one.package_count for one in summary.licenses} == licenses
    assert list(summary.licenses) == sorted(summary.licenses, key=lambda one: (-one.package_count, one.identifier))
    for one in found.packages:
        assert one.license_found is not None
        if version == "3.20.3":
            assert one.license_found.expression == one.license


def test_this_machines_debian() -> None:
    """Every installed package of a real Debian: told from prose as grep does, and only licences that its file names."""
    status = Path("/var/lib/dpkg/status")
    if not status.exists() or not DOCS.exists():
        pytest.skip("this machine is not of Debian's kind")
    names = sorted(set(re.findall(r"^Package: (\S+)$", status.read_text(encoding="utf-8", errors="replace"), re.M)))[
        :300
    ]
    stanzas = "".join(f"Package: {name}\nStatus: install ok installed\nVersion: 1\n\n" for name in names)
    entries = [file("var/lib/dpkg/status", stanzas.encode())]
    texts = {}
    for name in names:
        path = DOCS / name / "copyright"
        if path.is_file():
            texts[name] = path.read_bytes()
            entries.append(file(f"usr/share/doc/{name}/copyright", texts[name]))
    found = found_of(analyzed(image([tar(entries)])).sections.packages)
    by_name = {one.name: one.license_found for one in found.packages}
    assert len(by_name) == len(names)
    readable = 0
    for name, said in by_name.items():
        assert said is not None
        text = texts.get(name)
        if text is None:
            assert said.reason == "no-file"
            continue
        fields = re.findall(rb"^License:[ \t]*(\S.*)$", text, re.M | re.I)
        if said.evidence == "copyright-format":
            readable += 1
            assert re.match(rb"(?:#.*\n|\s)*Format(?:-Specification)?:.*(?:copyright-format|dep-?5)", text, re.I)
            written = b" ".join(b" ".join(fields).split()).decode(errors="replace")
            assert all(word in written for word in said.unknown if "(" not in word), name
            assert bool(said.expression) <= bool(said.identifiers)
        else:
            assert said.certainty == "unknown"
            assert not said.expression, "nothing is made of prose"
    if texts:
        assert readable
