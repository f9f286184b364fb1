"""From documents and outcomes to build/docs."""

import gc
import html
import json
import re
import shutil
import weakref
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from generator import pages
from generator.analysis import tree_view
from generator.analysis.document import Document
from generator.errors import PageError
from generator.oci.digest import Digest
from generator.pages import root_tree
from tests.pages.samples import REPOSITORY, Entry, Sample, document, large, outcome, sample, tree

Folders = dict[str, bytes]


def render(one: Sample, destination: Path, load: Callable[[Digest], Document] | None = None) -> pages.Report:
    """Render a sample site with the real templates and a small site_src."""
    source = destination.parent / "site_src"
    (source / "overrides").mkdir(parents=True, exist_ok=True)
    (source / "overrides" / "main.html").write_text("theme")
    (source / "reading.md").write_text("# Reading\n")
    return pages.render(
        one.configuration,
        one.outcomes,
        load or one.load,
        templates=REPOSITORY / "templates",
        site_src=source,
        destination=destination,
    )


def everything(folder: Path) -> Folders:
    """Return every file below `folder`."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_image_has_a_page_and_the_theme_none(tmp_path: Path) -> None:
    """The first platform's page is images/NAME/, the others' images/NAME/PLATFORM/; overrides are not copied."""
    report = render(sample(), tmp_path / "docs")
    assert {name for name in report.written if name.endswith(".md")} == {
        "index.md",
        "choose.md",
        "compare/index.md",
        "find/index.md",
        "commands/index.md",
        "pictures.md",
        "surface.md",
        "changes/index.md",
        "status.md",
        "reading.md",
        "images/alpine/index.md",
        "images/alpine/linux-arm64/index.md",
        "images/busybox/index.md",
        "images/old/index.md",
        "images/debian/index.md",
        "images/unread/index.md",
        "images/alpine/history/index.md",
        "images/alpine/linux-arm64/history/index.md",
        "images/busybox/history/index.md",
        "images/old/history/index.md",
        "images/debian/history/index.md",
        "compare/alpine/busybox/index.md",
        "compare/busybox/old/index.md",
    }
    assert "images/alpine/tree.json" in report.written
    assert "images/alpine/tree.json" in report.written
    assert not any("overrides" in name or "unread/tree" in name for name in report.written)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """Rendering depends on nothing but its input: a second place gets equal files, a second run changes none."""
    render(sample(), tmp_path / "a" / "docs")
    render(sample(), tmp_path / "b" / "docs")
    assert everything(tmp_path / "a" / "docs") == everything(tmp_path / "b" / "docs")
    assert not render(sample(), tmp_path / "a" / "docs").changed


def test_analyzed_now_and_unchanged_since_look_the_same(tmp_path: Path) -> None:
    """A second build that finds everything as it was changes no page, so MkDocs need not run."""
    one = sample()
    render(one, tmp_path / "docs")
    again = [msgspec.structs.replace(o, state="unchanged" if o.state == "fresh" else o.state) for o in one.outcomes]
    assert not render(Sample(one.configuration, tuple(again), one.documents), tmp_path / "docs").changed


def test_pages_of_images_that_went_are_deleted(tmp_path: Path) -> None:
    """An image taken out of images.yml, of which the history does not know, leaves no file behind."""
    one = sample()
    render(one, tmp_path / "docs")
    fewer = msgspec.structs.replace(one.configuration, groups=one.configuration.groups[:1])
    names = {target.name for target in fewer.targets}
    left = tuple(each for each in one.outcomes if each.name in names)
    report = render(Sample(fewer, left, one.documents), tmp_path / "docs")
    assert {"images/debian/index.md", "images/debian/tree.json", "images/unread/index.md"} <= set(report.deleted)
    assert not (tmp_path / "docs" / "images" / "debian").exists()


def test_one_document_is_in_memory_at_a_time(tmp_path: Path) -> None:
    """A document with its tree is let go before the next one is loaded; pair pages, which come last, keep two."""
    one = sample()
    alive: list[weakref.ref[list[int]]] = []

    class Sizes(list[int]):
        """A list that can be watched."""

    def load(subject: Digest) -> Document:
        gc.collect()
        images_are_done = len(alive) >= 5
        assert sum(reference() is not None for reference in alive) <= (2 if images_are_done else 1)
        loaded = one.load(subject)
        sizes = Sizes(loaded.tree.sizes)
        alive.append(weakref.ref(sizes))
        return msgspec.structs.replace(loaded, tree=msgspec.structs.replace(loaded.tree, sizes=sizes))

    render(one, tmp_path / "docs", load)
    assert len(alive) == 5 + 3


def test_an_image_never_recorded_has_no_figure(tmp_path: Path) -> None:
    """Its page says why nothing is known, its row says "not known", and neither shows a zero."""
    render(sample(), tmp_path / "docs")
    page = (tmp_path / "docs" / "images" / "unread" / "index.md").read_text()
    assert "no such image" in page
    assert "image-not-found" in page.replace("&#45;", "-")
    home = (tmp_path / "docs" / "index.md").read_text()
    row = re.search(r'<tr [^>]*data-name="unread">.*?</tr>', home, re.DOTALL)
    assert row
    assert row[0].count("not known") == 20
    assert not re.search(r'data-sort="0"|--share|>0<', row[0])


def test_an_unknown_size_is_not_a_bar_of_no_length(tmp_path: Path) -> None:
    """A size that is None has a reason and neither bar nor sort value on the home page and the image page."""
    render(sample(), tmp_path / "docs")
    home = html.unescape((tmp_path / "docs" / "index.md").read_text())
    row = re.search(r'<tr [^>]*data-name="busybox">.*?</tr>', home, re.DOTALL)
    assert row
    cell = re.search(r'<td [^>]*data-key="podman_size"[^>]*data-sort=""[^>]*>(.*?)</td>', row[0])
    assert cell
    assert "bx-bar" not in cell[1]
    assert "the source has no manifest" in cell[1]
    page = html.unescape((tmp_path / "docs" / "images" / "busybox" / "index.md").read_text())
    assert re.search(r"podman_size</a></th><td[^>]*><span[^>]*><span class=\"bx-unknown\"", page)


def test_a_damaged_document_costs_its_own_page_only(tmp_path: Path) -> None:
    """The image is shown as missing with the store's reason; every other page stands."""
    one = sample()
    kept = {subject: made for subject, made in one.documents.items() if subject != one.outcomes[0].observation.subject}  # type: ignore[union-attr]
    render(Sample(one.configuration, one.outcomes, kept), tmp_path / "docs")
    assert "Nothing is known" in (tmp_path / "docs" / "images" / "alpine" / "index.md").read_text()
    assert "Nothing is known" not in (tmp_path / "docs" / "images" / "debian" / "index.md").read_text()


def test_a_platform_without_an_outcome_is_missing(tmp_path: Path) -> None:
    """A build of only some images still has a page for every one."""
    one = sample()
    render(Sample(one.configuration, one.outcomes[:1], one.documents), tmp_path / "docs")
    assert "not been analyzed yet" in (tmp_path / "docs" / "images" / "debian" / "index.md").read_text()


def test_a_wrong_template_is_a_page_error(tmp_path: Path) -> None:
    """A template that prints something undefined stops the rendering with the template's name."""
    one = sample()
    templates = shutil.copytree(REPOSITORY / "templates", tmp_path / "templates")
    (templates / "pages" / "image.md.j2").write_text("{{ nothing.of.the.kind }}")
    with pytest.raises(PageError, match="pages/image"):
        pages.render(
            one.configuration, one.outcomes, one.load, templates=templates, site_src=tmp_path / "none",
            destination=tmp_path / "docs",
        )  # fmt: skip


def test_secrets_are_on_no_page_and_in_no_published_document(tmp_path: Path) -> None:
    """The value of DB_PASSWORD stays in the store; the site shows that there is one."""
    render(sample(), tmp_path / "docs")
    assert b"hunter2" not in b"".join(everything(tmp_path / "docs").values())
    assert "value hidden" in (tmp_path / "docs" / "images" / "alpine" / "index.md").read_text()


def test_templates_never_join_text_and_markup() -> None:
    """Concatenation and `safe` in a template would go round the one place that escapes."""
    for path in (REPOSITORY / "templates").rglob("*.j2"):
        for expression in re.findall(r"\{\{.*?\}\}|\{%.*?%\}", path.read_text(), re.DOTALL):
            assert not re.search(r"~|\|\s*(safe|join|format|replace|string)\b|autoescape|\bMarkup\b", expression), path


def test_the_tree_for_the_script_is_the_tree(tmp_path: Path) -> None:
    """From the columns of tree.json every path, size, mode, owner and layer of the document can be told again."""
    root = tree(large(900))
    columns = json.loads(root_tree.payload(root))
    assert columns["names"] == root.names
    assert [entry - up for entry, up in enumerate(columns["up"])] == root.parents
    for entry in range(len(root)):
        mode, owner, layer = columns["attributes"][columns["attribute"][entry]]
        assert mode == tree_view.mode_text(root.kinds[entry], root.modes[entry])
        assert owner == f"{root.uids[entry]}:{root.gids[entry]}"
        assert layer == root.layers[entry]


def test_the_tree_for_the_script_cannot_end_a_script() -> None:
    """The columns hold no character that HTML would take for markup, wherever they are embedded."""
    written = root_tree.payload(tree([Entry("</script><!--", size=1), Entry("a", "l", target="]]>&")]))
    assert not set(written.decode()) & set("<>&")
    assert json.loads(written)["names"][1:] == ["<", "a"] or "script>" in written.decode().replace("\\u003e", ">")


def test_small_trees_are_whole_and_large_ones_two_levels_deep() -> None:
    """Without a script a small image shows every entry, a large one its two top levels, well nested."""
    small = str(root_tree.fallback(tree([Entry("a/b/c/d", size=1), Entry("e", size=2)])))
    assert small.count("<li>") == small.count("</li>") == 5
    assert small.count("<details>") == small.count("</details>") == 3
    big = str(root_tree.fallback(tree(large())))
    assert "package" not in big
    assert "share" in big
    assert len(big) < 400_000


def test_a_tree_thousands_of_directories_deep_is_rendered() -> None:
    """Depth costs no recursion, neither in the page nor in the columns."""
    deep = document([Entry("/".join(["d"] * 4_000), size=1)])
    assert root_tree.payload(deep.tree)
    assert root_tree.fallback(deep.tree).count("<details>") == 1


def test_ten_thousand_layers_make_a_page_of_bounded_size(tmp_path: Path) -> None:
    """Tables are cut with a note of how much is left out; the time is linear."""
    one = sample()
    many = document(layer_count=10_000, word="alpine")
    render(Sample(one.configuration, (outcome("alpine", many.subject),), {many.subject: many}), tmp_path / "docs")
    page = (tmp_path / "docs" / "images" / "alpine" / "index.md").read_text()
    assert len(page) < 1_000_000
    assert "9,850 more" in page
