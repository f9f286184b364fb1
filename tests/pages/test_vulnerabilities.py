"""Known vulnerabilities on pages and in the API: every state in its own words, what was asked, and hostile text.

Assessments are made by the program itself, of documents and small databases, and read back from a store; only what no
database can be made to say (statements, absurd texts) is written into the store by hand.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace as copied
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from generator.advisories import recorded
from generator.advisories.assessment import Assessment, Exploited, Statement, Undecided, encode, tallied
from generator.advisories.database import open_database
from generator.advisories.recorded import Assessments
from generator.analysis.document import Document
from generator.compare import matrix
from generator.compare.sharing import Sharing
from generator.language import speaking
from generator.lifecycle.rules import standing_of
from generator.pages import (
    api,
    api_vulnerabilities,
    badges,
    cards,
    compare,
    home,
    llms,
    openapi,
    pictures,
    status,
    twins,
    vulnerabilities,
)
from generator.pages.claim import FEWEST, claim
from generator.pages.environment import Templates
from generator.pages.site import Image, Site
from generator.pages.vulnerability_words import REASONS
from generator.store import documents
from generator.targets import Configuration, Group
from tests.advisories.builders import CRITICAL, HIGH, LOW, advisory, archive, exploited
from tests.advisories.findings import assessment, finding
from tests.advisories.held import ALMALINUX, ALPINE, document, package
from tests.pages.samples import AMD64, HOSTILE, REPOSITORY, digest, outcome, target
from tests.pages.samples import document as sampled
from tests.pages.test_markup import converted
from tests.policy import subjects

TEMPLATES = Templates(REPOSITORY / "templates")
DAY = "2026-11-20"
PACKAGES = (package("openssl", "3.3.1-r0"), package("musl", "1.2.5-r0"))
ADVISORIES = (
    advisory("CVE-2026-1001", "openssl", "3.3.2-r0", vector=CRITICAL, summary="Remote <b>code</b>"),
    advisory("CVE-2026-1002", "openssl", vector=LOW),
    advisory("CVE-2026-1003", "musl", "1.2.5-r1", vector=HIGH),
    advisory("CVE-2026-1004", "musl", "1.2.0-r0", vector=HIGH),
)


def alpine(*packages: Any, os_release: str = ALPINE) -> Document:
    """Return the document of an Alpine with these packages."""
    return document(os_release, "apk", packages or PACKAGES)


def site_of(found: Mapping[str, Document], assessments: Assessments | None = None) -> Site:
    """Return a site of images, as its pages see it when all documents have been read."""
    targets = tuple(target(name) for name in found)
    group = Group(name="g", title="G", targets=targets)
    images = tuple(Image(one, group, AMD64, outcome(one.name, found[one.name].subject)) for one in targets)
    sharing = Sharing()
    for one in images:
        sharing.add(one.folder, found[one.target.name])
    site = Site(Configuration(groups=(group,)), images, assessments=assessments or Assessments())
    return copied(
        site,
        rows={one.folder: matrix.row_of(found[one.target.name]) for one in images},
        standings={
            one.folder: standing_of(found[one.target.name].sections.os_release, site.lifecycle) for one in images
        },
        assessed={one.folder: site.assessment(one).head for one in images},
        sheets={one.folder: () for one in images},
        sharing=sharing,
    )


def asked(
    folder: Path,
    found: Document,
    advisories: Sequence[dict[str, Any]],
    *,
    kev: Sequence[str] = (),
    kev_as_of: str = "2026-11-20",
) -> Site:
    """Return the site of one image that was held against an archive of these advisories."""
    archive(folder / "advisories", "Alpine", advisories)
    if kev:
        exploited(folder / "advisories", *kev, as_of=kev_as_of)
    documents.save(folder / "store", found)
    database = open_database(folder / "advisories", folder / "indexes")
    assert not database.problems
    assert recorded.bring_up_to_date(folder / "store", database, {}) == 1
    store = folder / "store"
    return site_of({"base": found}, Assessments(store, recorded.load_asked(store), date(2026, 11, 24)))


def given(folder: Path, one: Assessment, found: Document | None = None) -> Site:
    """Return the site of one image of which this assessment is recorded."""
    found = found or alpine()
    path = recorded.path_of(folder, found.subject)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode(one))
    return site_of({"base": found}, Assessments(folder))


def body(site: Site, found: Document | None = None) -> str:
    """Return the section's HTML."""
    return str(vulnerabilities.section(found or alpine(), site.images[0], site, TEMPLATES).body)


def words(html: str) -> str:
    """Return a piece of a page as it is read."""
    apart = re.sub(r"<(?=/?(?:td|th|tr|br|li|p|small|span|code)\b)", " <", html)
    return " ".join(converted(f"<div>\n{apart}\n</div>").text.split())


def published(site: Site, found: Document | None = None) -> Any:
    """Return the file of the API, which must be as its schema says."""
    (file,) = api_vulnerabilities.render(site.images[0], found or alpine(), site, TEMPLATES)
    assert file.path == "api/v1/images/base/linux-amd64/vulnerabilities.json"
    value = json.loads(file.content)
    schema = json.loads(openapi.schema("vulnerabilities"))
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)
    return value


# What was found


def test_an_old_catalogue_says_nothing_of_what_is_exploited(tmp_path: Path) -> None:
    """Where CISA's catalogue is older than allowed, that nothing stands in it is not said to be known."""
    fresh = asked(tmp_path / "fresh", alpine(), ADVISORIES, kev=["CVE-2020-1"])
    old = asked(tmp_path / "old", alpine(), ADVISORIES, kev=["CVE-2020-1"], kev_as_of="2025-08-25")
    assert "none is known to be exploited" in words(body(fresh))
    assert "whether any is exploited cannot be told, since the catalogue is too old" in words(body(old))


def test_a_row_names_the_advisory_that_tells_of_it(tmp_path: Path) -> None:
    """An advisory about several flaws is named at each of them, though it is no other name of any."""
    several = advisory("CVE-2026-2001", "openssl", id="ALPINE-SA-1", upstream=["CVE-2026-2001", "CVE-2026-2002"])
    html = body(asked(tmp_path, alpine(), [several]))
    assert words(html).count("ALPINE-SA-1") == 2


def test_findings_stand_with_what_was_asked(tmp_path: Path) -> None:
    """Counts by severity, fixes, what is exploited, and beside them: which archive, how many advisories, as of when."""
    site = asked(tmp_path, alpine(), ADVISORIES, kev=["CVE-2026-1002"])
    html = body(site)
    said = words(html)
    assert "3 known vulnerabilities; 2 have a fixed version; 1 is known to be exploited" in said
    assert "1 critical 1 high 0 medium 1 low" in said
    assert re.findall(r'<tr role="row" id="(CVE-[^"]+)"', html) == ["CVE-2026-1002", "CVE-2026-1001", "CVE-2026-1003"]
    assert "3.3.1-r0 → 3.3.2-r0" in said
    assert "3.3.1-r0 → no fix yet" in said
    assert "critical 9.8 CVSS 3" in said
    assert "exploited, known since 2026-10-01" in said
    assert f"Advisories on it 4, the newest of {DAY}" in said
    assert "Packages held against them 2" in said
    assert "Likely to be exploited not asked" in said
    (one, kev) = site.assessments.asked.archives
    assert one.digest in said
    assert kev.digest in said
    assert f'data-bx-older="{DAY}" data-bx-days="14" hidden' in unescape(html)
    assert f'datetime="{DAY}"' in unescape(html)
    assert "data-ago=" in html


def test_the_bar_is_in_proportion(tmp_path: Path) -> None:
    """Each severity that there is has its share of the bar and its words; without findings there is no bar."""
    site = asked(tmp_path, alpine(), ADVISORIES)
    bar = re.search(r'<svg class="bx-severities".*?</svg>', body(site), re.DOTALL)
    assert bar is not None
    assert 'aria-label="1 critical&#44; 1 high' in bar[0] or 'aria-label="1 critical, 1 high, 1 low"' in bar[0]
    assert re.findall(r'x="([\d.]+)"', bar[0]) == ["0", "333.33", "666.67"]
    assert "<svg" not in body(given(tmp_path / "other", assessment()))


def test_nothing_found_is_said_with_how_many_were_asked(tmp_path: Path) -> None:
    """None known is no bare 0: it says in how many advisories nothing matched."""
    said = words(body(asked(tmp_path, alpine(package("musl", "1.2.5-r9")), ADVISORIES)))
    assert f"None known. Nothing matched in 4 advisories on this release as of {DAY}." in said
    assert "0 known" not in said


def test_advisories_that_stand_still_are_no_good_news(tmp_path: Path) -> None:
    """Where the newest advisory about a release is old and the database is not, the page says that nobody looks."""
    old = advisory("CVE-2021-1001", "musl", "1.1", modified="2021-11-02")
    new = advisory("CVE-2026-1009", "musl", "9", ecosystem="Alpine:v3.22")
    site = asked(tmp_path, alpine(), [old, new])
    said = words(body(site))
    assert "None known." in said
    assert "Nobody looks any more. The newest advisory on Alpine:v3.20 is of 2021-11-02" in said
    assert "Nobody looks any more" not in words(body(asked(tmp_path / "new", alpine(), ADVISORIES)))
    assert badges.badges(site.images[0], None, None, site.assessed["images/base"])["vulnerabilities"][1:3] == (
        "none known, no news since 2021-11-02",
        badges.GREY,
    )


def test_the_worst_come_first_and_the_rest_is_told(tmp_path: Path) -> None:
    """Of very many findings the page has the worst, exploited ones first, and says how many more the JSON has."""
    many = [replace(finding(f"CVE-2026-{n:04}", severity="low"), score=1.0) for n in range(200)]
    worst = replace(finding("CVE-2026-9999", severity="low"), exploited=Exploited(added_on=DAY, ransomware=True))
    site = given(tmp_path, assessment(*many, worst, finding("CVE-2020-1001", severity="critical")))
    html = body(site)
    rows = re.findall(r'<tr role="row" id="(CVE-[^"]+)"', html)
    assert len(rows) == vulnerabilities.MOST_ROWS
    assert rows[:3] == ["CVE-2026-9999", "CVE-2020-1001", "CVE-2026-0000"]
    assert "… and 52 more, less severe, in the JSON" in words(html)
    assert "used for ransomware" in words(html)
    assert len(published(site)["vulnerabilities"]) == 202


def test_packages_of_one_source_share_a_line(tmp_path: Path) -> None:
    """What is fixed together is named together, with the source that advisories name, and at most a few by name."""
    one = finding("CVE-2026-1001", *(f"lib{n}" for n in range(9)), fixed="2")
    packages = tuple(replace(each, advised_name="glibc") for each in one.packages)
    said = words(body(given(tmp_path, assessment(replace(one, packages=packages)))))
    assert "lib0 lib1 lib2 lib3 lib4 lib5 and 3 more from glibc 1.0-r0 → 2" in said


def test_statements_are_shown_and_what_they_close_is_not_counted(tmp_path: Path) -> None:
    """What does not concern the image stands apart with who said so; what is under investigation counts."""
    closed = Statement(status="not_affected", justification="component_not_present", author="Team", stated_at=DAY)
    doubted = Statement(status="under_investigation", words="We look at it.", where="vex/base.json")
    site = given(
        tmp_path,
        tallied(
            assessment(
                replace(finding("CVE-2026-1001", severity="critical"), statement=closed),
                replace(finding("CVE-2026-1002", severity="high"), statement=doubted),
            )
        ),
    )
    html = body(site)
    before, _, after = html.partition('<details class="bx-fold"><summary>Not counted')
    assert "1 known vulnerability;" in words(before)
    assert 'id="CVE-2026-1002"' in before
    assert "under investigation We look at it. nobody is named, vex/base.json" in words(before)
    assert 'id="CVE-2026-1001"' not in before
    assert 'id="CVE-2026-1001"' in after
    assert "not affected component_not_present Team, 2026-11-20" in words(after)
    value = published(site)
    assert {one["id"]: one["is_counted"] for one in value["vulnerabilities"]} == {
        "CVE-2026-1001": False,
        "CVE-2026-1002": True,
    }
    assert value["known"]["counts"]["total"] == 1


def test_none_known_tells_of_what_was_closed(tmp_path: Path) -> None:
    """Where statements close all that matched, that is said beside “none known”."""
    closed = replace(finding("CVE-2026-1001"), statement=Statement(status="fixed"))
    said = words(body(given(tmp_path, tallied(assessment(closed)))))
    assert "1 that matched is not counted, since somebody says that it does not concern the image." in said


def test_what_nobody_can_say_stands_apart(tmp_path: Path) -> None:
    """A pair that cannot be decided is in no count, and has its reason."""
    doubts = tuple(
        Undecided(package=0, name="openssl", installed="x", advisory=f"A-{reason}", reason=reason)
        for reason in ("version", "module", "range")
    )
    site = given(tmp_path, replace(assessment(), undecided=doubts))
    said = words(body(site))
    assert "Nobody can say: 3" in said
    assert "openssl x A-module the fix is for a module, and which stream the package is of is not known" in said
    assert [one["reason"] for one in published(site)["undecided"]] == ["version", "module", "range"]


# States without a count


def elsewhere() -> Document:
    """Return the document of a distribution that no archive is about."""
    return document(ALMALINUX, "rpm", PACKAGES)


STATES: Mapping[str, tuple[Callable[[], Document], str, str, str]] = {
    "no-archive": (elsewhere, "no-advisories", "no-archive", "No advisories for it."),
    "no-release": (
        lambda: alpine(os_release="ID=alpine\nVERSION_ID=3.5.0\n"),
        "no-advisories",
        "no-release",
        "No advisories for it.",
    ),
    "unknown-distribution": (
        lambda: alpine(os_release="ID=invented\n"),
        "no-advisories",
        "unknown-distribution",
        "No advisories for it.",
    ),
    "no-os-release": (
        lambda: subjects.with_sections(alpine(), os_release=subjects.bare().sections.os_release),
        "no-advisories",
        "no-os-release",
        "No advisories for it.",
    ),
    "no-packages": (subjects.bare, "no-package-database", "", "No package database in the image."),
    "packages-failed": (
        lambda: subjects.failed(alpine(), "packages"),
        "not-assessed",
        "packages-failed",
        "Not assessed.",
    ),
    "packages-unknown": (
        lambda: subjects.with_sections(alpine(), packages=None),
        "not-assessed",
        "packages-unknown",
        "Not assessed.",
    ),
}


@pytest.mark.parametrize("name", STATES)
def test_no_count_is_never_a_zero(name: str, tmp_path: Path) -> None:
    """Each state without a count says why in its own words, on every page and in JSON, and is nowhere drawn as 0."""
    make, state, reason, head = STATES[name]
    found = make()
    site = asked(tmp_path, found, ADVISORIES)
    image, known = site.images[0], site.assessed["images/base"]
    assert (known.state, known.reason) == (state, reason)
    html = body(site, found)
    assert f"{head} {REASONS[reason]}" in words(html)
    assert "This is not the same as none." in words(html)
    assert "bx-cves" not in html
    assert "<svg" not in html
    assert published(site, found)["known"] == published(site, found)["known"] | {
        "state": state,
        "reason": reason,
        "counts": None,
        "fixable_count": None,
        "exploited_count": None,
    }
    sort, cell = vulnerabilities.cell(known, has_ended=False)
    assert sort == ""
    assert not re.search(r">\s*0\s*<", cell)
    badge = badges.badges(image, None, None, known)["vulnerabilities"]
    assert badge.colour == badges.GREY
    assert badge.message == state.replace("-", " ")
    (twin,) = twins.render(image, found, site, TEMPLATES)
    assert f"## Known vulnerabilities\n\n{state.replace('-', ' ')}: {REASONS[reason]}" in twin.content.decode()


def test_files_of_no_package_are_counted_and_not_judged(tmp_path: Path) -> None:
    """Without a package database the page says of how many files nobody can tell."""
    bare = subjects.bare()
    assert "Of 1 file nobody can tell whether it has known flaws." in words(
        body(asked(tmp_path, bare, ADVISORIES), bare)
    )


def test_without_a_database_nothing_is_assessed() -> None:
    """A site without advisories says so, and its matrix has no column of dashes."""
    site = site_of({"base": alpine()})
    assert "Not assessed. This site was built without a database of advisories." in words(body(site))
    assert published(site)["known"]["state"] == "not-assessed"
    (page,) = home.render(site, TEMPLATES)
    assert b'data-key="vulnerabilities"' not in page.content
    (page,) = status.render(site, TEMPLATES)
    assert b"so no image is assessed" in page.content


def test_too_old_keeps_its_counts_and_says_so(tmp_path: Path) -> None:
    """A database older than allowed leaves figures as of its day, with a warning, and in no place without the day."""
    site = asked(tmp_path, alpine(), ADVISORIES)
    late = Assessments(tmp_path / "store", recorded.load_asked(tmp_path / "store"), date(2027, 1, 1))
    site = site_of({"base": alpine()}, late)
    known = site.assessed["images/base"]
    assert known.state == "too-old"
    html = body(site)
    assert f"The database is too old. It is of {DAY}, and this site allows 14 days." in words(html)
    assert "3 known vulnerabilities" in words(html)
    assert "data-bx-older" not in html
    assert f"as of {DAY}" in vulnerabilities.cell(known, has_ended=False)[1].replace("&#45;", "-")
    assert badges.badges(site.images[0], None, None, known)["vulnerabilities"].message == f"3 (1 critical), as of {DAY}"
    assert published(site)["known"]["counts"]["total"] == 3
    (page,) = status.render(site, TEMPLATES)
    assert "older than the 14 days that this site allows" in page.content.decode()


# Elsewhere


def test_the_matrix_sorts_the_unknown_apart(tmp_path: Path) -> None:
    """The column has the count with its severities on hover; its CSV has state, counts and days."""
    site = asked(tmp_path, alpine(), ADVISORIES)
    (page,) = home.render(site, TEMPLATES)
    cell = re.search(r'<td role="cell" data-key="vulnerabilities" data-sort="3".*?</td>', page.content.decode())
    assert cell is not None
    assert "#vulnerabilities" in cell[0]
    shown = vulnerabilities.cell(site.assessed["images/base"], has_ended=False)[1]
    assert "1 critical, 1 high, 1 low" in words(re.sub(r'title="([^"]*)"', r">\1<i", str(shown), count=1))
    (table,) = [file for file in api.render(site) if file.path.endswith("matrix.csv")]
    (row,) = csv.DictReader(io.StringIO(table.content.decode()))
    assert {name: row[name] for name in row if "vulnerab" in name or "advisor" in name} == {
        "vulnerability_state": "assessed",
        "known_vulnerabilities": "3",
        "critical_vulnerabilities": "1",
        "high_vulnerabilities": "1",
        "medium_vulnerabilities": "0",
        "low_vulnerabilities": "1",
        "fixable_vulnerabilities": "2",
        "exploited_vulnerabilities": "",
        "advisories_as_of": DAY,
        "newest_advisory": DAY,
    }


def test_one_line_each(tmp_path: Path) -> None:
    """Badge, card, llms.txt and the page for programs tell the count in one line, with the day where there is room."""
    site = asked(tmp_path, alpine(), ADVISORIES)
    image, known = site.images[0], site.assessed["images/base"]
    assert badges.badges(image, None, None, known)["vulnerabilities"] == badges.Badge(
        "known vulnerabilities",
        "3 (1 critical)",
        badges.BAD,
        f"3 (1 critical, 1 high, 1 low), by 4 advisories on Alpine:v3.20 as of {DAY}",
    )
    shown = cards.card(image, site, {"docker_size": 1, "compressed_size": 1})
    assert shown.known == "known vulnerabilities: 3 (1 critical)"
    assert shown.note.endswith(f"advisories as of {DAY}")
    assert shown.known in cards.draw(shown)
    (listed,) = llms.render(site)
    assert "known vulnerabilities 3 (1 critical)" in listed.content.decode()
    (twin,) = twins.render(image, alpine(), site, TEMPLATES)
    assert "| CVE-2026-1002 | low 2.5 | openssl 3.3.1-r0 (fixed: not yet) |" in twin.content.decode()


def test_the_compare_page_has_a_line_for_each_image(tmp_path: Path) -> None:
    """Its script finds the line at the first choice of each image; without a database there is none."""
    (page,) = compare.render(asked(tmp_path, alpine(), ADVISORIES), TEMPLATES)
    (line,) = re.findall(r'data-known="([^"]*)"', page.content.decode())
    assert unescape(line).startswith("3 (1 critical, 1 high, 1 low), by 4 advisories on Alpine:v3.20")
    (page,) = compare.render(site_of({"base": alpine()}), TEMPLATES)
    assert b"data-known" not in page.content


def test_at_a_glance(tmp_path: Path) -> None:
    """The top of an image's page has the count or the state in a word, and nothing where there is no database."""
    site = asked(tmp_path, alpine(), ADVISORIES)
    known = vulnerabilities.glance(alpine(), site.images[0], site)
    assert known is not None
    assert (known[0], words(known[1])) == (True, "3 1 critical")
    bare = site_of({"base": alpine()})
    assert vulnerabilities.glance(alpine(), bare.images[0], bare) is None


def test_none_known_is_green_only_with_a_day(tmp_path: Path) -> None:
    """A badge without findings says as of when; where nobody knows the day it is grey."""
    site = given(tmp_path, assessment())
    dated = badges.badges(site.images[0], None, None, assessment())["vulnerabilities"]
    undated = badges.badges(site.images[0], None, None, replace(assessment(), database_date=""))["vulnerabilities"]
    assert (dated.message, dated.colour) == (f"none known, as of {DAY}", badges.GOOD)
    assert (undated.message, undated.colour) == ("none known, as of no known day", badges.GREY)


def test_the_status_page_has_what_was_asked(tmp_path: Path) -> None:
    """Each archive with its digest and day, what came out for how many images, and files that could not be used."""
    site = asked(tmp_path, alpine(), ADVISORIES, kev=["CVE-2026-1002"])
    damaged = copied(site, assessments=copied(site.assessments, problems=("vex/<b>: not JSON",)))
    (page,) = status.render(damaged, TEMPLATES)
    said = words(page.content.decode().partition("{ #advisories }")[2])
    for one in site.assessments.asked.archives:
        assert one.name in said
        assert one.digest in said
    assert "assessed 1: Base" in said
    assert "could not be used vex/<b>: not JSON" in said


def test_a_vulnerability_leads_to_its_images(tmp_path: Path) -> None:
    """The search has every open one by its names, none that is closed, and the images of which nobody can tell."""
    found = {"base": alpine(), "other": subjects.bare(), "closed": alpine(package("musl", "1"))}
    closed = replace(finding("CVE-2026-1001"), statement=Statement(status="fixed"))
    known = {
        "base": assessment(finding("CVE-2026-1001", aliases=["GHSA-a"]), finding("CVE-2026-1002")),
        "other": Assessment(state="no-package-database"),
        "closed": tallied(assessment(closed, finding("CVE-2026-1002"))),
    }
    subjects_seen = {name: replace(one, subject=digest(name)) for name, one in found.items()}
    for name, one in known.items():
        path = recorded.path_of(tmp_path, subjects_seen[name].subject)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode(one))
    site = site_of(subjects_seen, Assessments(tmp_path))
    (file,) = [one for one in api.render(site) if one.path.endswith("search/vulnerabilities.json")]
    value = json.loads(file.content)
    Draft202012Validator(json.loads(openapi.schema("vulnerability-search"))).validate(value)
    assert [one["name"] for one in value["images"]] == ["base", "other", "closed"]
    assert value["vulnerabilities"] == {"CVE-2026-1001": [0], "CVE-2026-1002": [0, 2]}
    assert value["aliases"] == {"GHSA-a": "CVE-2026-1001"}
    assert value["unassessed"] == [1]


# The claim


def many(folder: Path, counts: Sequence[int | None]) -> Site:
    """Return a site of images, the further on the larger, of which so many vulnerabilities are known."""
    found = {f"image-{n}": sampled(word=f"image {n}", layer_count=1) for n in range(len(counts))}
    for number, (one, count) in enumerate(zip(found.values(), counts, strict=True)):
        known = Assessment(state="no-package-database")
        if count is not None:
            known = assessment(*(finding(f"CVE-2026-{number}-{n}") for n in range(count)))
        path = recorded.path_of(folder, one.subject)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode(known))
    site = site_of(found, Assessments(folder))
    rows = {
        image.folder: copied(site.rows[image.folder], sizes={**site.rows[image.folder].sizes, "docker_size": 10**n + 1})
        for n, image in enumerate(site.images)
    }
    return copied(site, rows=rows)


def test_the_claim_is_told_by_its_correlation(tmp_path: Path) -> None:
    """With enough images the coefficient is Spearman's of those that have a count; the others are named with why."""
    site = many(tmp_path, [0, 1, 5, 3, 9, None])
    told = claim(site.images, site)
    assert told.is_enough
    (first, *_) = told.pairs
    assert first.titles == ("docker_size", "known vulnerabilities")
    assert (first.count, first.coefficient, first.by_chance) == (5, "+0.90", "0.98")
    assert told.pictures[0][1].count("<circle") == 5
    assert [(group.short, [image.target.name for image in group.images]) for group in told.left_out] == [
        ("no package database", ["image-5"])
    ]


def test_few_images_say_nothing(tmp_path: Path) -> None:
    """Below five assessed images there is neither a coefficient of vulnerabilities nor a picture, and that is said."""
    site = many(tmp_path, [0, 1, 5, 3, None, None])
    told = claim(site.images, site)
    assert not told.is_enough
    assert told.assessed_count == FEWEST - 1
    assert all("known vulnerabilities" not in pair.titles for pair in told.pairs)
    (page,) = pictures.render(site, TEMPLATES)
    said = words(page.content.decode().partition("{ #claim ")[2].partition("\n## ")[0].partition("-->")[2])
    assert "Too few: 4 of these images are assessed" in said


def test_figures_that_are_the_same_have_no_correlation(tmp_path: Path) -> None:
    """Where all images have the same count nothing can be told, which is not 0."""
    site = many(tmp_path, [2, 2, 2, 2, 2])
    assert claim(site.images, site).pairs[0].coefficient == ""


def test_the_same_bytes_count_once(tmp_path: Path) -> None:
    """An image under a second name adds nothing, and is said to be the same."""
    site = many(tmp_path, [0, 1, 5, 3, 9])
    twice = copied(site.images[0], target=target("again"))
    site = copied(
        site,
        images=(*site.images, twice),
        rows={**site.rows, twice.folder: site.rows[site.images[0].folder]},
        assessed={**site.assessed, twice.folder: site.assessed[site.images[0].folder]},
    )
    told = claim(site.images, site)
    assert told.assessed_count == 5
    assert [(image.target.name, same.target.name) for image, same in told.repeated] == [("again", "image-0")]


def test_releases_that_stand_still_are_marked(tmp_path: Path) -> None:
    """An image whose advisories stand still is drawn hollow, and its words say why."""
    site = many(tmp_path, [0, 1, 5, 3, 9])
    folder = site.images[2].folder
    still = replace(site.assessed[folder], newest_advisory="2021-01-01")
    told = claim(site.images, copied(site, assessed={**site.assessed, folder: still}))
    assert told.pictures[0][1].count('class="bx-hollow"') == 1
    assert told.still == (site.images[2],)


# Hostile text


def spiked(value: str) -> Assessment:
    """Return an assessment in which every text from outside is `value`."""
    said = Statement(status="affected", justification=value, words=value, author=value, stated_at=value, where=value)
    one = finding(value, value, severity="high", aliases=[value], fixed=value, installed=value)
    spoiled = replace(
        one,
        summary=value,
        vector=value,
        severity_source="CVSS_V3",
        own_word=value,
        published="",
        exploited=Exploited(added_on=value, ransomware=True),
        statement=said,
    )
    closed = replace(spoiled, id="CVE-1", statement=replace(said, status="fixed"))
    doubt = Undecided(package=0, name=value, installed=value, advisory=value, reason="range")
    return replace(tallied(assessment(spoiled, closed, ecosystem=value)), undecided=(doubt,))


@pytest.mark.parametrize("value", [one for one in HOSTILE if "\udcff" not in one])
def test_hostile_advisories_are_text(value: str, tmp_path: Path) -> None:
    """Whatever an advisory or a statement says makes no tag, attribute or row, on the page and in its JSON."""
    site, plain = given(tmp_path / "hostile", spiked(value)), given(tmp_path / "plain", spiked("harmless words"))
    page = converted(f"<div>\n{body(site)}\n</div>")
    assert page.tags == converted(f"<div>\n{body(plain)}\n</div>").tags
    assert published(site)["vulnerabilities"][0]["summary"] == value
    for file in (*llms.render(site), *status.render(site, TEMPLATES)):
        assert "<script" not in file.content.decode()


def test_only_plain_identifiers_are_addresses(tmp_path: Path) -> None:
    """An identifier that could not stand in an address is no anchor and no link."""
    html = body(
        given(tmp_path, assessment(finding("CVE-2026-1001"), finding('x" onclick="alert(1)'), finding("GHSA-a-b")))
    )
    assert sorted(re.findall(r'<tr role="row" id="([^"]*)"', html)) == ["CVE-2026-1001", "GHSA-a-b"]
    assert re.findall(r'href="([^"#]*)" rel=', html) == [
        "https://www.cve.org/CVERecord?id=CVE-2026-1001",
        "https://github.com/advisories/GHSA-a-b",
    ]


def test_the_section_speaks_the_reader_s_language(tmp_path: Path) -> None:
    """On a Chinese page the words are Chinese; identifiers and versions stay."""
    site = asked(tmp_path, alpine(), ADVISORIES)
    with speaking("zh"):
        said = words(body(site))
    assert "3 个已知漏洞" in said
    assert "严重" in said
    assert "CVE-2026-1001" in said
    assert digest("unused") not in said


def test_advisories_without_dates_of_a_release_that_has_ended(tmp_path: Path) -> None:
    """Where nobody dates advisories and support has ended, none known is said to be no good news, everywhere."""
    found = alpine(os_release="ID=alpine\nVERSION_ID=3.6.5\n")
    undated = replace(assessment(ecosystem="Alpine:v3.6"), database_date="", newest_advisory="")
    site = given(tmp_path, undated, found)
    said = words(body(site, found))
    assert "Nothing matched in 100 advisories on this release, of which nobody says how new they are." in said
    assert "a small figure here is no good news" in said
    sort, cell = vulnerabilities.cell(undated, has_ended=True)
    assert (sort, words(cell)) == ("0", "0 support has ended")
    badge = badges.badges(site.images[0], None, site.standings["images/base"], undated)["vulnerabilities"]
    assert (badge.message, badge.colour) == ("none known, support has ended", badges.GREY)
    (twin,) = twins.render(site.images[0], found, site, TEMPLATES)
    assert "0, by 100 advisories on Alpine:v3.6, support has ended, so nobody writes any more" in twin.content.decode()
    assert claim(site.images, site).still == site.images
