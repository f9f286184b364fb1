"""The section Policy of an image's page: what is asked, and how the image stands, without a clock."""

import re
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from generator.advisories import recorded
from generator.advisories.database import open_database
from generator.advisories.recorded import Assessments
from generator.analysis.document import Document
from generator.compare.past import Past, State
from generator.language import speaking
from generator.pages import policy
from generator.pages.environment import Templates
from generator.pages.site import Image, Site
from generator.store import documents
from generator.store.observation import Observation
from generator.targets import Configuration, Group
from tests.advisories.builders import CRITICAL, advisory, archive, exploited
from tests.pages.samples import AMD64, HOSTILE, REPOSITORY, digest, outcome, target
from tests.pages.test_markup import converted
from tests.policy import subjects


@pytest.fixture(scope="module")
def document() -> Document:
    """Give the document of a small distribution, Debian 12."""
    return subjects.whole()


def body(
    document: Document,
    asked: dict[str, Any],
    *subjects_seen: str,
    assessments: Assessments | None = None,
    **fields: Any,
) -> str:
    """Return the section's HTML, "" when there is none; the image was seen with these subjects, a month each."""
    one = target("base", policy=subjects.policy(asked), **fields)
    group = Group(name="g", title="G", targets=(one,))
    image = Image(one, group, AMD64, outcome("base", document.subject, "offline"))
    states = tuple(
        State(
            (Observation(at=f"2026-0{month}-01T00:00:00Z", subject=digest(word), generator_version="0", source="x"),),
            None,
            True,
        )
        for month, word in enumerate(subjects_seen, 1)
    )
    site = Site(
        Configuration(groups=(group,)),
        (image,),
        pasts={image.folder: Past(states)},
        assessments=assessments or Assessments(),
    )
    view = policy.section(document, image, site, Templates(REPOSITORY / "templates"))
    return str(view.body) if view else ""


def test_vulnerabilities_are_named_and_the_unknown_is_not_passed(document: Document, tmp_path: Path) -> None:
    """What breaks a rule is named with its package; without an assessment nothing of it holds."""
    asked = {"max_open": 0, "kev": 0, "max_critical": 0}
    html = body(document, asked)
    assert [row(html, rule)[1:] for rule in asked] == [["cannot be told"]] * 3
    advisories = [
        advisory("CVE-2026-0001", "openssl", ecosystem="Debian:12"),
        advisory("CVE-2026-0002", "bash", "9", ecosystem="Debian:12", vector=CRITICAL),
    ]
    folder = exploited(archive(tmp_path / "advisories", "Debian", advisories), "CVE-2026-0002")
    documents.save(tmp_path, document)
    recorded.bring_up_to_date(tmp_path, open_database(folder, tmp_path / "indexes"), {})
    html = body(document, asked, assessments=Assessments(tmp_path, recorded.load_asked(tmp_path)))
    assert row(html, "max_open")[1:] == [
        "violated",
        "2 known vulnerabilitiesCVE-2026-0002 bash 5.2CVE-2026-0001 openssl 3.0",
    ]
    assert 'href="#CVE' in html
    assert row(html, "kev")[1:] == ["violated", "1 known vulnerabilityCVE-2026-0002 bash 5.2"]
    only_unknown = body(
        document, {"max_high": 0}, assessments=Assessments(tmp_path, recorded.load_asked(tmp_path), date(2026, 11, 24))
    )
    assert row(only_unknown, "max_high")[1:] == ["holds, with a warning", "1 of unknown severity"]
    advisories = [advisory("CVE-2020-0001", "other", ecosystem="Debian:12", modified="2020-01-01")]
    newer = advisory("CVE-2026-0001", "bash", ecosystem="Debian:13")
    folder = archive(tmp_path / "advisories", "Debian", [*advisories, newer])
    recorded.bring_up_to_date(tmp_path, open_database(folder, tmp_path / "indexes"), {})
    still = body(document, {"max_open": 0}, assessments=Assessments(tmp_path, recorded.load_asked(tmp_path)))
    assert row(still, "max_open")[1:] == ["holds, with a warning", "the newest advisory is of 2020-01-01"]
    old = body(
        document, {"max_high": 0}, assessments=Assessments(tmp_path, recorded.load_asked(tmp_path), date(2027, 11, 24))
    )
    assert row(old, "max_high")[1] == "cannot be told"


def row(html: str, rule: str) -> list[str]:
    """Return the text of a rule's cells after its name."""
    (found,) = re.findall(rf'<tr id="policy-{rule.replace("_", "-")}">(.*?)</tr>', html, re.DOTALL)
    cells = re.findall(r"<td>(.*?)</td>", found, re.DOTALL)
    return [" ".join(converted(f"<div>\n{cell}\n</div>").text.split()) for cell in cells]


def test_there_is_a_section_only_where_something_is_asked(document: Document) -> None:
    """An image of which nothing is asked has no empty table."""
    assert body(document, {}) == body(document, {"no_shell": "off"}) == ""
    assert body(document, {"no_shell": True})


def test_each_rule_has_its_verdict_and_evidence(document: Document) -> None:
    """What is asked stands beside what was found: paths with layers, packages, figures; the unknown is said."""
    html = body(
        document,
        {
            "max_docker_size": "1 B",
            "max_layers": 2,
            "no_shell": True,
            "allowed_setuid": ["/usr/bin/su"],
            "forbidden_packages": ["open*"],
            "must_have": ["tmp", "time-zones"],
            "fresh": True,
        },
    )
    assert row(html, "max_docker_size")[:2] == ["1 B", "violated"]
    assert row(html, "max_layers") == ["2", "holds", ""]
    assert row(html, "no_shell") == ["yes", "violated", "/bin/bash (layer 1)/bin/sh (layer 1)"]
    assert row(html, "no_setuid") == ["yes, but for /usr/bin/su", "violated", "/usr/bin/wall (layer 2)"]
    assert row(html, "forbidden_packages") == ["open*", "violated", "openssl 3.0"]
    assert row(html, "must_have") == ["tmp, time-zones", "violated", "time-zones"]
    assert row(html, "fresh") == ["yes", "cannot be told", ""]


def test_without_findings_there_is_no_column_for_them(document: Document) -> None:
    """Where all rules hold the table says so in three columns."""
    html = body(document, {"max_layers": 2})
    assert row(html, "max_layers") == ["2", "holds"]
    assert "Evidence" not in html


def test_what_depends_on_the_day_is_a_date(document: Document) -> None:
    """The page names the last day on which such a rule holds, and leaves it to the browser how far that is."""
    asked = {"not_end_of_life": {"warn_days": 30}, "max_age_days": 30, "review_due": True}
    html = body(document, asked, "before", "now", review_on="2027-01-31")
    days = dict(re.findall(r'<tr id="policy-([a-z-]+)">.*?data-ends="([^"]+)"', unescape(html)))
    assert days == {"not-end-of-life": "2026-07-11", "max-age-days": "2026-03-03", "review-due": "2027-01-31"}
    assert "bx-badge" not in html


def test_what_no_day_decides_is_said(document: Document) -> None:
    """No review to miss holds for ever; an age that nothing tells stays unknown."""
    html = body(document, {"review_due": True}, "now")
    assert row(html, "review_due") == ["yes", "holds"]
    undated = subjects.bare()
    assert row(body(undated, {"not_end_of_life": True}), "not_end_of_life") == ["yes", "cannot be told"]


def test_the_section_speaks_the_reader_s_language(document: Document) -> None:
    """Titles and verdicts are in Chinese on a Chinese page; rules keep their names."""
    with speaking("zh"):
        html = body(document, {"no_shell": True, "max_layers": 2})
    assert row(html, "no_shell")[:2] == ["是", "违反"]
    assert row(html, "max_layers")[1] == "满足"
    assert "没有 shell" in html
    assert "no_<wbr>shell" in html


def test_hostile_patterns_are_text(document: Document) -> None:
    """What somebody wrote into images.yml changes nothing of the table's structure."""

    def tags(words: tuple[str, ...]) -> list[Any]:
        return converted(f"<div>\n{body(document, {'forbidden_packages': list(words)})}\n</div>").tags

    assert tags(HOSTILE) == tags(("harmless",) * len(HOSTILE))
