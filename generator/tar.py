"""Tar streams: chunks of bytes in, one Entry at a time out, every file's content hashed as it passes.

Reads POSIX ustar and pax (IEEE Std 1003.1, pax, "ustar Interchange Format"), GNU (long names, base-256 numbers,
sparse files) and V7 headers. Where they leave room, it does as Go's archive/tar does, which container engines use.
Nothing is extracted and nothing is buffered but headers and the files that `keep` asks for; a stream is read to its
very end, past the archive's end marker, so that whoever hashes the chunks has seen them all.

Not read: multi-volume archives, and the contents of sparse files (their logical size is known, their digest is not).
Cost: about 6 µs an entry, and one sha256 over the contents.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any, Final, NamedTuple
from zlib import adler32

from generator import limits
from generator.errors import InvalidTar
from generator.warnings import WarningLog

BLOCK_SIZE: Final = 512

_HEADER: Final = struct.Struct("100s8s8s8s12s12s8sc100s8s32s32s8s8s155s12s")
_ZERO_BLOCK: Final = bytes(BLOCK_SIZE)
_EIGHT_SPACES: Final = b" " * 8
_EMPTY_DIGEST: Final = sha256().digest()
_KINDS: Final = {
    b"0": "-", b"\0": "-", b"7": "-", b"1": "h", b"2": "l", b"3": "c", b"4": "b", b"5": "d", b"6": "p",
    b"S": "-", b"D": "d",
}  # fmt: skip
_HEADER_ONLY: Final = b"123456"
_META: Final = b"xgLKX"
_XATTR: Final = "SCHILY.xattr."


class Entry(NamedTuple):
    """One member of a tar stream.

    `path` is cleaned: relative to the root directory, no "." or "..", no trailing slash, "" for the root itself;
    names that are not UTF-8 carry surrogate escapes. `kind` is `ls -l`'s letter, and h for a hard link, whose
    `target` is cleaned like a path; a symlink's `target` is as it stands. `digest` is the content's sha256, None for
    everything but regular files and for sparse ones. `content` is set only where it was asked for.
    """

    path: str
    kind: str
    size: int
    mode: int
    uid: int
    gid: int
    mtime: int
    target: str
    digest: bytes | None
    content: bytes | None
    xattrs: dict[str, bytes] | None
    device: tuple[int, int] | None
    facts: Mapping[str, Any] | None = None
    """What probes said of the content, by their names; set by whoever runs them."""


START_SIZE: Final = 20
"""Bytes of a file's beginning that `Keep` is shown: enough for any magic and for ELF's type and machine."""

Keep = Callable[[str, int, int, bytes], bool | Callable[[bytes], bool]]
"""Called with a regular file's path, size, mode and first bytes: whether its content is wanted whole.

A function for an answer is asked again once the content has passed, with its sha256. Contents that are not wanted
then have cost no copy.
"""


def read_entries(chunks: Iterator[bytes], *, where: str, keep: Keep, log: WarningLog, layer: int) -> Iterator[Entry]:
    """Yield the entries of a tar stream in order, then read `chunks` to the end.

    Raises InvalidTar, naming `where` and the offset, when the stream is not a tar or ends too early.
    """
    stream = _Stream(chunks, where)
    pax: dict[str, bytes] = {}
    long_name = long_target = b""
    while (block := stream.block()) is not None:
        if block == _ZERO_BLOCK:
            following = stream.block()
            if following is None or following == _ZERO_BLOCK:
                break
            raise stream.error("a header is expected, found zeros")
        header = _HEADER.unpack(block)
        _check_sum(block, header[6], stream)
        flag = header[7]
        size = _number(header[4], stream)
        if flag in _META:
            record = stream.record(size)
            if flag == b"x":
                pax = _pax_records(record, stream)
            elif flag == b"L":
                long_name = record.partition(b"\0")[0]
            elif flag == b"K":
                long_target = record.partition(b"\0")[0]
            else:
                _pax_records(record, stream)
                log.warn("global-header", layer=layer)
            continue
        entry = _entry(header, block, flag, size, pax, long_name, long_target, stream, keep, log, layer)
        pax, long_name, long_target = {}, b"", b""
        if entry is not None:
            yield entry
    else:
        if pax or long_name or long_target:
            raise stream.error("the stream ends after an extended header")
    if stream.drain():
        log.warn("trailing-bytes", layer=layer)


def _entry(
    header: tuple[bytes, ...], block: bytes, flag: bytes, size: int, pax: dict[str, bytes],
    long_name: bytes, long_target: bytes, stream: "_Stream", keep: Keep, log: WarningLog, layer: int,
) -> Entry | None:  # fmt: skip
    """Make one entry of its header, its extended headers and its content."""
    name_field, mode, uid, gid, _, mtime, _, _, target_field, magic, _, _, major, minor, prefix, _ = header
    name = name_field.partition(b"\0")[0]
    target = target_field.partition(b"\0")[0]
    if magic == b"ustar\x0000" and prefix[0]:
        if block[508:] == b"tar\0":  # Schily's star: the prefix is shorter, two times follow it
            prefix = prefix[:131]
        name = prefix.partition(b"\0")[0] + b"/" + name
    owner, group, modified = _number(uid, stream), _number(gid, stream), _number(mtime, stream)
    xattrs = None
    logical_size = None
    if pax:
        name = pax.get("path") or name
        target = pax.get("linkpath") or target
        size = _pax_number(pax, "size", size, stream)
        owner = _pax_number(pax, "uid", owner, stream)
        group = _pax_number(pax, "gid", group, stream)
        modified = _pax_number(pax, "mtime", modified, stream)
        xattrs = {key[len(_XATTR) :]: value for key, value in pax.items() if key.startswith(_XATTR)} or None
        logical_size = _pax_sparse(pax, stream)
        name = pax.get("GNU.sparse.name") or name
    name, target = long_name or name, long_target or target
    kind = _KINDS.get(flag)
    if kind == "-" and name.endswith(b"/"):
        kind, flag = "d", b"5"
    stored_size = 0 if flag in _HEADER_ONLY else size
    if stored_size < 0:
        raise stream.error(f"an entry of {stored_size} bytes")
    if flag == b"S":
        logical_size = _gnu_sparse(block, stream)
    path = clean_path(name)
    if path is None:
        log.warn("path-outside-root", path=name.decode("utf-8", "surrogateescape"), layer=layer)
        path = clean_path(name, clamp=True) or ""
    if kind != "-":
        stream.skip(stored_size)
        if kind is None:
            log.warn("unknown-entry-type", path="/" + path, layer=layer)
            return None
        link = target.decode("utf-8", "surrogateescape")
        if kind == "h":
            link = clean_path(target, clamp=True) or ""
        device = (_number(major, stream), _number(minor, stream)) if kind in "cb" else None
        return Entry(
            path, kind, 0, _number(mode, stream) & 0o7777, owner, group, modified,
            link, None, None, xattrs, device,
        )  # fmt: skip
    permissions = _number(mode, stream) & 0o7777
    digest: bytes | None
    content = None
    if logical_size is not None:
        log.warn("sparse-file", path="/" + path, layer=layer)
        stream.skip(stored_size)
        digest, size = None, logical_size
    elif wanted := keep(path, size, permissions, stream.start(size)):
        pieces, digest = stream.gather(size)
        if wanted is True or wanted(digest):
            content = _joined(pieces)
    else:
        digest = stream.digest(size) if size else _EMPTY_DIGEST
    return Entry(path, "-", size, permissions, owner, group, modified, "", digest, content, xattrs, None)


def clean_path(name: bytes, *, clamp: bool = False) -> str | None:
    """Return a member's name as a path from the root, without leading slash.

    A name that climbs above the root gives None, or with `clamp` stays at the root as `..` does in `/`.
    """
    if name[:2] == b"./":
        name = name[2:]
    if name[-1:] == b"/":
        name = name[:-1]
    path = name.decode("utf-8", "surrogateescape")
    if "//" not in path and "/." not in path and path[:1] not in ("/", "."):
        return path
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if parts:
                parts.pop()
            elif not clamp:
                return None
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


class _Stream:
    """The chunks as one stream with a position; the only place that knows where chunks end."""

    __slots__ = ("_buffer", "_chunks", "_position", "_start", "_where")

    def __init__(self, chunks: Iterator[bytes], where: str) -> None:
        self._chunks = chunks
        self._where = where
        self._buffer = b""
        self._position = 0
        self._start = 0  # of the buffer, in the stream

    def error(self, reason: str) -> InvalidTar:
        """Make the error for what stands here."""
        return InvalidTar(where=self._where, offset=self._start + self._position, reason=reason)

    def _next(self) -> bool:
        """Go to the next chunk, dropping what is left of this one; False at the end of the stream."""
        self._start += len(self._buffer)
        self._position = 0
        self._buffer = next(self._chunks, b"")
        while not self._buffer:
            following = next(self._chunks, None)
            if following is None:
                return False
            self._buffer = following
        return True

    def block(self) -> bytes | None:
        """Return the next 512 bytes, or None at the end of the stream."""
        position = self._position
        block = self._buffer[position : position + BLOCK_SIZE]
        self._position = position + len(block)
        while len(block) < BLOCK_SIZE:
            if not self._next():
                if block:
                    raise self.error("the stream ends inside a header")
                return None
            rest = self._buffer[: BLOCK_SIZE - len(block)]
            self._position = len(rest)
            block += rest
        return block

    def _pieces(self, size: int) -> Iterator[memoryview]:
        """Yield the next `size` bytes in pieces, then pass over the padding."""
        while size:
            available = len(self._buffer) - self._position
            if not available:
                if not self._next():
                    raise self.error(f"the stream ends {size} bytes early")
                continue
            taken = min(size, available)
            piece = memoryview(self._buffer)[self._position : self._position + taken]
            self._position += taken
            size -= taken
            yield piece

    def _pad(self, size: int) -> None:
        padding = -size % BLOCK_SIZE
        if padding:
            if len(self._buffer) - self._position >= padding:
                self._position += padding
            else:
                for _ in self._pieces(padding):
                    pass

    def digest(self, size: int) -> bytes:
        """Pass over `size` bytes and their padding, returning their sha256."""
        position = self._position
        end = position + size
        if end <= len(self._buffer):
            hasher = sha256(memoryview(self._buffer)[position:end])
            self._position = end
        else:
            hasher = sha256()
            for piece in self._pieces(size):
                hasher.update(piece)
        self._pad(size)
        return hasher.digest()

    def start(self, size: int) -> bytes:
        """Return the first bytes of a file of `size` bytes that begins here, without passing over them."""
        wanted = min(size, START_SIZE)
        while len(self._buffer) - self._position < wanted:
            rest = self._buffer[self._position :]
            if not self._next():
                raise self.error(f"the stream ends {size - len(rest)} bytes early")
            self._buffer = rest + self._buffer
            self._start -= len(rest)
        return self._buffer[self._position : self._position + wanted]

    def gather(self, size: int) -> tuple[list[memoryview], bytes]:
        """Return `size` bytes in the pieces in which they came, and their sha256, passing over their padding."""
        hasher = sha256()
        pieces = []
        for piece in self._pieces(size):
            hasher.update(piece)
            pieces.append(piece)
        self._pad(size)
        return pieces, hasher.digest()

    def read(self, size: int) -> bytes:
        """Return `size` bytes, passing over their padding."""
        content = b"".join(self._pieces(size))
        self._pad(size)
        return content

    def skip(self, size: int) -> None:
        """Pass over `size` bytes and their padding."""
        if size:
            for _ in self._pieces(size):
                pass
            self._pad(size)

    def record(self, size: int) -> bytes:
        """Return an extended header's record of `size` bytes."""
        if not 0 <= size <= limits.EXTENDED_HEADER_SIZE:
            raise self.error(f"an extended header of {size} bytes; at most {limits.EXTENDED_HEADER_SIZE} are allowed")
        return self.read(size)

    def drain(self) -> bool:
        """Read to the end; tell whether anything but zeros was left."""
        found = self._buffer[self._position :].strip(b"\0") != b""
        for chunk in self._chunks:
            found = found or chunk.strip(b"\0") != b""
        return found


def _joined(pieces: list[memoryview]) -> bytes:
    """Return the pieces as one, letting go of each as it is copied: a large content is in memory once."""
    pieces.reverse()
    whole = BytesIO()  # gives its buffer away without a copy
    while pieces:
        whole.write(pieces.pop())
    return whole.getvalue()


def _check_sum(block: bytes, field: bytes, stream: _Stream) -> None:
    """Check a header's sum, its own field counted as spaces.

    Adler-32's low half is 1 + the sum of the bytes, modulo 65521: the quickest sum at hand.
    """
    total = adler32(block[156:], adler32(_EIGHT_SPACES, adler32(block[:148]))) & 0xFFFF
    try:
        stored = int(field[:6], 8)
    except ValueError:
        stored = _number(field, stream)
    if total == (stored + 1) % 65521 and 0 <= stored <= 0xFF * BLOCK_SIZE:
        return
    rest = block[:148] + _EIGHT_SPACES + block[156:]
    if stored != sum(rest) - 256 * sum(byte > 127 for byte in rest):  # old tars summed signed characters
        raise stream.error("this is no tar header (its checksum is wrong)")


def _number(field: bytes, stream: _Stream) -> int:
    """Read a numeric field: octal text, or base-256 where the first bit is set."""
    if field[-1] <= 0x20:
        try:
            return int(field[:-1], 8)
        except ValueError:
            pass
    first = field[0]
    if first & 0x80:
        value = int.from_bytes(field, "big") & ((1 << (len(field) * 8 - 1)) - 1)
        if first & 0x40:
            value -= 1 << (len(field) * 8 - 1)
        if not -(2**63) <= value < 2**63:
            raise stream.error("a number that does not fit 64 bits")
        return value
    text = field.partition(b"\0")[0].strip(b" ")
    try:
        return int(text, 8) if text else 0
    except ValueError:
        raise stream.error(f"“{text.decode('latin-1')}” is not an octal number") from None


def _pax_records(record: bytes, stream: _Stream) -> dict[str, bytes]:
    """Read the records of a pax header: `LENGTH KEY=VALUE\\n`, repeated. A later record of a key wins."""
    records: dict[str, bytes] = {}
    start = 0
    while start < len(record):
        space = record.find(b" ", start, start + 20)
        length = record[start:space]
        end = start + int(length) if space > 0 and length.isdigit() else 0
        if not space + 1 < end <= len(record) or record[end - 1] != 0x0A:
            raise stream.error("a pax header with a wrong record length")
        key_bytes, equals, value = record[space + 1 : end - 1].partition(b"=")
        key = key_bytes.decode("utf-8", "surrogateescape")
        if not equals or not key or "\0" in key:
            raise stream.error("a pax header with a malformed record")
        if b"\0" in value and not key.startswith(_XATTR):
            raise stream.error(f"a pax header with a NUL in {key}")
        if key in ("GNU.sparse.offset", "GNU.sparse.numbytes"):
            key = "GNU.sparse.map"  # version 0.0 repeats them; only that there is a map matters here
        records[key] = value
        start = end
    return records


def _pax_number(pax: dict[str, bytes], key: str, otherwise: int, stream: _Stream) -> int:
    """Return a pax number's whole part, rounded down, or `otherwise` when there is none."""
    value = pax.get(key)
    if not value:
        return otherwise
    whole, point, fraction = value.partition(b".")
    digits = whole[1:] if whole[:1] == b"-" else whole
    fraction_fits = not point or (key == "mtime" and (not fraction or fraction.isdigit()))
    if not digits.isdigit() or len(digits) > 19 or not fraction_fits:
        raise stream.error(f"a pax header with a malformed {key}")
    number = int(whole)
    if not -(2**63) <= number < 2**63:
        raise stream.error(f"a pax header with a {key} that does not fit 64 bits")
    return number - 1 if whole[:1] == b"-" and fraction.strip(b"0") else number


def _pax_sparse(pax: dict[str, bytes], stream: _Stream) -> int | None:
    """Return the logical size of a sparse file in one of GNU's pax formats (0.0, 0.1, 1.0); None: not sparse."""
    if "GNU.sparse.major" not in pax and "GNU.sparse.map" not in pax and "GNU.sparse.size" not in pax:
        return None
    key = "GNU.sparse.realsize" if "GNU.sparse.realsize" in pax else "GNU.sparse.size"
    size = _pax_number(pax, key, -1, stream)
    if size < 0:
        raise stream.error("a sparse file without its size")
    return size


def _gnu_sparse(block: bytes, stream: _Stream) -> int:
    """Return the logical size of a sparse file in GNU's old format, passing over its extra map blocks."""
    extended = block[482]
    while extended:
        more = stream.block()
        if more is None:
            raise stream.error("the stream ends inside a sparse map")
        extended = more[504]
    size = _number(block[483:495], stream)
    if size < 0:
        raise stream.error("a sparse file of negative size")
    return size
