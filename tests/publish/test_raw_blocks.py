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


LOOSE_PAGE = """# Title { #top }

<div class="lead">
<p>First</p><div>within</div>

<h3 id="part">Part</h3></div>

## Two { #two }

<div>
<p>Second</p>
</div>

A paragraph of *Markdown*.

## Three { #three }

<div markdown>

*Third*

</div>
"""


def pages_of(folder: Path, plugins: str, page: str = PAGE) -> dict[str, str]:
    """Build the site with these plugins more; return its pages without the markers."""
    docs = folder / "docs"
    docs.mkdir(parents=True)
    (docs / "index.md").write_text(page)
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


def test_markdown_between_blocks_is_still_markdown(tmp_path: Path) -> None:
    """What is not HTML from a heading to the next is left to Markdown, and no heading is swallowed."""
    without = pages_of(tmp_path / "a", "", LOOSE_PAGE)
    assert without == pages_of(tmp_path / "b", ", basedex/raw-blocks", LOOSE_PAGE)
    assert "<em>Markdown</em>" in without["index.html"]
    assert "<em>Third</em>" in without["index.html"]
    assert 'href="#two"' in without["index.html"]
    texts = [(tmp_path / one / "site" / "search" / "search_index.json").read_text() for one in "ab"]
    assert "within" in texts[0]
    assert texts[0] == texts[1]
