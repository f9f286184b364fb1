"""Debian copyright files, in the machine-readable format and in prose."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import FormatError
from generator.formats.dpkg_copyright import parse_copyright

SAMPLE = b"""\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: x

Files: *
Copyright: 2020 X
License: GPL-2+  or   MIT
 text: of the license
 .
 License: not a field

# a comment
Files: debian/*
License: BSD-3-clause
stray line

License: MIT
 text
"""


def test_short_names() -> None:
    """The short names come in order of first use, once each; texts and stray lines are passed over."""
    assert parse_copyright(SAMPLE, path="x") == ("GPL-2+ or MIT", "BSD-3-clause", "MIT")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"This package was debianized by X.\nLicense: GPL\n",
        b"Format: https://other.invalid/1\nLicense: MIT\n",
        b"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n",
    ],
)
def test_not_known(content: bytes) -> None:
    """Prose, other formats and files that name no license give None, not a guess."""
    assert parse_copyright(content, path="x") is None


@given(st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(SAMPLE.split(b"\n"))).map(b"\n".join)))
def test_any_bytes(content: bytes) -> None:
    """Any bytes give names, None or, for binary files, FormatError."""
    try:
        names = parse_copyright(content, path="x")
    except FormatError:
        assert b"\0" in content
        return
    assert names is None or all(names)


def test_this_machines_files() -> None:
    """Every installed copyright file is read, and the names are in its License fields."""
    paths = sorted(Path("/usr/share/doc").glob("*/copyright"))
    if not paths:
        pytest.skip("no copyright files on this machine")
    for path in paths:
        content = path.read_bytes()
        for name in parse_copyright(content, path=str(path)) or ():
            assert name.split()[0].encode() in content
