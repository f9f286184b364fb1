"""Assessments made by hand, for what comes after matching."""

from collections.abc import Iterable

from generator.advisories.assessment import Assessment, Counts, Finding, Occurrence, Severity, tallied


def finding(
    name: str,
    *packages: str,
    severity: Severity = "unknown",
    aliases: Iterable[str] = (),
    fixed: str = "",
    installed: str = "1.0-r0",
) -> Finding:
    """Return a finding in packages that are all of one version."""
    return Finding(
        id=name,
        aliases=tuple(aliases),
        summary="",
        severity=severity,
        severity_source="",
        score=None,
        vector="",
        own_word="",
        published="",
        exploited=None,
        epss_score=None,
        packages=tuple(
            Occurrence(
                package=place, name=one, installed=installed, fixed=fixed, advised_name=one, advisories=(f"X-{name}",)
            )
            for place, one in enumerate(packages or ("openssl",))
        ),
    )


def assessment(*findings: Finding, ecosystem: str = "Alpine:v3.20") -> Assessment:
    """Return an assessment that found these."""
    return tallied(
        Assessment(
            state="assessed",
            ecosystem=ecosystem,
            database_digest="sha256:" + "d" * 64,
            database_date="2026-11-20",
            advisory_count=100,
            package_count=14,
            counts=Counts(),
            findings=findings,
        )
    )
