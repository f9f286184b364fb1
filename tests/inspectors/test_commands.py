"""The commands and multicall inspectors: names, links, what a shell finds first; real BusyBoxes decoded."""

from pathlib import Path
from typing import Any

import pytest

from generator.analysis.sections.commands import Command, Commands
from generator.analysis.sections.multicall import LinkGroup, Multicall
from generator.analyze import analyze_source
from generator.inspectors.trades import trades_of
from generator.oci.platform import Platform
from generator.probes.base import SIZE_LIMIT
from generator.source.base import Surroundings
from tests.builders import directory, file, hard_link, image, symlink, tar
from tests.opened import analyzed


def script(path: str, interpreter: str = "/bin/sh") -> Any:
    """Make an executable script."""
    return file(path, f"#!{interpreter}\nexit\n# {path}\n".encode(), mode=0o755)


def found(*entries: Any, env: tuple[str, ...] = ("PATH=/usr/bin:/bin:/opt",)) -> tuple[Commands, tuple[LinkGroup, ...]]:
    """Analyze one layer; return its commands and link groups."""
    sections = analyzed(image([tar(entries)], run={"Env": list(env)})).sections
    assert sections.commands is not None
    assert sections.commands.found is not None, sections.commands.failure
    groups = sections.multicall.found.groups if sections.multicall and sections.multicall.found else ()
    return sections.commands.found, groups


def test_a_shell_finds_the_first_name_on_path() -> None:
    """Of a name in two directories of PATH the first counts; the other is kept; beyond PATH is told apart."""
    commands, _ = found(
        script("bin/a"), script("usr/bin/a"), script("bin/b"), script("usr/libexec/c"), file("bin/data")
    )
    assert [(one.name, one.path, one.other_paths) for one in commands.commands] == [
        ("a", "/usr/bin/a", ("/bin/a",)),
        ("b", "/bin/b", ()),
    ]
    assert [one.path for one in commands.beyond] == ["/usr/libexec/c"]
    assert (commands.path_from, commands.path_folders) == ("configuration", ("/usr/bin", "/bin"))


def test_merged_usr_makes_nothing_twice() -> None:
    """Where /bin is a link to /usr/bin, every command is there once."""
    commands, groups = found(directory("usr/bin"), symlink("bin", "usr/bin"), script("usr/bin/a"))
    assert [(one.name, one.path, one.other_paths) for one in commands.commands] == [("a", "/usr/bin/a", ())]
    assert commands.path_folders == ("/usr/bin",)
    assert groups == ()


def test_names_of_one_file() -> None:
    """Symbolic links, hard links and alternatives lead to one file, and the way is kept."""
    commands, groups = found(
        script("usr/bin/mawk"),
        symlink("usr/bin/awk", "/etc/alternatives/awk"),
        symlink("etc/alternatives/awk", "../../usr/bin/mawk"),
        hard_link("usr/bin/other", "usr/bin/mawk"),
        symlink("usr/bin/dangling", "nowhere"),
        symlink("usr/bin/loop", "loop"),
    )
    by_name = {one.name: one for one in commands.commands}
    assert sorted(by_name) == ["awk", "mawk", "other"]
    assert {one.provider for one in by_name.values()} == {"/usr/bin/mawk"}
    assert (by_name["awk"].via_alternatives, by_name["mawk"].via_alternatives) == (True, False)
    (group,) = groups
    assert (group.path, group.names, group.via_alternatives) == ("/usr/bin/mawk", ("awk", "mawk", "other"), ("awk",))
    assert (group.symlink_count, group.hard_link_count, group.applets) == (2, 1, ())


def test_scripts_name_their_interpreter() -> None:
    """A script's interpreter is what its first line says, argument and all."""
    commands, _ = found(script("bin/x", "/usr/bin/env python3"), file("bin/y", b"#!\n", mode=0o755))
    assert [(one.kind, one.program) for one in commands.commands] == [
        ("script", "/usr/bin/env python3"),
        ("script", ""),
    ]


def test_a_program_that_cannot_be_read_is_a_command_all_the_same() -> None:
    """An executable that is broken, or too large to be read, is listed as unknown with the reason."""
    commands, groups = found(
        file("bin/broken", b"\x7fELF", mode=0o755),
        file("bin/large", b"\x7fELF\2\1\1".ljust(SIZE_LIMIT + 1, b"\0"), mode=0o755),
        symlink("bin/alias", "large"),
    )
    by_name = {one.name: one for one in commands.commands}
    assert {name: (one.kind, one.options, one.program) for name, one in by_name.items()} == {
        "alias": ("unknown", None, ""),
        "broken": ("unknown", None, ""),
        "large": ("unknown", None, ""),
    }
    assert by_name["large"].unread == by_name["alias"].unread == f"a file of at most {SIZE_LIMIT} bytes"
    assert by_name["broken"].unread.startswith("at 4: ")
    assert [(group.path, group.kind, group.names) for group in groups] == [
        ("/bin/large", "unknown", ("alias", "large"))
    ]


def test_alternatives_on_the_way_are_seen_through_links() -> None:
    """A way through /etc/alternatives is known of every link that leads through it, and of no other."""
    commands, _ = found(
        directory("alt"),
        script("usr/bin/one"),
        symlink("etc/alternatives/a", "/usr/bin/one"),
        symlink("usr/bin/a", "/etc/alternatives/a"),
        symlink("usr/bin/b", "a"),
        symlink("usr/bin/c", "one"),
        symlink("usr/bin/d", "../../alternatives/a"),
        symlink("alternatives", "etc/alternatives"),
    )
    assert {one.name: one.via_alternatives for one in commands.commands} == {
        "a": True,
        "b": True,
        "c": False,
        "d": True,
        "one": False,
    }


def test_nothing_to_call() -> None:
    """An image without any executable has no commands: absent, not failed."""
    sections = analyzed(image([tar([file("etc/passwd")])])).sections
    assert sections.commands is not None
    assert sections.multicall is not None
    assert (sections.commands.state, sections.multicall.state) == ("absent", "absent")


def test_without_path_the_engines_default_counts() -> None:
    """A configuration without PATH means what engines set."""
    commands, _ = found(script("sbin/a"), script("opt/b"), env=())
    assert ([one.name for one in commands.commands], commands.path_from) == (["a"], "default")


@pytest.mark.parametrize(
    ("name", "applet", "trades"),
    [
        ("python3.11", False, ("interpreter",)),
        ("x86_64-linux-gnu-gcc-12", False, ("compiler",)),
        ("dpkg", False, ("package manager",)),
        ("dpkg", True, ()),
        ("sh", True, ("shell",)),
        ("tcpdump", False, ("network tool", "debugger")),
        ("cat", False, ()),
        ("7", False, ()),
    ],
)
def test_trades(name: str, applet: bool, trades: tuple[str, ...]) -> None:
    """A trade is told from the name; BusyBox's dpkg is an applet and no package manager."""
    assert trades_of(name, applet=applet) == trades


# Real images


def real(source: str, folder: Path) -> tuple[dict[str, Command], LinkGroup]:
    """Analyze a real image; return its commands by name and its first link group."""
    sections = analyze_source(source, Platform(), Surroundings(cache_folder=folder)).document.sections
    assert sections.commands is not None
    assert sections.commands.found is not None
    assert sections.multicall is not None
    multicall: Multicall | None = sections.multicall.found
    assert multicall is not None
    return {one.name: one for one in sections.commands.found.commands}, multicall.groups[0]


@pytest.mark.parametrize(("library", "count"), [("glibc", 405), ("uclibc", 405), ("musl", 399)])
def test_the_official_busybox(shared_layouts: Path, tmp_path: Path, library: str, count: int) -> None:
    """Every command of the official images is a hard link to one file, and its table has as many as are published."""
    commands, group = real(f"oci:{shared_layouts}/busybox-1.37.0-{library}", tmp_path)
    assert (group.path, group.family, group.version, group.verified) == ("/bin/busybox", "busybox", "1.37.0", True)
    assert (len(group.applets), group.unlinked, group.foreign) == (count, (), ())
    assert (group.hard_link_count, group.symlink_count) == (count, 1)
    assert set(group.applets) <= set(commands)
    assert commands["dpkg"].trades == ()
    assert commands["ls"].options is not None
    assert "-l" in commands["ls"].options.by_evidence["usage text"]


@pytest.mark.parametrize(
    ("release", "count"),
    [
        ("3.6.5-x86_64", 306),
        ("3.14.10-x86_64", 299),
        ("3.19.4-x86_64", 304),
        ("3.20.3-x86_64", 304),
        ("3.20.3-aarch64", 304),
    ],
)
def test_alpines_commands_are_links_to_busybox(shared_images: Path, tmp_path: Path, release: str, count: int) -> None:
    """On every Alpine, each applet has one symbolic link, and apk is a program of its own."""
    commands, group = real(f"rootfs:{shared_images}/rootfs/alpine-minirootfs-{release}.tar.gz", tmp_path)
    assert (len(group.applets), group.symlink_count, group.hard_link_count) == (count, count, 0)
    assert (group.unlinked, group.foreign, group.verified) == ((), (), True)
    assert commands["ls"].kind == "applet"
    assert (commands["apk"].kind, commands["apk"].trades) == ("elf", ("package manager",))
