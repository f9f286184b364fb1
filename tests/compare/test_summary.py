"""A change in a few figures and in one line: real analyses of built images in, summaries and words out."""

from typing import Any

import msgspec
import pytest

from generator.analysis.document import Document
from generator.compare.between import between
from generator.compare.over_time import compared
from generator.compare.past import figures_of, past_of
from generator.compare.summary import Summary, summary_of, summary_of_figures
from generator.language import speaking
from generator.oci.digest import Digest
from generator.pages.change_words import headline
from generator.store.observation import Observation
from tests import builders
from tests.opened import analyzed


def package(name: str, version: str, *paths: str) -> bytes:
    """Return a record of apk's installed database."""
    folders = {path.rpartition("/")[0] for path in paths}
    files = "".join(
        f"F:{folder}\n" + "".join(f"R:{path.rpartition('/')[2]}\n" for path in paths if path.startswith(f"{folder}/"))
        for folder in sorted(folders)
    )
    return f"P:{name}\nV:{version}\nA:x86_64\nL:MIT\n{files}\n".encode()


def made(*packages: bytes, mode: int = 0o644, mtime: int = 0, extra: tuple[Any, ...] = (), **fields: Any) -> Document:
    """Analyze a small image with packages of apk."""
    entries = [
        builders.directory("etc"),
        builders.file("etc/os-release", b'ID=alpine\nVERSION_ID=3.20\nPRETTY_NAME="Alpine Linux v3.20"\n'),
        builders.file("etc/conf", b"setting\n", mode=mode, mtime=mtime),
        builders.directory("lib"),
        builders.directory("lib/apk"),
        builders.directory("lib/apk/db"),
        builders.file("lib/apk/db/installed", b"".join(packages)),
        *extra,
    ]
    return analyzed(builders.image([builders.tar(entries)], **fields))


OLD = package("openssl", "3.3.1-r0"), package("musl", "1.2.5-r0")


def told(before: Document, after: Document) -> tuple[Summary, str]:
    """Return a change's summary and its line."""
    summary = summary_of(between(before, after))
    return summary, headline(summary)


def test_a_few_packages_are_named() -> None:
    """Where at most three packages changed the line says which, and to what version."""
    summary, line = told(made(*OLD), made(package("openssl", "3.3.2-r0"), OLD[1]))
    assert summary.packages is not None
    assert (summary.packages.upgraded, summary.packages.total) == (1, 1)
    assert line == "openssl upgraded to 3.3.2-r0, 1 path different"


def test_many_packages_are_counted() -> None:
    """More than three are counted by what became of them."""
    before = [package(f"p{number}", "1-r0") for number in range(6)]
    after = [*(package(f"p{number}", "2-r0") for number in range(3)), package("p3", "0-r0"), package("new", "1-r0")]
    summary, line = told(made(*before), made(*after))
    assert summary.packages is not None
    assert summary.packages.named == ()
    assert line.startswith("3 packages upgraded, 1 package downgraded, 1 package added, 2 packages removed and more")


def test_a_mode_alone_is_a_change() -> None:
    """Where nothing but one file's mode is different, the line says just that."""
    assert told(made(*OLD), made(*OLD, mode=0o600))[1] == "1 path’s mode changed"


def test_a_new_setuid_file_weighs_more_than_files() -> None:
    """What lends power stands before what is only a file."""
    power = (builders.file("etc/su", b"x" * 2000, mode=0o4755),)
    summary, line = told(made(*OLD), made(*OLD, extra=power))
    assert summary.setuid is not None and summary.setuid.added == 1
    assert line == "1 setuid file new, 1 path added; 2 kB larger"


def test_nothing_but_times_is_a_sentence_of_its_own() -> None:
    """A rebuild that changes times alone is told as what it is, and counts nothing."""
    summary, line = told(made(*OLD, mtime=1), made(*OLD, mtime=2))
    assert (summary.is_empty, summary.only_times) == (True, True)
    assert line == "nothing but times changed"


def test_layers_cut_in_another_way_are_no_change_of_contents() -> None:
    """The same files in two layers rather than one are told as that."""
    first, second = [builders.file("a", b"1")], [builders.file("b", b"2")]
    one = analyzed(builders.image([builders.tar([*first, *second])], config={"history": []}))
    two = analyzed(builders.image([builders.tar(first), builders.tar(second)], config={"history": []}))
    assert told(one, two)[1] == "nothing but the layers changed: the same contents, stored in another way"


def test_the_build_history_alone_is_told_as_such() -> None:
    """Where only the steps' words differ the line says so, and does not call it times."""
    steps = [[{"created_by": words}] for words in ("RUN one", "RUN two")]
    one, two = (made(*OLD, config={"history": each}) for each in steps)
    assert told(one, two)[1] == "no package, file or setting changed; only the build history did"


def test_what_cannot_be_told_is_none_and_named() -> None:
    """A part that one document is too old for is None in the summary, never 0, and listed as not known."""
    before, after = made(*OLD), made(*OLD)
    older = msgspec.structs.replace(before, sections=msgspec.structs.replace(before.sections, packages=None))
    summary, _line = told(older, after)
    assert summary.packages is None
    assert summary.deltas["package_count"] is None
    assert "packages" in summary.unknown


def test_figures_alone_tell_of_sizes_and_counts() -> None:
    """Without documents a change is the difference of what the history noted down."""
    before, after = (figures_of(made(*packages)) for packages in (OLD, (*OLD, package("zlib", "1-r0"))))
    summary = summary_of_figures(before, after)
    assert not summary.compared and summary.packages is None
    assert headline(summary).startswith("1 package more; ")
    assert headline(summary_of_figures(None, after)) == "the image's bytes changed"


def test_the_line_is_in_the_readers_language() -> None:
    """The same summary is told in Chinese where that is spoken."""
    summary, _line = told(made(*OLD), made(*OLD, mode=0o600))
    with speaking("zh"):
        assert headline(summary) == "1 个路径权限有变化"


@pytest.mark.parametrize("kept", ["both", "one", "none"])
def test_changes_of_a_past_are_compared_as_far_as_documents_are_kept(kept: str) -> None:
    """With both documents a change is compared; else it is made of figures, and nothing is loaded that is not there."""
    documents = {one.subject: one for one in (made(*OLD), made(*OLD, mode=0o600), made(package("musl", "2-r0")))}
    first, second, third = documents
    there = {"both": {first, second, third}, "one": {second, third}, "none": set[Digest]()}[kept]
    observations = [
        Observation(
            at=f"2026-01-0{number}T00:00:00Z",
            subject=subject,
            generator_version="1",
            source="registry:x",
            figures=figures_of(documents[subject]),
        )
        for number, subject in enumerate(documents, start=1)
    ]
    loaded = []

    def load(subject: Digest) -> Document:
        assert subject in there
        loaded.append(subject)
        return documents[subject]

    found = list(compared(past_of(observations, there.__contains__), load))
    assert [one.summary.compared for one in found] == {"both": [True, True], "one": [False, True], "none": [False] * 2}[
        kept
    ]
    assert len(loaded) == len(there)
