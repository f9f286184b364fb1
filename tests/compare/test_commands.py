"""Commands of many images: what each has under a name, which columns are one, what may be said of an option."""

import msgspec

from generator.analysis.sections.packages import InstalledPackage, PackageDatabase, Packages, PackagesSection
from generator.analysis.tree_view import paths
from generator.compare.commands import ImageCommands, Shared, commands_of, sheet_of, telling
from tests.pages.commands_sample import ALPINE, BUSYBOX, DEBIAN, GNU_LS, OLDER, SCRATCH, applet, with_commands
from tests.pages.samples import Entry, tree


def images() -> dict[str, ImageCommands]:
    """Return the commands of the sample's images."""
    shared = Shared()
    named = {"debian": DEBIAN, "alpine": ALPINE, "busybox": BUSYBOX, "scratch": SCRATCH, "older": OLDER}
    return {name: commands_of(one, shared) for name, one in named.items()}


def test_absent_and_not_known_are_told_apart() -> None:
    """An image without any command is known to have none; an older document says nothing."""
    found = images()
    assert (found["scratch"].known, len(found["scratch"].commands)) == (True, 0)
    assert (found["older"].known, len(found["older"].commands)) == (False, 0)


def test_providers_are_named_with_their_versions() -> None:
    """An applet is its binary's, a program its package's where one owns it, else its own file's."""
    listed = tree([Entry("usr/bin/ls", size=1), Entry("usr/bin/find", size=1), Entry("opt/ls", size=1)])
    owners = [-1] * len(listed)
    owners[paths(listed).index("/usr/bin/ls")] = 0
    package = InstalledPackage(0, "coreutils", "9.1-1", None, "amd64", "", "", "", "", "", "", 1, 1, 1, 0)
    database = PackageDatabase("dpkg", "/var/lib/dpkg/status", 0, 1, True)
    section = PackagesSection(state="found", found=Packages((database,), (package,), owners, 0, 0, 0))
    sections = msgspec.structs.replace(DEBIAN.sections, packages=section)
    commands = commands_of(msgspec.structs.replace(DEBIAN, tree=listed, sections=sections), Shared()).commands
    assert commands["ls"].provider == "coreutils 9.1-1"
    assert (commands["find"].provider, commands["find"].shown_provider) == ("", "/usr/bin/find")
    assert images()["alpine"].commands["ls"].provider == "BusyBox 1.36.1"


def test_equal_options_are_kept_once() -> None:
    """Images with the same BusyBox share its options."""
    found = images()
    assert found["alpine"].commands["ls"].options is found["busybox"].commands["ls"].options


def test_images_with_the_same_provider_are_one_column() -> None:
    """Columns are told apart by kind, version and options; the one with most options stands first."""
    sheet = sheet_of("ls", images())
    assert [(one.images, one.provided.shown_provider, one.count) for one in sheet.columns] == [
        (("debian",), "/usr/bin/ls", 4),
        (("alpine", "busybox"), "BusyBox 1.36.1", 3),
    ]
    newer = images() | {"new": commands_of(with_commands("new", applet("ls", GNU_LS, version="1.37.0")), Shared())}
    assert len(sheet_of("ls", newer).columns) == 3
    assert [one.images for one in sheet_of("ls", newer, most_columns=1).columns] == [("alpine", "busybox")]


def test_claims_are_those_that_the_evidence_carries() -> None:
    """A table's silence is a finding about long options only; other silence is silence of a text."""
    rows = {row.name: (row.claims, row.differs) for row in sheet_of("ls", images()).rows}
    assert list(rows) == ["-a", "-l", "-Z", "--all", "--color", "--time-style"]
    assert rows["-a"] == (("documented", "documented"), False)
    assert rows["-Z"] == (("accepted without being documented", "not documented"), True)
    assert rows["-l"] == (("not documented", "documented"), True)
    assert rows["--time-style"] == (("in the option table", "not in the option table"), True)
    assert rows["--color"] == (("not in the option table", "in the option table"), True)
    untabled = {row.name: row.claims for row in sheet_of("truncate", images()).rows}
    assert untabled["--size"] == ("in the option table", "no long-option table")


def test_what_was_not_analysed_is_no_difference() -> None:
    """A column that could not be analysed is said to be so, and makes no option differ."""
    sheet = sheet_of("ls", images() | {"odd": commands_of(with_commands("odd", applet("ls")), Shared())})
    assert not sheet.columns[-1].options.analysed
    assert {row.claims[-1] for row in sheet.rows} == {"not analysed"}
    assert [row.name for row in sheet.rows if not row.differs] == ["-a"]


def test_pages_are_for_commands_that_tell_images_apart() -> None:
    """Only names in two images count, and of those the ones with other options or another kind of provider."""
    assert [one.name for one in telling(images(), 10)] == ["[", "adduser", "find", "ls", "truncate"]
    assert [one.name for one in telling(images(), 1)] == ["ls"]
