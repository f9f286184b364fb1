"""Certificates and keys made for tests."""

import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

KEY = ec.generate_private_key(ec.SECP256R1())
PASSPHRASE = b"correct horse"


def certificate(
    name: str = "Test Root",
    *,
    not_after: str = "2030-01-01",
    issuer: str | None = None,
    key: Any = KEY,
) -> bytes:
    """Make a certificate in PEM; `issuer` is the subject itself where it is not given."""
    built = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer or name)]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.datetime(2000, 1, 2, 3, 4, 5))
        .not_valid_after(datetime.datetime.fromisoformat(not_after))
    )
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return built.sign(key, algorithm).public_bytes(Encoding.PEM)


def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    """Make an RSA key."""
    return rsa.generate_private_key(65537, bits)


def private_key(form: PrivateFormat, *, encrypted: bool = False) -> bytes:
    """Write KEY in one of its forms, in PEM."""
    return KEY.private_bytes(Encoding.PEM, form, BestAvailableEncryption(PASSPHRASE) if encrypted else NoEncryption())
