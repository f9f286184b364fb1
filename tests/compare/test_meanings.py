"""The reviewed table of what options did: nothing in it is made up, and it covers what a move to Alpine loses."""

from pathlib import Path

import pytest

from generator.analysis.document import Document
from generator.compare.between import between
from generator.compare.changes import CommandChange, CommandChanges
from generator.compare.command_changes import providers
from generator.compare.lost_options import SILENT
from generator.compare.meanings import TABLES, explained, meanings
from generator.compare.options import options_of
from generator.formats.option import claim
from generator.oci.platform import Platform
from generator.store import documents, history

_STORE = Path(__file__).parents[2] / "data"
_ENTRIES = [
    (family, command, spelt)
    for family, commands in TABLES.items()
    if family != "coreutils-single"
    for command, options in commands.items()
    for spelt in options
]


def _document(name: str) -> Document:
    last = history.last(_STORE, name, Platform("linux", "amd64"))
    assert last is not None
    return documents.load(_STORE, last.subject)


@pytest.fixture(scope="module")
def debian() -> Document:
    """Give the recorded document of Debian."""
    return _document("debian-slim")


@pytest.fixture(scope="module")
def losing(debian: Document) -> list[CommandChange]:
    """Give the commands that lose options on the way from Debian to Alpine."""
    found = between(debian, _document("alpine")).commands
    assert isinstance(found, CommandChanges)
    return [one for one in found.both if one.provider_changed and one.lost]


def test_every_entry_is_an_option_that_the_real_command_has(debian: Document) -> None:
    """Each spelling is an option of Debian's command, read from its file, and the command is that package's."""
    there = providers(debian)
    wrong = []
    for family, command, spelt in _ENTRIES:
        found, provider = there[command]
        options = {one.name for one in options_of(found.options).options}
        wrong += [(command, one) for one in spelt.split() if one not in options or provider.family != family]
    assert wrong == []


def test_no_spelling_stands_twice() -> None:
    """An option of a command has one meaning."""
    seen = [(family, command, name) for family, command, spelt in _ENTRIES for name in spelt.split()]
    assert len(set(seen)) == len(seen)


def test_most_of_what_alpine_loses_is_told(losing: list[CommandChange]) -> None:
    """Of at least 40 commands and 400 options that are lost, it is told what they did."""
    told = {one.name: sum(len(row.lost) for row in explained(one)[0]) for one in losing}
    assert sum(told.values()) >= 400
    assert sum(count > 0 for count in told.values()) >= 40


def test_every_lost_option_stands_once(losing: list[CommandChange]) -> None:
    """An option is either told or stands without words; spellings that are kept are in the other image."""
    for one in losing:
        rows, others = explained(one)
        names = [option.name for row in rows for option in row.lost] + [option.name for option in others]
        assert sorted(names) == sorted(option.name for option in one.lost)
        after = options_of(one.after.options)
        assert all(claim(after, name) not in SILENT for row in rows for name in row.kept)
    grep = next(one for one in losing if one.name == "grep")
    (recursive,) = [row for row in explained(grep)[0] if any(one.name == "--recursive" for one in row.lost)]
    assert recursive.kept == ("-r",)


def test_another_program_of_the_same_name_has_no_meanings() -> None:
    """What an option means is known by package: nothing is said of BusyBox's or an unowned file's."""
    assert meanings("coreutils", "ls")["--zero"].words
    assert meanings("busybox", "ls") == meanings("/bin/ls", "ls") == meanings("coreutils", "grep") == {}
