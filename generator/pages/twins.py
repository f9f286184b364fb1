"""The image page for programs: the same facts as plain Markdown, beside the page. Document in, file out.

`images/NAME/index.md`, GitHub Flavored Markdown with nothing but headings, lists, tables and links, in the site's first
language. In build/docs it is called `index.md.txt`, since MkDocs makes a page of whatever ends in `.md`; the publishing
step gives it its name (generator/publish/twins.py).
"""

from collections.abc import Iterable, Iterator
from typing import Final

from generator import text
from generator.advisories.assessment import Assessment
from generator.analysis.document import Document
from generator.compare import capabilities
from generator.compare.matrix import SIZE_NAMES
from generator.compare.surface import surface_of
from generator.language import ENGLISH, gettext, speaking
from generator.lifecycle.rules import standing_of
from generator.pages import chronicle, figures, secrets, vulnerability_words
from generator.pages.environment import Templates
from generator.pages.public import digest_permalink, permalink
from generator.pages.site import File, Image, Site
from generator.pages.surface_words import WORDS

ENDING: Final = ".md.txt"
"""Of the file in build/docs."""
_PLACES: Final = 20
"""Places of one kind of attack surface."""
MOST: Final = 500
"""Rows of a table; the document has the rest."""


def render(image: Image, document: Document, site: Site, templates: Templates) -> Iterator[File]:
    """Yield the page's twin, once for all languages."""
    if site.folder:
        return
    with speaking(ENGLISH):
        lines = [*_head(image, document, site), *_body(image, document, site)]
    yield File(f"{image.folder}/index{ENDING}", "\n".join(lines).encode() + b"\n")


def _head(image: Image, document: Document, site: Site) -> Iterator[str]:
    target, observation = image.target, image.outcome.observation
    yield f"# {_plain(target.title)} ({_plain(str(image.platform))})"
    yield ""
    if target.description:
        yield from (f"> {_plain(target.description)}", "")
    if observation is None:
        return
    yield f"Facts read from the image's bytes on {observation.at[:10]}, without running it."
    if image.reason:
        yield f"Not refreshed since: {_plain(image.reason)}"
    if observation.provenance:
        yield f"What these bytes are: {_plain(observation.provenance)}"
    yield ""
    standing = standing_of(document.sections.os_release, site.lifecycle)
    release = f"{standing.title} {standing.cycle}".strip()
    rows = [
        ("reference", observation.source),
        ("digest", document.identity.digest or observation.subject),
        ("index digest", observation.resolved_digest or ""),
        ("image ID", document.identity.image_id or ""),
        ("created", document.identity.created or ""),
        ("distribution", release or "unknown"),
        ("end of life", _end(standing.release.ends if standing.release else None)),
        ("status", target.status or ""),
        ("reason", target.reason),
        ("replacement", target.replacement),
        ("owner", target.owner),
    ]
    yield from _table(("fact", "value"), [(name, value) for name, value in rows if value])


def _end(value: str | bool | None) -> str:
    if isinstance(value, str):
        return value
    return {True: "over", False: "no date announced", None: "unknown"}[value]


def _body(image: Image, document: Document, site: Site) -> Iterator[str]:
    yield from _sizes(document)
    yield from ("## What is in it, and what is not", "")
    answers = [(one.title, one.state, one.words, one.path) for one in capabilities.sheet(document)]
    yield from _table(("question", "answer", "what", "where"), answers)
    yield from _configuration(document)
    yield from _surface(document)
    packages, commands = document.sections.packages, document.sections.commands
    if packages and packages.found:
        found = packages.found.packages
        yield from (f"## Packages ({len(found)})", "")
        rows = [(one.name, one.version, one.license) for one in found]
        yield from _table(("package", "version", "licence as the package says it"), rows)
    elif packages and packages.state == "absent":
        yield from ("## Packages", "", "There is no package database. What is installed is not known from one.", "")
    standing = standing_of(document.sections.os_release, site.lifecycle)
    yield from _vulnerabilities(site.assessment(image), has_ended=standing.ended_before(image.recorded_at))
    if commands and commands.found:
        names = [one.name for one in commands.found.commands]
        yield from (f"## Commands ({len(names)})", "", ", ".join(map(_plain, names)), "")
    yield from ("## Layers", "")
    layers = [
        (
            str(number),
            one.digest or "unknown",
            _count(one.compressed_size),
            _count(one.docker_size),
            _count(one.entry_count),
        )
        for number, one in enumerate(document.layers, 1)
    ]
    yield from _table(("layer", "digest", "compressed_size", "docker_size", "entries"), layers)
    yield from _changes(image, site)
    yield from _links(image, site)


def _vulnerabilities(one: Assessment, *, has_ended: bool) -> Iterator[str]:
    """Say what is known, by what and as of when; or why nobody knows."""
    yield from ("## Known vulnerabilities", "", _plain(vulnerability_words.line(one, has_ended=has_ended)) + ".", "")
    if one.unowned_file_count:
        yield from (f"Files of no package, about which no advisory says anything: {one.unowned_file_count}", "")
    if one.findings:
        rows = [
            (
                each.id,
                each.severity if each.score is None else f"{each.severity} {each.score:.1f}",
                ", ".join(f"{at.name} {at.installed} (fixed: {at.fixed or 'not yet'})" for at in each.packages),
                "known to be exploited" if each.exploited else "",
                f"not counted: {each.statement.status}" if each.statement and not each.counts else "",
            )
            for each in one.findings
        ]
        yield from _table(("vulnerability", "severity", "packages", "exploited", "statement"), rows)


def _surface(document: Document) -> Iterator[str]:
    yield from ("## Attack surface", "")
    rows = [
        (
            gettext(WORDS[fact.name].title),
            str(fact.count or 0)
            if fact.state in ("yes", "no")
            else "unknown"
            if fact.state == "unknown"
            else "unreadable",
            str(fact.unclear_count or ""),
            ", ".join(dict.fromkeys(row.path or " ".join(row.names) for row in fact.rows[:_PLACES]))
            + (" …" if (fact.count or 0) > _PLACES else ""),
        )
        for fact in surface_of(document)
    ]
    yield from _table(("what", "count", "files that do not show it", "where"), rows)


def _sizes(document: Document) -> Iterator[str]:
    yield from ("## Sizes by name", "")
    sizes = [(name, getattr(document.sizes, name)) for name in SIZE_NAMES]
    rows = [
        (name, "unknown" if size is None else str(size), "" if size is None else figures.human(size))
        for name, size in sizes
    ]
    yield from _table(("name", "bytes", "about"), rows)


def _configuration(document: Document) -> Iterator[str]:
    config = document.config
    yield from ("## Configuration", "")
    if config is None:
        yield from ("The source has no configuration.", "")
        return
    rows = [
        ("entrypoint", "not set" if config.entrypoint is None else " ".join(config.entrypoint)),
        ("command", "not set" if config.cmd is None else " ".join(config.cmd)),
        ("user", config.user or "not set, so root"),
        ("working directory", config.working_dir or "not set, so /"),
        ("ports", " ".join(config.exposed_ports)),
        *((f"environment: {name}", value) for name, value in map(_variable, config.env)),
    ]
    yield from _table(("setting", "value"), [(name, value) for name, value in rows if value])


def _variable(variable: str) -> tuple[str, str]:
    name, _, value = variable.partition("=")
    return name, "value hidden" if value and secrets.looks_secret(name) else value


def _changes(image: Image, site: Site) -> Iterator[str]:
    lines = chronicle.of_image(image, site).lines(site)
    if lines:
        yield from ("## What changed", "")
        for one in lines[:20]:
            address = _address(image, site, f"{permalink(image.folder)}changes/{one.step.name}/")
            yield f"- {one.step.at[:10]}: [{_plain(one.words)}]({address})"
        yield ""


def _links(image: Image, site: Site) -> Iterator[str]:
    yield from ("## Elsewhere", "")
    name = image.target.name
    yield f"- [This page for people]({_address(image, site, permalink(image.folder))})"
    if image.outcome.observation:
        digest = digest_permalink(image.outcome.observation.subject)
        yield f"- [This digest, for ever]({_address(image, site, digest)})"
    facts = f"api/v1/images/{name}/{image.platform.slug}"
    yield f"- [The facts as JSON]({_address(image, site, f'{facts}.json')})"
    yield f"- [What is known of its vulnerabilities, as JSON]({_address(image, site, f'{facts}/vulnerabilities.json')})"
    yield f"- [What changed, as JSON]({_address(image, site, f'{facts}/history.json')})"
    yield f"- [What changes, as Atom]({_address(image, site, f'feeds/images/{name}.atom')})"


def _address(image: Image, site: Site, path: str) -> str:
    return f"{site.configuration.site.url or image.root}{path}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    rows = list(rows)
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows[:MOST]:
        yield f"| {' | '.join(map(_plain, row))} |"
    if len(rows) > MOST:
        yield from ("", f"… and {len(rows) - MOST} more.")
    yield ""


def _count(value: int | None) -> str:
    return "unknown" if value is None else str(value)


def _plain(words: str) -> str:
    return text.plain_markdown(text.shortened(words, 2000))
