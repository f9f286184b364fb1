"""The catalogues of other languages: whole, in step with code and templates, and gone round by no visible word."""

import functools
import html
import io
import re
from collections import Counter
from collections.abc import Iterator
from gettext import NullTranslations
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from babel.messages import pofile
from babel.messages.catalog import Message

from generator import language, pages, targets
from generator.language import CATALOGUES, ENGLISH, LANGUAGES, gettext, ngettext, speaking, while_speaking
from generator.pages import catalogue
from generator.recorded import not_asked, recorded_images
from generator.store import documents
from generator.store.observation import Outcome
from generator.targets import Configuration
from tests.pages.samples import REPOSITORY

OTHERS = [one for one in LANGUAGES if one != ENGLISH]
PLACE = re.compile(r"%\(\w+\)s|%%|\{\w+\}|%.")
TAG = re.compile(r"</?[a-z][^>]*>")


def entries(tag: str) -> list[Message]:
    """Return the catalogue's messages."""
    with (CATALOGUES / f"{tag}.po").open("rb") as stream:
        return [one for one in pofile.read_po(stream, locale=tag) if one.id]


def forms(message: Message) -> list[str]:
    """Return the translations: one, or those by number."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def english(message: Message) -> str:
    """Return the English words, of a count those for many."""
    return message.id if isinstance(message.id, str) else message.id[-1]


@pytest.mark.parametrize("tag", OTHERS)
def test_the_catalogue_is_in_step(tag: str) -> None:
    """What `make words` would write is what stands there: no message is missing, and none is unused."""
    content = (CATALOGUES / f"{tag}.po").read_bytes()
    assert catalogue.updated(content, tag, catalogue.messages(REPOSITORY / "templates")) == content


def test_words_for_one_have_one_plural() -> None:
    """A catalogue finds words for a count by those for one, so these may not have two plurals."""
    counted = Counter(one if isinstance(one, str) else one[0] for one in catalogue.messages(REPOSITORY / "templates"))
    assert [words for words, number in counted.items() if number > 1] == []


@pytest.mark.parametrize("tag", OTHERS)
def test_every_message_is_translated(tag: str) -> None:
    """Each has words in every form, and none is only a guess."""
    assert [one.id for one in entries(tag) if not all(forms(one)) or one.fuzzy] == []


@pytest.mark.parametrize("tag", OTHERS)
def test_places_and_markup_are_the_same(tag: str) -> None:
    """A translation has the places for values and the tags that the English words have, no more and no fewer."""
    for message in entries(tag):
        words = english(message)
        for form in filter(None, forms(message)):
            assert set(PLACE.findall(form)) == set(PLACE.findall(words)), words
            assert Counter(TAG.findall(form)) == Counter(TAG.findall(words)), words


def test_chinese_is_in_chinese() -> None:
    """Words with a sentence's length have Chinese characters, and Chinese punctuation beside them."""
    for message in entries("zh"):
        for form in forms(message):
            if len(TAG.sub("", english(message)).split()) > 6:
                assert re.search(r"[\u4e00-\u9fff]{2}", form), form
            assert not re.search(r"[\u4e00-\u9fff][,;!?]|[\u4e00-\u9fff]\.(?:\s|$)", TAG.sub("", form)), form


def test_a_changed_message_loses_its_translation() -> None:
    """New messages come in untranslated, old ones go, and the translations of those that stay are kept."""
    before = catalogue.updated(b"", "zh", {"kept", "lost", ("%(num)s file", "%(num)s files")})
    before = before.replace(b'msgid "kept"\nmsgstr ""', 'msgid "kept"\nmsgstr "留"'.encode())
    after = catalogue.updated(before, "zh", {"kept", "new"})
    read = pofile.read_po(io.BytesIO(after), locale="zh")
    assert {one.id: one.string for one in read if one.id} == {"kept": "留", "new": ""}
    assert b"lost" not in after


def test_languages_do_not_leak() -> None:
    """Whoever takes pieces made in a language goes on speaking the own one between them."""

    def words() -> Iterator[str]:
        yield gettext("yes")
        yield ngettext("%(num)s file", "%(num)s files", 2)

    heard = [(piece, gettext("yes")) for piece in while_speaking("zh", words())]
    assert heard == [("是", "yes"), ("%(num)s 个文件", "yes")]
    with speaking("zh"):
        assert gettext("there is no such message in any catalogue") == "there is no such message in any catalogue"


# No word goes round the catalogue

WORD = re.compile(r"(?<![\w…])[A-Za-z]{3,}(?![\w…])")
MODE = re.compile(r"[-dlcbps][-rwxsStT]{9}")


class Bracketing(NullTranslations):
    """A language in which every message stands in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


class Outside(HTMLParser):
    """Collects the words of a page that stand outside of brackets, in text and in what is read aloud or shown."""

    SHOWN = ("title", "aria-label", "placeholder", "alt", "data-label")
    VOID = ("br", "img", "input", "hr", "wbr", "link", "meta")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.depth = 0
        self.silent = 0
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("code", "script", "style", "kbd")
        for name, value in attrs:
            if name in self.SHOWN and value:
                self.words += WORD.findall(re.sub(r"⟦.*⟧", "", value, flags=re.DOTALL))

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("code", "script", "style", "kbd")

    def handle_data(self, data: str) -> None:
        for piece in re.split(r"([⟦⟧])", data):
            self.depth += {"⟦": 1, "⟧": -1}.get(piece, 0)
            if not self.depth and not self.silent:
                self.words += WORD.findall(MODE.sub("", piece))


NAMES = (
    "docker image podman size compressed vfs tar rootfs archive oci manifest config chain diff digest BusyBox busybox "
    "true false null pie relro canary fortify full UTC JSON SPDX CycloneDX SHA glibc musl uClibc Debian Alpine Linux "
    "Java Node Python Rust PATH MIT copyright endoflife date contributors RSA ECDSA Ubuntu LTS pkcs "
    "Atom Markdown MkDocs Sphinx autorefs"
)
"""Names, which are the same in every language."""


@pytest.fixture(scope="module")
def recorded() -> tuple[Configuration, tuple[Outcome, ...]]:
    """Give some of the images that this site itself reports on, as they are recorded."""
    configuration = targets.load(REPOSITORY / "images.yml")
    wanted = ("alpine", "debian-slim", "distroless-static", "ubuntu")
    groups = tuple(
        msgspec.structs.replace(group, targets=tuple(one for one in group.targets if one.name in wanted))
        for group in configuration.groups
    )
    few = msgspec.structs.replace(configuration, groups=tuple(one for one in groups if one.targets))
    if hasattr(few, "pairs"):
        few = msgspec.structs.replace(few, pairs=())
    images = recorded_images(REPOSITORY / "data", few, {})
    return few, tuple(not_asked(image, offline=True).outcome for image in images)


def test_no_visible_word_goes_round_the_catalogue(
    recorded: tuple[Configuration, tuple[Outcome, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On pages in a language of brackets every word outside of them is a value's: a document's or the owners'."""
    configuration, outcomes = recorded
    configuration = msgspec.structs.replace(
        configuration, site=msgspec.structs.replace(configuration.site, languages=("en", "zh"))
    )
    monkeypatch.setattr(language, "_catalogue", lambda tag: NullTranslations() if tag == ENGLISH else Bracketing())
    (tmp_path / "site_src").mkdir()
    pages.render(
        configuration,
        outcomes,
        functools.partial(documents.load, REPOSITORY / "data"),
        templates=REPOSITORY / "templates",
        site_src=tmp_path / "site_src",
        destination=tmp_path / "docs",
    )
    values = set(NAMES.split()) | set(WORD.findall(repr(configuration) + repr(outcomes)))
    for outcome in outcomes:
        if outcome.observation:
            known = documents.load(REPOSITORY / "data", outcome.observation.subject)
            told = (known.sections, known.config, known.steps, known.warnings, known.stored, known.unknown)
            values |= set(WORD.findall(repr(told) + repr((known.tree.names, known.tree.targets))))
    missed = []
    for path in sorted((tmp_path / "docs" / "zh").rglob("*.md")):
        _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
        parser = Outside()
        parser.feed(re.sub(r"\{ #[^}\n]*\}", "", body))
        shown = re.findall(r"^(?:title|description): (.*)$", front, re.MULTILINE)
        parser.feed("\n".join(html.unescape(one) for one in shown))
        found = sorted({word for word in parser.words if word not in values})
        if found:
            missed.append(f"{path.relative_to(tmp_path / 'docs' / 'zh')}: {' '.join(found)}")
    assert not missed, "\n".join(missed)
