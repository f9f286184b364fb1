"""Running the distribution's tools, and saying plainly what is missing."""

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from generator.errors import BasedexError

SYSTEM_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
SECONDS = 1200


class AssemblyError(BasedexError):
    """An image could not be assembled on this machine."""

    slug: ClassVar[str] = "assembly"
    sentence: ClassVar[str] = "{image}: {reason}"


def need(image: str, *tools: tuple[str, str]) -> None:
    """Check that every (program, package) is there; one sentence names the line that installs what is not."""
    if not Path("/etc/debian_version").exists():
        raise AssemblyError(image=image, reason="images are assembled from packages, on Debian or Ubuntu only")
    missing = [(tool, package) for tool, package in tools if not shutil.which(tool, path=SYSTEM_PATH)]
    if missing:
        names = ", ".join(tool for tool, _ in missing)
        packages = " ".join(sorted({package for _, package in missing}))
        raise AssemblyError(image=image, reason=f"{names} not found; install with: apt-get install {packages}")


def need_root(image: str, why: str) -> None:
    """Check that this process is root."""
    if os.geteuid() != 0:
        raise AssemblyError(image=image, reason=f"{why} takes root; run the same command with sudo")


def run(image: str, command: Sequence[str | Path], *, folder: Path | None = None) -> str:
    """Run a tool to its end and return its standard output; its failure becomes one sentence with its last words."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PATH": SYSTEM_PATH, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AssemblyError(image=image, reason=str(error)) from error
    if done.returncode:
        last_words = (done.stderr.strip() or done.stdout.strip())[-400:]
        raise AssemblyError(image=image, reason=f"{command[0]} ended with status {done.returncode}: {last_words}")
    return done.stdout


def architecture() -> dict[str, str]:
    """Return this machine's architecture in the words of an image configuration."""
    known = {
        "x86_64": {"architecture": "amd64"},
        "aarch64": {"architecture": "arm64", "variant": "v8"},
        "armv7l": {"architecture": "arm", "variant": "v7"},
        "i686": {"architecture": "386"},
    }
    return known.get(platform.machine(), {"architecture": platform.machine()})
