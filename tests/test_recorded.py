"""What is recorded of images, and what becomes of them: asked, not asked, in vain, with damage."""

import dataclasses
from pathlib import Path

import pytest

from generator import __version__
from generator.analysis import codec
from generator.errors import StoreError
from generator.limits import Limits
from generator.oci.digest import Digest, digest_of
from generator.oci.platform import Platform
from generator.recorded import Recorded, Settled, damaged, not_asked, recorded_images, settle
from generator.refresh import Attempt, Failed, Made, Request, Unchanged, refresh
from generator.source.base import Surroundings
from generator.store import documents, history
from generator.store.local_state import ImageState
from generator.store.observation import Observation
from generator.targets import Configuration, Group, Target
from tests import builders

TARGET = Target(name="base", title="Base", sources=("oci:first", "oci:second"), platforms=(Platform(),))
CONFIGURATION = Configuration(groups=(Group(name="g", title="G", targets=(TARGET,)),))
REFUSED = Failed(attempts=(Attempt("source-refused", "first refused"), Attempt("image-not-found", "second has none")))
LATER = "2027-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def made_images(tmp_path_factory: pytest.TempPathFactory) -> list[Made]:
    """Give two images, analyzed."""
    folder = tmp_path_factory.mktemp("images")
    made = []
    for number in range(2):
        built = builders.image([builders.tar([builders.file("number", b"%d" % number)])])
        source = f"oci:{builders.write_layout(folder / str(number), built)}"
        surroundings = Surroundings(cache_folder=folder)
        request = Request(sources=(source,), platform=Platform(), known={}, surroundings=surroundings, limits=Limits())
        result = refresh(request, lambda: None, surroundings.progress)
        assert isinstance(result, Made)
        made.append(result)
    return made


def recorded(store: Path, remembered: ImageState | None = None) -> Recorded:
    """Return what is recorded of the one image."""
    states = {"base linux-amd64": remembered} if remembered else {}
    (only,) = recorded_images(store, CONFIGURATION, states)
    return only


def settled(store: Path, result: Made | Failed | Unchanged, remembered: ImageState | None = None) -> Settled:
    """Settle the one image."""
    return settle(recorded(store, remembered), result, store, LATER)


def test_nothing_is_recorded_at_first(tmp_path: Path) -> None:
    """An image that was never seen has nothing to show and no known fingerprint."""
    image = recorded(tmp_path)
    assert (image.last, image.shown, image.current, image.writable) == (None, None, False, True)
    assert image.known_fingerprints == {}


def test_a_made_document_is_stored_and_observed(tmp_path: Path, made_images: list[Made]) -> None:
    """The answer of a source becomes a document, a line of history and a fresh outcome that shows it."""
    outcome, remember, change = settled(tmp_path, made_images[0])
    assert (outcome.state, change) == ("fresh", "new")
    assert outcome.observation == history.last(tmp_path, "base", Platform())
    assert outcome.observation is not None
    assert outcome.observation.at == LATER
    assert documents.load(tmp_path, outcome.observation.subject) == codec.decode(made_images[0].content, path="")
    assert remember.fingerprint == made_images[0].fingerprint


def test_changes_are_told_apart(tmp_path: Path, made_images: list[Made]) -> None:
    """New, the same, another image, and the same image seen by another version of the program have different words."""
    first, second = made_images
    assert settled(tmp_path, first).change == "new"
    assert settled(tmp_path, first).change == ""
    assert settled(tmp_path, second).change == "changed"
    last = history.last(tmp_path, "base", Platform())
    assert last is not None
    older = Observation(at=LATER, subject=second.subject, generator_version="0", source=last.source)
    history.append(tmp_path, "base", Platform(), older)
    assert settled(tmp_path, second).change == "remade"


def test_an_image_that_cannot_be_refreshed_keeps_its_document(tmp_path: Path, made_images: list[Made]) -> None:
    """Stale: the last observation stands; the first source's error is the reason and all attempts are told."""
    before = settled(tmp_path, made_images[0]).outcome.observation
    outcome, _, change = settled(tmp_path, REFUSED)
    assert (outcome.state, outcome.observation, change) == ("stale", before, "")
    assert (outcome.slug, outcome.reason) == ("source-refused", "first refused")
    assert outcome.attempts == ("first refused", "second has none")


def test_an_image_that_was_never_fetched_is_missing(tmp_path: Path) -> None:
    """Missing: nothing recorded and nothing fetched, and nothing is written."""
    outcome = settled(tmp_path, REFUSED).outcome
    assert (outcome.state, outcome.observation, outcome.slug) == ("missing", None, "source-refused")
    assert list(tmp_path.iterdir()) == []


def test_a_digest_as_fingerprint_is_history_and_a_time_is_not(tmp_path: Path, made_images: list[Made]) -> None:
    """What means the same everywhere is recorded for everyone; a file's time is remembered on this machine only."""
    made = dataclasses.replace(made_images[0], fingerprint="123-456")
    outcome, remember, _ = settled(tmp_path, made)
    assert outcome.observation is not None
    assert outcome.observation.fingerprint is None
    assert recorded(tmp_path).known_fingerprints == {}
    assert recorded(tmp_path, remember).known_fingerprints == {made.source: "123-456"}
    settled(tmp_path, made_images[1])
    assert recorded(tmp_path, remember).known_fingerprints == {made_images[1].source: made_images[1].fingerprint}


def test_a_fingerprint_is_worth_nothing_without_its_document(tmp_path: Path, made_images: list[Made]) -> None:
    """Missing, damaged, or of another version of the program: the image is analyzed again."""
    settled(tmp_path, made_images[0])
    path = documents.path_of(tmp_path, made_images[0].subject)
    content = path.read_bytes()
    assert recorded(tmp_path).known_fingerprints
    other_version = content.replace(f'"generator_version":"{__version__}"'.encode(), b'"generator_version":"0"')
    assert other_version != content
    for damaged_content in (other_version, content[:100]):
        path.write_bytes(damaged_content)
        assert recorded(tmp_path).known_fingerprints == {}
    path.unlink()
    assert recorded(tmp_path).known_fingerprints == {}


def test_a_document_of_another_version_is_still_shown(tmp_path: Path, made_images: list[Made]) -> None:
    """When the image cannot be fetched again, what an older program found is better than nothing."""
    settled(tmp_path, made_images[0])
    path = documents.path_of(tmp_path, made_images[0].subject)
    path.write_bytes(path.read_bytes().replace(f'"{__version__}"'.encode(), b'"0"'))
    assert settled(tmp_path, REFUSED).outcome.state == "stale"


def test_a_damaged_document_is_made_again_or_missing(tmp_path: Path, made_images: list[Made]) -> None:
    """A damaged document is never shown; fetching the image repairs it, and when that fails the image is missing."""
    settled(tmp_path, made_images[0])
    path = documents.path_of(tmp_path, made_images[0].subject)
    path.write_bytes(b"{")
    assert settled(tmp_path, REFUSED).outcome.state == "missing"
    outcome = not_asked(recorded(tmp_path), offline=True).outcome
    assert (outcome.state, outcome.slug) == ("missing", "store")
    assert str(path) in outcome.reason
    assert settled(tmp_path, made_images[0]).outcome.state == "fresh"
    assert recorded(tmp_path).current


def test_a_damaged_history_is_neither_read_nor_written(tmp_path: Path, made_images: list[Made]) -> None:
    """An image whose history is damaged is missing, with file and line, and the file stays as it is."""
    settled(tmp_path, made_images[0])
    path = history.path_of(tmp_path, "base", Platform())
    path.write_bytes(b"damage\n")
    image = recorded(tmp_path)
    assert not image.writable
    outcome = damaged(image).outcome
    assert (outcome.state, outcome.slug) == ("missing", "store")
    assert f"{path}:1" in outcome.reason
    with pytest.raises(StoreError):
        settle(image, made_images[0], tmp_path, LATER)
    assert path.read_bytes() == b"damage\n"


def test_offline_what_is_recorded_stands(tmp_path: Path, made_images: list[Made]) -> None:
    """Not asked is another state than asked in vain, and an image without a record is missing either way."""
    assert not_asked(recorded(tmp_path), offline=True).outcome.state == "missing"
    settled(tmp_path, made_images[0])
    outcome = not_asked(recorded(tmp_path), offline=True).outcome
    assert (outcome.state, outcome.slug) == ("offline", "")
    assert outcome.observation is not None


@pytest.mark.parametrize("state", ["fresh", "unchanged", "stale", "offline"])
def test_an_image_that_is_left_alone_stays_as_it_was(tmp_path: Path, made_images: list[Made], state: str) -> None:
    """A build of other images changes nothing about this one: state, reason and attempts are the last build's."""
    settled(tmp_path, made_images[0])
    before = ImageState(state=state, slug="s", reason="r", attempts=("a",), source="x", fingerprint="f")
    outcome, remember, change = not_asked(recorded(tmp_path, before), offline=False)
    assert (outcome.state, outcome.slug, outcome.reason, outcome.attempts) == (state, "s", "r", ("a",))
    assert change == ""
    assert (remember.source, remember.fingerprint) == ("x", "f")


def test_an_image_recorded_by_hand_is_no_longer_missing(tmp_path: Path, made_images: list[Made]) -> None:
    """After a build in vain and a record by hand, the record is shown as not refreshed, with the build's reason."""
    missing = settled(tmp_path, REFUSED).remember
    settled(tmp_path, made_images[0])
    outcome = not_asked(recorded(tmp_path, missing), offline=False).outcome
    assert (outcome.state, outcome.reason) == ("stale", "first refused")


def test_an_unchanged_image_shows_its_last_observation(tmp_path: Path, made_images: list[Made]) -> None:
    """Nothing is written when nothing changed."""
    first = settled(tmp_path, made_images[0])
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    outcome = settled(tmp_path, Unchanged(attempts=()), first.remember).outcome
    assert (outcome.state, outcome.observation) == ("unchanged", first.outcome.observation)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == files


def test_a_document_that_is_gone_is_named(tmp_path: Path) -> None:
    """A history that names a document which is not there says which file is missing."""
    subject: Digest = digest_of(b"gone")
    observation = Observation(at=LATER, subject=subject, generator_version="1", source="oci:x")
    history.append(tmp_path, "base", Platform(), observation)
    outcome = not_asked(recorded(tmp_path), offline=True).outcome
    assert outcome.state == "missing"
    assert str(documents.path_of(tmp_path, subject)) in outcome.reason
