"""The home page: one table of all images, and the table of the article that this site grew from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.compare import matrix
from generator.compare.matrix import SIZE_NAMES, Row
from generator.pages import figures, life_cycle
from generator.pages.environment import Templates
from generator.pages.image import yaml_text
from generator.pages.site import File, Image, Site
from generator.targets import Group

_SIZE_QUESTIONS: Final = {
    "docker_size": "docker_size: what docker image ls prints",
    "podman_size": "podman_size: what podman image ls prints",
    "compressed_size": "compressed_size: what a pull transfers",
    "docker_vfs_size": "docker_vfs_size: docker with a naive driver",
    "tar_size": "tar_size: the layers, uncompressed",
    "rootfs_size": "rootfs_size: what a container sees",
}

_ARTICLE_ROWS: Final = (
    ("alpine", "docker.io/library/alpine", "5.87 MB"),
    ("busybox", "docker.io/library/busybox", "1.46 MB"),
    ("distroless-static", "gcr.io/distroless/static", "3.06 MB"),
)
"""Our name, the article's repository, and what `podman image ls` printed in September 2021."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """One size of one image, with its bar's length."""

    name: str
    size: int | None
    reason: str
    share: str


@dataclass(frozen=True, slots=True)
class _ImageRow:
    image: Image
    row: Row | None
    cells: tuple[_Cell, ...]
    end: life_cycle.Cell | None
    """End of life; None when nothing is known of the image."""


@dataclass(frozen=True, slots=True)
class _GroupRows:
    group: Group
    rows: tuple[_ImageRow, ...]


@dataclass(frozen=True, slots=True)
class _ArticleRow:
    repository: str
    then: str
    image: Image | None
    row: Row | None


def render(site: Site, templates: Templates) -> Iterator[File]:
    """Yield `index.md`."""
    largest = matrix.maxima(site.rows.values())
    groups = [
        _GroupRows(group, tuple(_image_row(image, site, largest) for image in site.images if image.group is group))
        for group in site.configuration.groups
    ]
    settings = site.configuration.site
    page = templates.render(
        "pages/home.md.j2",
        settings=settings,
        description=yaml_text(settings.description),
        groups=[one for one in groups if one.rows],
        size_names=SIZE_NAMES,
        size_questions=_SIZE_QUESTIONS,
        statuses=sorted({image.target.status for image in site.images if image.target.status}),
        image_count=len(site.images),
        known_count=len(site.rows),
        current_count=sum(image.freshness.kind == "current" for image in site.images),
        article=[_article_row(site, *row) for row in _ARTICLE_ROWS],
        like_for_like=_like_for_like(site),
        any_provenance=any(image.provenance for image in site.images),
    )
    yield File("index.md", page)


def _image_row(image: Image, site: Site, largest: dict[str, int]) -> _ImageRow:
    row = site.row(image)
    if row is None:
        return _ImageRow(image, None, tuple(_Cell(name, None, image.reason, "0") for name in SIZE_NAMES), None)
    cells = tuple(
        _Cell(name, size, row.reasons.get(name, ""), figures.share(size or 0, largest[name]))
        for name, size in row.sizes.items()
    )
    return _ImageRow(image, row, cells, life_cycle.cell(site.standings[image.folder], image))


def _article_row(site: Site, name: str, repository: str, then: str) -> _ArticleRow:
    image = site.first_of(name)
    return _ArticleRow(repository, then, image, site.row(image) if image else None)


def _like_for_like(site: Site) -> _ImageRow | None:
    """Return the uClibc build of BusyBox where `busybox` is a clearly larger one: the article had the former."""
    small, named = site.first_of("busybox-uclibc"), site.first_of("busybox")
    small_row, named_row = site.row(small) if small else None, site.row(named) if named else None
    if small is None or small_row is None or named_row is None:
        return None
    sizes = small_row.sizes["docker_size"], named_row.sizes["docker_size"]
    if sizes[0] is None or sizes[1] is None or sizes[1] < 2 * sizes[0]:
        return None
    return _ImageRow(small, small_row, (), None)
