"""The site's editions, one for each of its languages: the first at the root, the others below folders of their names.

An edition has pages only. What is in no language, such as data, styles and scripts, stands once, in the first one.
Hand-written pages are English; `site_src/LANGUAGE/NAME.md` takes the place of `site_src/NAME.md` in that language.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from generator.analysis.document import Document
from generator.compare import capabilities
from generator.language import ENGLISH, LANGUAGES, gettext, speaking, while_speaking
from generator.lifecycle.calendar import Calendar
from generator.oci.platform import Platform
from generator.pages.environment import Templates
from generator.pages.site import File, Site, arrange
from generator.store.observation import Outcome
from generator.targets import Configuration

_BETWEEN_SENTENCES: Final = re.compile(
    r"(?:(?<=[。！？；：，、）”》])|(?<=。\*\*))\n"
    r"(?=[^\s#|>+\d<`!:*-]|\*(?! )|`(?!``)|\d(?!\d*\. ))"
)
"""A line break that is only the source's; what begins a list, a table, a heading or another block stays on its line."""
_NOT_FOR_READERS: Final = "overrides"
"""The folder of site_src that is the theme's, not the reader's."""


@dataclass(frozen=True, slots=True)
class Edition:
    """The site in one language. `site` grows from an outline to the whole while documents pass by."""

    site: Site
    templates: Templates

    def files(self, made: Iterator[File]) -> Iterator[File]:
        """Yield `made`, in this edition's words and at its places; without data, which stands once."""
        folder = self.site.folder
        for file in while_speaking(self.site.language, made):
            if not folder:
                yield file
            elif file.path.endswith(".md"):
                yield File(f"{folder}{file.path}", file.content)

    def hand_written(self, site_src: Path) -> Iterator[File]:
        """Yield the hand-written pages; in the first edition styles, scripts and pictures too."""
        return self.files(_hand_written(site_src, self.site.language))

    def sheet(self, document: Document) -> tuple[capabilities.Capability, ...]:
        """Return the document's capability sheet in this edition's words."""
        with speaking(self.site.language):
            return capabilities.sheet(document)

    def whole(self, outcomes: Mapping[str, Outcome], **known: Any) -> "Edition":
        """Return the edition with all that is known now; `outcomes` by the images' folders."""
        images = tuple(replace(one, outcome=outcomes[one.folder]) for one in self.site.images)
        return Edition(replace(self.site, images=images, **known), self.templates)


def editions(
    configuration: Configuration,
    outcomes: Mapping[tuple[str, Platform], Outcome],
    lifecycle: Calendar,
    templates: Path,
    **known: Any,
) -> tuple[Edition, ...]:
    """Return an edition for each language, the first one's first; all have the same images in the same order.

    `known` are fields of Site that are known before any document is opened.
    """
    made = []
    for language in configuration.site.languages:
        spoken = configuration.spoken(language)
        site = Site(spoken, arrange(spoken, outcomes), language=language, lifecycle=lifecycle, **known)
        made.append(Edition(site, Templates(templates, site.data_root)))
    return tuple(made)


def _hand_written(site_src: Path, language: str) -> Iterator[File]:
    for path in sorted(site_src.rglob("*")):
        name = path.relative_to(site_src)
        folder = name.parts[0] if len(name.parts) > 1 else ""
        if not path.is_file() or path.name.startswith(".") or folder == _NOT_FOR_READERS or folder in LANGUAGES:
            continue
        content = path.read_bytes()
        if language != ENGLISH and path.suffix == ".md":
            translated = site_src / language / name
            content = _joined(translated.read_bytes()) if translated.is_file() else _with_notice(content)
        yield File(name.as_posix(), content)


def _joined(page: bytes) -> bytes:
    """Take out line breaks after full-width punctuation inside a paragraph: Chinese has no spaces between sentences."""
    return _BETWEEN_SENTENCES.sub("", page.decode()).encode()


def _with_notice(page: bytes) -> bytes:
    """Say below the page's title that it stands there in English."""
    words = gettext("This page has not been translated yet. Here it is in English.")
    before, heading, after = page.partition(b"\n# ")
    title, newline, rest = after.partition(b"\n")
    return before + heading + title + newline + f"\n!!! note\n\n    {words}\n".encode() + rest
