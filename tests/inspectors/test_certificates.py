"""The certificates inspector: whom programs can trust, judged by the image's own date."""

import base64
import tarfile

from generator.analysis.sections.certificates import Certificates, CertificatesSection
from generator.formats.pem import BLOCK_LIMIT
from generator.probes.pem import SIZE_LIMIT
from tests.builders import file, image, symlink, tar
from tests.certificates import certificate, rsa_key
from tests.opened import analyzed

Entries = list[tuple[tarfile.TarInfo, bytes]]
BUNDLE = "etc/ssl/certs/ca-certificates.crt"


def section(*layers: Entries, created: str = "2024-05-01T12:00:00Z") -> CertificatesSection:
    """Analyze layers and return the section."""
    found = analyzed(image([tar(layer) for layer in layers], config={"created": created})).sections.certificates
    assert found is not None
    return found


def inspected(*layers: Entries, created: str = "2024-05-01T12:00:00Z") -> Certificates:
    """Analyze layers and return what was found."""
    found = section(*layers, created=created)
    assert found.found is not None, found.failure
    return found.found


def with_sha1(pem: bytes) -> bytes:
    """Return a certificate that says sha1WithRSAEncryption: nobody signs that way any more."""
    der = base64.b64decode(b"".join(pem.splitlines()[1:-1]))
    sha256, sha1 = (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01" + last for last in (b"\x0b", b"\x05"))
    return (
        b"-----BEGIN CERTIFICATE-----\n"
        + base64.b64encode(der.replace(sha256, sha1))
        + b"\n-----END CERTIFICATE-----\n"
    )


def test_a_bundle_under_two_names() -> None:
    """The bundle is one store with its standard names and layer; certificates come with the soonest end first."""
    late, soon = certificate("Late", not_after="2040-01-01"), certificate("Soon", not_after="2030-01-01")
    found = inspected(
        [file("a")], [file(BUNDLE, late + soon), symlink("etc/ssl/cert.pem", "certs/ca-certificates.crt")]
    )
    (store,) = found.stores
    assert (store.path, store.layer, store.certificates, store.is_default) == ("/" + BUNDLE, 1, [0, 1], True)
    assert store.known_as == ("/" + BUNDLE, "/etc/ssl/cert.pem")
    assert [one.name for one in found.certificates] == ["Soon", "Late"]
    assert (found.certificates[0].not_after, found.certificates[0].key) == ("2030-01-01T00:00:00Z", "EC secp256r1")
    assert found.default_count == 2


def test_expiry_is_judged_by_the_image_s_date() -> None:
    """A certificate has expired when the image is younger; without a date nothing is judged, and nothing is 0."""
    bundle = b"".join(certificate(str(year), not_after=f"{year}-06-01") for year in (2023, 2024, 2025, 2026))
    found = inspected([file(BUNDLE, bundle)])
    assert (found.judged_at, found.expired_count, found.expiring_count) == ("2024-05-01T12:00:00Z", 1, 1)
    found = inspected([file(BUNDLE, bundle)], created="1970-01-01T00:00:00Z")
    assert (found.judged_at, found.expired_count, found.expiring_count) == (None, None, None)


def test_weak_certificates() -> None:
    """Short keys are weak; SHA-1 is weak in what others issued, and says nothing in a root."""
    weak = [
        certificate("short", key=rsa_key(1024)),
        with_sha1(certificate("sha1", issuer="root", key=rsa_key(2048))),
        with_sha1(certificate("root", key=rsa_key(2048))),
    ]
    found = inspected([file("opt/ca.pem", b"".join(weak))])
    assert {one.name: one.weakness for one in found.certificates} == {
        "short": "RSA key of 1024 bits",
        "sha1": "signed with sha1",
        "root": "",
    }
    assert found.weak_count == 2


def test_single_files_are_one_store_by_directory() -> None:
    """Files of one certificate each are listed by their directory; each certificate counts once, wherever it lies."""
    one, other = certificate("one"), certificate("other")
    folder = "usr/share/ca-certificates/mozilla"
    found = inspected(
        [file(f"{folder}/one.crt", one), file(f"{folder}/other.crt", other), file("srv/alone.pem", one)],
        [
            file(BUNDLE, one + other),
            symlink("etc/ssl/certs/3513523f.0", "/usr/share/ca-certificates/mozilla/one.crt"),
            file("opt/jre/lib/security/cacerts", b"\xfe\xed\xfe\xed"),
            file("srv/text.pem", b"nothing in it"),
        ],
    )
    assert [(store.path, store.layer, store.file_count, len(store.certificates or ())) for store in found.stores] == [
        ("/" + BUNDLE, 1, 1, 2),
        ("/srv/alone.pem", 0, 1, 1),
        ("/" + folder, 0, 2, 2),
    ]
    assert (len(found.certificates), found.hash_link_count) == (2, 1)
    assert found.key_stores == ("/opt/jre/lib/security/cacerts",)


def test_none_empty_and_unreadable_are_told_apart() -> None:
    """No certificates at all, an empty bundle, one that is not read, and one with damage are four things."""
    assert section([file("a")]).state == "absent"
    empty = inspected([file(BUNDLE)])
    assert (empty.stores[0].certificates, empty.stores[0].problem, empty.default_count) == ([], "", 0)
    large = inspected([file(BUNDLE, bytes(SIZE_LIMIT + 1))])
    assert (large.stores[0].certificates, large.default_count) == (None, None)
    assert "8,388,609 bytes" in large.stores[0].problem
    many = b"-----BEGIN X-----\n-----END X-----\n" * (BLOCK_LIMIT + 1)
    refused = inspected([file(BUNDLE, many)])
    assert refused.stores[0].certificates is None
    assert "blocks" in refused.stores[0].problem
    damaged = inspected(
        [file(BUNDLE, certificate() + b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    )
    assert (damaged.stores[0].certificates, damaged.stores[0].unreadable_count, damaged.default_count) == ([0], 1, 1)
