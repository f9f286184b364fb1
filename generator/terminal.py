"""What the command line shows while it works and when it is done: reports in, text on a terminal or in a log out.

On a terminal there are progress bars, on standard error; elsewhere one plain line an image. Colour follows NO_COLOR
and TERM, as rich has it. All text that may come from an image or a registry passes `text.terminal`.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from io import StringIO
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, Task, TaskID, TextColumn
from rich.table import Column, Table
from rich.text import Text

from generator import text
from generator.errors import BasedexError
from generator.policy.verdict import ImageVerdicts, Verdict
from generator.policy.verdict import Report as PolicyReport
from generator.report import ImageReport, Nobody, Report, Watcher
from generator.source.base import Progress as ByteProgress
from generator.source.base import silent
from generator.store.retention import Plan

if TYPE_CHECKING:
    from generator.advisories.updating import Fetched
    from generator.advisory_folder import Holding
    from generator.annals import Annal
    from generator.scan import Answer

_PLAIN_WIDTH: Final = 1000
"""Columns of what is not a terminal: nothing is ever cut or wrapped there."""
_WHAT_LENGTH: Final = 40
_STATES: Final = {
    "fresh": ("up to date", "green"),
    "unchanged": ("unchanged", "green"),
    "stale": ("not refreshed", "yellow"),
    "offline": ("not asked", "cyan"),
    "missing": ("missing", "red"),
}
_VERDICTS: Final = {
    "violation": "red",
    "cannot tell": "magenta",
    "warning": "yellow",
}
_FINDINGS: Final = 10
"""Findings of one rule that are printed; reports for machines have all."""
_KINDS: Final = {"osv": "OSV", "secdb": "Alpine's secdb", "kev": "CISA's KEV", "epss": "EPSS"}
_RELEASES: Final = 12
"""Releases of one archive that are printed, those with the newest advisories first; Red Hat's has hundreds."""
_CHANGES: Final = {"new": "new", "changed": "changed", "remade": "analyzed anew"}


class Shown(Watcher, AbstractContextManager["Shown"], Protocol):
    """A Watcher that draws while its context is open."""


def watching(console: Console, *, quiet: bool) -> Shown:
    """Return what shows a build on standard error."""
    if quiet:
        return _Nothing()
    return _Bars(console) if console.is_terminal else _Lines(console)


@contextmanager
def watching_bytes(console: Console, *, quiet: bool) -> Iterator[ByteProgress]:
    """Give a Progress that draws one bar a layer; shows nothing where there is no terminal."""
    if quiet or not console.is_terminal:
        yield silent
        return
    with _Bars(console) as bars:
        yield lambda what, done, total: bars.progress("", what, done, total)


class _Nothing(Nobody, AbstractContextManager["_Nothing"]):
    def __exit__(self, *_: object) -> None:
        return


class _Lines(Nobody, AbstractContextManager["_Lines"]):
    def __init__(self, console: Console) -> None:
        self.console = console

    def finished(self, image: str, report: ImageReport) -> None:
        _print(self.console, line_of(report))

    def stage(self, name: str) -> None:
        _print(self.console, name)

    def __exit__(self, *_: object) -> None:
        return


class _Amount(DownloadColumn):
    """Bytes of bytes; for what is counted, one of so many."""

    def render(self, task: Task) -> Text:
        if task.fields.get("counted"):
            return Text("" if task.total is None else f"{task.completed:.0f}/{task.total:.0f}")
        return super().render(task)


class _Bars(Nobody, AbstractContextManager["_Bars"]):
    """One bar for all images, one for every part that bytes arrive for, and a line for what is going on."""

    def __init__(self, console: Console) -> None:
        self.bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            _Amount(),
            console=console,
            transient=True,
        )
        self.tasks: dict[tuple[str, str], TaskID] = {}
        self.overall: TaskID | None = None
        self.current: TaskID | None = None

    def __enter__(self) -> Self:
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bars.stop()

    def planned(self, image_count: int) -> None:
        if image_count:
            self.overall = self.bars.add_task("images", total=image_count, counted=True)

    def progress(self, image: str, what: str, done: int, total: int | None) -> None:
        key = (image, what)
        if key not in self.tasks:
            self.tasks[key] = self.bars.add_task(_part(image, what), total=total)
        self.bars.update(self.tasks[key], completed=done, total=total)
        if done == total:
            self.bars.remove_task(self.tasks.pop(key))

    def finished(self, image: str, report: ImageReport) -> None:
        for key in [key for key in self.tasks if key[0] == image]:
            self.bars.remove_task(self.tasks.pop(key))
        if self.overall is not None:
            self.bars.advance(self.overall)

    def stage(self, name: str) -> None:
        if self.current is not None:
            self.bars.remove_task(self.current)
        self.current = self.bars.add_task(name, total=None, counted=True)


class ConsoleLog(logging.Handler):
    """Sends log records to a console, so that they do not tear the bars."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record."""
        _print(self.console, f"{record.levelname.lower()}: {record.getMessage()}")


def line_of(report: ImageReport) -> str:
    """Return one image's fate as a line."""
    outcome = report.outcome
    line = f"{outcome.name} {outcome.platform}: {state_of(report)}"
    if report.news:
        line += f": {report.news}"
    if outcome.reason and outcome.state in ("stale", "missing"):
        line += f": {outcome.reason}"
    if report.read_size:
        line += f" ({size_of(report.read_size)} in {report.seconds:.1f} s)"
    return line


def summary(console: Console, report: Report) -> None:
    """Print the table of all images, and what was made of them."""
    table = Table(
        "image",
        "platform",
        "state",
        Column("recorded", no_wrap=True),
        Column("read", justify="right", no_wrap=True),
        Column("time", justify="right", no_wrap=True),
        Column("why", overflow="fold"),
        box=None,
        pad_edge=False,
        header_style="bold",
    )
    for image in report.images:
        outcome = image.outcome
        why = outcome.reason if outcome.state in ("stale", "missing") else ""
        if not why and outcome.attempts:
            why = "not from the first source: " + outcome.attempts[0]
        table.add_row(
            outcome.name,
            str(outcome.platform),
            Text(state_of(image), style=_STATES[outcome.state][1]),
            outcome.observation.at[:10] if outcome.observation else "–",
            size_of(image.read_size) if image.read_size else "–",
            f"{image.seconds:.1f} s" if image.asked else "–",
            Text(text.terminal(why)),
        )
    console.print(table)
    for image in report.images:
        if image.news:
            _print(console, f"{image.outcome.name} {image.outcome.platform} changed: {image.news}")
    counts = f"{len(report.images)} images, {len(report.stale)} of them could not be refreshed"
    read = size_of(sum(image.read_size for image in report.images))
    pages = f"{report.page_count} files of pages changed" if report.page_count else "no page changed"
    if report.site is None:
        _print(console, f"{counts}; {read} read; {report.seconds:.1f} s. This is a share, of which no site is made")
        return
    site = "built" if report.site_built else "as it was"
    _print(console, f"{counts}; {read} read; {pages}; {report.seconds:.1f} s. The site is {site}: {report.site}")


def annals_text(console: Console, annals: "Iterable[Annal]") -> None:
    """Print what images were and what changed, the newest first."""
    for annal in annals:
        states = annal.past.states
        count = (
            f"{len(states)} state{'' if len(states) == 1 else 's'} since {states[0].since[:10]}"
            if states
            else "never seen"
        )
        gone = "" if annal.is_listed else ", no longer in the list"
        console.print(
            Text(text.terminal(f"{annal.name} {annal.platform}: {count}{gone}"), style="bold"), soft_wrap=True
        )
        for step, _summary, line in reversed(annal.changes):
            _print(console, f"  {step.at[:10]}  {step.after.short}  {line}")
        if states and states[0].since[:10] >= annal.since:
            size = states[0].figures.docker_size if states[0].figures else None
            known = f", docker_size {size_of(size)}" if size is not None else ""
            _print(console, f"  {states[0].since[:10]}  {states[0].short}  first seen{known}")


def collected_text(console: Console, plan: Plan, *, dry_run: bool) -> None:
    """Print what went out of the store, and how much is left."""
    for one in plan.removable:
        why = f"a former state of {', '.join(one.images)}" if one.images else "no history names it"
        _print(console, f"{one.subject}  {size_of(one.size)}  {why}")
    size = size_of(sum(one.size for one in plan.removable))
    count = len(plan.removable)
    verb = "would be removed" if dry_run else "removed"
    kept = f"{plan.kept_count} kept ({size_of(plan.kept_size)})"
    _print(console, f"{count} document{'' if count == 1 else 's'} {verb}, {size}; {kept}; the history is as it was")


def fetched_line(fetched: "Fetched") -> str:
    """Return what became of one file of advisories, as a line."""
    state = "not published" if fetched.state == "absent" else fetched.state
    facts = [] if fetched.size is None or fetched.error else [size_of(fetched.size)]
    if fetched.as_of:
        facts.append(f"as of {fetched.as_of}")
    if fetched.error:
        facts.append(f"{fetched.error.slug}: {fetched.error}")
        facts.append("there is none" if fetched.size is None else "the one that is there stays in use")
    return f"{fetched.name}: {state}" + (f", {'; '.join(facts)}" if facts else "")


def holding_text(console: Console, holding: "Holding") -> None:
    """Print what a folder of advisories has: each file, and the releases that it is about."""
    for one in holding.files:
        facts = [
            _KINDS[one.kind],
            "gone" if one.size is None else size_of(one.size),
            f"as of {one.as_of}" if one.as_of else "no date in it",
            f"checked on {one.checked_on}" if one.checked_on else "never checked",
        ]
        console.print(Text(text.terminal(one.name), style="bold"), soft_wrap=True)
        _print(console, f"  {', '.join(facts)}")
        releases = sorted(one.releases.items(), key=lambda release: (release[1][1], release[0]), reverse=True)
        for name, (count, newest) in releases[:_RELEASES]:
            since = f", the newest of {newest}" if newest else ""
            _print(console, f"  {name}: {count:,} {'advisory' if count == 1 else 'advisories'}{since}")
        if len(releases) > _RELEASES:
            _print(console, f"  … and {len(releases) - _RELEASES} more releases; --format json lists all")
    if not holding.files:
        _print(console, f"{holding.folder} has no advisories")


def answer_line(answer: "Answer") -> str:
    """Return what a scanner said of one image, as a line."""
    said = answer.said
    if isinstance(said, BasedexError):
        words = f"{said.slug}: {said}"
    else:
        words = f"{len(said.findings)} finding{'' if len(said.findings) == 1 else 's'}"
    return f"{answer.name} {answer.platform}: {answer.tool}: {words}"


def policy_text(report: PolicyReport, console: Console, *, quiet: bool = False) -> None:
    """Print what breaks a policy or cannot be told, and a summary; images that pass are counted and not listed.

    `quiet` leaves out warnings and the summary.
    """
    for image in report.images:
        if image.state in ("violated", "unknown") or (image.state == "warning" and not quiet):
            _print_verdicts(console, report, image, quiet=quiet)
    if quiet:
        return
    counts = report.counts
    words = f"{counts.verdicts} verdicts on {counts.images} images, {report.today}. Images: {counts.passed} pass"
    if counts.warning:
        words += f", {counts.warning} pass with warnings"
    words += f", {counts.violated} violate the policy, {counts.unknown} cannot be told"
    if counts.unknown:
        words += " (allowed)" if report.allow_unknown else " (--allow-unknown lets them through)"
    if counts.not_asked:
        words += f", of {counts.not_asked} nothing is asked"
    _print(console, f"{words}. The gate is {'open' if report.passed else 'closed'}.")


def _print_verdicts(console: Console, report: PolicyReport, image: ImageVerdicts, *, quiet: bool) -> None:
    seen = f"{image.document}, recorded {image.recorded_at[:10]}" if image.document else "nothing is recorded"
    head = f"{image.name} {image.platform} ({report.configuration}:{image.line}; {seen})"
    console.print(Text(text.terminal(head), style="bold"), soft_wrap=True)
    for verdict in image.verdicts:
        for kind, words in _verdict_lines(verdict):
            if not (quiet and kind == "warning"):
                line = Text("  ").append(f"{kind:11}", style=_VERDICTS[kind]).append(f"  {verdict.rule}: ")
                console.print(line.append(text.terminal(words)), soft_wrap=True)


def _verdict_lines(verdict: Verdict) -> Iterator[tuple[str, str]]:
    for finding in verdict.findings[:_FINDINGS]:
        layer = finding.evidence.layer
        yield finding.level, finding.sentence + (f" [layer {layer + 1}]" if layer is not None else "")
    if len(verdict.findings) > _FINDINGS:
        yield verdict.findings[0].level, f"… and {len(verdict.findings) - _FINDINGS} more; --format json lists all"
    if verdict.reason:
        yield "cannot tell", verdict.reason


def policy_bytes(report: PolicyReport, *, quiet: bool = False) -> bytes:
    """Return the same as text for a file."""
    stream = StringIO()
    policy_text(report, Console(file=stream, highlight=False, width=_PLAIN_WIDTH, color_system=None), quiet=quiet)
    return stream.getvalue().encode()


def state_of(report: ImageReport) -> str:
    """Return an image's state in words: what changed, or how fresh it is."""
    return _CHANGES.get(report.change) or _STATES[report.outcome.state][0]


def size_of(size: int) -> str:
    """Return bytes in units of 1000, as the pages do."""
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 999.5 or unit == "TB":
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "B" or amount >= 99.95 else f"{amount:.3g} {unit}"


def console_for(*, stderr: bool) -> Console:
    """Return a console on standard error or output; what is no terminal is never wrapped."""
    console = Console(stderr=stderr, highlight=False)
    return console if console.is_terminal else Console(stderr=stderr, highlight=False, width=_PLAIN_WIDTH)


def _print(console: Console, line: str) -> None:
    console.print(Text(text.terminal(line)), soft_wrap=True)


def _part(image: str, what: str) -> str:
    name = what.rpartition(": ")[2]
    return text.terminal(" ".join(part for part in (image, text.shortened(name, _WHAT_LENGTH)) if part))
