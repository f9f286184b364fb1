"""New site repositories: what `basedex init` writes is right as it stands, and rebuilds and publishes a site."""

import configparser
import gzip
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from markdown_it import MarkdownIt
from ruamel.yaml import YAML

from generator import starter, targets
from generator.cli import main
from generator.errors import UsageError
from generator.source import check_source
from tests.advisories.builders import exploited
from tests.advisories.publisher import publishing
from tests.builders import file, image, tar, write_layout
from tests.engines import need

ROOT = Path(__file__).parents[1]
WORKFLOWS = (*sorted((ROOT / ".github" / "workflows").glob("*.yml")),)


def written(folder: Path, *options: str) -> Path:
    """Run `basedex init` and return the folder."""
    assert main(["--quiet", "init", str(folder), *options]) == 0
    return folder


@pytest.fixture(scope="module", params=get_args(starter.Hosting))
def repository(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new repository, with each way to GitHub Pages."""
    return written(tmp_path_factory.mktemp("new") / "site", "--pages", request.param)


def test_its_list_of_images_is_right(repository: Path) -> None:
    """images.yml loads without a mistake, and nothing is left to be filled in anywhere."""
    configuration = targets.load(repository / "images.yml", check_source)
    assert configuration.pairs
    for path in repository.rglob("*"):
        assert path.is_dir() or "@@" not in path.read_text()


def test_words_of_its_owner_are_quoted(tmp_path: Path) -> None:
    """A title is the same in images.yml whatever is in it, and does nothing in the README."""
    title = 'Images: "our" <b>*own*</b> #1'
    folder = written(tmp_path / "site", "--title", title, "--url", "https://example.org/base")
    site = targets.load(folder / "images.yml", check_source).site
    assert (site.title, site.url) == (title, "https://example.org/base/")
    heading, content, *_ = MarkdownIt("commonmark").parse((folder / "README.md").read_text())
    assert heading.tag == "h1"
    assert {one.type for one in content.children or ()} <= {"text", "text_special"}
    assert "".join(one.content for one in content.children or ()) == title


def test_its_list_of_images_asks_something(tmp_path: Path) -> None:
    """`basedex check` has something to judge in a new site; before the first build it cannot tell, and says so."""
    folder = written(tmp_path / "site")
    where = ["--config", str(folder / "images.yml"), "--store", str(folder / "data")]
    assert main(["check", *where]) == 1
    assert main(["check", "--allow-unknown", *where]) == 0


def test_nothing_that_is_there_is_touched(tmp_path: Path) -> None:
    """One file that is there already, and none is written."""
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(UsageError, match=r"README\.md"):
        starter.write(tmp_path, starter.Starter.of(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
    assert (tmp_path / "README.md").read_text() == "mine"


@pytest.mark.parametrize("home", ["/srv/our site", "/srv/100%", "relative", "/srv/'x'", "/srv/$x", "/srv/\nx"])
def test_folders_that_a_crontab_would_misread_are_refused(tmp_path: Path, home: str) -> None:
    """What cron, systemd or a shell would take for something else does not get into their files."""
    with pytest.raises(UsageError):
        starter.Starter.of(tmp_path, home=home)


def test_minutes_are_quiet_ones_and_stay() -> None:
    """Nobody starts at the hour or its quarters, and each name always starts at its own minute."""
    minutes = {starter.minute_of(f"site-{number}") for number in range(500)}
    assert len(minutes) > 30
    assert not {minute for minute in minutes if minute % 15 == 0}
    assert starter.minute_of("site") == starter.minute_of("site")


def check_jsonschema(schema: str, *paths: Path) -> None:
    """Hold files against a schema that comes with check-jsonschema."""
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, paths)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_workflows_are_what_github_takes(repository: Path) -> None:
    """Workflows, the project's own too, hold against GitHub's schema, and GitLab's file against GitLab's."""
    check_jsonschema("vendor.github-workflows", *WORKFLOWS, *repository.glob(".github/workflows/*"))
    check_jsonschema("vendor.gitlab-ci", repository / ".gitlab-ci.yml")


def test_workflows_give_nothing_away(repository: Path) -> None:
    """An auditor of workflows finds nothing: pinned actions, least permissions, no injection."""
    words = [shutil.which("zizmor", path=str(Path(sys.executable).parent)) or "zizmor", "--offline", "--no-config"]
    for path in (*WORKFLOWS, *repository.glob(".github/workflows/*")):
        done = subprocess.run([*words, str(path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_workflows_pin_and_limit_themselves(repository: Path) -> None:
    """Each action is named by a commit, each schedule stands in a quiet minute, and a run has an end."""
    for path in (*WORKFLOWS, *repository.glob(".github/workflows/*")):
        workflow = YAML(typ="safe").load(path)
        assert workflow["permissions"] == {}
        assert workflow["concurrency"]
        for schedule in workflow.get(True, workflow.get("on")).get("schedule", ()):
            assert int(schedule["cron"].split()[0]) % 15
        for job in workflow["jobs"].values():
            assert job["timeout-minutes"] <= 120
            for step in job["steps"]:
                assert "uses" not in step or re.search(r"@[0-9a-f]{40}$", step["uses"])


@pytest.mark.engine
def test_systemd_takes_its_units(tmp_path: Path) -> None:
    """systemd finds no fault with service and timer."""
    need("systemd-analyze", "systemd")
    folder = written(tmp_path / "site")
    program = folder / ".venv" / "bin" / "basedex"
    program.parent.mkdir(parents=True)
    program.symlink_to(sys.executable)
    units = [str(folder / "deploy" / f"basedex.{kind}") for kind in ("service", "timer")]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    timer = (folder / "deploy" / "basedex.timer").read_text()
    when = re.search(r"^OnCalendar=(.*)$", timer, re.MULTILINE)
    assert when
    assert subprocess.run(["systemd-analyze", "calendar", when[1]], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def at_work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A new repository with an image that can be had without a network, and the program where its files expect it."""
    base = tmp_path_factory.mktemp("work")
    folder = written(base / "site")
    write_layout(folder / "layout", image([tar([file("etc/os-release", b'ID=x\nNAME="X"\n')])]))
    lines = "groups:\n  - name: all\n    images:\n      - {name: one, sources: ['oci:layout']}\n"
    (folder / ".venv").symlink_to(Path(sys.prefix))
    with publishing() as mirror:
        catalogue = exploited(base / "published", "CVE-2026-1000") / "known_exploited_vulnerabilities.json"
        mirror.files[f"/{catalogue.name}"] = catalogue.read_bytes()
        mirror.files["/epss_scores-current.csv.gz"] = gzip.compress(b"cve,epss,percentile\n")
        settings = f"site: {{languages: [en]}}\nadvisories: {{mirror: '{mirror.base}'}}\n"
        (folder / "images.yml").write_text(settings + lines)
        yield folder


ALONE = {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "LOGNAME": "nobody"}
"""What cron gives its commands, but for HOME."""


@pytest.mark.slow
def test_its_crontab_rebuilds_and_publishes(at_work: Path) -> None:
    """The line, run as cron runs it, makes a site and swaps it into its place, and again."""
    (line,) = (one for one in (at_work / "deploy" / "crontab").read_text().splitlines() if not one.startswith("#"))
    command = line.split(None, 5)[5]
    assert "%" not in command, "cron reads % as the end of a line"
    for _ in range(2):
        words = ["/bin/sh", "-c", command]
        done = subprocess.run(
            words, env=ALONE | {"HOME": str(at_work)}, cwd="/", capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (at_work / "public" / "latest" / "images" / "one" / "index.html").is_file()
    assert len(list((at_work / "data" / "documents").rglob("*.json"))) == 1
    assert (at_work / "advisories" / "known_exploited_vulnerabilities.json").is_file()


@pytest.mark.slow
def test_its_service_rebuilds_and_publishes(at_work: Path) -> None:
    """What the service starts does the same, in the folder and with the words that it says."""
    unit = configparser.RawConfigParser(strict=False)
    text = (at_work / "deploy" / "basedex.service").read_text()
    unit.read_string(text)
    shutil.rmtree(at_work / "public", ignore_errors=True)
    commands = re.findall(r"^ExecStart=-?(.*)$", text, re.MULTILINE)
    assert [command.split()[1] for command in commands] == ["advisories", "build", "publish"]
    for command in commands:
        folder = unit["Service"]["WorkingDirectory"]
        done = subprocess.run(command.split(), env=ALONE, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert (at_work / "public" / "index.html").is_file()


@pytest.mark.slow
def test_the_program_is_whole_without_its_working_copy(tmp_path: Path) -> None:
    """A wheel has all that a site is made of: it starts a repository and builds its site, from an empty folder."""
    words = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(tmp_path)]
    subprocess.run([*words, str(ROOT)], check=True, capture_output=True, env=os.environ | {"PIP_NO_INDEX": "1"})
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    write_layout(tmp_path / "layout", image([tar([file("etc/hostname", b"x")])]))
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "installed"), "PYTHONSAFEPATH": "1"}

    def basedex(*arguments: str, folder: Path = tmp_path) -> None:
        words = [sys.executable, "-m", "generator", *arguments]
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    basedex("init", "site")
    lines = "groups:\n  - name: all\n    images:\n      - {name: one, sources: ['oci:../layout']}\n"
    (tmp_path / "site" / "images.yml").write_text(lines)
    basedex("build", folder=tmp_path / "site")
    built = tmp_path / "site" / "build" / "site"
    assert (built / "images" / "one" / "index.html").is_file()
    assert (built / "zh" / "sizes" / "index.html").is_file()
