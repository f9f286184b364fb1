"""File capabilities: the extended attribute `security.capability`, capabilities(7), `struct vfs_cap_data`."""

import struct
from typing import Final

import msgspec

from generator.errors import FormatError

ATTRIBUTE: Final = "security.capability"

_REVISIONS: Final = {1: 12, 2: 20, 3: 24}
"""Bytes of the attribute by revision."""
_EFFECTIVE: Final = 1
_NAMES: Final = (
    "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
    "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
    "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
    "sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
    "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
    "checkpoint_restore",
)  # fmt: skip
"""linux/capability.h, in the bits' order."""


class FileCapabilities(msgspec.Struct, frozen=True):
    """What a program gets when it starts, whoever starts it."""

    permitted: tuple[str, ...]
    """`cap_net_raw` and so on, in the order of their bits."""
    inheritable: tuple[str, ...]
    effective: bool
    """Whether the program has them from the start, without asking for them."""
    root_id: int | None
    """The user name space's root that they count for (revision 3); None: everywhere."""


def parse_capabilities(value: bytes, *, path: str) -> FileCapabilities:
    """Read the attribute; raises FormatError."""
    if len(value) < 4:
        raise FormatError(path=path, offset="security.capability", rule="a revision and its flags")
    (first,) = struct.unpack_from("<I", value)
    revision = first >> 24
    if _REVISIONS.get(revision) != len(value):
        raise FormatError(path=path, offset="security.capability", rule="revision 1, 2 or 3 and as many bytes")
    numbers = struct.unpack_from(f"<{(len(value) - 4) // 4}I", value, 4)
    permitted, inheritable = numbers[0], numbers[1]
    if revision > 1:
        permitted |= numbers[2] << 32
        inheritable |= numbers[3] << 32
    root_id = numbers[4] if revision == 3 else None
    return FileCapabilities(_names(permitted), _names(inheritable), bool(first & _EFFECTIVE), root_id)


def _names(bits: int) -> tuple[str, ...]:
    return tuple(f"cap_{_NAMES[bit]}" if bit < len(_NAMES) else f"cap_{bit}" for bit in range(64) if bits & (1 << bit))
