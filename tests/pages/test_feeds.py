"""Feeds and calendars held against other people's readers, and permalinks against the pages they lead to."""

import html
import re
from datetime import date
from pathlib import Path

import atoma
import feedparser
import msgspec
import pytest
import vobject

from generator import pages
from generator.analysis.document import Document
from generator.lifecycle.calendar import shipped
from generator.pages.public import PUBLIC
from generator.targets import Configuration
from tests.pages.samples import REPOSITORY, Sample, sample
from tests.pages.test_api import histories
from tests.pages.test_hostile import STRINGS, hostile_sample

URL = "https://example.org/base/images/"


def rendered(one: Sample, configuration: Configuration, folder: Path, *, past: bool = True) -> Path:
    """Render the sample's files, with a past where that is wanted."""
    dated = _of_alpine(one)
    pages.render(
        configuration,
        one.outcomes,
        lambda subject: dated if past and subject == dated.subject else one.load(subject),
        templates=REPOSITORY / "templates",
        site_src=REPOSITORY / "site_src",
        destination=folder,
        histories=histories(one) if past else None,
    )
    return folder


def _of_alpine(one: Sample) -> Document:
    """Return the first image's document, of a release whose end is known."""
    first = one.outcomes[0].observation
    assert first
    found = one.load(first.subject)
    section = found.sections.os_release
    assert section.found
    release = msgspec.structs.replace(section.found, version_id="3.20.3")
    sections = msgspec.structs.replace(found.sections, os_release=msgspec.structs.replace(section, found=release))
    return msgspec.structs.replace(found, sections=sections)


def published_at(configuration: Configuration, url: str) -> Configuration:
    """Return the configuration of a site whose address is known; its first image had another name once."""
    group, *others = configuration.groups
    first, *more = group.targets
    first = msgspec.structs.replace(first, former_names=("oldname",))
    group = msgspec.structs.replace(group, targets=(first, *more))
    site = msgspec.structs.replace(configuration.site, url=url)
    return msgspec.structs.replace(configuration, site=site, groups=(group, *others))


@pytest.fixture(scope="module", params=[URL, ""], ids=["address known", "address not known"])
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The sample's files, of a site that knows where it is and of one that does not."""
    one = sample()
    url: str = request.param
    return url, rendered(one, published_at(one.configuration, url), tmp_path_factory.mktemp("feeds") / "docs")


def test_readers_take_every_feed(published: tuple[str, Path]) -> None:
    """Two readers, one of them strict, read each feed without complaint."""
    paths = sorted((published[1] / "feeds").rglob("*.atom"))
    assert len(paths) > 5
    for path in paths:
        content = path.read_bytes()
        lenient = feedparser.parse(content)
        assert not lenient.bozo, (path, lenient.get("bozo_exception"))
        assert lenient.version == "atom10"
        strict = atoma.parse_atom_bytes(content)
        assert len(strict.entries) == len(lenient.entries)
        assert strict.title.value


def test_a_feed_tells_each_change_once_newest_first(published: tuple[str, Path]) -> None:
    """The site's feed has every first appearance and every change, each with an id of its own that stays."""
    content = (published[1] / "feeds" / "changes.atom").read_bytes()
    feed = atoma.parse_atom_bytes(content)
    identities = [entry.id_ for entry in feed.entries]
    assert len(set(identities)) == len(identities) > 3
    times = [entry.updated for entry in feed.entries]
    assert times == sorted(times, reverse=True)
    assert feed.updated == times[0]
    assert any("first seen" in entry.title.value for entry in feed.entries)
    begins = "tag:example.org,2026:base/images/" if published[0] else "urn:uuid:"
    assert all(identity.startswith(begins) for identity in (feed.id_, *identities))


def test_addresses_in_feeds_lead_to_permalinks(published: tuple[str, Path]) -> None:
    """Entries name permalinks: whole addresses where the site's own is known, else from where the feed is."""
    url, docs = published
    for path in (docs / "feeds").rglob("*.atom"):
        for entry in feedparser.parse(path.read_bytes()).entries:
            if url:
                assert entry.link.startswith(f"{url}permalink/")
                place = docs / entry.link.removeprefix(url)
            else:
                place = (path.parent / entry.link).resolve()
            assert (place / "index.html").is_file(), entry.link


def test_an_image_that_is_gone_keeps_its_feed(published: tuple[str, Path]) -> None:
    """Whoever follows an image that is taken off the list is still told what was."""
    feed = feedparser.parse((published[1] / "feeds" / "images" / "gone.atom").read_bytes())
    assert [entry.title for entry in feed.entries] == ["gone: first seen"]


def test_an_image_never_seen_has_an_empty_feed(published: tuple[str, Path]) -> None:
    """A feed without entries is a feed."""
    (never,) = {target.name for target in sample().configuration.targets} - {name for name, _ in histories(sample())}
    feed = feedparser.parse((published[1] / "feeds" / "images" / f"{never}.atom").read_bytes())
    assert (feed.bozo, feed.entries) == (False, [])


def test_readers_take_every_calendar(published: tuple[str, Path]) -> None:
    """Another reader validates each calendar that has an event, and no event is there twice."""
    counted = 0
    for path in (published[1] / "feeds").rglob("*.ics"):
        content = path.read_bytes()
        assert content.endswith(b"\r\n") and b"\n" not in content.replace(b"\r\n", b"")
        assert all(len(line) <= 75 for line in content.split(b"\r\n"))
        calendar = vobject.readOne(content.decode())
        events = list(calendar.contents.get("vevent", ()))
        if events:
            calendar.validate(raiseException=True)
        identities = [event.uid.value for event in events]
        assert len(set(identities)) == len(identities)
        counted += len(events)
    assert counted > 3


def test_a_review_is_in_the_calendar(published: tuple[str, Path]) -> None:
    """A day of review is an event of that one day, with the image's address where the site has one."""
    url, docs = published
    calendar = vobject.readOne((docs / "feeds" / "images" / "alpine.ics").read_text())
    reviews = [event for event in calendar.vevent_list if event.uid.value.startswith("alpine-review@")]
    (review,) = reviews
    assert (review.dtstart.value, review.dtend.value) == (date(2027, 1, 31), date(2027, 2, 1))
    assert ("url" in review.contents) == bool(url)


def test_an_end_of_life_is_in_the_calendar(published: tuple[str, Path]) -> None:
    """The last day of a distribution's support is an event, once for all platforms of an image."""
    calendar = vobject.readOne((published[1] / "feeds" / "images" / "alpine.ics").read_text())
    (end,) = [event for event in calendar.vevent_list if "end-of-life" in event.uid.value]
    assert end.dtstart.value == date.fromisoformat(str(shipped().products["alpine-linux"].releases["3.20"].ends))
    assert "3.20" in end.summary.value


def test_the_same_facts_give_the_same_feeds(published: tuple[str, Path], tmp_path: Path) -> None:
    """No clock is in feeds and calendars."""
    one = sample()
    again = rendered(one, published_at(one.configuration, published[0]), tmp_path / "docs")
    for path in (published[1] / "feeds").rglob("*.*"):
        assert path.read_bytes() == (again / path.relative_to(published[1])).read_bytes()


def test_permalinks_lead_on(published: tuple[str, Path]) -> None:
    """Each permalink leads to a page that is there, by itself and by a link; only a shared digest lists several."""
    docs = published[1]
    paths = sorted((docs / "permalink").rglob("index.html"))
    assert len(paths) > 10
    for path in paths:
        content = html.unescape(path.read_text())
        links = re.findall(r'<a href="([^"]+)"', content)
        assert links
        for link in links:
            page = (path.parent / link).resolve()
            assert (page / "index.md").is_file() or (page / "index.html").is_file(), (path, link)
        leads = re.findall(r'content="0; url=([^"]+)"', content)
        assert leads == (links if len(links) == 1 else [])
        assert "<script" not in content


def test_permalinks_name_a_preview(published: tuple[str, Path]) -> None:
    """Chats read the head of the page that is linked: with an address it names a picture that is there, else none."""
    url, docs = published
    page = (docs / "permalink" / "alpine" / "index.html").read_text()
    named = re.findall(r'<meta property="og:image" content="([^"]*)">', page)
    assert named == ([f"{url}previews/images/alpine.png"] if url else [])
    for address in named:
        assert (docs / address.removeprefix(url)).read_bytes().startswith(b"\x89PNG")


def test_former_names_and_digests_have_permalinks(published: tuple[str, Path]) -> None:
    """An image's former name, each digest that it had, and the digest that it was found by, lead to it."""
    docs = published[1]
    assert "../../images/alpine/" in (docs / "permalink/oldname/index.html").read_text()
    assert (docs / "permalink/sha256" / ("e" * 64) / "index.html").is_file()
    for observations in histories(sample()).values():
        for one in observations:
            assert (docs / "permalink" / one.subject.replace(":", "/") / "index.html").is_file()


def test_public_places_are_where_they_are_said_to_be(published: tuple[str, Path]) -> None:
    """What is rendered beside the pages is below the folders that stay outside of versions."""
    for folder in ("api/v1", "feeds", "permalink"):
        assert folder in PUBLIC
        assert any((published[1] / folder).rglob("*.*"))


def test_hostile_words_are_words_in_feeds(tmp_path: Path) -> None:
    """Titles and descriptions full of markup and control characters neither break a feed nor become markup."""
    one = hostile_sample(lambda number: STRINGS[number % len(STRINGS)])
    docs = rendered(one, one.configuration, tmp_path / "docs", past=False)
    for path in (docs / "feeds").rglob("*.atom"):
        assert not feedparser.parse(path.read_bytes()).bozo
        assert all(entry.title.value for entry in atoma.parse_atom_bytes(path.read_bytes()).entries)
    for path in (docs / "feeds").rglob("*.ics"):
        vobject.readOne(path.read_bytes().decode())
    for path in (docs / "permalink").rglob("*.html"):
        assert "<script" not in path.read_text() and "<img" not in path.read_text()
