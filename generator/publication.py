"""The job of `basedex publish`: the built site, in build/site, into a place that readers know.

In: the places, what the command line asks, the time; out: what changed there. Builds nothing: it refuses a site that is
not there, or that is not the one that the pages would give.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from generator import targets
from generator.errors import SiteNotReady
from generator.pages.figures import exact, human, in_bytes, plural
from generator.publish import versions
from generator.publish.branch import Branch, Published, publish_to_branch
from generator.publish.folder import publish_to_folder
from generator.publish.mkdocs import is_current
from generator.publish.release import AliasType, Release, Standing, Wishes, plan
from generator.publish.staged import check, remove, stage
from generator.publish.versions import Retention
from generator.source import check_source
from generator.store.lock import locked

if TYPE_CHECKING:
    from generator.build import Places


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the command line asks; None is what images.yml says."""

    folder: Path | None = None
    """A plain folder to publish in, instead of a branch."""
    repository: Path = Path()
    branch: str | None = None
    remote: str | None = None
    push: bool = False
    version: str = ""
    keep_daily: int | None = None
    keep_monthly: int | None = None
    alias_type: AliasType | None = None
    prune: bool = False
    dry_run: bool = False


def publish(places: "Places", order: Order, seconds: int, environment: Mapping[str, str] = os.environ) -> Published:
    """Publish the built site; `seconds` is the time since 1970, in whose place SOURCE_DATE_EPOCH stands where set.

    Raises SiteNotReady, UsageError, PublishError and its kinds; what was published before is then as it was.
    """
    from generator.build import editions_of, told_seconds

    configuration = targets.load(places.configuration, check_source)
    settings, url = configuration.publish, configuration.site.url
    seconds = _first(told_seconds(environment), seconds)
    wishes = Wishes(
        today=datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d"),
        url=url,
        name=order.version,
        retention=Retention(
            _first(order.keep_daily, settings.keep_daily), _first(order.keep_monthly, settings.keep_monthly)
        ),
        alias_type=order.alias_type or settings.alias_type,
        prune=order.prune,
    )
    if order.version:
        versions.check_name(order.version)
    if not (places.site / "index.html").is_file():
        raise SiteNotReady(site=str(places.site), reason="nothing has been built")
    with locked(places.output):
        if places.docs.is_dir() and not is_current(places.docs, places.mkdocs, places.site, editions_of(configuration)):
            raise SiteNotReady(site=str(places.site), reason=f"it is older than the pages in {places.docs}")
        aside = places.output / "publish.new"
        try:
            staged = stage(places.site, aside, url)

            def planned(standing: Standing) -> Release | None:
                release = plan(staged, standing, wishes)
                if release is not None:
                    check(staged)
                return release

            if order.folder is not None:
                return publish_to_folder(order.folder, planned, held=places.output, dry_run=order.dry_run)
            branch = Branch(
                order.repository, order.branch or settings.branch, order.remote or settings.remote, order.push
            )
            return publish_to_branch(branch, planned, message_of, seconds, dry_run=order.dry_run)
        finally:
            remove(aside)


def message_of(release: Release) -> str:
    """Return the words of the commit: the version, and a digest of all that is written."""
    digest = hashlib.sha256()
    for path, content in sorted(release.writes.items()):
        digest.update(f"{content.mode} {content.blob} {path}\n".encode("utf-8", "surrogateescape"))
    title = f"Publish {release.version}" if release.added else f"Bring public places of {release.version} up to date"
    lines = [f"Version: {release.version}", *(f"Removed: {name}" for name in release.removed)]
    return "\n".join((title, "", *lines, f"Written: sha256:{digest.hexdigest()}")) + "\n"


def told(published: Published, *, dry_run: bool = False) -> Iterator[str]:
    """Yield what changed, or would, line by line; with `dry_run` each file outside of the versions by its name."""
    release = published.release
    if release is None:
        done = f"; pushed {published.commit[:12]}" if published.pushed else ""
        yield f"{published.where}: nothing has changed{done}"
        return
    would = "would be " if dry_run else ""
    folders = [*([release.version] if release.added else []), "latest"]
    outside = {path: one for path, one in release.writes.items() if path.partition("/")[0] not in folders}
    for name in folders:
        below = [one for path, one in release.writes.items() if path.partition("/")[0] == name]
        if below:
            new = [one for one in below if one.blob not in release.known]
            counts = f"{plural(len(below), 'file')}, {exact(len(new))} with new contents"
            yield f"{published.where}: {name} {would}written, {counts}"
    for name in release.removed:
        yield f"{published.where}: {name} {would}removed"
    if dry_run:
        for path, one in sorted(outside.items()):
            yield f"{published.where}: {path} would be written, {_size(one.size)}"
        deletions = (path for path in release.deletions if path not in release.removed)
        yield from (f"{published.where}: {path} would be deleted" for path in sorted(deletions))
    written, deleted = plural(len(release.writes), "file"), plural(len(release.deletions), "place")
    counts = f"{written} {would}written, {deleted} {would}deleted first"
    end = f"; commit {published.commit[:12]}" if published.commit else ""
    end += ", pushed" if published.pushed else ""
    yield f"{published.where}: {counts}, {_size(release.new_size)} of new contents{end}"


def _size(size: int) -> str:
    """Write bytes for people, and all their digits where the first form leaves some out."""
    return in_bytes(size) if size < 1000 else f"{human(size)} ({in_bytes(size)})"


def _first(asked: int | None, otherwise: int) -> int:
    return otherwise if asked is None else asked
