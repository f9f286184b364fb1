"""What an inspector is, and what it reads."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar

from generator.analysis.sections.base import Section
from generator.oci.documents import Config

T = TypeVar("T")


class File(Protocol):
    """One node of the root file system, as an inspector sees it."""

    kind: str
    """`ls -l`'s letter: d - l c b p."""
    size: int
    mode: int
    uid: int
    gid: int
    target: str
    digest: bytes | None
    layer: int
    """Index of the layer that it came from; -1 for a directory that no layer mentions."""

    @property
    def content(self) -> bytes | None:
        """The file's bytes, for paths that some inspector's `keeps` names; None for all others."""

    @property
    def facts(self) -> Mapping[str, Any] | None:
        """What probes said of the content, by their names; None where none wanted the file."""

    @property
    def xattrs(self) -> dict[str, bytes] | None:
        """Extended attributes by name."""

    @property
    def device(self) -> tuple[int, int] | None:
        """Major and minor number of a device node."""


class Led(Protocol):
    """Where a path leads, symbolic links followed."""

    @property
    def path(self) -> str:
        """The real path; of a broken way the first path on it that is not there."""

    @property
    def broken(self) -> str:
        """missing, loop, too-long; empty for a way that leads somewhere."""

    @property
    def is_outward(self) -> bool:
        """Whether the link's own target climbs above the root, where it stays at the root."""

    @property
    def via_alternatives(self) -> bool:
        """Whether anything on the way lies in /etc/alternatives."""


class Filesystem(Protocol):
    """The squashed root file system. Paths have no leading slash; links never lead out of it."""

    def find(self, path: str, *, follow: bool = True) -> File | None:
        """Return what is at `path`, links followed, or None: nothing is there, or the links go in circles."""

    def follow(self, path: str) -> Led:
        """Return where `path` leads, and how."""

    def real_path(self, path: str) -> str | None:
        """Return `path` with every link followed, or None."""

    def children(self, path: str) -> Mapping[str, File]:
        """Return what a directory holds, by name, links to it followed; empty for anything that is no directory."""

    def walk(self) -> Iterator[tuple[str, File]]:
        """Yield (path, file) of everything below the root: a directory before its contents, siblings by bytes."""

    def once(self, make: Callable[[Self], T]) -> T:
        """Return what `make` makes of this file system, made once however many inspectors ask for it."""


S = TypeVar("S", bound=Section, covariant=True)


@dataclass(frozen=True, slots=True)
class Inspector(Generic[S]):
    """One topic: the section's name in the document, the files it needs whole, and the function that makes it."""

    name: str
    keeps: frozenset[str]
    """Paths without leading slash whose content must be kept, `*` for any one name; a link's target must be named."""
    kept_size: int
    """Bytes of the largest file that is kept for these paths."""
    inspect: Callable[[Filesystem, Config | None], S]
    """Reads the tree and the configuration (None: not known); may raise FormatError, which fails this section alone."""
    failed: Callable[..., S]
    """Makes the section of a failure: `failed(state="failed", failure=…)`."""
    of_config: tuple[str, ...] = ()
    """Fields of `found` that the configuration decides, and that are None without one; dots lead into tuples."""
