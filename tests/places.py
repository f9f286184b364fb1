"""Where tests build sites: everything below a folder of their own, with the project's templates, pages and settings."""

from pathlib import Path

from generator.build import Places

ROOT = Path(__file__).parents[1]


def places_in(folder: Path) -> Places:
    """Return the places of a build that writes below `folder` alone."""
    return Places(
        configuration=folder / "images.yml",
        store=folder / "data",
        output=folder / "build",
        cache=folder / "cache",
        templates=ROOT / "templates",
        site_src=ROOT / "site_src",
        mkdocs=ROOT / "mkdocs.yml",
    )
