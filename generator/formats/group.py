"""group(5): groups of accounts, one a line, fields between colons; read as passwd is."""

import msgspec

from generator.formats.passwd import account_id, account_lines


class GroupEntry(msgspec.Struct, frozen=True):
    """One line of group. `members`: those whom passwd does not put into it anyway."""

    name: str
    gid: int
    members: tuple[str, ...]


class GroupFile(msgspec.Struct, frozen=True):
    """The file: its groups in order, and how many lines are none."""

    groups: tuple[GroupEntry, ...]
    malformed_count: int


def parse_group(content: bytes, *, path: str) -> GroupFile:
    """Read group; raises FormatError for a binary file only."""
    groups = []
    malformed_count = 0
    for line in account_lines(content, path=path):
        fields = line.split(":")
        gid = account_id(fields[2]) if len(fields) == 4 else None
        if gid is None or not fields[0]:
            malformed_count += 1
            continue
        groups.append(GroupEntry(fields[0], gid, tuple(one for one in fields[3].split(",") if one)))
    return GroupFile(tuple(groups), malformed_count)
