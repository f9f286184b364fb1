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
ROWS = {
    "floor": "honest floor",
    "spine": "layer pass, tree and document, image C",
    "small spine": "the same, small image",
    "cold": "basedex analyze, image C",
    "warm": "the same again, facts known",
}
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
    """Measure the floor and every kind of analysis in turn; print their medians and return the promises."""
    blobs = layers(large)
    costs: dict[str, list[Cost]] = {name: [] for name in ROWS}
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="basedex-bench-") as name:
        folder = Path(name)
        document, small_document = folder / "large.json", folder / "small.json"
        for number in range(rounds + 1):
            cold = folder / f"cache-{number}"
            costs["floor"].append(measure.floor(blobs))
            costs["spine"].append(spine(large, document))
            costs["small spine"].append(spine(small, small_document))
            costs["cold"].append(analyze(large, document, cold))
            costs["warm"].append(analyze(large, document, cold))
        say(f"image C: {description(large, document)}")
        say(f"a small one: {description(small, small_document)}")
    for measured in costs.values():
        del measured[0]  # the first round fills the page cache
    if busy > BUSY:
        say(f"This machine is busy with other things (load {busy:.1f}): an analysis has two threads, and suffers more.")
    say(f"medians of {rounds} interleaved rounds, memory at the most:")
    for row, title in ROWS.items():
        seconds = statistics.median(cost.seconds for cost in costs[row])
        cpu_seconds = statistics.median(cost.cpu_seconds for cost in costs[row])
        memory = f"{_peak(costs[row]):9.1f} MB" if _peak(costs[row]) else ""
        say(f"  {title:<42}{seconds:8.2f} s{cpu_seconds:8.2f} s of CPU{memory}")
    probing = [
        (cold.seconds - base.seconds) / base.seconds for cold, base in zip(costs["cold"], costs["spine"], strict=True)
    ]
    return [
        Limit("layer pass, tree, document", _ratio(costs["spine"], costs["floor"]), 1.3, "× floor"),
        Limit("  its peak memory", _peak(costs["spine"]), 150, "MB"),
        Limit("  above the small image's", _peak(costs["spine"]) - _peak(costs["small spine"]), 40, "MB"),
        Limit("the command, facts known already", _ratio(costs["warm"], costs["floor"]), 1.5, "× floor"),
        Limit("facts read for the first time", statistics.median(probing), 2.0, "× pass"),
        Limit("  its peak memory", _peak(costs["cold"]), 150, "MB"),
    ]


def _ratio(costs: list[Cost], bases: list[Cost]) -> float:
    return statistics.median(cost.seconds / base.seconds for cost, base in zip(costs, bases, strict=True))


def _peak(costs: list[Cost]) -> float:
    return max(cost.peak_size for cost in costs) / MB


def spine(layout: Path, document: Path) -> Cost:
    """Analyze without facts about single files."""
    return measure.run([sys.executable, "-m", "bench.spine", layout, document], folder=REPOSITORY)


def analyze(layout: Path, document: Path, cache: Path) -> Cost:
    """Run the command on a layout as a user would."""
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "generator",
        "analyze",
        f"oci:{layout}",
        "-o",
        document,
        "--cache",
        cache,
    ]
    return measure.run(command, folder=REPOSITORY)


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
    for part in ("generator", "templates", "site_src", "mkdocs.yml", "zh.yml"):
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
