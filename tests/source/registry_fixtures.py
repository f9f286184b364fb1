"""What the registry tests share: images with one telling layer each, sources without waiting, names that resolve."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from generator.oci.platform import Platform
from generator.source.base import Opened, Surroundings
from generator.source.registry import RegistrySource
from generator.source.registry_address import Network, Scope, resolve, scope_of
from generator.source.registry_transport import Patience
from tests import builders

AMD64 = Platform("linux", "amd64")


def an_image(text: bytes = b"hello", layers: int = 1, **options: object) -> builders.BuiltImage:
    """Build an image whose layers hold about as many bytes as `text`, incompressible or not."""
    tars = [builders.tar([builders.file(f"file-{number}", text)]) for number in range(layers)]
    return builders.image(tars, **{"compression": "none"} | options)  # type: ignore[arg-type]


@dataclass
class Waits:
    """Takes the place of sleeping, and remembers."""

    seconds: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def a_source(
    waits: Callable[[float], None] | None = None, network: Network | None = None, **patience: float
) -> RegistrySource:
    """Make a source that does not wait between tries, and takes other times from `patience`."""
    return RegistrySource(network or Network(), Patience(sleep=waits or Waits(), **patience))  # type: ignore[arg-type]


def names(addresses: dict[str, str], scopes: dict[str, Scope] | None = None) -> Network:
    """Make a network in which names have the given addresses, and addresses the given scopes."""

    def resolve_here(host: str, port: int) -> tuple[str, ...]:
        return (addresses[host],) if host in addresses else resolve(host, port)

    def scope_here(address: str) -> Scope:
        return (scopes or {}).get(address) or scope_of(address)

    return Network(resolve_here, scope_here)


def pull(
    source: RegistrySource, details: str, surroundings: Surroundings, platform: Platform = AMD64
) -> tuple[Opened, list[bytes]]:
    """Open an image and read all its layers."""
    with source.open(details, platform, surroundings) as opened:
        layers = []
        for layer in opened.layers:
            with layer.open() as chunks:
                layers.append(b"".join(chunks))
    return opened, layers


def cached(surroundings: Surroundings) -> dict[str, bytes]:
    """Return what is in the blob cache, by digest; collected pieces of blobs are left out."""
    folder = surroundings.cache_folder / "blobs"
    files = folder.iterdir() if folder.is_dir() else ()
    return {path.name.replace("-", ":"): path.read_bytes() for path in files if not path.name.endswith(".part")}


def surroundings_in(folder: Path, **options: object) -> Surroundings:
    """Make surroundings with a cache in `folder` and an empty environment."""
    return Surroundings(cache_folder=folder / "cache", **options)  # type: ignore[arg-type]
