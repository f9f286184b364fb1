"""Debian copyright files, in the machine-readable format and in prose."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import FormatError
from generator.formats.dpkg_copyright import Copyright, parse_copyright

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
    """The files' short names come in order of first use, once each; texts and paragraphs of texts are passed over."""
    assert parse_copyright(SAMPLE, path="x") == Copyright(True, ("GPL-2+ or MIT", "BSD-3-clause"))


def test_header_stands_in_for_files() -> None:
    """The header's licence counts when no paragraph of files has one."""
    head, _, _ = SAMPLE.partition(b"\n\n")
    assert parse_copyright(head + b"\nLicense: ISC\n\nLicense: MIT\n", path="x").names == ("ISC",)
    assert parse_copyright(head + b"\nLicense: ISC\n\nFiles: *\nLicense: MIT\n", path="x").names == ("MIT",)


def test_prose_refers() -> None:
    """Of prose only references to the common texts are told, once each, sorted, without the sentence's full stop."""
    text = b"the GNU GPL, /usr/share/common-licenses/GPL-2, or `/usr/share/common-licenses/Apache-2.0'.\n/usr/share/"
    found = parse_copyright(text + b"common-licenses/LGPL-2.1. /usr/share/common-licenses/GPL-2.", path="x")
    assert found == Copyright(False, references=("Apache-2.0", "GPL-2", "LGPL-2.1"))


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
    """Prose, other formats and files that name no licence give no name, not a guess."""
    assert parse_copyright(content, path="x") == Copyright(False)


@given(st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(SAMPLE.split(b"\n"))).map(b"\n".join)))
def test_any_bytes(content: bytes) -> None:
    """Any bytes give names, prose or, for binary files, FormatError."""
    try:
        found = parse_copyright(content, path="x")
    except FormatError:
        assert b"\0" in content
        return
    assert found.machine_readable == bool(found.names)
    assert all(found.names)


def test_this_machines_files() -> None:
    """Every installed copyright file is read, and the names are in its License fields."""
    paths = sorted(Path("/usr/share/doc").glob("*/copyright"))
    if not paths:
        pytest.skip("no copyright files on this machine")
    for path in paths:
        content = path.read_bytes()
        for name in parse_copyright(content, path=str(path)).names:
            assert name.split()[0].encode() in content
