"""PEM files: certificates and private keys, honest and hostile."""

import base64
import hashlib
import time

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import FormatError
from generator.formats.pem import BLOCK_LIMIT, PemFile, PrivateKey, parse_pem
from generator.formats.x509 import CERTIFICATE_SIZE, parse_certificate
from tests.certificates import KEY, certificate, private_key, rsa_key


def der(pem: bytes) -> bytes:
    """Return what a single block holds."""
    return base64.b64decode(b"".join(pem.splitlines()[1:-1]))


def block(label: str, body: bytes) -> bytes:
    """Put bytes into a block."""
    return f"-----BEGIN {label}-----\n{base64.b64encode(body).decode()}\n-----END {label}-----\n".encode()


def test_what_a_certificate_says() -> None:
    """Name, dates, key, signature and fingerprint are the certificate's."""
    pem = certificate("Žluťoučký Root", not_after="2031-05-06 07:08:09", key=rsa_key(1024))
    (found,) = parse_pem("# Žluťoučký Root\n\n".encode() + pem).certificates
    assert msgspec.structs.asdict(found) == {
        "name": "Žluťoučký Root",
        "subject": "CN=Žluťoučký Root",
        "self_issued": True,
        "not_before": "2000-01-02T03:04:05Z",
        "not_after": "2031-05-06T07:08:09Z",
        "key_algorithm": "RSA",
        "key_bits": 1024,
        "key_curve": "",
        "signature_algorithm": "sha256WithRSAEncryption",
        "signature_hash": "sha256",
        "fingerprint": hashlib.sha256(der(pem)).hexdigest(),
    }


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (KEY, ("EC", 256, "secp256r1")),
        (ed25519.Ed25519PrivateKey.generate(), ("Ed25519", 256, "")),
    ],
)
def test_keys_of_other_kinds(key: object, told: tuple[str, int, str]) -> None:
    """Elliptic curves are told by their names."""
    (found,) = parse_pem(certificate(key=key, issuer="Another")).certificates
    assert (found.key_algorithm, found.key_bits, found.key_curve) == told
    assert not found.self_issued


def test_forms_of_a_certificate() -> None:
    """Text around, Windows line ends, old labels, OpenSSL's additions and bare DER give the same certificate."""
    pem = certificate()
    (plain,) = parse_pem(pem).certificates
    forms = [
        b"Certificate:\n    Data:\n" + pem + b"trailing",
        pem.replace(b"\n", b"\r\n"),
        block("X509 CERTIFICATE", der(pem)),
        block("TRUSTED CERTIFICATE", der(pem) + b"0\x0c0\n\x06\x08+\x06\x01\x05\x05\x07\x03\x01"),
        der(pem),
    ]
    assert [parse_pem(form).certificates for form in forms] == [(plain,)] * len(forms)


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (private_key(PrivateFormat.PKCS8), PrivateKey("PRIVATE KEY", False)),
        (private_key(PrivateFormat.PKCS8, encrypted=True), PrivateKey("ENCRYPTED PRIVATE KEY", True)),
        (private_key(PrivateFormat.TraditionalOpenSSL), PrivateKey("EC PRIVATE KEY", False)),
        (private_key(PrivateFormat.TraditionalOpenSSL, encrypted=True), PrivateKey("EC PRIVATE KEY", True)),
        (private_key(PrivateFormat.OpenSSH), PrivateKey("OPENSSH PRIVATE KEY", False)),
        (
            block("OPENSSH PRIVATE KEY", b"openssh-key-v1\0\0\0\0\x0aaes256-ctr\0\0\0\x06bcrypt" + bytes(range(90))),
            PrivateKey("OPENSSH PRIVATE KEY", True),
        ),
        (block("OPENSSH PRIVATE KEY", b"something else"), PrivateKey("OPENSSH PRIVATE KEY", None)),
        (block("PGP PRIVATE KEY BLOCK", b"x"), PrivateKey("PGP PRIVATE KEY BLOCK", None)),
        (b"PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\n", PrivateKey("PuTTY private key", False)),
        (b"PuTTY-User-Key-File-3: ssh-rsa\r\nEncryption: aes256-cbc\r\n", PrivateKey("PuTTY private key", True)),
        (b"-----BEGIN RSA PRIVATE KEY-----\nMIIE", PrivateKey("RSA PRIVATE KEY", None)),
    ],
)
def test_private_keys_without_their_secrets(content: bytes, key: PrivateKey) -> None:
    """A key's kind and whether a passphrase protects it are told, and nothing of the key itself."""
    found = parse_pem(content)
    assert found == PemFile((), (key,), ())
    body = content.splitlines()[1]
    assert body not in msgspec.json.encode(found)


def test_one_bad_block_spoils_no_other() -> None:
    """What is no certificate is counted with its place; the certificates around it are there."""
    good = certificate()
    cut = good[:200] + b"\n-----END CERTIFICATE-----\n"
    bad = block("CERTIFICATE", b"no certificate") + cut + good.replace(b"END CERTIFICATE", b"END SOMETHING")
    found = parse_pem(good + bad + good)
    assert len(found.certificates) == 2
    assert [one.offset for one in found.unreadable] == [
        len(good),
        len(good + block("CERTIFICATE", b"no certificate")),
        len(good + block("CERTIFICATE", b"no certificate") + cut),
    ]
    assert parse_pem(b"-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n") == PemFile(
        (), (), ()
    )


def test_a_key_that_is_not_known_spoils_no_certificate() -> None:
    """A certificate whose key's algorithm has no name here is listed with the algorithm's number."""
    pem = certificate(key=ed25519.Ed25519PrivateKey.generate())
    unknown = der(pem).replace(b"\x06\x03+ep", b"\x06\x03+ez")  # 1.3.101.112 → 1.3.101.122
    found = parse_certificate(unknown)
    assert (found.key_algorithm, found.key_bits, found.signature_algorithm) == ("1.3.101.122", None, "1.3.101.122")


def test_bounds() -> None:
    """Too many blocks are refused, a huge certificate is unreadable, and unfinished blocks take linear time."""
    with pytest.raises(FormatError, match="blocks"):
        parse_pem(block("PUBLIC KEY", b"x") * (BLOCK_LIMIT + 1))
    huge = b"\x30\x84" + (CERTIFICATE_SIZE * 2).to_bytes(4, "big") + bytes(CERTIFICATE_SIZE * 2)
    assert len(parse_pem(block("CERTIFICATE", huge)).unreadable) == 1
    start = time.perf_counter()
    assert len(parse_pem(b"-----BEGIN CERTIFICATE-----" * 300_000).unreadable) == 1
    assert parse_pem(b"-----BEGIN " * 700_000) == PemFile((), (), ())
    assert time.perf_counter() - start < 5


@given(st.binary(max_size=400), st.integers(0, 600), st.booleans())
def test_any_bytes(noise: bytes, place: int, in_der: bool) -> None:
    """Any bytes, alone or inside a certificate, give blocks or FormatError."""
    pem = certificate()
    content = der(pem)[:place] + noise + der(pem)[place + len(noise) :]
    parse_pem(noise)
    parse_pem(content if in_der else block("CERTIFICATE", content))


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_any_changed_byte(place: int, value: int) -> None:
    """A certificate with one byte changed is a certificate or unreadable, and nothing else is raised."""
    content = bytearray(der(certificate("x" * 40, key=KEY)))
    content[place % len(content)] = value
    found = parse_pem(block("CERTIFICATE", bytes(content)))
    assert len(found.certificates) + len(found.unreadable) == 1
    msgspec.json.encode(found)
