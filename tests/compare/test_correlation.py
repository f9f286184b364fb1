"""Spearman's rank correlation, held against published examples and against what must hold for any figures."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.compare.correlation import ranks, spearman

FIGURES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=30)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # scipy.stats.spearmanr's own example, in its documentation
        ([1, 2, 3, 4, 5], [5, 6, 7, 8, 7], 0.82078268166812329),
        # IQ and hours of television, without ties: 1 − 6 Σd² / n(n² − 1) = −29/165
        ([106, 100, 86, 101, 99, 103, 97, 113, 112, 110], [7, 27, 2, 50, 28, 29, 20, 12, 6, 17], -29 / 165),
        # ties in both, by hand: ranks 1.5 1.5 3 4 and 1 2.5 2.5 4, Σ of products 3.75, spreads 4.5 both
        ([1, 1, 2, 3], [1, 5, 5, 9], 3.75 / 4.5),
        ([1, 2, 3], [30, 20, 10], -1.0),
        ([1, 2, 3], [0, 0.5, 1e9], 1.0),
    ],
)
def test_published_examples(first: Sequence[float], second: Sequence[float], expected: float) -> None:
    """The coefficient is that of the books, ties included."""
    found = spearman(first, second)
    assert found is not None
    assert math.isclose(found, expected, rel_tol=1e-12)


def test_equal_figures_share_the_mean_of_their_ranks() -> None:
    """Two that are second and third are both 2.5th, whatever their order."""
    assert ranks([20, 10, 20, 30]) == [2.5, 1, 2.5, 4]
    assert ranks([7, 7, 7]) == [2, 2, 2]
    assert ranks([]) == []


@pytest.mark.parametrize(("first", "second"), [([], []), ([1], [2]), ([3, 3, 3], [1, 2, 3]), ([1, 2, 3], [0, 0, 0])])
def test_what_has_no_order_has_no_coefficient(first: list[float], second: list[float]) -> None:
    """With one pair, or a figure that is the same everywhere, nothing can be told: None, and not 0."""
    assert spearman(first, second) is None


def test_figures_come_in_pairs() -> None:
    """Rows of different lengths are a mistake, not cut to the shorter."""
    with pytest.raises(ValueError, match="pairs"):
        spearman([1, 2, 3], [1, 2])


@given(FIGURES)
def test_it_depends_on_order_alone(pairs: list[tuple[int, int]]) -> None:
    """It lies within −1 and 1, is the same both ways, keeps under any growing scale and turns round with the order."""
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    found = spearman(first, second)
    assert found == spearman(second, first)
    scaled = spearman([math.exp(one) for one in first], [other**3 for other in second])
    turned = spearman([-one for one in first], second)
    if found is None:
        assert scaled is None
        assert turned is None
    else:
        assert scaled is not None
        assert turned is not None
        assert -1 - 1e-12 <= found <= 1 + 1e-12
        assert math.isclose(found, scaled, abs_tol=1e-12)
        assert math.isclose(found, -turned, abs_tol=1e-12)
