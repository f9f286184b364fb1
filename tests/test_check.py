"""`basedex check`: what is recorded held against images.yml, as a job and as a command with its exit statuses."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from generator import build, single
from generator.advisories import recorded as assessed
from generator.advisories.database import open_database
from generator.build import Places
from generator.check import check
from generator.errors import UsageError
from generator.oci.platform import Platform
from generator.policy.verdict import ImageVerdicts, Report
from generator.store import documents, history, local_state
from generator.store.local_state import ImageState
from tests import builders
from tests.advisories.builders import HIGH, advisory, archive, exploited

ROOT = Path(__file__).resolve().parents[1]
TODAY = date(2026, 11, 24)

IMAGES = """\
policy: {max_layers: 2, no_shell: true}
groups:
  - name: g
    images:
      - name: good
        sources: ["oci:good"]
      - name: bad
        sources: ["oci:bad"]
        policy: {max_entries: 100}
      - name: unseen
        sources: ["oci:unseen"]
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with an images.yml of three images and a store that knows two of them."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "images.yml").write_text(IMAGES)
    for name, path in (("good", "app"), ("bad", "bin/sh")):
        built = builders.image([builders.tar([builders.file(path, b"#!/x\n", mode=0o755)])])
        builders.write_layout(folder / name, built)
        single.record(places(folder), name, f"oci:{folder / name}", provenance="Made by a test.", at=build.now())
    return folder


@pytest.fixture
def shop(recorded: Path, tmp_path: Path) -> Path:
    """Give a copy of it that may be changed."""
    shutil.copytree(recorded, tmp_path / "shop")
    return tmp_path / "shop"


def places(folder: Path) -> Places:
    """Return the places in `folder`."""
    return Places(configuration=folder / "images.yml", store=folder / "data", cache=folder / ".cache")


def judged(folder: Path, *only: str, policy: str = "", allow_unknown: bool = False, today: date = TODAY) -> Report:
    """Check the folder, with another policy at the top of its images.yml where one is given."""
    if policy:
        path = folder / "images.yml"
        path.write_text(path.read_text().replace("policy: {max_layers: 2, no_shell: true}", f"policy: {policy}"))
    return check(places(folder), today, only=only, allow_unknown=allow_unknown)


def reasons(image: ImageVerdicts) -> set[str]:
    """Return why an image cannot be told."""
    return {verdict.reason for verdict in image.verdicts}


# The job


def test_images_are_judged_by_what_is_recorded(recorded: Path) -> None:
    """One passes, one violates with the path that does it, one cannot be told: nothing is recorded of it."""
    report = judged(recorded)
    good, bad, unseen = report.images
    assert [image.state for image in report.images] == ["passed", "violated", "unknown"]
    assert [image.line for image in report.images] == [5, 7, 10]
    (finding,) = [finding for verdict in bad.verdicts for finding in verdict.findings]
    assert (finding.evidence.path, finding.evidence.layer) == ("/bin/sh", 0)
    assert finding.evidence.document == bad.document
    assert [verdict.rule for verdict in bad.verdicts] == ["max_entries", "max_layers", "no_shell"]
    assert (unseen.document, unseen.recorded_at) == ("", "")
    assert reasons(unseen) == {"nothing is recorded of the image"}
    assert good.source == "oci:good"


def test_what_cannot_be_told_closes_the_gate_unless_it_is_allowed(recorded: Path) -> None:
    """A violation always closes it, the unknown only without the caller's word."""
    assert not judged(recorded).passed
    assert not judged(recorded, allow_unknown=True).passed
    assert judged(recorded, "good").passed
    assert not judged(recorded, "good", "unseen").passed
    assert judged(recorded, "good", "unseen", allow_unknown=True).passed


def test_nothing_is_written_and_nothing_asked(recorded: Path) -> None:
    """The same question has the same answer, and the folder stays as it was, sources gone or not."""
    before = sorted((path, path.stat().st_mtime_ns) for path in recorded.rglob("*"))
    assert judged(recorded) == judged(recorded)
    assert sorted((path, path.stat().st_mtime_ns) for path in recorded.rglob("*")) == before


def test_a_damaged_document_cannot_be_judged(shop: Path) -> None:
    """An image whose document is gone, broken or broken deep inside is not known, with the store's words."""
    last = history.last(shop / "data", "good", Platform())
    assert last is not None
    path = documents.path_of(shop / "data", last.subject)
    content = path.read_bytes()
    for broken in (content.replace(b'"layers":[', b'"layers":["x",', 1), b"{", None):
        path.unlink()
        if broken is not None:
            path.write_bytes(broken)
        (image,) = judged(shop, "good").images
        assert image.state == "unknown"
        assert all(path.name in reason for reason in reasons(image))


def test_a_damaged_history_cannot_be_judged(shop: Path) -> None:
    """An image whose history cannot be read is not known, and the others are judged all the same."""
    history.path_of(shop / "data", "good", Platform()).write_text("nonsense\n")
    good, bad, _ = judged(shop).images
    assert (good.state, bad.state) == ("unknown", "violated")
    assert all("not an observation" in reason for reason in reasons(good))


def test_what_this_machine_remembers_says_what_is_fresh(shop: Path) -> None:
    """`fresh` is judged by the last build on this machine; without one it cannot be told."""
    report = judged(shop, "good", "unseen", policy="{fresh: true}")
    assert [image.state for image in report.images] == ["unknown", "violated"]
    for state, expected in (("unchanged", "passed"), ("stale", "violated")):
        remembered = {"good linux-amd64": ImageState(state=state, reason="no answer")}
        local_state.save(shop / ".cache", shop / "data", remembered)
        (image,) = judged(shop, "good").images
        assert image.state == expected


def test_the_age_is_read_from_the_history(shop: Path) -> None:
    """An image that came back to what it was before has changed when it came back."""
    path = history.path_of(shop / "data", "good", Platform())
    (line,) = path.read_text().splitlines()
    first = json.loads(line) | {"at": "2026-01-01T00:00:00Z"}
    other = first | {"at": "2026-02-01T00:00:00Z", "subject": "sha256:" + "0" * 64}
    again = first | {"at": "2026-03-01T00:00:00Z"}
    later = first | {"at": "2026-04-01T00:00:00Z", "provenance": "Seen again."}
    path.write_text("".join(f"{json.dumps(one)}\n" for one in (first, other, again, later)))
    for today, expected in ((date(2026, 3, 31), "passed"), (date(2026, 4, 1), "violated")):
        (image,) = judged(shop, "good", policy="{max_age_days: 30}", today=today).images
        assert image.state == expected


def test_a_gate_without_rules_is_a_mistake(shop: Path) -> None:
    """When no rule is asked, an open gate would mean nothing, so it is an error; so is a name that is not there."""
    with pytest.raises(UsageError, match="no image is called “goode”; did you mean “good”"):
        judged(shop, "goode")
    with pytest.raises(UsageError, match="asks nothing of these images"):
        judged(shop, "good", policy="{no_shell: off}")


PACKAGES = b"P:openssl\nV:3.3.1-r0\nA:x86_64\n\n"
OS_RELEASE = b"ID=alpine\nVERSION_ID=3.20.1\n"


def test_vulnerabilities_are_judged_by_what_is_recorded_of_them(shop: Path) -> None:
    """What a build held against its database is judged, as of the day; without one nothing of it can be told."""
    files = [
        builders.file("etc/os-release", OS_RELEASE),
        builders.file("lib/apk/db/installed", PACKAGES),
    ]
    builders.write_layout(shop / "good", builders.image([builders.tar(files)]))
    single.record(places(shop), "good", f"oci:{shop / 'good'}", provenance="Made by a test.", at=build.now())
    asked = "{max_high: 0, kev: 0, max_open: 1}"
    (image,) = judged(shop, "good", policy=asked).images
    assert [verdict.state for verdict in image.verdicts] == ["unknown"] * 3
    advisories = [
        advisory("CVE-2026-0001", "openssl", "3.3.2-r0", vector=HIGH),
        advisory("CVE-2026-0002", "openssl", "3.3.1-r0", vector=HIGH),
    ]
    folder = exploited(archive(shop / "advisories", "Alpine", advisories))
    assessed.bring_up_to_date(shop / "data", open_database(folder, shop / "indexes"), {})
    (image,) = judged(shop, "good").images
    assert {one.rule: one.state for one in image.verdicts} == {
        "max_high": "violated",
        "max_open": "passed",
        "kev": "passed",
    }
    high = next(one for one in image.verdicts if one.rule == "max_high")
    assert high.findings[1].sentence == "CVE-2026-0001 (high severity) in openssl 3.3.1-r0, fixed in 3.3.2-r0"
    assert high.findings[1].evidence.database_date == "2026-11-20"
    (image,) = judged(shop, "good", today=date(2026, 12, 24)).images
    assert {one.rule: one.state for one in image.verdicts} == {
        "max_high": "violated",
        "max_open": "unknown",
        "kev": "unknown",
    }


# The command


def basedex(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `basedex check` in `folder`."""
    return subprocess.run(
        [sys.executable, "-m", "generator", "check", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--only", "good"), 0),
        (("--only", "good", "unseen"), 1),
        (("--only", "good", "unseen", "--allow-unknown"), 0),
        (("--allow-unknown",), 1),
        ((), 1),
        (("--only", "goode"), 2),
        (("--today", "2026-02-30"), 2),
        (("--today", "20261124"), 2),
        (("--format", "xml"), 2),
        (("--config", "nowhere.yml"), 2),
    ],
)
def test_exit_status(recorded: Path, arguments: tuple[str, ...], status: int) -> None:
    """0 is an open gate, 1 a closed one, 2 a mistake in what was asked."""
    told = basedex(recorded, *arguments)
    assert told.returncode == status, told.stderr
    assert bool(told.stderr) == (status == 2)
    assert bool(told.stdout) == (status != 2)


def test_each_format_goes_to_standard_output_or_a_file(shop: Path) -> None:
    """The same bytes are printed and, with -o, written, whatever the status."""
    readers: dict[str, Callable[[str], object]] = {
        "json": json.loads,
        "sarif": json.loads,
        "junit": ElementTree.fromstring,
        "text": str,
    }
    for form, reader in readers.items():
        printed = basedex(shop, "--format", form, "--today", "2026-11-24")
        reader(printed.stdout)
        written = basedex(shop, "--format", form, "--today", "2026-11-24", "-o", "report")
        assert (printed.returncode, written.returncode, written.stdout) == (1, 1, "")
        assert (shop / "report").read_text() == printed.stdout


def test_the_report_says_the_day_and_the_gate(recorded: Path) -> None:
    """JSON has the day that was given and whether the gate is open, as the exit status has it."""
    report = json.loads(basedex(recorded, "--format", "json", "--today", "2027-01-31").stdout)
    assert (report["today"], report["passed"], report["allow_unknown"]) == ("2027-01-31", False, False)


def test_quiet_says_nothing_of_an_open_gate(recorded: Path) -> None:
    """With -q there is output only where there is something wrong."""
    assert basedex(recorded, "-q", "--only", "good").stdout == ""
    assert "/bin/sh is a shell" in basedex(recorded, "-q", "--only", "bad").stdout


def test_the_policy_of_this_site_holds() -> None:
    """The images.yml in the repository asks something of nearly every image, and what is recorded answers it."""
    if not (ROOT / "data" / "history").is_dir():
        pytest.skip("nothing is recorded in data/")
    told = basedex(ROOT, "--format", "json")
    assert told.returncode == 0, told.stdout
    counts = json.loads(told.stdout)["counts"]
    assert counts["not_asked"] <= 1
    assert counts["verdicts"] > 60
