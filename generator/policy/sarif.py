"""A report as SARIF 2.1.0 (OASIS, errata 01): a result for every finding, and for what cannot be told.

Results point to the image's lines in images.yml, since that is the file in the repository, and name the image, the
path and the package as logical locations. What cannot be told is of kind "open" (3.27.9), whose level is "none".
"""

import hashlib
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

import msgspec

from generator.policy.rules import RULES
from generator.policy.verdict import Evidence, Finding, ImageVerdicts, Report, Verdict
from generator.policy.words import evidence_of

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_INDEX: Final = {rule.name: number for number, rule in enumerate(RULES)}


def encode(report: Report) -> bytes:
    """Return the JSON."""
    driver = {
        "name": "basedex",
        "semanticVersion": report.generator_version,
        "rules": [
            {
                "id": rule.name,
                "shortDescription": {"text": rule.title},
                "fullDescription": {"text": rule.help},
                "help": {
                    "text": f"{rule.help} It is asked under `policy` in images.yml; `{rule.name}: off` takes it back."
                },
                "defaultConfiguration": {"level": "error"},
            }
            for rule in RULES
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [result for image in report.images for result in _results(report, image)],
        "properties": {"today": report.today, "allowUnknown": report.allow_unknown, "passed": report.passed},
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2) + b"\n"


def _results(report: Report, image: ImageVerdicts) -> Iterator[dict[str, Any]]:
    for verdict in image.verdicts:
        for finding in verdict.findings:
            yield _result(report, image, verdict, finding)
        if verdict.reason:
            sentence = f"It cannot be told whether this holds: {verdict.reason}"
            yield _result(report, image, verdict, Finding(level="warning", sentence=sentence, evidence=Evidence())) | {
                "kind": "open",
                "level": "none",
            }


def _result(report: Report, image: ImageVerdicts, verdict: Verdict, finding: Finding) -> dict[str, Any]:
    evidence = finding.evidence
    where = evidence_of(evidence)
    said = f"{image.name} {image.platform}: {finding.sentence}{f' [{where}]' if where else ''}"
    identity = [verdict.rule, image.name, image.platform, evidence.path, evidence.package, evidence.capability]
    if evidence.vulnerability:
        identity.append(evidence.vulnerability)
    return {
        "ruleId": verdict.rule,
        "ruleIndex": _INDEX[verdict.rule],
        "kind": "fail",
        "level": "error" if finding.level == "violation" else "warning",
        "message": {"text": said.replace("](", "] (")},  # together they would be a link (SARIF 2.1.0, 3.11.6)
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(report.configuration),
                    "region": {"startLine": image.line},
                },
                "logicalLocations": list(_logical(image, evidence)),
            }
        ],
        "partialFingerprints": {"basedexFinding/v1": hashlib.sha256("\0".join(identity).encode()).hexdigest()},
        "properties": msgspec.to_builtins(evidence) | {"asked": msgspec.to_builtins(verdict.asked)},
    }


def _artifact(configuration: str) -> dict[str, str]:
    """Return where images.yml is: below the repository's root where it was named so, else as a file of this machine."""
    path = PurePath(configuration)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(path.as_posix()), "uriBaseId": "%SRCROOT%"}


def _logical(image: ImageVerdicts, evidence: Evidence) -> Iterator[dict[str, str]]:
    name = f"{image.name} {image.platform}"
    yield {"name": image.name, "fullyQualifiedName": name, "kind": "image"}
    if evidence.path:
        yield {"name": evidence.path, "fullyQualifiedName": f"{name}:{evidence.path}", "kind": "file"}
    if evidence.package:
        yield {"name": evidence.package, "fullyQualifiedName": f"{name}#{evidence.package}", "kind": "package"}
