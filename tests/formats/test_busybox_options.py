"""Options of BusyBox's applets: the usage grammar, and the claims against running applets."""

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.formats.busybox import BusyBox, LongOption, parse_busybox
from generator.formats.busybox_options import applet_options, usage_options
from generator.formats.elf import read_elf
from generator.formats.getopt_tables import read_options
from generator.formats.option import claim
from tests.formats.probing import accepted
from tests.formats.unpacked import command_paths


def kinds(usage: str, applet: str = "") -> dict[str, str]:
    """Return name → argument kind of a usage text."""
    return {option.name: option.argument for option in usage_options(usage, applet=applet)}


def test_the_synopsis() -> None:
    """Clusters, arguments, optional ones, alternatives and long options of a synopsis are told apart."""
    found = kinds("[-ab] [-o FILE] [-i[SFX]] [-f,s,w N] [-A SEC|-n] [--color[=WHEN]] -d DIR FILE")
    assert found == {
        **dict.fromkeys(("-a", "-b", "-n"), "none"),
        **dict.fromkeys(("-o", "-f", "-s", "-w", "-A"), "required"),
        **dict.fromkeys(("-i", "--color"), "optional"),
        "-d": "unknown",
    }


def test_the_body() -> None:
    """Lines that begin with an option name it, its long twin and its argument; combinations are no options."""
    body = (
        "[-l]\n\nDo it\n\n\t-m,--mount[=FILE]\tx\n\t-E STR,-e[STR]\tx\n\t-A,-p AF\tx\n\t-1..9\tLevel\n"
        "\t-lc\tList\n\t[-s] TIME\tSet\n\t--no-x\n\t-q      Quiet\n\t-M FILE Map file\n"
    )
    found = kinds(body)
    assert found["--mount"] == "optional"
    assert (found["-E"], found["-e"]) == ("required", "optional")
    assert (found["-A"], found["-p"], found["-s"], found["-M"]) == ("required",) * 4
    assert {f"-{digit}" for digit in range(1, 10)} <= found.keys()
    assert found["-q"] == "none" and "--no-x" in found and "-c" not in found


def test_commands_with_a_grammar_of_their_own() -> None:
    """find's words are predicates, tar's modes have no dash, kill's signal is no cluster of letters."""
    assert kinds("[-HL]\n\n\t-L,-follow\tx\n\t-name PATTERN\tx\n", "find").keys() == {"-H", "-L", "-follow", "-name"}
    assert {"-c", "-x"} <= kinds("c|x [-f FILE]\n\n\tc\tCreate\n\tx\tExtract\n", "tar").keys()
    assert kinds("[-l] [-SIG] PID...") == {"-l": "none"}


def applets(**changes: object) -> BusyBox:
    """Make a BusyBox of three applets."""
    values: dict[str, object] = {
        "version": "1.36.1",
        "built": "",
        "applets": ("chgrp", "chown", "dd", "mv"),
        "verified": True,
        "usages": (None, "[-RhLHPcvf]... USER FILE", "[if=FILE]", "[-fin] SOURCE DEST"),
        "twins": (("chgrp", "chown"),),
    }
    return BusyBox(**{**values, **changes})  # type: ignore[arg-type]


def test_twins_share_their_text_and_keywords_are_not_analysed() -> None:
    """An applet without text has its twin's options; dd's words are no options."""
    options = applet_options(applets())
    assert claim(options["chgrp"], "-R") == "documented"
    assert claim(options["dd"], "-x") == "not analysed"
    assert claim(options["mv"], "-x") == "not documented"
    assert claim(options["mv"], "--verbose") == "no long-option table"


def test_a_long_table_finds_its_applet_also_behind_foreign_bytes() -> None:
    """Whose a table is follows from its names, also where the bytes before it were read as part of the first."""
    rows = [("xinteractive", 0, "i"), ("force", 0, "f"), ("no-clobber", 0, "n"), ("verbose", 0, "v")]
    options = applet_options(applets(long_tables=(tuple(LongOption(*row) for row in rows),)))["mv"]
    assert claim(options, "--interactive") == "in the option table"
    assert claim(options, "--inter") == "in the option table"
    assert claim(options, "-v") == "in the option table"
    assert claim(options, "--backup") == "not in the option table"


def test_an_option_string_only_excuses() -> None:
    """The string with all documented letters and the fewest more: its others are accepted, not documented."""
    options = applet_options(applets(option_strings=("fincx", "abc", "finqrstuvwxyz")))["mv"]
    assert claim(options, "-c") == "accepted without being documented"
    assert claim(options, "-q") == "not documented"


@given(st.text(alphabet="-[]|,. \t\nabAB=F1<>", max_size=200))
def test_any_text_is_a_usage_text(usage: str) -> None:
    """Any text gives options, each with a name that a shell could pass."""
    for applet in ("", "find", "tar"):
        assert all(option.name.startswith("-") for option in usage_options(usage, applet=applet))


def gnu_options(applet: str) -> list[str]:
    """Return what this machine's own command of that name documents and has in its table."""
    program = shutil.which(applet, path="/usr/bin:/bin:/usr/sbin:/sbin")
    content = Path(os.path.realpath(program)).read_bytes() if program else b""
    if not content.startswith(b"\x7fELF") or b"BusyBox v" in content:
        return []
    command = read_options(read_elf(content, path=applet))
    tabled = command.long_table or command.predicates or applet in ("ps", "less")
    return [option.name for option in command.options if option.documented] if tabled else []


@pytest.mark.engine
@pytest.mark.slow
@pytest.mark.parametrize("name", ["3.20.3-x86_64", "busybox-1.37.0-glibc"])
def test_claims_equal_what_running_applets_accept(roots: dict[str, Path], name: str) -> None:
    """No long option "not in the option table" is accepted; short ones "not documented" are refused in 99 %.

    The options compared are those that this machine's commands of the same names document. Before the curated list
    94 % of the short ones are right; what is documented is accepted.
    """
    root = roots[name]
    options = applet_options(parse_busybox((root / "bin" / "busybox").read_bytes(), path=name))
    where = command_paths(root)
    parsing = accepted(root, [(where[applet], "--zzxx") for applet in options if applet in where])
    probes: dict[tuple[str, str], str] = {}
    commands = set()
    for applet, command in options.items():
        compared = gnu_options(applet)
        if not command.analysed or not compared or parsing.get((where.get(applet, ""), "--zzxx")) is not False:
            continue
        commands.add(applet)
        for option in {*compared, *(option.name for option in command.options)}:
            probes[where[applet], option] = applet
    results: Counter[tuple[bool, str, bool]] = Counter()
    wrong = []
    for (path, option), taken in accepted(root, probes).items():
        command = options[probes[path, option]]
        said: str = claim(command, option)
        if said == "accepted without being documented":
            evidence = next(each.evidence for each in command.options if each.name == option)
            said = "curated" if evidence == "curated" else said
        if taken is not None:
            results[option.startswith("--"), said, taken] += 1
            if (said == "not in the option table" and taken) or (said == "in the option table" and not taken):
                wrong.append((path, option, said))
    assert len(commands) >= 40, commands
    assert wrong == []
    assert results[True, "not in the option table", False] > 250, results
    refused, unexpected = results[False, "not documented", False], results[False, "not documented", True]
    assert refused > 500 and refused / (refused + unexpected) >= 0.99, results
    before = unexpected + results[False, "curated", True]
    assert refused / (refused + before) >= 0.94, results
    documented = results[False, "documented", True]
    assert documented / (documented + results[False, "documented", False]) >= 0.99, results
