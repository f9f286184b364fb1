"""Builds and advisories: recorded images are held against the folder when that may tell news; nothing stops a site."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from generator import cli
from generator.advisories import checked, recorded
from generator.advisories.assessment import Assessment
from generator.advisories.checked import Checked
from generator.assess import assess
from generator.build import Places
from generator.oci.digest import Digest
from generator.store import documents
from tests.advisories.builders import advisory, archive
from tests.advisories.publisher import publishing, slowly
from tests.places import ROOT, places_in


class Shop:
    """A store with two Alpines of the project's own, and a folder of advisories about their musl."""

    def __init__(self, folder: Path) -> None:
        self.places: Places = places_in(folder)
        self.advisories = folder / "advisories"
        alpine = [one for one in documents.subjects(ROOT / "data") if _is_alpine(one)]
        self.subjects = tuple(alpine[:2])
        for one in self.subjects:
            path = documents.path_of(self.places.store, one)
            path.parent.mkdir(parents=True)
            shutil.copy(documents.path_of(ROOT / "data", one), path)
        self.publish("CVE-2026-1001")

    def publish(self, *names: str) -> None:
        """Put an archive with these flaws, which nothing fixes, into the folder."""
        archive(self.advisories, "Alpine", [advisory(name, "musl") for name in names])

    def assess(self) -> tuple[str, ...]:
        """Do what a build does."""
        return assess(self.places, self.advisories, lambda stage: None)

    def works(self) -> bool:
        """Whether a build would have anything to do."""
        told: list[str] = []
        assess(self.places, self.advisories, told.append)
        return bool(told)

    def known(self, subject: Digest | None = None) -> Assessment | None:
        """Return what is recorded of the first image."""
        return recorded.load(self.places.store, subject or self.subjects[0])

    def flaws(self) -> list[str]:
        """Return the flaws that are recorded of the first image."""
        known = self.known()
        return [one.id for one in known.findings] if known else []


def _is_alpine(subject: Digest) -> bool:
    found = documents.load(ROOT / "data", subject).sections.os_release.found
    return found is not None and (found.id, found.version_id[:4]) == ("alpine", "3.20")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Give a store that nothing has been held against yet."""
    return Shop(tmp_path)


def test_recorded_images_are_held_against_the_folder(shop: Shop) -> None:
    """Every document gets an assessment of the archives at hand, and the second time there is nothing to do."""
    assert shop.assess() == ()
    assert shop.flaws() == ["CVE-2026-1001"]
    assert shop.known(shop.subjects[1]) is not None
    assert not shop.works()


def _another_archive(shop: Shop) -> None:
    shop.publish("CVE-2026-1002")


def _another_document(shop: Shop) -> None:
    path = documents.path_of(shop.places.store, shop.subjects[0])
    os.utime(path, ns=(1, 1))


def _a_lost_assessment(shop: Shop) -> None:
    recorded.path_of(shop.places.store, shop.subjects[0]).unlink()


def _a_damaged_stamp(shop: Shop) -> None:
    (shop.places.cache / "assessed.stamp").write_bytes(b"\xff\xfe")


def _no_cache(shop: Shop) -> None:
    shutil.rmtree(shop.places.cache)


@pytest.mark.parametrize(
    "change", [_another_archive, _another_document, _a_lost_assessment, _a_damaged_stamp, _no_cache]
)
def test_what_makes_work(shop: Shop, change: Callable[[Shop], None]) -> None:
    """Another archive, document, assessment or cache is looked at; then all is up to date again."""
    shop.assess()
    change(shop)
    assert shop.works()
    assert len(shop.flaws()) == 1
    assert not shop.works()


def test_what_arrives_meanwhile_is_for_the_next_build(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive that is swapped in while images are held against the one before is not taken for known."""
    real = recorded.bring_up_to_date

    def slow(*arguments: object) -> int:
        shop.publish("CVE-2026-1002")
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(recorded, "bring_up_to_date", slow)
    shop.assess()
    monkeypatch.undo()
    assert shop.flaws() == ["CVE-2026-1001"]
    assert shop.works()
    assert shop.flaws() == ["CVE-2026-1002"]


def test_without_advisories_what_is_known_stays(shop: Shop) -> None:
    """A folder that is missing, empty, or has nothing but a broken archive takes nothing away."""
    shop.assess()
    before = recorded.path_of(shop.places.store, shop.subjects[0]).read_bytes()
    shutil.rmtree(shop.advisories)
    assert shop.assess() == ()
    shop.advisories.mkdir()
    assert [one.partition(": ")[2] for one in shop.assess()] == [
        "no advisories that could be used; what was assessed before stays"
    ]
    shutil.rmtree(shop.places.cache)
    shop.publish("CVE-2026-1002")
    (shop.advisories / "Alpine" / "all.zip").write_bytes(b"PK")
    assert shop.assess()[0] == "Alpine/all.zip: not a readable archive: File is not a zip file"
    shutil.rmtree(shop.advisories)
    shop.advisories.write_bytes(b"a file")
    assert shop.assess() == ()
    assert recorded.path_of(shop.places.store, shop.subjects[0]).read_bytes() == before


def test_a_broken_archive_is_told_by_every_build(shop: Shop) -> None:
    """The good one that was there before stays in use, and that is said again where nothing else is done."""
    shop.assess()
    (shop.advisories / "Alpine" / "all.zip").write_bytes(b"PK")
    told = ("Alpine/all.zip: not a readable archive: File is not a zip file",)
    assert (shop.assess(), shop.works(), shop.assess()) == (told, False, told)
    assert shop.flaws() == ["CVE-2026-1001"]


def test_a_store_that_cannot_be_written(shop: Shop) -> None:
    """Where assessments cannot be put, the build goes on with what is known, and says why."""
    (shop.places.store / recorded.FOLDER).write_bytes(b"a file in the folder's place")
    [told] = shop.assess()
    assert told.startswith("packages were not held against advisories, what was assessed before stays: ")
    assert "cannot be written" in told


def test_a_cache_that_cannot_be_written(shop: Shop) -> None:
    """Without a place for indexes nothing can be asked, and the build goes on."""
    shop.places.cache.write_bytes(b"a file in the folder's place")
    assert shop.assess()[-1].endswith("what was assessed before stays")


def test_a_damaged_index_is_made_anew(shop: Shop) -> None:
    """A cache that was damaged costs the time to index the archive again."""
    shop.assess()
    shutil.rmtree(shop.places.store / recorded.FOLDER)
    [index] = shop.places.indexes.glob("*.sqlite")
    content = index.read_bytes()
    index.write_bytes(content[:-4096] + bytes(4096))
    assert (shop.assess(), shop.flaws()) == ((), ["CVE-2026-1001"])


def test_the_assessment_of_a_removed_document_goes(shop: Shop) -> None:
    """`basedex gc` takes documents; the next build takes what was known of their flaws."""
    shop.assess()
    documents.path_of(shop.places.store, shop.subjects[1]).unlink()
    shop.assess()
    assert (shop.known(shop.subjects[1]), len(shop.flaws())) == (None, 1)


def test_indexes_of_former_archives_are_removed(shop: Shop) -> None:
    """The cache does not grow with every day's archive."""
    for number in range(3):
        shop.publish(f"CVE-2026-100{number}")
        shop.assess()
    assert len(list(shop.places.indexes.glob("*.sqlite"))) == 1


def test_the_folder_may_be_in_the_store(shop: Shop) -> None:
    """Advisories that are kept beside documents are used like others, and builds come to rest."""
    inside = shop.places.store / "advisories"
    shutil.move(shop.advisories, inside)
    shop.advisories = inside
    shop.assess()
    assert (shop.flaws(), shop.works()) == (["CVE-2026-1001"], False)


def test_the_day_of_asking_counts_for_the_file_that_came(shop: Shop) -> None:
    """An archive is as of the day on which its publisher had no newer one; a file put in its place is not."""
    shop.assess()
    digest = recorded.load_asked(shop.places.store).archives[0].digest
    note = Checked(source="https://osv.invalid/", checked_on="2026-11-27", digest=digest)
    checked.save(shop.advisories, {"Alpine/all.zip": note})
    shop.assess()
    assert recorded.load_asked(shop.places.store).checked_on == {"Alpine/all.zip": "2026-11-27"}
    shop.publish("CVE-2026-1001", "CVE-2026-1002")
    shop.assess()
    assert recorded.load_asked(shop.places.store).checked_on == {}


def test_a_site_is_made_whatever_the_advisories_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`render` holds images against advisories too, and says in the end what could not be used."""
    shop = Shop(tmp_path)
    (shop.advisories / "Debian").mkdir()
    (shop.advisories / "Debian" / "all.zip").write_bytes(b"cut")
    images = "groups: [{name: all, images: [{name: alpine, sources: ['oci:nowhere']}]}]\n"
    shop.places.configuration.write_text(f"site: {{languages: [en]}}\nadvisories: {{vex: [no.json]}}\n{images}")
    places = ("config", "configuration"), ("store", "store"), ("output", "output"), ("cache", "cache")
    arguments = [text for option, name in places for text in (f"--{option}", str(getattr(shop.places, name)))]
    assert cli.main(["render", *arguments]) == 0
    warnings = [line for line in capsys.readouterr().err.splitlines() if line.startswith("basedex: warning: ")]
    assert warnings[0] == "basedex: warning: Debian/all.zip: not a readable archive: File is not a zip file"
    assert warnings[1].startswith("basedex: warning: no.json: ")
    assert len(warnings) == 2
    assert (shop.places.site / "index.html").is_file()
    assert shop.flaws() == ["CVE-2026-1001"]


@pytest.mark.slow
def test_a_site_is_built_after_an_update_was_killed(tmp_path: Path) -> None:
    """The archive of before is in use, half of the new one is not, and the build has nothing to complain of."""
    shop = Shop(tmp_path)
    before = (shop.advisories / "Alpine" / "all.zip").read_bytes()
    newer = archive(tmp_path / "newer", "Alpine", [advisory(f"CVE-2026-{number}", "musl") for number in (1001, 1002)])
    images = "groups: [{name: all, images: [{name: alpine, sources: ['oci:nowhere']}]}]\n"
    shop.places.configuration.write_text(f"site: {{languages: [en]}}\n{images}")

    def basedex(*arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "generator", *arguments, "--store", "data", "--cache", "cache"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    with publishing() as mirror:
        mirror.files["/Alpine/all.zip"] = (newer / "Alpine" / "all.zip").read_bytes()
        mirror.wrong["/Alpine/all.zip"] = slowly(20, 0.2)
        update = basedex("advisories", "update", "--mirror", mirror.base, "--no-kev", "--no-epss")
        while not list(shop.advisories.glob("Alpine/.part-*")):
            assert update.poll() is None
            time.sleep(0.01)
        update.kill()
        update.communicate(timeout=60)
        assert (shop.advisories / "Alpine" / "all.zip").read_bytes() == before
        built = basedex("build", "--offline", "--allow-stale", "--quiet")
        assert (built.communicate(timeout=120)[1], built.returncode) == ("", 0)
        assert (tmp_path / "build" / "site" / "index.html").is_file()
        assert shop.flaws() == ["CVE-2026-1001"]
        mirror.wrong.clear()
        assert basedex("advisories", "update", "--mirror", mirror.base, "--no-kev", "--no-epss").wait(60) == 0
    assert not list(shop.advisories.glob("Alpine/.*"))
    shop.assess()
    assert shop.flaws() == ["CVE-2026-1001", "CVE-2026-1002"]
