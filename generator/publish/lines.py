"""Words of several lines inside an error's sentence: each line made safe by itself, so that lines stay lines."""

from collections.abc import Iterable
from typing import Self

from generator import text

_LONGEST = 400


class Lines(tuple[str, ...]):
    """Lines that an error shows one below the other."""

    __slots__ = ()

    @classmethod
    def of(cls, lines: Iterable[str], most: int) -> Self:
        """Take at most `most` lines, saying how many more there were."""
        every = [text.shortened(text.terminal(line), _LONGEST) for line in lines]
        left_out = [f"… and {len(every) - most} more lines"] if len(every) > most else []
        return cls(every[:most] + left_out)

    def __str__(self) -> str:
        return "\n".join(self)
