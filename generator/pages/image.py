"""The page of one image on one platform: everything its document says. Document in, page, tree and document out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec
from markupsafe import Markup

from generator import text
from generator.analysis import codec, tree_view
from generator.analysis.document import Document, Layer, Member, Step, Tree
from generator.compare import capabilities
from generator.compare.matrix import SIZE_NAMES
from generator.language import gettext, listed, mark, ngettext
from generator.pages import (
    charts,
    chronicle,
    figures,
    life_cycle,
    policy,
    root_tree,
    secrets,
    sections,
    surface,
    vulnerabilities,
)
from generator.pages.environment import Templates
from generator.pages.linking import front_matter, snippets
from generator.pages.package_map import package_map
from generator.pages.pairs import pairs_of
from generator.pages.public import bill_place, document_place
from generator.pages.site import File, Image, Site
from generator.pages.tree_words import tree_words
from generator.sbom import FORMATS

MOST_ROWS: Final = 150
"""Rows of any table on the page; the document has the rest."""
LARGEST: Final = 15
"""Rows of the tables of largest files, directories and duplicates."""

T = TypeVar("T")

_SIZE_MEANINGS: Final = {
    "docker_size": mark("what <code>docker image ls</code> prints with overlay2, the default up to Engine 28"),
    "podman_size": mark("what <code>podman image ls</code> prints"),
    "compressed_size": mark("what a registry transfers for the layers"),
    "docker_vfs_size": mark("what <code>docker image ls</code> prints with a naive graph driver (vfs)"),
    "tar_size": mark("the layers, uncompressed, headers and padding included"),
    "rootfs_size": mark("what a container sees: the files left after all layers"),
}

_SIZE_FORMULAS: Final = {
    "docker_size": mark("Σ layers (regular files, each inode once + lengths of symlink targets)"),
    "podman_size": mark("Σ tar streams + 2 × manifest + configuration"),
    "compressed_size": mark("Σ sizes in the layers' descriptors"),
    "docker_vfs_size": mark("Σ sizes in the headers of regular files"),
    "tar_size": mark("Σ tar streams, headers and padding included"),
    "rootfs_size": mark("Σ regular files of the squashed tree, each hard-linked file once"),
}

_MEMBER_MEANINGS: Final = {
    "archive-manifest": mark("which configuration and layers make the image"),
    "repositories": mark("names and tags, the oldest list of them"),
    "legacy-layer-version": mark("version of the legacy layer's format"),
    "legacy-layer-config": mark("the legacy layer's own description"),
    "legacy-layer-link": mark("leads to the layer"),
    "blob-folder": mark("blobs, named by their digests"),
    "converted-manifest": mark("manifest, translated by the tool"),
    "index": mark("which images the layout holds"),
    "layout-marker": mark("marks an OCI image layout"),
    "layer": mark("layer"),
    "manifest": mark("manifest"),
    "config": mark("configuration"),
    "converted-config": mark("configuration, translated by the tool"),
}
"""A member's meaning in a few words, where the meaning's own name is not plain enough."""


@dataclass(frozen=True, slots=True)
class Capped:
    """The first rows of a table and how many more there are."""

    rows: tuple[Any, ...]
    more: int


def capped(rows: Sequence[T], most: int = MOST_ROWS) -> Capped:
    """Return at most `most` rows."""
    return Capped(tuple(rows[:most]), max(0, len(rows) - most))


def render(image: Image, document: Document, site: Site, templates: Templates) -> Iterator[File]:
    """Yield the page `index.md`."""
    tree = document.tree
    page = templates.render(
        "pages/image.md.j2",
        image=image,
        site=site,
        data=data_folder(image, site),
        other_forms=front_matter(image, site),
        document_address=_public(image, site, document_place(document.subject)),
        bills={
            form: _public(image, site, bill_place(image.target.name, image.platform.slug, document.subject, form))
            for form in FORMATS
        },
        platforms=site.platforms_of(image.target),
        pairs=pairs_of(image.target, site),
        past=site.past(image),
        known=vulnerabilities.glance(document, image, site),
        newest_change=chronicle.of_image(image, site).newest_change(site),
        replacement=site.first_of(image.target.replacement) if image.target.replacement else None,
        linking=snippets(image, site),
        document=document,
        title=yaml_text(image.target.title),
        description=yaml_text(
            gettext("%(title)s: sizes, layers, configuration and root file system") % {"title": image.target.title}
        ),
        observation=image.outcome.observation,
        capabilities=capabilities.sheet(document),
        verdicts=capabilities.verdicts(capabilities.sheet(document)),
        titles={one.name: one.title for one in capabilities.sheet(document)},
        sizes=_size_rows(document),
        layers=_layer_rows(document),
        layer_bar=charts.layer_bar(document.layers) if len(document.layers) <= MOST_ROWS else Markup(""),
        hidden_total=sum(layer.hidden_size for layer in document.layers),
        steps=_step_rows(document),
        empty_steps=sum(step.empty_layer for step in document.steps),
        runs_as=_runs_as(document),
        env=capped([_variable(one) for one in document.config.env] if document.config else []),
        labels=capped(list(document.config.labels.items()) if document.config else []),
        sections=_sections(document, image, site, templates),
        treemap=charts.treemap(tree),
        package_map=package_map(document),
        tree_words=tree_words(),
        fallback=root_tree.fallback(tree),
        whole_tree=len(tree) - 1 <= root_tree.WHOLE_TREE,
        entry_count=len(tree) - 1,
        kinds=_kinds(tree),
        largest_files=_largest_files(tree),
        largest_directories=_largest_directories(tree),
        duplicates=_duplicates(tree),
        stored=[
            ("docker-archive", "podman save, skopeo copy … docker-archive:", _members(document.stored.docker_archive)),
            (
                "oci-archive",
                "podman save --format oci-archive, skopeo copy … oci-archive:",
                _members(document.stored.oci_archive),
            ),
        ],
        warnings=capped(document.warnings),
        warning_total=sum(document.warning_counts.values()),
    )
    yield File(f"{image.folder}/index.md", page)


def data_folder(image: Image, site: Site) -> Markup:
    """Return the way from the image's page to its tree, which stands once for all languages."""
    return Markup(f"{image.root}{site.data_root}{image.folder}/" if site.data_root else "")


def _public(image: Image, site: Site, place: str) -> Markup:
    """Return the way from the image's page to a public place."""
    return Markup(f"{image.root}{site.data_root}{place}")


def data(image: Image, document: Document) -> Iterator[File]:
    """Yield the tree's columns `tree.json` and the document, at its public place."""
    yield File(f"{image.folder}/tree.json", root_tree.payload(document.tree))
    yield File(document_place(document.subject), codec.encode(secrets.without_secrets(document)))


def yaml_text(value: str) -> Markup:
    """Write a value for a page's front matter; the theme prints those without escaping them itself."""
    return Markup(msgspec.json.encode(text.html(value)).decode())


@dataclass(frozen=True, slots=True)
class _Sections:
    """What the page says beside its own tables, in two places."""

    first: tuple[sections.SectionView, ...]
    """Whether the image may be used: read before how it was made."""
    rest: tuple[sections.SectionView, ...]
    """What inspectors found."""


def _sections(document: Document, image: Image, site: Site, templates: Templates) -> _Sections:
    asked = policy.section(document, image, site, templates)
    return _Sections(
        (
            life_cycle.section(document, image, site, templates),
            *([asked] if asked else []),
            vulnerabilities.section(document, image, site, templates),
            surface.section(document, image, templates),
        ),
        tuple(sections.views(document, templates)),
    )


# Sizes and layers


@dataclass(frozen=True, slots=True)
class _SizeRow:
    name: str
    meaning: Markup
    formula: str
    size: int | None
    reason: str
    share: str


def _size_rows(document: Document) -> list[_SizeRow]:
    sizes = {name: getattr(document.sizes, name) for name in SIZE_NAMES}
    largest = max((size for size in sizes.values() if size is not None), default=0)
    return [
        _SizeRow(
            name,
            Markup(gettext(_SIZE_MEANINGS[name])),
            gettext(_SIZE_FORMULAS[name]),
            size,
            document.unknown.get(f"sizes.{name}", ""),
            figures.share(size or 0, largest),
        )
        for name, size in sizes.items()
    ]


@dataclass(frozen=True, slots=True)
class _LayerRow:
    number: int
    layer: Layer
    made_by: str
    hue: int
    share: str


def _layer_rows(document: Document) -> Capped:
    makers = {one.layer: f"{one.instruction} {one.text}".strip() for one in document.steps if one.layer is not None}
    largest = max((one.docker_size for one in document.layers), default=0)
    shown = capped(document.layers)
    rows = tuple(
        _LayerRow(
            number + 1,
            layer,
            text.shortened(secrets.masked_command(makers.get(number, "")), 160),
            number % charts.HUES,
            figures.share(layer.docker_size, largest),
        )
        for number, layer in enumerate(shown.rows)
    )
    return Capped(rows, shown.more)


@dataclass(frozen=True, slots=True)
class _StepRow:
    instruction: str
    text: str
    layer: int | None
    size: int | None
    empty: bool
    comment: str


def _step_rows(document: Document) -> Capped:
    shown = capped(document.steps)
    return Capped(tuple(_step_row(document, step) for step in shown.rows), shown.more)


def _step_row(document: Document, step: Step) -> _StepRow:
    known = step.layer is not None and step.layer < len(document.layers)
    return _StepRow(
        step.instruction,
        secrets.masked_command(step.text if step.instruction else step.created_by),
        step.layer + 1 if known and step.layer is not None else None,
        document.layers[step.layer].docker_size if known and step.layer is not None else None,
        step.empty_layer,
        step.comment,
    )


# Configuration


def _runs_as(document: Document) -> str:
    """Return the user in a word; "" when there is no configuration."""
    if document.config is None:
        return ""
    user = document.config.user.partition(":")[0]
    return "root" if user in ("", "0", "root") else text.shortened(document.config.user, 40)


@dataclass(frozen=True, slots=True)
class _Variable:
    name: str
    value: str
    secret: bool


def _variable(variable: str) -> _Variable:
    name, _, value = variable.partition("=")
    return _Variable(name, value, bool(value) and secrets.looks_secret(name))


# The root file system


def _kinds(tree: Tree) -> str:
    files, folders, links, fifos = (tree.kinds.count(letter) for letter in "-dlp")
    devices = tree.kinds.count("c") + tree.kinds.count("b")
    counted = (
        (files, ngettext("%(num)s file", "%(num)s files", files)),
        (folders - 1, ngettext("%(num)s directory", "%(num)s directories", folders - 1)),
        (links, ngettext("%(num)s symbolic link", "%(num)s symbolic links", links)),
        (devices, ngettext("%(num)s device", "%(num)s devices", devices)),
        (fifos, ngettext("%(num)s fifo", "%(num)s fifos", fifos)),
    )
    return listed(words % {"num": figures.exact(count)} for count, words in counted if count > 0)


@dataclass(frozen=True, slots=True)
class _FileRow:
    path: str
    size: int
    share: str
    layer: str
    count: int = 0


def _largest_files(tree: Tree) -> list[_FileRow]:
    found = tree_view.largest_files(tree, LARGEST)
    largest = tree.sizes[found[0]] if found else 0
    return [_file_row(tree, entry, tree.sizes[entry], largest) for entry in found]


def _largest_directories(tree: Tree) -> list[_FileRow]:
    totals, counts = tree_view.total_sizes(tree), tree_view.total_counts(tree)
    folders = [entry for entry in range(1, len(tree)) if tree.kinds[entry] == "d" and totals[entry] > 0]
    found = sorted(folders, key=lambda entry: (-totals[entry], entry))[:LARGEST]
    return [_file_row(tree, entry, totals[entry], totals[0], counts[entry]) for entry in found]


def _file_row(tree: Tree, entry: int, size: int, largest: int, count: int = 0) -> _FileRow:
    path = tree_view.path_of(tree, entry)
    return _FileRow(path, size, figures.share(size, largest), root_tree.layer_label(tree.layers[entry]), count)


@dataclass(frozen=True, slots=True)
class _DuplicateRow:
    size: int
    wasted_size: int
    paths: Capped
    digest: str


@dataclass(frozen=True, slots=True)
class _Duplicates:
    rows: tuple[_DuplicateRow, ...]
    content_count: int
    wasted_size: int


def _duplicates(tree: Tree) -> _Duplicates:
    found = tree_view.duplicates(tree)
    rows = tuple(
        _DuplicateRow(
            one.size,
            one.wasted_size,
            Capped(tuple(tree_view.path_of(tree, entry) for entry in one.entries[:5]), max(0, len(one.entries) - 5)),
            one.digest,
        )
        for one in found[:LARGEST]
    )
    return _Duplicates(rows, len(found), sum(one.wasted_size for one in found))


# As stored


@dataclass(frozen=True, slots=True)
class _MemberRow:
    mode: str
    member: Member
    meaning: str


def _members(members: Sequence[Member]) -> Capped:
    letters = {"directory": "drwxr-xr-x", "symlink": "lrwxrwxrwx"}
    return capped(
        [
            _MemberRow(
                letters.get(one.kind, "-rw-r--r--"),
                one,
                _meaning(one),
            )
            for one in members
        ]
    )


def _meaning(member: Member) -> str:
    words = gettext(_MEMBER_MEANINGS.get(member.meaning, member.meaning.replace("-", " ")))
    if member.layer is None:
        return words
    return gettext("%(meaning)s (layer %(number)s)") % {"meaning": words, "number": member.layer + 1}
