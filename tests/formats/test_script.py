"""First lines of scripts, as the kernel reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.formats.script import Script, read_script


@pytest.mark.parametrize(
    ("line", "script"),
    [
        (b"#!/bin/sh\nexit\n", Script("/bin/sh", "", "sh")),
        (b"#! \t/usr/bin/perl -w -T \n", Script("/usr/bin/perl", "-w -T", "perl")),
        (b"#!/usr/bin/env python3\n", Script("/usr/bin/env", "python3", "python3")),
        (b"#!/usr/bin/env -S A=1 /opt/node --x\n", Script("/usr/bin/env", "-S A=1 /opt/node --x", "node")),
        (b"#!/usr/bin/env -Sdeno run\n", Script("/usr/bin/env", "-Sdeno run", "deno")),
        (b"#!/bin/sh\r\n", Script("/bin/sh\r", "", "sh")),
        (b"#!/bin/sh\0more", Script("/bin/sh", "", "sh")),
        (b"#!\n", Script("", "", "")),
        (b"#!/usr/bin/env\n", Script("/usr/bin/env", "", "")),
        (b"#!/" + b"a" * 300, Script("/" + "a" * 253, "", "a" * 253)),
    ],
)
def test_first_lines(line: bytes, script: Script) -> None:
    """The interpreter, its one argument, and what runs in the end."""
    assert read_script(line) == script


@pytest.mark.parametrize("content", [b"", b"#", b" #!/bin/sh", b"\x7fELF", b"\xef\xbb\xbf#!/bin/sh"])
def test_what_is_no_script(content: bytes) -> None:
    """Only a file whose first two bytes are `#!` is a script."""
    assert read_script(content) is None


@given(st.binary(max_size=400))
def test_any_bytes_behind_the_mark(content: bytes) -> None:
    """Any first line gives a script, whatever it holds."""
    assert read_script(b"#!" + content) is not None
