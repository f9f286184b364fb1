"""os-release files, real and strange."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import FormatError
from generator.formats.os_release import parse_os_release


def test_quotes_comments_and_order() -> None:
    """Values lose their quotes, comments and blank lines are passed over, a repeated name's last value wins."""
    content = b'# c\nNAME="Alpine Linux"\nID=alpine\n\nV=\'a b\'\nE="a\\"b"\nID=later\nnot an assignment\n1X=no\n'
    fields = parse_os_release(content, path="/etc/os-release")
    assert fields == {"NAME": "Alpine Linux", "ID": "later", "V": "a b", "E": 'a"b'}


@pytest.mark.parametrize("content", [b'NAME="open', b"a\0b", b"\x7fELF\0"])
def test_what_is_refused(content: bytes) -> None:
    """Open quotes and binary files are FormatErrors that name the file."""
    with pytest.raises(FormatError, match="/etc/os-release"):
        parse_os_release(content, path="/etc/os-release")


@given(st.binary(max_size=500))
def test_any_bytes(content: bytes) -> None:
    """Any bytes give fields or FormatError."""
    try:
        fields = parse_os_release(content, path="x")
    except FormatError:
        return
    assert all(name.isidentifier() for name in fields)


def test_a_value_of_absurd_length_is_refused() -> None:
    """A value that would take the shell grammar's reader seconds is no name of a distribution."""
    with pytest.raises(FormatError, match="line 2: a value of at most"):
        parse_os_release(b"ID=x\nNAME=" + b"$" * 20_000, path="x")
