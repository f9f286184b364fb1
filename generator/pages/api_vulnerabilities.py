"""What is known of vulnerabilities, for programs: a file for each image, `vulnerabilities.json`, and a search by names.

An assessment in, a file out, once for all languages. It says what was asked as well: which archives by their digests,
as of when, and how many advisories. The shapes are the API's own, so that they keep their meaning when assessments
in the store change theirs.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

import msgspec

from generator.advisories.assessment import SEVERITIES, Archive, Assessment, Counts, Finding, Occurrence, Statement
from generator.analysis.document import Document
from generator.pages.api_shapes import Day, Known, Place, Reference, SeverityCounts, Sha, Shape
from generator.pages.environment import Templates
from generator.pages.public import permalink, vulnerabilities_place
from generator.pages.site import File, Image, Site

_ENCODER = msgspec.json.Encoder(order="deterministic")


class AskedArchive(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the database."""

    name: str
    """Its place in the folder of advisories, as OSV publishes it: `Alpine/all.zip`."""
    kind: Literal["osv", "secdb", "kev", "epss"]
    digest: Sha
    as_of: Day | None
    """The newest date in it, or the day on which its publisher had no newer one; null: not known."""
    is_about_release: bool
    """Whether it has advisories about this very release."""


class KnownPackage(msgspec.Struct, frozen=True, kw_only=True):
    """One installed package that has it."""

    name: str
    installed: str
    """The version that was compared: the source package's where advisories are about sources."""
    fixed: str | None
    """The first version without it; null: there is none yet."""
    advised_name: str
    """The package's name in the advisories."""
    advisories: tuple[str, ...]


class KnownExploited(msgspec.Struct, frozen=True, kw_only=True):
    """It is in CISA's catalogue of known exploited vulnerabilities."""

    added_on: Day | None
    ransomware: bool


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says of it in this image (VEX)."""

    status: Literal["not_affected", "affected", "fixed", "under_investigation"]
    justification: str
    words: str
    author: str
    stated_at: str
    """As written."""
    where: str
    """The file that says so, as images.yml names it."""


class Vulnerability(msgspec.Struct, frozen=True, kw_only=True):
    """One vulnerability, however many advisories and packages it is in."""

    id: str
    """The CVE where there is one, else GHSA, else the advisory's own identifier."""
    aliases: tuple[str, ...]
    summary: str
    """As an advisory has it: text from outside."""
    is_counted: bool
    """false: `statement` says that it does not concern the image, so it is in no count."""
    severity: Literal["critical", "high", "medium", "low", "none", "unknown"]
    severity_source: str
    """CVSS_V4, CVSS_V3, CVSS_V2, or the distribution whose word it is; "" when unknown."""
    score: float | None
    """CVSS base score."""
    vector: str
    own_word: str
    """The distribution's own word, as written; "" for none."""
    published: Day | None
    exploited: KnownExploited | None
    epss_score: float | None
    """Probability of exploitation within 30 days, as EPSS has it; null: not said, or not asked."""
    is_fixable: bool
    """Whether every package that has it has a fixed version."""
    packages: tuple[KnownPackage, ...]
    statement: Stated | None


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """A package and an advisory of which nobody can say whether they meet; in no count."""

    package: str
    installed: str
    advisory: str
    reason: Literal["version", "module", "range"]
    """version: one of the versions has no order in this distribution's system; module: the stream of a module is not
    known; range: the advisory's versions are those of another system."""


class Vulnerabilities(Shape, frozen=True, kw_only=True):
    """`images/NAME/PLATFORM/vulnerabilities.json`: all that is known of one image's vulnerabilities."""

    name: str
    platform: str
    digest: Sha
    """What was assessed."""
    page: Place
    known: Known
    archives: tuple[AskedArchive, ...]
    """All that was asked, by name."""
    vulnerabilities: tuple[Vulnerability, ...]
    """The worst first."""
    undecided: tuple[Doubt, ...]


class VulnerabilitySearch(Shape, frozen=True, kw_only=True):
    """`search/vulnerabilities.json`: which image has which vulnerability."""

    images: tuple[Reference, ...]
    unassessed: tuple[int, ...]
    """Places in `images` of those of which nobody can tell: that they stand nowhere below says nothing."""
    vulnerabilities: dict[str, tuple[int, ...]]
    """Identifier → places in `images` of those in which it is open."""
    aliases: dict[str, str]
    """Another name of one → its identifier above."""


def open_in(images: Sequence[Image], site: Site) -> tuple[dict[str, list[int]], dict[str, str]]:
    """Return the places in `images` of those in which each vulnerability is open, and its other names; both by name."""
    places: dict[str, list[int]] = defaultdict(list)
    names: dict[str, str] = {}
    for place, image in enumerate(images):
        for one in site.assessment(image).findings:
            if one.counts:
                places[one.id].append(place)
                names |= dict.fromkeys(one.aliases, one.id)
    return dict(sorted(places.items())), {name: names[name] for name in sorted(names) if name not in places}


def search(references: Sequence[Reference], images: Sequence[Image], site: Site) -> VulnerabilitySearch:
    """Return which of the images has which vulnerability; `references` are theirs."""
    places, aliases = open_in(images, site)
    return VulnerabilitySearch(
        images=tuple(references),
        unassessed=tuple(place for place, image in enumerate(images) if not site.assessed[image.folder].knows),
        vulnerabilities={name: tuple(found) for name, found in places.items()},
        aliases=aliases,
    )


def render(image: Image, document: Document, site: Site, templates: Templates) -> Iterator[File]:
    """Yield the file, once for all languages."""
    if site.folder:
        return
    one = site.assessment(image)
    found = Vulnerabilities(
        name=image.target.name,
        platform=str(image.platform),
        digest=document.subject,
        page=permalink(image.folder),
        known=known(one, image),
        archives=tuple(_archive(archive, one, site) for archive in one.archives),
        vulnerabilities=tuple(map(_vulnerability, one.findings)),
        undecided=tuple(
            Doubt(package=each.name, installed=each.installed, advisory=each.advisory, reason=each.reason)
            for each in one.undecided
        ),
    )
    yield File(vulnerabilities_place(image.target.name, image.platform.slug), _ENCODER.encode(found) + b"\n")


def known(one: Assessment, image: Image) -> Known:
    """Return an assessment in figures; its lists are not needed."""
    return Known(
        state=one.state,
        reason=one.reason,
        release=one.ecosystem,
        counts=None if one.counts is None else severity_counts(one.counts),
        fixable_count=one.fixable_count,
        exploited_count=one.exploited_count,
        database_digest=one.database_digest,
        database_date=one.database_date or None,
        newest_advisory=one.newest_advisory or None,
        advisory_count=one.advisory_count,
        package_count=one.package_count,
        unheld_count=one.unheld_count,
        unowned_file_count=one.unowned_file_count,
        json=vulnerabilities_place(image.target.name, image.platform.slug),
    )


def severity_counts(counts: Counts) -> SeverityCounts:
    """Return the figures as the API has them."""
    return SeverityCounts(**{name: getattr(counts, name) for name in SEVERITIES}, total=counts.total)


def _day(written: str) -> str | None:
    """Return what is a day, as catalogues from outside should have it."""
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        return None


def _archive(archive: Archive, one: Assessment, site: Site) -> AskedArchive:
    return AskedArchive(
        name=archive.name,
        kind=archive.kind,
        digest=archive.digest,
        as_of=site.assessments.date_of(archive.name) or None,
        is_about_release=archive.name in one.asked,
    )


def _vulnerability(one: Finding) -> Vulnerability:
    return Vulnerability(
        id=one.id,
        aliases=one.aliases,
        summary=one.summary,
        is_counted=one.counts,
        severity=one.severity,
        severity_source=one.severity_source,
        score=one.score,
        vector=one.vector,
        own_word=one.own_word,
        published=_day(one.published),
        exploited=KnownExploited(added_on=_day(one.exploited.added_on), ransomware=one.exploited.ransomware)
        if one.exploited
        else None,
        epss_score=one.epss_score,
        is_fixable=one.fixable,
        packages=tuple(map(_package, one.packages)),
        statement=_stated(one.statement) if one.statement else None,
    )


def _package(one: Occurrence) -> KnownPackage:
    return KnownPackage(
        name=one.name,
        installed=one.installed,
        fixed=one.fixed or None,
        advised_name=one.advised_name,
        advisories=one.advisories,
    )


def _stated(one: Statement) -> Stated:
    return Stated(
        status=one.status,
        justification=one.justification,
        words=one.words,
        author=one.author,
        stated_at=one.stated_at,
        where=one.where,
    )
