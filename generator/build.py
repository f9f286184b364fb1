"""The pipeline: images.yml → observations and documents → pages → site. The one module that knows all stages.

It is also the one that reads the clock: an observation's time is when its image had been analyzed, and nothing but
observations has a time. A failing image never stops the others; what stops everything is raised.
"""

import functools
import os
import re
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from generator import inputs, targets
from generator.advisories import recorded as assessed
from generator.advisories.recorded import Assessments
from generator.assess import assess
from generator.errors import StoreError, UsageError
from generator.lifecycle import calendar
from generator.recorded import Recorded, Settled, damaged, not_asked, recorded_images, settle
from generator.refresh import Made, Request, Result, refresh_all
from generator.report import NOBODY, ImageReport, Report, Watcher
from generator.shards import Shard, share
from generator.source import check_source
from generator.source.base import Progress, Surroundings, silent
from generator.store import atomic, documents, history, local_state, merging, status
from generator.store.lock import locked
from generator.store.observation import Observation, Outcome
from generator.store.stamp import tree_stamp
from generator.targets import Configuration, SourceSettings

if TYPE_CHECKING:
    from generator.publish.editions import Edition


_LAST_SECOND: Final = 253_402_300_799
"""Of the year 9999."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where everything is that a build reads and writes."""

    configuration: Path = Path("images.yml")
    store: Path = Path("data")
    output: Path = Path("build")
    """Gets `docs` and `site`."""
    cache: Path = Path(".cache")
    templates: Path = Path("templates")
    site_src: Path = Path("site_src")
    mkdocs: Path = Path("mkdocs.yml")

    @property
    def indexes(self) -> Path:
        """The folder of advisories in a form that is quick to ask."""
        return self.cache / "advisories"

    def surroundings(
        self, settings: SourceSettings, environment: Mapping[str, str], progress: Progress = silent
    ) -> Surroundings:
        """Return what sources get to work with."""
        return Surroundings(
            cache_folder=self.cache,
            progress=progress,
            plain_http_hosts=frozenset(settings.plain_http_hosts),
            parallel_downloads=settings.parallel_downloads,
            cache_size=settings.cache_size,
            environment=dict(environment),
        )

    @property
    def docs(self) -> Path:
        """The folder that MkDocs reads."""
        return self.output / "docs"

    @property
    def site(self) -> Path:
        """The folder of the finished site."""
        return self.output / "site"


def build(
    places: Places,
    *,
    only: Sequence[str] = (),
    offline: bool = False,
    jobs: int | None = None,
    scheduler: str = "",
    shard: Shard | None = None,
    environment: Mapping[str, str] = os.environ,
    watcher: Watcher = NOBODY,
) -> Report:
    """Bring images up to date, then pages, then the site.

    `only` names the images to ask about; the others stay as they are. A `scheduler` is the address of a Dask cluster
    that analyzes them; without one, this machine does, `jobs` at a time. With a `shard`, that share of the images is
    asked about and reported, and no site is made. Raises UsageError or ClusterError before anything is done,
    StoreError, PageError or PublishError when there can be no site; the previous one then stands.
    """
    started = time.monotonic()
    configuration = targets.load(places.configuration, check_source)
    configuration.check_names(only)
    with locked(places.store), locked(places.output):
        atomic.sweep(places.store)
        remembered = local_state.load(places.cache, places.store)
        images = tuple(recorded_images(places.store, configuration, remembered))
        mine = _share(images, shard)
        asked = () if offline else tuple(image for image in mine if not only or image.target.name in only)
        settled = _ask(places, configuration, asked, jobs or default_jobs(), scheduler, environment, watcher)
        for image in images:
            settled.setdefault(image.key, _Asked(not_asked(image, offline=offline), asked=False))
        _remember(places, images, settled)
        local_state.forget_shares(places.store)
        reports = tuple(settled[image.key].report for image in mine)
        if shard is not None:
            outcomes = {image.key: settled[image.key].settled.remember for image in mine}
            local_state.leave_share(places.store, shard.number, shard.count, outcomes)
            return Report(reports, page_count=0, site_built=False, site=None, seconds=time.monotonic() - started)
        return _made(places, configuration, reports, watcher, started)


def merge(places: Places, others: Sequence[Path]) -> merging.Merged:
    """Take what other stores have more into the store, and how their images fared. Raises as `merging.merge`."""
    with locked(places.store):
        atomic.sweep(places.store)
        merged = merging.merge(places.store, others)
        before = states = local_state.load(places.cache, places.store)
        for other in others:
            states = local_state.take_shares(states, other)
        if states != before:
            local_state.save(places.cache, places.store, states)
    return merged


def render(places: Places, *, watcher: Watcher = NOBODY) -> Report:
    """Make pages and site anew of what is recorded; asks nobody. Raises as `build` does."""
    started = time.monotonic()
    configuration = targets.load(places.configuration, check_source)
    with locked(places.store), locked(places.output):
        remembered = local_state.load(places.cache, places.store)
        images = recorded_images(places.store, configuration, remembered)
        reports = tuple(_Asked(not_asked(image, offline=False), asked=False).report for image in images)
        _stamp_path(places).unlink(missing_ok=True)
        return _made(places, configuration, reports, watcher, started)


def update_lifecycle(places: Places, origin: str | None = None) -> tuple[calendar.Calendar, tuple[str, ...]]:
    """Put the calendar of releases that `origin` gives (default: endoflife.date) in the store; return it, and changes.

    Raises UsageError, SourceUnreachable, InvalidCalendar or StoreError, and then nothing has changed.
    """
    from generator.lifecycle import fetching

    with locked(places.store):
        old = calendar.load(places.store)
        new = fetching.read(origin or fetching.API, now()[:10])
        atomic.write(calendar.place(places.store), calendar.encode(new))
    return new, calendar.changes(old, new)


def seconds() -> int:
    """Return the time by the clock, in seconds since 1970."""
    return int(time.time())


def today() -> date:
    """Return the day by the clock, in UTC."""
    return datetime.now(UTC).date()


def default_jobs() -> int:
    """Return how many images are analyzed at a time: two keep a small machine busy and its memory small."""
    return min(2, os.cpu_count() or 1)


# Stages


@dataclass(frozen=True, slots=True)
class _Asked:
    settled: Settled
    asked: bool
    seconds: float = 0.0
    read_size: int = 0
    news: str = ""
    traceback: str = ""

    @property
    def report(self) -> ImageReport:
        return ImageReport(
            outcome=self.settled.outcome,
            asked=self.asked,
            change=self.settled.change,
            seconds=self.seconds,
            read_size=self.read_size,
            news=self.news,
            traceback=self.traceback,
        )


def _ask(
    places: Places,
    configuration: Configuration,
    images: Sequence[Recorded],
    jobs: int,
    scheduler: str,
    environment: Mapping[str, str],
    watcher: Watcher,
) -> dict[str, _Asked]:
    watcher.planned(len(images))
    surroundings = places.surroundings(configuration.sources, environment)
    by_key = {image.key: image for image in images}
    requests = {
        image.key: Request(
            sources=image.target.sources,
            platform=image.platform,
            known=image.known_fingerprints,
            surroundings=surroundings,
            limits=configuration.limits,
        )
        for image in images
        if image.writable
    }
    answers: dict[str, _Asked] = {}
    for image in images:
        if not image.writable:
            answers[image.key] = _Asked(damaged(image), asked=True)
            watcher.finished(image.key, answers[image.key].report)
    with closing(_refresh_all(requests, jobs, scheduler, watcher.progress)) as results:
        for key, result, seconds in results:
            settled = settle(by_key[key], result, places.store, now())
            answers[key] = _Asked(
                settled,
                asked=True,
                news=_news(places.store, by_key[key].last, settled),
                seconds=seconds,
                read_size=result.read_size if isinstance(result, Made) else 0,
                traceback="".join(attempt.traceback for attempt in result.attempts),
            )
            watcher.finished(key, answers[key].report)
    return answers


def _refresh_all(
    requests: Mapping[str, Request], jobs: int, scheduler: str, progress: Callable[[str, str, int, int | None], None]
) -> Generator[tuple[str, Result, float], None, None]:
    if not scheduler:
        return refresh_all(requests, jobs=jobs, progress=progress)
    from generator import refresh_dask  # a second to load, where it is installed at all

    return refresh_dask.refresh_all(requests, scheduler=scheduler, progress=progress)


def _share(images: Sequence[Recorded], shard: Shard | None) -> tuple[Recorded, ...]:
    """Return the images of one machine; all without a shard. Their recorded sizes tell how much work they are."""
    if shard is None:
        return tuple(images)
    mine = share({image.key: _recorded_size(image) for image in images}, shard)
    return tuple(image for image in images if image.key in mine)


def _recorded_size(image: Recorded) -> int | None:
    figures = image.last.figures if image.last else None
    return None if figures is None else figures.compressed_size or figures.tar_size


def _news(store: Path, before: Observation | None, settled: Settled) -> str:
    """Say in a line what changed; "" where nothing did, or where a document cannot be read."""
    from generator.compare.between import between
    from generator.compare.summary import summary_of
    from generator.pages.change_words import headline

    after = settled.outcome.observation
    if settled.change != "changed" or before is None or after is None:
        return ""
    try:
        return headline(summary_of(between(*(documents.load(store, one.subject) for one in (before, after)))))
    except StoreError:
        return ""


def _remember(places: Places, images: Iterable[Recorded], answers: Mapping[str, _Asked]) -> None:
    states = {image.key: answers[image.key].settled.remember for image in images}
    if states != {image.key: image.remembered for image in images}:
        local_state.save(places.cache, places.store, states)


def _made(
    places: Places, configuration: Configuration, reports: tuple[ImageReport, ...], watcher: Watcher, started: float
) -> Report:
    """Make pages and site of how the images fared, and say what became of it all."""
    folder = places.configuration.parent
    problems = assess(places, folder / configuration.advisories.folder, watcher.stage)
    today = date.fromisoformat(_now_or_told()[:10])
    assessments = assessed.open_recorded(places.store, configuration, folder, today)
    page_count = _render(places, configuration, [report.outcome for report in reports], assessments, watcher)
    site_built = _publish(places, configuration, watcher)
    status.write(places.site, status.status_of([report.outcome for report in reports], _now_or_told()))
    return Report(
        images=reports,
        page_count=page_count,
        site_built=site_built,
        site=places.site,
        seconds=time.monotonic() - started,
        problems=(*problems, *assessments.problems),
    )


def _render(
    places: Places,
    configuration: Configuration,
    outcomes: Sequence[Outcome],
    assessments: Assessments,
    watcher: Watcher,
) -> int:
    """Write build/docs unless it was made of exactly these; return the number of files that changed."""
    others = assessments.files(configuration)
    wanted = inputs.of_all(places, outcomes, assessments, others)
    stamp = _stamp_path(places)
    if places.docs.is_dir() and stamp.is_file() and stamp.read_text() == wanted + tree_stamp(places.docs):
        return 0
    watcher.stage("rendering pages")
    from generator import pages
    from generator.pages.kept import Kept

    stamp.unlink(missing_ok=True)
    report = pages.render(
        configuration,
        outcomes,
        functools.partial(documents.load, places.store),
        templates=places.templates,
        site_src=places.site_src,
        destination=places.docs,
        lifecycle=calendar.load(places.store),
        processes=default_jobs(),
        histories=history.read_all(places.store),
        has_document=lambda subject: documents.path_of(places.store, subject).exists(),
        assessments=assessments,
        kept=Kept(
            places.cache / "told",
            inputs.in_common(places, assessments, others),
            functools.partial(inputs.of_image, places.store),
        ),
    )
    stamp.write_text(wanted + tree_stamp(places.docs))
    return len(report.written) + len(report.deleted)


def _publish(places: Places, configuration: Configuration, watcher: Watcher) -> bool:
    from generator.publish.mkdocs import build_site

    watcher.stage("building the site")
    return build_site(places.docs, places.mkdocs, places.site, editions_of(configuration))


def editions_of(configuration: Configuration) -> "list[Edition]":
    """Return the languages of the site, the first of them at its root."""
    from generator.publish.editions import Edition

    spoken = [(language, configuration.spoken(language).site) for language in configuration.site.languages]
    return [Edition(language, site.title, site.description, site.url) for language, site in spoken]


# What stages need


def now() -> str:
    """Return the time by the clock: RFC 3339, UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def told_seconds(environment: Mapping[str, str]) -> int | None:
    """Return SOURCE_DATE_EPOCH, seconds since 1970, so that a build can be reproduced; None where it is not set.

    See https://reproducible-builds.org/specs/source-date-epoch/. Raises UsageError for what is no time.
    """
    told = environment.get("SOURCE_DATE_EPOCH", "")
    if not told:
        return None
    if not re.fullmatch(r"[0-9]{1,12}", told) or int(told) > _LAST_SECOND:
        raise UsageError(problem=f"SOURCE_DATE_EPOCH is {told[:40]}, which is no number of seconds since 1970")
    return int(told)


def _now_or_told() -> str:
    """Return the time of the build."""
    told = told_seconds(os.environ)
    return now() if told is None else datetime.fromtimestamp(told, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _stamp_path(places: Places) -> Path:
    return places.docs.with_name(places.docs.name + ".stamp")
