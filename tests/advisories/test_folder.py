"""`basedex advisories update` and `list` as commands: which files are wanted, what is said, and the exit status."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator import advisory_folder, cli
from generator.advisories.updating import ECOSYSTEMS
from generator.store import documents
from tests.advisories.builders import advisory, archive, exploited
from tests.advisories.publisher import Publisher, publishing, slowly, status
from tests.advisories.test_opinions import grype, match
from tests.places import ROOT, places_in

IMAGES = "groups: [{name: all, images: [{name: alpine, sources: ['oci:nowhere']}]}]\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with an images.yml, and work in it."""
    (tmp_path / "images.yml").write_text(IMAGES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Publisher]:
    """Publish the archives of two distributions, and CISA's catalogue."""
    aside = tmp_path / "published"
    with publishing() as one:
        for name, release in (("Alpine", "Alpine:v3.20"), ("Debian", "Debian:12")):
            made = archive(aside, name, [advisory("CVE-2026-1000", "zlib", "2", ecosystem=release)])
            one.files[f"/{name}/all.zip"] = (made / name / "all.zip").read_bytes()
        catalogue = exploited(aside, "CVE-2026-1000") / "known_exploited_vulnerabilities.json"
        one.files[f"/{catalogue.name}"] = catalogue.read_bytes()
        yield one


def record(store: Path, distribution: str) -> None:
    """Put a document of the project's own that is about a distribution into a store."""
    for subject in documents.subjects(ROOT / "data"):
        found = documents.load(ROOT / "data", subject).sections.os_release.found
        if found is not None and found.id == distribution:
            path = documents.path_of(store, subject)
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(documents.path_of(ROOT / "data", subject), path)
            return
    raise AssertionError(distribution)


def test_the_distributions_of_recorded_images_are_asked_for(
    here: Path, mirror: Publisher, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a word on the command line: images.yml's mirror, its folder, and what the documents need."""
    (here / "images.yml").write_text(f"advisories: {{folder: known, mirror: '{mirror.base}/'}}\n{IMAGES}")
    record(here / "data", "debian")
    damaged = here / "data" / "documents" / "sha256" / "00" / f"{'0' * 64}.json"
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"{")
    assert cli.main(["advisories", "update", "--no-epss"]) == 0
    told = capsys.readouterr()
    size = len(mirror.files["/Debian/all.zip"])
    assert told.out.splitlines() == [
        f"Debian/all.zip: new, {size} B; as of 2026-11-20",
        f"known_exploited_vulnerabilities.json: new, {len(mirror.files['/known_exploited_vulnerabilities.json'])} B; "
        "as of 2026-11-20",
    ]
    assert told.err == ""
    assert sorted(path.name for path in (here / "known").iterdir()) == [
        "Debian",
        "checked.json",
        "known_exploited_vulnerabilities.json",
    ]
    assert cli.main(["advisories", "update", "--no-epss"]) == 0
    assert re.findall(r": (\w+), ", capsys.readouterr().out) == ["unchanged", "unchanged"]


def test_results_go_to_standard_output_beside_bars(here: Path, mirror: Publisher) -> None:
    """With bars on a terminal, results that go into a file are all there, and the bars are not."""
    terminal, end = pty.openpty()
    mirror.wrong["/Alpine/all.zip"] = slowly(5, 0.1)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "generator", "advisories", "update", "known"),
            *("--ecosystem", "Alpine", "--no-epss", "--mirror", mirror.base),
        ],
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=end,
    )
    os.close(end)
    out, _ = process.communicate(timeout=60)
    shown = os.read(terminal, 1 << 16)
    os.close(terminal)
    assert [line.split(b": ")[0] for line in out.splitlines()] == [
        b"Alpine/all.zip",
        b"known_exploited_vulnerabilities.json",
    ]
    assert b"\x1b" not in out
    assert b"Alpine/all.zip" in shown


def test_one_failure_is_status_1(here: Path, mirror: Publisher, capsys: pytest.CaptureFixture[str]) -> None:
    """What failed is told on standard error, with what is in use instead, also to those who want silence."""
    arguments = ["--mirror", mirror.base, "--ecosystem", "Alpine", "--ecosystem", "Debian:12", "--no-epss", "--no-kev"]
    mirror.wrong["/Debian/all.zip"] = status(503)
    assert cli.main(["advisories", "update", *arguments]) == 1
    told = capsys.readouterr()
    assert told.out.startswith("Alpine/all.zip: new, ")
    sentence = f"{mirror.base}/Debian/all.zip cannot be reached: HTTP 503 Service Unavailable"
    assert told.err == f"basedex: Debian/all.zip: failed, source-unreachable: {sentence}; there is none\n"
    mirror.wrong["/Alpine/all.zip"] = status(404)
    assert cli.main(["advisories", "update", "-q", *arguments]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "HTTP 404 Not Found; the one that is there stays in use\n" in told.err
    assert cli.main(["advisories", "list"]) == 0
    assert "Alpine:v3.20: 1 advisory, the newest of 2026-11-20" in capsys.readouterr().out


def test_a_site_of_which_nothing_is_recorded(here: Path, mirror: Publisher, capsys: pytest.CaptureFixture[str]) -> None:
    """Before the first build there is no distribution to ask for, and that is said."""
    assert cli.main(["advisories", "update", "--mirror", mirror.base, "--no-epss"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("known_exploited_vulnerabilities.json: new, ")
    assert told.err == (
        "basedex: warning: no distribution is recorded yet; `basedex build` first, or name it with --ecosystem\n"
    )
    assert (here / "advisories").is_dir()


def test_a_folder_without_a_list_of_images(here: Path, mirror: Publisher, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever names folder and ecosystem needs no images.yml: so a folder is filled for another network."""
    (here / "images.yml").unlink()
    options = ["--mirror", mirror.base, "--no-epss"]
    assert cli.main(["advisories", "update", "for-inside", "--ecosystem", "Alpine", *options]) == 0
    assert cli.main(["advisories", "list", "for-inside"]) == 0
    assert cli.main(["advisories", "update", "--ecosystem", "Alpine", *options]) == 2
    assert "images.yml" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["update", "--ecosystem", "PyPI"], "no ecosystem: PyPI; there are AlmaLinux, Alpine, "),
        (["update", "--all", "--mirror", "http://mirror.invalid/"], "is not an https:// address"),
        (["list"], "there is no folder advisories; "),
        (["list", "nowhere"], "there is no folder nowhere; "),
    ],
)
def test_wrong_usage(here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    """What cannot be meant is told before anything is asked or made."""
    assert cli.main(["advisories", *arguments]) == 2
    assert words in capsys.readouterr().err
    assert [path.name for path in here.iterdir()] == ["images.yml"]


def test_all(here: Path) -> None:
    """--all asks for every distribution's archive, and for Alpine's own database of the releases that are recorded."""
    record(here / "data", "alpine")
    asked = advisory_folder.update(
        places_in(here), advisory_folder.Wish(every=True, kev=False, epss=False), "2026-11-28"
    )
    names = {file.name for file in asked.wanted}
    assert {f"{ecosystem}/all.zip" for ecosystem in ECOSYSTEMS} < names
    assert sorted(name.partition("/")[2] for name in names if name.startswith("v3.")) == ["community.json", "main.json"]


def test_all_and_some_do_not_go_together(here: Path) -> None:
    """--all leaves nothing to name."""
    with pytest.raises(SystemExit, match="2"):
        cli.main(["advisories", "update", "--all", "--ecosystem", "Alpine"])


def test_what_is_there_is_listed(here: Path, mirror: Publisher, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file with what it is, how old, and of which releases; the same for programs."""
    (here / "images.yml").write_text(f"advisories: {{mirror: '{mirror.base}'}}\n{IMAGES}")
    cli.main(["advisories", "update", "--ecosystem", "Alpine", "--no-epss"])
    many = [advisory(f"CVE-2026-{1000 + number}", "bash", ecosystem=f"SUSE:Pack {number}") for number in range(20)]
    archive(here / "advisories", "SUSE", many)
    capsys.readouterr()
    assert cli.main(["advisories", "list"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "Alpine/all.zip"
    assert re.fullmatch(r"  OSV, \d+ B, as of 2026-11-20, checked on \d{4}-\d\d-\d\d", told[1])
    assert told[2] == "  Alpine:v3.20: 1 advisory, the newest of 2026-11-20"
    assert told[4].endswith(", never checked")
    assert told[-3:-1] == ["  … and 8 more releases; --format json lists all", "known_exploited_vulnerabilities.json"]
    assert told[-1].startswith("  CISA's KEV, ")
    assert cli.main(["advisories", "list", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    alpine, suse, kev = listed["files"]
    assert (alpine["name"], alpine["kind"], alpine["size"]) == (
        "Alpine/all.zip",
        "osv",
        len(mirror.files["/Alpine/all.zip"]),
    )
    assert alpine["releases"] == [{"ecosystem": "Alpine:v3.20", "advisory_count": 1, "newest_advisory": "2026-11-20"}]
    assert (suse["checked_on"], len(suse["releases"]), kev["releases"], listed["problems"]) == (None, 20, [], [])


def test_what_cannot_be_used_is_listed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A broken file is a warning and status 1: a gate for whoever carries folders into other networks."""
    archive(here / "advisories", "Alpine", [advisory("CVE-2026-1000", "zlib")])
    (here / "advisories" / "more.zip").write_bytes(b"\x1b[31m")
    assert cli.main(["advisories", "list"]) == 1
    told = capsys.readouterr()
    assert told.out.startswith("Alpine/all.zip\n")
    assert told.err == "basedex: warning: more.zip: not a readable archive: File is not a zip file\n"
    shutil.rmtree(here / "advisories" / "Alpine")
    (here / "advisories" / "more.zip").unlink()
    assert cli.main(["advisories", "list"]) == 0
    assert capsys.readouterr().out == "advisories has no advisories\n"


def test_scanners_are_asked(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`scan` tells what each scanner said of each recorded image, a line each; one that fails is status 1."""
    for name in ("history", "documents"):
        (here / "data").mkdir(exist_ok=True)
        (here / "data" / name).symlink_to(ROOT / "data" / name)
    for name, script in (("grype", f"cat {here}/answer"), ("trivy", "exit 3")):
        (here / name).write_text(f"#!/bin/sh\n{script}\n")
        (here / name).chmod(0o755)
    (here / "answer").write_bytes(grype(match("CVE-2026-1000", "musl")))
    monkeypatch.setenv("PATH", f"{here}:/usr/bin:/bin")
    assert cli.main(["advisories", "scan", "--only", "alpine"]) == 1
    told = capsys.readouterr()
    assert told.out == "alpine linux/amd64: grype: 1 finding\n"
    assert told.err.startswith("basedex: alpine linux/amd64: trivy: invalid-report: ")
    assert cli.main(["advisories", "scan", "--tool", "grype"]) == 0
    monkeypatch.setenv("PATH", "/nowhere")
    assert cli.main(["advisories", "scan"]) == 2


def test_ecosystems_of_a_store() -> None:
    """The project's own documents: each release once, and none for images that do not say what they are."""
    found = advisory_folder.recorded_ecosystems(ROOT / "data")
    assert {"Alpine:v3.20", "Alpine:v3.6", "Debian:12"} <= set(found)
    assert list(found) == sorted(set(found))
