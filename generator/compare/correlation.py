"""How two figures of the same images go together: Spearman's rank correlation. Two rows of numbers in, −1 to 1 out.

Ranks instead of figures, so that one image of a gigabyte weighs no more than the next in order; equal figures share the
mean of their ranks, and the coefficient is Pearson's of the ranks, which is right with ties as well (Kendall, Rank
Correlation Methods, chapter 3). It says how far one grows with the other, not that one makes the other grow.
"""

import math
from collections.abc import Sequence


def spearman(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return the coefficient; None for fewer than two pairs, or where one of the figures is the same everywhere."""
    if len(first) != len(second):
        raise ValueError("figures must come in pairs")
    return _pearson(ranks(first), ranks(second))


def ranks(values: Sequence[float]) -> list[float]:
    """Return each value's rank from 1 on; equal values share the mean of the ranks that they take together."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    found = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in order[start:end]:
            found[place] = (start + 1 + end) / 2
        start = end
    return found


def _pearson(first: Sequence[float], second: Sequence[float]) -> float | None:
    if len(first) < 2:
        return None
    middle = (len(first) + 1) / 2  # the mean of any ranks
    across = sum((one - middle) * (other - middle) for one, other in zip(first, second, strict=True))
    spread = sum((one - middle) ** 2 for one in first) * sum((one - middle) ** 2 for one in second)
    return across / math.sqrt(spread) if spread else None
