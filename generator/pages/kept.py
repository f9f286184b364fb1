"""What was told of the pasts of images the last time: pages and summaries of changes, kept in the cache.

Two states of an image do not change any more, so neither does what is told of them; comparing their documents anew at
every build is most of what a long past costs. A file of the cache has all that was told of one image, under a key of
everything that it was told of: `origin` stands for what all images have in common (the program, the templates, the
words of images.yml, the calendar, the advisories' dates), states and the stamps of what is stored of them for the rest.

Without the folder, with another key or where a file is damaged everything is made anew, and comes out the same.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from generator.compare.flaws import Outline
from generator.compare.past import Past
from generator.compare.summary import Summary
from generator.oci.digest import Digest
from generator.pages.site import File

_DIGEST_SIZE: Final = 32
_SHORT: Final = 40


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """All that is told of one image's past."""

    key: bytes
    summaries: tuple[Summary, ...]
    """Of its changes, oldest first."""
    outlines: tuple[Outline | None, ...]
    """What each change did to known vulnerabilities; None: cannot be told."""
    files: tuple[tuple[str, bytes], ...]
    """Pages in all languages: path and content."""


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Told)


@dataclass(frozen=True, slots=True)
class Kept:
    """The part of the cache for it."""

    folder: Path
    origin: bytes
    stamp_of: Callable[[Digest], bytes]
    """What is stored about an image: its document and what is known of its flaws; other bytes when either is another.

    Files count by size and time: the cache is for one machine."""

    def key(self, image_folder: str, past: Past) -> bytes:
        """Return what the pages of a past depend on, as a digest."""
        digest = hashlib.sha256(self.origin)
        digest.update(image_folder.encode() + b"\0")
        for state in past.states:
            digest.update(msgspec.json.encode([state.observations, state.figures, state.is_kept]))
            digest.update(self.stamp_of(state.subject))
        return digest.digest()

    def read(self, image_folder: str, key: bytes) -> Told | None:
        """Return what was told under this key; None when that is not known."""
        with suppress(OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            content = self._place(image_folder).read_bytes()
            if hashlib.sha256(content[_DIGEST_SIZE:]).digest() == content[:_DIGEST_SIZE]:
                told = _DECODER.decode(content[_DIGEST_SIZE:])
                return told if told.key == key else None
        return None

    def write(
        self,
        image_folder: str,
        key: bytes,
        summaries: Sequence[Summary],
        outlines: Sequence[Outline | None],
        files: Sequence[File],
    ) -> None:
        """Keep what is told now instead; a cache that cannot be written to is only slow."""
        told = Told(
            key=key,
            summaries=tuple(summaries),
            outlines=tuple(outlines),
            files=tuple((file.path, file.content) for file in files),
        )
        content = _ENCODER.encode(told)
        path = self._place(image_folder)
        temporary = path.with_name(f".new-{path.name}-{os.getpid()}")
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(hashlib.sha256(content).digest() + content)
            temporary.replace(path)

    def _place(self, image_folder: str) -> Path:
        return self.folder / hashlib.sha256(image_folder.encode()).hexdigest()[:_SHORT]
