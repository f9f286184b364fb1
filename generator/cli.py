"""The command line: argv in, exit status out. The only module that prints or exits.

Exit status: 0 done (for `build`: every image fresh or unchanged), 3 the site is built and some images are stale, 2
usage, 1 failure, 130 interrupted. Results go to standard output, everything else to standard error.
"""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from generator import arguments

if TYPE_CHECKING:
    from generator.build import Places
    from generator.oci.platform import Platform
    from generator.report import Report

STALE: Final = 3
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141
"""128 + SIGPIPE, as shells show it."""


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; raises nothing but SystemExit for argparse's own answers."""
    options = arguments.parser(_COMMANDS).parse_args(words)
    try:
        status = _guarded(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone. Nothing more can be said there, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        sys.stderr.write("basedex: interrupted; everything that was written is whole\n")
        return INTERRUPTED
    return status


def _guarded(options: argparse.Namespace) -> int:
    """Run the command with every error told in words."""
    from generator import text
    from generator.errors import BasedexError

    _start_log(verbose=options.verbose)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except BasedexError as err:
        if options.verbose and err.__cause__ is not None:
            logging.getLogger("generator").debug("raised here", exc_info=err)
        sys.stderr.write(f"basedex: {err.slug}: {err}\n")
        if err.advice:
            sys.stderr.write(f"  {err.advice}\n")
        return err.exit_status
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as err:  # noqa: BLE001 - the last place where a mistake of ours can be put in words
        import traceback

        if options.verbose:
            traceback.print_exc()
        last = traceback.extract_tb(err.__traceback__)[-1]
        place = f"{Path(last.filename).name}:{last.lineno}"
        words = text.terminal(text.shortened(str(err)))
        sys.stderr.write(f"basedex: bug: {type(err).__name__} at {place}: {words}\n")
        sys.stderr.write("  This is a mistake in the program; -v shows where it came from.\n")
        return 1


def _start_log(*, verbose: bool) -> None:
    class Lines(logging.StreamHandler[Any]):
        """Finds standard error anew for every record: bars may have taken its place."""

        def emit(self, record: logging.LogRecord) -> None:
            self.stream = sys.stderr
            super().emit(record)

    log = logging.getLogger("generator")
    log.handlers[:] = [Lines()]
    log.handlers[0].setFormatter(logging.Formatter("basedex: %(levelname)s: %(message)s"))
    log.setLevel(logging.DEBUG if verbose else logging.WARNING)
    log.propagate = False


# Commands


def _build(options: argparse.Namespace) -> int:
    from generator import build, terminal
    from generator.shards import Shard

    with terminal.watching(terminal.console_for(stderr=True), quiet=options.quiet) as watcher:
        report = build.build(
            _places(options),
            only=options.only,
            offline=options.offline,
            jobs=options.jobs,
            scheduler=options.scheduler,
            shard=options.shard and Shard.parse(options.shard),
            watcher=watcher,
        )
    _tell(report, options)
    return STALE if report.stale and not options.allow_stale else 0


def _merge(options: argparse.Namespace) -> int:
    from generator import build, text

    places = _places(options)
    merged = build.merge(places, options.stores)
    for conflict in merged.conflicts:
        sys.stderr.write(f"basedex: conflict: {text.terminal(conflict)}\n")
    if not options.quiet:
        sys.stdout.write(
            f"{places.store} has {merged.line_count} lines and {merged.document_count} documents more; "
            "`basedex render` makes the site\n"
        )
    return 0


def _render(options: argparse.Namespace) -> int:
    from generator import build, terminal

    with terminal.watching(terminal.console_for(stderr=True), quiet=options.quiet) as watcher:
        report = build.render(_places(options), watcher=watcher)
    _tell(report, options)
    return 0


def _tell(report: "Report", options: argparse.Namespace) -> None:
    from generator import terminal

    if options.verbose:
        for image in report.images:
            sys.stderr.write(image.traceback)
    _warn(report.problems, options)
    if not options.quiet:
        terminal.summary(terminal.console_for(stderr=False), report)


def _warn(problems: Iterable[str], options: argparse.Namespace) -> None:
    from generator import text

    for problem in problems if not options.quiet else ():
        sys.stderr.write(f"basedex: warning: {text.terminal(problem)}\n")


def _analyze(options: argparse.Namespace) -> int:
    from generator import single, terminal
    from generator.store import atomic

    places, platform = _places(options), _platform(options.platform) or _default_platform()
    with terminal.watching_bytes(terminal.console_for(stderr=True), quiet=options.quiet) as progress:
        content = single.analyze(places, options.source, platform, progress=progress)
    if options.output_file:
        atomic.write(options.output_file, content)
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    return 0


def _sbom(options: argparse.Namespace) -> int:
    from generator import single, terminal

    places, platform = _places(options), _platform(options.platform)
    with terminal.watching_bytes(terminal.console_for(stderr=True), quiet=options.quiet) as progress:
        content = single.bill(places, options.source, options.form, platform, progress=progress)
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
    return 0


def _check(options: argparse.Namespace) -> int:
    from generator import build, check, policy, terminal
    from generator.store import atomic

    report = check.check(
        _places(options), options.today or build.today(), only=options.only, allow_unknown=options.allow_unknown
    )
    quiet = options.quiet
    if options.form == "text" and not options.output_file:
        terminal.policy_text(report, terminal.console_for(stderr=False), quiet=quiet)
    else:
        form = options.form
        content = terminal.policy_bytes(report, quiet=quiet) if form == "text" else policy.FORMATS[form](report)
        if options.output_file:
            atomic.write(options.output_file, content)
        else:
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
    return 0 if report.passed else 1


def _history(options: argparse.Namespace) -> int:
    import json

    from generator import annals, terminal

    found = annals.annals(_places(options), options.names, options.since.isoformat() if options.since else "")
    if options.form == "json":
        json.dump({"images": [annals.values_of(one) for one in found]}, sys.stdout, ensure_ascii=True, indent=1)
        sys.stdout.write("\n")
    else:
        terminal.annals_text(terminal.console_for(stderr=False), found)
    return 0


def _gc(options: argparse.Namespace) -> int:
    from generator import build, collect, terminal

    plan = collect.collect(
        _places(options),
        build.today(),
        keep_last=options.keep_last,
        keep_days=options.keep_days,
        dry_run=options.dry_run,
    )
    if not options.quiet:
        terminal.collected_text(terminal.console_for(stderr=False), plan, dry_run=options.dry_run)
    return 0


def _record(options: argparse.Namespace) -> int:
    from generator import build, single, terminal

    places, platform = _places(options), _platform(options.platform)
    with terminal.watching_bytes(terminal.console_for(stderr=True), quiet=options.quiet) as progress:
        observation = single.record(
            places,
            options.name,
            options.source,
            provenance=options.provenance,
            at=build.now(),
            platform=platform,
            progress=progress,
        )
    if not options.quiet:
        sys.stdout.write(f"{options.name} is {observation.subject} as of {observation.at}, from {observation.source}\n")
    return 0


def _publish(options: argparse.Namespace) -> int:
    from generator import build, publication, text
    from generator.errors import UsageError

    if options.folder and (options.push or options.remote):
        raise UsageError(problem="--push and --remote belong to a branch, and --to is a plain folder")
    order = publication.Order(
        folder=options.folder,
        repository=options.repository,
        branch=options.branch,
        remote=options.remote,
        push=options.push,
        version=options.named or "",
        keep_daily=options.keep_daily,
        keep_monthly=options.keep_monthly,
        alias_type=options.alias_type,
        prune=options.prune,
        dry_run=options.dry_run,
    )
    published = publication.publish(_places(options), order, build.seconds())
    if not options.quiet:
        for line in publication.told(published, dry_run=options.dry_run):
            sys.stdout.write(f"{text.terminal(line)}\n")
    return 0


def _serve(options: argparse.Namespace) -> int:
    from generator.serve import serve

    def ready(address: str) -> None:
        if not options.quiet:
            sys.stdout.write(f"{address} shows {site}; Ctrl-C ends it\n")
            sys.stdout.flush()

    site = _places(options).site
    try:
        serve(site, options.port, ready)
    except KeyboardInterrupt:
        sys.stderr.write("\n")
    return 0


def _update_lifecycle(options: argparse.Namespace) -> int:
    from generator import build, text
    from generator.lifecycle.calendar import FILE_NAME

    places = _places(options)
    calendar, changes = build.update_lifecycle(places, options.origin)
    if not options.quiet:
        count = sum(len(product.releases) for product in calendar.products.values())
        for line in changes:
            sys.stdout.write(f"{text.terminal(line)}\n")
        sys.stdout.write(f"{places.store / FILE_NAME} has {count} releases as of {calendar.as_of}: ")
        sys.stdout.write(f"{len(changes) or 'none'} changed; `basedex render` shows them\n")
    return 0


def _update_advisories(options: argparse.Namespace) -> int:
    from generator import advisory_folder, build, terminal, text

    wish = advisory_folder.Wish(
        folder=options.folder,
        ecosystems=tuple(options.ecosystems),
        every=options.all,
        mirror=options.mirror,
        kev=options.kev,
        epss=options.epss,
    )
    failed, results = False, sys.stdout
    with terminal.watching_bytes(terminal.console_for(stderr=True), quiet=options.quiet) as progress:
        asked = advisory_folder.update(_places(options), wish, build.today().isoformat(), progress)
        for one in asked.results:
            failed = failed or one.state == "failed"
            line = text.terminal(terminal.fetched_line(one))
            if one.state == "failed":
                sys.stderr.write(f"basedex: {line}\n")
            elif not options.quiet:
                # Bars have taken standard output's place; only what is on their terminal too goes through them.
                (sys.stdout if results.isatty() else results).write(f"{line}\n")
    if not any(file.kind == "osv" for file in asked.wanted):
        _warn(["no distribution is recorded yet; `basedex build` first, or name it with --ecosystem"], options)
    return 1 if failed else 0


def _list_advisories(options: argparse.Namespace) -> int:
    import json

    from generator import advisory_folder, terminal

    found = advisory_folder.listed(_places(options), options.folder)
    if options.form == "json":
        json.dump(advisory_folder.values_of(found), sys.stdout, ensure_ascii=True, indent=1)
        sys.stdout.write("\n")
    else:
        terminal.holding_text(terminal.console_for(stderr=False), found)
    _warn(found.problems, options)
    return 1 if found.problems else 0


def _scan(options: argparse.Namespace) -> int:
    from generator import scan, terminal, text
    from generator.errors import BasedexError

    failed = False
    for answer in scan.scan(_places(options), tools=options.tools, only=options.only):
        line = text.terminal(terminal.answer_line(answer))
        if isinstance(answer.said, BasedexError):
            failed = True
            sys.stderr.write(f"basedex: {line}\n")
        elif not options.quiet:
            sys.stdout.write(f"{line}\n")
    return 1 if failed else 0


def _init(options: argparse.Namespace) -> int:
    from generator import starter

    folder: Path = options.folder
    words = {name: getattr(options, name) or "" for name in ("title", "url", "home", "requirement")}
    written = starter.write(folder, starter.Starter.of(folder, **words), options.pages)
    if not options.quiet:
        sys.stdout.write("".join(f"{folder / name}\n" for name in written))
        sys.stdout.write(
            f"{len(written)} files. Next: write into images.yml what you build upon; README.md has the rest\n"
        )
    if not options.requirement and (guess := starter.own_requirement()).startswith("basedex=="):
        where = f"{folder / 'requirements.txt'} asks pip for {guess}"
        _warn([f"{where}, wherever pip looks; --requirement names another place, such as a git address"], options)
    return 0


def _schema(options: argparse.Namespace) -> int:
    from generator.schemas import schema_of

    sys.stdout.write(schema_of(options.schema))
    return 0


# Options


def _places(options: argparse.Namespace) -> "Places":
    from generator.build import Places
    from generator.shipped import here_or_shipped

    def place(name: str) -> Path:
        given: Path | None = getattr(options, name.replace("-", "_"), None)
        default = arguments.PLACES[name][0]
        return given if given is not None else here_or_shipped(default) if name in arguments.SHIPPED else Path(default)

    return Places(
        configuration=place("config"),
        store=place("store"),
        output=place("output"),
        cache=place("cache"),
        templates=place("templates"),
        site_src=place("site-src"),
        mkdocs=place("mkdocs"),
    )


def _platform(written: str | None) -> "Platform | None":
    from generator.oci.platform import Platform

    return None if written is None else Platform.parse(written)


def _default_platform() -> "Platform":
    from generator.oci.platform import Platform

    return Platform()


_COMMANDS: Final[dict[str, arguments.Run]] = {
    "build": _build,
    "analyze": _analyze,
    "sbom": _sbom,
    "check": _check,
    "history": _history,
    "gc": _gc,
    "record": _record,
    "merge": _merge,
    "render": _render,
    "publish": _publish,
    "serve": _serve,
    "update-lifecycle": _update_lifecycle,
    "advisories update": _update_advisories,
    "advisories list": _list_advisories,
    "advisories scan": _scan,
    "init": _init,
    "schema": _schema,
}
