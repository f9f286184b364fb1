"""The page that sets any two to four images side by side in the browser, and what it reads of each image.

The page lists the pairs that have a page of their own, which is all that it has without a script. With one, readers
pick images, and their `compare.json` are held against one another; files are read when asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.analysis.document import Document
from generator.compare import beside, index
from generator.compare.matrix import SIZE_NAMES
from generator.language import gettext as _
from generator.language import mark
from generator.pages import pair, pairs, secrets, vulnerability_words
from generator.pages.environment import Templates
from generator.pages.image import yaml_text
from generator.pages.site import File, Image, Site
from generator.targets import Group

MOST: Final = 4
"""Images beside one another."""

FACETS: Final = (
    ("config", mark("Configuration"), mark("Setting"), "config"),
    ("packages", mark("Packages"), mark("Package"), "packages"),
    ("commands", mark("Commands"), mark("Command"), "commands"),
    ("libraries", mark("Shared libraries"), mark("Library"), "elf"),
    ("certificates", mark("Certificates that are trusted by default"), mark("Certificate"), "certificates"),
    ("zones", mark("Time zones"), mark("Fact"), "time-zones"),
    ("places", mark("Files and directories that programs take for granted"), mark("Path"), "identity"),
    ("users", mark("Users"), mark("User"), "identity"),
    ("groups", mark("Groups"), mark("Group"), "identity"),
    ("setuid", mark("setuid and setgid"), mark("Path"), "permissions"),
    ("capable", mark("File capabilities"), mark("Path"), "permissions"),
    ("writable", mark("Writable by anyone"), mark("Path"), "permissions"),
)
"""Name, title, what a row is, and where the image's page proves it."""


@dataclass(frozen=True, slots=True)
class _Choice:
    name: str
    """As the address has it: the folder below images/."""
    label: str
    is_known: bool
    vulnerabilities: str
    """What is known of them in a line; "" where no image of the site was assessed."""


@dataclass(frozen=True, slots=True)
class _Choices:
    group: Group
    choices: tuple[_Choice, ...]


def data(image: Image, document: Document) -> Iterator[File]:
    """Yield what the browser compares: `compare.json`, and the files' contents."""
    shown = secrets.without_secrets(document)
    yield File(f"{image.folder}/compare.json", index.encoded(beside.beside(shown)))
    yield File(f"{image.folder}/contents.json", index.encoded(beside.contents(document.tree)))


def render(site: Site, templates: Templates) -> Iterator[File]:
    """Yield the page `compare/index.md`."""
    groups = [
        _Choices(group, tuple(_choice(image, site) for image in site.images if image.group is group))
        for group in site.configuration.groups
    ]
    page = templates.render(
        "pages/compare.md.j2",
        title=yaml_text(_("Compare")),
        description=yaml_text(_("Any two to four images side by side")),
        groups=[one for one in groups if one.choices],
        pairs=pairs.pairs(site),
        numbers=range(1, MOST + 1),
        language=site.language,
        words=index.encoded(_words()).decode().strip(),
    )
    yield File("compare/index.md", page)


def _choice(image: Image, site: Site) -> _Choice:
    first = image.platform == image.target.platforms[0]
    label = image.target.title if first else f"{image.target.title} · {image.platform}"
    assessed = site.assessed.get(image.folder)
    known = ""
    if assessed is not None and assessed.reason != "no-database":
        has_ended = site.standings[image.folder].ended_before(image.recorded_at)
        known = vulnerability_words.line(assessed, has_ended=has_ended)
    return _Choice(image.folder.removeprefix("images/"), label, site.row(image) is not None, known)


def _words() -> dict[str, object]:
    """Return the sentences that the script says; {} stand where it puts values."""
    return {
        "sizeNames": SIZE_NAMES,
        "facets": [[name, _(title), _(row), anchor] for name, title, row, anchor in FACETS],
        "reasons": {name: _(reason) for name, reason in pair.REASONS.items()},
        "states": {"yes": _("yes"), "no": _("no"), "unknown": _("not known")},
        "sizes": _("Sizes"),
        "size": _("Size"),
        "vulnerabilities": _("Known vulnerabilities"),
        "vulnerabilitiesWhy": _("All judged by the same database. Where nobody could count, that is not zero."),
        "known": _("How many"),
        "sheet": _("What is in it, and what is not"),
        "question": _("Question"),
        "layers": _("Layers"),
        "layer": _("Layer {number}"),
        "sharedLayers": _("The first {count} of the layers are the same in all of them; engines store those once."),
        "noSharedLayers": _("No layer is shared from the bottom up."),
        "equalLayers": _("Further layers with equal contents on another base: {count}."),
        "same": _("same as the first image's"),
        "none": "–",
        "notThere": _("not there"),
        "notKnown": _("not known"),
        "notKnownIn": _("{image}: {reason}"),
        "counts": _("{differ} different, {same} the same."),
        "pairCounts": _("{gone} only in {before}, {come} only in {after}, {changed} different, {same} the same."),
        "allSame": _("No difference."),
        "noRows": _("None of them has any."),
        "showAll": _("Show {count} more"),
        "pick": _("Pick two to four images."),
        "pickAnother": _("Pick one more image."),
        "unknownImage": _("There is no image {name} here."),
        "neverRecorded": _("{name} was never recorded, so nothing is known of it."),
        "shown": _("{images}, side by side."),
        "loading": _("Reading …"),
        "failed": _("An image's facts could not be read: {reason}."),
        "file": _(
            "This page was opened as a file, and browsers do not let it read the facts beside it. "
            "Serve the folder, for instance with: python -m http.server"
        ),
        "pairPage": _("There is a page about moving from {before} to {after}."),
        "files": _("Files"),
        "filesWhy": _("Path by path, by kind, content, mode, owner and link target; not by time of last change."),
        "loadFiles": _("Compare the files"),
        "filesHead": _("{before} against {after}"),
        "onlyIn": _("Only in {image}: {count}"),
        "differentFiles": _("Different: {count}"),
        "sameFiles": _("The same: {count}"),
        "unsure": _("Contents not known: {count}"),
        "entries": _("{count} entries, {size}"),
        "aspects": {name: _(words) for name, words in pair.ASPECTS.items()},
        "libc": _("C library"),
        "masked": _("Values that look like secrets are hidden, and not compared."),
        "mask": secrets.MASK,
    }
