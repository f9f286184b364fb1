"""Pages made by several processes are those that one makes."""

import os
import signal
from pathlib import Path

import pytest

from generator import pages
from generator.errors import PageError
from generator.pages.crew import Pieces, together
from tests.pages.samples import REPOSITORY, sample
from tests.pages.test_editions import in_languages


def numbers(pieces: Pieces, most: int) -> list[int]:
    """Return the pieces that fell to this process."""
    return [number for number in range(most) if pieces.mine()]


def refused(pieces: Pieces, starter: int) -> None:
    """Fail in every process but the one that started the others."""
    if os.getpid() != starter:
        raise PageError(page="one", reason="it is wrong")


def killed(pieces: Pieces, starter: int) -> None:
    """End as the kernel ends processes when memory runs out."""
    if os.getpid() != starter:
        os.kill(os.getpid(), signal.SIGKILL)


def folder(pieces: Pieces) -> str:
    """Return where this process works."""
    return str(Path.cwd())


def test_every_piece_is_made_once() -> None:
    """However many processes there are, each piece falls to exactly one."""
    for count in (1, 2, 3):
        made = together(count, numbers, 5000)
        assert len(made) == count
        assert sorted(number for part in made for number in part) == list(range(5000))


def test_an_error_of_one_is_the_error_of_all() -> None:
    """What another process raises is raised here, with its values."""
    with pytest.raises(PageError, match="it is wrong"):
        together(2, refused, os.getpid())


def test_a_process_that_is_killed_is_told_of() -> None:
    """Pages that nobody made are not passed over in silence."""
    with pytest.raises(PageError, match="ended from outside"):
        together(2, killed, os.getpid())


def test_relative_paths_mean_the_same_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other processes work in the folder of the one that started them."""
    monkeypatch.chdir(tmp_path)
    assert together(2, folder) == (str(tmp_path), str(tmp_path))


def test_pages_of_several_processes_are_those_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In two languages, byte for byte, and a second run finds everything in place."""
    monkeypatch.setattr(pages, "WORTH_SHARING", 1)
    one = in_languages(sample(), "en", "zh")

    def made(count: int) -> pages.Report:
        return pages.render(
            one.configuration,
            one.outcomes,
            one.load,
            templates=REPOSITORY / "templates",
            site_src=REPOSITORY / "site_src",
            destination=tmp_path / str(count),
            processes=count,
        )

    assert made(1) == made(2)
    trees = [
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (tmp_path / "1", tmp_path / "2")
    ]
    assert trees[0] == trees[1]
    assert not made(2).changed
