"""A report as JUnit XML, the form that Jenkins's xunit plugin describes: a suite an image, a test case a rule.

What cannot be told is an error while it closes the gate, since that says "could not be judged" to whoever counts
failures, and skipped where it is allowed: a skipped case never fails a build, so the two would part otherwise.
"""

from collections.abc import Iterable, Iterator

from generator.policy.rules import TITLES
from generator.policy.verdict import ImageVerdicts, Report, Verdict
from generator.policy.words import evidence_of
from generator.text import html


def encode(report: Report) -> bytes:
    """Return the XML."""
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *_suites(report), ""]).encode()


def _suites(report: Report) -> Iterator[str]:
    verdicts = [verdict for image in report.images for verdict in image.verdicts]
    yield f"<testsuites{_attributes(name='basedex check', **_counts(report, verdicts))}>"
    for image in report.images:
        yield from _suite(report, image)
    yield "</testsuites>"


def _suite(report: Report, image: ImageVerdicts) -> Iterator[str]:
    name = f"{image.name} {image.platform}"
    skipped = _number(image.verdicts, "unknown") if report.allow_unknown else 0
    yield f"  <testsuite{_attributes(name=name, **_counts(report, image.verdicts), skipped=skipped)}>"
    facts = {
        "document": image.document,
        "recorded_at": image.recorded_at,
        "source": image.source,
        "place": f"{report.configuration}:{image.line}",
        "today": report.today,
    }
    yield "    <properties>"
    for key, value in facts.items():
        yield f"      <property{_attributes(name=key, value=value)}/>"
    yield "    </properties>"
    for verdict in image.verdicts:
        yield from _case(report, name, verdict)
    yield "  </testsuite>"


def _case(report: Report, suite: str, verdict: Verdict) -> Iterator[str]:
    attributes = _attributes(
        name=f"{verdict.rule}: {TITLES[verdict.rule]}", classname=f"basedex.{suite.replace('.', '_')}"
    )
    lines = [f"{finding.sentence} [{evidence_of(finding.evidence)}]" for finding in verdict.findings]
    if verdict.reason:
        lines.append(f"cannot tell: {verdict.reason}")
    text = "\n".join(map(html, lines))
    element = {
        "passed": "",
        "warning": "system-out",
        "violated": "failure",
        "unknown": "skipped" if report.allow_unknown else "error",
    }[verdict.state]
    if not element:
        yield f"    <testcase{attributes}/>"
        return
    yield f"    <testcase{attributes}>"
    if element == "system-out":
        yield f"      <system-out>{text}</system-out>"
    else:
        said = verdict.findings[0].sentence if verdict.findings else verdict.reason
        yield f"      <{element}{_attributes(type=verdict.rule, message=said)}>{text}</{element}>"
    yield "    </testcase>"


def _counts(report: Report, verdicts: Iterable[Verdict]) -> dict[str, int]:
    verdicts = tuple(verdicts)
    return {
        "tests": len(verdicts),
        "failures": _number(verdicts, "violated"),
        "errors": 0 if report.allow_unknown else _number(verdicts, "unknown"),
    }


def _number(verdicts: tuple[Verdict, ...], state: str) -> int:
    return sum(verdict.state == state for verdict in verdicts)


def _attributes(**values: str | int) -> str:
    return "".join(f' {key}="{html(str(value))}"' for key, value in values.items())
