"""Scanners that are installed are shown our bill of materials. No real one can be installed where these tests run.

So small programs stand in for them, which do what the manuals say of the arguments: what is tested is how they are
called, what becomes of their answers, and that they get nothing but the bill.
"""

import json
from pathlib import Path

import pytest

from generator import scan, targets
from generator.advisories import scanning
from generator.advisories.opinions import Opinion
from generator.advisories.recorded import Assessments
from generator.build import Places
from generator.errors import InvalidReport, UsageError
from generator.oci.digest import Digest
from tests.advisories.test_opinions import flaw, grype, match, trivy

SUBJECT = Digest("sha256:" + "ab" * 32)
BILL = b'{"bomFormat": "CycloneDX", "components": []}'
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder that comes first on PATH, and nothing else there but the shell's own tools."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def install(folder: Path, tool: str, script: str) -> None:
    """Put a program there."""
    path = folder / tool
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def answering(folder: Path, tool: str, report: bytes) -> None:
    """Put a program there that keeps the bill and its arguments, and gives this report."""
    (folder / f"{tool}.answer").write_bytes(report)
    install(
        folder,
        tool,
        f'echo "$@" > {folder}/{tool}.arguments\n'
        f'for one; do case "$one" in *bill.cdx.json) cp "${{one#sbom:}}" {folder}/{tool}.bill;; esac; done\n'
        f"cat {folder}/{tool}.answer",
    )


def test_grype_is_asked(bin_folder: Path) -> None:
    """Grype gets `sbom:FILE -o json`, and its answer is about the image whose bill it was."""
    answering(bin_folder, "grype", grype(match("CVE-2026-1", "openssl"), source={"type": "file", "target": "x"}))
    found = scanning.ask("grype", BILL, SUBJECT)
    assert (bin_folder / "grype.bill").read_bytes() == BILL
    arguments = (bin_folder / "grype.arguments").read_text().split()
    assert (arguments[0][:5], arguments[1:3]) == ("sbom:", ["-o", "json"])
    assert found.digests == (SUBJECT,)
    assert [one.id for one in found.findings] == ["CVE-2026-1"]
    assert not Path(arguments[0][5:]).exists(), "the bill is not left behind"


def test_trivy_is_asked(bin_folder: Path) -> None:
    """Trivy gets `sbom --format json FILE`."""
    answering(bin_folder, "trivy", trivy({"Class": "os-pkgs", "Vulnerabilities": [flaw("CVE-2026-1", "openssl")]}))
    found = scanning.ask("trivy", BILL, SUBJECT)
    assert (bin_folder / "trivy.bill").read_bytes() == BILL
    assert (bin_folder / "trivy.arguments").read_text().split()[:3] == ["sbom", "--format", "json"]
    assert (found.digests, found.findings[0].package) == ((SUBJECT,), "openssl")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'line one' >&2; printf 'no \\033[31mdatabase\\n' >&2; exit 7", "exit status 7"),
        ("echo '<html>'", "not a scanner's report"),
        ("true", "not a scanner's report"),
        ("kill -9 $$", "exit status -9"),
    ],
    ids=["fails", "talks of something else", "says nothing", "is killed"],
)
def test_a_scanner_that_fails(bin_folder: Path, script: str, reason: str) -> None:
    """A scanner that gives no report is an error with its last words, made safe to print."""
    install(bin_folder, "grype", script)
    with pytest.raises(InvalidReport, match=reason) as caught:
        scanning.ask("grype", BILL, SUBJECT)
    assert "\x1b" not in str(caught.value)


def test_a_scanner_that_never_ends(bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience has an end."""
    install(bin_folder, "grype", "exec sleep 60")
    monkeypatch.setattr(scanning, "PATIENCE", 0.2)
    with pytest.raises(InvalidReport, match="timed out"):
        scanning.ask("grype", BILL, SUBJECT)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Give a store with one recorded image of the project's own."""
    configuration = tmp_path / "images.yml"
    configuration.write_text(
        "groups:\n  - name: one\n    images:\n      - {name: alpine, sources: [docker.io/library/alpine:latest]}\n"
    )
    store = tmp_path / "data"
    store.mkdir()
    (store / "history").symlink_to(REPOSITORY / "data" / "history")
    (store / "documents").symlink_to(REPOSITORY / "data" / "documents")
    return Places(configuration=configuration, store=store, output=tmp_path / "build", cache=tmp_path / "cache")


def test_scan(bin_folder: Path, places: Places) -> None:
    """Every scanner that is there is asked about every recorded image, and what it says is kept for the pages."""
    answering(bin_folder, "grype", grype(match("CVE-2026-1", "libssl3")))
    install(bin_folder, "trivy", "exit 3")
    answers = list(scan.scan(places))
    assert [(one.name, one.platform, one.tool) for one in answers] == [
        ("alpine", "linux/amd64", "grype"),
        ("alpine", "linux/amd64", "trivy"),
    ]
    assert isinstance(answers[0].said, Opinion)
    assert isinstance(answers[1].said, InvalidReport)
    bill = json.loads((bin_folder / "grype.bill").read_bytes())
    assert bill["bomFormat"] == "CycloneDX"
    assert any(one["name"] == "musl" for one in bill["components"])
    subject = Digest(answers[0].said.digests[0])
    kept = Assessments(store=places.store)
    target = targets.load(places.configuration).targets[0]
    assert kept.opinions_of(subject, target) == (answers[0].said,)
    scanning.forget(places.store, frozenset({str(subject)}))
    assert kept.opinions_of(subject, target) == (answers[0].said,)
    scanning.forget(places.store, frozenset())
    assert kept.opinions_of(subject, target) == ()


def test_no_scanner(bin_folder: Path, places: Places) -> None:
    """Without any scanner, or without the one that was named, that is said before anything is done."""
    with pytest.raises(UsageError, match="grype and trivy cannot be found"):
        list(scan.scan(places))
    answering(bin_folder, "trivy", trivy())
    with pytest.raises(UsageError, match="grype cannot be found"):
        list(scan.scan(places, tools=["grype"]))


def test_damaged_record(places: Places) -> None:
    """What was recorded and cannot be read any more is told as that."""
    path = places.store / scanning.FOLDER / "sha256" / "ab" / f"{'ab' * 32}.grype.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"{")
    (found,) = scanning.recorded(places.store, SUBJECT)
    assert isinstance(found, InvalidReport)
