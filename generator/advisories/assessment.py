"""What is known of the flaws of one image: the values, and their bytes.

An Assessment depends on a document and a database alone; `aged` adds the only thing that time does to it. Its state is
one of five, and only `assessed` (and `too-old`, as of its date) says anything about flaws: none of the others is "no
flaws". Canonical JSON, as documents have it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal

import msgspec

from generator.errors import StoreError

SCHEMA_VERSION: Final = 1

State = Literal["assessed", "no-advisories", "no-package-database", "too-old", "not-assessed"]
"""assessed: every package with a name and a version was held against the database.
no-advisories: the database has nothing about this distribution, or not about this release of it.
no-package-database: the image does not say which packages it has; `unowned_file_count` files are nobody's.
too-old: as assessed, but the database was older than allowed on the day given to `aged`.
not-assessed: there was no database at all, or the document does not know its packages."""

Severity = Literal["critical", "high", "medium", "low", "none", "unknown"]
SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "high", "medium", "low", "none", "unknown")
"""Worst first. `none` is CVSS's word for a score of 0; `unknown` is that nobody said."""


class Fact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every struct here."""


class Archive(Fact, frozen=True, kw_only=True):
    """One file of the database that was asked."""

    name: str
    """Its place in the database's folder: `Alpine/all.zip`."""
    kind: Literal["osv", "secdb", "kev", "epss"]
    digest: str
    """sha256:HEX of its bytes."""
    as_of: str
    """YYYY-MM-DD: the newest date that stands in it; "" when it has none."""


class Exploited(Fact, frozen=True, kw_only=True):
    """An entry of CISA's catalogue of exploited vulnerabilities."""

    added_on: str
    """YYYY-MM-DD."""
    ransomware: bool
    """Known to be used for ransomware."""


class Statement(Fact, frozen=True, kw_only=True):
    """What somebody says of this flaw in this image (VEX)."""

    status: Literal["not_affected", "affected", "fixed", "under_investigation"]
    justification: str = ""
    words: str = ""
    author: str = ""
    stated_at: str = ""
    """As written: RFC 3339."""
    where: str = ""
    """The file that says so, as images.yml names it."""


class Occurrence(Fact, frozen=True, kw_only=True):
    """One installed package that has the flaw."""

    package: int
    """Index into the document's packages section."""
    name: str
    installed: str
    """The version that was compared, with its epoch; the source package's where advisories are about sources."""
    fixed: str
    """The version that has no such flaw any more; "": there is none yet."""
    advised_name: str
    """The package's name in the advisory: its own, or its source package's."""
    advisories: tuple[str, ...]
    """Identifiers of the advisories that say so, sorted."""


class Finding(Fact, frozen=True, kw_only=True):
    """One flaw, however many advisories and packages it is in."""

    id: str
    """The CVE where there is one, else GHSA, else the advisory's own identifier."""
    aliases: tuple[str, ...]
    """Other identifiers of the same flaw, sorted."""
    summary: str
    """One line, as an advisory has it; hostile text like everything from outside."""
    severity: Severity
    severity_source: str
    """Who said so: CVSS_V4, CVSS_V3, CVSS_V2, or the distribution whose word it is; "" when unknown."""
    score: float | None
    """The CVSS base score that `severity` was told from."""
    vector: str
    own_word: str
    """The distribution's own word, as written (Important, not yet assigned, negligible); ""."""
    published: str
    """YYYY-MM-DD of the earliest advisory about it; ""."""
    exploited: Exploited | None
    """None: not in the catalogue, or there was none to ask (`Assessment.archives` tells)."""
    epss_score: float | None
    """Probability of exploitation in the next 30 days; None: not said, or there was nothing to ask."""
    packages: tuple[Occurrence, ...]
    """By name, then by index."""
    statement: Statement | None = None

    @property
    def fixable(self) -> bool:
        """Whether every package that has it can be brought to a version without it."""
        return all(one.fixed for one in self.packages)

    @property
    def counts(self) -> bool:
        """Whether it is open: nobody says that this image is not affected."""
        return self.statement is None or self.statement.status not in ("not_affected", "fixed")


class Undecided(Fact, frozen=True, kw_only=True):
    """A package and an advisory of which nobody can say whether they meet."""

    package: int
    name: str
    installed: str
    advisory: str
    reason: Literal["version", "module", "range"]
    """version: one of the versions has no order in this distribution's system; module: a fix for a module, and it is
    not known which stream the package is of; range: the advisory's ranges are in another system of versions."""


class Counts(Fact, frozen=True, kw_only=True):
    """How many open flaws there are of each severity."""

    critical: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0
    none: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return sum(getattr(self, name) for name in SEVERITIES)


class Assessment(Fact, frozen=True, kw_only=True):
    """What a database says of one image."""

    schema_version: int = SCHEMA_VERSION
    state: State
    reason: str = ""
    """A slug for why it is not assessed: no-database, packages-unknown, packages-failed, no-os-release,
    unknown-distribution, no-archive (of this distribution), no-release (nothing about this release in it)."""
    ecosystem: str = ""
    """OSV's name of the distribution and release that were asked for: `Alpine:v3.20`."""
    basis: str = ""
    """sha256:HEX over all that it was made of: the database, the document, and the version of these rules."""
    database_digest: str = ""
    """sha256:HEX over all that was asked."""
    database_date: str = ""
    """YYYY-MM-DD: the newest date in the asked archives, or the day they were last found to be current; "": unknown."""
    asked: tuple[str, ...] = ()
    """Names of the archives that have something about this release."""
    newest_advisory: str = ""
    """YYYY-MM-DD of the newest advisory about this very release: it stands still when support has ended; ""."""
    advisory_count: int | None = None
    """Advisories about this release; None where nothing was asked."""
    archives: tuple[Archive, ...] = ()
    package_count: int | None = None
    """Installed packages that were held against the database."""
    unheld_count: int | None = None
    """Those that cannot be: without a version, or of another package system than the distribution's own."""
    unowned_file_count: int | None = None
    """Files that no package owns, about which no advisory says anything; None: not known."""
    counts: Counts | None = None
    """None unless the state is assessed or too-old."""
    fixable_count: int | None = None
    exploited_count: int | None = None
    """None also where there was no catalogue to ask."""
    findings: tuple[Finding, ...] = ()
    """The worst first, then by id."""
    undecided: tuple[Undecided, ...] = ()

    @property
    def head(self) -> "Assessment":
        """It without its lists, which are most of it."""
        return msgspec.structs.replace(self, findings=(), undecided=(), archives=())

    @property
    def knows(self) -> bool:
        """Whether the counts mean something."""
        return self.counts is not None


_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(Assessment)


def encode(assessment: Assessment) -> bytes:
    """Return the canonical bytes."""
    return _ENCODER.encode(assessment)


def decode(content: bytes, *, path: str) -> Assessment:
    """Read an assessment; raises StoreError when it is damaged or of another schema version."""
    try:
        found = _DECODER.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise StoreError(path=path, reason=f"not an assessment: {err}") from err
    if found.schema_version != SCHEMA_VERSION:
        raise StoreError(
            path=path, reason=f"schema version {found.schema_version}, this program reads {SCHEMA_VERSION}"
        )
    return found


def aged(assessment: Assessment, today: date, max_age_days: int) -> Assessment:
    """Return it as `too-old` when its database was older than allowed on `today`. Without a date nothing is known."""
    if assessment.state != "assessed" or not assessment.database_date:
        return assessment
    age = (today - date.fromisoformat(assessment.database_date)).days
    return msgspec.structs.replace(assessment, state="too-old") if age > max_age_days else assessment


def tallied(assessment: Assessment) -> Assessment:
    """Return it with its counts told anew from its findings, as they are after statements were put in."""
    if assessment.counts is None:
        return assessment
    counted = [one for one in assessment.findings if one.counts]
    words: Mapping[str, int] = {name: sum(one.severity == name for one in counted) for name in SEVERITIES}
    asked = any(one.kind == "kev" for one in assessment.archives)
    return msgspec.structs.replace(
        assessment,
        counts=Counts(**words),
        fixable_count=sum(one.fixable for one in counted),
        exploited_count=sum(one.exploited is not None for one in counted) if asked else None,
    )
