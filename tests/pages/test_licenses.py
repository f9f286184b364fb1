"""Licences on the image page: the figures, what is not wholly known with its reason, and documents without them."""

from html import unescape

import msgspec

from generator.analysis.sections.packages import PackagesSection
from tests.builders import file, image, tar
from tests.opened import analyzed
from tests.pages.test_inside import shown

APK = b"".join(
    f"P:p{number}\nV:1\nL:{licence}\n\n".encode()
    for number, licence in enumerate(("GPL2", "MIT AND <b>", "MIT BSD", "MIT AND", "custom", ""))
)
STATUS = b"".join(b"Package: %s\nStatus: install ok installed\nVersion: 1\n\n" % name for name in (b"gone", b"prose"))


def section_of(*entries: tuple[str, bytes]) -> PackagesSection:
    """Analyze files and return what was found."""
    section = analyzed(image([tar([file(path, content) for path, content in entries])])).sections.packages
    assert section is not None
    return section


def test_every_reason_is_told() -> None:
    """Each package that is not wholly known is listed with its reason, and hostile words stay text."""
    body = shown("packages", section_of(("lib/apk/db/installed", APK))).body
    listed = body.partition("Not wholly known")[2].partition("</table>")[0]
    for words in (
        "SPDX does not know: <b>",
        "Nothing says how these belong together: MIT BSD",
        "The words make no licence expression.",
        "SPDX does not know: custom",
        "Nothing is said.",
    ):
        assert words in unescape(listed)
    assert "<b>" not in listed
    assert ">p0<" not in listed
    body = shown(
        "packages",
        section_of(
            ("var/lib/dpkg/status", STATUS),
            ("usr/share/doc/prose/copyright", b"/usr/share/common-licenses/GPL-2\n"),
        ),
    ).body
    assert "Prose, which refers to the text of GPL-2" in unescape(body)
    assert "There is no such file in the image." in body


def test_older_documents_claim_nothing() -> None:
    """A document from before licences were read shows no figure of them, and the field as it stands."""
    section = section_of(("lib/apk/db/installed", APK))
    assert section.found is not None
    packages = tuple(msgspec.structs.replace(one, license_found=None) for one in section.found.packages)
    older = msgspec.structs.replace(section.found, licenses=None, packages=packages)
    body = shown("packages", msgspec.structs.replace(section, found=older)).body
    assert 'id="licenses"' not in body
    assert "MIT BSD" in body


def test_packages_far_down_are_listed_too() -> None:
    """Whoever is not wholly known is found behind any number that are; what is left out of a long list is counted."""
    known = b"".join(b"P:k%04d\nV:1\nL:MIT\n\n" % number for number in range(450))
    body = shown("packages", section_of(("lib/apk/db/installed", known + b"P:last\nV:1\nL:custom\n\n"))).body
    listed = unescape(body.partition("Not wholly known")[2].partition("</table>")[0])
    assert ">last</th>" in listed
    assert listed.count("SPDX does not know") == 1
    assert "more" not in listed
    unknown = b"".join(b"P:u%04d\nV:1\nL:custom\n\n" % number for number in range(450))
    body = shown("packages", section_of(("lib/apk/db/installed", unknown))).body
    listed = unescape(body.partition("Not wholly known")[2].partition("</table>")[0])
    assert listed.count("SPDX does not know") == 400
    assert "… and 50 more, in the document." in listed
