"""Other scanners' reports are read as they are, and held against ours as a disagreement."""

import json
from pathlib import Path
from typing import Any

import pytest

from generator.advisories import opinions
from generator.advisories.assessment import Assessment
from generator.errors import InvalidReport
from tests.advisories.findings import assessment, finding

IMAGE_ID = "sha256:" + "11" * 32
MANIFEST = "sha256:" + "22" * 32
LAYER = "sha256:" + "33" * 32
OTHER = "sha256:" + "99" * 32


def grype(*matches: dict[str, Any], **fields: Any) -> bytes:
    """Return a report as Grype writes it."""
    return json.dumps(
        {
            "matches": list(matches),
            "source": {"type": "image", "target": {"imageID": IMAGE_ID, "manifestDigest": MANIFEST, "repoDigests": []}},
            "distro": {"name": "alpine", "version": "3.20.3", "idLike": []},
            "descriptor": {
                "name": "grype",
                "version": "0.90.0",
                "timestamp": "2026-11-01T10:00:00Z",
                "db": {"status": {"schemaVersion": "v6.0.2", "built": "2026-11-01T04:00:00Z"}},
            },
        }
        | fields
    ).encode()


def match(
    name: str, package: str, severity: str = "High", kind: str = "apk", related: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return one of Grype's matches."""
    return {
        "vulnerability": {"id": name, "severity": severity, "fix": {"versions": ["1.1-r0"], "state": "fixed"}},
        "relatedVulnerabilities": [{"id": one} for one in related],
        "artifact": {"name": package, "version": "1.0-r0", "type": kind},
    }


def trivy(*results: dict[str, Any], **fields: Any) -> bytes:
    """Return a report as Trivy writes it."""
    return json.dumps(
        {
            "SchemaVersion": 2,
            "CreatedAt": "2026-11-02T10:00:00Z",
            "ArtifactName": "alpine:3.20",
            "Metadata": {"OS": {"Family": "alpine", "Name": "3.20.3"}, "ImageID": IMAGE_ID, "DiffIDs": [LAYER]},
            "Results": list(results),
        }
        | fields
    ).encode()


def flaw(name: str, package: str, severity: str = "HIGH") -> dict[str, Any]:
    """Return one of Trivy's vulnerabilities."""
    return {
        "VulnerabilityID": name,
        "PkgName": package,
        "InstalledVersion": "1.0-r0",
        "FixedVersion": "1.1-r0",
        "Severity": severity,
    }


def test_grype() -> None:
    """Grype's report: what it found, of which image, with which database."""
    found = opinions.parse(
        grype(match("CVE-2026-2", "zlib", "Negligible"), match("CVE-2026-1", "openssl", related=("GHSA-1",))), "r.json"
    )
    assert (found.tool, found.version, found.where) == ("grype", "0.90.0", "r.json")
    assert (found.made_at, found.database_date) == ("2026-11-01T10:00:00Z", "2026-11-01T04:00:00Z")
    assert found.digests == (IMAGE_ID, MANIFEST)
    assert found.distribution == "alpine 3.20.3"
    first, second = found.findings
    assert (first.id, first.aliases, first.severity, first.package, first.installed, first.fixed) == (
        "CVE-2026-1", ("GHSA-1",), "high", "openssl", "1.0-r0", "1.1-r0",
    )  # fmt: skip
    assert (second.severity, second.of_distribution) == ("low", True)


def test_trivy() -> None:
    """Trivy's report: what it found, of which image."""
    found = opinions.parse(
        trivy(
            {"Class": "os-pkgs", "Type": "alpine", "Vulnerabilities": [flaw("CVE-2026-1", "openssl", "CRITICAL")]},
            {"Class": "lang-pkgs", "Type": "gobinary", "Vulnerabilities": [flaw("CVE-2026-7", "stdlib", "UNKNOWN")]},
            {"Class": "lang-pkgs", "Type": "npm"},
        ),
        "t.json",
    )
    assert (found.tool, found.made_at, found.database_date, found.distribution) == (
        "trivy", "2026-11-02T10:00:00Z", "", "alpine 3.20.3",
    )  # fmt: skip
    assert (found.digests, found.diff_ids) == ((IMAGE_ID,), (LAYER,))
    assert [(one.id, one.severity, one.of_distribution) for one in found.findings] == [
        ("CVE-2026-1", "critical", True),
        ("CVE-2026-7", "unknown", False),
    ]


def test_disagreement() -> None:
    """Flaws are the same by any of their names; what only one side has, and other words for how bad, are told."""
    ours = assessment(
        finding("CVE-2026-1", "libcrypto3", "libssl3", severity="high", aliases=["GHSA-1"]),
        finding("CVE-2026-2", "zlib", severity="low"),
        finding("CVE-2026-3", "musl", severity="unknown"),
    )
    report = grype(
        match("GHSA-1", "libcrypto3", "Critical"),
        match("GHSA-1", "libssl3", "Medium"),
        match("CVE-2026-3", "musl", "High"),
        match("CVE-2026-9", "busybox", "Low"),
        match("CVE-2026-9", "ssl_client", "Low"),
        match("CVE-2026-8", "stdlib", "High", kind="go-module"),
    )
    found = opinions.compared(opinions.parse(report, "r.json"), ours, frozenset({MANIFEST}))
    assert (found.about, found.is_comparable) == ("same", True)
    assert found.both == ("CVE-2026-1", "CVE-2026-3")
    assert found.only_ours == ("CVE-2026-2",)
    assert [(one.id, one.package) for one in found.only_theirs] == [("CVE-2026-9", "busybox")]
    assert found.severities == (("CVE-2026-1", "high", "critical"),), "one that does not know says nothing else"
    assert found.language_count == 1


@pytest.mark.parametrize(
    ("digests", "about", "comparable"),
    [({IMAGE_ID}, "same", True), ({MANIFEST, OTHER}, "same", True), ({OTHER}, "other", False)],
)
def test_another_image(digests: set[str], about: str, comparable: bool) -> None:
    """A report about other bytes is not held against these."""
    opinion = opinions.parse(grype(match("CVE-2026-1", "openssl")), "r.json")
    found = opinions.compared(opinion, assessment(finding("CVE-2026-1")), frozenset(digests))
    assert (found.about, found.is_comparable) == (about, comparable)
    assert bool(found.both) is comparable


def test_layers() -> None:
    """An image without an ID is known by all of its layers; one of them in common is that of another image's base."""
    opinion = opinions.parse(trivy({"Class": "os-pkgs", "Vulnerabilities": [flaw("CVE-2026-1", "openssl")]}), "t.json")
    ours = assessment(finding("CVE-2026-1"))
    assert opinions.compared(opinion, ours, frozenset(), (LAYER,)).about == "same"
    assert opinions.compared(opinion, ours, frozenset(), (LAYER, OTHER)).about == "other"
    assert opinions.compared(opinion, ours, frozenset(), ()).about == "other"


def test_nothing_to_hold_it_against() -> None:
    """Where nothing was assessed here, the report stands alone: that is no agreement, and no disagreement."""
    opinion = opinions.parse(trivy({"Class": "os-pkgs", "Vulnerabilities": [flaw("CVE-2026-1", "openssl")]}), "t.json")
    found = opinions.compared(opinion, Assessment(state="no-advisories", reason="no-archive"), frozenset({IMAGE_ID}))
    assert not found.is_comparable
    assert found.only_theirs == ()
    assert len(found.opinion.findings) == 1


def test_a_report_that_names_no_image() -> None:
    """A scan of a bill of materials names no digest: it is compared, and that is said."""
    report = grype(match("CVE-2026-1", "openssl"), source={"type": "file", "target": "bill.json"})
    found = opinions.compared(
        opinions.parse(report, "r.json"), assessment(finding("CVE-2026-1")), frozenset({IMAGE_ID})
    )
    assert (found.about, found.is_comparable, found.both) == ("unsaid", True, ("CVE-2026-1",))


def test_a_report_that_found_nothing() -> None:
    """No finding is a finding too: Trivy leaves the lists out, Grype leaves them empty."""
    ours = assessment(finding("CVE-2026-1"))
    for report in (trivy(Results=None), grype()):
        found = opinions.compared(opinions.parse(report, "r.json"), ours, frozenset({IMAGE_ID}))
        assert (found.both, found.only_ours, found.is_comparable) == ((), ("CVE-2026-1",), True)


BROKEN: dict[str, bytes] = {
    "empty": b"",
    "not JSON": b"<html>",
    "a list": b"[]",
    "something else": b'{"bomFormat": "CycloneDX"}',
    "an older schema": trivy(SchemaVersion=1),
    "wrong types": grype({"vulnerability": [], "artifact": 3}),
    "wrong matches": b'{"matches": {"a": 1}}',
    "deep": b'{"matches":' + b"[" * 100_000,
    "not UTF-8": grype().replace(b"alpine", b"\xff"),
    "too many": grype(*[match(f"CVE-2026-{n}", "x") for n in range(opinions.MOST + 1)]),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=list(BROKEN))
def test_broken_reports(tmp_path: Path, content: bytes) -> None:
    """What is no report is an error that names the file."""
    path = tmp_path / "r.json"
    path.write_bytes(content)
    with pytest.raises(InvalidReport, match=r"reports/r\.json"):
        opinions.read(path, "reports/r.json")


def test_large_and_missing_reports(tmp_path: Path) -> None:
    """A report larger than any real one, and one that is not there, are errors that name the file."""
    path = tmp_path / "r.json"
    with path.open("wb") as file:
        file.truncate(opinions.FILE_SIZE + 1)
    with pytest.raises(InvalidReport, match="more than"):
        opinions.read(path, "r.json")
    with pytest.raises(InvalidReport, match="No such file"):
        opinions.read(tmp_path / "none.json", "none.json")
