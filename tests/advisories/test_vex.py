"""OpenVEX statements count for the images and packages that they name, and for no others."""

import json
from pathlib import Path
from typing import Any

import pytest

from generator.advisories import vex
from generator.advisories.vex import Identity
from generator.errors import InvalidReport
from generator.oci.digest import Digest
from tests.advisories.findings import assessment, finding

SUBJECT = Digest("sha256:" + "ab" * 32)
OTHER = "sha256:" + "cd" * 32
IMAGE = Identity(SUBJECT, "alpine", ("docker.io/library/alpine:3.20", "oci:layout"))


def document(*statements: dict[str, Any], **fields: Any) -> bytes:
    """Return an OpenVEX document."""
    return json.dumps(
        {
            "@context": "https://openvex.dev/ns/v0.2.0",
            "@id": "https://example.invalid/vex",
            "author": "Platform team",
            "timestamp": "2026-01-01T00:00:00Z",
            "version": 1,
            "statements": list(statements),
        }
        | fields
    ).encode()


def statement(*products: Any, status: str = "not_affected", name: str = "CVE-2026-1", **fields: Any) -> dict[str, Any]:
    """Return a statement."""
    return {"vulnerability": {"name": name}, "products": list(products), "status": status} | fields


def said(tmp_path: Path, content: bytes) -> tuple[vex.Said, ...]:
    """Read a document from a file."""
    path = tmp_path / "one.openvex.json"
    path.write_bytes(content)
    return vex.read(path, "vex/one.openvex.json")


IMAGES: dict[str, tuple[Any, bool]] = {
    "name": ({"@id": "alpine"}, True),
    "another name": ({"@id": "alpine-3.19"}, False),
    "source": ({"@id": "docker.io/library/alpine:3.20"}, True),
    "digest": ({"@id": f"docker.io/library/alpine@{SUBJECT}"}, True),
    "another digest": ({"@id": f"docker.io/library/alpine@{OTHER}"}, False),
    "hash": ({"hashes": {"sha-256": "AB" * 32}}, True),
    "another hash": ({"hashes": {"sha-256": "CD" * 32}}, False),
    "purl by digest": ({"@id": f"pkg:oci/alpine@{SUBJECT.replace(':', '%3A')}"}, True),
    "purl by another digest": ({"@id": f"pkg:oci/alpine@{OTHER.replace(':', '%3A')}"}, False),
    "purl by place": (
        {"identifiers": {"purl": "pkg:oci/alpine?repository_url=docker.io/library/alpine&tag=3.20"}},
        True,
    ),
    "purl by another tag": ({"@id": "pkg:oci/alpine?repository_url=docker.io/library/alpine&tag=3.19"}, False),
    "purl by another place": ({"@id": "pkg:oci/alpine?repository_url=gcr.io/alpine"}, False),
    "purl by name alone": ({"@id": "pkg:oci/alpine"}, False),
    "string of 0.0": ("pkg:apk/alpine/openssl@1.0-r0", True),
    "package": ({"@id": "pkg:apk/alpine/openssl@1.0-r0?arch=x86_64"}, True),
    "package in any version": ({"@id": "pkg:apk/alpine/openssl"}, True),
    "package in another version": ({"@id": "pkg:apk/alpine/openssl@1.1-r0"}, False),
    "package of another distribution": ({"@id": "pkg:deb/debian/openssl@1.0-r0"}, False),
    "another package": ({"@id": "pkg:apk/alpine/zlib"}, False),
    "package in the image": ({"@id": "alpine", "subcomponents": [{"@id": "pkg:apk/alpine/openssl"}]}, True),
    "another package in the image": ({"@id": "alpine", "subcomponents": [{"@id": "pkg:apk/alpine/zlib"}]}, False),
    "package in another image": ({"@id": "debian", "subcomponents": [{"@id": "pkg:apk/alpine/openssl"}]}, False),
    "no package url at all": ({"@id": "pkg:"}, False),
}


@pytest.mark.parametrize(("product", "covered"), IMAGES.values(), ids=list(IMAGES))
def test_products(tmp_path: Path, product: Any, covered: bool) -> None:
    """A statement counts where its product is the image or the package that has the flaw, and nowhere else."""
    before = assessment(finding("CVE-2026-1", severity="critical"), finding("CVE-2026-2", severity="low"))
    after = vex.applied(
        before, IMAGE, said(tmp_path, document(statement(product, justification="component_not_present")))
    )
    assert before.counts is not None
    assert after.counts is not None
    assert (after.counts.critical, after.counts.low) == (0 if covered else 1, 1)
    assert (after.findings[0].statement is not None) == covered
    assert after.findings[1].statement is None
    assert len(after.findings) == 2, "nothing that was found is hidden"


def test_all_packages_or_none(tmp_path: Path) -> None:
    """A statement about one of two packages that have the flaw leaves it open; one about both does not."""
    before = assessment(finding("CVE-2026-1", "libcrypto3", "libssl3"))
    one = statement({"@id": "pkg:apk/alpine/libssl3"})
    both = statement(
        {"@id": "alpine", "subcomponents": [{"@id": f"pkg:apk/alpine/{n}"} for n in ("libssl3", "libcrypto3")]}
    )
    assert vex.applied(before, IMAGE, said(tmp_path, document(one))).findings[0].counts
    assert not vex.applied(before, IMAGE, said(tmp_path, document(both))).findings[0].counts


def test_aliases(tmp_path: Path) -> None:
    """A flaw is meant by any of its names, in any case."""
    before = assessment(finding("CVE-2026-1", aliases=["ALPINE-CVE-2026-1", "GHSA-aaaa-bbbb-cccc"]))
    mine = statement({"@id": "alpine"}, name="ghsa-AAAA-bbbb-cccc")
    assert not vex.applied(before, IMAGE, said(tmp_path, document(mine))).findings[0].counts
    other = statement({"@id": "alpine"}, name="X-1") | {"vulnerability": {"name": "X-1", "aliases": ["CVE-2026-1"]}}
    assert not vex.applied(before, IMAGE, said(tmp_path, document(other))).findings[0].counts


@pytest.mark.parametrize(
    ("status", "counts"), [("not_affected", False), ("fixed", False), ("affected", True), ("under_investigation", True)]
)
def test_statuses(tmp_path: Path, status: str, counts: bool) -> None:
    """Only what is not affected, or fixed, is no longer open; each statement is shown."""
    after = vex.applied(
        assessment(finding("CVE-2026-1")), IMAGE, said(tmp_path, document(statement({"@id": "alpine"}, status=status)))
    )
    assert after.findings[0].counts is counts
    assert after.findings[0].statement is not None
    assert after.findings[0].statement.status == status
    assert after.findings[0].statement.where == "vex/one.openvex.json"


def test_the_newest_counts(tmp_path: Path) -> None:
    """Of several statements the newest counts whatever their order, and of equally new ones the last."""
    old = statement({"@id": "alpine"}, status="not_affected", timestamp="2026-02-01T00:00:00Z")
    new = statement({"@id": "alpine"}, status="affected", timestamp="2026-02-01T01:00:00+00:30")
    same = statement({"@id": "alpine"}, status="under_investigation", timestamp="2026-02-01T00:30:00Z")
    found = assessment(finding("CVE-2026-1"))

    def status(*statements: dict[str, Any]) -> str:
        one = vex.applied(found, IMAGE, said(tmp_path, document(*statements))).findings[0].statement
        assert one is not None
        return one.status

    assert status(old, new) == status(new, old) == "affected"
    assert status(old, new, same) == "under_investigation"
    assert status(new, statement({"@id": "alpine"}, timestamp="soon")) == "affected"


def test_an_image_that_was_removed(tmp_path: Path) -> None:
    """An image that images.yml has no longer has no name: only its digest means it."""
    gone = Identity(SUBJECT, "", ())
    found = assessment(finding("CVE-2026-1"))
    assert vex.applied(found, gone, said(tmp_path, document(statement({"@id": ""})))).findings[0].counts
    mine = statement({"@id": f"docker.io/library/alpine@{SUBJECT}"})
    assert not vex.applied(found, gone, said(tmp_path, document(mine))).findings[0].counts


BROKEN: dict[str, bytes] = {
    "empty": b"",
    "not JSON": b"<html>",
    "another document": b'{"bomFormat": "CycloneDX"}',
    "another context": document(**{"@context": "https://example.invalid/ns"}),
    "another status": document(statement({"@id": "alpine"}, status="harmless")),
    "wrong types": document({"vulnerability": 7, "products": {}, "status": "fixed"}),
    "deep": b'{"@context":' + b"[" * 100_000,
    "not UTF-8": document().replace(b"Platform", b"\xff"),
    "large": b" " * (vex.FILE_SIZE + 1),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=list(BROKEN))
def test_broken_documents(tmp_path: Path, content: bytes) -> None:
    """What is no OpenVEX document is an error that names the file."""
    with pytest.raises(InvalidReport, match=r"vex/one\.openvex\.json"):
        said(tmp_path, content)


def test_missing_document(tmp_path: Path) -> None:
    """A document that is not there is an error that names it."""
    with pytest.raises(InvalidReport, match="No such file"):
        vex.read(tmp_path / "none.json", "none.json")
