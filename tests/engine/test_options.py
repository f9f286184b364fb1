"""Claims about options, from whole documents, held against commands that run in containers of a real engine.

`CMD OPT --zzqq --zzqq` always ends in an error of the command's own option parser, so nothing is done, and the
message tells whether OPT or --zzqq was refused. One container an image runs one script with all questions; the
options asked about are those of the Debian image's commands of the same names, and the image's own.
"""

import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from generator.analysis.document import Document
from generator.analysis.sections.commands import Command
from generator.compare.options import options_of
from generator.formats.option import Claim, claim
from tests.engine.conftest import DocumentOf
from tests.engine.images import BUSYBOXES, Images
from tests.engines import DockerEngine
from tests.formats.probing import verdict

pytestmark = [pytest.mark.engine, pytest.mark.slow]

ALPINES = ("alpine-3.20.3", "alpine-3.14.10", "alpine-3.11")
NAMES = ("alpine-3.20.3", BUSYBOXES[0])
SHORT_RIGHT = 0.99
SHORT_RIGHT_BEFORE_CURATED = 0.94
_SCRIPT = """\
while read -r command option; do
  echo "@@ $command $option"
  timeout -s KILL 2 "$command" "$option" --zzqq --zzqq </dev/null 2>&1 | head -c 4000
  echo
done </questions
"""


class Measured(NamedTuple):
    """What running commands say about one image's claims."""

    commands: frozenset[str]
    counts: "Counter[tuple[bool, str, bool]]"
    """(long option, claim or "curated", accepted) → options."""
    wrong: list[tuple[str, str, str]]
    """Claims of a table that are not so."""


def commands_of(document: Document) -> dict[str, Command]:
    """Return the commands on PATH, by name."""
    section = document.sections.commands
    assert section is not None
    assert section.found is not None
    return {one.name: one for one in section.found.commands}


def asked(engine: DockerEngine, image: str, questions: Sequence[tuple[str, str]], folder: Path) -> dict[str, str]:
    """Run all questions in one container without network; question → what the command said."""
    folder.mkdir()
    (folder / "questions").write_text("".join(f"{command} {option}\n" for command, option in questions))
    (folder / "script").write_text(_SCRIPT)
    mounts = {str(folder / name): {"bind": f"/{name}", "mode": "ro"} for name in ("questions", "script")}
    with engine.client() as client:
        printed = client.containers.run(
            f"{image}:latest", ["sh", "/script"], network_mode="none", remove=True, volumes=mounts
        ).decode("latin-1")
    parts = re.split(r"^@@ (.*)\n", printed, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def measured(name: str, document_of: DocumentOf, images: Images, engine: DockerEngine, folder: Path) -> Measured:
    """Ask an image's applets about the options of Debian's commands of the same names, and about their own."""
    engine.load_layout(images.layout(name), name)
    ours, theirs = commands_of(document_of(name)), commands_of(document_of("debian"))
    applets = {one.name: one for one in ours.values() if one.kind == "applet" and one.options is not None}
    shared = {applet: one for applet, one in applets.items() if applet in theirs}
    parsing = asked(engine, name, [(one.path, "--zzxx") for one in shared.values()], folder / "parsing")
    said: dict[tuple[str, str], tuple[str, str]] = {}
    for applet, one in shared.items():
        if verdict("--zzxx", parsing[f"{one.path} --zzxx"]) is not False:
            continue  # its parser does not tell what it refuses
        found = theirs[applet].options
        command, compared = options_of(one.options), options_of(found)
        pairs: list[tuple[str, Claim]] = [(option.name, claim(command, option.name)) for option in command.options]
        if found is not None and (found.long_table or found.predicates):
            pairs += [(one.name, claim(command, one.name)) for one in compared.options if one.documented]
        evidence = {option.name: option.evidence for option in command.options}
        for option, what in pairs:
            said[one.path, option] = (applet, "curated" if evidence.get(option) == "curated" else what)
    answers = asked(engine, name, list(said), folder / "asked")
    counts: Counter[tuple[bool, str, bool]] = Counter()
    wrong = []
    for (path, option), (_, words) in said.items():
        taken = verdict(option, answers[f"{path} {option}"])
        if taken is None:
            continue
        counts[option.startswith("--"), words, taken] += 1
        if (words, taken) in (("not in the option table", True), ("in the option table", False)):
            wrong.append((path, option, words))
    return Measured(frozenset(applet for applet, _ in said.values()), counts, wrong)


@pytest.mark.parametrize("name", NAMES)
def test_claims_equal_what_containers_accept(
    name: str,
    document_of: DocumentOf,
    images: Images,
    docker_overlay2: DockerEngine,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of 40 commands, no long option said to be in no table is accepted, and 99 % of the short ones are said right.

    Without the curated list 94 % of the short ones are right. What a table has or a usage text documents is accepted.
    """
    commands, counts, wrong = measured(name, document_of, images, docker_overlay2, tmp_path)
    refused, surprising = counts[False, "not documented", False], counts[False, "not documented", True]
    before = surprising + counts[False, "curated", True]
    right, right_before = refused / (refused + surprising), refused / (refused + before)
    absent = counts[True, "not in the option table", False]
    with capsys.disabled():  # the figures are worth reading also where all is well
        sys.stdout.write(
            f"\n{name}: {len(commands)} commands, {counts.total()} options; long ones in no table {absent}, "
            f"false {counts[True, 'not in the option table', True]}; short ones not documented "
            f"{refused + before}, right {right_before:.1%} before and {right:.1%} after the curated list\n"
        )
    assert len(commands) >= 40, sorted(commands)
    assert wrong == []
    assert absent > 150, counts
    assert refused > 350, counts
    assert right >= SHORT_RIGHT, counts
    assert right_before >= SHORT_RIGHT_BEFORE_CURATED, counts
    documented = {
        taken: counts[False, "documented", taken] + counts[True, "documented", taken] for taken in (True, False)
    }
    assert documented[True] / sum(documented.values()) >= SHORT_RIGHT, counts


@pytest.mark.parametrize("name", [*ALPINES, *BUSYBOXES, "busybox-static"])
def test_applets_are_those_busybox_lists(
    name: str, document_of: DocumentOf, images: Images, docker_overlay2: DockerEngine
) -> None:
    """The document has the applets that `busybox --list` prints in a container, in its order, and no other name."""
    docker_overlay2.load_layout(images.layout(name), name)
    section = document_of(name).sections.multicall
    assert section is not None
    assert section.found is not None
    (group,) = [one for one in section.found.groups if one.family == "busybox"]
    with docker_overlay2.client() as client:
        said = client.containers.run(
            f"{name}:latest", ["--list"], entrypoint=[group.path], network_mode="none", remove=True
        )
    assert list(group.applets) == said.decode().split()
    assert group.verified
    assert len(group.applets) > 250
