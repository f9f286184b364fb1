"""Images for the gate to judge: analyzed from bytes, with what is otherwise about them put in."""

import tarfile
from datetime import date
from typing import Any

import msgspec

from generator.advisories.assessment import Assessment
from generator.analysis.document import Document
from generator.analysis.sections.base import Failure
from generator.images_policy import Policy, combined
from generator.lifecycle.calendar import shipped
from generator.oci.platform import Platform
from generator.policy.subject import Subject
from generator.store.observation import Observation, Outcome
from generator.targets import Target
from tests.builders import directory, file, image, symlink, tar
from tests.opened import analyzed

TODAY = date(2026, 11, 24)
PROGRAM = b"#!/bin/true\n"
STATUS = b"".join(
    f"Package: {name}\nStatus: install ok installed\nVersion: {version}\nArchitecture: amd64\n\n".encode()
    for name, version in (("libssl3", "3.0"), ("openssl", "3.0"), ("bash", "5.2"))
)
OS_RELEASE = b'ID=debian\nVERSION_ID="%s"\nPRETTY_NAME="Debian GNU/Linux"\n'
Entries = list[tuple[tarfile.TarInfo, bytes]]


def entries() -> Entries:
    """Return a small distribution: a shell, a package manager, setuid files, three packages."""
    return [
        file("bin/bash", PROGRAM, mode=0o755),
        symlink("bin/sh", "bash"),
        file("usr/bin/apt", PROGRAM, mode=0o755),
        file("usr/bin/su", PROGRAM, mode=0o4755),
        file("usr/bin/wall", PROGRAM, mode=0o2755, gid=5),
        file("etc/os-release", OS_RELEASE % b"12"),
        file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n"),
        file("var/lib/dpkg/status", STATUS),
        directory("tmp", mode=0o1777),
    ]


def whole(**run: Any) -> Document:
    """Return the document of the small distribution, `run` being its configuration."""
    return analyzed(image([tar(entries()[:4]), tar(entries()[4:])], run=run))


def bare() -> Document:
    """Return the document of an image with a single file that nothing is known about."""
    return analyzed(image([tar([file("app", b"x")])], run={"User": "1000"}))


def with_sections(document: Document, **sections: Any) -> Document:
    """Return `document` with other sections; None is how older documents have them."""
    return msgspec.structs.replace(document, sections=msgspec.structs.replace(document.sections, **sections))


def failed(document: Document, name: str) -> Document:
    """Return `document` as it is when the inspector of one section failed."""
    section = type(getattr(document.sections, name))
    return with_sections(document, **{name: section(state="failed", failure=Failure("format", "at 3: \x1b[1mbroken"))})


def policy(*written: dict[str, Any]) -> Policy:
    """Return what these policies of images.yml come to."""
    return combined(*(msgspec.convert(one, Policy) for one in written))


def subject(
    document: Document | None,
    asked: dict[str, Any],
    *,
    state: str = "fresh",
    reason: str = "",
    target: dict[str, Any] | None = None,
    today: date = TODAY,
    since: str = "2026-11-01T10:00:00Z",
    changed_then: bool = True,
    assessment: Assessment | None = None,
    outdated: tuple[str, ...] = (),
) -> Subject:
    """Return an image of which `document` is recorded, judged by what is asked."""
    observation = None
    if document is not None:
        observation = Observation(
            at=since, subject=document.subject, generator_version="0.0.0", source="registry:registry.invalid/base:1"
        )
    return Subject(
        target=Target(
            **{"name": "base", "title": "Base", "sources": ("base",), "platforms": (Platform(),)}
            | {"policy": policy(asked)}
            | (target or {})
        ),
        outcome=Outcome(name="base", platform=Platform(), state=state, observation=observation, reason=reason),
        today=today,
        calendar=shipped(),
        recorded=document,
        since=since if document else "",
        changed_then=changed_then,
        assessment=assessment,
        outdated=outdated,
    )
