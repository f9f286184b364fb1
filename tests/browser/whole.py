"""A site with a page of every kind, in two languages: recorded images, images made here and one that is missing."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import msgspec

from generator import targets
from generator.advisories import recorded
from generator.advisories.database import open_database
from generator.advisories.recorded import Assessments
from generator.analysis.document import Document
from generator.compare.past import figures_of
from generator.store import documents, history
from generator.store.observation import Observation, Outcome
from generator.targets import Configuration, Group
from tests.advisories.builders import CRITICAL, LOW, advisory, archive, exploited
from tests.builders import file, image, tar
from tests.opened import analyzed
from tests.pages.samples import REPOSITORY, Sample, outcome, target
from tests.pages.site_build import build

STORE = REPOSITORY / "data"
RECORDED = ("busybox", "alpine", "distroless-static")
USER = {"User": "65532"}


def made() -> dict[str, Document]:
    """Make three images that run as a user; the third has a shell and /usr/bin/env."""
    program = file("app/server", b"server\n" * 40, mode=0o755)
    shell = file("bin/sh", b"#!/bin/x\n", mode=0o755)
    return {
        "server": analyzed(
            image([tar([program, file("etc/passwd", b"app:x:65532:65532::/:/sbin/nologin\n")])], run=USER)
        ),
        "worker": analyzed(image([tar([program, file("app/worker", b"w" * 900, mode=0o755)])], run=USER)),
        "tools": analyzed(image([tar([shell, file("usr/bin/env", b"env\n" * 99, mode=0o755)])], run=USER)),
    }


def build_whole(folder: Path) -> Path:
    """Build the site below `folder`; return it.

    `images/absent/` is the page of an image never recorded, `images/server/` of one that changed, `images/retired/` of
    one that is no longer listed.
    """
    configuration = targets.load(REPOSITORY / "images.yml")
    kept = {one.name: one for one in configuration.targets if one.name in RECORDED}
    own = made()
    groups = (
        Group(name="own", title="Our own", targets=tuple(target(name) for name in own)),
        Group(name="recorded", title="Recorded", targets=(*kept.values(), target("absent", status="banned"))),
    )
    pairs = tuple(pair for pair in configuration.pairs if set(pair) <= set(kept))
    known = {document.subject: document for document in own.values()}
    outcomes: list[Outcome] = [outcome(name, document.subject) for name, document in own.items()]
    for name, one in kept.items():
        for platform in one.platforms:
            seen = history.last(STORE, name, platform)
            if seen is None:
                raise AssertionError(f"{name} for {platform} is not recorded")
            known[seen.subject] = documents.load(STORE, seen.subject)
            outcomes.append(outcome(name, seen.subject, platform=platform))
    outcomes.append(outcome("absent", None, "missing", slug="source-unreachable", reason="nobody answers"))
    histories = {(one.name, one.platform.slug): [one.observation] for one in outcomes if one.observation is not None}
    histories["server", "linux-amd64"].insert(0, _earlier(own["worker"]))
    histories["retired", "linux-amd64"] = [_earlier(own["tools"])]
    assessments = _assessed(known.values(), configuration, folder)
    return build(Sample(_with(configuration, groups, pairs), tuple(outcomes), known, histories, assessments), folder)


def _assessed(found: Iterable[Document], configuration: Configuration, folder: Path) -> Assessments:
    """Hold everything against a few made-up advisories on Alpine: some are fixed, one is exploited."""
    store = folder / "data"
    for document in found:
        documents.save(store, document)
    advisories = [
        advisory("CVE-2026-0001", "musl", "99-r0", vector=CRITICAL),
        *(advisory(f"CVE-2026-{number:04}", "busybox", vector=LOW) for number in range(2, 12)),
    ]
    archive(folder / "advisories", "Alpine", advisories)
    exploited(folder / "advisories", "CVE-2026-0001")
    recorded.bring_up_to_date(store, open_database(folder / "advisories", folder / "indexes"), {})
    return recorded.open_recorded(store, configuration, folder, date(2026, 11, 24))


def _earlier(document: Document) -> Observation:
    return Observation(
        at="2026-06-01T10:00:00Z",
        subject=document.subject,
        generator_version="0.0.0",
        source="registry:registry.invalid/library/earlier:latest",
        figures=figures_of(document),
    )


def _with(configuration: Configuration, groups: tuple[Group, ...], pairs: tuple[tuple[str, str], ...]) -> Configuration:
    return msgspec.structs.replace(configuration, groups=groups, pairs=pairs)
