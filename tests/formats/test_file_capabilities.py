"""The extended attribute of file capabilities."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import FormatError
from generator.formats.file_capabilities import FileCapabilities, parse_capabilities


def test_revisions() -> None:
    """All three revisions are read; a bit without a name is told by its number."""
    one = struct.pack("<3I", 0x01000001, 1 << 13, 0)
    assert parse_capabilities(one, path="/x") == FileCapabilities(("cap_net_raw",), (), True, None)
    two = struct.pack("<5I", 0x02000000, 1 << 10, 1, 1 << 8 | 1 << 31, 0)
    assert parse_capabilities(two, path="/x") == FileCapabilities(
        ("cap_net_bind_service", "cap_checkpoint_restore", "cap_63"), ("cap_chown",), False, None
    )
    three = struct.pack("<6I", 0x03000001, 1 << 12, 0, 0, 0, 1000)
    assert parse_capabilities(three, path="/x") == FileCapabilities(("cap_net_admin",), (), True, 1000)


@given(st.binary(max_size=30))
def test_any_bytes(value: bytes) -> None:
    """Any bytes give capabilities or a FormatError that names the file."""
    try:
        parse_capabilities(value, path="/x")
    except FormatError as err:
        assert str(err).startswith("/x")
    else:
        assert len(value) in (12, 20, 24)


def test_length_and_revision_agree() -> None:
    """A revision with another revision's length is refused."""
    with pytest.raises(FormatError):
        parse_capabilities(struct.pack("<3I", 0x02000001, 0, 0), path="/x")
