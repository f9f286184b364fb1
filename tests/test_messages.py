"""The messages page explains every slug that the program can give, and nothing that it cannot."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.tools import AssemblyError
from generator.errors import BasedexError
from generator.warnings import WARNINGS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "site_src" / "messages.md").read_text(encoding="utf-8")
HEADING = re.compile(r"^(?P<marks>#+) (?P<title>.+?) \{ #(?P<anchor>[A-Za-z0-9_-]+) \}$", re.MULTILINE)
UNKNOWN_REASONS = {"no-manifest", "no-config", "no-compressed-layers"}
BUG = "bug"
"""The one slug without an error class: what failed through a mistake of the program's own."""


def error_classes(parent: type[BasedexError] = BasedexError) -> Iterator[type[BasedexError]]:
    """Yield every class below `parent`."""
    for kind in parent.__subclasses__():
        yield kind
        yield from error_classes(kind)


def sections() -> dict[str, str]:
    """Return the page's text by the anchor of the heading that it stands under."""
    found = list(HEADING.finditer(PAGE))
    ends = [match.start() for match in found[1:]] + [len(PAGE)]
    return {match["anchor"]: PAGE[match.end() : end].strip() for match, end in zip(found, ends, strict=True)}


def slugs_in_code() -> Iterator[tuple[str, str]]:
    """Yield (place, slug) for every literal slug of a warning, a failed section or a failed attempt in the program."""
    for path in sorted((ROOT / "generator").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if (
                name in ("warn", "Failure", "Attempt")
                and isinstance(first, ast.Constant)
                and isinstance(first.value, str)
            ):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", first.value


ERRORS: list[type[BasedexError]] = sorted({*error_classes(), AssemblyError}, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_is_explained(kind: type[BasedexError]) -> None:
    """Each error class has a section of its own, with more than its heading in it."""
    assert len(sections().get(kind.slug, "")) > 80, f"no section {{ #{kind.slug} }} in site_src/messages.md"


@pytest.mark.parametrize("slug", sorted(WARNINGS))
def test_every_warning_is_explained(slug: str) -> None:
    """Each warning has a section of its own, with more than its heading in it."""
    assert len(sections().get(slug, "")) > 80, f"no section {{ #{slug} }} in site_src/messages.md"


def test_slugs_are_told_apart() -> None:
    """No two errors, and no error and a warning, share an anchor."""
    slugs = [kind.slug for kind in ERRORS] + list(WARNINGS)
    assert sorted(slugs) == sorted(set(slugs))


def test_every_anchor_on_the_page_is_unique_and_every_heading_has_one() -> None:
    """A heading without an anchor of its own, or an anchor given twice, would break links from outside."""
    headings = re.findall(r"^#+ .+$", PAGE, re.MULTILINE)
    anchors = [match["anchor"] for match in HEADING.finditer(PAGE)]
    assert len(headings) == len(anchors)
    assert sorted(anchors) == sorted(set(anchors))


def test_page_explains_nothing_that_does_not_exist() -> None:
    """A message that was taken out of the program is taken off the page."""
    explained = {match["anchor"] for match in HEADING.finditer(PAGE) if match["marks"] == "####"}
    assert explained == {kind.slug for kind in ERRORS} | set(WARNINGS) | {BUG}


def test_reasons_for_unknown_values_are_explained() -> None:
    """Each reason that a document may give for a value that is not known has a section."""
    assert {reason for reason in UNKNOWN_REASONS if len(sections().get(reason, "")) > 80} == UNKNOWN_REASONS


def test_code_uses_only_slugs_that_are_explained() -> None:
    """Every literal slug that the program warns or fails a section with is one that the page explains."""
    explained = sections()
    used = list(slugs_in_code())
    assert used
    assert [(place, slug) for place, slug in used if slug not in explained] == []
