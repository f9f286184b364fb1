"""Certificates of authorities: the bundles that programs trust, and every other certificate in the image.

The facts come from the `pem` probe. Expiry is judged against the image's own date, because a document has no clock.
Not read: Java's key stores, PKCS #12, NSS databases (their paths are listed), and whether a program would use a
bundle of its own, such as Python's certifi (it is listed with the rest).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from generator import text
from generator.analysis.sections.certificates import (
    Certificates,
    CertificatesSection,
    CertificateStore,
    TrustedCertificate,
)
from generator.errors import FormatError
from generator.formats.pem import PemFile
from generator.formats.x509 import Certificate
from generator.inspectors.base import File, Filesystem, Inspector
from generator.oci.documents import Config
from generator.oci.time import read_created
from generator.probes.base import Unreadable

DEFAULT_BUNDLES: Final = (
    "etc/ssl/certs/ca-certificates.crt",
    "etc/pki/tls/certs/ca-bundle.crt",
    "etc/ssl/ca-bundle.pem",
    "etc/pki/tls/cacert.pem",
    "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "etc/ssl/cert.pem",
)
"""Where Go's crypto/x509 looks (root_linux.go), and with it every distribution's OpenSSL and GnuTLS."""

_HASH_DIRECTORY: Final = "etc/ssl/certs"
_HASH_LINK: Final = re.compile(r"[0-9a-f]{8}\.\d+")
_KEY_STORES: Final = ("/cacerts", ".jks", ".jceks", ".keystore", ".p12", ".pfx", "/cert9.db", "/cert8.db")
_SMALLEST_KEY: Final = {"RSA": 2048, "RSA-PSS": 2048, "DSA": 2048, "EC": 224}
"""Bits, as NIST SP 800-131A has them."""
_OWN_SIZE: Final = frozenset({"Ed25519", "Ed448"})
_BROKEN_HASHES: Final = frozenset({"md2", "md4", "md5", "sha1"})
_MOST: Final = 20_000
_MOST_KEY_STORES: Final = 1_000


class _Found(NamedTuple):
    path: str
    file: File
    fact: PemFile | Unreadable | None
    """None: the file was not read, because it is empty or too large."""


def inspect(filesystem: Filesystem, config: Config | None) -> CertificatesSection:
    """Gather what the probe said of every file, and what is at the standard places."""
    found: dict[str, _Found] = {}
    key_stores: list[str] = []
    for path, file in filesystem.walk():
        if file.facts and (fact := file.facts.get("pem")) is not None:
            if isinstance(fact, Unreadable) or fact.certificates or fact.unreadable:
                found[path] = _Found(path, file, fact)
        elif path.endswith(_KEY_STORES) and file.kind == "-" and file.size and len(key_stores) < _MOST_KEY_STORES:
            key_stores.append("/" + text.visible(path))
    known_as: dict[str, list[str]] = defaultdict(list)
    for path in DEFAULT_BUNDLES:
        bundle, real = filesystem.find(path), filesystem.real_path(path)
        if bundle is not None and real is not None and bundle.kind == "-":
            known_as[real].append("/" + path)
            found.setdefault(real, _Found(real, bundle, (bundle.facts or {}).get("pem")))
    if not found and not key_stores:
        return CertificatesSection(state="absent")
    judged_at = read_created(config.created if config else None).at
    distinct = _distinct(found.values())
    numbers = {one.fingerprint: number for number, one in enumerate(distinct)}
    stores = _stores(found, known_as, numbers)
    defaults = [one.certificates for one in stores if one.is_default]
    known = [one for one in defaults if one is not None]
    return CertificatesSection(
        state="found",
        found=Certificates(
            certificates=tuple(_trusted(one) for one in distinct),
            stores=stores,
            default_count=len(set().union(*known)) if len(known) == len(defaults) else None,
            judged_at=judged_at,
            expired_count=None if judged_at is None else sum(one.not_after < judged_at for one in distinct),
            expiring_count=None
            if judged_at is None
            else sum(judged_at <= one.not_after < _year_after(judged_at) for one in distinct),
            weak_count=sum(bool(weakness(one)) for one in distinct),
            hash_link_count=sum(bool(_HASH_LINK.fullmatch(name)) for name in filesystem.children(_HASH_DIRECTORY)),
            key_stores=tuple(key_stores),
        ),
    )


def weakness(certificate: Certificate) -> str:
    """Say why a certificate is weak; a root's own signature protects nothing, so its hash does not count."""
    smallest = _SMALLEST_KEY.get(certificate.key_algorithm)
    if smallest and certificate.key_bits is not None and certificate.key_bits < smallest:
        return f"{certificate.key_algorithm} key of {certificate.key_bits} bits"
    if certificate.signature_hash in _BROKEN_HASHES and not certificate.self_issued:
        return f"signed with {certificate.signature_hash}"
    return ""


def _distinct(found: Iterable[_Found]) -> list[Certificate]:
    """Return every certificate once, the one that ends first in front."""
    by_fingerprint = {
        certificate.fingerprint: certificate
        for one in found
        if isinstance(one.fact, PemFile)
        for certificate in one.fact.certificates
    }
    if len(by_fingerprint) > _MOST:
        raise FormatError(path="/", offset="the whole tree", rule=f"at most {_MOST:,} different certificates")
    return sorted(by_fingerprint.values(), key=lambda one: (one.not_after, one.name, one.fingerprint))


def _stores(
    found: Mapping[str, _Found], known_as: Mapping[str, Sequence[str]], numbers: Mapping[str, int]
) -> tuple[CertificateStore, ...]:
    """Make a store of every file; files with one certificate each become one store by their directory."""
    files: dict[tuple[str, ...], list[_Found]] = defaultdict(list)
    for path, one in found.items():
        alone = isinstance(one.fact, PemFile) and len(one.fact.certificates) == 1 and path not in known_as
        files[(path.rpartition("/")[0], "*") if alone else (path,)].append(one)
    stores = []
    for (path, *several), members in files.items():
        if not several or len(members) == 1:
            path = members[0].path
        facts = [one.fact for one in members]
        readable = [fact for fact in facts if isinstance(fact, PemFile)]
        held = sorted({numbers[one.fingerprint] for fact in readable for one in fact.certificates})
        problem = _problem(members[0])
        stores.append(
            CertificateStore(
                path="/" + text.visible(path),
                layer=max(one.file.layer for one in members),
                file_count=len(members),
                certificates=None if problem else held,
                problem=problem,
                unreadable_count=sum(len(fact.unreadable) for fact in readable),
                is_default=path in known_as,
                known_as=tuple(known_as.get(path, ())),
            )
        )
    if len(stores) > _MOST:
        raise FormatError(path="/", offset="the whole tree", rule=f"at most {_MOST:,} places with certificates")
    return tuple(sorted(stores, key=lambda one: (not one.is_default, one.path)))


def _problem(found: _Found) -> str:
    if isinstance(found.fact, Unreadable):
        return text.visible(found.fact.rule)
    if found.fact is None and found.file.size:
        return f"a file of {found.file.size:,} bytes is not read"
    return ""


def _trusted(certificate: Certificate) -> TrustedCertificate:
    measure = certificate.key_curve or certificate.key_bits or ""
    return TrustedCertificate(
        name=text.visible(certificate.name),
        subject=text.visible(certificate.subject),
        self_issued=certificate.self_issued,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        key=certificate.key_algorithm
        if certificate.key_algorithm in _OWN_SIZE
        else f"{certificate.key_algorithm} {measure}".strip(),
        signature_algorithm=certificate.signature_algorithm,
        fingerprint=certificate.fingerprint,
        weakness=weakness(certificate),
    )


def _year_after(moment: str) -> str:
    return f"{int(moment[:4]) + 1:04d}{moment[4:]}"


INSPECTOR: Final = Inspector(
    name="certificates",
    keeps=frozenset(),
    kept_size=0,
    inspect=inspect,
    failed=CertificatesSection,
    of_config=("judged_at", "expired_count", "expiring_count"),
)
