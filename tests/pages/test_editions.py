"""The pages in several languages: the same ones, at the same places, with the same anchors; data stands once."""

import re
from pathlib import Path

import msgspec
import pytest

from generator import pages
from tests.pages.samples import REPOSITORY, Sample, sample

HAND_WRITTEN = REPOSITORY / "site_src"


def in_languages(one: Sample, *languages: str) -> Sample:
    """Return the sample with a site in these languages."""
    site = msgspec.structs.replace(one.configuration.site, languages=languages)
    return Sample(msgspec.structs.replace(one.configuration, site=site), one.outcomes, one.documents)


def rendered(folder: Path, *languages: str, source: Path = HAND_WRITTEN) -> dict[str, bytes]:
    """Render the sample site in these languages; return every file by its path."""
    one = in_languages(sample(), *languages)
    pages.render(
        one.configuration, one.outcomes, one.load, templates=REPOSITORY / "templates", site_src=source,
        destination=folder,
    )  # fmt: skip
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def ids(page: bytes) -> list[str]:
    """Return a page's anchors, of headings and of elements, in their order."""
    return re.findall(r'(?:\{ #|\bid=")([^\s"}]+)', page.decode())


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Give the files of a site in English and Chinese."""
    return rendered(tmp_path_factory.mktemp("docs"), "en", "zh")


def test_both_languages_have_the_same_pages(both: dict[str, bytes]) -> None:
    """Every page of the root stands below zh/, too, and nothing that is no page does."""
    english = {name for name in both if not name.startswith("zh/")}
    assert {f"zh/{name}" for name in english if name.endswith(".md")} == {name for name in both if name not in english}
    assert "images/alpine/tree.json" in english
    assert "assets/stylesheets/basedex.css" in english


def test_both_languages_have_the_same_anchors(both: dict[str, bytes]) -> None:
    """A link to a heading or a row holds in both languages: ids are equal, and in the same order."""
    for name, page in both.items():
        if name.endswith(".md") and not name.startswith("zh/"):
            assert ids(both[f"zh/{name}"]) == ids(page), name


def test_chinese_pages_are_chinese(both: dict[str, bytes]) -> None:
    """Words are those of the language, and data is found in the root."""
    page = both["zh/images/alpine/index.md"].decode()
    assert "## 根文件系统 { #rootfs" in page
    assert "Root file system" not in page
    assert 'data-tree="../../../images/alpine/tree.json"' in page
    assert 'data-tree="tree.json"' in both["images/alpine/index.md"].decode()


def test_the_first_language_has_the_root(both: dict[str, bytes], tmp_path: Path) -> None:
    """The order in images.yml decides: Chinese first, and English stands below en/; alone, there is no folder."""
    turned = rendered(tmp_path / "turned", "zh", "en")
    assert turned["status.md"] == both["zh/status.md"]
    assert turned["en/status.md"] == both["status.md"]
    assert "en/assets/stylesheets/basedex.css" not in turned
    alone = rendered(tmp_path / "alone", "en")
    assert alone == {name: content for name, content in both.items() if not name.startswith("zh/")}


def test_the_same_bytes_again(both: dict[str, bytes], tmp_path: Path) -> None:
    """A second place gets equal files in every language."""
    assert rendered(tmp_path, "en", "zh") == both


def test_a_page_without_translation_is_shown_in_english(tmp_path: Path) -> None:
    """It says so in the reader's language, below its title; one with a translation does not."""
    source = tmp_path / "site_src"
    (source / "zh").mkdir(parents=True)
    (source / "one.md").write_text("---\ntitle: One\n---\n\n# One { #one }\n\nEnglish words.\n")
    (source / "two.md").write_text("# Two { #two }\n")
    (source / "zh" / "two.md").write_text("# 二 { #two }\n")
    files = rendered(tmp_path / "docs", "en", "zh", source=source)
    one = files["zh/one.md"].decode()
    assert one.startswith("---\ntitle: One\n---\n\n# One { #one }\n\n!!! note\n\n    本页尚未翻译")
    assert "English words." in one
    assert files["zh/two.md"].decode() == "# 二 { #two }\n"
    assert files["two.md"].decode() == "# Two { #two }\n"
    assert "two.md" not in {name.removeprefix("zh/zh/") for name in files if name.startswith("zh/zh/")}


def test_owners_words_are_taken_from_images_yml(tmp_path: Path) -> None:
    """Titles and descriptions are shown in the language where images.yml has them in it."""
    one = in_languages(sample(), "en", "zh")
    groups = one.configuration.groups
    said = {"zh": {"title": "小镜像"}}
    first = msgspec.structs.replace(groups[0], translations=said)
    configuration = msgspec.structs.replace(one.configuration, groups=(first, *groups[1:]))
    pages.render(
        configuration, one.outcomes, one.load, templates=REPOSITORY / "templates", site_src=tmp_path / "none",
        destination=tmp_path / "docs",
    )  # fmt: skip
    assert "小镜像" in (tmp_path / "docs" / "zh" / "index.md").read_text(encoding="utf-8")
    assert "小镜像" not in (tmp_path / "docs" / "index.md").read_text(encoding="utf-8")


def test_sentences_of_a_translation_stand_together(tmp_path: Path) -> None:
    """A line break between two Chinese sentences is no space on the page; lists, tables and code keep theirs."""
    source = tmp_path / "site_src"
    (source / "zh").mkdir(parents=True)
    (source / "one.md").write_text("# One { #one }\n")
    kept = "# 一 { #one }\n\n- 甲。\n- 乙。\n\n| 丙。|\n|---|\n\n```sh\nx\n```\n"
    (source / "zh" / "one.md").write_text(
        f"{kept}\n**第一句。**\n[第二句](one.md)。\n*第三*句。\n4 是第四句。\n\n1. 甲。\n2. 乙。\n"
    )
    page = rendered(tmp_path / "docs", "en", "zh", source=source)["zh/one.md"].decode()
    assert page == f"{kept}\n**第一句。**[第二句](one.md)。*第三*句。4 是第四句。\n\n1. 甲。\n2. 乙。\n"
