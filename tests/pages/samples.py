"""Documents, outcomes and configurations made by hand, for tests of the pages: honest ones and hostile ones."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from generator.advisories.recorded import Assessments
from generator.analysis.document import (
    Document,
    Identity,
    Layer,
    Member,
    Sizes,
    Step,
    Stored,
    Tree,
)
from generator.analysis.sections import Sections
from generator.analysis.sections.base import Failure
from generator.analysis.sections.os_release import OsRelease, OsReleaseSection
from generator.errors import StoreError
from generator.oci.digest import Digest
from generator.oci.documents import Config
from generator.oci.platform import Platform
from generator.store.observation import Observation, Outcome
from generator.targets import Configuration, Group, Target
from generator.warnings import Noted

REPOSITORY = Path(__file__).parent.parent.parent
AMD64 = Platform("linux", "amd64")
ARM64 = Platform("linux", "arm64")

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "[link](javascript:alert(1))",
    "![image](http://evil.invalid/x.png)",
    "| cell | cell |\n|---|---|\n| a | b |",
    "```\ncode\n```",
    "`code` **bold** _em_ ~~gone~~",
    "# heading",
    "- list\n- list",
    "{{ 7*7 }} {% raw %}",
    "{: .class onclick=alert(1) }",
    "[^1] [TOC] *[HTML]: x",
    "<!-- comment --> --> <![CDATA[x]]>",
    "&lt;b&gt; &amp;",
    "http://evil.invalid/ www.evil.invalid <http://evil.invalid>",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07",
    "right\u202eleft \u2066x\u2069 \u200bzero",
    "line\r\nbreak\u2028sep\u2029sep",
    "bytes \udcff\udcfe",
    "\x02wzxhzdk:0\x03 \x02amp\x03",
    "=1+1 @cmd +x",
    ":smile: ++key++ ==mark== ^^ins^^ H~2~O",
    "!!! note\n    text",
    "--8<-- 'mkdocs.yml'",
    "$math$ \\(x\\)",
    "<details markdown='1'><summary>x</summary>",
    "</div></div></td></tr></table>",
    "../../etc/shadow",
)
"""Strings that must come out as nothing but text."""


@dataclass(frozen=True)
class Entry:
    """One path of a sample tree."""

    path: str
    kind: str = "-"
    size: int = 0
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    layer: int = 0
    content: str = ""
    """Any name for the content; "" makes it the path's own."""
    target: str = ""
    hard_link: str = ""


def digest(word: str) -> Digest:
    """Return a digest that stands for `word`."""
    return Digest("sha256:" + hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest())


def tree(entries: Iterable[Entry]) -> Tree:
    """Make a tree; missing directories are added. A path's parts are split at "/"."""
    by_parts: dict[tuple[str, ...], Entry] = {}
    for entry in entries:
        parts = tuple(entry.path.strip("/").split("/"))
        for end in range(1, len(parts)):
            by_parts.setdefault(parts[:end], Entry("", "d", mode=0o755, layer=entry.layer))
        by_parts[parts] = entry
    ordered = sorted(by_parts, key=lambda parts: [part.encode("utf-8", "surrogateescape") for part in parts])
    index = {(): 0} | {parts: number for number, parts in enumerate(ordered, 1)}
    every = [Entry("", "d", mode=0o755), *(by_parts[parts] for parts in ordered)]
    digests: dict[str, int] = {}
    for parts, entry in zip(ordered, every[1:], strict=True):
        if entry.kind == "-":
            digests.setdefault(digest(entry.content or "/".join(parts)).partition(":")[2], len(digests))
    return Tree(
        names=["", *(parts[-1] for parts in ordered)],
        parents=[-1, *(index[parts[:-1]] for parts in ordered)],
        kinds="".join(entry.kind for entry in every),
        sizes=[entry.size for entry in every],
        modes=[entry.mode for entry in every],
        uids=[entry.uid for entry in every],
        gids=[entry.gid for entry in every],
        mtimes=[0] * len(every),
        layers=[entry.layer for entry in every],
        contents=[-1]
        + [
            digests[digest(entry.content or "/".join(parts)).partition(":")[2]] if entry.kind == "-" else -1
            for parts, entry in zip(ordered, every[1:], strict=True)
        ],
        digests="".join(digests),
        targets={str(number): entry.target for number, entry in enumerate(every) if entry.kind == "l"},
        hard_links={
            str(number): index[tuple(entry.hard_link.strip("/").split("/"))]
            for number, entry in enumerate(every)
            if entry.hard_link
        },
        raw_names={},
        raw_targets={},
        xattrs={},
        devices={},
    )


SMALL = (
    Entry("bin/busybox", size=1_231_616, mode=0o755),
    Entry("bin/sh", "l", target="busybox", mode=0o777),
    Entry("bin/ls", size=1_231_616, mode=0o755, content="bin/busybox", hard_link="bin/busybox"),
    Entry("etc/passwd", size=340),
    Entry("etc/os-release", size=188, layer=1),
    Entry("etc/copy of passwd", size=340, content="etc/passwd", layer=1),
    Entry("tmp", "d", mode=0o1777),
    Entry("dev/null", "c", mode=0o666),
)


def large(count: int = 30_000) -> list[Entry]:
    """Make a tree of `count` entries or a few more, shaped like a distribution's."""
    entries = [
        Entry(
            f"usr/{top}/package-{number // 100:03d}/file-{number:05d}.{end}",
            size=(number * 7919) % 90_000,
            mode=0o644,
            layer=number % 3,
        )
        for number, (top, end) in enumerate(
            (("share", "txt"), ("lib", "so"), ("include", "h"))[number % 3] for number in range(count)
        )
    ]
    return [*entries, *SMALL, *(Entry(f"var/wide/entry-{number:04d}", size=number) for number in range(1200))]


def document(
    entries: Iterable[Entry] = SMALL,
    *,
    layer_count: int = 2,
    config: Config | None = None,
    steps: Sequence[Step] | None = None,
    warnings: Sequence[Noted] = (),
    os_release: Mapping[str, str] | None = None,
    os_release_state: str = "found",
    word: str = "sample",
    bare: bool = False,
    **fields: Any,
) -> Document:
    """Make a document; `bare` makes that of a root file system without manifest and configuration."""
    root = tree(entries)
    files = [number for number, kind in enumerate(root.kinds) if kind == "-" and str(number) not in root.hard_links]
    layers = tuple(
        _layer(number, sum(root.sizes[one] for one in files if root.layers[one] == number), word, bare)
        for number in range(layer_count)
    )
    if steps is None:
        steps = (
            Step("ADD", "rootfs.tar.gz /", "ADD rootfs.tar.gz /", "2024-09-06T22:20:07Z", "", 0, False),
            Step("RUN", "apk add --no-cache tzdata && rm -rf /var/cache", "RUN …", None, "", 1, False),
            Step("CMD", '["sh"]', 'CMD ["sh"]', "2024-09-06T22:20:08Z", "", None, True),
        )
    if config is None:
        config = Config(
            platform=AMD64,
            diff_ids=tuple(layer.diff_id for layer in layers),
            env=("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "DB_PASSWORD=hunter2"),
            cmd=("sh",),
            labels={"org.opencontainers.image.source": "https://example.invalid/source", "plain": "text"},
        )
    release = {"ID": "sample", "PRETTY_NAME": "Sample Linux 1.0"} if os_release is None else dict(os_release)
    found = OsRelease(
        path="/etc/os-release",
        layer=0,
        id=release.get("ID", ""),
        name=release.get("NAME", ""),
        pretty_name=release.get("PRETTY_NAME", ""),
        version="",
        version_id="",
        version_codename="",
        id_like=(),
        variant="",
        home_url=release.get("HOME_URL", ""),
        fields=release,
    )
    made = Document(
        schema_version=1,
        generator_version="0.0.0",
        subject=digest(word),
        identity=Identity(
            digest=None if bare else digest(word),
            image_id=None if bare else digest(word + "id"),
            media_type=None if bare else "application/vnd.oci.image.manifest.v1+json",
            manifest_size=None if bare else 427,
            config_size=None if bare else 448,
            platform=AMD64,
            created=None if bare else "2024-09-06T22:20:07Z",
            created_note="absent" if bare else "",
        ),
        sizes=Sizes(
            compressed_size=None if bare else sum(one.compressed_size or 0 for one in layers),
            docker_vfs_size=sum(one.docker_vfs_size for one in layers),
            docker_size=sum(one.docker_size for one in layers),
            podman_size=None if bare else sum(one.tar_size for one in layers) + 1302,
            tar_size=sum(one.tar_size for one in layers),
            rootfs_size=sum(root.sizes[one] for one in files),
        ),
        layers=layers,
        steps=() if bare else tuple(steps),
        config=None if bare else config,
        stored=_stored(layers, bare),
        sections=Sections(
            OsReleaseSection(
                state=os_release_state,
                failure=Failure("format", "at 3: no quote ends the value") if os_release_state == "failed" else None,
                found=found if os_release_state == "found" else None,
            )
        ),
        warnings=tuple(warnings),
        warning_counts={one.slug: sum(other.slug == one.slug for other in warnings) for one in warnings},
        unknown=_UNKNOWN if bare else {},
        tree=root,
    )
    return msgspec.structs.replace(made, **fields)


_UNKNOWN = {
    "identity.digest": "no-manifest",
    "identity.media_type": "no-manifest",
    "identity.manifest_size": "no-manifest",
    "identity.image_id": "no-config",
    "identity.config_size": "no-config",
    "sizes.compressed_size": "no-compressed-layers",
    "sizes.podman_size": "no-manifest",
    "layers.digest": "no-manifest",
    "layers.media_type": "no-manifest",
    "layers.compressed_size": "no-compressed-layers",
}


def _layer(number: int, size: int, word: str, bare: bool) -> Layer:
    return Layer(
        digest=None if bare else digest(f"{word}{number}"),
        diff_id=digest(f"{word}{number}d"),
        chain_id=digest(f"{word}{number}c"),
        media_type=None if bare else "application/vnd.oci.image.layer.v1.tar+gzip",
        compression=None if bare else "gzip",
        compressed_size=None if bare else size // 2,
        tar_size=size + 10240,
        docker_vfs_size=size,
        docker_size=size + 7,
        entry_count=10 + number,
        added_count=9,
        changed_count=number,
        removed_count=number,
        hidden_size=size // 5 if number == 0 else 0,
    )


def _stored(layers: Sequence[Layer], bare: bool) -> Stored:
    if bare:
        return Stored((), ())
    return Stored(
        (
            Member("manifest.json", "file", 300, "manifest"),
            *(
                Member(f"{one.diff_id[7:]}.tar", "file", one.tar_size, "layer", number)
                for number, one in enumerate(layers)
            ),
        ),
        (
            Member("blobs", "directory", 0, "directory"),
            Member("index.json", "file", None, "index"),
            Member("oci-layout", "file", 30, "layout-marker"),
        ),
    )


def target(name: str, *platforms: Platform, **fields: Any) -> Target:
    """Make a target with a title like its name."""
    return Target(
        **{
            "name": name,
            "title": name.replace("-", " ").title(),
            "sources": (f"registry:registry.invalid/library/{name}:latest",),
            "platforms": platforms or (AMD64,),
        }
        | fields
    )


def outcome(
    name: str,
    subject: Digest | None,
    state: str = "fresh",
    *,
    platform: Platform = AMD64,
    slug: str = "",
    reason: str = "",
    attempts: tuple[str, ...] = (),
    **observed: Any,
) -> Outcome:
    """Make an outcome; `subject` None is an image never recorded; `observed` are fields of the observation."""
    observation = None
    if subject is not None:
        fields = {"source": f"registry:registry.invalid/library/{name}:latest"} | observed
        observation = Observation(at="2026-11-24T10:00:00Z", subject=subject, generator_version="0.0.0", **fields)
    return Outcome(
        name=name,
        platform=platform,
        state=state,
        observation=observation,
        slug=slug,
        reason=reason,
        attempts=attempts,
    )


@dataclass(frozen=True)
class Sample:
    """All that `pages.render` takes."""

    configuration: Configuration
    outcomes: tuple[Outcome, ...]
    documents: Mapping[Digest, Document]
    histories: Mapping[tuple[str, str], Sequence[Observation]] | None = None
    assessments: Assessments | None = None

    def load(self, subject: Digest) -> Document:
        """Return the document, or raise as a store does."""
        if subject not in self.documents:
            raise StoreError(path=f"documents/{subject}", reason="damaged")
        return self.documents[subject]


def sample(tree_entries: Sequence[Entry] | None = None) -> Sample:
    """Make a site with an image in every state, several platforms and every kind of status."""
    documents = [
        document(word="alpine", os_release={"ID": "alpine", "PRETTY_NAME": "Alpine Linux v3.20"}),
        document(word="alpine-arm", os_release={"ID": "alpine", "PRETTY_NAME": "Alpine Linux v3.20"}),
        document(word="busybox", os_release_state="absent", bare=True, layer_count=1),
        document(
            tree_entries if tree_entries is not None else large(900),
            word="debian",
            layer_count=3,
            warnings=[
                Noted("duplicate-entry", "one layer has two entries for a path", "/etc/passwd", 1),
                Noted("sparse-file", "a sparse file"),
            ],
        ),
        document(word="broken", os_release_state="failed"),
    ]
    configuration = Configuration(
        groups=(
            Group(
                name="small",
                title="Small bases",
                description="For static programs.",
                targets=(
                    target("alpine", AMD64, ARM64, status="approved", owner="Platform team", review_on="2027-01-31"),
                    target("busybox", description="One program, four hundred names."),
                    target(
                        "old",
                        status="banned",
                        reason="No updates since 2019.",
                        replacement="alpine",
                        owner="Platform team",
                    ),
                ),
            ),
            Group(
                name="full",
                title="Distributions",
                targets=(
                    target("debian", status="deprecated", replacement="alpine"),
                    target("unread", status="experimental"),
                ),
            ),
        )
    )
    outcomes = (
        outcome("alpine", documents[0].subject),
        outcome("alpine", documents[1].subject, "unchanged", platform=ARM64),
        outcome(
            "busybox",
            documents[2].subject,
            "stale",
            slug="source-unreachable",
            reason="registry.invalid cannot be reached: name not known",
            provenance="A published root file system, not a registry pull.",
        ),
        outcome("debian", documents[3].subject, "offline"),
        outcome("old", documents[4].subject),
        outcome(
            "unread",
            None,
            "missing",
            slug="image-not-found",
            reason="registry.invalid: no such image",
            attempts=("registry:registry.invalid/library/unread:latest: no such image",),
        ),
    )
    return Sample(configuration, outcomes, {one.subject: one for one in documents})
