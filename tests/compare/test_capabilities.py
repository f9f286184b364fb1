"""The capability sheet: each answer from the document, each rule from the answers."""

import dataclasses
from pathlib import Path

import msgspec
import pytest

from generator.analysis.document import Document
from generator.analyze import analyze_source
from generator.compare.capabilities import KINDS, Capability, sheet, verdicts
from generator.oci.platform import Platform
from generator.source.base import Surroundings
from tests.builders import directory, file, image, tar
from tests.opened import analyzed


def answers(document: Document) -> dict[str, Capability]:
    """Return the sheet by names."""
    return {one.name: one for one in sheet(document)}


def states(document: Document) -> dict[str, str]:
    """Return the answers alone."""
    return {name: one.state for name, one in answers(document).items()}


def test_an_empty_image_has_nothing() -> None:
    """An image with one data file answers no to everything that can be looked for."""
    found = states(analyzed(image([tar([file("data")])])))
    assert set(found.values()) == {"no"}, found


def test_an_older_document_is_unknown_and_never_no() -> None:
    """Where a document is older than a section, the answers that need it are unknown."""
    document = analyzed(image([tar([file("data")])]))
    names = [one.name for one in msgspec.structs.fields(document.sections) if one.name != "os_release"]
    older = msgspec.structs.replace(document.sections, **dict.fromkeys(names))
    found = states(msgspec.structs.replace(document, sections=older))
    assert set(found.values()) == {"unknown"}, found


def test_a_skeleton_of_users_and_directories() -> None:
    """/tmp, accounts and name services are told with their evidence; the configured user decides about root."""
    layer = tar(
        [
            file("etc/passwd", b"root:x:0:0:root:/root:/sbin/nologin\napp:x:1000:1000::/home/app:/sbin/nologin\n"),
            file("etc/nsswitch.conf", b"hosts: files dns\n"),
            directory("tmp", mode=0o1777),
            file("bin/sh", b"#!/bin/busybox sh\n", mode=0o755),
        ]
    )
    found = answers(analyzed(image([layer], run={"User": "app"})))
    assert (found["non-root"].state, found["non-root"].words) == ("yes", "app")
    assert (found["passwd"].words, found["tmp"].words) == ("1: app", "mode 1777")
    assert (found["nsswitch"].words, found["shell"].path) == ("hosts: files dns", "/bin/sh")
    assert answers(analyzed(image([layer])))["non-root"].state == "no"


def test_rules_follow_from_answers() -> None:
    """What is missing is exactly what a rule needs and the sheet denies; an unknown answer is no denial."""
    lines = sheet(analyzed(image([tar([file("data")])])))
    static, dynamic, *_ = verdicts(lines)
    assert (static.starts, {need.capability for need in static.missing}) == (
        "yes",
        {"ca-certificates", "time-zones", "tmp", "passwd"},
    )
    assert dynamic.starts == "no"
    unknown = tuple(dataclasses.replace(line, state="unknown") for line in lines)
    assert {(one.starts, one.missing) for one in verdicts(unknown)[1:]} == {("unknown", ())}
    every = {need.capability for kind in KINDS for need in (*kind.essential, *kind.useful)}
    assert every <= {line.name for line in lines}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "oci/busybox-1.37.0-musl",
            {"shell": "yes", "package-manager": "no", "libc": "no", "multicall": "yes", "ca-certificates": "no"},
        ),
        (
            "rootfs/alpine-minirootfs-3.20.3-x86_64.tar.gz",
            {"shell": "yes", "package-manager": "yes", "libc": "yes", "ca-certificates": "yes", "time-zones": "no"},
        ),
        ("rootfs/alpine-minirootfs-3.6.5-x86_64.tar.gz", {"ca-certificates": "no", "package-manager": "yes"}),
    ],
)
def test_real_images(shared_images: Path, tmp_path: Path, source: str, expected: dict[str, str]) -> None:
    """What is known of the article's images is what the sheet says."""
    transport = "oci" if source.startswith("oci/") else "rootfs"
    whole = f"{transport}:{shared_images}/{source}"
    document = analyze_source(whole, Platform(), Surroundings(cache_folder=tmp_path)).document
    found = states(document)
    assert {name: found[name] for name in expected} == expected
