"""The file that tells how the last build went: put into a site that stands already."""

from pathlib import Path

from generator.store import status


def test_what_a_killed_run_left_beside_it_is_removed(tmp_path: Path) -> None:
    """The site that is published has no half-written file in it."""
    folder = (tmp_path / status.PLACE).parent
    folder.mkdir(parents=True)
    (folder / ".new-x7").write_bytes(b'{"built_')
    status.write(tmp_path, status.status_of([], "2026-01-01T00:00:00Z"))
    assert [path.name for path in folder.iterdir()] == ["status.json"]
