"""Rules about how much there may be: sizes by their names, packages, entries, layers."""

from collections.abc import Iterator
from typing import Final

from generator.policy.subject import CannotTellError, Subject, found
from generator.policy.verdict import Finding, violation

_UNKNOWN_SIZES: Final = {
    "no-manifest": "the source has no manifest",
    "no-config": "the source has no configuration",
    "no-compressed-layers": "the source has no compressed layers",
}


def size(name: str, subject: Subject, limit: int) -> Iterator[Finding]:
    """The size called `name` is within the limit."""
    document = subject.document
    size = getattr(document.sizes, name)
    if size is None:
        why = document.unknown.get(f"sizes.{name}", "")
        raise CannotTellError(f"{name} is not known: {_UNKNOWN_SIZES.get(why, why or 'the document does not say')}")
    yield from _budget(subject, size, limit, "bytes", f"{name} is {size:,} bytes")


def packages(subject: Subject, limit: int) -> Iterator[Finding]:
    """So many packages are installed at most."""
    packages = found(subject.document.sections.packages, "packages")
    if packages is None:
        raise CannotTellError("there is no package database, so nothing counts what is installed")
    count = len(packages.packages)
    yield from _budget(subject, count, limit, "packages", f"{count:,} packages are installed")


def entries(subject: Subject, limit: int) -> Iterator[Finding]:
    """The root file system has so many entries at most."""
    count = len(subject.document.tree) - 1
    yield from _budget(subject, count, limit, "entries", f"the root file system has {count:,} entries")


def layers(subject: Subject, limit: int) -> Iterator[Finding]:
    """The image has so many layers at most."""
    count = len(subject.document.layers)
    yield from _budget(subject, count, limit, "layers", f"the image has {count:,} layers")


def _budget(subject: Subject, number: int, limit: int, unit: str, words: str) -> Iterator[Finding]:
    if number > limit:
        yield violation(
            f"{words}, {number - limit:,} more than the {limit:,} allowed",
            subject.evidence(number=number, limit=limit, unit=unit),
        )
