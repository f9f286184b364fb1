"""Images built in memory, opened without any source: for tests of what comes after sources."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from generator.analysis.document import Document
from generator.analyze import analyze
from generator.limits import Limits
from generator.oci.digest import Digest
from generator.oci.platform import Platform
from generator.probes.cache import NoCache
from generator.source.base import Opened, RawLayer, silent
from tests.builders import BuiltImage


def opening(content: bytes, chunk: int = 65536) -> Callable[[], AbstractContextManager[Iterator[bytes]]]:
    """Make a RawLayer's `open` of bytes at hand."""

    @contextmanager
    def open_layer() -> Iterator[Iterator[bytes]]:
        yield (content[start : start + chunk] for start in range(0, len(content), chunk))

    return open_layer


def opened(built: BuiltImage, **fields: Any) -> Opened:
    """Open an image as a registry or layout would: with its manifest and compressed layers."""
    blobs = built.blobs
    layers = tuple(
        RawLayer(
            open=opening(blobs.get(descriptor["digest"], b"")),
            digest=Digest(descriptor["digest"]),
            size=descriptor["size"],
            media_type=descriptor.get("mediaType", ""),
        )
        for descriptor in json.loads(built.manifest)["layers"]
    )
    whole = {"source": "test:image", "manifest": built.manifest, "config": built.config, "layers": layers}
    return Opened(**(whole | fields))


def analyzed(built: BuiltImage | Opened, *, limits: Limits | None = None, platform: str = "linux/amd64") -> Document:
    """Analyze an image built in memory."""
    image = opened(built) if isinstance(built, BuiltImage) else built
    return analyze(image, Platform.parse(platform), limits=limits or Limits(), progress=silent, cache=NoCache())


def peak() -> int:
    """Return this process's peak memory in MiB (VmHWM: unlike ru_maxrss it does not begin with the parent's)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024
