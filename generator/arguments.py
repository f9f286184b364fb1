"""The command line's grammar: what there is to say, and which command runs on it. Nothing is run or printed here.

In: the commands by name, the parts of one with a space (`advisories update`). Out: an argparse parser.
"""

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from generator import __version__

if TYPE_CHECKING:
    from datetime import date

Run = Callable[[argparse.Namespace], int]
"""A command: its options in, its exit status out."""

PLACES: Final = {
    "config": ("images.yml", "what the site reports on"),
    "store": ("data", "documents and history"),
    "output": ("build", "gets docs/ and site/"),
    "cache": (".cache", "what may be deleted at any time"),
    "templates": ("templates", "page templates"),
    "site-src": ("site_src", "hand-written pages"),
    "mkdocs": ("mkdocs.yml", "MkDocs's configuration"),
}
"""Option → where it is by default, and what it is."""
SHIPPED: Final = ("templates", "site-src", "mkdocs")
"""Those that come with the program too, for folders that have none of their own."""


def parser(runs: Mapping[str, Run]) -> argparse.ArgumentParser:
    """Return the parser; what it parses has the command as `run`."""
    made = argparse.ArgumentParser(
        prog="basedex",
        description="Static report sites for container base images: sizes, layers, root file systems, side by side.",
        epilog="exit status: 0 done, 3 site built but some images are stale, 2 usage, 1 failure, 130 interrupted",
    )
    made.add_argument("--version", action="version", version=f"basedex {__version__}")
    _add_loudness(made, verbose=False, quiet=False)
    commands = _Commands(made.add_subparsers(title="commands", metavar="COMMAND", required=True), runs)
    _add_analyzing(commands)
    _add_recorded(commands)
    _add_publishing(commands)
    _add_knowledge(commands)
    _add_starting(commands)
    return made


@dataclass(frozen=True, slots=True)
class _Commands:
    """Where commands are added."""

    parsers: Any
    """What argparse gives, whose type it keeps to itself."""
    runs: Mapping[str, Run]
    prefix: str = ""

    def add(self, name: str, summary: str) -> argparse.ArgumentParser:
        """Add a command and return its parser."""
        made = self._made(name, summary)
        made.set_defaults(run=self.runs[self.prefix + name])
        _add_loudness(made, verbose=argparse.SUPPRESS, quiet=argparse.SUPPRESS)
        return made

    def add_group(self, name: str, summary: str) -> "_Commands":
        """Add a command that has parts, and return where those are added."""
        parts = self._made(name, summary).add_subparsers(title="commands", metavar="COMMAND", required=True)
        return _Commands(parts, self.runs, f"{name} ")

    def _made(self, name: str, summary: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser
        made = self.parsers.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        return made


# Commands


def _add_analyzing(commands: _Commands) -> None:
    build = commands.add("build", "analyze what images.yml names and build the site")
    _add_places(build, PLACES)
    build.add_argument("--only", nargs="+", default=(), metavar="NAME", help="ask about these images alone")
    build.add_argument("--offline", action="store_true", help="ask about no image; use what is recorded")
    build.add_argument("--jobs", type=_count, metavar="N", help="images analyzed at a time (default: 2)")
    build.add_argument("--scheduler", default="", metavar="ADDRESS", help="analyze on this Dask cluster")
    build.add_argument("--shard", metavar="I/N", help="ask about this share of the images alone and make no site")
    build.add_argument("--allow-stale", action="store_true", help="exit with 0 even when images are stale")

    analyze = commands.add("analyze", "analyze one image and print its document as JSON")
    _add_places(analyze, ("config", "cache"))
    analyze.add_argument("source", metavar="SOURCE", help="TRANSPORT:DETAILS, or HOST/REPOSITORY:TAG")
    analyze.add_argument("--platform", metavar="OS/ARCH[/VARIANT]", help="default: linux/amd64")
    analyze.add_argument("-o", dest="output_file", type=Path, metavar="FILE", help="write to FILE instead")

    bill = commands.add("sbom", "print an image's software bill of materials")
    _add_places(bill, ("config", "store", "cache"))
    bill.add_argument("source", metavar="SOURCE", help="as for analyze, or a NAME of images.yml for what is recorded")
    bill.add_argument("--format", dest="form", choices=("spdx", "cyclonedx"), default="spdx", help="default: spdx")
    bill.add_argument("--platform", metavar="OS/ARCH[/VARIANT]", help="default: linux/amd64, or the image's first")


def _add_recorded(commands: _Commands) -> None:
    check = commands.add("check", "hold what is recorded against the policy of images.yml; a gate for pipelines")
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

    past = commands.add("history", "tell what images were and what changed, from what is recorded")
    _add_places(past, ("config", "store"))
    past.add_argument("names", nargs="*", metavar="NAME", help="these images alone; also one that is no longer listed")
    past.add_argument("--since", type=_day, metavar="DATE", help="changes from YYYY-MM-DD on")
    past.add_argument("--format", dest="form", choices=("text", "json"), default="text", help="default: text")

    gc = commands.add("gc", "take documents of former states out of the store; the history stays")
    _add_places(gc, ("config", "store"))
    gc.add_argument("--keep-last", type=_count, metavar="N", help="states of each image (default: images.yml's, or 10)")
    gc.add_argument("--keep-days", type=_number, metavar="N", help="days after its end (default: images.yml's, or 400)")
    gc.add_argument("--dry-run", action="store_true", help="only say what would be removed")

    record = commands.add("record", "analyze SOURCE and record it as what is known of an image of images.yml")
    _add_places(record, ("config", "store", "cache"))
    record.add_argument("name", metavar="NAME", help="a name of images.yml")
    record.add_argument("source", metavar="SOURCE", help="as for analyze")
    record.add_argument("--provenance", required=True, metavar="TEXT", help="a sentence: what these bytes really are")
    record.add_argument("--platform", metavar="OS/ARCH[/VARIANT]", help="default: the image's first in images.yml")

    merge = commands.add("merge", "take what other stores have more into the store")
    _add_places(merge, ("store", "cache"))
    merge.add_argument(
        "stores", nargs="+", type=Path, metavar="STORE", help="a folder like data/, of a shard or a branch"
    )

    _add_places(commands.add("render", "make pages and site anew of what is recorded"), PLACES)


def _add_publishing(commands: _Commands) -> None:
    publish = commands.add("publish", "put the built site, as a dated version, on a git branch or into a folder")
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

    serve = commands.add("serve", "show the built site on the loopback address")
    _add_places(serve, ("output",))
    serve.add_argument("--port", type=int, default=8000, metavar="N", help="default: 8000; 0 takes a free one")


def _add_knowledge(commands: _Commands) -> None:
    lifecycle = commands.add("update-lifecycle", "ask endoflife.date for newer dates of end of life")
    _add_places(lifecycle, ("store",))
    lifecycle.add_argument(
        "--from",
        dest="origin",
        metavar="FILE|URL",
        help="a lifecycle.json, or a mirror of https://endoflife.date/api/v1",
    )

    _add_advisories(commands.add_group("advisories", "what is known of vulnerabilities: get it, list it, ask scanners"))


def _add_advisories(parts: _Commands) -> None:
    newer = parts.add("update", "ask publishers for newer advisories; what is good stays")
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

    there = parts.add("list", "tell which advisories are there, of what and of when")
    _add_places(there, ("config", "cache"))
    _add_advisory_folder(there)
    there.add_argument("--format", dest="form", choices=("text", "json"), default="text", help="default: text")

    scanned = parts.add("scan", "show recorded images' bills of materials to scanners that are installed")
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


def _add_starting(commands: _Commands) -> None:
    start = commands.add("init", "write a new site repository: images.yml, and what rebuilds and publishes the site")
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

    schema = commands.add("schema", "print a JSON Schema")
    schema.add_argument("schema", nargs="?", choices=("document", "images", "check"), default="document")


# Arguments


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
        default, what = PLACES[name]
        kind = "FILE" if default.endswith(".yml") else "FOLDER"
        default += ", else the program's own" if name in SHIPPED else ""
        group.add_argument(f"--{name}", type=Path, metavar=kind, help=f"{what} (default: {default})")


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
