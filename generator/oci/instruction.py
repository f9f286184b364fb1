"""A history step's `created_by` → the Dockerfile instruction behind it, as far as it can be told.

Builders write these lines for people, without a specification: the classic builder (`/bin/sh -c #(nop)  CMD …`),
BuildKit (`RUN /bin/sh -c … # buildkit`), with build arguments in front (`|1 A=b /bin/sh -c …`). What is none of
these is passed through as it stands, without an instruction.
"""

import re
from typing import Final, NamedTuple

_INSTRUCTIONS: Final = frozenset(
    {"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"}
    | {"ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
)
_SHELLS: Final = re.compile(
    r"(?:/bin/(?:ba|a|da)?sh|/bin/sh|cmd /S /C|powershell)(?: -o pipefail| -[a-z]+)* ", re.IGNORECASE
)
_BUILD_ARGUMENTS: Final = re.compile(r"\|(\d+) ")
_NO_OPERATION: Final = "#(nop)"


class Instruction(NamedTuple):
    """An instruction's keyword ("" when it cannot be told) and the rest of its line."""

    keyword: str
    text: str


def instruction_of(created_by: str) -> Instruction:
    """Read one `created_by`."""
    line = created_by.strip().removesuffix("# buildkit").rstrip()
    keyword, _, rest = line.partition(" ")
    if keyword in _INSTRUCTIONS:
        rest = rest.strip()
        return Instruction(keyword, _command(rest) if keyword == "RUN" else rest)
    command = _command(line)
    if command.startswith(_NO_OPERATION):
        keyword, _, rest = command[len(_NO_OPERATION) :].strip().partition(" ")
        if keyword in _INSTRUCTIONS:
            return Instruction(keyword, rest.strip())
        return Instruction("", command)
    if command != line:
        return Instruction("RUN", command)
    return Instruction("", line)


def _command(line: str) -> str:
    """Take build arguments and the shell off a command line; BuildKit's own shell stays unless it is the default."""
    arguments = _BUILD_ARGUMENTS.match(line)
    if arguments:
        shell = _SHELLS.search(line, arguments.end())
        return line[shell.end() :].strip() if shell else line
    shell = _SHELLS.match(line)
    return line[shell.end() :].strip() if shell else line
