"""Files of accounts: passwd(5) and shadow(5), one account a line, fields between colons.

As the C library reads them: lines that are no account are passed over (and counted here), of two lines for one name
or number the first counts. Never given further: a password, encrypted or not, only what kind of entry it is.
"""

from typing import Final

import msgspec

from generator.errors import FormatError

LOCKED: Final = "locked"
EMPTY: Final = "empty"
SET: Final = "set"
SHADOW: Final = "shadow"

_LARGEST_ID: Final = 2**32 - 2
"""uid_t has 32 bits, and -1 means no one."""


class Account(msgspec.Struct, frozen=True):
    """One line of passwd."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str
    password: str
    """locked, empty (anyone may be this user), set, or shadow (look there)."""


class Passwd(msgspec.Struct, frozen=True):
    """The file: its accounts in order, and how many lines are none."""

    accounts: tuple[Account, ...]
    malformed_count: int


def parse_passwd(content: bytes, *, path: str) -> Passwd:
    """Read passwd; raises FormatError for a binary file only."""
    accounts = []
    malformed_count = 0
    for line in account_lines(content, path=path):
        fields = line.split(":")
        uid, gid = (account_id(fields[2]), account_id(fields[3])) if len(fields) == 7 else (None, None)
        if uid is None or gid is None or not fields[0]:
            malformed_count += 1
            continue
        password = SHADOW if fields[1] == "x" else password_kind(fields[1])
        accounts.append(Account(fields[0], uid, gid, fields[5], fields[6], password))
    return Passwd(tuple(accounts), malformed_count)


def parse_shadow(content: bytes, *, path: str) -> dict[str, str]:
    """Return what kind of password each account has: locked, empty or set."""
    kinds: dict[str, str] = {}
    for line in account_lines(content, path=path):
        name, colon, rest = line.partition(":")
        if name and colon:
            kinds.setdefault(name, password_kind(rest.partition(":")[0]))
    return kinds


def password_kind(field: str) -> str:
    """Tell what a password field means: an encrypted one that cannot be one (`*`, `!…`) locks the account."""
    if not field:
        return EMPTY
    return LOCKED if field[0] in "*!" or field == "x" else SET


def account_id(field: str) -> int | None:
    """Read a uid or gid; None for what is none."""
    if not (field.isascii() and field.isdigit() and len(field) <= 10):
        return None
    number = int(field)
    return number if number <= _LARGEST_ID else None


def account_lines(content: bytes, *, path: str) -> list[str]:
    """Return the lines that are neither empty nor comments nor NIS's `+` and `-`."""
    if (found := content.find(b"\0")) >= 0:
        raise FormatError(path=path, offset=found, rule="a text file, found a NUL byte")
    lines = content.decode("utf-8", "replace").split("\n")
    return [line.rstrip("\r") for line in lines if line.strip() and line[0] not in "#+-"]
