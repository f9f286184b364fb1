"""A new site repository of one's own: a folder's name and a few settings in, all its files out.

Nobody has to fork the program to have a site: the repository that is written here holds a list of images, the program
as a requirement, and what rebuilds and publishes the site on a schedule, in the forms in which that is usually done.
The files stand beside this module as they are written, with `@@NAME@@` where a setting goes.
"""

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from importlib import metadata, resources
from pathlib import Path
from typing import Final, Literal

import msgspec

from generator import __version__
from generator.errors import UsageError
from generator.images_file import URL_PATTERN
from generator.schemas import schema_of
from generator.text import plain_markdown

Hosting = Literal["branch", "artifact"]

_COMMON: Final = {
    "images.yml": "images.yml",
    "readme.md": "README.md",
    "gitignore": ".gitignore",
    "gitattributes": ".gitattributes",
    "requirements.txt": "requirements.txt",
    "gitlab-ci.yml": ".gitlab-ci.yml",
    "Containerfile": "Containerfile",
    "dockerignore": ".dockerignore",
    "basedex.service": "deploy/basedex.service",
    "basedex.timer": "deploy/basedex.timer",
    "crontab": "deploy/crontab",
}
"""The file here → where it goes."""
_WORKFLOW: Final = ".github/workflows/site.yml"
_PLAIN: Final = re.compile(r"/[\w./+@-]*", re.ASCII)
"""Paths that mean the same to cron, to systemd and to a shell."""
_EMPHASIS: Final = re.compile(r"[*_~#]")
"""What `plain_markdown` lets through, and the end of a heading."""
_BUSY_MINUTES: Final = 15
"""Schedulers are busiest at the hour and at its quarters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Starter:
    """What a new repository's files say."""

    title: str
    """Of the README, in Markdown."""
    name: str
    """The same as images.yml has it."""
    url: str
    """The line of images.yml that says where the site will be published."""
    home: str
    """The folder on the machine that rebuilds it, for systemd and cron."""
    requirement: str
    """The program, as pip takes it."""
    minute: str

    @classmethod
    def of(cls, folder: Path, *, title: str = "", url: str = "", home: str = "", requirement: str = "") -> "Starter":
        """Fill in what was not said; raises UsageError for what cannot stand in these files."""
        title = title or "Our base images"
        home = home or str(folder.resolve())
        if not _PLAIN.fullmatch(home):
            raise UsageError(problem=f"{home} cannot stand in a crontab; name a folder of plain letters with --home")
        if url and not re.fullmatch(URL_PATTERN, url):
            raise UsageError(problem=f"{url} is not an address such as https://example.org/images/")
        return cls(
            title=_EMPHASIS.sub(r"\\\g<0>", plain_markdown(title)),
            name=json.dumps(title, ensure_ascii=False),
            url=f"url: {url}" if url else "# url: https://example.org/images/   # where it is published: feeds need it",
            home=home,
            requirement=requirement or own_requirement(),
            minute=str(minute_of(folder.resolve().name)),
        )


def write(folder: Path, starter: Starter, hosting: Hosting = "branch") -> tuple[str, ...]:
    """Write the repository's files and return their names; raises UsageError, and then nothing was written.

    Files that are there already are never touched: one of them is a mistake.
    """
    wanted = dict(_files(starter, hosting))
    there = [name for name in wanted if (folder / name).exists()]
    if there:
        raise UsageError(problem=f"{folder} has {', '.join(sorted(there))} already; nothing was written")
    try:
        for name, content in wanted.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    except OSError as err:
        raise UsageError(problem=f"{folder} cannot be written: {err.strerror or err}") from err
    return tuple(sorted(wanted))


def minute_of(name: str) -> int:
    """Return a minute of the hour at which few others begin, always the same one for a name."""
    quiet = [minute for minute in range(60) if minute % _BUSY_MINUTES > 2]
    return quiet[zlib.crc32(name.encode()) % len(quiet)]


def own_requirement() -> str:
    """Return how pip gets this program again: from the address that it was installed from, or else by its version."""
    try:
        origin = metadata.distribution("basedex").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        origin = None
    if origin:
        described = msgspec.json.decode(origin)
        address, control = described.get("url", ""), described.get("vcs_info")
        if control:
            return f"basedex @ {control['vcs']}+{address}@{control['commit_id']}"
        if not address.startswith("file:"):
            return f"basedex @ {address}"
    return f"basedex=={__version__}"


def _files(starter: Starter, hosting: Hosting) -> Iterator[tuple[str, str]]:
    for name, place in _COMMON.items():
        yield place, _filled(name, starter)
    yield _WORKFLOW, _filled(f"workflow-{hosting}.yml", starter)
    yield "images.schema.json", schema_of("images")


def _filled(name: str, starter: Starter) -> str:
    content = (resources.files("generator.starter") / "files" / name).read_text(encoding="utf-8")
    for one in fields(starter):
        value = getattr(starter, one.name)
        content = content.replace(f"@@{one.name.upper()}@@", value)
    return content
