"""`basedex gc` that is killed at random moments: what is needed is there, and the next one makes it all good."""

import os
import random
import shutil
import sys
import time
from pathlib import Path

import msgspec

from generator import cli
from generator.analysis import codec
from generator.oci.digest import Digest
from generator.oci.platform import Platform
from generator.store import documents, history
from generator.store.observation import Observation
from tests.compare.test_summary import made, package
from tests.publish.test_killed import SEED, killed, moments

KILLS = 12
STATES = 400
KEPT = 3
NAMES = ("one", "two")
AMD64 = Platform("linux", "amd64")


def a_store(folder: Path) -> list[Digest]:
    """Make images.yml and a store of two images with many states; return the subjects that its rule keeps."""
    listed = "".join(f"      - {{name: {name}, sources: ['oci:{name}']}}\n" for name in NAMES)
    rule = f"history: {{keep_last: {KEPT}, keep_days: 0}}\n"
    (folder / "images.yml").write_text(f"groups:\n  - name: all\n    images:\n{listed}{rule}")
    document, chance = made(package("openssl", "1-r0")), random.Random(1)
    kept = []
    for name in NAMES:
        lines = []
        for number in range(STATES):
            subject = Digest(f"sha256:{chance.getrandbits(256):064x}")
            path = documents.path_of(folder / "data", subject)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(codec.encode(msgspec.structs.replace(document, subject=subject)))
            at = f"20{number // 336:02}-{number // 28 % 12 + 1:02}-{number % 28 + 1:02}T00:00:00Z"
            lines.append(Observation(at=at, subject=subject, generator_version="0.0.0", source="oci:layout"))
        path = history.path_of(folder / "data", name, AMD64)
        path.parent.mkdir(parents=True)
        path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
        kept += [line.subject for line in lines[-KEPT:]]
    return kept


def gc(folder: Path) -> None:
    """Run the command on the folder."""
    where = ["--config", str(folder / "images.yml"), "--store", str(folder / "data")]
    assert cli.main(["gc", "--quiet", *where]) == 0


def contents(folder: Path) -> dict[str, bytes | None]:
    """Return all files, and folders with None for what they hold."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def test_gc_killed_at_any_moment(tmp_path: Path) -> None:
    """All that is there can be read, nothing that the rule keeps is missing, and the next gc leaves what it should."""
    sys.stdout.write(f"BASEDEX_SEED={SEED}\n")
    whole, undisturbed, place = tmp_path / "whole", tmp_path / "undisturbed", tmp_path / "place"
    whole.mkdir()
    kept = a_store(whole)
    for folder in (place, undisturbed):
        shutil.copytree(whole, folder)
    gc(place)  # everything is loaded now
    shutil.rmtree(place)
    started = time.monotonic()
    gc(undisturbed)
    usual = time.monotonic() - started
    expected, found = contents(undisturbed), []
    assert sorted(documents.subjects(undisturbed / "data")) == sorted(kept)
    for moment in moments(random.Random(SEED), usual, KILLS):
        shutil.copytree(whole, place, copy_function=os.link)  # gc writes into no file
        interrupted = killed(lambda: gc(place), moment, whole_group=True)
        left = list(documents.subjects(place / "data"))
        found.append((interrupted, len(left)))
        assert set(kept) <= set(left)
        for subject in left[:: 1 + len(left) // 50]:
            assert documents.load(place / "data", subject).subject == subject
        for name in NAMES:
            assert len(history.read(place / "data", name, AMD64)) == STATES
        gc(place)
        assert contents(place) == expected
        shutil.rmtree(place)
    sys.stdout.write(f"gc takes {usual:.2f} s; (killed, documents left): {found}\n")
    assert sum(interrupted for interrupted, _ in found) >= KILLS // 4


def test_what_a_killed_gc_emptied_goes(tmp_path: Path) -> None:
    """A folder whose last document is gone, but which was not removed itself, is removed by the next one."""
    a_store(tmp_path)
    gc(tmp_path)
    expected = contents(tmp_path)
    (tmp_path / "data" / "documents" / "sha256" / "zz").mkdir()
    gc(tmp_path)
    assert contents(tmp_path) == expected
