"""Publishing on a git branch, with real repositories."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from generator.errors import BranchDiverged, GitFailed, NotAPublishedSite, PushRejected, UsageError
from generator.publish import branch as branch_module
from generator.publish.git import Repository, blob_id
from tests.publish.sites import DAY, MINE, START, broken, build, git, repository, to_branch, tree, unpacked


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give git a name for commits, and nothing of this machine's configuration."""
    for name, value in MINE.items():
        monkeypatch.setenv(name, value)


def mike(folder: Path, *words: str) -> str:
    """Run the real mike in a repository."""
    command = [
        str(Path(sys.executable).with_name("mike")),
        words[0],
        "--branch=gh-pages",
        "--remote=origin",
        *words[1:],
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def log(folder: Path, branch: str = "gh-pages") -> list[str]:
    """Return the subjects of a branch's commits, the newest first."""
    return git(folder, "log", "--format=%s", branch).splitlines()


def commit_of_somebody_else(folder: Path, clone: Path, path: str = "CNAME") -> str:
    """Push a commit to the origin's branch from another clone; return its id."""
    git(folder, "clone", "--quiet", "--branch=gh-pages", str(folder / "origin.git"), str(clone))
    (clone / path).write_text("theirs\n")
    git(clone, "add", path)
    git(clone, "commit", "--quiet", "--message=Theirs")
    git(clone, "push", "--quiet")
    return git(clone, "rev-parse", "HEAD")


def test_thirty_publications_to_a_bare_repository(tmp_path: Path) -> None:
    """One commit for each that changes something, none for others; the branch at the origin is the one here.

    The commits follow one another, the versions are bounded, and no link of the whole tree leads nowhere.
    """
    work = repository(tmp_path / "git")
    commits = 0
    for number in range(30):
        images = ("alpine", "busybox") if number < 20 else ("alpine",)
        site = build(tmp_path, f"state {number // 2}", images)
        published = to_branch(site, work, START + number * DAY, push=True, keep_daily=4, keep_monthly=3)
        changed = number % 2 == 0 or number == 20
        assert (published.release is not None, published.pushed) == (changed, changed)
        commits += changed
        assert git(work, "rev-parse", "gh-pages") == git(tmp_path / "git" / "origin.git", "rev-parse", "gh-pages")
    assert len(log(work)) == commits == 15
    assert git(work, "rev-list", "--merges", "gh-pages") == ""
    published_tree = unpacked(work, tmp_path / "served")
    assert len([path for path in published_tree.iterdir() if path.name.startswith("20")]) <= 7
    assert broken(published_tree) == []
    assert (published_tree / "permalink" / "busybox" / "index.html").is_file()
    git(tmp_path / "git" / "origin.git", "fsck", "--strict")


def test_the_working_tree_and_the_index_are_not_touched(tmp_path: Path) -> None:
    """What is staged, changed and checked out stays as it was."""
    work = repository(tmp_path / "git")
    (work / "images.yml").write_text("# changed\n")
    before = git(work, "status", "--porcelain=v2", "--branch"), (work / ".git" / "index").read_bytes()
    to_branch(build(tmp_path), work)
    assert (git(work, "status", "--porcelain=v2", "--branch"), (work / ".git" / "index").read_bytes()) == before
    assert git(work, "for-each-ref", "refs/basedex") == ""


def test_the_commit_says_what_it_is(tmp_path: Path) -> None:
    """Version and digest are in the message; the author is git's, and the time the one of the publication."""
    work = repository(tmp_path / "git")
    to_branch(build(tmp_path), work)
    body = git(work, "log", "-1", "--format=%an <%ae> %at%n%B", "gh-pages")
    assert body.startswith(
        f"Tester <tester@site.invalid> {START}\nPublish 2026-11-24\n\nVersion: 2026-11-24\nWritten: sha256:"
    )
    assert git(work, "rev-list", "--count", "gh-pages") == "1"


def test_two_machines_make_the_same_commit(tmp_path: Path) -> None:
    """Same site, same time, same bytes: even the commit has the same id."""
    ids = []
    for name in ("one", "two"):
        work = repository(tmp_path / name / "git")
        ids.append(to_branch(build(tmp_path / name), work).commit)
    assert ids[0] == ids[1]


def test_nobody_is_the_author_where_git_knows_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name in the configuration the publication is made all the same."""
    work = repository(tmp_path / "git")
    for name in MINE:
        if "AUTHOR" in name or "COMMITTER" in name:
            monkeypatch.delenv(name)
    to_branch(build(tmp_path), work)
    assert git(work, "log", "-1", "--format=%cn <%ce>", "gh-pages") == "basedex <basedex@localhost.invalid>"


def test_a_dry_run_moves_nothing(tmp_path: Path) -> None:
    """It says what would be written; there is no branch afterwards, here or at the origin."""
    work = repository(tmp_path / "git")
    published = to_branch(build(tmp_path), work, push=True, dry_run=True)
    assert published.release is not None and published.release.version == "2026-11-24"
    assert published.release.new_size == sum({one.blob: one.size for one in published.release.writes.values()}.values())
    assert git(work, "branch", "--all", "--list", "*gh-pages") == ""
    assert git(tmp_path / "git" / "origin.git", "branch") == ""


def test_somebody_pushed_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A push between our fetch and ours is built upon: their file is there, and their commit is below ours."""
    work = repository(tmp_path / "git")
    to_branch(build(tmp_path, "one"), work, push=True)
    theirs = hijack(monkeypatch, [lambda: commit_of_somebody_else(tmp_path / "git", tmp_path / "clone")])
    published = to_branch(build(tmp_path, "two"), work, START + DAY, push=True)
    assert published.pushed
    assert log(work) == ["Publish 2026-11-25", "Theirs", "Publish 2026-11-24"]
    assert git(work, "rev-parse", "gh-pages~1") == theirs[0]
    assert git(tmp_path / "git" / "origin.git", "rev-parse", "gh-pages") == published.commit
    assert "CNAME" in tree(work)


def test_somebody_published_the_same_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two machines that publish one site at the same time make one version of it."""
    work, other = repository(tmp_path / "git"), repository(tmp_path / "other" / "git")
    git(other, "remote", "set-url", "origin", str(tmp_path / "git" / "origin.git"))
    site = build(tmp_path / "other", "one")
    hijack(monkeypatch, [lambda: to_branch(site, other, START - DAY, push=True).commit])
    published = to_branch(build(tmp_path, "one"), work, push=True)
    assert published.release is None
    assert log(work) == ["Publish 2026-11-23"]


def test_others_are_quicker_every_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After some attempts it is given up; everything of theirs is there, nothing of ours, and no branch moved here."""
    work = repository(tmp_path / "git")
    before = to_branch(build(tmp_path, "one"), work, push=True).commit
    pushes = [
        lambda n=n: commit_of_somebody_else(tmp_path / "git", tmp_path / f"clone{n}", f"f{n}")
        for n in range(branch_module.ATTEMPTS)
    ]
    hijack(monkeypatch, pushes)
    with pytest.raises(PushRejected, match="somebody else"):
        to_branch(build(tmp_path, "two"), work, START + DAY, push=True)
    assert log(tmp_path / "git" / "origin.git") == ["Theirs"] * branch_module.ATTEMPTS + ["Publish 2026-11-24"]
    assert git(work, "rev-parse", "gh-pages") == before


def hijack(monkeypatch: pytest.MonkeyPatch, pushes: Sequence[object]) -> list[str]:
    """Have others push just before our next pushes; return what they pushed."""
    waiting: Iterator[object] = iter(pushes)
    done: list[str] = []
    push = Repository.push

    def late(self: Repository, remote: str, branch: str, commit: str) -> str:
        theirs = next(waiting, None)
        if callable(theirs):
            done.append(theirs())
        return push(self, remote, branch, commit)

    monkeypatch.setattr(Repository, "push", late)
    return done


def test_a_branch_that_went_another_way_is_said(tmp_path: Path) -> None:
    """Neither of both is overwritten."""
    work = repository(tmp_path / "git")
    to_branch(build(tmp_path, "one"), work, push=True)
    theirs = commit_of_somebody_else(tmp_path / "git", tmp_path / "clone")
    ours = to_branch(build(tmp_path, "two"), work, START + DAY).commit
    with pytest.raises(BranchDiverged, match="gone different ways"):
        to_branch(build(tmp_path, "three"), work, START + 2 * DAY, push=True)
    assert git(work, "rev-parse", "gh-pages") == ours
    assert git(tmp_path / "git" / "origin.git", "rev-parse", "gh-pages") == theirs


def test_what_was_published_here_alone_is_pushed_later(tmp_path: Path) -> None:
    """Without `--push` nothing leaves; with it, what was held back goes too, even when nothing is new."""
    work = repository(tmp_path / "git")
    to_branch(build(tmp_path, "one"), work)
    here = to_branch(build(tmp_path, "two"), work, START + DAY).commit
    assert git(tmp_path / "git" / "origin.git", "branch") == ""
    published = to_branch(build(tmp_path, "two"), work, START + DAY, push=True)
    assert published.release is None and published.pushed
    assert git(tmp_path / "git" / "origin.git", "rev-parse", "gh-pages") == here


def test_a_clone_without_the_branch_builds_on_the_origin_s(tmp_path: Path) -> None:
    """A fresh clone, as a scheduled job has it, goes on where the last one ended."""
    work = repository(tmp_path / "git")
    first = to_branch(build(tmp_path, "one"), work, push=True).commit
    git(work, "push", "--quiet", "origin", "main")
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=main", f"file://{tmp_path}/git/origin.git", "fresh")
    published = to_branch(build(tmp_path, "two"), tmp_path / "fresh", START + DAY, push=True)
    assert git(tmp_path / "git" / "origin.git", "rev-parse", f"{published.commit}~1") == first


def test_mike_works_on_the_branch(tmp_path: Path) -> None:
    """The real mike lists, moves the front page, gives an alias and deletes, and what it decided stays."""
    work = repository(tmp_path / "git")
    to_branch(build(tmp_path, "one"), work)
    to_branch(build(tmp_path, "two"), work, START + DAY)
    assert mike(work, "list").split() == ["2026-11-25", "[latest]", "2026-11-24"]
    listed = git(work, "show", "gh-pages:versions.json")
    mike(work, "set-default", "2026-11-24")
    mike(work, "retitle", "2026-11-24", "First")
    page = git(work, "show", "gh-pages:index.html")
    to_branch(build(tmp_path, "three"), work, START + 2 * DAY, keep_daily=1, keep_monthly=0)
    assert git(work, "show", "gh-pages:index.html") == page
    assert mike(work, "list").split() == ["2026-11-26", "[latest]"]
    mike(work, "delete", "2026-11-26")
    assert "latest" not in tree(work)
    to_branch(build(tmp_path, "three"), work, START + 3 * DAY)
    assert mike(work, "list").split() == ["2026-11-27", "[latest]"]
    assert listed.count("version") == 2


def test_an_alias_of_mike_keeps_a_version(tmp_path: Path) -> None:
    """Retention lets no version go that somebody gave a name to."""
    work = repository(tmp_path / "git")
    to_branch(build(tmp_path, "one"), work)
    (work / "mkdocs.yml").write_text("site_name: x\n")
    (work / "docs").mkdir()
    mike(work, "alias", "--config-file=mkdocs.yml", "2026-11-24", "stable")
    to_branch(build(tmp_path, "two"), work, START + DAY, keep_daily=1, keep_monthly=1)
    assert mike(work, "list").split() == ["2026-11-25", "[latest]", "2026-11-24", "[stable]"]


def test_a_branch_that_is_checked_out_is_refused(tmp_path: Path) -> None:
    """Its working tree would no longer be what the branch is."""
    work = repository(tmp_path / "git")
    to_branch(build(tmp_path, "one"), work)
    git(work, "worktree", "add", "--quiet", str(tmp_path / "pages"), "gh-pages")
    with pytest.raises(GitFailed, match="checked out"):
        to_branch(build(tmp_path, "two"), work, START + DAY)
    with pytest.raises(UsageError, match="branch"):
        to_branch(build(tmp_path, "two"), work, branch="a..b")


def test_git_s_own_words_are_told(tmp_path: Path) -> None:
    """No repository, no remote, a hook that refuses: git's sentence is in the error, and no branch moved."""
    with pytest.raises(GitFailed, match="not a git repository"):
        to_branch(build(tmp_path), tmp_path)
    work = repository(tmp_path / "git")
    with pytest.raises(GitFailed, match="nowhere"):
        to_branch(build(tmp_path), work, push=True, remote=str(tmp_path / "nowhere"))
    hook = tmp_path / "git" / "origin.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'not on a Friday' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(GitFailed, match="not on a Friday"):
        to_branch(build(tmp_path), work, push=True)
    assert git(work, "branch", "--list", "gh-pages") == ""
    assert git(tmp_path / "git" / "origin.git", "branch") == ""


def test_a_branch_of_something_else_is_refused(tmp_path: Path) -> None:
    """The project's own branch is not taken for a published site."""
    work = repository(tmp_path / "git")
    git(work, "branch", "other")
    with pytest.raises(NotAPublishedSite, match=r"images\.yml"):
        to_branch(build(tmp_path), work, branch="other")
    assert git(work, "rev-parse", "other") == git(work, "rev-parse", "main")


def test_odd_names_come_through(tmp_path: Path) -> None:
    """Files with spaces, quotes, line breaks and other scripts in their names are published under those names."""
    work = repository(tmp_path / "git")
    site = build(tmp_path)
    odd = ("a b.txt", 'a"b.txt', "a\nb.txt", "a\\b.txt", "字.txt", "-x", "#c", " lead")
    for name in odd:
        (site.site / "assets" / name).write_text(name)
    to_branch(site, work)
    served = unpacked(work, tmp_path / "served")
    assert {path.name for path in (served / "latest" / "assets").iterdir()} == {"style.css", *odd}
    assert to_branch(site, work).release is None


def test_ids_are_git_s(tmp_path: Path) -> None:
    """What tells equal files from others is the very id that git gives them."""
    (tmp_path / "x").write_bytes(b"hello\n")
    assert git(tmp_path, "hash-object", "x") == blob_id(b"hello\n")


def test_repositories_with_the_newer_hash(tmp_path: Path) -> None:
    """Repositories made with SHA-256 work as well."""
    git(tmp_path, "init", "--quiet", "--object-format=sha256", "work")
    published = to_branch(build(tmp_path), tmp_path / "work")
    assert len(published.commit) == 64
    assert to_branch(build(tmp_path), tmp_path / "work").release is None


def test_pages_that_do_not_change_are_kept_once(tmp_path: Path) -> None:
    """A version adds only what differs: of a second one, two pages and what names them."""
    work = repository(tmp_path / "git")
    to_branch(build(tmp_path, "one"), work)
    before = set(tree(work).values())
    to_branch(build(tmp_path, "two"), work, START + DAY)
    after = tree(work)
    added = {path for path, blob in after.items() if blob not in before}
    assert added == {
        "2026-11-25/images/alpine/index.html",
        "_headers",
        "api/v1/index.json",
        "feeds/all.atom",
        "latest",
        "versions.json",
    }
