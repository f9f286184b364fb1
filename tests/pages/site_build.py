"""Building whole sites from samples, with the real templates, hand-written pages and MkDocs configuration."""

from pathlib import Path

from generator import pages
from generator.lifecycle.calendar import Calendar
from generator.publish.editions import Edition
from generator.publish.mkdocs import build_site
from tests.pages.samples import REPOSITORY, Sample


def rendered(one: Sample, folder: Path, calendar: Calendar | None = None) -> Path:
    """Render the sample's pages to `folder`, and return it."""
    pages.render(
        one.configuration,
        one.outcomes,
        one.load,
        templates=REPOSITORY / "templates",
        site_src=REPOSITORY / "site_src",
        destination=folder,
        lifecycle=calendar,
        histories=one.histories,
        assessments=one.assessments,
    )
    return folder


def build(one: Sample, folder: Path) -> Path:
    """Render and build the sample's site below `folder`; return the built site."""
    rendered(one, folder / "docs")
    editions = [Edition(language) for language in one.configuration.site.languages]
    build_site(folder / "docs", REPOSITORY / "mkdocs.yml", folder / "site", editions)
    return folder / "site"
