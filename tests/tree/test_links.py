"""Ways through a finished file system: each link walked through once, however many lead through it."""

import tarfile
import time

import pytest

from generator.tar import read_entries
from generator.tree.filesystem import SquashedFilesystem
from generator.tree.squash import Squash
from generator.warnings import WarningLog
from tests.builders import directory, file, symlink, tar


def filesystem_of(*entries: tuple[tarfile.TarInfo, bytes]) -> SquashedFilesystem:
    """Make a file system of one layer."""
    squash = Squash(WarningLog())
    layer = tar(list(entries))
    squash.apply(read_entries(iter([layer]), where="t", keep=lambda *_: False, log=WarningLog(), layer=0), 0)
    return SquashedFilesystem(squash.root)


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("", ""),
        ("/", ""),
        ("bin", "usr/bin"),
        ("/bin/sh", "usr/bin/dash"),
        ("bin//./sh", "usr/bin/dash"),
        ("bin/../lib", "usr/lib"),
        ("../../bin", "usr/bin"),
        ("out", "usr/bin"),
        ("usr/bin/dash", "usr/bin/dash"),
        ("usr/bin/dash/x", None),
        ("nothing", None),
        ("nothing/..", None),
        ("self", None),
        ("self/x", None),
        ("x/" * 2100, None),
    ],
)
def test_where_paths_lead(path: str, real: str | None) -> None:
    """A look-up follows links inside the root, and ends at what is not there, goes in circles or is too long."""
    filesystem = filesystem_of(
        file("usr/bin/dash"),
        symlink("usr/bin/sh", "dash"),
        symlink("bin", "usr/bin"),
        directory("usr/lib"),
        symlink("out", "../../../bin"),
        symlink("self", "self"),
    )
    assert filesystem.real_path(path) == real
    assert (filesystem.find(path) is None) == (real is None)


def test_a_link_itself_is_found_through_links() -> None:
    """Without following, the last part alone stays a link."""
    filesystem = filesystem_of(file("usr/bin/dash"), symlink("usr/bin/sh", "dash"), symlink("bin", "usr/bin"))
    found = [filesystem.find(path, follow=False) for path in ("bin", "bin/sh", "/bin/dash", "bin/", "bin/none")]
    assert [one and one.kind for one in found] == ["l", "l", "-", "d", None]


def test_forty_links_in_a_row_are_followed_and_no_more() -> None:
    """A way may have 40 links, whether they are followed for the first time or known already."""
    links = [symlink(f"{number:02}", f"{number + 1:02}") for number in range(60)]
    filesystem = filesystem_of(*links, file("60"))
    assert filesystem.follow("00").broken == "loop"
    assert (filesystem.real_path("20"), filesystem.real_path("19")) == ("60", None)
    assert filesystem.real_path("./20") == "60"


def test_hostile_links_take_bounded_time() -> None:
    """20,000 links of 4,000 characters that lead 40 times through one another are each walked through once."""
    step = "d/../" * 790
    links = [symlink(f"link{number:05}", f"{step}link{number + 1:05}") for number in range(20_000)]
    filesystem = filesystem_of(directory("d"), *links, file("link20000"))
    start = time.process_time()
    broken = sum(filesystem.follow(path).broken == "loop" for path, file in filesystem.walk() if file.kind == "l")
    again = sum(filesystem.find(f"./{path}") is None for path, file in filesystem.walk() if file.kind == "l")
    assert broken == again == 20_000 - 40
    assert time.process_time() - start < 60


def test_links_through_links_twice_over_do_not_grow() -> None:
    """A link whose target leads twice through the next one doubles its hops, which are not counted to the end."""
    links = [symlink(f"{number:04}", f"{number + 1:04}/../{number + 1:04}") for number in range(2000)]
    assert filesystem_of(*links, directory("2000")).follow("0000").hops == 41


def test_what_is_made_of_a_file_system_is_made_once() -> None:
    """Whoever asks for the same thing gets the one that was made first."""
    filesystem = filesystem_of(file("a"))
    made: list[str] = []

    def paths(of: SquashedFilesystem) -> list[str]:
        made.extend(path for path, _ in of.walk())
        return made

    assert filesystem.once(paths) is filesystem.once(paths)
    assert made == ["a"]
