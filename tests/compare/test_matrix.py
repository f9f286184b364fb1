"""The matrix's rows: what is there, what is not, what could not be read and what is not known are four things."""

import msgspec
import pytest

from generator.analysis.document import Document
from generator.analysis.sections.base import Failure
from generator.compare.matrix import FACT_NAMES, Fact, row_of
from tests.builders import file, image, symlink, tar
from tests.opened import analyzed

SECTIONS = {
    "packages": "packages",
    "commands": "commands",
    "shell": "commands",
    "package-manager": "commands",
    "libc": "elf",
    "certificates": "certificates",
    "time-zones": "time_zones",
    "user": "identity",
    "setuid": "permissions",
}
"""Facts by the section that tells them; the C++ library is told by the tree."""


def bare() -> Document:
    """Analyze an image with one file."""
    return analyzed(image([tar([file("data")])]))


def with_sections(document: Document, **sections: object) -> Document:
    """Replace sections."""
    return msgspec.structs.replace(document, sections=msgspec.structs.replace(document.sections, **sections))


def test_an_empty_image_has_none_of_it() -> None:
    """What was looked for and is not there is "no" and has no count."""
    facts = row_of(bare()).facts
    assert tuple(facts) == FACT_NAMES
    assert {(one.state, one.count) for one in facts.values()} == {("no", None)}


@pytest.mark.parametrize("name", SECTIONS)
def test_an_older_document_does_not_know(name: str) -> None:
    """Without the section the fact is unknown."""
    older = with_sections(bare(), **{SECTIONS[name]: None})
    assert row_of(older).facts[name] == Fact("unknown")


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_that_failed_is_no_absence(name: str) -> None:
    """A section that could not be made is "failed": neither no nor unknown."""
    document = bare()
    kind = type(getattr(document.sections, SECTIONS[name]))
    failed = kind(state="failed", failure=Failure("x", "could not be read"), found=None)
    assert row_of(with_sections(document, **{SECTIONS[name]: failed})).facts[name] == Fact("failed")


def test_programs_are_named_once_however_many_names_they_have() -> None:
    """Two names of one shell are one word; setuid files are counted; the user's name decides about root."""
    layer = tar(
        [
            file("bin/dash", b"#!/bin/x\n", mode=0o755),
            symlink("bin/sh", "dash"),
            file("bin/su", b"#!/bin/x\n", mode=0o4755),
            file("etc/passwd", b"root:x:0:0::/:/bin/sh\napp:x:7:7::/:/bin/sh\n"),
            file("usr/lib/libstdc++.so.6"),
        ]
    )
    facts = row_of(analyzed(image([layer], run={"User": "app"}))).facts
    assert facts["shell"] == Fact("yes", words=("dash",))
    assert facts["setuid"] == Fact("yes", 1)
    assert facts["user"] == Fact("yes", words=("app",))
    assert facts["cxx"].state == "yes"
    assert facts["commands"].count == 3
    assert row_of(analyzed(image([layer]))).facts["user"] == Fact("no", words=("root",))
