"""Writing build/docs."""

from pathlib import Path

from generator.pages.site import File
from generator.pages.writer import write


def everything(folder: Path) -> dict[str, bytes]:
    """Return every file below `folder`."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_only_what_differs_is_written_and_what_is_stale_goes(tmp_path: Path) -> None:
    """A second run touches nothing that is right, replaces what differs and deletes what is no longer wanted."""
    write([File("a.md", b"a"), File("b/c.md", b"c"), File("old/x.md", b"x")], tmp_path)
    before = (tmp_path / "a.md").stat().st_mtime_ns
    report = write([File("a.md", b"a"), File("b/c.md", b"new")], tmp_path)
    assert (report.written, report.unchanged, report.deleted) == (("b/c.md",), ("a.md",), ("old/x.md",))
    assert report.changed
    assert (tmp_path / "a.md").stat().st_mtime_ns == before
    assert everything(tmp_path) == {"a.md": b"a", "b/c.md": b"new"}
    assert not (tmp_path / "old").exists()
    assert not write([File("a.md", b"a"), File("b/c.md", b"new")], tmp_path).changed


def test_what_a_killed_run_left_is_put_right(tmp_path: Path) -> None:
    """Temporary files, half-made folders and files in a folder's place do not survive the next run."""
    (tmp_path / ".new-a.md").write_bytes(b"half")
    (tmp_path / "b").write_bytes(b"a file where a folder has to be")
    (tmp_path / "c.md").mkdir()
    (tmp_path / "c.md" / "x").write_bytes(b"x")
    write([File("a.md", b"a"), File("b/c.md", b"c"), File("c.md", b"d")], tmp_path)
    assert everything(tmp_path) == {"a.md": b"a", "b/c.md": b"c", "c.md": b"d"}


def test_a_link_in_the_way_is_replaced_not_followed(tmp_path: Path) -> None:
    """No byte is written or deleted outside the destination, whatever links lie in it."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept.md").write_bytes(b"kept")
    destination = tmp_path / "docs"
    destination.mkdir()
    (destination / "images").symlink_to(outside)
    (destination / "a.md").symlink_to(outside / "kept.md")
    (destination / "stale").symlink_to(outside)
    write([File("images/index.md", b"i"), File("a.md", b"a")], destination)
    assert everything(outside) == {"kept.md": b"kept"}
    assert everything(destination) == {"images/index.md": b"i", "a.md": b"a"}
