"""The certificates inspector's section."""

from generator.analysis.sections.base import Part, Section


class TrustedCertificate(Part, frozen=True):
    """One certificate, however many files hold it. Nothing here depends on today's date."""

    name: str
    subject: str
    self_issued: bool
    """Whether issuer and subject are the same: a root, or a certificate that signed itself."""
    not_before: str
    not_after: str
    """RFC 3339 in UTC; after this moment every program refuses it."""
    key: str
    """`RSA 2048`, `EC secp384r1`, `Ed25519`."""
    signature_algorithm: str
    fingerprint: str
    """sha256, hex."""
    weakness: str
    """Why it is weaker than today's rules allow; "" when nothing is."""


class CertificateStore(Part, frozen=True):
    """A file, or a directory of files with one each, in which certificates lie."""

    path: str
    """The real path, after links."""
    layer: int
    """The file's; of a directory the highest of its files'."""
    file_count: int
    certificates: list[int] | None
    """Indexes into the section's `certificates`; None when the file could not be read, `problem` says why."""
    problem: str
    unreadable_count: int
    """Blocks that claim to be certificates and are none."""
    is_default: bool
    """Whether it is where C libraries and language runtimes look when nobody says otherwise."""
    known_as: tuple[str, ...]
    """The standard places that lead here."""


class Certificates(Part, frozen=True):
    """Whom programs in the image can trust."""

    certificates: tuple[TrustedCertificate, ...]
    """Each once, the one that ends first in front."""
    stores: tuple[CertificateStore, ...]
    """Default ones first, then by path."""
    default_count: int | None
    """Distinct certificates in default stores; None when one of them could not be read. 0 is an empty store."""
    judged_at: str | None
    """The image's own date, against which `expired_count` is counted; None: it has none, so nothing is counted."""
    expired_count: int | None
    """Certificates whose `not_after` lies before `judged_at`."""
    expiring_count: int | None
    """Further ones that end within a year after `judged_at`."""
    weak_count: int
    hash_link_count: int
    """Names such as `3513523f.0` in the directory that OpenSSL searches by a subject's hash."""
    key_stores: tuple[str, ...]
    """Paths of Java's and other key stores (PKCS #12, JKS), whose contents are not read."""


class CertificatesSection(Section, frozen=True):
    """Certificates of authorities, without which no program can tell whom it talks to over TLS."""

    found: Certificates | None = None
