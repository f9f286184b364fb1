"""Readers of what is said of flaws, for fuzzing: advisories, security databases, statements and scanners' reports.

Each goes on to where what was read is used: an advisory is judged by, a statement applied, a report compared.
"""

import json
from contextlib import suppress
from typing import Final

from generator.advisories import opinions, osv, vex
from generator.advisories.assessment import encode
from generator.advisories.notices import notice_of, rule_of
from generator.advisories.ranges import NoOrder, end_of
from generator.advisories.secdb import advisories_of
from generator.oci.digest import Digest
from tests.advisories.builders import CRITICAL, advisory
from tests.advisories.findings import assessment, finding

WHERE: Final = "a file"
_KNOWN: Final = assessment(finding("CVE-2026-1", "openssl"), finding("CVE-2026-2", "musl", aliases=["GHSA-aa"]))
_IMAGE: Final = vex.Identity(Digest("sha256:" + "ab" * 32), "alpine", ("docker.io/library/alpine:3.20",))

ADVISORIES: Final = tuple(
    json.dumps(one, indent=1).encode()
    for one in (
        advisory("CVE-2026-0001", "zlib", "1.3.1-r1", vector=CRITICAL, aliases=["GHSA-aa-bb"], withdrawn=None),
        advisory("CVE-2026-0002", "zlib", "1:2~rc1-3", ecosystem="Debian:12", summary="nodejs:18 security update"),
        advisory("CVE-2026-0003", "zlib", severity=[{"type": "Ubuntu", "score": "low"}], related=["CVE-2026-0004"]),
    )
)
DATABASES: Final = (
    b"distroversion: v3.20\npackages:\n  - pkg:\n      name: xen\n      secfixes:\n        1.2-r0:\n"
    b"          - CVE-2019-1234 (+ regression fix)\n          - CVE_2019-2426 XSA-1\n        '0':\n          - CVE-1\n",
    b'{"distroversion": "edge", "packages": [{"pkg": {"name": "a", "secfixes": {"1-r0": ["CVE-2019-1"]}}}]}',
)
STATEMENTS: Final = (
    json.dumps(
        {
            "@context": "https://openvex.dev/ns/v0.2.0",
            "author": "a",
            "timestamp": "2026-01-01T00:00:00Z",
            "statements": [
                {
                    "vulnerability": {"name": "CVE-2026-1", "aliases": ["GHSA-aa"]},
                    "products": ["alpine", {"@id": "pkg:oci/alpine?repository_url=docker.io/library/alpine&tag=3.20"}],
                    "status": "not_affected",
                    "justification": "component_not_present",
                    "timestamp": "2026-01-01T00:00:00+02:00",
                },
                {
                    "vulnerability": "CVE-2026-2",
                    "products": [{"@id": "alpine", "subcomponents": ["pkg:apk/alpine/musl@1.0-r0?epoch=1"]}],
                    "status": "fixed",
                },
            ],
        }
    ).encode(),
)
REPORTS: Final = (
    b'{"matches": [{"vulnerability": {"id": "CVE-2026-1", "severity": "High", "fix": {"versions": ["1.1"]}}, '
    b'"relatedVulnerabilities": [{"id": "GHSA-aa"}], "artifact": {"name": "musl", "version": "1", "type": "apk"}}], '
    b'"source": {"target": {"imageID": "sha256:1", "repoDigests": ["a@sha256:2"]}}, "distro": {"name": "alpine"}, '
    b'"descriptor": {"version": "0.9", "timestamp": "2026-01-01", "db": {"status": {"built": "2026-01-01"}}}}',
    b'{"SchemaVersion": 2, "CreatedAt": "2026-01-01", "Metadata": {"OS": {"Family": "alpine"}, "DiffIDs": ["a"]}, '
    b'"Results": [{"Class": "os-pkgs", "Vulnerabilities": [{"VulnerabilityID": "CVE-2026-1", "PkgName": "musl"}]}]}',
)


def read_advisory(content: bytes) -> object:
    """Read an advisory, and judge versions by it in each system's order."""
    one = osv.decode(content, WHERE)
    rules = [rule_of(affected, WHERE) for affected in one.affected or ()]
    ends = []
    for system in ("apk", "dpkg", "rpm"):
        for events in (events for rule in rules for events in rule.ranges):
            with suppress(NoOrder):
                ends.append(end_of(events, "1.2.3-r0", system))
    return notice_of(one), rules, ends


def read_database(content: bytes) -> object:
    """Read a security database."""
    return [notice_of(one) for one in advisories_of(content, WHERE)]


def read_statements(content: bytes) -> object:
    """Read an OpenVEX document, and apply what it says."""
    return encode(vex.applied(_KNOWN, _IMAGE, vex.parse(content, WHERE)))


def read_report(content: bytes) -> object:
    """Read a scanner's report, and hold it against an assessment."""
    return opinions.compared(opinions.parse(content, WHERE), _KNOWN, frozenset({"sha256:1"}), ("a",))
