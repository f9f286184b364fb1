"""Scripts: what the first line says will run them.

In: the bytes of a file's beginning. Out: a frozen `Script`, or None for files without `#!`. Follows the kernel
(fs/binfmt_script.c, execve(2)): the line ends at a newline or after 256 bytes, blanks around the interpreter go
away, and all that follows the first word is one argument. `env` is looked through, as a person would.
"""

from typing import Final

import msgspec

_LINE_SIZE: Final = 256
"""What the kernel reads of a file to find its interpreter (BINPRM_BUF_SIZE)."""


class Script(msgspec.Struct, frozen=True):
    """The first line of a script."""

    interpreter: str
    """As it stands there, such as `/usr/bin/env`, with a carriage return that keeps it from running; may be empty."""
    argument: str
    program: str
    """The name of what runs in the end, such as `python3`; empty where the line names none."""


def read_script(content: bytes) -> Script | None:
    """Return what the first line names; never raises."""
    if not content.startswith(b"#!"):
        return None
    line = content[2:_LINE_SIZE].split(b"\n", 1)[0].split(b"\0", 1)[0].strip(b" \t")
    first, _, rest = line.replace(b"\t", b" ").partition(b" ")
    interpreter, argument = (each.strip(b" ").decode("utf-8", "surrogateescape") for each in (first, rest))
    program = interpreter.rsplit("/", 1)[-1]
    if program == "env":
        program = _behind_env(argument.split())
    return Script(interpreter, argument, program.rstrip("\r"))


def _behind_env(words: list[str]) -> str:
    """Return the program that env starts: the first word that is no option of env and no assignment."""
    for word in words:
        if word.startswith("-S") and len(word) > 2 and not word.startswith("--"):
            word = word[2:]
        if not word.startswith("-") and "=" not in word:
            return word.rsplit("/", 1)[-1]
    return ""
