"""Images with commands made by hand: a distribution with programs of its own, and two with the same BusyBox."""

import msgspec

from generator.analysis.document import Document
from generator.analysis.sections.commands import Command, CommandOptionsFound, Commands, CommandsSection
from generator.targets import Configuration, Group
from tests.pages.samples import Sample, document, outcome, target

GNU_LS = CommandOptionsFound(
    count=4,
    by_evidence={"inferred option string": ("-Z", "-a"), "table": ("--all", "--time-style=")},
    undocumented=("-Z",),
    long_table=True,
)
BUSYBOX_LS = CommandOptionsFound(
    count=3, by_evidence={"long table": ("--color[=]",), "usage text": ("-a", "-l")}, long_table=True
)
GNU_FIND = CommandOptionsFound(count=2, by_evidence={"table": ("-name=", "-printf=")}, predicates=True)
BUSYBOX_FIND = CommandOptionsFound(count=1, by_evidence={"usage text": ("-name=",)}, predicates=True)
UNTABLED = CommandOptionsFound(count=1, by_evidence={"usage text": ("-s",)})
TABLED = CommandOptionsFound(count=2, by_evidence={"table": ("--size=", "-s=")}, long_table=True)


def program(name: str, options: CommandOptionsFound | None = None, *trades: str) -> Command:
    """Make a program of its own."""
    return Command(name, f"/usr/bin/{name}", f"/usr/bin/{name}", 0, "elf", options=options, trades=trades)


def applet(name: str, options: CommandOptionsFound | None = None, *trades: str, version: str = "1.36.1") -> Command:
    """Make an applet of BusyBox."""
    return Command(
        name, f"/bin/{name}", "/bin/busybox", 0, "applet", program=f"busybox {version}", options=options, trades=trades
    )


def script(name: str) -> Command:
    """Make a script."""
    return Command(name, f"/usr/bin/{name}", f"/usr/bin/{name}", 0, "script", program="/bin/sh")


def with_commands(word: str, *commands: Command) -> Document:
    """Make a document with these commands, or with none at all."""
    found = Commands(("/bin",), "default", tuple(sorted(commands, key=lambda one: one.name)), ())
    section = CommandsSection(state="found", found=found) if commands else CommandsSection(state="absent")
    made = document(word=word)
    return msgspec.structs.replace(made, sections=msgspec.structs.replace(made.sections, commands=section))


DEBIAN = with_commands(
    "debian",
    program("ls", GNU_LS),
    program("find", GNU_FIND),
    program("truncate", TABLED),
    program("["),
    program("apt", None, "package manager"),
    script("adduser"),
)
ALPINE = with_commands(
    "alpine",
    applet("ls", BUSYBOX_LS),
    applet("find", BUSYBOX_FIND),
    applet("truncate", UNTABLED),
    applet("["),
    applet("adduser"),
    program("apk", None, "package manager"),
)
BUSYBOX = with_commands("busybox", applet("ls", BUSYBOX_LS), applet("find", BUSYBOX_FIND), applet("sh", None, "shell"))
SCRATCH = with_commands("scratch")
OLDER = document(word="older")


def commands_sample(**more: Document) -> Sample:
    """Make a site of these images, and of more by their names."""
    documents = {
        "debian": DEBIAN,
        "alpine": ALPINE,
        "busybox": BUSYBOX,
        "scratch": SCRATCH,
        "older": OLDER,
    } | more
    group = Group(name="all", title="All", targets=tuple(target(name) for name in documents))
    return Sample(
        Configuration(groups=(group,)),
        tuple(outcome(name, one.subject) for name, one in documents.items()),
        {one.subject: one for one in documents.values()},
    )
