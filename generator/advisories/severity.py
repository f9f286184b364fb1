"""How bad a flaw is: CVSS vectors and distributions' words in, one word, its source and the score out."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from cvss import CVSS2, CVSS3, CVSS4
from cvss.exceptions import CVSSError

from generator.advisories.assessment import SEVERITIES, Severity

_KINDS: Final = (("CVSS_V4", CVSS4), ("CVSS_V3", CVSS3), ("CVSS_V2", CVSS2))
"""The newest first: one of them decides."""
_WORDS: Final[dict[str, Severity]] = {
    "critical": "critical", "important": "high", "high": "high", "moderate": "medium", "medium": "medium",
    "low": "low", "negligible": "low", "unimportant": "low",
}  # fmt: skip


class Grade(NamedTuple):
    """How bad, and who says so."""

    severity: Severity = "unknown"
    source: str = ""
    score: float | None = None
    vector: str = ""


def grade(vectors: Iterable[tuple[str, str]], word: str, distribution: str) -> Grade:
    """Tell from the newest CVSS version, the worst of its vectors; else from the distribution's own word."""
    given = sorted(set(vectors))
    for name, kind in _KINDS:
        grades = []
        for vector in (vector for which, vector in given if which == name):
            try:
                score = float(kind(vector).base_score)
            except (CVSSError, ArithmeticError, ValueError, LookupError):
                continue  # hostile or unfinished: as if there were none
            grades.append(Grade(_of(score), name, score, vector))
        if grades:
            return max(grades, key=lambda one: (one.score or 0.0, one.vector))
    said = _severity(word)
    return Grade(said, distribution) if said != "unknown" else Grade()


def worst(words: Iterable[str]) -> str:
    """Return the word for the worst of several; of unknown ones the first by the alphabet; "" for none."""
    ranks = {word: SEVERITIES.index(_severity(word)) for word in words if word}
    return min(sorted(ranks), key=lambda word: ranks[word], default="")


def _severity(word: str) -> Severity:
    return _WORDS.get(word.strip(" *").lower(), "unknown")


def _of(score: float) -> Severity:
    """Apply the qualitative scale of CVSS 3.1, section 5, which CVSS 4.0 keeps."""
    if score >= 9:
        return "critical"
    if score >= 7:
        return "high"
    return "medium" if score >= 4 else "low" if score > 0 else "none"
