"""What other scanners say of an image, and where that differs from ours: Grype's and Trivy's JSON reports in.

Grype: `grype IMAGE -o json`; Trivy: `trivy image --format json IMAGE`, schema version 2. Only what is compared is kept.
Their findings about packages of languages (npm, Python, Go …) are counted and set apart: nothing here looks at those.
Neither side is taken for the truth and nothing is averaged; what both say, and what only one says, is told.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final, Literal

import msgspec

from generator.advisories.assessment import SEVERITIES, Assessment, Fact, Severity
from generator.advisories.given import content_of
from generator.errors import InvalidReport
from generator.limits import MIB

FILE_SIZE: Final = 128 * MIB
"""Bytes of one report. A hostile one of a million findings takes four seconds and 0.7 GB to be refused."""
MOST: Final = 20_000
"""Findings of one report; what is beyond is an error, not cut off."""

WORD_LENGTH: Final = 200
"""Characters that are kept of a name, a version or a date; no real one is longer."""
NAMES: Final = 100
"""Other names of one flaw that are kept."""

Tool = Literal["grype", "trivy"]
About = Literal["same", "other", "unsaid"]


class Theirs(Fact, frozen=True, kw_only=True):
    """One flaw of one package, as a report has it."""

    id: str
    aliases: tuple[str, ...] = ()
    severity: Severity
    package: str
    installed: str
    fixed: str = ""
    of_distribution: bool
    """Whether it is about a package of the distribution (apk, deb, rpm); else of a language."""


class Opinion(Fact, frozen=True, kw_only=True):
    """A report."""

    tool: Tool
    version: str = ""
    where: str
    """The file, as images.yml names it."""
    made_at: str = ""
    """As written; "" when it does not say."""
    database_date: str = ""
    """When the scanner's database was made, as written; "" when it does not say."""
    digests: tuple[str, ...] = ()
    """Of the image: its ID and its manifest's digest, as far as the report has them; sorted."""
    diff_ids: tuple[str, ...] = ()
    """Of its layers, the lowest first."""
    distribution: str = ""
    findings: tuple[Theirs, ...] = ()
    """By id, then by package."""


class Disagreement(Fact, frozen=True, kw_only=True):
    """A report held against an assessment. Identifiers are ours where both have the flaw."""

    opinion: Opinion
    about: About
    """same: the report names the image's own digests; other: it names others, so nothing can be compared; unsaid."""
    both: tuple[str, ...] = ()
    only_ours: tuple[str, ...] = ()
    only_theirs: tuple[Theirs, ...] = ()
    """One for each flaw: its first package; not those of languages."""
    severities: tuple[tuple[str, Severity, Severity], ...] = ()
    """(id, ours, theirs) where both say something and not the same."""
    language_count: int = 0
    """Their flaws in packages of languages."""
    is_comparable: bool = False
    """Whether there is an assessment to hold it against, and the report is not about another image."""


# Reading


def read(path: Path, where: str) -> Opinion:
    """Return what a report says; raises InvalidReport, naming the file as `where`."""
    return parse(content_of(path, where, FILE_SIZE), where)


def parse(content: bytes, where: str) -> Opinion:
    """Return what a report's bytes say; raises InvalidReport."""
    try:
        kind = msgspec.json.decode(content, type=_Either)
        if kind.matches is not msgspec.UNSET:
            opinion = _of_grype(msgspec.json.decode(content, type=_Grype), where)
        elif kind.schema_version == 2:
            opinion = _of_trivy(msgspec.json.decode(content, type=_Trivy), where)
        else:
            raise InvalidReport(where=where, reason="neither Grype's JSON nor Trivy's of schema version 2")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise InvalidReport(where=where, reason=f"not a scanner's report: {err}") from err
    if len(opinion.findings) > MOST:
        raise InvalidReport(where=where, reason=f"more than {MOST} findings")
    return opinion


class _Either(msgspec.Struct):
    matches: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    schema_version: int | None = msgspec.field(default=None, name="SchemaVersion")


class _GrypeFix(msgspec.Struct):
    versions: list[str] | None = None


class _GrypeFlaw(msgspec.Struct):
    id: str
    severity: str = ""
    fix: _GrypeFix = msgspec.field(default_factory=_GrypeFix)


class _GrypeRelated(msgspec.Struct):
    id: str


class _GrypeArtifact(msgspec.Struct):
    name: str
    version: str = ""
    type: str = ""


class _GrypeMatch(msgspec.Struct):
    vulnerability: _GrypeFlaw
    artifact: _GrypeArtifact
    related: list[_GrypeRelated] | None = msgspec.field(default=None, name="relatedVulnerabilities")


class _GrypeSource(msgspec.Struct):
    target: msgspec.Raw = msgspec.Raw(b"null")
    """An object for images; a string for folders."""


class _GrypeTarget(msgspec.Struct):
    image_id: str = msgspec.field(default="", name="imageID")
    manifest_digest: str = msgspec.field(default="", name="manifestDigest")
    repo_digests: list[str] | None = msgspec.field(default=None, name="repoDigests")


class _GrypeDistro(msgspec.Struct):
    name: str = ""
    version: str = ""


class _GrypeDescriptor(msgspec.Struct):
    version: str = ""
    timestamp: str = ""
    db: msgspec.Raw = msgspec.Raw(b"null")
    """Some hundred lines about where its database was read, of which one is of use."""


class _GrypeStatus(msgspec.Struct):
    built: str = ""


class _GrypeDatabase(_GrypeStatus):
    status: _GrypeStatus = msgspec.field(default_factory=_GrypeStatus)


class _Grype(msgspec.Struct):
    matches: list[_GrypeMatch]
    source: _GrypeSource | None = None
    distro: _GrypeDistro = msgspec.field(default_factory=_GrypeDistro)
    descriptor: _GrypeDescriptor = msgspec.field(default_factory=_GrypeDescriptor)


def _of_grype(report: _Grype, where: str) -> Opinion:
    target = _GrypeTarget()
    if report.source and bytes(report.source.target).startswith(b"{"):
        target = msgspec.json.decode(report.source.target, type=_GrypeTarget)
    findings = (
        Theirs(
            id=_cut(one.vulnerability.id),
            aliases=_aliases((other.id for other in one.related or ()), one.vulnerability.id),
            severity=_severity(one.vulnerability.severity),
            package=_cut(one.artifact.name),
            installed=_cut(one.artifact.version),
            fixed=_cut(", ".join(one.vulnerability.fix.versions or ())),
            of_distribution=one.artifact.type in ("apk", "deb", "rpm"),
        )
        for one in report.matches
    )
    return Opinion(
        tool="grype",
        version=_cut(report.descriptor.version),
        where=where,
        made_at=_cut(report.descriptor.timestamp),
        database_date=_cut(_built(report.descriptor.db)),
        digests=_digests([target.image_id, target.manifest_digest, *(target.repo_digests or ())]),
        distribution=_cut(f"{report.distro.name} {report.distro.version}".strip()),
        findings=_in_order(findings),
    )


def _built(written: msgspec.Raw) -> str:
    """Return the time of Grype's database: `db.built`, or in newer reports `db.status.built`."""
    try:
        database = msgspec.json.decode(written, type=_GrypeDatabase)
    except msgspec.DecodeError:
        return ""
    return database.built or database.status.built


class _TrivyFlaw(msgspec.Struct):
    id: str = msgspec.field(name="VulnerabilityID")
    package: str = msgspec.field(name="PkgName")
    installed: str = msgspec.field(default="", name="InstalledVersion")
    fixed: str = msgspec.field(default="", name="FixedVersion")
    severity: str = msgspec.field(default="", name="Severity")
    vendor_ids: list[str] | None = msgspec.field(default=None, name="VendorIDs")


class _TrivyResult(msgspec.Struct):
    kind: str = msgspec.field(default="", name="Class")
    flaws: list[_TrivyFlaw] | None = msgspec.field(default=None, name="Vulnerabilities")


class _TrivySystem(msgspec.Struct):
    family: str = msgspec.field(default="", name="Family")
    name: str = msgspec.field(default="", name="Name")


class _TrivyMetadata(msgspec.Struct):
    system: _TrivySystem | None = msgspec.field(default=None, name="OS")
    image_id: str = msgspec.field(default="", name="ImageID")
    diff_ids: list[str] | None = msgspec.field(default=None, name="DiffIDs")
    repo_digests: list[str] | None = msgspec.field(default=None, name="RepoDigests")


class _TrivyItself(msgspec.Struct):
    version: str = msgspec.field(default="", name="Version")


class _Trivy(msgspec.Struct):
    results: list[_TrivyResult] | None = msgspec.field(default=None, name="Results")
    metadata: _TrivyMetadata = msgspec.field(default_factory=_TrivyMetadata, name="Metadata")
    created_at: str = msgspec.field(default="", name="CreatedAt")
    itself: _TrivyItself = msgspec.field(default_factory=_TrivyItself, name="Trivy")


def _of_trivy(report: _Trivy, where: str) -> Opinion:
    metadata = report.metadata
    system = metadata.system or _TrivySystem()
    findings = (
        Theirs(
            id=_cut(one.id),
            aliases=_aliases(one.vendor_ids or (), one.id),
            severity=_severity(one.severity),
            package=_cut(one.package),
            installed=_cut(one.installed),
            fixed=_cut(one.fixed),
            of_distribution=result.kind == "os-pkgs",
        )
        for result in report.results or ()
        for one in result.flaws or ()
    )
    return Opinion(
        tool="trivy",
        version=_cut(report.itself.version),
        where=where,
        made_at=_cut(report.created_at),
        digests=_digests([metadata.image_id, *(metadata.repo_digests or ())]),
        diff_ids=tuple(metadata.diff_ids or ()),
        distribution=_cut(f"{system.family} {system.name}".strip()),
        findings=_in_order(findings),
    )


_SEVERITIES: Final[dict[str, Severity]] = {
    "critical": "critical", "high": "high", "medium": "medium", "low": "low", "negligible": "low",
}  # fmt: skip


def _severity(word: str) -> Severity:
    return _SEVERITIES.get(word.lower(), "unknown")


def _digests(written: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({one.rpartition("@")[2] for one in written} - {""}))


def _cut(word: str) -> str:
    return word[:WORD_LENGTH]


def _aliases(written: Iterable[str], name: str) -> tuple[str, ...]:
    return tuple(sorted({_cut(one) for one in written} - {_cut(name)})[:NAMES])


def _in_order(findings: Iterable[Theirs]) -> tuple[Theirs, ...]:
    """Return them in order; no more than tell that there are too many."""
    counted = islice(findings, MOST + 1)
    return tuple(sorted(counted, key=lambda one: (one.id, one.package, one.installed, one.fixed)))


# Comparing


def compared(
    opinion: Opinion, assessment: Assessment, digests: frozenset[str], diff_ids: tuple[str, ...] = ()
) -> Disagreement:
    """Hold a report against what is known here of the image that has these digests (ID, manifest) and layers."""
    about = _about(opinion, digests, diff_ids)
    theirs = [one for one in opinion.findings if one.of_distribution]
    languages = len({one.id for one in opinion.findings if not one.of_distribution})
    if not assessment.knows or about == "other":
        return Disagreement(opinion=opinion, about=about, language_count=languages)
    ours = {one.id: one for one in assessment.findings}
    names = {name: one.id for one in ours.values() for name in (*one.aliases, one.id)}
    both: dict[str, Theirs] = {}
    alone: dict[str, Theirs] = {}
    for one in theirs:
        mine = next((names[name] for name in (one.id, *one.aliases) if name in names), "")
        _keep_worst(both if mine else alone, mine or one.id, one)
    return Disagreement(
        opinion=opinion,
        about=about,
        both=tuple(sorted(both)),
        only_ours=tuple(sorted(ours.keys() - both.keys())),
        only_theirs=tuple(one for _, one in sorted(alone.items())),
        severities=tuple(_differing({name: ours[name].severity for name in both}, both)),
        language_count=languages,
        is_comparable=True,
    )


def _about(opinion: Opinion, digests: frozenset[str], diff_ids: tuple[str, ...]) -> About:
    """Tell whether a report is about these bytes. Some layers in common say nothing: images are built on others."""
    if digests & {*opinion.digests} or (diff_ids and diff_ids == opinion.diff_ids):
        return "same"
    return "other" if opinion.digests or opinion.diff_ids else "unsaid"


def _keep_worst(kept: dict[str, Theirs], name: str, one: Theirs) -> None:
    if name not in kept or SEVERITIES.index(one.severity) < SEVERITIES.index(kept[name].severity):
        kept[name] = one


def _differing(ours: dict[str, Severity], theirs: dict[str, Theirs]) -> Iterator[tuple[str, Severity, Severity]]:
    for name in sorted(ours):
        mine, other = ours[name], theirs[name].severity
        if mine != other and "unknown" not in (mine, other):
            yield name, mine, other
