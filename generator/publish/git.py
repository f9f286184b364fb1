"""Git, as publishing needs it: the one place where the program is run. Nothing here touches a working tree or an index.

Commits are made by git-fast-import(1) from a list of files and moved onto a branch by `git update-ref` with the old
value named, so that a branch is what it was or what it shall be, whenever the process ends. Pushes are never forced.
Git asks no questions here: what would need an answer fails, with git's own words.
"""

import contextlib
import hashlib
import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Final, NamedTuple

from generator.errors import GitFailed, UsageError
from generator.publish.lines import Lines

LOCAL_SECONDS: Final = 300
NETWORK_SECONDS: Final = 900
SYMLINK: Final = "120000"
FILE: Final = "100644"
_WORDS: Final = 20
"""Lines of git's own that an error repeats."""
_ASIDE: Final = "refs/basedex/publish-"
"""With a number behind: holds a new commit until its branch does."""
_NOT_OURS: Final = re.compile(
    r"^GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX|NAMESPACE|COMMON_DIR|OBJECT_DIRECTORY|SHALLOW_FILE|GRAFT_FILE)$"
)
"""Set where git runs programs, in hooks for instance: they would lead to another repository."""
_ONE_LINE: Final = re.compile(r"[<>\0\n]")
_NOBODY: Final = ("basedex", "basedex@localhost.invalid")


class Entry(NamedTuple):
    """A file or symbolic link in a commit."""

    mode: str
    blob: str


class Addition(NamedTuple):
    """A file to be in the next commit; `content` is None when the repository has the blob."""

    path: str
    mode: str
    blob: str
    content: Path | bytes | None


class _Done(NamedTuple):
    status: int
    output: bytes
    words: str


class Repository:
    """A git repository, bare or not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.folder = Path(os.fsdecode(self._run("rev-parse", "--absolute-git-dir").strip()))
        common = Path(os.fsdecode(self._run("rev-parse", "--git-common-dir").strip()))
        self.common_folder = common if common.is_absolute() else (folder / common).resolve()
        self._algorithm = self._run("rev-parse", "--show-object-format").decode().strip()

    def blob_id(self, content: bytes) -> str:
        """Return the id that git gives a file with this content."""
        return blob_id(content, self._algorithm)

    # Looking

    def ref(self, name: str) -> str | None:
        """Return the commit that a full reference name leads to."""
        done = self._attempt("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return done.output.decode().strip() or None if done.status == 0 else None

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `newer` has all that `older` has."""
        return self._attempt("merge-base", "--is-ancestor", older, newer).status == 0

    def merge_base(self, one: str, other: str) -> str:
        """Return the last commit that both have; "" when there is none."""
        return self._attempt("merge-base", one, other).output.decode().strip()

    def has_remote(self, name: str) -> bool:
        """Whether a remote of this name is configured."""
        return name in self._run("remote").decode("utf-8", "replace").split()

    def checked_out_at(self, branch: str) -> str:
        """Return the working tree that has the branch checked out; "" when none has."""
        for part in self._run("worktree", "list", "--porcelain").decode("utf-8", "replace").split("\n\n"):
            lines = part.splitlines()
            if f"branch refs/heads/{branch}" in lines and not any(
                one.startswith(("bare", "prunable")) for one in lines
            ):
                return lines[0].removeprefix("worktree ")
        return ""

    def check_branch(self, name: str) -> None:
        """Raise UsageError for what cannot be a branch's name."""
        if name.startswith("-") or self._attempt("check-ref-format", f"refs/heads/{name}").status != 0:
            raise UsageError(problem=f"“{name}” cannot be the name of a branch")

    def names(self, commit: str) -> dict[str, Entry]:
        """Return what is at the root of a commit; folders have mode 040000."""
        return _entries(self._run("ls-tree", "-z", "--full-tree", commit))

    def files(self, commit: str, folder: str) -> dict[str, Entry]:
        """Return all files and links below a folder, by their paths from the root; none when it is not there."""
        return _entries(self._run("ls-tree", "-r", "-z", "--full-tree", commit, "--", f"{folder}/"))

    def read(self, commit: str, path: str) -> bytes | None:
        """Return a file's content; None when it is not there."""
        (found,) = _entries(self._run("ls-tree", "-z", "--full-tree", commit, "--", path)).values() or (None,)
        return None if found is None or found.mode not in (FILE, "100755", SYMLINK) else self.content(found.blob)

    def content(self, blob: str) -> bytes:
        """Return a blob's content."""
        return self._run("cat-file", "blob", blob)

    def contents(self, blobs: Collection[str]) -> Iterator[bytes]:
        """Yield the contents of blobs, in their order, asked for at once."""
        answer = self._run("cat-file", "--batch", asked="".join(f"{blob}\n" for blob in blobs).encode())
        start = 0
        for _ in blobs:
            head, _, _ = answer[start : start + 200].partition(b"\n")
            if not head.partition(b" ")[2].startswith(b"blob "):
                raise GitFailed(step="git cat-file", reason=head.decode("utf-8", "replace"))
            begin = start + len(head) + 1
            start = begin + int(head.split(b" ")[2]) + 1
            yield answer[begin : start - 1]

    # Changing

    def commit(
        self, parent: str | None, additions: Iterable[Addition], deletions: Iterable[str], message: str, seconds: int
    ) -> str:
        """Make a commit on top of `parent` and return its id; no branch leads to it yet.

        `deletions` are paths of files or whole folders and go first. `seconds` is the time since 1970.
        """
        for left_over in self._run("for-each-ref", "--format=%(refname)", f"{_ASIDE}*").decode().split():
            self._attempt("update-ref", "-d", left_over)
        aside = f"{_ASIDE}{os.getpid()}"
        name, email = self._author()
        person = b"%s <%s> %d +0000" % (name, email, seconds)
        words = message.encode()
        head = [b"commit %s\nmark :1\nauthor %s\ncommitter %s\n" % (aside.encode(), person, person)]
        head.append(b"data %d\n%s\n" % (len(words), words))
        if parent:
            head.append(b"from %s\n" % parent.encode())
        head += [b"D %s\n" % _quoted(path) for path in deletions]
        self._import((*head,), additions)
        made = self.ref(aside)
        self._attempt("update-ref", "-d", aside)
        if made is None:
            raise GitFailed(step="making a commit", reason="git fast-import made none")
        return made

    def move(self, branch: str, commit: str, before: str | None) -> None:
        """Move a branch from the commit `before`, None for a new branch; raises GitFailed when it is not there now."""
        old = before or "0" * len(commit)
        self._run("update-ref", "-m", "basedex publish", f"refs/heads/{branch}", commit, old)

    # Other repositories

    def fetch(self, remote: str, branch: str) -> str | None:
        """Fetch a branch of another repository and return its commit; None when it has no such branch."""
        name = f"refs/heads/{branch}"
        listed = self._run("ls-remote", "--", remote, name, seconds=NETWORK_SECONDS).decode().split()
        if not listed:
            return None
        place = f"refs/remotes/{remote}/{branch}" if self.has_remote(remote) else "refs/basedex/fetched"
        words = (
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
            "--",
            remote,
            f"+{name}:{place}",
        )
        self._run(*words, seconds=NETWORK_SECONDS)
        return self.ref(place)

    def push(self, remote: str, branch: str, commit: str) -> str:
        """Push a commit; return "" when it is there, and git's word when somebody else was quicker.

        Raises GitFailed for every other reason.
        """
        words = ("push", "--porcelain", "--no-verify", "--", remote, f"{commit}:refs/heads/{branch}")
        done = self._attempt(*words, seconds=NETWORK_SECONDS)
        if done.status == 0:
            return ""
        for line in done.output.decode("utf-8", "replace").splitlines():
            if line.startswith("!") and _came_too_late(line):
                return line.split("\t")[-1]
        raise self._failure(("push", remote), done)

    # Running

    def _import(self, head: Sequence[bytes], additions: Iterable[Addition]) -> None:
        command = [*self._command("fast-import", "--quiet", "--done", "--force", "--date-format=raw")]
        with tempfile.TemporaryFile() as said, _started(command, self._environment(), said) as process:
            alarm = threading.Timer(NETWORK_SECONDS, process.kill)
            alarm.start()
            try:
                assert process.stdin is not None
                with contextlib.suppress(BrokenPipeError):  # then its status and its words tell more
                    for part in (*head, *_import_lines(additions), b"done\n"):
                        process.stdin.write(part)
                    process.stdin.close()
                status = process.wait()
            finally:
                alarm.cancel()
            if status != 0:
                said.seek(0)
                raise self._failure(("fast-import",), _Done(status, b"", said.read().decode("utf-8", "replace")))

    def _author(self) -> tuple[bytes, bytes]:
        """Return name and address for commits: of the environment, of git's configuration, else of nobody."""
        found = []
        for part, otherwise in zip(("name", "email"), _NOBODY, strict=True):
            given = os.environ.get(f"GIT_AUTHOR_{part.upper()}") or os.environ.get(f"GIT_COMMITTER_{part.upper()}")
            if not given:
                given = self._attempt("config", "--get", f"user.{part}").output.decode("utf-8", "replace").strip()
            found.append(_ONE_LINE.sub("", given) or otherwise)
        return found[0].encode("utf-8", "replace"), found[1].encode("utf-8", "replace")

    def _run(self, *words: str, seconds: int = LOCAL_SECONDS, asked: bytes = b"") -> bytes:
        done = self._attempt(*words, seconds=seconds, asked=asked)
        if done.status != 0:
            raise self._failure(words, done)
        return done.output

    def _attempt(self, *words: str, seconds: int = LOCAL_SECONDS, asked: bytes = b"") -> _Done:
        try:
            done = subprocess.run(
                self._command(*words),
                env=self._environment(),
                input=asked,
                capture_output=True,
                check=False,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired as err:
            raise GitFailed(step=f"git {words[0]}", reason=f"gave no answer within {seconds} seconds") from err
        except OSError as err:
            raise GitFailed(step="starting git", reason=str(err)) from err
        return _Done(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))

    def _command(self, *words: str) -> list[str]:
        return ["git", "-C", str(self._folder), "-c", "core.quotePath=false", "-c", "core.ignoreCase=false", *words]

    def _environment(self) -> Mapping[str, str]:
        kept = {name: value for name, value in os.environ.items() if not _NOT_OURS.match(name)}
        return kept | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}

    def _failure(self, words: Sequence[str], done: _Done) -> GitFailed:
        said = [line for line in (done.words + "\n" + done.output.decode("utf-8", "replace")).splitlines() if line]
        return GitFailed(step=f"git {words[0]}", reason=Lines.of(said or [f"ended with status {done.status}"], _WORDS))


def blob_id(content: bytes, algorithm: str = "sha1") -> str:
    """Return the id of a file's content as git computes it (gitformat-pack(5)): over a header and the content."""
    digest = hashlib.new(algorithm, b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()


@contextlib.contextmanager
def _started(
    command: Sequence[str], environment: Mapping[str, str], words: IO[bytes]
) -> Iterator["subprocess.Popen[bytes]"]:
    try:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=words
        )
    except OSError as err:
        raise GitFailed(step="starting git", reason=str(err)) from err
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _import_lines(additions: Iterable[Addition]) -> Iterator[bytes]:
    for path, mode, blob, content in additions:
        if content is None:
            yield b"M %s %s %s\n" % (mode.encode(), blob.encode(), _quoted(path))
            continue
        known = content if isinstance(content, bytes) else content.read_bytes()
        yield b"M %s inline %s\ndata %d\n" % (mode.encode(), _quoted(path), len(known))
        yield known
        yield b"\n"


def _quoted(path: str) -> bytes:
    """Return a path as git-fast-import(1) reads it: with C's escapes where it would end or be misread."""
    raw = os.fsencode(path)
    if b"\n" not in raw and b'"' not in raw:
        return raw
    return b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'


def _entries(listed: bytes) -> dict[str, Entry]:
    found = {}
    for line in filter(None, listed.split(b"\0")):
        kind, _, path = line.partition(b"\t")
        mode, _, blob = kind.decode().split(" ")[:3]
        found[os.fsdecode(path)] = Entry(mode, blob)
    return found


def _came_too_late(line: str) -> bool:
    """Whether a push was refused because the branch is not where it was, and not for what is in the push."""
    return "[rejected]" in line or any(
        words in line for words in ("cannot lock ref", "failed to update ref", "incorrect old value", "failed to lock")
    )
