"""`basedex advisories update` against a publisher on loopback, at its best and at its worst."""

import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from generator import asking
from generator.advisories import checked, releases, updating
from generator.advisories.database import open_database
from generator.advisories.updating import ECOSYSTEMS, Fetched, File, files, update
from generator.errors import BasedexError, StoreBusy, UsageError
from generator.store.lock import locked
from tests.advisories import publisher
from tests.advisories.builders import advisory, archive, exploited
from tests.advisories.publisher import Publisher, Wrong, etag, publishing

ROOT = Path(__file__).resolve().parents[2]
ALPINE, DEBIAN = "/Alpine/all.zip", "/Debian/all.zip"
KEV, EPSS = "/known_exploited_vulnerabilities.json", "/epss_scores-current.csv.gz"
TODAY = "2026-11-28"


def osv(folder: Path, ecosystem: str, *names: str) -> bytes:
    """Return an archive with a flaw of zlib for each name."""
    release = {"Alpine": "Alpine:v3.20", "Debian": "Debian:12"}.get(ecosystem, f"{ecosystem}:9")
    made = archive(folder, ecosystem, [advisory(name, "zlib", "1.3.2-r0", ecosystem=release) for name in names])
    return (made / ecosystem / "all.zip").read_bytes()


def epss(day: str = "2026-11-27") -> bytes:
    """Return a table as FIRST publishes it."""
    table = f"#model_version:v2025.03.14,score_date:{day}T00:00:00Z\ncve,epss,percentile\nCVE-2026-1000,0.5,0.9\n"
    return gzip.compress(table.encode(), mtime=0)


@pytest.fixture
def osv_dev(tmp_path: Path) -> Iterator[Publisher]:
    """Publish two archives and both catalogues."""
    aside = tmp_path / "published"
    with publishing() as one:
        one.files = {
            ALPINE: osv(aside, "Alpine", "CVE-2026-1000"),
            DEBIAN: osv(aside, "Debian", "CVE-2026-1000"),
            KEV: (exploited(aside, "CVE-2026-1000") / KEV[1:]).read_bytes(),
            EPSS: epss(),
        }
        yield one


class Site:
    """A folder of advisories and the cache beside it."""

    def __init__(self, base: Path, source: Publisher) -> None:
        self.folder = base / "advisories"
        self.indexes = base / "cache"
        self.source = source

    def update(
        self, ecosystems: Sequence[str] = ("Alpine", "Debian"), today: str = TODAY, wanted: Sequence[File] = ()
    ) -> dict[str, Fetched]:
        """Bring the folder up to date; return what became of each file."""
        wanted = wanted or files(ecosystems, mirror=self.source.base)
        return {one.name: one for one in update(self.folder, self.indexes, wanted, today)}

    def states(self, ecosystems: Sequence[str] = ("Alpine", "Debian"), today: str = TODAY) -> dict[str, str]:
        """The same in a word each."""
        return {name: one.state for name, one in self.update(ecosystems, today).items()}

    def contents(self) -> dict[str, bytes]:
        """Return every file of the folder but the note."""
        found = (path for path in self.folder.rglob("*") if path.is_file() and path.name != checked.FILE_NAME)
        return {f"/{path.relative_to(self.folder)}": path.read_bytes() for path in found}


@pytest.fixture
def site(tmp_path: Path, osv_dev: Publisher) -> Site:
    """Give a place where nothing is yet."""
    return Site(tmp_path, osv_dev)


# All is well


def test_what_is_got_is_what_is_published(site: Site) -> None:
    """Each file stands at its place to the byte, with its publisher's words for it, indexed already."""
    found = site.update()
    assert {name: (one.state, one.size, one.as_of) for name, one in found.items()} == {
        "Alpine/all.zip": ("new", len(site.source.files[ALPINE]), "2026-11-20"),
        "Debian/all.zip": ("new", len(site.source.files[DEBIAN]), "2026-11-20"),
        KEV[1:]: ("new", len(site.source.files[KEV]), "2026-11-20"),
        EPSS[1:]: ("new", len(site.source.files[EPSS]), "2026-11-27"),
    }
    assert site.contents() == site.source.files
    note = checked.load(site.folder)["Alpine/all.zip"]
    assert (note.source, note.checked_on) == (site.source.base + ALPINE, TODAY)
    assert (note.etag, note.last_modified) == (etag(site.source.files[ALPINE]), publisher.MODIFIED)
    indexes = {path.name: path.stat().st_mtime_ns for path in site.indexes.glob("*.sqlite")}
    database = open_database(site.folder, site.indexes)
    assert (len(database.archives), database.problems) == (4, ())
    assert {path.name: path.stat().st_mtime_ns for path in site.indexes.glob("*.sqlite")} == indexes


def test_what_has_not_changed_is_not_sent_again(site: Site) -> None:
    """The second time each request says what is there, nothing comes, and the day of asking is noted."""
    site.update()
    before = {path: path.stat().st_mtime_ns for path in site.folder.rglob("*.*") if path.name != checked.FILE_NAME}
    assert set(site.states(today="2026-11-29").values()) == {"unchanged"}
    assert site.source.conditions(ALPINE) == [None, etag(site.source.files[ALPINE])]
    assert site.source.asked[-1][1]["If-Modified-Since"] == publisher.MODIFIED
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert {one.checked_on for one in checked.load(site.folder).values()} == {"2026-11-29"}


def test_an_unchanged_file_whose_index_has_gone_is_indexed(site: Site) -> None:
    """The cache may be deleted at any time: an update makes the indexes that a build will look for."""
    site.update()
    shutil.rmtree(site.indexes)
    assert set(site.states().values()) == {"unchanged"}
    assert len(list(site.indexes.glob("*.sqlite"))) == 4


def test_what_has_changed_takes_the_others_place(site: Site, tmp_path: Path) -> None:
    """A newer archive is swapped in, and the one beside it is left alone."""
    site.update()
    site.source.files[ALPINE] = osv(tmp_path / "newer", "Alpine", "CVE-2026-1000", "CVE-2026-1001")
    assert site.states() == {
        "Alpine/all.zip": "changed",
        "Debian/all.zip": "unchanged",
        KEV[1:]: "unchanged",
        EPSS[1:]: "unchanged",
    }
    assert site.contents() == site.source.files


def test_a_publisher_without_conditions(site: Site) -> None:
    """The same bytes sent once more are no change."""
    site.source.wrong[ALPINE] = lambda exchange, content: exchange.answer(200, content)
    assert site.states(["Alpine"])["Alpine/all.zip"] == "new"
    assert site.states(["Alpine"])["Alpine/all.zip"] == "unchanged"
    assert site.source.conditions(ALPINE) == [None, None]


def test_a_file_of_somebody_else_is_asked_for_whole(site: Site, tmp_path: Path) -> None:
    """What was put there by hand is not taken for what its publisher sent, nor is its day; it is replaced."""
    site.update()
    path = site.folder / "Alpine" / "all.zip"
    path.write_bytes(osv(tmp_path / "own", "Alpine", "CVE-2020-1"))
    database = open_database(site.folder, site.indexes)
    digests = {one.name: one.digest for one, _ in database.archives}
    assert sorted(checked.days(site.folder, digests)) == ["Debian/all.zip", EPSS[1:], KEV[1:]]
    assert site.states()["Alpine/all.zip"] == "changed"
    assert site.source.conditions(ALPINE) == [None, None]


def test_another_publisher_is_not_told_the_first_ones_words(site: Site) -> None:
    """An ETag is sent to the address that gave it alone."""
    site.update(["Alpine"])
    with publishing() as other:
        other.files = site.source.files
        site.source = other
        assert site.states(["Alpine"])["Alpine/all.zip"] == "unchanged"
        assert other.conditions(ALPINE) == [None]


@pytest.mark.parametrize("sent_as", ["gzip", "identity"])
def test_a_packed_table_stays_packed(site: Site, sent_as: str) -> None:
    """A .gz is kept as it is, also where the server calls its packing a way of sending."""
    site.source.wrong[EPSS] = lambda exchange, content: exchange.answer(200, content, **{"Content-Encoding": sent_as})
    assert site.states(["Alpine"])[EPSS[1:]] == "new"
    assert site.contents()[EPSS] == site.source.files[EPSS]


def test_what_a_server_packs_for_sending_is_unpacked(site: Site) -> None:
    """A catalogue that comes packed, though that was not asked for, is kept as JSON."""
    site.source.wrong[KEV] = lambda exchange, content: exchange.answer(
        200, gzip.compress(content), **{"Content-Encoding": "gzip"}
    )
    assert site.states(["Alpine"])[KEV[1:]] == "new"
    assert site.contents()[KEV] == site.source.files[KEV]


def test_a_redirect_on_the_same_host_is_followed(site: Site) -> None:
    """EPSS's present table is at an address with a day in it."""
    site.source.files["/epss_scores-2026-11-27.csv.gz"] = site.source.files[EPSS]
    site.source.wrong[EPSS] = publisher.redirecting("/epss_scores-2026-11-27.csv.gz")
    assert site.states(["Alpine"])[EPSS[1:]] == "new"
    assert site.states(["Alpine"])[EPSS[1:]] == "unchanged"
    assert site.source.conditions("/epss_scores-2026-11-27.csv.gz") == [None, etag(site.source.files[EPSS])]


def test_a_login_in_a_redirect_is_not_told(site: Site) -> None:
    """Where a publisher leads with a login or a signed address, what went wrong is told without them."""
    leading = "https://name:word@elsewhere.invalid/all.zip?signature=secret"
    site.source.wrong[KEV] = publisher.redirecting(leading)
    error = str(site.update(["Alpine"])[KEV[1:]].error)
    assert "https://elsewhere.invalid/all.zip" in error
    assert not [one for one in ("name", "word@", "secret") if one in error.replace(KEV, "")]


@pytest.mark.parametrize("word", ["e" * 60_000, "\x1b[31m", "\xff"])
def test_a_publishers_odd_word_is_not_sent_back(word: str, site: Site) -> None:
    """A mark that no server would take again is not kept: else the next run, and each after it, would be refused."""
    site.source.wrong[KEV] = lambda exchange, content: exchange.answer(200, content, ETag=f'"{word}"')
    assert site.states(["Alpine"])[KEV[1:]] == "new"
    assert checked.load(site.folder)[KEV[1:]].etag == ""
    assert site.states(["Alpine"])[KEV[1:]] == "unchanged"


def test_a_database_that_its_publisher_has_not(site: Site) -> None:
    """Alpine's own files say what OSV's archive says as well: that there is none is told, and is no failure."""
    file = File("v3.99/main.json", "secdb", f"{site.source.base}/v3.99/main.json", is_optional=True)
    assert site.update(wanted=[file])["v3.99/main.json"] == Fetched(name="v3.99/main.json", state="absent")
    assert site.contents() == {}


def test_a_publisher_that_has_it_at_two_places(site: Site) -> None:
    """The second place is asked when the first one refuses, on its own conditions; both failing is a failure."""
    site.source.files["/copy.json"] = site.source.files[KEV]
    site.source.wrong[KEV] = publisher.status(403)
    file = File(KEV[1:], "kev", site.source.base + KEV, otherwise=f"{site.source.base}/copy.json")
    assert site.update(wanted=[file])[KEV[1:]].state == "new"
    assert site.update(wanted=[file])[KEV[1:]].state == "unchanged"
    assert site.source.conditions("/copy.json") == [None, etag(site.source.files[KEV])]
    site.source.wrong["/copy.json"] = publisher.status(403)
    assert site.update(wanted=[file])[KEV[1:]].state == "failed"
    assert site.contents() == {KEV: site.source.files[KEV]}


def test_alpines_own_database(site: Site) -> None:
    """A file of the secdb is kept where a folder of advisories has it."""
    content = {"distroversion": "v3.20", "packages": [{"pkg": {"name": "zlib", "secfixes": {"1.3.2-r0": ["CVE-1"]}}}]}
    site.source.files["/v3.20/main.json"] = json.dumps(content).encode()
    file = File("v3.20/main.json", "secdb", f"{site.source.base}/v3.20/main.json", is_optional=True)
    assert site.update(wanted=[file])["v3.20/main.json"].state == "new"
    [(_, index)] = open_database(site.folder, site.indexes).archives
    assert index.releases() == {"Alpine:v3.20": (1, "")}


# Something is wrong


BROKEN: dict[str, tuple[Wrong, str]] = {
    "truncated": (publisher.truncated, "source-unreachable"),
    "cut-off-piece": (publisher.cut_off_piece, "source-unreachable"),
    "page": (publisher.page, "invalid-advisories"),
    "gone": (publisher.status(404), "source-unreachable"),
    "failing": (publisher.status(500), "source-unreachable"),
    "busy": (publisher.status(429), "source-unreachable"),
    "unasked-304": (publisher.status(304), "source-unreachable"),
    "nonsense": (publisher.nonsense, "source-unreachable"),
    "huge": (publisher.huge, "invalid-advisories"),
    "endless": (publisher.endless, "invalid-advisories"),
    "elsewhere": (publisher.redirecting("http://elsewhere.invalid/all.zip"), "invalid-advisories"),
    "inward": (publisher.redirecting("http://169.254.169.254/latest"), "invalid-advisories"),
    "other-port": (publisher.redirecting("http://127.0.0.1:1/all.zip"), "invalid-advisories"),
    "file": (publisher.redirecting("file:///etc/passwd"), "invalid-advisories"),
    "no-address": (publisher.redirecting("http://[::1"), "source-unreachable"),
    "round": (publisher.redirecting(ALPINE), "invalid-advisories"),
    "corrupt": (
        lambda exchange, content: exchange.answer(200, content[:60] + b"?" + content[61:]),
        "invalid-advisories",
    ),
    "empty": (lambda exchange, _: exchange.answer(200, b""), "invalid-advisories"),
    "silent": (publisher.silent, "source-unreachable"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_leaves_the_good_one_in_use(site: Site, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Whatever one publisher does, its file stays as it was, the others are got, and nothing is left lying about."""
    monkeypatch.setitem(updating.LARGEST, "osv", 1_000_000)
    monkeypatch.setattr(asking, "PATIENCE", (1, 1))
    site.update()
    good = site.contents()
    # Another one than the one that is there, so that its words are not known.
    (site.folder / checked.FILE_NAME).unlink()
    site.source.wrong[ALPINE], slug = BROKEN[name]
    site.source.files[EPSS] = epss("2026-11-28")
    found = site.update()
    failed = found["Alpine/all.zip"]
    assert (failed.state, failed.size) == ("failed", len(good[ALPINE]))
    assert isinstance(failed.error, BasedexError)
    assert failed.error.slug == slug
    assert {one.state for one in found.values() if one is not failed} == {"changed", "unchanged"}
    assert site.contents() == good | {EPSS: site.source.files[EPSS]}
    assert "Alpine/all.zip" not in checked.load(site.folder)
    assert open_database(site.folder, site.indexes).problems == ()
    assert not list(site.indexes.glob(".*"))


def test_an_archive_of_something_else_is_refused(site: Site, tmp_path: Path) -> None:
    """An archive without one advisory of its ecosystem would make every image look unknown."""
    for content in (site.source.files[DEBIAN], osv(tmp_path / "empty", "Alpine")):
        site.source.files[ALPINE] = content
        failed = site.update(["Alpine"])["Alpine/all.zip"]
        assert str(failed.error) == "Alpine/all.zip: it has no advisory of Alpine"
        assert ALPINE not in site.contents()


def test_a_drip_does_not_last_for_ever(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that sends a little now and then is given up in the end."""
    monkeypatch.setattr(updating, "_LONGEST", 0.2)
    site.source.wrong[ALPINE] = publisher.slowly(100, 0.1)
    start = time.monotonic()
    assert str(site.update(["Alpine"])["Alpine/all.zip"].error).endswith("not all of it came in 0.2 seconds")
    assert time.monotonic() - start < 5


def test_a_folder_in_a_files_place(site: Site) -> None:
    """What cannot be written is told for that file alone."""
    (site.folder / "Alpine" / "all.zip").mkdir(parents=True)
    (site.folder / "Debian").write_bytes(b"no folder")
    found = site.update()
    assert {name: one.state for name, one in found.items()} == {
        "Alpine/all.zip": "failed",
        "Debian/all.zip": "failed",
        KEV[1:]: "new",
        EPSS[1:]: "new",
    }
    assert {one.error.slug for one in found.values() if one.error} == {"store"}


def test_a_damaged_note_is_none(site: Site) -> None:
    """Without the note everything is asked for as if for the first time."""
    site.update()
    (site.folder / checked.FILE_NAME).write_bytes(b"\xff{")
    assert set(site.states().values()) == {"unchanged"}
    assert site.source.conditions(ALPINE) == [None, None]


# What is asked for, and of whom


def test_addresses() -> None:
    """OSV's ecosystems are quoted, Alpine's releases asked for, and the two catalogues are where they are now."""
    wanted = {one.name: one.address for one in files(["Rocky Linux:9", "Alpine:v3.20", "Alpine:v3.20", "Alpine:"])}
    osv_dev = "https://osv-vulnerabilities.storage.googleapis.com"
    assert wanted == {
        "Alpine/all.zip": f"{osv_dev}/Alpine/all.zip",
        "Rocky Linux/all.zip": f"{osv_dev}/Rocky%20Linux/all.zip",
        "v3.20/main.json": "https://secdb.alpinelinux.org/v3.20/main.json",
        "v3.20/community.json": "https://secdb.alpinelinux.org/v3.20/community.json",
        KEV[1:]: f"https://www.cisa.gov/sites/default/files/feeds{KEV}",
        EPSS[1:]: f"https://epss.empiricalsecurity.com{EPSS}",
    }
    assert [one.name for one in files(["Debian"], kev=False, epss=False)] == ["Debian/all.zip"]


def test_a_mirror_is_asked_for_everything() -> None:
    """With a mirror nobody else is asked."""
    for mirror in ("https://mirror.invalid/osv", "https://mirror.invalid/osv/"):
        addresses = [one.address for one in files(["Alpine:v3.20", "Red Hat"], mirror=mirror)]
        assert addresses == [
            "https://mirror.invalid/osv/Alpine/all.zip",
            "https://mirror.invalid/osv/Red%20Hat/all.zip",
            f"https://mirror.invalid/osv{KEV}",
            f"https://mirror.invalid/osv{EPSS}",
        ]


@pytest.mark.parametrize(
    "mirror",
    [
        "http://mirror.invalid",
        "ftp://mirror.invalid",
        "/srv/mirror",
        "https://",
        "https://a:b@mirror.invalid",
        "https://[::1",
    ],
)
def test_addresses_that_are_not_asked(mirror: str) -> None:
    """Advisories come by https, or from this machine; logins do not stand in addresses."""
    with pytest.raises(UsageError):
        files(["Alpine"], mirror=mirror)


def test_every_ecosystem_is_one_that_images_are_held_against() -> None:
    """Those that can be asked for are those that releases are found in."""
    assert set(ECOSYSTEMS) == set(releases._FAMILIES.values())
    with pytest.raises(UsageError, match="no ecosystem: PyPI, alpine; there are AlmaLinux, Alpine"):
        files(["Debian", "PyPI", "alpine"])


# Several runs, and killed ones


def basedex(folder: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    """Start basedex in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "generator", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def updating_process(site: Site) -> "subprocess.Popen[bytes]":
    """Start an update of the site's folder."""
    base = site.folder.parent
    mirror = ["--mirror", site.source.base, "--cache", "cache-of-update"]
    return basedex(
        base, "advisories", "update", "advisories", "--ecosystem", "Alpine", "--ecosystem", "Debian", *mirror
    )


def test_one_run_at_a_time(site: Site) -> None:
    """Whoever comes while another run is at work is told so, and changes nothing."""
    with locked(site.folder), pytest.raises(StoreBusy):
        site.update()
    assert site.contents() == {}
    assert site.source.asked == []


def test_left_overs_of_killed_runs_are_swept(site: Site) -> None:
    """A file that never arrived whole is removed by the next run; what is not ours stays."""
    (site.folder / "Alpine").mkdir(parents=True)
    (site.folder / "Alpine" / ".part-abc").write_bytes(b"half")
    (site.folder / "notes.txt").write_bytes(b"mine")
    site.update()
    assert site.contents() == site.source.files | {"/notes.txt": b"mine"}


@pytest.mark.slow
def test_two_processes_at_once(site: Site) -> None:
    """Of two updates that are started together one works, and the other says that it does."""
    site.source.wrong[ALPINE] = publisher.slowly(20, 0.1)
    both = [updating_process(site), updating_process(site)]
    told = [one.communicate(timeout=60) for one in both]
    assert sorted(one.returncode for one in both) == [0, 1]
    loser = next(err for one, (_, err) in zip(both, told, strict=True) if one.returncode)
    assert loser.startswith(b"basedex: store-busy: advisories: ")
    assert site.contents() == site.source.files


@pytest.mark.slow
def test_killed_at_any_moment(site: Site, tmp_path: Path) -> None:
    """An update that is killed leaves each file old or new and usable; the next one makes all of them new."""
    moments = random.Random(6)
    site.update()
    newer = [
        {path: osv(tmp_path / str(number), path.split("/")[1], *names) for path in (ALPINE, DEBIAN)}
        for number, names in enumerate((("CVE-2026-1", "CVE-2026-2"), ("CVE-2026-3",)))
    ]
    killed, half_way = 0, 0
    for number in range(12):
        old, new = site.contents(), site.source.files | newer[number % 2]
        site.source.files = new
        site.source.wrong = {path: publisher.slowly(10, 0.03) for path in (ALPINE, DEBIAN)}
        site.source.asked.clear()
        process = updating_process(site)
        while not site.source.asked:
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(moments.uniform(0, 0.8))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
        killed += process.returncode == -signal.SIGKILL
        half_way += any("/.part-" in path for path in site.contents())
        for path, content in site.contents().items():
            assert "/.part-" in path or content in (old[path], new[path])
        database = open_database(site.folder, site.indexes)
        assert (len(database.archives), database.problems) == (4, ())
        site.source.wrong = {}
        assert "failed" not in site.states().values()
        assert site.contents() == new
    assert killed >= 6
    assert half_way >= 4


def test_a_folder_that_nobody_may_write_in(site: Site) -> None:
    """An air-gapped site's folder may be read-only: it is listed and used; an update says that it cannot be written."""
    site.update()
    base = site.folder.parent
    read_only = "mount --bind advisories advisories && mount -o remount,bind,ro advisories && exec"
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let us mount a folder read-only")

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = f'{read_only} "$0" -m generator "$@"'
        return subprocess.run(
            ["unshare", "--mount", "sh", "-c", command, sys.executable, *arguments],
            cwd=base,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )

    told = run("advisories", "list", "advisories", "--format", "json")
    assert (told.returncode, told.stderr) == (0, "")
    assert len(json.loads(told.stdout)["files"]) == 4
    port = urlsplit(site.source.base).port
    told = run("advisories", "update", "advisories", "--ecosystem", "Alpine", "--mirror", f"http://127.0.0.1:{port}")
    assert told.returncode == 1
    assert "Alpine/all.zip: failed, store: " in told.stderr
    assert "Read-only file system; the one that is there stays in use\n" in told.stderr
