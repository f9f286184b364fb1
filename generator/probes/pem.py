"""Certificates and private keys: PEM files, single certificates in DER, PuTTY's key files."""

from typing import Final

from generator import limits
from generator.formats.pem import PemFile, parse_pem
from generator.probes.base import Probe

SIZE_LIMIT: Final = 8 * limits.MIB
"""Bytes of the largest file that is read; the bundles of distributions have a quarter to half of a mebibyte."""

_STARTS: Final = (
    *(
        b"-----BEGIN " + label
        for label in (
            b"CERTIFICA", b"TRUSTED C", b"X509 CERT", b"PRIVATE K", b"ENCRYPTED", b"OPENSSH P", b"RSA PRIVA",
            b"DSA PRIVA", b"EC PARAME", b"EC PRIVAT", b"PGP PRIVA", b"ANY PRIVA",
        )
    ),
    b"PuTTY-User-Key-File-",
)  # fmt: skip
"""As much of each as `wants` is shown."""
_FIRST: Final = frozenset(start[:5] for start in _STARTS)
_ENDINGS: Final = (".pem", ".crt", ".cer", ".key", ".p11-kit")
_DER_START: Final = b"\x30\x82"
_DER_ENDINGS: Final = (".crt", ".cer", ".der")


def wants(path: str, size: int, mode: int, start: bytes) -> bool:
    """Want what begins like a block, and what is called like one: bundles often begin with words about themselves."""
    if start.startswith(_DER_START):
        return path.endswith(_DER_ENDINGS) and size <= SIZE_LIMIT
    begins = start[:5] in _FIRST and start.startswith(_STARTS)
    return (begins or path.endswith(_ENDINGS)) and size <= SIZE_LIMIT


PROBE: Final = Probe("pem", 1, wants, parse_pem, PemFile)
