"""What `basedex publish` says of what it has done, or would do."""

from pathlib import Path

from generator.publication import told
from generator.publish.branch import Published
from generator.publish.release import Content, Release


def release(writes: dict[str, int], *, added: bool = True) -> Published:
    """Return a publication of files with these sizes, each with contents of its own, in place of one old version."""
    contents = {path: Content(path, "100644", size, Path(path)) for path, size in writes.items()}
    return Published(
        Release("2026-11-24", added, ("2026-01-01",), contents, ("2026-01-01",), frozenset()), "folder /srv"
    )


def test_one_is_not_many() -> None:
    """Counts agree with their nouns, and bytes that people can take in as they are stand alone."""
    assert list(told(release({"2026-11-24/index.html": 1}))) == [
        "folder /srv: 2026-11-24 written, 1 file, 1 with new contents",
        "folder /srv: 2026-01-01 removed",
        "folder /srv: 1 file written, 1 place deleted first, 1 byte of new contents",
    ]


def test_sizes_are_for_people_and_exact() -> None:
    """Sizes are told in units of 1000, as on the pages, with all their digits beside them."""
    asked = release({"latest/index.html": 1_234_567, "api/v1/status.json": 1000, "badges/a.svg": 999}, added=False)
    assert list(told(asked, dry_run=True)) == [
        "folder /srv: latest would be written, 1 file, 1 with new contents",
        "folder /srv: 2026-01-01 would be removed",
        "folder /srv: api/v1/status.json would be written, 1 kB (1,000 bytes)",
        "folder /srv: badges/a.svg would be written, 999 bytes",
        "folder /srv: 3 files would be written, 1 place would be deleted first, "
        "1.24 MB (1,236,566 bytes) of new contents",
    ]
