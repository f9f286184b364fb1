"""Files of accounts: passwd, shadow, group and nsswitch.conf."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import FormatError
from generator.formats.group import GroupEntry, parse_group
from generator.formats.nsswitch import parse_nsswitch
from generator.formats.passwd import Account, parse_passwd, parse_shadow

SECRET = "$6$salt$EncryptedPassword"


def test_passwd() -> None:
    """Accounts come in order with the kinds of their passwords; what is no account is counted."""
    content = (
        "root:x:0:0:root:/root:/bin/sh\r\n# comment\n\nopen::1:1::/:\nlocked:*:2:2::/:/bin/false\n"
        f"old:{SECRET}:3:3::/home/old:/bin/sh\n+nis::::::\nshort:x:4\n-no:x:5:5::/:\nbad:x:-1:0::/:\n:x:6:6::/:\n"
        "big:x:4294967295:0::/:\nlast:x:4294967294:7:a:b:c"
    )
    found = parse_passwd(content.encode(), path="/etc/passwd")
    assert found.accounts == (
        Account("root", 0, 0, "/root", "/bin/sh", "shadow"),
        Account("open", 1, 1, "/", "", "empty"),
        Account("locked", 2, 2, "/", "/bin/false", "locked"),
        Account("old", 3, 3, "/home/old", "/bin/sh", "set"),
        Account("last", 4294967294, 7, "b", "c", "shadow"),
    )
    assert found.malformed_count == 4
    assert "Encrypted" not in repr(found)


def test_shadow() -> None:
    """Of each account only the kind of its password is told; of two lines the first counts."""
    content = f"root:::0:::::\na:*:1\nb:!{SECRET}:1\nc:{SECRET}:1\nc::1\nd:!!:\nnothing\n"
    found = parse_shadow(content.encode(), path="/etc/shadow")
    assert found == {"root": "empty", "a": "locked", "b": "locked", "c": "set", "d": "locked"}


def test_group() -> None:
    """Groups come in order with their members."""
    found = parse_group(b"root:x:0:\nwheel:x:10:root,ann,\nbad:x:x:\nshort:x:1\n", path="/etc/group")
    assert found.groups == (GroupEntry("root", 0, ()), GroupEntry("wheel", 10, ("root", "ann")))
    assert found.malformed_count == 2


def test_nsswitch() -> None:
    """Databases have their sources with single blanks, comments left out."""
    content = b"# c\npasswd:\tfiles   systemd # why\nhosts: files dns [!UNAVAIL=return]\nnonsense\n: x\nempty:\n"
    assert parse_nsswitch(content, path="x") == {
        "passwd": "files systemd",
        "hosts": "files dns [!UNAVAIL=return]",
        "empty": "",
    }


@pytest.mark.parametrize("parse", [parse_passwd, parse_shadow, parse_group, parse_nsswitch])
def test_binary_files(parse: object) -> None:
    """A binary file is refused by its path."""
    with pytest.raises(FormatError, match="/etc/x"):
        parse(b"\x7fELF\0", path="/etc/x")  # type: ignore[operator]


@given(st.lists(st.sampled_from([b":", b"\n", b"x", b"0", b"root", b"\xff", b"#", b"+", b",", b"\r", b" ", b"\0"])))
def test_any_bytes(parts: list[bytes]) -> None:
    """Any bytes give accounts or FormatError."""
    for parse in (parse_passwd, parse_shadow, parse_group, parse_nsswitch):
        try:
            parse(b"".join(parts), path="x")
        except FormatError:
            assert b"\0" in parts
