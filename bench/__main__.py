"""`python -m bench [--rounds N] [--images DIR]`: measure and judge (see the package's docstring)."""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import measure
from bench.measure import Cost, MeasuredFailure

MB = 10**6
REPOSITORY = Path(__file__).resolve().parent.parent
TOOLS = (("openssl", "openssl"), ("igzip", "isal"))
REBUILT = ("debian", "busybox-static", "distroless-static", "distroless-base", "distroless-cc", "scratch-hello")
REBUILT_COUNT = 10
BUSY = 0.7
"""Load average of the last minute above which ratios are not to be trusted."""


@dataclass(frozen=True)
class Limit:
    """One promise, and what was measured for it."""

    what: str
    measured: float
    allowed: float
    unit: str

    @property
    def kept(self) -> bool:
        """Whether the promise holds."""
        return self.measured <= self.allowed


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return 1 when a limit is broken."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure an analysis beside the honest floor.")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="interleaved rounds; medians are shown")
    parser.add_argument("--images", type=Path, default=REPOSITORY / "build" / "demo", metavar="DIR")
    parser.add_argument("--no-build", action="store_true", help="leave out the second build")
    chosen = parser.parse_args(arguments)
    missing = [package for tool, package in TOOLS if not shutil.which(tool)]
    if missing:
        say(f"tools for the floor are missing; install with: apt-get install {' '.join(missing)}")
        return 2
    limits: list[Limit] = []
    failed = False
    try:
        assemble(chosen.images, ["large", *REBUILT])
        limits += analysis_limits(chosen.images / "large", chosen.images / "debian", chosen.rounds)
        if not chosen.no_build:
            limits.append(rebuild_limit(chosen.images, chosen.rounds))
    except MeasuredFailure as failure:
        say(str(failure))
        failed = True
    say(table(limits))
    return 0 if not failed and all(limit.kept for limit in limits) else 1


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def assemble(folder: Path, names: Sequence[str]) -> None:
    """Make the images, in a process of its own so that this one stays small."""
    done = subprocess.run([sys.executable, "-m", "demo", folder, "--only", *names], cwd=REPOSITORY, check=False)
    if done.returncode:
        raise MeasuredFailure("the images could not be assembled")


# Analyzing


def analysis_limits(large: Path, small: Path, rounds: int) -> list[Limit]:
    """Measure the floor, the large image and the small one in turn; print their medians and return the promises."""
    blobs = layers(large)
    floors: list[Cost] = []
    of_large: list[Cost] = []
    of_small: list[Cost] = []
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="basedex-bench-") as folder:
        document, small_document = Path(folder) / "large.json", Path(folder) / "small.json"
        for _ in range(rounds + 1):
            floors.append(measure.floor(blobs))
            of_large.append(analyze(large, document))
            of_small.append(analyze(small, small_document))
        say(f"image C: {description(large, document)}")
        say(f"a small one: {description(small, small_document)}")
    del floors[0], of_large[0], of_small[0]  # the first round fills the page cache
    if busy > BUSY:
        say(f"This machine is busy with other things (load {busy:.1f}): an analysis has two threads, and suffers more.")
    say(f"medians of {rounds} interleaved rounds, memory at the most:")
    rows = (("honest floor", floors), ("basedex analyze, image C", of_large), ("basedex analyze, small one", of_small))
    for title, costs in rows:
        seconds = statistics.median(cost.seconds for cost in costs)
        cpu_seconds = statistics.median(cost.cpu_seconds for cost in costs)
        peak = max(cost.peak_size for cost in costs)
        memory = f"{peak / MB:9.1f} MB" if peak else ""
        say(f"  {title:<36}{seconds:8.2f} s{cpu_seconds:8.2f} s of CPU{memory}")
    large_peak, small_peak = (max(cost.peak_size for cost in costs) for costs in (of_large, of_small))
    ratio = statistics.median(cost.seconds / base.seconds for cost, base in zip(of_large, floors, strict=True))
    return [
        Limit("analyze, image C", ratio, 1.3, "× floor"),
        Limit("peak memory, image C", large_peak / MB, 150, "MB"),
        Limit("peak memory, C above the small one", (large_peak - small_peak) / MB, 40, "MB"),
    ]


def analyze(layout: Path, document: Path) -> Cost:
    """Run the command on a layout as a user would."""
    return measure.run([sys.executable, "-m", "generator", "analyze", f"oci:{layout}", "-o", document])


def layers(layout: Path) -> list[tuple[Path, str, str]]:
    """Return (blob, digest, diff_id) of every layer of the layout's image."""
    manifest, config = _documents(layout)
    return [
        (_blob(layout, layer["digest"]), layer["digest"], diff_id)
        for layer, diff_id in zip(manifest["layers"], config["rootfs"]["diff_ids"], strict=True)
    ]


def description(layout: Path, document: Path) -> str:
    """Say how large an image is."""
    manifest, _ = _documents(layout)
    sizes = json.loads(document.read_bytes())
    entry_count = sum(layer["entry_count"] for layer in sizes["layers"])
    compressed = sum(layer["size"] for layer in manifest["layers"])
    return (
        f"{len(manifest['layers'])} layers, {entry_count:,} tar entries, {compressed / MB:,.0f} MB gzip, "
        f"{sizes['sizes']['tar_size'] / MB:,.0f} MB tar; its document: {document.stat().st_size / MB:.1f} MB"
    )


def _documents(layout: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    (image,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    manifest = json.loads(_blob(layout, image["digest"]).read_bytes())
    return manifest, json.loads(_blob(layout, manifest["config"]["digest"]).read_bytes())


def _blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / "sha256" / digest.removeprefix("sha256:")


# Building again


def rebuild_limit(images: Path, rounds: int) -> Limit:
    """Build a site of ten images, take all blobs away, and measure building it again with nothing changed."""
    with tempfile.TemporaryDirectory(prefix="basedex-bench-") as name:
        folder = Path(name)
        make_site_folder(folder, images)
        command = [sys.executable, "-m", "generator", "build"]
        first = measure.run(command, folder=folder)
        for blobs in (folder / "layouts").glob("*/blobs"):
            shutil.rmtree(blobs)
        again = [measure.run(command, folder=folder) for _ in range(rounds)]
    seconds = statistics.median(cost.seconds for cost in again)
    say(f"  {f'basedex build, {REBUILT_COUNT} images':<36}{first.seconds:8.2f} s")
    say(f"  {'the same again, without any blob':<36}{seconds:8.2f} s")
    return Limit("second build, nothing changed", seconds, 2.0, "s")


def make_site_folder(folder: Path, images: Path) -> None:
    """Make a site's folder with ten images and layouts of its own."""
    for part in ("generator", "templates", "site_src", "mkdocs.yml"):
        (folder / part).symlink_to(REPOSITORY / part)
    entries: list[dict[str, Any]] = []
    for number in range(REBUILT_COUNT):
        assembled = REBUILT[number % len(REBUILT)]
        name = f"{assembled}-{number}"
        shutil.copytree(images / assembled, folder / "layouts" / name)
        entries.append({"name": name, "sources": [f"oci:layouts/{name}"]})
    file = {"groups": [{"name": "all", "images": entries}]}
    (folder / "images.yml").write_text(json.dumps(file))  # JSON is YAML


def table(limits: Sequence[Limit]) -> str:
    """Return the promises, one a line."""
    lines = [f"{'limit':<38}{'measured':>14}{'allowed':>14}"]
    for limit in limits:
        measured, allowed = f"{limit.measured:.2f} {limit.unit}", f"{limit.allowed:.2f} {limit.unit}"
        lines.append(f"{limit.what:<38}{measured:>14}{allowed:>14}  {'kept' if limit.kept else 'BROKEN'}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
