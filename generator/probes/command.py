"""Executable files → what commands they are: the interpreter of a script, the applets of BusyBox and toybox, options.

A fact of the content alone: which names lead to the file is the inspectors' business.
"""

from typing import Final

import msgspec

from generator.errors import FormatError
from generator.formats import busybox, toybox
from generator.formats.busybox_options import applet_options
from generator.formats.elf import read_elf
from generator.formats.elf_facts import elf_facts
from generator.formats.getopt_tables import read_options
from generator.formats.option import NOT_ANALYSED, CommandOptions
from generator.formats.script import read_script
from generator.probes.base import Probe


class CommandFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an executable file says of itself as a command."""

    kind: str
    """elf (a program), script, or other (a library with execute permission, an unknown format)."""
    interpreter: str = ""
    """A script's, with its argument where that is the program (`/usr/bin/env python3`)."""
    family: str = ""
    """busybox or toybox: one program under many names, told by its own table of them."""
    version: str = ""
    verified: bool = False
    """Whether the table of applets has been checked against the number of usage texts."""
    applets: tuple[str, ...] = ()
    """In the table's order, which is that of `busybox --list`."""
    twins: tuple[tuple[str, ...], ...] = ()
    """Applets that enter the same code."""
    options: CommandOptions = NOT_ANALYSED
    """Of a program that is one command."""
    applet_options: dict[str, CommandOptions] = msgspec.field(default_factory=dict)


def wants(path: str, size: int, mode: int, start: bytes) -> bool:
    """Tell whether this is an executable program or script."""
    if not mode & 0o111:
        return False
    if start[:2] == b"#!":
        return True
    return start[:4] == b"\x7fELF" and ".so" not in path.rpartition("/")[2]


def read(content: bytes) -> CommandFacts:
    """Read one file; raises FormatError for a broken ELF file."""
    if script := read_script(content):
        return CommandFacts("script", interpreter=f"{script.interpreter} {script.argument}".strip())
    if busybox.is_busybox(content):
        try:
            found = busybox.parse_busybox(content, path="")
        except FormatError:
            pass  # a program that only mentions BusyBox
        else:
            return CommandFacts(
                "elf",
                family="busybox",
                version=found.version,
                verified=found.verified,
                applets=found.applets,
                twins=found.twins,
                applet_options=applet_options(found),
            )
    if toybox.is_toybox(content):
        try:
            box = toybox.parse_toybox(content, path="")
        except FormatError:
            pass  # likewise
        else:
            options = dict(box.options)
            return CommandFacts(
                "elf", family="toybox", version=box.version, verified=True, applets=box.commands, applet_options=options
            )
    file = read_elf(content, path="")
    if elf_facts(file).role != "program":
        return CommandFacts("other")
    return CommandFacts("elf", options=read_options(file))


PROBE: Final = Probe("command", 3, wants, read, CommandFacts)
