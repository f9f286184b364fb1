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

from generator import __version__

if TYPE_CHECKING:
    from datetime import date

    from generator.build import Places
    from generator.oci.platform import Platform
    from generator.report import Report

STALE: Final = 3
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141
"""128 + SIGPIPE, as shells show it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; raises nothing but SystemExit for argparse's own answers."""
    options = _parser().parse_args(arguments)
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
    from generator import build, terminal
    from generator.store import atomic

    places, platform = _places(options), _platform(options.platform) or _default_platform()
    with terminal.watching_bytes(terminal.console_for(stderr=True), quiet=options.quiet) as progress:
        content = build.analyze(places, options.source, platform, progress=progress)
    if options.output_file:
        atomic.write(options.output_file, content)
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    return 0


def _sbom(options: argparse.Namespace) -> int:
    from generator import build, terminal

    places, platform = _places(options), _platform(options.platform)
    with terminal.watching_bytes(terminal.console_for(stderr=True), quiet=options.quiet) as progress:
        content = build.bill(places, options.source, options.form, platform, progress=progress)
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
    from generator import build, terminal

    places, platform = _places(options), _platform(options.platform)
    with terminal.watching_bytes(terminal.console_for(stderr=True), quiet=options.quiet) as progress:
        observation = build.record(
            places, options.name, options.source, provenance=options.provenance, platform=platform, progress=progress
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
    return 0


def _schema(options: argparse.Namespace) -> int:
    from generator.schemas import schema_of

    sys.stdout.write(schema_of(options.schema))
    return 0


# Arguments


_PLACES: Final = {
    "config": ("images.yml", "what the site reports on"),
    "store": ("data", "documents and history"),
    "output": ("build", "gets docs/ and site/"),
    "cache": (".cache", "what may be deleted at any time"),
    "templates": ("templates", "page templates"),
    "site-src": ("site_src", "hand-written pages"),
    "mkdocs": ("mkdocs.yml", "MkDocs's configuration"),
}
"""Option → where it is by default, and what it is."""
_SHIPPED: Final = ("templates", "site-src", "mkdocs")
"""Those that come with the program too, for folders that have none of their own."""


def _places(options: argparse.Namespace) -> "Places":
    from generator.build import Places
    from generator.shipped import here_or_shipped

    def place(name: str) -> Path:
        given: Path | None = getattr(options, name.replace("-", "_"), None)
        default = _PLACES[name][0]
        return given if given is not None else here_or_shipped(default) if name in _SHIPPED else Path(default)

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


def _number(written: str) -> int:
    number = int(written)
    if number < 0:
        raise ValueError
    return number


def _count(written: str) -> int:
    count = int(written)
    if count < 1:
        raise ValueError
    return count


def _day(written: str) -> "date":
    from datetime import date

    day = date.fromisoformat(written)
    if day.isoformat() != written:
        raise ValueError
    return day


_day.__name__ = "date"
_number.__name__ = "number"
_count.__name__ = "count"  # argparse names it in its message


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="basedex",
        description="Static report sites for container base images: sizes, layers, root file systems, side by side.",
        epilog="exit status: 0 done, 3 site built but some images are stale, 2 usage, 1 failure, 130 interrupted",
    )
    parser.add_argument("--version", action="version", version=f"basedex {__version__}")
    _add_loudness(parser, verbose=False, quiet=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(
        name: str, run: Callable[[argparse.Namespace], int], summary: str, among: Any = commands
    ) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser
        made = among.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        made.set_defaults(run=run)
        _add_loudness(made, verbose=argparse.SUPPRESS, quiet=argparse.SUPPRESS)
        return made

    build = command("build", _build, "analyze what images.yml names and build the site")
    _add_places(build, _PLACES)
    build.add_argument("--only", nargs="+", default=(), metavar="NAME", help="ask about these images alone")
    build.add_argument("--offline", action="store_true", help="ask about no image; use what is recorded")
    build.add_argument("--jobs", type=_count, metavar="N", help="images analyzed at a time (default: 2)")
    build.add_argument("--scheduler", default="", metavar="ADDRESS", help="analyze on this Dask cluster")
    build.add_argument("--shard", metavar="I/N", help="ask about this share of the images alone and make no site")
    build.add_argument("--allow-stale", action="store_true", help="exit with 0 even when images are stale")

    analyze = command("analyze", _analyze, "analyze one image and print its document as JSON")
    _add_places(analyze, ("config", "cache"))
    analyze.add_argument("source", metavar="SOURCE", help="TRANSPORT:DETAILS, or HOST/REPOSITORY:TAG")
    analyze.add_argument("--platform", metavar="OS/ARCH[/VARIANT]", help="default: linux/amd64")
    analyze.add_argument("-o", dest="output_file", type=Path, metavar="FILE", help="write to FILE instead")

    bill = command("sbom", _sbom, "print an image's software bill of materials")
    _add_places(bill, ("config", "store", "cache"))
    bill.add_argument("source", metavar="SOURCE", help="as for analyze, or a NAME of images.yml for what is recorded")
    bill.add_argument("--format", dest="form", choices=("spdx", "cyclonedx"), default="spdx", help="default: spdx")
    bill.add_argument("--platform", metavar="OS/ARCH[/VARIANT]", help="default: linux/amd64, or the image's first")

    check = command("check", _check, "hold what is recorded against the policy of images.yml; a gate for pipelines")
    _add_places(check, ("config", "store", "cache"))
    check.add_argument("--only", nargs="+", default=(), metavar="NAME", help="judge these images alone")
    check.add_argument(
        "--format",
        dest="form",
        choices=("text", "json", "junit", "sarif"),
        default="text",
        help="what the report is written as (default: text)",
    )
    check.add_argument("-o", dest="output_file", type=Path, metavar="FILE", help="write the report to FILE instead")
    check.add_argument("--today", type=_day, metavar="DATE", help="judge as of YYYY-MM-DD (default: today, in UTC)")
    check.add_argument("--allow-unknown", action="store_true", help="let images through of which a rule cannot tell")

    past = command("history", _history, "tell what images were and what changed, from what is recorded")
    _add_places(past, ("config", "store"))
    past.add_argument("names", nargs="*", metavar="NAME", help="these images alone; also one that is no longer listed")
    past.add_argument("--since", type=_day, metavar="DATE", help="changes from YYYY-MM-DD on")
    past.add_argument("--format", dest="form", choices=("text", "json"), default="text", help="default: text")

    gc = command("gc", _gc, "take documents of former states out of the store; the history stays")
    _add_places(gc, ("config", "store"))
    gc.add_argument("--keep-last", type=_count, metavar="N", help="states of each image (default: images.yml's, or 10)")
    gc.add_argument("--keep-days", type=_number, metavar="N", help="days after its end (default: images.yml's, or 400)")
    gc.add_argument("--dry-run", action="store_true", help="only say what would be removed")

    record = command("record", _record, "analyze SOURCE and record it as what is known of an image of images.yml")
    _add_places(record, ("config", "store", "cache"))
    record.add_argument("name", metavar="NAME", help="a name of images.yml")
    record.add_argument("source", metavar="SOURCE", help="as for analyze")
    record.add_argument("--provenance", required=True, metavar="TEXT", help="a sentence: what these bytes really are")
    record.add_argument("--platform", metavar="OS/ARCH[/VARIANT]", help="default: the image's first in images.yml")

    merge = command("merge", _merge, "take what other stores have more into the store")
    _add_places(merge, ("store", "cache"))
    merge.add_argument(
        "stores", nargs="+", type=Path, metavar="STORE", help="a folder like data/, of a shard or a branch"
    )

    _add_places(command("render", _render, "make pages and site anew of what is recorded"), _PLACES)

    publish = command("publish", _publish, "put the built site, as a dated version, on a git branch or into a folder")
    _add_places(publish, ("config", "output", "mkdocs"))
    place = publish.add_mutually_exclusive_group()
    place.add_argument("--branch", metavar="NAME", help="the git branch (default: gh-pages, or images.yml's)")
    place.add_argument(
        "--to", dest="folder", type=Path, metavar="FOLDER", help="a plain folder instead, swapped at once"
    )
    publish.add_argument("--repository", type=Path, default=Path(), metavar="FOLDER", help="default: the one here")
    publish.add_argument("--remote", metavar="NAME", help="what to fetch from and push to (default: origin)")
    publish.add_argument("--push", action="store_true", help="fetch the branch first, and push it; never by force")
    publish.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    publish.add_argument("--version", dest="named", metavar="NAME", help="add a version of this name, which stays")
    publish.add_argument("--keep-daily", type=_number, metavar="N", help="days whose newest version stays (default: 7)")
    publish.add_argument("--keep-monthly", type=_number, metavar="N", help="the same for months (default: 12)")
    publish.add_argument("--alias-type", choices=("symlink", "redirect", "copy"), help="what latest/ is")
    publish.add_argument("--prune", action="store_true", help="delete public files that the site no longer makes")

    serve = command("serve", _serve, "show the built site on the loopback address")
    _add_places(serve, ("output",))
    serve.add_argument("--port", type=int, default=8000, metavar="N", help="default: 8000; 0 takes a free one")

    lifecycle = command("update-lifecycle", _update_lifecycle, "ask endoflife.date for newer dates of end of life")
    _add_places(lifecycle, ("store",))
    lifecycle.add_argument(
        "--from",
        dest="origin",
        metavar="FILE|URL",
        help="a lifecycle.json, or a mirror of https://endoflife.date/api/v1",
    )

    summary = "what is known of vulnerabilities: get it, list it, ask scanners"
    advisories = commands.add_parser("advisories", help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
    parts = advisories.add_subparsers(title="commands", metavar="COMMAND", required=True)

    newer = command("update", _update_advisories, "ask publishers for newer advisories; what is good stays", parts)
    _add_places(newer, ("config", "store", "cache"))
    _add_advisory_folder(newer)
    chosen = newer.add_mutually_exclusive_group()
    chosen.add_argument(
        "--ecosystem",
        dest="ecosystems",
        action="append",
        default=[],
        metavar="NAME",
        help="as OSV has it, such as Alpine or Alpine:v3.20; again for more (default: those of recorded images)",
    )
    chosen.add_argument("--all", action="store_true", help="every distribution that images can be held against")
    newer.add_argument(
        "--mirror", default="", metavar="URL", help="laid out like OSV's (default: images.yml's, or OSV)"
    )
    newer.add_argument("--no-kev", dest="kev", action="store_false", help="without CISA's known exploited ones")
    newer.add_argument("--no-epss", dest="epss", action="store_false", help="without EPSS's probabilities")

    there = command("list", _list_advisories, "tell which advisories are there, of what and of when", parts)
    _add_places(there, ("config", "cache"))
    _add_advisory_folder(there)
    there.add_argument("--format", dest="form", choices=("text", "json"), default="text", help="default: text")

    scanned = command("scan", _scan, "show recorded images' bills of materials to scanners that are installed", parts)
    _add_places(scanned, ("config", "store", "cache"))
    scanned.add_argument("--only", nargs="+", default=(), metavar="NAME", help="these images alone")
    scanned.add_argument(
        "--tool",
        dest="tools",
        action="append",
        default=[],
        choices=("grype", "trivy"),
        help="ask this one; again for the other (default: all that are installed)",
    )

    start = command("init", _init, "write a new site repository: images.yml, and what rebuilds and publishes the site")
    start.add_argument(
        "folder", type=Path, metavar="DIR", help="made when missing; files that are there are not touched"
    )
    start.add_argument("--title", metavar="TEXT", help="what the site is called")
    start.add_argument("--url", metavar="URL", help="where the site will be published")
    start.add_argument("--home", metavar="FOLDER", help="where DIR will be on the machine that rebuilds the site")
    start.add_argument("--requirement", metavar="TEXT", help="Basedex as pip takes it (default: as installed here)")
    start.add_argument(
        "--pages", choices=("branch", "artifact"), default="branch", help="how GitHub Pages gets it (default: branch)"
    )

    schema = command("schema", _schema, "print a JSON Schema")
    schema.add_argument("schema", nargs="?", choices=("document", "images", "check"), default="document")
    return parser


def _add_loudness(parser: argparse.ArgumentParser, *, verbose: bool | str, quiet: bool | str) -> None:
    parser.add_argument("-v", "--verbose", action="store_true", default=verbose, help="say more, with tracebacks")
    parser.add_argument("-q", "--quiet", action="store_true", default=quiet, help="say nothing but errors")


def _add_advisory_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="DIR", help="the folder of advisories (default: images.yml's)"
    )


def _add_places(parser: argparse.ArgumentParser, names: Iterable[str]) -> None:
    group = parser.add_argument_group("places")
    for name in names:
        default, what = _PLACES[name]
        kind = "FILE" if default.endswith(".yml") else "FOLDER"
        default += ", else the program's own" if name in _SHIPPED else ""
        group.add_argument(f"--{name}", type=Path, metavar=kind, help=f"{what} (default: {default})")
