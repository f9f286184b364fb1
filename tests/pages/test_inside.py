"""The templates of certificates, time zones, users and permissions: states in words, and hostile findings as text."""

from typing import Any

import msgspec
import pytest

from generator.analysis.sections import Sections
from generator.analysis.sections.base import Failure, Section
from generator.analysis.sections.certificates import CertificatesSection
from generator.analysis.sections.identity import IdentitySection
from generator.analysis.sections.permissions import PermissionsSection
from generator.analysis.sections.time_zones import TimeZonesSection
from generator.pages import sections
from generator.pages.environment import Templates
from tests.builders import file, image, tar
from tests.certificates import certificate
from tests.opened import analyzed
from tests.pages.samples import HOSTILE, REPOSITORY, document
from tests.pages.test_markup import Skeleton, converted

TEMPLATES = Templates(REPOSITORY / "templates")
SECTIONS: dict[str, Any] = {
    "certificates": CertificatesSection,
    "time_zones": TimeZonesSection,
    "identity": IdentitySection,
    "permissions": PermissionsSection,
}
BUNDLE = "etc/ssl/certs/ca-certificates.crt"


def filled(kind: Any, word: str) -> Any:
    """Make a value of a type in which every text is `word`, every list has an item and nothing is None."""
    match kind:
        case msgspec.inspect.StructType():
            return kind.cls(**{field.name: filled(field.type, word) for field in kind.fields})
        case msgspec.inspect.UnionType():
            return filled(next(one for one in kind.types if not isinstance(one, msgspec.inspect.NoneType)), word)
        case msgspec.inspect.VarTupleType():
            return (filled(kind.item_type, word),)
        case msgspec.inspect.ListType():
            return [0]
        case msgspec.inspect.DictType():
            return {word: filled(kind.value_type, word)}
        case msgspec.inspect.Metadata():
            return filled(kind.type, word)
        case msgspec.inspect.StrType():
            return word
        case msgspec.inspect.BoolType():
            return True
    return 1


def shown(name: str, section: Section | None) -> sections.SectionView:
    """Return the view of one section on a page."""
    whole = document()
    made = msgspec.structs.replace(whole.sections, **{name: section})
    views = sections.views(msgspec.structs.replace(whole, sections=made), TEMPLATES)
    return next(view for field, view in zip(Sections.__struct_fields__, views, strict=True) if field == name)


def page_of(name: str, word: str) -> Skeleton:
    """Return the section's part of a page with `word` for every text."""
    found = next(field for field in msgspec.structs.fields(SECTIONS[name]) if field.name == "found")
    section = SECTIONS[name](state="found", found=filled(msgspec.inspect.type_info(found.type), word))
    return converted(f"<div>\n{shown(name, section).body}\n</div>")


@pytest.mark.parametrize("name", SECTIONS)
def test_hostile_findings_are_text(name: str) -> None:
    """No string that an inspector found changes the structure of its section."""
    plain = page_of(name, "harmless")
    tags = [one for one in plain.tags if one[0] != "wbr"]  # a path may break after its slashes
    assert "harmless" in plain.text
    for word in HOSTILE:
        if "\udcff" not in word:  # a document holds no lone surrogates
            assert [one for one in page_of(name, word).tags if one[0] != "wbr"] == tags, word


@pytest.mark.parametrize("name", SECTIONS)
def test_every_section_says_what_it_is_about(name: str) -> None:
    """Each has a sentence for those who do not know the term, and an anchor that nothing else on the page has."""
    view = shown(name, SECTIONS[name](state="absent"))
    assert view.what.endswith(".")
    assert view.anchor not in ("identity", "layers", "sizes", "config", "rootfs")
    assert view.state == "absent"
    failed = shown(name, SECTIONS[name](state="failed", failure=Failure("format", "/etc/x: broken")))
    assert (failed.state, failed.failure) == ("failed", "/etc/x: broken")
    assert shown(name, None).state == "unknown"


def text_of(name: str, *entries: Any, **config: Any) -> str:
    """Return the words of a section of an image with these files."""
    made = analyzed(image([tar(entries)], config=config))
    body = shown(name, getattr(made.sections, name)).body
    return " ".join(converted(f"<div>\n{body}\n</div>").text.split())


def test_expired_none_and_not_known_are_different_words() -> None:
    """What has expired is told by the image's date; an image without a date has a “not known”, not a “none”."""
    old, new = certificate("old", not_after="2020-01-01"), certificate("new", not_after="2040-01-01")
    some = text_of("certificates", file(BUNDLE, old + new))
    assert "Expired1 when the image was made, on 2024-05-01" in some
    assert "2020-01-01 expired" in some
    assert "Expirednone when the image was made" in text_of("certificates", file(BUNDLE, new))
    undated = text_of("certificates", file(BUNDLE, old), created="1970-01-01T00:00:00Z")
    assert "Expirednot known" in undated
    assert "2020-01-01 expired" not in undated
    assert "Empty." in text_of("certificates", file(BUNDLE))
    assert "None where programs look." in text_of("certificates", file("opt/x.pem", new))


def test_who_runs_in_words() -> None:
    """Root by default, another user, and a user as whom nothing starts are told apart."""
    passwd = file("etc/passwd", b"app:x:7:8::/:/bin/sh\n")
    by_default = "Runs as root (uid 0). The configuration names no user. No account has that number."
    assert by_default in text_of("identity", passwd)
    assert "Does not run as root but as uid 7, app. Its group is 8." in text_of(
        "identity", passwd, config={"User": "app"}
    )
    assert "No container starts:" in text_of("identity", passwd, config={"User": "gone"})
    assert "/tmpno: programs that write temporary files fail" in text_of("identity", passwd)
