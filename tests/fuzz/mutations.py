"""Inputs for hypothesis: a valid sample that a few changes have damaged, the way that real damage and attacks look.

Changes: bytes overwritten, numbers made extreme where a number may stand, parts cut out, doubled, moved or repeated,
the format's own words put in, the end cut off; sometimes nothing of a sample but its first bytes.
"""

from typing import Final

from hypothesis import strategies as st

from tests.fuzz.judge import LARGEST
from tests.fuzz.targets import Target

_NUMBERS: Final = tuple(
    value.to_bytes(size, order)
    for size in (1, 2, 4, 8)
    for value in (0, 1, (1 << 8 * size - 1) - 1, 1 << 8 * size - 1, (1 << 8 * size) - 1)
    for order in ("little", "big")
)
_WORDS: Final = (
    b"\0",
    b"\n",
    b"\n\n",
    b" ",
    b"\xff",
    b"\xc3\x28",
    "\u202e".encode(),
    b"-1",
    b"99999999999999999999",
    b"%",
)
_KINDS: Final = ("overwrite", "number", "word", "cut", "double", "repeat", "move", "end")


@st.composite
def inputs(draw: st.DrawFn, target: Target) -> bytes:
    """Draw an input for a target."""
    if draw(st.integers(0, 9)) == 0:
        sample = draw(st.sampled_from(target.samples))
        return sample[: draw(st.integers(0, 16))] + draw(st.binary(max_size=300))
    content = bytearray(draw(st.sampled_from(target.samples)))
    for _ in range(draw(st.integers(0, 6))):
        _change(draw, content, target.words)
    return bytes(content[:LARGEST])


def _change(draw: st.DrawFn, content: bytearray, words: tuple[bytes, ...]) -> None:
    at = draw(st.integers(0, len(content)))
    end = min(len(content), at + draw(st.integers(0, 64)))
    match draw(st.sampled_from(_KINDS)):
        case "overwrite":
            new = draw(st.binary(min_size=1, max_size=8))
            content[at : at + len(new)] = new
        case "number":
            number = draw(st.sampled_from(_NUMBERS))
            at -= at % len(number)
            content[at : at + len(number)] = number
        case "word":
            content[at:at] = draw(st.sampled_from((*_WORDS, *words)))
        case "cut":
            del content[at:end]
        case "double":
            content[at:at] = content[at:end]
        case "repeat":
            content[at:at] = bytes(content[at:end][:16]) * draw(st.sampled_from((3, 50, 1000)))
        case "move":
            piece = bytes(content[at:end])
            del content[at:end]
            to = draw(st.integers(0, len(content)))
            content[to:to] = piece
        case "end":
            del content[at:]
