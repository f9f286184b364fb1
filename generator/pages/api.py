"""The JSON API, static files below `api/v1/`: the whole site in, every file but `status.json` out.

Made of the same values as the pages, in no language and without a clock. `status.json` says when the site was built,
so it is the build's own. Addresses in it are those of this API and permalinks, which stay right whatever version of
the site is on show.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Final

import msgspec

from generator import text
from generator.advisories.assessment import SEVERITIES, Assessment
from generator.compare.flaws import Outline, Tally
from generator.compare.matrix import FACT_NAMES, SIZE_NAMES, Fact
from generator.compare.past import Past, State, Step
from generator.compare.summary import Summary
from generator.compare.terms import FIELD_END, KINDS, unpack
from generator.lifecycle.rules import Standing
from generator.oci.digest import Digest
from generator.pages import api_shapes as shapes
from generator.pages import api_vulnerabilities, chronicle, openapi
from generator.pages.chronicle import Chronicle
from generator.pages.public import bill_place, document_place, permalink
from generator.pages.site import File, Image, Site
from generator.sbom import FORMATS
from generator.store.observation import Figures

ROOT: Final = "api/v1"
NEWEST: Final = 500
"""Changes that `changes.json` has; a year's file has all of the year."""

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_PACKAGE: Final = f"0{KINDS['package']}"


def render(site: Site) -> Iterator[File]:
    """Yield every file of the API but `status.json`."""
    summaries = {image.folder: _summary(image, site) for image in site.images}
    for image in site.images:
        yield _file(f"{ROOT}/{_place(image)}.json", _image(image, summaries[image.folder], site))
    for told in chronicle.every(site):
        yield _file(f"{ROOT}/images/{told.name}/{told.slug}/history.json", _history(told, site))
    yield _file(f"{ROOT}/index.json", _index(site, tuple(summaries.values())))
    yield from _digests(site)
    yield from _changes(site)
    yield _file(f"{ROOT}/search/packages.json", _packages(site))
    known = [image for image in site.images if image.folder in site.assessed]
    references = [shapes.Reference(**_reference(image)) for image in known]
    yield _file(f"{ROOT}/search/vulnerabilities.json", api_vulnerabilities.search(references, known, site))
    yield File(f"{ROOT}/matrix.csv", _csv(site))
    yield from _descriptions(site)


def encoded(shape: msgspec.Struct) -> bytes:
    """Return a file's bytes."""
    return _ENCODER.encode(shape) + b"\n"


def _file(path: str, shape: msgspec.Struct) -> File:
    return File(path, encoded(shape))


def _place(image: Image) -> str:
    return f"images/{image.target.name}/{image.platform.slug}"


def _reference(image: Image) -> dict[str, str]:
    return {
        "name": image.target.name,
        "platform": str(image.platform),
        "json": f"{ROOT}/{_place(image)}.json",
        "page": permalink(image.folder),
    }


# Images


def _summary(image: Image, site: Site) -> shapes.Overview:
    state = site.past(image).newest if image.outcome.observation else None
    return shapes.Overview(
        **_reference(image),
        title=image.target.title,
        group=image.group.name,
        status=image.target.status,
        freshness=image.freshness.kind,  # type: ignore[arg-type]
        digest=image.outcome.observation.subject if image.outcome.observation else None,
        since=state.since if state else None,
        figures=state.figures if state else None,
    )


def _image(image: Image, summary: shapes.Overview, site: Site) -> shapes.Image:
    target, row, observation = image.target, site.row(image), image.outcome.observation
    return shapes.Image(
        summary=summary,
        description=target.description,
        owner=target.owner,
        reason=target.reason,
        replacement=target.replacement,
        review_on=target.review_on or None,
        source=observation.source if observation else "",
        provenance=image.provenance,
        trouble=image.outcome.reason if image.outcome.state in ("stale", "missing") else "",
        life_cycle=_life_cycle(site.standings.get(image.folder)),
        facts={name: _fact(row.facts[name]) for name in FACT_NAMES} if row else {},
        surface={
            one.name: shapes.SurfaceFact(
                state=one.state, count=one.count, unclear_count=one.unclear_count, reason=one.reason
            )
            for one in site.surfaces.get(image.folder, ())
        },
        unknown_sizes=dict(row.reasons) if row else {},
        document=document_place(observation.subject) if observation and row else None,
        bills={
            form: bill_place(target.name, image.platform.slug, observation.subject, form)
            for form in (FORMATS if observation and row else ())
            if observation
        },
        vulnerabilities=api_vulnerabilities.known(site.assessed[image.folder], image) if row else None,
        history=f"{ROOT}/{_place(image)}/history.json",
    )


def _fact(fact: Fact) -> shapes.Fact:
    return shapes.Fact(state=fact.state, count=fact.count, names=fact.words if fact.state == "yes" else ())


def _life_cycle(standing: Standing | None) -> shapes.LifeCycle | None:
    if standing is None:
        return None
    ends = standing.release.ends if standing.release else None
    return shapes.LifeCycle(
        kind=standing.kind,
        distribution=standing.title,
        release=standing.cycle,
        ends=ends if isinstance(ends, str) else None,
        has_ended=ends if isinstance(ends, bool) else None,
    )


def _index(site: Site, summaries: tuple[shapes.Overview, ...]) -> shapes.Index:
    settings = site.configuration.site
    return shapes.Index(
        title=settings.title,
        description=settings.description,
        url=settings.url,
        data_as_of=data_as_of(site),
        images=summaries,
        removed=tuple(
            shapes.Removed(
                name=one.name,
                page=permalink(f"images/{one.name}"),
                digest=past.states[-1].subject,
                last_seen=past.states[-1].last.at,
            )
            for one in site.removed
            if (past := next((past for past in one.pasts.values() if past.states), None))
        ),
    )


def data_as_of(site: Site) -> str | None:
    """Return when the newest observation was made."""
    return max((one.outcome.observation.at for one in site.images if one.outcome.observation), default=None)


# Over time


def _history(told: Chronicle, site: Site) -> shapes.History:
    states = told.past.states
    ends = [*(state.since for state in states[1:]), *([None] if states else [])]
    return shapes.History(
        name=told.name,
        platform=told.platform,
        states=tuple(_state(state, end) for state, end in reversed(list(zip(states, ends, strict=True)))),
        changes=tuple(reversed(_told(told, site))),
    )


def _state(state: State, until: str | None) -> shapes.State:
    return shapes.State(
        digest=state.subject,
        since=state.since,
        until=until,
        source=state.last.source,
        provenance=state.last.provenance,
        figures=state.figures,
    )


def _change(told: Chronicle, step: Step, summary: Summary, site: Site) -> shapes.Change:
    outline = told.outline(step, site)
    return shapes.Change(
        name=told.name,
        platform=told.platform,
        at=step.at,
        before=step.before.subject,
        after=step.after.subject,
        page=permalink(f"{told.folder}/changes/{step.name}"),
        summary=summary,
        vulnerabilities=_turnover(outline) if outline else None,
    )


def _turnover(outline: Outline) -> shapes.Turnover:
    return shapes.Turnover(
        gone=_vulnerable(outline.gone, outline.gone_named), new=_vulnerable(outline.new, outline.new_named)
    )


def _vulnerable(tally: Tally, named: tuple[str, ...]) -> shapes.Vulnerable:
    return shapes.Vulnerable(
        counts=api_vulnerabilities.severity_counts(tally.counts),
        exploited_count=tally.exploited_count,
        fixable_count=tally.fixable_count,
        named=named,
    )


def _told(told: Chronicle, site: Site) -> list[shapes.Change]:
    """Return the image's changes, oldest first."""
    return [_change(told, step, summary, site) for step, summary in told.told(site)]


def _arrival(told: Chronicle) -> shapes.Change:
    first = told.past.states[0]
    return shapes.Change(
        name=told.name,
        platform=told.platform,
        at=first.since,
        before=None,
        after=first.subject,
        page=permalink(told.folder),
        summary=None,
        vulnerabilities=None,
    )


def _changes(site: Site) -> Iterator[File]:
    every = [_arrival(told) for told in chronicle.every(site) if told.past.states]
    every += [change for told in chronicle.every(site) for change in _told(told, site)]
    every.sort(key=lambda one: (one.at, one.name, one.platform, one.before is not None), reverse=True)
    years: dict[str, list[shapes.Change]] = defaultdict(list)
    for one in every:
        years[one.at[:4]].append(one)
    places = {year: f"{ROOT}/changes/{year}.json" for year in sorted(years, reverse=True)}
    yield _file(f"{ROOT}/changes.json", shapes.Changes(changes=tuple(every[:NEWEST]), years=places))
    for year, place in places.items():
        yield _file(place, shapes.Changes(changes=tuple(years[year]), years=places))


def _digests(site: Site) -> Iterator[File]:
    """Yield a file for each digest that an image was ever seen under."""
    seen: dict[str, list[shapes.Seen]] = defaultdict(list)
    figures: dict[str, Figures | None] = {}
    shown = {one.outcome.observation.subject for one in site.images if one.outcome.observation and site.row(one)}
    for told in chronicle.every(site):
        for state in _history(told, site).states:
            figures[state.digest] = figures.get(state.digest) or state.figures
            seen[state.digest].append(_seen(told, state.since, state.until))
        for index, since, until in _indexes(told.past):
            if index not in figures:
                seen[index].append(_seen(told, since, until))
    for digest in sorted(seen):
        yield _file(
            f"{ROOT}/digests/{digest.replace(':', '/')}.json",
            shapes.DigestFound(
                digest=digest,
                kind="image" if digest in figures else "index",
                seen=tuple(seen[digest]),
                figures=figures.get(digest),
                document=document_place(Digest(digest)) if digest in shown else None,
            ),
        )


def _indexes(past: Past) -> Iterator[tuple[str, str, str | None]]:
    """Yield the digests by which references led to the image, each with its first time and the next one's."""
    observations = [one for state in past.states for one in state.observations]
    led = [(digest, next(together).at) for digest, together in groupby(observations, lambda one: one.resolved_digest)]
    ends = [*(at for _, at in led[1:]), *([None] if led else [])]
    for (digest, at), end in zip(led, ends, strict=True):
        if digest is not None:
            yield digest, at, end


def _seen(told: Chronicle, since: str, until: str | None) -> shapes.Seen:
    return shapes.Seen(name=told.name, platform=told.platform, since=since, until=until, page=permalink(told.folder))


# Search, table, descriptions


def _packages(site: Site) -> shapes.PackageSearch:
    known = [image for image in site.images if image.folder in site.terms]
    packages: dict[str, list[shapes.Where]] = defaultdict(list)
    for number, image in enumerate(known):
        for line in unpack(site.terms[image.folder].packed):
            key, rank, name, version = line.split(FIELD_END)
            if rank == _PACKAGE:
                packages[name or key].append(shapes.Where(image=number, version=version))
    return shapes.PackageSearch(
        images=tuple(shapes.Reference(**_reference(image)) for image in known),
        packages={name: tuple(packages[name]) for name in sorted(packages)},
    )


def _csv(site: Site) -> bytes:
    """Return the matrix as RFC 4180 has it; cells that a spreadsheet would take for formulas are disarmed."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(CSV_COLUMNS)
    for image in site.images:
        row, standing = site.row(image), _life_cycle(site.standings.get(image.folder))
        observation = image.outcome.observation
        figures = {name: _csv_fact(row.facts[name]) if row else "" for name in FACT_NAMES}
        cells = [
            image.target.name,
            str(image.platform),
            image.group.name,
            image.target.title,
            image.target.status or "",
            image.freshness.kind,
            observation.subject if observation else "",
            observation.at if observation else "",
            *(_number(row.sizes[name]) if row else "" for name in SIZE_NAMES),
            _number(row.layer_count) if row else "",
            _number(row.entry_count) if row else "",
            *figures.values(),
            row.distribution if row else "",
            standing.ends or "" if standing else "",
            row.created or "" if row else "",
            *_csv_vulnerabilities(site.assessed[image.folder] if row else None),
        ]
        table.writerow([text.csv_cell(cell) for cell in cells])
    return out.getvalue().encode("utf-8")


CSV_COLUMNS: Final = (
    *("name", "platform", "group", "title", "status", "freshness", "digest", "observed_at"),
    *SIZE_NAMES,
    *("layer_count", "entry_count"),
    *(name.replace("-", "_") for name in FACT_NAMES),
    *("distribution", "end_of_life", "created"),
    *("vulnerability_state", "known_vulnerabilities"),
    *(f"{name}_vulnerabilities" for name in SEVERITIES[:4]),
    *("fixable_vulnerabilities", "exploited_vulnerabilities", "advisories_as_of", "newest_advisory"),
)
"""The columns of `matrix.csv`. An empty cell is not known; sizes are bytes."""


def _csv_fact(fact: Fact) -> str:
    """Return a count, else names, else no; empty where it is not known, and "failed" where it could not be read."""
    if fact.state != "yes":
        return {"no": "no", "failed": "failed"}.get(fact.state, "")
    return str(fact.count) if fact.count is not None else ", ".join(fact.words) or "yes"


def _csv_vulnerabilities(one: Assessment | None) -> tuple[str, ...]:
    """Return the state and counts, which are empty in all states but two; and as of when they are."""
    if one is None:
        return ("",) * 10
    counts = one.counts
    return (
        one.state,
        _number(counts.total if counts else None),
        *(_number(getattr(counts, name) if counts else None) for name in SEVERITIES[:4]),
        _number(one.fixable_count),
        _number(one.exploited_count),
        one.database_date,
        one.newest_advisory,
    )


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _descriptions(site: Site) -> Iterator[File]:
    """Yield a JSON Schema for each kind of file, and the OpenAPI description of all."""
    for name in openapi.SCHEMAS:
        yield File(f"{ROOT}/schemas/{name}.json", openapi.schema(name))
    yield File(f"{ROOT}/openapi.json", openapi.description(site.configuration.site.title, site.configuration.site.url))
