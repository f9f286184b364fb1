"""Documents on disk: whole, canonical, and never believed to be what they are not."""

import multiprocessing
from pathlib import Path

import msgspec
import pytest

from generator.analysis import codec
from generator.analysis.document import SCHEMA_VERSION, Document
from generator.analyze import analyze_source
from generator.errors import StoreError
from generator.oci.digest import Digest, digest_of
from generator.oci.platform import Platform
from generator.source.base import Surroundings
from generator.store import atomic, documents
from generator.store.lock import locked
from tests import builders


@pytest.fixture
def saved(tmp_path_factory: pytest.TempPathFactory) -> Document:
    """Analyze a root file system with one file."""
    folder = tmp_path_factory.mktemp("image")
    (folder / "rootfs.tar").write_bytes(builders.tar([builders.file("hello", b"hello")]))
    source, surroundings = f"rootfs:{folder / 'rootfs.tar'}", Surroundings(cache_folder=folder / "cache")
    return analyze_source(source, Platform(), surroundings).document


def test_a_document_comes_back_as_it_was(tmp_path: Path, saved: Document) -> None:
    """What was saved is loaded equal, from a file named by the digest, with the codec's own bytes in it."""
    assert documents.save(tmp_path, saved)
    assert documents.load(tmp_path, saved.subject) == saved
    name = saved.subject.partition(":")[2]
    assert (tmp_path / "documents" / "sha256" / name[:2] / f"{name}.json").read_bytes() == codec.encode(saved)


def test_the_same_document_is_not_written_again(tmp_path: Path, saved: Document) -> None:
    """Saving what is there already leaves the file alone; another version of the program replaces it."""
    documents.save(tmp_path, saved)
    path = documents.path_of(tmp_path, saved.subject)
    before = path.stat()
    assert not documents.save(tmp_path, saved)
    assert path.stat() == before or path.stat().st_mtime_ns == before.st_mtime_ns
    assert documents.save(tmp_path, msgspec.structs.replace(saved, generator_version="99"))
    assert documents.version_of(tmp_path, saved.subject) == "99"


def test_documents_are_readable_by_everyone_and_nothing_else_is_left(tmp_path: Path, saved: Document) -> None:
    """A stored file has mode 644, as a file that is committed should, and no temporary file stays beside it."""
    documents.save(tmp_path, saved)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [documents.path_of(tmp_path, saved.subject)]
    assert files[0].stat().st_mode & 0o777 == 0o644


def test_the_version_is_known_without_the_document(tmp_path: Path, saved: Document) -> None:
    """A document that is not there has no version; one that is there names its generator's."""
    assert documents.version_of(tmp_path, saved.subject) is None
    documents.save(tmp_path, saved)
    assert documents.version_of(tmp_path, saved.subject) == saved.generator_version


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"",
        lambda content: b"\0" * len(content),
        lambda content: b"\xff\xfe" + content,
        lambda content: b"[" * 100_000,
        lambda content: b"{}",
        lambda content: b"<<<<<<< HEAD\n" + content,
        lambda content: content.replace(b'"schema_version":%d' % SCHEMA_VERSION, b'"schema_version":999'),
        lambda content: content.replace(b'"subject":"sha256:', b'"subject":"sha256:0'),
    ],
    ids=["half", "empty", "zeros", "not-utf-8", "deep", "object", "conflict", "other-schema", "other-subject"],
)
def test_a_damaged_document_is_an_error_that_names_its_file(tmp_path: Path, saved: Document, damage: object) -> None:
    """Whatever happened to the file, loading it and asking for its version both raise StoreError with its path."""
    documents.save(tmp_path, saved)
    path = documents.path_of(tmp_path, saved.subject)
    assert callable(damage)
    path.write_bytes(damage(path.read_bytes()))
    for read in (documents.load, documents.version_of):
        with pytest.raises(StoreError) as caught:
            read(tmp_path, saved.subject)
        assert str(path) in str(caught.value)


def test_a_missing_document_is_an_error_that_names_its_file(tmp_path: Path) -> None:
    """A history may name a document that somebody deleted."""
    with pytest.raises(StoreError, match="it is not there"):
        documents.load(tmp_path, digest_of(b""))


def test_sha512_has_a_folder_of_its_own(tmp_path: Path, saved: Document) -> None:
    """Digests of both registered algorithms can be filed."""
    subject = Digest("sha512:" + "ab" * 64)
    other = msgspec.structs.replace(saved, subject=subject)
    documents.save(tmp_path, other)
    assert documents.load(tmp_path, subject) == other
    assert (tmp_path / "documents" / "sha512" / "ab").is_dir()


def test_a_write_that_fails_changes_nothing(tmp_path: Path) -> None:
    """Where the file cannot be put, the error names it, and no temporary file stays."""
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "full").touch()
    with pytest.raises(StoreError, match="place"):
        atomic.write(tmp_path / "place", b"content")
    with pytest.raises(StoreError, match="file"):
        atomic.write(tmp_path / "place" / "full" / "file", b"content")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["full", "place"]


def test_sweeping_removes_only_what_killed_runs_left(tmp_path: Path) -> None:
    """Temporary files go, everything else stays."""
    atomic.write(tmp_path / "a" / "kept", b"content")
    (tmp_path / "a" / ".new-abc").write_bytes(b"half")
    atomic.sweep(tmp_path)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["kept"]


def _try_lock(folder: Path, answer: "multiprocessing.SimpleQueue[str]") -> None:
    try:
        with locked(folder):
            answer.put("held")
    except StoreError as err:
        answer.put(str(err))


def lock_elsewhere(folder: Path) -> str:
    """Try to lock `folder` from another process; return what came of it."""
    context = multiprocessing.get_context("spawn")
    answer: multiprocessing.SimpleQueue[str] = context.SimpleQueue()
    process = context.Process(target=_try_lock, args=(folder, answer))
    process.start()
    said = answer.get()
    process.join()
    return said


def test_only_one_process_holds_a_folder(tmp_path: Path) -> None:
    """A second one is told so at once, by a sentence that names the folder; afterwards the lock is free again."""
    folder = tmp_path / "data"
    with locked(folder):
        said = lock_elsewhere(folder)
        assert str(folder) in said
        assert "another build is at work here" in said
    assert lock_elsewhere(folder) == "held"
    assert list(folder.iterdir()) == []
