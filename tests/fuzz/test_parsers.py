"""Every parser of formats, fuzzed in the test run; `make fuzz` goes on with coverage as its guide."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import generator.formats
from tests.fuzz.judge import REFUSALS, judge, judge_memory
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
        except REFUSALS as refused:
            pytest.fail(f"{target.name}: {refused}")


@pytest.mark.parametrize("target", TARGETS, ids=named)
def test_any_bytes_give_a_value_or_a_typed_error(target: Target) -> None:
    """Damaged samples and random bytes end in a value or a typed error, never in anything else, and soon."""

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


@pytest.mark.parametrize(
    ("name", "start", "piece"),
    [
        ("busybox usage", b"ls\n", b"[-w WIDTH] "),
        ("busybox usage", b"ls\n[-a]\n\n", b"\t-w N,--width N\tx\n"),
        ("os_release", b"NAME=", b"$"),
        ("toybox option string", b"", b"T[-H"),
        ("apk_db", b"P:a\n", b"F:a\nR:a\n"),
        ("license_words", b"", b"MIT or "),
        ("pem", b"", b"-----BEGIN CERTIFICATE-----\n"),
        ("help_text", b"\0", b"\n  -a, --bc"),
        ("osv", b'{"id": "X-1", "aliases": [', b'"CVE-2026-1",'),
        ("vex", b'{"statements": [', b'{"products": ["pkg:a/b"],'),
        ("opinions", b'{"matches": [', b'{"vulnerability": {"id": "a"},'),
    ],
)
def test_what_repeats_costs_its_length(name: str, start: bytes, piece: bytes) -> None:
    """Half a megabyte of one thing over and over takes no more than a moment; three of these once did."""
    (target,) = [one for one in TARGETS if one.name == name]
    judge(target, start + piece * ((512 << 10) // len(piece)))


def test_what_was_found_stays_right() -> None:
    """Every input in `found` that once broke a parser gives a value or a typed error."""
    by_name = {named(target): target for target in TARGETS}
    for path in sorted(FOUND.glob("*/*")):
        judge(by_name[path.parent.name], path.read_bytes())
        judge_memory(by_name[path.parent.name], path.read_bytes())
