"""What a build tells: while it goes on, to a Watcher; in the end, as a Report."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from generator.store.observation import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReport:
    """How one image of one platform fared, for whoever watches the build."""

    outcome: Outcome
    asked: bool
    change: str
    """new, changed, remade (the same image, another version of this program), or "" for none."""
    seconds: float = 0.0
    """From the first question to the answer, waiting for a turn included."""
    news: str = ""
    """What is different since the build before, in a line; only where the image changed and that can be told."""
    read_size: int = 0
    """Bytes of layers that were read."""
    traceback: str = ""
    """Of a mistake of our own."""


@dataclass(frozen=True, slots=True)
class Report:
    """A whole build, or one share of it. When there is a whole one, the site stands."""

    images: tuple[ImageReport, ...]
    page_count: int
    """Files of build/docs that were written or deleted."""
    site_built: bool
    """False: it stood there already, made of the same pages."""
    site: Path | None
    """None: only a share of the images was asked about, of which no site is made."""
    seconds: float
    problems: tuple[str, ...] = ()
    """What could not be used of what others say about images (advisories, VEX documents), in a sentence each."""

    @property
    def stale(self) -> tuple[ImageReport, ...]:
        """Images that were asked for and could not be brought up to date."""
        return tuple(image for image in self.images if image.asked and image.outcome.state in ("stale", "missing"))


class Watcher(Protocol):
    """Told as the build goes on; cli shows it."""

    def planned(self, image_count: int) -> None:
        """So many images will be asked about."""

    def progress(self, image: str, what: str, done: int, total: int | None) -> None:
        """Bytes of one part of one image have arrived."""

    def finished(self, image: str, report: ImageReport) -> None:
        """One image is done."""

    def stage(self, name: str) -> None:
        """Something that is not about one image begins."""


class Nobody:
    """A Watcher that shows nothing."""

    def planned(self, image_count: int) -> None:
        """Show nothing."""

    def progress(self, image: str, what: str, done: int, total: int | None) -> None:
        """Show nothing."""

    def finished(self, image: str, report: ImageReport) -> None:
        """Show nothing."""

    def stage(self, name: str) -> None:
        """Show nothing."""


NOBODY: Final[Watcher] = Nobody()
