"""What somebody says of flaws in images: OpenVEX documents in, statements out, and findings with statements put in.

OpenVEX 0.2.0 (github.com/openvex/spec); 0.0.x with plain strings for products and vulnerabilities is read too. A
statement is about an image by its digest, its package URL (type oci), a source of images.yml, or the image's name
there; or about a package by its package URL. It counts for a finding when it covers every package that has the flaw.
Of several the newest counts, and of equally new ones the last. Signatures are not looked at: whoever writes
images.yml decides whose word is listed there.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec
from packageurl import PackageURL

from generator.advisories.assessment import Assessment, Finding, Occurrence, Statement, tallied
from generator.advisories.given import content_of
from generator.advisories.releases import distributions_of
from generator.errors import InvalidReport
from generator.limits import MIB
from generator.oci.digest import Digest, hex_of

FILE_SIZE: Final = 16 * MIB
"""Bytes of one document; it has room for 400,000 statements, which take three seconds to read."""

_JUSTIFICATION_LENGTH: Final = 100
"""Characters; the longest of the five that there are has 50."""
_PACKAGES: Final = {"apk", "deb", "rpm"}
"""Types of package URLs that findings are about."""


class Said(NamedTuple):
    """One statement of a document."""

    names: frozenset[str]
    """Identifiers of the flaw, aliases included."""
    products: tuple["Product", ...]
    statement: Statement


class Component(NamedTuple):
    """Something that is named by identifiers."""

    names: frozenset[str]
    """As written."""
    urls: tuple[PackageURL, ...]
    digests: frozenset[str]
    """SHA-256, in hex."""


class Product(NamedTuple):
    """What a statement is about."""

    itself: Component
    parts: tuple[Component, ...]
    """Packages in it; () for all of it."""


# Reading


class _Component(msgspec.Struct, frozen=True):
    id: str = msgspec.field(default="", name="@id")
    identifiers: dict[str, str] = {}
    hashes: dict[str, str] = {}


class _Product(_Component, frozen=True):
    subcomponents: list[_Component | str] = []


class _Vulnerability(msgspec.Struct, frozen=True):
    id: str = msgspec.field(default="", name="@id")
    name: str = ""
    aliases: list[str] = []


class _Statement(msgspec.Struct, frozen=True):
    vulnerability: _Vulnerability | str
    status: Literal["not_affected", "affected", "fixed", "under_investigation"]
    products: list[_Product | str] = []
    timestamp: str = ""
    last_updated: str = ""
    justification: str = ""
    impact_statement: str = ""
    action_statement: str = ""
    status_notes: str = ""


class _Document(msgspec.Struct, frozen=True):
    context: Annotated[str, msgspec.Meta(pattern=r"^https://openvex\.dev/ns")] = msgspec.field(name="@context")
    author: str
    timestamp: str
    statements: list[_Statement]
    last_updated: str = ""


def read(path: Path, where: str) -> tuple[Said, ...]:
    """Return a document's statements, in its order; raises InvalidReport, naming the file as `where`."""
    return parse(content_of(path, where, FILE_SIZE), where)


def parse(content: bytes, where: str) -> tuple[Said, ...]:
    """Return what a document's bytes say; raises InvalidReport."""
    try:
        document = msgspec.json.decode(content, type=_Document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise InvalidReport(where=where, reason=f"not an OpenVEX document: {err}") from err
    return tuple(_said(document, one, where) for one in document.statements)


def _said(document: _Document, one: _Statement, where: str) -> Said:
    about = one.vulnerability
    names = (
        {about} if isinstance(about, str) else {about.name or about.id.rstrip("/").rpartition("/")[2], *about.aliases}
    )
    words = [one.impact_statement, one.action_statement, one.status_notes]
    return Said(
        frozenset(name.upper() for name in names if name),
        tuple(_product(product) for product in one.products),
        Statement(
            status=one.status,
            justification=one.justification[:_JUSTIFICATION_LENGTH],
            words=" ".join(" ".join(words).split())[:2000],
            author=document.author[:200],
            stated_at=(one.last_updated or one.timestamp or document.last_updated or document.timestamp)[:40],
            where=where,
        ),
    )


def _product(written: _Product | str) -> Product:
    if isinstance(written, str):
        return Product(_component(_Component(id=written)), ())
    parts = (_Component(id=one) if isinstance(one, str) else one for one in written.subcomponents)
    return Product(_component(written), tuple(_component(one) for one in parts))


def _component(written: _Component) -> Component:
    names = {written.id, *written.identifiers.values()} - {""}
    digest = written.hashes.get("sha-256", "").lower()
    return Component(frozenset(names), tuple(_urls(names)), frozenset({digest} - {""}))


def _urls(names: Iterable[str]) -> Iterator[PackageURL]:
    for name in sorted(names):
        if name.startswith("pkg:"):
            try:
                yield PackageURL.from_string(name)
            except ValueError:
                continue  # an identifier that is none names nothing


# Applying


class Identity(NamedTuple):
    """By what an image is known."""

    subject: Digest
    name: str
    """In images.yml; "" for an image that it has no longer."""
    sources: Sequence[str]
    """As images.yml has them."""


def applied(assessment: Assessment, image: Identity, said: Sequence[Said]) -> Assessment:
    """Return the assessment with each finding's newest statement, and its counts without what is not affected."""
    if not said or not assessment.findings:
        return assessment
    by_name: defaultdict[str, set[int]] = defaultdict(set)
    for place, one in enumerate(said):
        for name in one.names:
            by_name[name].add(place)

    def about(finding: Finding) -> list[Said]:
        names = {name.upper() for name in (finding.id, *finding.aliases)}
        return [said[place] for place in sorted(set[int]().union(*(by_name.get(name, ()) for name in names)))]

    findings = tuple(
        msgspec.structs.replace(one, statement=_newest(about(one), one, assessment, image))
        for one in assessment.findings
    )
    return (
        assessment
        if findings == assessment.findings
        else tallied(msgspec.structs.replace(assessment, findings=findings))
    )


def _newest(said: Sequence[Said], finding: Finding, assessment: Assessment, image: Identity) -> Statement | None:
    """Return the newest of the statements about a flaw that cover it here; of equally new ones the last."""
    covering = [
        one.statement for one in said if any(_covers(product, finding, assessment, image) for product in one.products)
    ]
    return max(reversed(covering), key=_time, default=None)


def _time(statement: Statement) -> tuple[Any, ...]:
    """Return something to order times by; a time that is none comes before all others."""
    try:
        at = datetime.fromisoformat(statement.stated_at)
    except ValueError:
        return (0,)
    return (1, at if at.tzinfo else at.replace(tzinfo=UTC))


def _covers(product: Product, finding: Finding, assessment: Assessment, image: Identity) -> bool:
    """Tell whether a statement about a product is one about all packages of the image that have the flaw."""
    is_image = _is_image(product.itself, image)
    parts = product.parts if is_image else () if product.parts else (product.itself,)
    if is_image and not parts:
        return True
    return bool(parts) and all(any(_is_package(part, one, assessment) for part in parts) for one in finding.packages)


def _is_image(component: Component, image: Identity) -> bool:
    if hex_of(image.subject) in component.digests:
        return True
    for name in component.names:
        digest = name.rpartition("@")[2]
        if digest == image.subject or (image.name and name == image.name) or name in image.sources:
            return True
    return any(url.type == "oci" and _is_that_image(url, image) for url in component.urls)


def _is_that_image(url: PackageURL, image: Identity) -> bool:
    """Compare a package URL of type oci: its version is the manifest's digest, else it is about a name and tag."""
    if url.version:
        return url.version == image.subject
    qualifiers = url.qualifiers if isinstance(url.qualifiers, dict) else {}
    repository, tag = qualifiers.get("repository_url", ""), qualifiers.get("tag", "")
    for source in image.sources:
        place, _, its_tag = source.rpartition(":")
        if "/" in its_tag or not place:
            place, its_tag = source, "latest"
        place = place.removeprefix("registry:")
        if repository and place.lower() == repository.lower() and (not tag or tag == its_tag):
            return True
    return False


def _is_package(part: Component, one: Occurrence, assessment: Assessment) -> bool:
    return any(_is_that_package(url, one, assessment) for url in part.urls)


def _is_that_package(url: PackageURL, one: Occurrence, assessment: Assessment) -> bool:
    if url.type not in _PACKAGES or url.name not in (one.name.lower(), one.name, one.advised_name):
        return False
    if url.namespace and url.namespace.lower() not in distributions_of(assessment.ecosystem):
        return False
    qualifiers = url.qualifiers if isinstance(url.qualifiers, dict) else {}
    epoch = qualifiers.get("epoch", "")
    version = f"{epoch}:{url.version}" if epoch not in ("", "0") else url.version
    return not url.version or version == one.installed
