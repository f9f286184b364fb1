"""`python -m bench.many [--counts 125 250 500 1000]`: what a site of many images costs, and whether it is linear.

Makes a store of variants of the recorded documents, builds the site of both languages of it with the real command,
offline, and prints one line for each number of images. Memory is that of all processes together. Ends with 1 when
the last figure of CPU time, memory, files or bytes is more than twice as large for an image as the first.
"""

import argparse
import gzip
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import measure, variants
from bench.measure import Cost, MeasuredFailure

MB: Final = 10**6
REPOSITORY: Final = Path(__file__).resolve().parent.parent
COUNTS: Final = (125, 250, 500, 1000)
LINEAR: Final = 2.0
"""How much more an image may cost in the largest site than in the smallest."""
HEAVY: Final = 20
"""Pages that are compressed to find the heaviest: the largest as they are."""


@dataclass(frozen=True)
class Made:
    """One site and what it took."""

    count: int
    cost: Cost
    pages_seconds: float
    """Until build/docs was written; the rest is MkDocs, in one process for each language, and the check of links."""
    docs: tuple[int, int]
    """Bytes and files."""
    site: tuple[int, int]
    heaviest: tuple[tuple[str, int, int], ...]
    """Address, bytes, bytes by gzip; by the last, downwards."""

    @property
    def per_image(self) -> tuple[float, ...]:
        """What should not grow with the number of images."""
        return (
            self.cost.cpu_seconds / self.count,
            self.cost.peak_size / self.count,
            self.site[0] / self.count,
            self.site[1] / self.count,
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, print, and return 1 when an image costs clearly more in a large site than in a small one."""
    parser = argparse.ArgumentParser(prog="python -m bench.many", description="Measure sites of many images.")
    parser.add_argument("--counts", type=int, nargs="+", default=list(COUNTS), metavar="N")
    parser.add_argument("--changes", type=int, default=None, metavar="N", help="changes of every image; default: few")
    parser.add_argument("--again", action="store_true", help="measure a second build after one more state of one image")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the sites there")
    chosen = parser.parse_args(arguments)
    originals = variants.recorded(REPOSITORY / "data")
    made = []
    say(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; two languages; CPU time is what counts")
    say(HEADER)
    for count in chosen.counts:
        folder = chosen.keep / str(count) if chosen.keep else Path(tempfile.mkdtemp(prefix="basedex-many-"))
        folder.mkdir(parents=True, exist_ok=True)
        try:
            variants.make(folder, originals, count, chosen.changes)
            made.append(build(folder, count))
            say(line(made[-1]))
            if chosen.again:
                (folder / "build" / "docs.stamp").unlink()
                say(line(build(folder, count)) + "  again")
        except MeasuredFailure as failure:
            say(str(failure))
            return 1
        finally:
            if not chosen.keep:
                shutil.rmtree(folder)
    for address, size, compressed in made[-1].heaviest:
        say(f"  {compressed / 1000:8.0f} kB by gzip {size / 1000:10.0f} kB  {address}")
    return 0 if is_linear(made[0], made[-1]) else 1


HEADER: Final = (
    f"{'images':>6}{'wall':>9}{'of it pages':>13}{'CPU':>9}{'an image':>10}{'memory':>10}"
    f"{'docs':>10}{'files':>8}{'site':>10}{'files':>8}{'heaviest file':>16}"
)


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def line(one: Made) -> str:
    """Return one row of the table."""
    heaviest = one.heaviest[0][2] if one.heaviest else 0
    return (
        f"{one.count:>6}{one.cost.seconds:>7.0f} s{one.pages_seconds:>11.0f} s{one.cost.cpu_seconds:>7.0f} s"
        f"{one.cost.cpu_seconds / one.count:>8.2f} s{one.cost.peak_size / MB:>7.0f} MB"
        f"{one.docs[0] / MB:>7.0f} MB{one.docs[1]:>8}{one.site[0] / MB:>7.0f} MB{one.site[1]:>8}"
        f"{heaviest / 1000:>13.0f} kB"
    )


def is_linear(first: Made, last: Made) -> bool:
    """Tell whether an image of the last site costs at most LINEAR times what one of the first costs."""
    return all(late <= LINEAR * early for early, late in zip(first.per_image, last.per_image, strict=True))


def build(folder: Path, count: int) -> Made:
    """Build the site of a folder made by `variants.make`. Raises MeasuredFailure with the program's words."""
    command = [sys.executable, "-m", "generator", "build", "--offline", "--allow-stale", "--quiet"]
    command += [f"--config={folder / 'images.yml'}", f"--store={folder / 'data'}", f"--output={folder / 'build'}"]
    command += [f"--cache={folder / 'cache'}"]
    cost, started = measure.run_tree(command, folder=REPOSITORY)
    output = folder / "build"
    return Made(
        count,
        cost,
        (output / "docs.stamp").stat().st_mtime - started,
        _extent(output / "docs"),
        _extent(output / "site"),
        tuple(_heaviest(output / "site")),
    )


def _extent(folder: Path) -> tuple[int, int]:
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return sum(sizes), len(sizes)


def _heaviest(site: Path, most: int = 8) -> Iterator[tuple[str, int, int]]:
    """Yield what a reader has to wait for longest: pages, and what their scripts read."""
    files = [path for end in ("html", "json", "txt", "atom") for path in site.rglob(f"*.{end}")]
    largest = sorted(files, key=lambda path: -path.stat().st_size)[:HEAVY]
    found = [
        (path.relative_to(site).as_posix(), path.stat().st_size, len(gzip.compress(path.read_bytes(), 6)))
        for path in largest
    ]
    yield from sorted(found, key=lambda one: -one[2])[:most]


if __name__ == "__main__":
    sys.exit(main())
