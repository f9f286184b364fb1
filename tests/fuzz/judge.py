"""The property that every parser owes to any bytes: a value or a typed refusal, in bounded time and memory.

The bounds are generous for a slow machine and tiny beside what a parser that runs away takes.
"""

import time
import tracemalloc
from contextlib import suppress
from typing import Final

from generator.errors import FormatError, InvalidAdvisories, InvalidReport
from generator.limits import MIB
from tests.fuzz.targets import Target

REFUSALS: Final = (FormatError, InvalidAdvisories, InvalidReport)
"""What a parser may raise: for files inside images, for databases of advisories, for what others say of an image."""
SECONDS: Final = 2.0
"""Processor time of one input of at most LARGEST bytes."""
MEMORY: Final = 64 * MIB
"""Python's memory for one input, beside the input itself."""
LARGEST: Final = 64 * 1024


def judge(target: Target, content: bytes) -> None:
    """Read one input; raises whatever the parser should not have let out, or AssertionError for a bound."""
    started = time.process_time()
    with suppress(*REFUSALS):
        target.read(content)
    seconds = time.process_time() - started
    assert seconds < SECONDS, f"{target.name} took {seconds:.1f} s for {len(content)} bytes"


def judge_memory(target: Target, content: bytes) -> None:
    """Read one input with every allocation counted."""
    tracemalloc.start()
    try:
        with suppress(*REFUSALS):
            target.read(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MEMORY, f"{target.name} took {peak // MIB} MiB for {len(content)} bytes"
