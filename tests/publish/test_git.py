"""Publishing on a branch of repositories that are set up otherwise than most."""

import shutil
from pathlib import Path

import pytest

from generator.errors import GitFailed
from generator.publish.git import Repository
from tests.publish.sites import DAY, MINE, START, build, git, repository, to_branch, tree


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give git a name for commits, and nothing of this machine's configuration."""
    for name, value in MINE.items():
        monkeypatch.setenv(name, value)


def test_names_that_differ_by_case(tmp_path: Path) -> None:
    """A repository made where file names have no case publishes both, under their own names."""
    work = repository(tmp_path / "git")
    git(work, "config", "core.ignoreCase", "true")
    site = build(tmp_path)
    for name in ("Notes.txt", "notes.txt"):
        (site.site / "assets" / name).write_text(name)
    to_branch(site, work)
    assert [path for path in tree(work) if path.lower() == "2026-11-24/assets/notes.txt"] == [
        "2026-11-24/assets/Notes.txt",
        "2026-11-24/assets/notes.txt",
    ]
    assert to_branch(site, work, START + DAY).release is None


def test_settings_that_change_files_or_ask_for_keys(tmp_path: Path) -> None:
    """Line ends stay as they are and no key is asked for, whatever git is set to do with a person's own commits."""
    work = repository(tmp_path / "git")
    for name, value in {
        "core.autocrlf": "true",
        "commit.gpgSign": "true",
        "user.signingKey": "none",
        "gpg.program": "false",
        "core.hooksPath": "/dev/null",
    }.items():
        git(work, "config", name, value)
    site = build(tmp_path)
    (site.site / "assets" / "lines.txt").write_bytes(b"one\r\ntwo\n")
    published = to_branch(site, work, push=True)
    assert Repository(work).read(published.commit, "2026-11-24/assets/lines.txt") == b"one\r\ntwo\n"


def test_a_working_tree_that_is_gone_has_nothing_checked_out(tmp_path: Path) -> None:
    """A linked working tree whose folder somebody deleted is no reason to refuse."""
    work = repository(tmp_path / "git")
    to_branch(build(tmp_path, "one"), work)
    git(work, "worktree", "add", "--quiet", str(tmp_path / "pages"), "gh-pages")
    shutil.rmtree(tmp_path / "pages")
    published = to_branch(build(tmp_path, "two"), work, START + DAY)
    assert git(work, "rev-parse", "gh-pages") == published.commit


def test_a_shallow_clone_goes_on(tmp_path: Path) -> None:
    """A clone with one commit, as scheduled jobs have it, builds on the branch at the origin and pushes."""
    work = repository(tmp_path / "git")
    git(work, "push", "--quiet", "origin", "main")
    first = to_branch(build(tmp_path, "one"), work, push=True)
    to_branch(build(tmp_path, "two"), work, START + DAY, push=True)
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{tmp_path}/git/origin.git", "shallow")
    published = to_branch(build(tmp_path, "three"), shallow, START + 2 * DAY, push=True)
    assert published.pushed
    assert git(work, "ls-remote", "origin", "gh-pages").startswith(published.commit)
    assert git(tmp_path / "git/origin.git", "rev-list", "--count", f"{first.commit}..gh-pages") == "2"


def test_a_repository_that_lost_files_is_said(tmp_path: Path) -> None:
    """Where a blob is missing, the error names it."""
    work = repository(tmp_path / "git")
    repo = Repository(work)
    kept, lost = git(work, "rev-parse", "HEAD:images.yml"), "1" * 40
    with pytest.raises(GitFailed, match=lost):
        list(repo.contents([kept, lost]))


@pytest.mark.parametrize("variable", ["GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE"])
def test_variables_of_another_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """What git sets where it runs programs for another repository leads nowhere else."""
    work = repository(tmp_path / "git")
    monkeypatch.setenv(variable, str(tmp_path / "images.yml"))
    site = build(tmp_path)
    published = to_branch(site, work)
    monkeypatch.delenv(variable)
    assert git(work, "rev-parse", "gh-pages") == published.commit


def test_an_author_of_other_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name in another encoding than UTF-8 is no reason to fail."""
    work = repository(tmp_path / "git")
    monkeypatch.setenv("GIT_AUTHOR_NAME", b"J\xf6rg".decode("utf-8", "surrogateescape"))
    commit = to_branch(build(tmp_path), work).commit
    assert git(work, "log", "-1", "--format=%an", commit) == "J?rg"
