"""What has a past of its own on the site: every image, and every one that images.yml has no longer."""

from collections.abc import Iterator
from dataclasses import dataclass

from generator.advisories.assessment import Assessment
from generator.compare import flaws
from generator.compare.changes import PackageChanges, Unknown
from generator.compare.flaws import FlawChanges, Outline, Untold
from generator.compare.past import Past, State, Step
from generator.compare.summary import Summary
from generator.oci.digest import Digest
from generator.pages.change_words import headline
from generator.pages.flaw_words import line
from generator.pages.site import Image, Removed, Site


@dataclass(frozen=True, slots=True)
class Line:
    """One change in a line, in the reader's words."""

    step: Step
    words: str


@dataclass(frozen=True, slots=True)
class Chronicle:
    """One image on one platform over time."""

    folder: str
    """The image's page, or what stands in its place; history and changes are below it."""
    name: str
    title: str
    """In the language of the site that it was taken from."""
    slug: str
    """The platform's."""
    past: Past
    image: Image | None = None
    """None: images.yml has it no longer."""

    @property
    def depth(self) -> int:
        """How many folders lead to the image's page."""
        return self.folder.count("/") + 1

    @property
    def platform(self) -> str:
        """The platform for readers."""
        return str(self.image.platform) if self.image else self.slug.replace("-", "/")

    def told(self, site: Site) -> tuple[tuple[Step, Summary], ...]:
        """Return its changes, each with what it is about, oldest first."""
        return tuple(zip(self.past.steps, site.summaries.get(self.folder, ()), strict=False))

    def lines(self, site: Site) -> list[Line]:
        """Return its changes in words, newest first."""
        return [self.line(step, summary, site) for step, summary in reversed(self.told(site))]

    def newest_change(self, site: Site) -> Line | None:
        """Return the newest of them; None where there is none."""
        told = self.told(site)
        return self.line(*told[-1], site) if told else None

    def line(self, step: Step, summary: Summary, site: Site) -> Line:
        """Return one change in words: what it is about, and what it did to known vulnerabilities."""
        return Line(step, line(headline(summary), self.outline(step, site)))

    def assessment(self, state: State, site: Site) -> Assessment:
        """Return what is known of one of its states' vulnerabilities, as today's database has it."""
        return site.assessments.of(state.subject, self.image.target if self.image else None)

    def flaws(self, step: Step, site: Site, packages: PackageChanges | Unknown | None = None) -> FlawChanges | Untold:
        """Return what a change did to known vulnerabilities; `packages` as in `flaws.between`."""
        return flaws.between(self.assessment(step.before, site), self.assessment(step.after, site), packages)

    def outline(self, step: Step, site: Site) -> Outline | None:
        """Return the same in figures; None where it cannot be told."""
        key = self._key(step)
        if key not in site.outlines:
            found = self.flaws(step, site)
            self.note(step, flaws.outline_of(found) if isinstance(found, FlawChanges) else None, site)
        return site.outlines[key]

    def note(self, step: Step, outline: Outline | None, site: Site) -> None:
        """Note what a change did to known vulnerabilities, so that nobody needs to find it out again."""
        site.outlines[self._key(step)] = outline

    def _key(self, step: Step) -> tuple[str, Digest, Digest]:
        return self.name, step.before.subject, step.after.subject


def of_image(image: Image, site: Site) -> Chronicle:
    """Return the chronicle of an image of the site."""
    target = image.target
    return Chronicle(image.folder, target.name, target.title, image.platform.slug, site.past(image), image)


def of_removed(removed: Removed, title: str = "") -> Iterator[Chronicle]:
    """Yield the chronicles of an image that images.yml has no longer, the first platform's first."""
    for slug in sorted(removed.pasts, key=lambda one: (one != removed.first, one)):
        yield Chronicle(removed.folder(slug), removed.name, title or removed.name, slug, removed.pasts[slug])


def every(site: Site) -> Iterator[Chronicle]:
    """Yield all of them: images in the site's order, then those that are gone, by name."""
    for image in site.images:
        yield of_image(image, site)
    yield from gone(site)


def gone(site: Site) -> Iterator[Chronicle]:
    """Yield those of images and platforms that images.yml has no longer."""
    titles = {target.name: target.title for target in site.configuration.targets} if site.dropped else {}
    for removed in (*site.removed, *site.dropped):
        yield from of_removed(removed, titles.get(removed.name, ""))
