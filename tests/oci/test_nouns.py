"""References, platforms, digests, dates and instructions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import InvalidDigest, InvalidPlatform, InvalidReference
from generator.oci.digest import chain_ids, digest_of, parse_digest
from generator.oci.instruction import instruction_of
from generator.oci.platform import Platform
from generator.oci.reference import Reference
from generator.oci.time import read_created

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("alpine", "docker.io/library/alpine:latest"),
        ("alpine:3.20", "docker.io/library/alpine:3.20"),
        ("user/app", "docker.io/user/app:latest"),
        ("index.docker.io/alpine", "docker.io/library/alpine:latest"),
        ("gcr.io/distroless/static", "gcr.io/distroless/static:latest"),
        ("localhost/a", "localhost/a:latest"),
        ("127.0.0.1:5000/a/b:t", "127.0.0.1:5000/a/b:t"),
        ("[::1]:5000/a", "[::1]:5000/a:latest"),
        (f"alpine@{DIGEST}", f"docker.io/library/alpine@{DIGEST}"),
        (f"alpine:3@{DIGEST}", f"docker.io/library/alpine:3@{DIGEST}"),
    ],
)
def test_references_are_spelled_out(text: str, full: str) -> None:
    """Docker's shorthand means what Docker means by it."""
    assert str(Reference.parse(text)) == full


@pytest.mark.parametrize(
    "text",
    ["", "A", "a:", "a:b:c", "a@", "a@sha256:1", "a b", "../x", "a/../b", "a//b", "-a", "host:99999x/a", "a:-t",
     "x" * 300, "a\n", "ho st/a", "a:t\n"],
)  # fmt: skip
def test_what_is_no_reference(text: str) -> None:
    """Everything outside the grammar is refused with a reason."""
    with pytest.raises(InvalidReference):
        Reference.parse(text)


@given(st.text())
def test_any_text_is_a_reference_or_refused(text: str) -> None:
    """A reference that parses, parses again to the same."""
    try:
        read = Reference.parse(text)
    except InvalidReference:
        return
    assert Reference.parse(str(read)) == read


@pytest.mark.parametrize("text", ["", "linux", "linux/", "/amd64", "a/b/c/d", "linux/amd64 ", "linux/../x"])
def test_what_is_no_platform(text: str) -> None:
    """A platform has two or three plain parts."""
    with pytest.raises(InvalidPlatform):
        Platform.parse(text)


@pytest.mark.parametrize(
    "text", ["", "sha256:", "sha256:" + "A" * 64, "md5:" + "a" * 32, DIGEST + "\n", "sha256:../x", "x"]
)
def test_what_is_no_digest(text: str) -> None:
    """Only well-formed digests of registered algorithms get through."""
    with pytest.raises(InvalidDigest):
        parse_digest(text)


def test_chain_ids() -> None:
    """The first chain ID is the diff_id; the next hashes its parent and its diff_id with a space between."""
    a, b = digest_of(b"a"), digest_of(b"b")
    assert chain_ids((a, b)) == (a, digest_of(f"{a} {b}".encode()))
    assert chain_ids(()) == ()


@pytest.mark.parametrize(
    ("text", "at", "note"),
    [
        ("2024-05-01T12:00:00Z", "2024-05-01T12:00:00Z", ""),
        ("2024-05-01T12:00:00.123456789+02:00", "2024-05-01T10:00:00Z", ""),
        ("1970-01-01T00:00:00Z", None, "reproducible"),
        ("0001-01-01T00:00:00Z", None, "absent"),
        (None, None, "absent"),
        ("", None, "absent"),
        ("yesterday", None, "unreadable"),
        ("2024-13-01T00:00:00Z", None, "unreadable"),
        ("<script>", None, "unreadable"),
        ("9999-12-31T23:59:59-23:59", None, "unreadable"),
    ],
)
def test_creation_dates(text: str | None, at: str | None, note: str) -> None:
    """A missing, zero or unreadable date is told apart and never shown as a date."""
    assert read_created(text) == (at, note)


@pytest.mark.parametrize(
    ("created_by", "keyword", "text"),
    [
        ('/bin/sh -c #(nop)  CMD ["/bin/sh"]', "CMD", '["/bin/sh"]'),
        ("/bin/sh -c #(nop) ADD file:37a76ec18f in / ", "ADD", "file:37a76ec18f in /"),
        ("/bin/sh -c apt-get update", "RUN", "apt-get update"),
        ("RUN /bin/sh -c apk add curl # buildkit", "RUN", "apk add curl"),
        ("RUN |2 A=b C=d /bin/sh -c make # buildkit", "RUN", "make"),
        ("|1 A=b /bin/sh -c make", "RUN", "make"),
        ("COPY . /app # buildkit", "COPY", ". /app"),
        ("ENV PATH=/bin", "ENV", "PATH=/bin"),
        ("/bin/bash -o pipefail -c ls", "RUN", "ls"),
        ("bazel build ...", "", "bazel build ..."),
        ("", "", ""),
    ],
)
def test_instructions(created_by: str, keyword: str, text: str) -> None:
    """The instruction behind a history line is told without the builder's dressing."""
    assert instruction_of(created_by) == (keyword, text)
