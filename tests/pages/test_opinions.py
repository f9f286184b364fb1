"""What others say of an image stands on its page: whose word it is, where it differs, and what could not be read."""

import html
import json
from datetime import date
from pathlib import Path

import pytest

from generator import pages
from generator.advisories import recorded
from generator.advisories.database import open_database
from generator.store import documents
from generator.store.observation import Observation, Outcome
from generator.targets import AdvisorySettings, Configuration, Group
from tests.advisories.builders import CRITICAL, advisory, archive
from tests.advisories.test_opinions import flaw, grype, match, trivy
from tests.advisories.test_vex import document, statement
from tests.compare.test_summary import made, package
from tests.pages.samples import AMD64, HOSTILE, REPOSITORY, target

BASE = made(package("openssl", "3.3.0-r0"), package("zlib", "1.3-r0"))


@pytest.fixture
def page(tmp_path: Path) -> str:
    """Give the page of an image about which a database, three reports and two VEX documents say something."""
    image_id = str(BASE.identity.image_id)
    (tmp_path / "g.json").write_bytes(
        grype(
            match("CVE-2026-1", "openssl", "Low"),
            match(f"CVE-2026-9 {HOSTILE[0]}", HOSTILE[1], "High"),
            match("GHSA-1", "stdlib", kind="go-module"),
            source={"type": "image", "target": {"imageID": image_id}},
        )
    )
    (tmp_path / "t.json").write_bytes(trivy({"Class": "os-pkgs", "Vulnerabilities": [flaw("CVE-2026-1", "openssl")]}))
    (tmp_path / "vex.json").write_bytes(
        document(statement({"@id": "base"}, name="CVE-2026-2", impact_statement=" ".join(HOSTILE[:4])))
    )
    archive(
        tmp_path / "advisories",
        "Alpine",
        [
            advisory("CVE-2026-1", "openssl", "3.3.1-r0", vector=CRITICAL),
            advisory("CVE-2026-2", "zlib", vector=CRITICAL),
            advisory("CVE-2026-3", "zlib", vector=CRITICAL),
        ],
    )
    store = tmp_path / "data"
    documents.save(store, BASE)
    recorded.bring_up_to_date(store, open_database(tmp_path / "advisories", tmp_path / "cache"), {})
    images = (target("base", reports=("g.json", "t.json", "none.json")),)
    configuration = Configuration(
        groups=(Group(name="all", title="All", targets=images),),
        advisories=AdvisorySettings(max_age_days=3000, vex=("vex.json", "none.vex.json")),
    )
    seen = Observation(
        at="2026-11-01T00:00:00Z",
        subject=BASE.subject,
        source="docker.io/base:1",
        fingerprint="",
        generator_version="0",
    )
    pages.render(
        configuration,
        [Outcome(name="base", platform=AMD64, state="unchanged", observation=seen)],
        lambda subject: documents.load(store, subject),
        templates=REPOSITORY / "templates",
        site_src=REPOSITORY / "site_src",
        destination=tmp_path / "docs",
        assessments=recorded.open_recorded(store, configuration, tmp_path, date(2026, 11, 28)),
    )
    return (tmp_path / "docs" / "images" / "base" / "index.md").read_text()


def test_reports_and_statements(page: str) -> None:
    """Grype's report is held against ours, Trivy's is of other bytes, a missing one says so, and VEX is applied."""
    block = page[page.index('id="other-scanners"') :]
    block = block[: block.index("bx-more")]
    assert "On 1 vulnerability both agree." in block
    assert "Only found here: 2" in block, "also what a statement sets aside was found here"
    assert "Only Grype says: 1" in block
    assert "here: critical · Grype: low" in block
    assert "1 more is in packages of programming languages" in block
    assert "The report is about other bytes than these" in block
    assert "none&#46;json&#58; cannot be read" in block
    for hostile in HOSTILE[:4]:
        if "<" in hostile:
            assert hostile not in page
    known = html.unescape(page)
    assert "2 known vulnerabilities" in known
    assert "Not counted, because of a statement: 1" in known


def test_documents_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    """A VEX document that is missing is named among the problems; the others count."""
    (tmp_path / "a.json").write_bytes(document(statement({"@id": "base"}, name="CVE-2026-2")))
    configuration = Configuration(groups=(), advisories=AdvisorySettings(vex=("none.json", "a.json")))
    found = recorded.open_recorded(tmp_path / "data", configuration, tmp_path, date(2026, 11, 28))
    assert len(found.said) == 1
    (problem,) = found.problems
    assert problem.startswith("none.json: cannot be read")
    assert json.dumps(problem)
