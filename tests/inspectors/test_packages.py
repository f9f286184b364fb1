"""The packages inspector: what databases say, held against the files that are there."""

import base64
import tarfile

from generator.analysis import tree_view
from generator.analysis.document import Document
from generator.analysis.sections.packages import Packages
from tests.builders import directory, file, hard_link, image, symlink, tar
from tests.opened import analyzed

Entries = list[tuple[tarfile.TarInfo, bytes]]

APK = (
    b"P:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\no:musl\nI:600\nT:the C library\nF:lib\nR:ld-musl-x86_64.so.1\n"
    b"R:gone\n\nP:busybox\nV:1.36-r1\nF:bin\nR:busybox\n\n"
)
STATUS = (
    b"Package: bash\nStatus: install ok installed\nVersion: 5.2\nArchitecture: amd64\nInstalled-Size: 7\n\n"
    b"Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
)


def inspected(*layers: Entries) -> tuple[Document, Packages]:
    """Analyze layers and return the document with its found packages."""
    document = analyzed(image([tar(layer) for layer in layers]))
    section = document.sections.packages
    assert section is not None
    assert section.found is not None, section.failure
    return document, section.found


def unowned(document: Document, found: Packages) -> list[str]:
    """Return the paths that nobody owns."""
    return [path for path, owner in zip(tree_view.paths(document.tree), found.owners, strict=True) if owner == -1]


def test_apk() -> None:
    """apk's packages, their files, what is missing and what nobody owns; links made afterwards are told apart."""
    document, found = inspected(
        [
            file("lib/apk/db/installed", APK),
            file("lib/ld-musl-x86_64.so.1", b"x" * 100),
            file("bin/busybox", b"y" * 50),
            symlink("bin/sh", "/bin/busybox"),
            file("opt/app", b"z" * 7),
        ]
    )
    assert [(one.name, one.version, one.owned_size, one.owned_count, one.missing_count) for one in found.packages] == [
        ("busybox", "1.36-r1", 50, 1, 0),
        ("musl", "1.2.5-r0", 100, 1, 1),
    ]
    assert found.packages[1].license == "MIT"
    assert (found.unowned_file_count, found.unowned_link_count, found.unowned_size) == (1, 1, 7)
    assert unowned(document, found) == ["/bin/sh", "/opt/app"]
    assert [(one.kind, one.path, one.layer, one.package_count) for one in found.databases] == [
        ("apk", "/lib/apk/db/installed", 0, 2)
    ]


def test_dpkg_through_merged_usr() -> None:
    """A package that lists /bin/bash owns /usr/bin/bash where /bin is a link to it; a removed package owns nothing."""
    document, found = inspected(
        [
            directory("usr/bin"),
            symlink("bin", "usr/bin"),
            file("usr/bin/bash", b"b" * 30),
            hard_link("usr/bin/h", "usr/bin/bash"),
        ],
        [
            file("var/lib/dpkg/status", STATUS),
            file("var/lib/dpkg/info/bash.list", b"/.\n/bin\n/bin/bash\n/usr/share/doc/bash\n"),
        ],
    )
    assert [(one.name, one.owned_size, one.owned_count, one.missing_count) for one in found.packages] == [
        ("bash", 30, 2, 1)
    ]
    assert unowned(document, found) == ["/usr/bin/h"]
    assert found.unowned_size == 0, "a hard link's bytes count at its first name"
    assert found.databases[0].layer == 1


def test_distroless_without_parent_directories() -> None:
    """status.d is read without Status: fields, without directory entries, with base64 names, and with md5sums."""
    name = base64.b64encode(b"tzdata").decode()
    document, found = inspected(
        [
            file("./var/lib/dpkg/status.d/base", b"Package: base-files\nVersion: 12\nArchitecture: amd64\n"),
            file("./var/lib/dpkg/status.d/base.md5sums", b"d41d8cd98f00b204e9800998ecf8427e  etc/issue\n"),
            file("./etc/issue", b"hi"),
        ],
        [file(f"./var/lib/dpkg/status.d/{name}", b"Package: tzdata\nVersion: 2024a\nArchitecture: all\n")],
    )
    assert [(one.name, one.owned_size) for one in found.packages] == [("base-files", 2), ("tzdata", None)]
    assert (found.databases[0].lists_files, found.unowned_file_count) == (False, None)
    assert unowned(document, found) == []


def test_none_and_broken_are_told_apart() -> None:
    """No database is absent; a damaged one has failed and names the file; an empty apk database is a found nothing."""
    assert analyzed(image([tar([file("a")])])).sections.packages.state == "absent"  # type: ignore[union-attr]
    for path, content in (
        ("var/lib/dpkg/status", b"Package: x\nStatus: y\n"),
        ("var/lib/rpm/rpmdb.sqlite", b"SQLite format 3\0"),
    ):
        section = analyzed(image([tar([file(path, content)])])).sections.packages
        assert section is not None
        assert section.state == "failed"
        assert section.failure is not None
        assert f"/{path}" in section.failure.text


def test_a_database_that_a_layer_deleted() -> None:
    """A database that a later layer removes is not there."""
    document = analyzed(image([tar([file("lib/apk/db/installed", APK)]), tar([file("lib/apk/.wh.db")])]))
    assert document.sections.packages is not None
    assert document.sections.packages.state == "absent"
