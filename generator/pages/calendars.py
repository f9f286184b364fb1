"""Days that matter as iCalendar files (RFC 5545): ends of life and reviews, for the site, each group and each image.

All-day events that take no time of anybody's. A stamp says when the facts were recorded, not when the file was written,
so the same facts give the same bytes.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from icalendar import Calendar, Event

from generator import __version__, text
from generator.language import gettext as _
from generator.pages.feeds import FOLDER, absolute, moment
from generator.pages.public import permalink
from generator.pages.site import File, Site
from generator.targets import Target

_RECORDED_NEVER: Final = "1970-01-01T00:00:00Z"


class Day(NamedTuple):
    """One day and what is on it."""

    day: date
    key: str
    """Of the event, unique and the same for ever."""
    title: str
    words: str
    kind: str
    target: Target
    group: str
    stamp: str


def render(site: Site) -> Iterator[File]:
    """Yield all calendars."""
    settings = site.configuration.site
    days = sorted(_days(site), key=lambda one: (one.day, one.key))
    yield _file(f"{FOLDER}/dates.ics", settings.title, days, settings.url)
    for group in site.configuration.groups:
        chosen = [one for one in days if one.group == group.name]
        title = _("%(site)s: %(what)s") % {"site": settings.title, "what": group.title}
        yield _file(f"{FOLDER}/groups/{group.name}.ics", title, chosen, settings.url)
        for target in group.targets:
            own = [one for one in chosen if one.target.name == target.name]
            title = _("%(site)s: %(what)s") % {"site": settings.title, "what": target.title}
            yield _file(f"{FOLDER}/images/{target.name}.ics", title, own, settings.url)


def _days(site: Site) -> Iterator[Day]:
    for group in site.configuration.groups:
        for target in group.targets:
            images = site.platforms_of(target)
            stamp = max((one.recorded_at for one in images), default="") or _RECORDED_NEVER
            if (review := _date(target.review_on)) is not None:
                yield Day(
                    review,
                    f"{target.name}-review",
                    _("Review: %(image)s") % {"image": target.title},
                    target.reason,
                    _("Review"),
                    target,
                    group.name,
                    stamp,
                )
            standing = next((site.standings[one.folder] for one in images if one.folder in site.standings), None)
            ends = standing.release.ends if standing and standing.release else None
            end = _date(ends) if isinstance(ends, str) else None
            if standing and end is not None:
                named = {"image": target.title, "release": f"{standing.title} {standing.cycle}".strip()}
                yield Day(
                    end,
                    f"{target.name}-end-of-life",
                    _("End of life: %(image)s (%(release)s)") % named,
                    _("The last day on which %(release)s is regularly looked after.") % named,
                    _("End of life"),
                    target,
                    group.name,
                    stamp,
                )


def _date(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _file(path: str, title: str, days: Sequence[Day], url: str) -> File:
    host = urlsplit(url).hostname or "basedex.invalid"
    calendar = Calendar()
    calendar.add("prodid", f"-//Basedex//{__version__}//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", text.visible(title))
    calendar.add("refresh-interval", timedelta(days=1), parameters={"VALUE": "DURATION"})
    for one in days:
        event = Event()
        event.add("uid", f"{one.key}@{host}")
        event.add("dtstamp", moment(one.stamp))
        event.add("dtstart", one.day)
        event.add("dtend", one.day + timedelta(days=1))
        event.add("summary", text.visible(one.title))
        if one.words:
            event.add("description", text.visible(one.words))
        if address := absolute(url, permalink(f"images/{one.target.name}")):
            event.add("url", address)
        event.add("categories", [one.kind])
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return File(path, calendar.to_ical())
