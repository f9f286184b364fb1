"""PEM files (RFC 7468): certificates, and the kinds of private keys, of a file that may hold many blocks.

In: a file's bytes, text between blocks included. Out: what its blocks are. A single certificate in DER, and PuTTY's
own key files, are read as well. Nothing of a private key goes further than its kind and whether it is encrypted.
Not read: certificate requests, revocation lists, public keys, parameters, PKCS #7 and PKCS #12. Linear in the bytes.
"""

import binascii
from base64 import b64decode
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from generator.errors import FormatError
from generator.formats.x509 import Certificate, parse_certificate

BLOCK_LIMIT: Final = 5_000
"""Blocks of one file; the largest bundles in use have a few hundred."""

_BEGIN: Final = b"-----BEGIN "
_END: Final = b"-----END "
_DASHES: Final = b"-----"
_LONGEST_LABEL: Final = 64
_CERTIFICATES: Final = frozenset({"CERTIFICATE", "TRUSTED CERTIFICATE", "X509 CERTIFICATE"})
_OPENSSH: Final = "OPENSSH PRIVATE KEY"
_OPENSSH_MAGIC: Final = b"openssh-key-v1\0"
_PUTTY: Final = b"PuTTY-User-Key-File-"
_DER_SEQUENCE: Final = b"\x30\x82"


class PrivateKey(msgspec.Struct, frozen=True):
    """That there is a private key, and nothing of it."""

    kind: str
    """The block's label: `RSA PRIVATE KEY`, `OPENSSH PRIVATE KEY`, `PGP PRIVATE KEY BLOCK` …"""
    encrypted: bool | None
    """Whether a passphrase protects it; None where the header does not say."""


class UnreadableBlock(msgspec.Struct, frozen=True):
    """A block that is not what its label says."""

    offset: int
    rule: str


class PemFile(msgspec.Struct, frozen=True):
    """What the blocks of one file are, in the file's order. A block of another kind is in none of these."""

    certificates: tuple[Certificate, ...]
    private_keys: tuple[PrivateKey, ...]
    unreadable: tuple[UnreadableBlock, ...]
    """Certificates that cannot be read, and blocks that do not end."""


class _Block(NamedTuple):
    label: str
    body: bytes
    offset: int
    whole: bool


def parse_pem(content: bytes) -> PemFile:
    """Read every block of a file; raises FormatError (its path left empty) only for too many of them."""
    certificates: list[Certificate] = []
    keys: list[PrivateKey] = []
    unreadable: list[UnreadableBlock] = []
    if content.startswith(_PUTTY):
        keys.append(PrivateKey("PuTTY private key", _putty_encrypted(content)))
    if content.startswith(_DER_SEQUENCE):
        _certificate(content, 0, certificates, unreadable)
    for number, block in enumerate(_blocks(content)):
        if number == BLOCK_LIMIT:
            raise FormatError(path="", offset=block.offset, rule=f"at most {BLOCK_LIMIT} blocks in one file")
        if block.label in _CERTIFICATES and not block.whole:
            unreadable.append(UnreadableBlock(block.offset, "a block ends with the label that it began with"))
        elif block.label in _CERTIFICATES:
            try:
                der = b64decode(_without_headers(block.body)[1], validate=False)
            except (binascii.Error, ValueError):
                unreadable.append(UnreadableBlock(block.offset, "the block is base64"))
            else:
                _certificate(der, block.offset, certificates, unreadable)
        elif block.label.endswith(("PRIVATE KEY", "PRIVATE KEY BLOCK")):
            keys.append(PrivateKey(block.label, _encrypted(block)))
    return PemFile(tuple(certificates), tuple(keys), tuple(unreadable))


def _certificate(der: bytes, offset: int, read: list[Certificate], unreadable: list[UnreadableBlock]) -> None:
    try:
        read.append(parse_certificate(der))
    except FormatError as err:
        unreadable.append(UnreadableBlock(offset, str(err.values["rule"])))


def _blocks(content: bytes) -> Iterator[_Block]:
    """Yield blocks by their labels. Each search begins where the last one ended, so that no byte is passed twice."""
    position = 0
    while (start := content.find(_BEGIN, position)) >= 0:
        label_start = start + len(_BEGIN)
        label_end = content.find(_DASHES, label_start, label_start + _LONGEST_LABEL + len(_DASHES))
        label = content[label_start:label_end] if label_end >= 0 else b""
        if not label or b"\n" in label:
            position = label_start
            continue
        body_start = label_end + len(_DASHES)
        end = content.find(_END, body_start)
        whole = end >= 0 and content.startswith(label + _DASHES, end + len(_END))
        yield _Block(label.decode("ascii", "replace"), content[body_start:end] if whole else b"", start, whole)
        if end < 0:
            return
        position = end + len(_END)


def _without_headers(body: bytes) -> tuple[bytes, bytes]:
    """Part the lines `Name: value` (RFC 1421), which an empty line ends, from the base64 after them."""
    if b":" not in body[:1000]:
        return b"", body
    headers, _, rest = body.replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")
    return headers, rest


def _encrypted(block: _Block) -> bool | None:
    if block.label.startswith("ENCRYPTED"):
        return True
    if block.label == _OPENSSH:
        return _openssh_encrypted(block.body)
    if block.label.startswith("PGP") or not block.whole:
        return None
    return b"ENCRYPTED" in _without_headers(block.body)[0]


def _openssh_encrypted(body: bytes) -> bool | None:
    """Read the cipher's name, PROTOCOL.key of OpenSSH: magic, then a string with its length before it."""
    try:
        start = b64decode(b"".join(body[:200].split())[:64], validate=True)
    except (binascii.Error, ValueError):
        return None
    if not start.startswith(_OPENSSH_MAGIC):
        return None
    length = int.from_bytes(start[15:19], "big")
    return start[19 : 19 + length] != b"none"


def _putty_encrypted(content: bytes) -> bool | None:
    for line in content[:1000].splitlines():
        name, _, value = line.partition(b":")
        if name == b"Encryption":
            return value.strip() != b"none"
    return None
