"""An image's figures over time, as small SVG charts: states in, markup out. Drawn when the site is built.

One chart a figure, on one axis of time: a step line that holds its height for as long as the image was the same, with
a mark at every change that leads to the change's page. The scale runs from the lowest to the highest figure, which
are written beside it; a gap is a time of which the figure is not known. The table of states says the same in words.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from markupsafe import Markup

from generator.compare.past import Past, State
from generator.language import gettext as _
from generator.language import mark
from generator.pages import figures
from generator.pages.markup import concat, fragment

_LEFT, _RIGHT, _TOP, _BOTTOM = 6.0, 256.0, 14.0, 98.0
_AFTER: Final = 14.0
"""Units that the newest state's line goes on: it lasts still."""
_MOST_MARKS: Final = 90
"""Changes that have a mark; with more the line alone is drawn."""

_FIGURES: Final = (
    ("docker_size", "docker_size"),
    ("compressed_size", "compressed_size"),
    ("rootfs_size", "rootfs_size"),
    ("package_count", mark("packages")),
    ("command_count", mark("commands")),
    ("entry_count", mark("files, directories and links")),
)
"""Figures that are drawn, with their titles; those of which nothing is known are left out."""
_FLAWS: Final = mark("known vulnerabilities")


@dataclass(frozen=True, slots=True)
class Chart:
    """One figure over time."""

    name: str
    title: str
    newest: str
    drawing: Markup


def charts(past: Past, flaw_counts: Sequence[int | None] = ()) -> tuple[Chart, ...]:
    """Draw what is known; () for a single state, which has no trend, and where times cannot be read.

    `flaw_counts` has the open vulnerabilities of each state, None where nobody can tell.
    """
    moments = [_moment(state.since) for state in past.states]
    if len(moments) < 2 or None in moments:
        return ()
    known = [one for one in moments if one is not None]
    found = []
    figured = [(name, title, [_value(state, name) for state in past.states]) for name, title in _FIGURES]
    if flaw_counts:
        figured.append(("vulnerabilities", _FLAWS, list(flaw_counts)))
    for name, title, values in figured:
        if sum(value is not None for value in values) > 1:
            write = figures.human if name.endswith("_size") else figures.exact
            newest = values[-1]
            shown = _("not known") if newest is None else write(newest)
            found.append(Chart(name, _(title), shown, _drawn(name, _(title), past, known, values, write)))
    return tuple(found)


def _moment(at: str) -> float | None:
    try:
        return datetime.fromisoformat(at).timestamp()
    except (ValueError, OverflowError):
        return None


def _value(state: State, name: str) -> int | None:
    found: int | None = getattr(state.figures, name, None)
    return found


def _drawn(
    name: str,
    title: str,
    past: Past,
    moments: Sequence[float],
    values: Sequence[int | None],
    write: Callable[[int], str],
) -> Markup:
    first, last = min(moments), max(moments)
    numbers = [value for value in values if value is not None]
    low, high = min(numbers), max(numbers)

    def across(moment: float) -> float:
        return _LEFT + (_RIGHT - _AFTER - _LEFT) * ((moment - first) / (last - first) if last > first else 0.0)

    def up(value: int) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * (value - low) / (high - low) if high > low else (_TOP + _BOTTOM) / 2

    xs = [across(moment) for moment in moments]
    parts = [_rule(up(low), write(low))]
    if high > low:
        highest = write(high) if write(high) != write(low) else f"{write(low)} + {write(high - low)}"
        parts.append(_rule(up(high), highest))
    parts.append(fragment('<path class="bx-trend__line" d="{path}"/>', path=_path(xs, values, up)))
    if len(values) <= _MOST_MARKS:
        parts += [
            _mark(past.states[number - 1] if number else None, past.states[number], xs[number], up(value), write(value))
            for number, value in enumerate(values)
            if value is not None
        ]
    days = past.states[0].since[:10], past.states[-1].since[:10]
    parts.append(_words(_LEFT, _BOTTOM + 20, days[0], "start"))
    if days[1] != days[0]:
        parts.append(_words(_RIGHT, _BOTTOM + 20, days[1], "end"))
    told = [state.since[:10] for state, value in zip(past.states, values, strict=True) if value is not None]
    words = _("From %(first)s on %(first_day)s to %(last)s on %(last_day)s; lowest %(low)s, highest %(high)s.") % {
        "first": write(numbers[0]),
        "first_day": told[0],
        "last": write(numbers[-1]),
        "last_day": told[-1],
        "low": write(low),
        "high": write(high),
    }
    return fragment(
        '<svg class="bx-trend__picture" viewBox="0 0 320 124" role="group" aria-labelledby="trend-{name}-title" '
        'aria-describedby="trend-{name}-words"><title id="trend-{name}-title">{title}</title>'
        '<desc id="trend-{name}-words">{words}</desc>{parts}</svg>',
        name=name,
        title=title,
        words=words,
        parts=concat(parts),
    )


def _path(xs: Sequence[float], values: Sequence[int | None], up: Callable[[int], float]) -> str:
    """Return the steps: along as long as the state lasts, then up or down; a new start after a gap."""
    path, drawing = [], False
    for number, value in enumerate(values):
        if value is None:
            drawing = False
            continue
        end = xs[number + 1] if number + 1 < len(xs) else _RIGHT
        start = f"V{_n(up(value))}" if drawing else f"M{_n(xs[number])} {_n(up(value))}"
        path.append(f"{start}H{_n(end)}")
        drawing = True
    return "".join(path)


def _mark(before: State | None, state: State, x: float, y: float, value: str) -> Markup:
    words = _("%(day)s: %(value)s") % {"day": state.since[:10], "value": value}
    dot = fragment('<circle cx="{x}" cy="{y}" r="3.5"><title>{words}</title></circle>', x=_n(x), y=_n(y), words=words)
    if before is None:
        return dot
    return fragment(
        '<a href="../changes/{before}-{after}/" aria-label="{words}">{dot}</a>',
        before=before.short,
        after=state.short,
        words=words,
        dot=dot,
    )


def _rule(y: float, words: str) -> Markup:
    line = fragment(
        '<line class="bx-trend__rule" x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>',
        left=_n(_LEFT),
        right=_n(_RIGHT),
        y=_n(y),
    )
    return line + _words(_RIGHT + 6, y + 4, words, "start")


def _words(x: float, y: float, words: str, anchor: str) -> Markup:
    return fragment(
        '<text x="{x}" y="{y}" text-anchor="{anchor}">{words}</text>', x=_n(x), y=_n(y), words=words, anchor=anchor
    )


def _n(number: float) -> str:
    return f"{number:.1f}".rstrip("0").rstrip(".")
