"""The past of an image: observations in, states and changes out."""

from generator.compare.past import figures_of, past_of
from generator.oci.digest import Digest, parse_digest
from generator.store.observation import Figures, Observation
from tests.pages.samples import sample

A, B = (parse_digest("sha256:" + letter * 64) for letter in "ab")
FIGURES = Figures(layer_count=1, entry_count=7, package_count=3)


def _seen(subject: Digest, day: int, figures: Figures | None = FIGURES) -> Observation:
    return Observation(
        at=f"2026-11-{day:02}T00:00:00Z", subject=subject, generator_version="1", source="registry:x", figures=figures
    )


def test_observations_of_the_same_bytes_in_a_row_are_one_state() -> None:
    """A state lasts for as long as the digest stays, whatever else an observation says."""
    past = past_of([_seen(A, 1), _seen(A, 2), _seen(B, 3), _seen(A, 4)], lambda subject: True)
    assert [(one.subject, one.since[8:10], len(one.observations)) for one in past.states] == [
        (A, "01", 2),
        (B, "03", 1),
        (A, "04", 1),
    ]
    assert [one.name for one in past.steps] == [f"{'a' * 12}-{'b' * 12}", f"{'b' * 12}-{'a' * 12}"]
    assert [one.at[8:10] for one in past.steps] == ["03", "04"]
    assert past.newest is past.states[-1]


def test_figures_of_the_history_outlive_the_document() -> None:
    """A state whose document is gone has its figures still, and is not kept."""
    (state,) = past_of([_seen(A, 1), _seen(A, 2, None)], lambda subject: False).states
    assert state.figures == FIGURES
    assert not state.is_kept


def test_figures_that_nobody_noted_are_none() -> None:
    """What no observation says is not known, whether or not there is a document."""
    (state,) = past_of([_seen(A, 1, None)], lambda subject: True).states
    assert (state.figures, state.is_kept) == (None, True)


def test_an_image_never_seen_has_no_past() -> None:
    """Without observations there is no state, no change and nothing newest."""
    past = past_of([], lambda subject: True)
    assert (past.states, past.steps, past.newest) == ((), (), None)


def test_figures_are_those_of_the_document() -> None:
    """What the history keeps of a document is what the document says; a size that is not known stays so."""
    for document in sample().documents.values():
        figures = figures_of(document)
        assert figures.entry_count == len(document.tree) - 1
        assert figures.rootfs_size == document.sizes.rootfs_size
        assert figures.compressed_size == document.sizes.compressed_size
        assert figures.layer_count == len(document.layers)
