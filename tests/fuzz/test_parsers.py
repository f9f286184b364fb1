"""Every parser of formats, fuzzed in the test run; `make fuzz` goes on with coverage as its guide."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import generator.formats
from generator.errors import FormatError
from tests.fuzz.judge import judge, judge_memory
from tests.fuzz.mutations import inputs
from tests.fuzz.targets import NO_PARSER, TARGETS, Target

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "150"))
FOUND = Path(__file__).parent / "found"
"""Inputs that once broke a parser, below the target's name: each stays right."""


def test_no_parser_is_forgotten() -> None:
    """Every module of generator/formats is fuzzed, or named as one that reads nothing."""
    (folder,) = generator.formats.__path__
    there = {path.stem for path in Path(folder).glob("*.py")} - {"__init__"}
    fuzzed = {module for target in TARGETS for module in target.modules}
    assert there - fuzzed == NO_PARSER.keys()
    assert fuzzed & NO_PARSER.keys() == set()
    assert fuzzed <= there


def named(target: Target) -> str:
    """Return a target's name, as tests are called."""
    return target.name.replace(" ", "-")


@pytest.mark.parametrize("target", TARGETS, ids=named)
def test_samples_are_valid(target: Target) -> None:
    """Mutation starts from inputs that the parser reads; a sample that is refused would test nothing but a header."""
    for sample in target.samples:
        try:
            target.read(sample)
        except FormatError as refused:
            pytest.fail(f"{target.name}: {refused}")


@pytest.mark.parametrize("target", TARGETS, ids=named)
def test_any_bytes_give_a_value_or_a_format_error(target: Target) -> None:
    """Damaged samples and random bytes end in a value or in FormatError, never in anything else, and soon."""

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(inputs(target))
    def holds(content: bytes) -> None:
        judge(target, content)

    holds()


@pytest.mark.parametrize("target", TARGETS, ids=named)
def test_memory_is_bounded(target: Target) -> None:
    """No damaged sample makes a parser take more memory than a few samples' worth."""

    @settings(max_examples=max(10, EXAMPLES // 10), deadline=None, suppress_health_check=list(HealthCheck))
    @given(inputs(target), st.just(None))
    def holds(content: bytes, _: None) -> None:
        judge_memory(target, content)

    holds()


@pytest.mark.parametrize("found", sorted(FOUND.glob("*/*")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_was_found_stays_right(found: Path) -> None:
    """An input that once broke a parser gives a value or FormatError."""
    (target,) = [one for one in TARGETS if named(one) == found.parent.name]
    judge(target, found.read_bytes())
    judge_memory(target, found.read_bytes())
