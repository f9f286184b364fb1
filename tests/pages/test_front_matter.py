"""What a page says of itself above its first heading is read by MkDocs, which passes over what it cannot read."""

from pathlib import Path

from mkdocs.utils import meta

from tests.pages.samples import sample
from tests.pages.site_build import rendered


def test_every_front_matter_is_read(tmp_path: Path) -> None:
    """A page that begins with front matter has a title or a description, not lines of dashes in its text."""
    pages = [path for path in rendered(sample(), tmp_path).rglob("*.md") if path.read_text().startswith("---\n")]
    assert pages
    for path in pages:
        text, values = meta.get_data(path.read_text())
        assert values, path
        assert not text.startswith("---"), path
