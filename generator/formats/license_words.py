"""What a package says of its licence → an SPDX licence expression (SPDX 2.3, annex D), and how much of it is sure.

The one door to license-expression, which knows SPDX's identifiers and writes expressions in one form. Old names of
distributions go through the reviewed tables of `license_names`. A word that is an SPDX identifier is taken for that
licence, whichever variant of it ("MIT" has several) a packager may have had in mind. Nothing else is guessed: a word
that neither knows stays a word (`LicenseRef-…` in an expression), and words side by side without an operator give no
expression.
"""

import functools
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from generator.formats.license_names import NAMES, reference_of
from generator.formats.package import PackageFormat

if TYPE_CHECKING:
    from license_expression import Licensing

_LONGEST: Final = 8000
_MOST_WORDS: Final = 400
_DEEPEST: Final = 20
_TOKENS: Final = re.compile(r"(\(|\)|(?<!\S)(?:and|or|with)(?!\S))", re.IGNORECASE)
_DEPRECATED: Final = re.compile(r"(?:A?GPL|LGPL|GFDL)-\d\.\d\+?\Z")
_COMMA: Final = re.compile(r",\s+(and|or)\s+", re.IGNORECASE)


class LicenseWords(NamedTuple):
    """What the words come to."""

    expression: str
    """"" when the words make none."""
    certainty: str
    """spdx (every word is known to SPDX, or to a table), partly, unknown (nothing is), or none (nothing is said)."""
    known: tuple[str, ...] = ()
    """SPDX identifiers that occur, sorted."""
    unknown: tuple[str, ...] = ()
    """Words that nobody knows, as they were written, sorted."""
    reason: str = ""
    """Why it is not "spdx": words, unjoined (no operator between the names), syntax, or not-said."""


def normalise(text: str, kind: PackageFormat) -> LicenseWords:
    """Read one licence field of a package of the format `kind`. Time is bounded for hostile text."""
    words = " ".join(text.split())
    if not words:
        return LicenseWords("", "none", reason="not-said")
    parts = _TOKENS.split(_with_parentheses(words))
    if len(words) > _LONGEST or len(parts) > _MOST_WORDS or _depth(words) > _DEEPEST:
        return LicenseWords("", "unknown", unknown=(words[:200],), reason="syntax")
    known: set[str] = set()
    unknown: set[str] = set()
    written = []
    for part in _operands([one.strip() for one in parts if one.strip()]):
        if part in ("(", ")", "AND", "OR"):
            written.append(part)
        elif symbol := _symbol(part, kind):
            known.add(symbol)
            written.append(symbol)
        else:
            unjoined = _unjoined(part, kind) if len(parts) == 1 else None
            if unjoined is not None:
                return unjoined
            unknown.add(part)
            written.append(reference_of(part))
    expression = _rendered(" ".join(written)) if _well_formed(written) else ""
    sorted_known, sorted_unknown = tuple(sorted(known)), tuple(sorted(unknown))
    if not expression:
        return LicenseWords("", "partly" if known else "unknown", sorted_known, sorted_unknown or (words,), "syntax")
    if not unknown:
        return LicenseWords(expression, "spdx", sorted_known)
    return LicenseWords(
        expression if known else "", "partly" if known else "unknown", sorted_known, sorted_unknown, "words"
    )


def combined(texts: Iterable[str], kind: PackageFormat) -> LicenseWords:
    """Read several fields that hold all at once, each for some of the files, as one expression with AND."""
    found = [one for one in (normalise(text, kind) for text in texts) if one.certainty != "none"]
    if len(found) <= 1:
        return found[0] if found else LicenseWords("", "none", reason="not-said")
    known = tuple(sorted({name for one in found for name in one.known}))
    unknown = tuple(sorted({name for one in found for name in one.unknown}))
    reason = next((one.reason for one in found if one.reason), "")
    parts = [one.expression or _reference(one) for one in found]
    whole = (
        " AND ".join(f"({part})" if " OR " in part else part for part in parts)
        if all(parts) and len(parts) <= _MOST_WORDS
        else ""
    )
    expression = _rendered(whole) if whole and known else ""
    certainty = "partly" if known else "unknown"
    return LicenseWords(expression, certainty if reason else "spdx", known, unknown, reason)


def _reference(one: LicenseWords) -> str:
    return reference_of(one.unknown[0]) if len(one.unknown) == 1 and not one.known else ""


def _with_parentheses(words: str) -> str:
    """Make Debian's comma a pair of parentheses: `A or B, and C` is `(A or B) and C`."""
    parts = _COMMA.split(words)
    operators = {one.lower() for one in parts[1::2]}
    if len(operators) != 1:
        return words
    return f" {operators.pop()} ".join(f"({one})" for one in parts[::2])


def _depth(words: str) -> int:
    deepest = depth = 0
    for letter in words:
        depth += (letter == "(") - (letter == ")")
        deepest = max(deepest, depth)
    return deepest


def _operands(tokens: list[str]) -> list[str]:
    """Join `A with B` to one operand, and write operators in capitals."""
    joined: list[str] = []
    pending = list(reversed(tokens))
    while pending:
        token = pending.pop()
        if token.upper() == "WITH" and joined and joined[-1] not in ("(", ")", "AND", "OR") and pending:
            joined[-1] += f" with {pending.pop()}"
        else:
            joined.append(token.upper() if token.upper() in ("AND", "OR") else token)
    return joined


def _well_formed(tokens: list[str]) -> bool:
    """Tell whether operands and operators take turns and parentheses are in pairs; the library takes that on trust."""
    depth, operand_next = 0, True
    for token in tokens:
        if operand_next != (token not in (")", "AND", "OR")):
            return False
        depth += (token == "(") - (token == ")")
        if depth < 0:
            return False
        operand_next = token in ("(", "AND", "OR")
    return depth == 0 and not operand_next


def _symbol(words: str, kind: PackageFormat) -> str:
    """Return SPDX's identifier, or ""."""
    licence, with_, exception = words.partition(" with ")
    identifier = NAMES[kind].get(licence.lower()) or _identifiers().get(licence.lower(), "")
    if not with_:
        return identifier
    exact = _exceptions().get(exception.lower(), "")
    return f"{identifier} WITH {exact}" if identifier and exact else ""


def _unjoined(words: str, kind: PackageFormat) -> LicenseWords | None:
    """Read names side by side: which ones is known, how they belong together is not."""
    names = {one: _symbol(one, kind) for one in re.split(r"[\s,]+", words) if one}
    known = tuple(sorted({one for one in names.values() if one}))
    if len(names) < 2 or not known:
        return None
    return LicenseWords("", "partly", known, tuple(sorted(one for one, name in names.items() if not name)), "unjoined")


def _rendered(expression: str) -> str:
    """Return the expression in license-expression's form, each part once; "" when it breaks the grammar."""
    from license_expression import ExpressionError, ExpressionParseError

    licensing = _licensing()
    try:
        parsed = licensing.parse(expression)
        return "" if parsed is None else str(licensing.dedup(parsed).render("{symbol.key}"))
    except (ExpressionError, ExpressionParseError, TypeError):  # TypeError: an operator without operands
        return ""


@functools.cache
def _licensing() -> "Licensing":
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


@functools.cache
def _identifiers() -> Mapping[str, str]:
    """Return SPDX's licences by their names in lower case, and by those that it has deprecated (GPL-2.0+).

    Of the library's aliases only these are taken: it also has "GPL", which says less than it makes of it.
    """
    return {
        name.lower(): symbol.key
        for symbol in _licensing().known_symbols.values()
        if not symbol.is_exception and not symbol.key.startswith("LicenseRef-")
        for name in (symbol.key, *filter(_DEPRECATED.match, symbol.aliases))
    }


@functools.cache
def _exceptions() -> Mapping[str, str]:
    return {
        symbol.key.lower(): symbol.key
        for symbol in _licensing().known_symbols.values()
        if symbol.is_exception and not symbol.key.startswith("LicenseRef-")
    }
