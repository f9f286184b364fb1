"""What pages are made of, as digests: whether build/docs, or what was told of an image, can stay as it is.

In: the places and what is recorded; out: digests. Files count by size and time: they are for this machine alone.
"""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from generator.advisories import recorded, scanning
from generator.advisories.recorded import Assessments
from generator.lifecycle import calendar
from generator.oci.digest import Digest
from generator.store import documents, history
from generator.store.observation import Outcome
from generator.store.stamp import file_stamp, tree_stamp

if TYPE_CHECKING:
    from generator.build import Places


def of_all(places: "Places", outcomes: Sequence[Outcome], assessments: Assessments, others: Iterable[Path]) -> str:
    """Return a digest of all that pages are made of. Files count by size and time: it is only for this machine.

    Whether an image was analyzed now or found unchanged makes no difference to pages.
    """
    digest = hashlib.sha256(in_common(places, assessments, others))
    for outcome in outcomes:
        state = "unchanged" if outcome.state == "fresh" else outcome.state
        digest.update(msgspec.json.encode(msgspec.structs.replace(outcome, state=state)))
    for name in (history.FOLDER, documents.FOLDER, recorded.FOLDER, scanning.FOLDER):
        digest.update(tree_stamp(places.store / name).encode())
    digest.update(tree_stamp(places.site_src).encode())
    return digest.hexdigest() + "\n"


def in_common(places: "Places", assessments: Assessments, others: Iterable[Path]) -> bytes:
    """Return a digest of what pages of all images are made of: the program, and what is not stored of one image."""
    digest = hashlib.sha256(places.configuration.read_bytes())
    digest.update(file_stamp(calendar.place(places.store)))
    digest.update(msgspec.json.encode([assessments.asked, assessments.outdated]))
    for path in others:
        digest.update(file_stamp(path))
    for folder in (places.templates, Path(__file__).parent):
        digest.update(tree_stamp(folder).encode())
    return digest.digest()


def of_image(store: Path, subject: Digest) -> bytes:
    """Return the stamp of all that is stored about an image's bytes."""
    return file_stamp(documents.path_of(store, subject)) + file_stamp(recorded.path_of(store, subject))
