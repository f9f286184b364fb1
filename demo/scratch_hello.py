"""An image like hello-world: `FROM scratch`, one tiny static program, and a history with no entries at all.

The program is machine code written down here (write(1, …); exit(0)), so no compiler is needed.
"""

import struct
from pathlib import Path

from demo import entries
from demo.layout import LayoutWriter

_MESSAGE = b"Hello from a file of its own.\n"
_LOAD_ADDRESS = 0x400000
_HEADERS_SIZE = 64 + 56


def assemble(writer: LayoutWriter, work: Path) -> None:
    """Write the image, always for amd64."""
    writer.architecture = {"architecture": "amd64"}
    with writer.layer("COPY hello /") as layer:
        layer.add(*entries.file("hello", program(), 0o755))
    writer.finish("2024-01-01T00:00:00Z", {"Cmd": ["/hello"]}, history=False)


def program() -> bytes:
    """Return a static x86-64 ELF executable that prints one line."""
    code_size = 34
    message_at = _LOAD_ADDRESS + _HEADERS_SIZE + code_size
    code = (
        b"\xb8\x01\x00\x00\x00"  # mov eax, 1 (write)
        b"\xbf\x01\x00\x00\x00"  # mov edi, 1 (standard output)
        b"\xbe" + struct.pack("<I", message_at) + b"\xba" + struct.pack("<I", len(_MESSAGE)) + b"\x0f\x05"  # syscall
        b"\xb8\x3c\x00\x00\x00"  # mov eax, 60 (exit)
        b"\x31\xff"  # xor edi, edi
        b"\x0f\x05"  # syscall
        b"\xf4\xf4\xf4"  # hlt: padding
    )
    assert len(code) == code_size
    size = _HEADERS_SIZE + len(code) + len(_MESSAGE)
    ident = b"\x7fELF" + bytes([2, 1, 1, 0]) + bytes(8)
    entry = _LOAD_ADDRESS + _HEADERS_SIZE
    header = ident + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, entry, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _LOAD_ADDRESS, _LOAD_ADDRESS, size, size, 0x1000)
    return header + segment + code + _MESSAGE
