"""The recipes by name, and assembling one of them into a folder, whole or not at all."""

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo import busybox, debian, distroless, large, scratch_hello, tools
from demo.layout import LayoutWriter


@dataclass(frozen=True)
class Recipe:
    """How one image is assembled."""

    name: str
    assemble: Callable[[LayoutWriter, Path], None]
    """Takes the layout to write and a folder for whatever is needed meanwhile."""
    for_readers: bool = True
    """Whether the demo site shows it; the others are for tests and the benchmark."""
    builds_on: str = ""
    """A recipe whose layout must be there before."""


def _large(writer: LayoutWriter, work: Path) -> None:
    large.assemble(writer, work, writer.folder.parent / "debian")


RECIPES = (
    Recipe("debian", debian.assemble),
    Recipe("busybox-static", busybox.assemble),
    Recipe("distroless-static", distroless.recipe("static", distroless.STATIC)),
    Recipe("distroless-base", distroless.recipe("base", distroless.BASE)),
    Recipe("distroless-cc", distroless.recipe("cc", distroless.CC)),
    Recipe("scratch-hello", scratch_hello.assemble, for_readers=False),
    Recipe("large", _large, for_readers=False, builds_on="debian"),
)


def by_name(name: str) -> Recipe:
    """Return a recipe, or raise KeyError."""
    return {recipe.name: recipe for recipe in RECIPES}[name]


def assembled(name: str, out_folder: Path, *, force: bool = False) -> Path:
    """Return the layout of the image `name` below `out_folder`, assembling it unless it is there already.

    Raises AssemblyError. An interrupted assembly leaves nothing under the image's own name; two processes that
    want the same image wait for one another.
    """
    recipe = by_name(name)
    if recipe.builds_on:
        assembled(recipe.builds_on, out_folder)
    layout = out_folder / name
    out_folder.mkdir(parents=True, exist_ok=True)
    with _locked(out_folder / f".{name}.lock"):
        if force or not (layout / "index.json").exists():
            partial = out_folder / f".{name}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            try:
                with tempfile.TemporaryDirectory(prefix="basedex-demo-") as work:
                    recipe.assemble(LayoutWriter(partial, tools.architecture()), Path(work))
                shutil.rmtree(layout, ignore_errors=True)
                partial.rename(layout)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    return layout


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
