"""The home page: the matrix of all images, and the table of the article that this site grew from.

Every cell of the matrix leads to its evidence on the image's page. What is there, what is not there, what could not
be read and what is not known have words of their own; a script sorts, filters and hides, and is not needed to read.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from generator.advisories.assessment import Assessment
from generator.compare import matrix
from generator.compare.matrix import SIZE_NAMES, Fact, Row
from generator.language import gettext as _
from generator.language import mark
from generator.lifecycle.rules import Standing
from generator.pages import figures, life_cycle, pairs, vulnerabilities
from generator.pages.environment import Templates
from generator.pages.image import yaml_text
from generator.pages.markup import fragment
from generator.pages.site import File, Image, Site
from generator.pages.vocabulary import said
from generator.targets import Group

_SIZE_QUESTIONS: Final = {
    "docker_size": mark("docker_size: what docker image ls prints"),
    "podman_size": mark("podman_size: what podman image ls prints"),
    "compressed_size": mark("compressed_size: what a pull transfers"),
    "docker_vfs_size": mark("docker_vfs_size: docker with a naive driver"),
    "tar_size": mark("tar_size: the layers, uncompressed"),
    "rootfs_size": mark("rootfs_size: what a container sees"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the matrix besides the name and the sizes."""

    key: str
    title: str
    anchor: str
    """The section of the image page that has the evidence."""
    number: bool = False
    standard: bool = True
    """Whether it is shown when nobody has chosen columns."""
    short: str = ""
    """The title in the table's head, where the whole one would make the column wide."""


COLUMNS: Final = (
    Column("distribution", mark("Distribution"), "os-release", standard=False),
    Column("layers", mark("Layers"), "layers", number=True, standard=False),
    Column("entries", mark("Entries"), "rootfs", number=True, standard=False),
    Column("packages", mark("Packages"), "packages", number=True),
    Column("commands", mark("Commands"), "commands", number=True, standard=False),
    Column("shell", mark("Shell"), "commands"),
    Column("package-manager", mark("Installs with"), "commands"),
    Column("libc", mark("C library"), "elf"),
    Column("certificates", mark("CA certs"), "certificates", number=True),
    Column("time-zones", mark("Zones"), "time-zones", number=True, standard=False),
    Column("user", mark("User"), "users"),
    Column("setuid", mark("Setuid"), "permissions", number=True, standard=False),
    Column("vulnerabilities", mark("Known vulnerabilities"), "vulnerabilities", number=True, short=mark("Known vuln.")),
    Column("ends", mark("End of life"), "life-cycle"),
    Column("created", mark("Created"), "identity", standard=False),
    Column("status", mark("Status"), "top"),
    Column("recorded", mark("Recorded"), "identity", standard=False),
)


@dataclass(frozen=True, slots=True)
class Chip:
    """One capability to filter by: rows that have `tag` stay; those with `question?` are not known to have it."""

    tag: str
    title: str
    question: str
    """What it is about; of two chips with one question at most one is chosen."""


CHIPS: Final = (
    Chip("shell", mark("a shell"), "shell"),
    Chip("no-shell", mark("no shell"), "shell"),
    Chip("package-manager", mark("a package manager"), "package-manager"),
    Chip("no-package-manager", mark("no package manager"), "package-manager"),
    Chip("glibc", mark("glibc"), "libc"),
    Chip("musl", mark("musl"), "libc"),
    Chip("certificates", mark("CA certificates"), "certificates"),
    Chip("time-zones", mark("time zones"), "time-zones"),
    Chip("non-root", mark("non-root"), "user"),
    Chip("no-setuid", mark("no setuid"), "setuid"),
    Chip("supported", mark("supported"), "life"),
)

_ARTICLE_ROWS: Final = (
    ("alpine", "docker.io/library/alpine", "5.87 MB"),
    ("busybox", "docker.io/library/busybox", "1.46 MB"),
    ("distroless-static", "gcr.io/distroless/static", "3.06 MB"),
)
"""Our name, the article's repository, and what `podman image ls` printed in September 2021."""


@dataclass(frozen=True, slots=True)
class _Size:
    """One size of one image, with its bar's length."""

    name: str
    size: int | None
    reason: str
    share: str


@dataclass(frozen=True, slots=True)
class _Cell:
    column: Column
    sort: str
    """What the column is sorted by; "" is not known and stands last."""
    shown: Markup
    label: str


@dataclass(frozen=True, slots=True)
class _ImageRow:
    image: Image
    row: Row | None
    sizes: tuple[_Size, ...]
    cells: tuple[_Cell, ...] = ()
    tags: str = ""
    ends: str = ""
    """The day of the end of life, for the script, which knows today; "" when there is none."""

    @property
    def key(self) -> str:
        """The image's name in addresses: its folder below images/."""
        return _key(self.image)


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


def _key(image: Image) -> str:
    return image.folder.removeprefix("images/")


def _columns(site: Site) -> tuple[Column, ...]:
    """Return the site's columns: none of vulnerabilities where nothing was assessed at all."""
    any_assessed = any(one.state != "not-assessed" for one in site.assessed.values())
    return tuple(one for one in COLUMNS if any_assessed or one.key != "vulnerabilities")


def render(site: Site, templates: Templates) -> Iterator[File]:
    """Yield `index.md`."""
    columns = _columns(site)
    largest = matrix.maxima(site.rows.values())
    groups = [
        _GroupRows(
            group, tuple(_image_row(image, site, largest, columns) for image in site.images if image.group is group)
        )
        for group in site.configuration.groups
    ]
    settings = site.configuration.site
    page = templates.render(
        "pages/home.md.j2",
        settings=settings,
        description=yaml_text(settings.description),
        groups=[one for one in groups if one.rows],
        size_names=SIZE_NAMES,
        size_questions={name: _(question) for name, question in _SIZE_QUESTIONS.items()},
        columns=[(one, _(one.title), _(one.short or one.title)) for one in columns],
        hidden=" ".join([*(one.key for one in columns if not one.standard), *SIZE_NAMES[1:]]),
        column_count=2 + len(SIZE_NAMES) + len(columns),
        chips=[(one, _(one.title)) for one in CHIPS],
        statuses=sorted({image.target.status for image in site.images if image.target.status}),
        image_count=len(site.images),
        known_count=len(site.rows),
        current_count=sum(image.freshness.kind == "current" for image in site.images),
        pairs=_pairs(site),
        article=[_article_row(site, *row) for row in _ARTICLE_ROWS],
        like_for_like=_like_for_like(site),
        any_provenance=any(image.provenance for image in site.images),
    )
    yield File("index.md", page)


def _pairs(site: Site) -> str:
    """Return the pairs that have a page, as the script reads them: `[["alpine", "debian", "compare/…"], …]`."""
    found = [[_key(one.before), _key(one.after), one.folder] for one in pairs.pairs(site)]
    return json.dumps(found, separators=(",", ":"))


# Rows


def _image_row(image: Image, site: Site, largest: dict[str, int], columns: Sequence[Column]) -> _ImageRow:
    row = site.row(image)
    if row is None:
        sizes = tuple(_Size(name, None, image.reason, "0") for name in SIZE_NAMES)
        unsure = " ".join(dict.fromkeys(f"{chip.question}?" for chip in CHIPS))
        return _ImageRow(image, None, sizes, tuple(_cell(one, image, None, None, None) for one in columns), unsure)
    standing = site.standings[image.folder]
    sizes = tuple(
        _Size(name, size, row.reasons.get(name, ""), figures.share(size or 0, largest[name]))
        for name, size in row.sizes.items()
    )
    end = standing.release.ends if standing.release else None
    return _ImageRow(
        image,
        row,
        sizes,
        tuple(_cell(one, image, row, standing, site.assessed[image.folder]) for one in columns),
        " ".join((*_tags(row.facts), *_life(standing))),
        end if isinstance(end, str) else "",
    )


def _tags(facts: Mapping[str, Fact]) -> Iterator[str]:
    """Say what the facts prove, and for what question (`shell?`) they prove nothing."""
    for name in ("shell", "package-manager", "certificates", "time-zones", "setuid"):
        fact = facts[name]
        yield {"yes": name, "no": f"no-{name}"}.get(fact.state, f"{name}?")
    libc = facts["libc"]
    if libc.state in ("failed", "unknown"):
        yield "libc?"
    yield from dict.fromkeys(words.partition(" ")[0] for words in libc.words if libc.state == "yes")
    yield {"yes": "non-root", "no": "root"}.get(facts["user"].state, "user?")


def _life(standing: Standing) -> Iterator[str]:
    """Say what can be said of support without a clock; where there is a date, the script says it."""
    if standing.kind == "rolling":
        yield "supported"
    elif standing.release is None:
        yield "life?"
    elif standing.release.ends is False:
        yield "supported"
    elif standing.release.ends is None:
        yield "life?"


# Cells


def _cell(
    column: Column, image: Image, row: Row | None, standing: Standing | None, assessed: Assessment | None
) -> _Cell:
    if column.key in ("status", "recorded"):
        sort, shown = _of_the_site(column.key, image)
    elif row is None or standing is None or assessed is None:
        sort, shown = "", figures.unknown(image.reason)
    elif column.key == "vulnerabilities":
        sort, shown = vulnerabilities.cell(assessed, has_ended=standing.ended_before(image.recorded_at))
    elif column.key == "ends":
        end = life_cycle.cell(standing, image)
        below = fragment('<span class="bx-sub">{below}</span>', below=end.below) if end.below else Markup("")
        sort, shown = end.sort, end.shown + below
    elif column.key in row.facts:
        sort, shown = _of_a_fact(column, row.facts[column.key])
    else:
        sort, shown = _of_the_row(column.key, row)
    anchor = column.anchor if row is not None else "top"
    linked = fragment('<a href="{folder}/#{anchor}">{shown}</a>', folder=image.folder, anchor=anchor, shown=shown)
    return _Cell(column, sort, linked, _(column.title))


def _of_the_site(key: str, image: Image) -> tuple[str, Markup]:
    if key == "status":
        status = image.target.status
        if not status:
            return "", Markup('<span class="bx-none">–</span>')
        return status, fragment(
            '<span class="bx-badge bx-badge--{status}">{words}</span>', status=status, words=said(status)
        )
    day = figures.day(image.recorded_at) if image.recorded_at else fragment("{never}", never=_("never"))
    dot = fragment('<span class="bx-dot bx-dot--{kind}">{day}</span>', kind=image.freshness.kind, day=day)
    if not image.reason:
        return image.recorded_at, dot
    words = _("not refreshed: %(reason)s") % {"reason": image.reason} if image.recorded_at else image.reason
    why = fragment('<span class="bx-sub" title="{reason}">{words}</span>', reason=image.reason, words=words)
    return image.recorded_at, dot + why


def _of_the_row(key: str, row: Row) -> tuple[str, Markup]:
    if key == "layers":
        return str(row.layer_count), fragment("{count}", count=figures.exact(row.layer_count))
    if key == "entries":
        return str(row.entry_count), fragment("{count}", count=figures.exact(row.entry_count))
    if key == "created":
        return row.created or "", figures.created(row.created, row.created_note)
    if row.distribution:
        return row.distribution, fragment("{name}", name=row.distribution)
    if row.os_release_state == "absent":
        return "-", _none(_("no os-release"))
    return "", fragment('<span class="bx-unknown">{words}</span>', words=_("os-release unreadable"))


def _of_a_fact(column: Column, fact: Fact) -> tuple[str, Markup]:
    if fact.state == "unknown":
        reason = fact.words[0] if fact.words else _("the document is older than this question")
        return "", figures.unknown(reason)
    if fact.state == "failed":
        return "", fragment(
            '<span class="bx-unknown" title="{reason}">{words}</span>',
            reason=_("it was looked for, and could not be read"),
            words=_("unreadable"),
        )
    if column.key == "user":
        name = fragment("{name}", name=fact.words[0])
        return fact.words[0], name if fact.state == "yes" else fragment(
            '<span class="bx-none">{name}</span>', name=name
        )
    if fact.state == "no":
        return ("0" if column.number else "-"), _none("0" if column.key == "setuid" else _("none"))
    if fact.count is not None:
        return str(fact.count), fragment("{count}", count=figures.exact(fact.count))
    more = fragment(' <span class="bx-none">+{more}</span>', more=len(fact.words) - 2) if len(fact.words) > 2 else ""
    shown = fragment("{words}", words=", ".join(fact.words[:2]))
    if more:
        shown = fragment('<span title="{all}">{shown}</span>', all=", ".join(fact.words), shown=shown)
    return " ".join(fact.words), shown + Markup(more)


def _none(words: str) -> Markup:
    return fragment('<span class="bx-none">{words}</span>', words=words)


# The article


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
    return _ImageRow(small, small_row, ())
