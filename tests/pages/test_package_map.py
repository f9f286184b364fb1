"""The treemap by package: every byte in one share, and a reason where there can be no picture."""

import html
import re
from collections.abc import Sequence

import msgspec
import pytest

from generator.analysis import tree_view
from generator.analysis.document import Document
from generator.analysis.sections.packages import InstalledPackage, PackageDatabase, Packages, PackagesSection
from generator.language import speaking
from generator.pages.package_map import LISTED, ROWS, package_map
from tests.pages.samples import document


def package(name: str) -> InstalledPackage:
    """Return a package of this name and nothing else."""
    return InstalledPackage(
        database=0, name=name, version="1", epoch=None, architecture="", source_name="", source_version="", license="",
        summary="", homepage="", maintainer="", installed_size=None, owned_size=0, owned_count=0, missing_count=0,
    )  # fmt: skip


def with_packages(names: Sequence[str], owners: Sequence[int], unowned_size: int | None = 0) -> Document:
    """Return a document whose entries belong to these packages, in turn."""
    one = document(word="owned")
    of_entry = [owners[number % len(owners)] for number in range(len(one.tree))]
    found = Packages(
        databases=(
            PackageDatabase(kind="apk", path="/lib/apk/db/installed", layer=0, package_count=1, lists_files=True),
        ),
        packages=tuple(package(name) for name in names),
        owners=of_entry,
        unowned_file_count=0,
        unowned_link_count=0,
        unowned_size=unowned_size,
    )
    section = PackagesSection(state="found", found=found)
    return msgspec.structs.replace(one, sections=msgspec.structs.replace(one.sections, packages=section))


def test_every_byte_is_in_one_share() -> None:
    """Packages, nobody's files and the package manager's records add up to rootfs_size."""
    one = with_packages(("musl", "busybox"), (0, 1, -1, -2))
    made = package_map(one)
    assert (
        made.whole == sum(row.size for row in made.rows) == one.sizes.rootfs_size == sum(tree_view.own_sizes(one.tree))
    )
    assert [row.kind for row in made.rows][-2:] == ["nobody", "records"]


def test_packages_beyond_the_rows_are_one_row() -> None:
    """No byte is left out for want of room, and what has no row in the page's table has no link."""
    names = [f"package-{number}" for number in range(LISTED + 5)]
    one = with_packages(names, range(LISTED + 5))
    made = package_map(one)
    assert sum(row.size for row in made.rows) == made.whole
    assert len([row for row in made.rows if row.kind == "package"]) <= ROWS


def test_a_name_is_inert_in_the_picture_and_in_the_address() -> None:
    """A package may be called anything."""
    made = package_map(with_packages(('<b>"&%',), (0,)))
    assert "<b>" not in made.picture
    assert 'href="#package-%3Cb%3E%22%26%25"' in html.unescape(made.picture)


def test_the_picture_reads_aloud() -> None:
    """It has a name, a description, and a title with the exact bytes on each block; in the language of the page."""
    one = with_packages(("musl", "busybox"), (0, 1, -1))
    picture = html.unescape(package_map(one).picture)
    assert 'role="group"' in picture
    assert re.search(r'<desc id="package-map-words">The largest: .* In no package: ', picture)
    assert picture.count("<title>") == picture.count("<rect") - 2  # the hatching has two
    with speaking("zh"):
        assert "不属于任何软件包" in package_map(one).picture


@pytest.mark.parametrize(
    ("section", "words"),
    [
        (None, "older"),
        (PackagesSection(state="absent"), "no package database"),
        (PackagesSection(state="failed"), "could not be read"),
        (with_packages(("a",), (0,), unowned_size=None).sections.packages, "does not list the files"),
    ],
)
def test_no_picture_without_the_facts(section: PackagesSection | None, words: str) -> None:
    """Where nobody can say whose a file is, that is said, and nothing is drawn."""
    one = document(word="owned")
    made = package_map(msgspec.structs.replace(one, sections=msgspec.structs.replace(one.sections, packages=section)))
    assert words in made.reason
    assert not made.picture
    assert not made.rows
