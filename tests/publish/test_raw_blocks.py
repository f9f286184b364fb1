"""Finished HTML goes around MkDocs, and comes out as it would have come through it."""

import re
from pathlib import Path

from generator.publish.mkdocs import build_site

CONFIGURATION = """
site_name: Test
docs_dir: !ENV [BASEDEX_DOCS, docs]
theme: {name: material, font: false}
markdown_extensions: [attr_list, md_in_html, tables]
plugins: [search%s]
"""
PAGE = """# Title { #top }

<div>
<p>Found by <em>search</em>: seen.</p>
</div>

## One { #one data-search-exclude }

<!-- raw -->
<div class="a" data-x="&quot;&amp;">
<table><tbody><tr><td>&#42;not emphasis&#42;</td><td id="cell">\\1 &lt;!-- raw --&gt;</td></tr></tbody></table>
<svg viewBox="0 0 1 1"><rect width="1"/></svg>
</div>
<!-- /raw -->

## Two { #two data-search-exclude }

<!-- raw -->
<ul>
<li>a</li>
</ul>
<!-- /raw -->

[a link](#cell)
"""


def pages_of(folder: Path, plugins: str) -> dict[str, str]:
    """Build the site with these plugins more; return its pages without the markers."""
    docs = folder / "docs"
    docs.mkdir(parents=True)
    (docs / "index.md").write_text(PAGE)
    (folder / "mkdocs.yml").write_text(CONFIGURATION % plugins)
    build_site(docs, folder / "mkdocs.yml", folder / "site")
    pages = {path.name: path.read_text() for path in (folder / "site").rglob("*.html")}
    return {name: re.sub(r"<!-- /?raw -->\n?|\n\s*", "", page) for name, page in pages.items()}


def test_pages_are_the_same_with_and_without_it(tmp_path: Path) -> None:
    """Only the markers differ; search finds in both what is outside blocks, and with it nothing inside."""
    without, with_it = pages_of(tmp_path / "a", ""), pages_of(tmp_path / "b", ", basedex/raw-blocks")
    assert "&#42;not emphasis&#42;" in with_it["index.html"]
    assert with_it == {name: page.replace("*not emphasis*", "&#42;not emphasis&#42;") for name, page in without.items()}
    index = (tmp_path / "b" / "site" / "search" / "search_index.json").read_text()
    assert "Found by" in index
    assert "not emphasis" not in index
