"""X.509 certificates (RFC 5280) in DER → the few facts that a page shows. The door to `cryptography`, opened late.

Not read: extensions, names other than the subject's, and whether any signature is right: a root is trusted because it
lies in the bundle, not because of its signature.
"""

import re
import warnings
from typing import TYPE_CHECKING, Final

import msgspec

from generator.errors import FormatError

if TYPE_CHECKING:
    from cryptography import x509

CERTIFICATE_SIZE: Final = 64 * 1024
"""Bytes of one certificate; a large one has two thousand."""

_NAME_LENGTH: Final = 400
"""Characters of a subject; RFC 5280 bounds its parts at 64 each."""
_EDWARDS: Final = {"1.3.101.112": ("Ed25519", 256), "1.3.101.113": ("Ed448", 456)}
_OIDS: Final = {
    "1.2.840.113549.1.1.1": "RSA",
    "1.2.840.113549.1.1.10": "RSA-PSS",
    "1.2.840.10045.2.1": "EC",
    "1.2.840.10040.4.1": "DSA",
}
_PSS: Final = "1.2.840.113549.1.1.10"


class Certificate(msgspec.Struct, frozen=True):
    """One certificate."""

    name: str
    """The subject's common name; without one its organisational unit, organisation, or the whole subject."""
    subject: str
    """RFC 4514, most specific part first."""
    self_issued: bool
    """Whether issuer and subject are the same: a root."""
    not_before: str
    not_after: str
    """RFC 3339 in UTC."""
    key_algorithm: str
    """RSA, EC, Ed25519 …; an object identifier where the algorithm has no name here."""
    key_bits: int | None
    """Bits of RSA's or DSA's modulus or the curve's field; None where the key cannot be read."""
    key_curve: str
    signature_algorithm: str
    """`sha256WithRSAEncryption` and so on; an object identifier where it has no name."""
    signature_hash: str
    """sha1, sha256 …; "" where the algorithm has none of its own (Ed25519), or is not known."""
    fingerprint: str
    """sha256 of the DER bytes, hex."""


def parse_certificate(der: bytes) -> Certificate:
    """Read one certificate; bytes after it (OpenSSL's trusted certificates have some) are left aside.

    Raises FormatError, its path and offset left to the caller.
    """
    der = _first_element(der)
    from cryptography import exceptions, x509

    refused = (ValueError, TypeError, OverflowError, x509.InvalidVersion, exceptions.UnsupportedAlgorithm)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about serial numbers and parameters that standards forbid and roots have
        try:
            return _read(x509.load_der_x509_certificate(der))
        except refused as err:
            raise FormatError(path="", offset=0, rule=f"an X.509 certificate ({_sentence(err)})") from err


def _first_element(der: bytes) -> bytes:
    """Return the outermost SEQUENCE, by its own length (X.690, 8.1.3)."""
    rule = "an X.509 certificate (a DER sequence of at most 64 KiB)"
    if len(der) < 4 or der[0] != 0x30:
        raise FormatError(path="", offset=0, rule=rule)
    length, start = der[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(der[2:start], "big") if start <= 6 else CERTIFICATE_SIZE
    if start + length > min(len(der), CERTIFICATE_SIZE):
        raise FormatError(path="", offset=0, rule=rule)
    return der[: start + length]


def _read(certificate: "x509.Certificate") -> Certificate:
    from cryptography.hazmat.primitives.hashes import SHA256

    subject = certificate.subject
    key_algorithm, key_bits, key_curve = _key(certificate)
    oid = certificate.signature_algorithm_oid
    return Certificate(
        name=_name(subject),
        subject=_shortened(subject.rfc4514_string()),
        self_issued=subject == certificate.issuer,
        not_before=certificate.not_valid_before_utc.strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20),
        not_after=certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20),
        key_algorithm=key_algorithm,
        key_bits=key_bits,
        key_curve=key_curve,
        signature_algorithm=getattr(oid, "_name", "") if _named(oid) else oid.dotted_string,
        signature_hash=_hash(certificate),
        fingerprint=certificate.fingerprint(SHA256()).hex(),
    )


def _name(subject: "x509.Name") -> str:
    from cryptography.x509.oid import NameOID

    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in subject.get_attributes_for_oid(oid):
            if isinstance(attribute.value, str) and attribute.value.strip():
                return _shortened(attribute.value)
    return _shortened(subject.rfc4514_string())


def _key(certificate: "x509.Certificate") -> tuple[str, int | None, str]:
    """Return the key's algorithm, bits and curve. A key of an unknown algorithm does not spoil its certificate."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

    oid = certificate.public_key_algorithm_oid.dotted_string
    if oid in _EDWARDS:
        return (*_EDWARDS[oid], "")
    algorithm = _OIDS.get(oid, oid)
    try:
        key = certificate.public_key()
    except (ValueError, TypeError, OverflowError, UnsupportedAlgorithm):
        return algorithm, None, ""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return algorithm, key.key_size, key.curve.name
    if isinstance(key, rsa.RSAPublicKey | dsa.DSAPublicKey):
        return algorithm, key.key_size, ""
    return algorithm, None, ""


def _hash(certificate: "x509.Certificate") -> str:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        algorithm = certificate.signature_hash_algorithm
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return ""
    return algorithm.name if algorithm else ""


def _named(oid: "x509.ObjectIdentifier") -> bool:
    return getattr(oid, "_name", "Unknown OID") != "Unknown OID"


def _shortened(words: str) -> str:
    return words if len(words) <= _NAME_LENGTH else words[:_NAME_LENGTH] + "…"


def _sentence(err: Exception) -> str:
    return re.sub(r"\s+", " ", str(err))[:200]
