"""What is recorded of each image, and what becomes of it when the image is asked about, or is not.

Reads and writes the store; knows nothing of how images are fetched. `at` is always the caller's: no clock here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from generator import __version__
from generator.errors import InvalidDigest, StoreError
from generator.oci.digest import Digest, parse_digest
from generator.oci.platform import Platform
from generator.refresh import Attempt, Failed, Made, Result
from generator.store import documents, history
from generator.store.local_state import ImageState, key_of
from generator.store.observation import Observation, Outcome
from generator.targets import Configuration, Target

_NOT_ASKED: Final = "the last build was told not to ask"
_NEVER_ASKED: Final = "no build has asked for it yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One target on one platform: the last observation, whether its document is good, and what this machine knows."""

    target: Target
    platform: Platform
    last: Observation | None
    current: bool
    """The last observation's document is there and was made by this version of the program."""
    trouble: StoreError | None
    """Why what is recorded cannot be shown."""
    writable: bool
    """False when the history itself is damaged: nothing can be added to it."""
    remembered: ImageState

    @property
    def key(self) -> str:
        """Name and platform."""
        return key_of(self.target.name, self.platform)

    @property
    def shown(self) -> Observation | None:
        """The observation that pages can show."""
        return None if self.trouble else self.last

    @property
    def known_fingerprints(self) -> dict[str, str]:
        """Source → fingerprint at which the last observation's document is still right."""
        if self.last is None or not self.current:
            return {}
        if self.last.fingerprint is not None:
            return {self.last.source: self.last.fingerprint}
        mine = self.remembered
        if mine.fingerprint is not None and (mine.source, mine.subject) == (self.last.source, self.last.subject):
            return {mine.source: mine.fingerprint}
        return {}


class Settled(NamedTuple):
    """What became of one image."""

    outcome: Outcome
    remember: ImageState
    change: str = ""
    """new, changed, remade (the same image, another version of this program), or "" for none."""


def recorded_images(
    store: Path, configuration: Configuration, remembered: Mapping[str, ImageState]
) -> Iterator[Recorded]:
    """Yield what is recorded of every target and platform, in the configuration's order."""
    for target in configuration.targets:
        for platform in target.platforms:
            mine = remembered.get(key_of(target.name, platform), ImageState())
            last, trouble, version = None, None, None
            try:
                last = history.last(store, target.name, platform)
            except StoreError as err:
                trouble = err
            writable = trouble is None
            if last is not None:
                try:
                    version = documents.version_of(store, last.subject)
                    if version is None:
                        trouble = documents.missing(store, last.subject)
                except StoreError as err:
                    trouble = err
            yield Recorded(
                target=target,
                platform=platform,
                last=last,
                current=version == __version__,
                trouble=trouble,
                writable=writable,
                remembered=mine,
            )


def settle(image: Recorded, result: Result, store: Path, at: str) -> Settled:
    """Write what an answer brought and say how the image fared. Raises StoreError when it cannot be written."""
    attempts = result.attempts
    if isinstance(result, Failed):
        return _failed(image, attempts)
    if isinstance(result, Made):
        return _made(image, result, store, at)
    outcome = _outcome(image, "unchanged", image.last, attempts=_sentences(attempts))
    return Settled(outcome, _remember(image, outcome))


def observation_of(made: Made, source: str, at: str, provenance: str = "") -> Observation:
    """Return the history's line for an image that was analyzed."""
    return Observation(
        at=at,
        subject=made.subject,
        generator_version=__version__,
        source=source,
        provenance=provenance,
        fingerprint=_portable(made.fingerprint),
        **made.facts,
    )


def _made(image: Recorded, made: Made, store: Path, at: str) -> Settled:
    documents.save_encoded(store, made.subject, made.content)
    observation = observation_of(made, made.source, at)
    history.append(store, image.target.name, image.platform, observation)
    outcome = _outcome(
        image,
        "fresh",
        history.last(store, image.target.name, image.platform),
        attempts=_sentences(made.attempts),
    )
    remember = _remember(image, outcome, made.source, made.fingerprint, made.subject)
    if image.last is None:
        return Settled(outcome, remember, "new")
    if image.last.subject != made.subject:
        return Settled(outcome, remember, "changed")
    return Settled(outcome, remember, "" if image.last.generator_version == __version__ else "remade")


def _failed(image: Recorded, attempts: tuple[Attempt, ...]) -> Settled:
    state = "stale" if image.shown else "missing"
    first = attempts[0]
    outcome = _outcome(image, state, image.shown, first.slug, first.sentence, _sentences(attempts))
    return Settled(outcome, _remember(image, outcome))


def damaged(image: Recorded) -> Settled:
    """Say how an image fares whose history is damaged: nothing is known and nothing can be written."""
    assert image.trouble is not None
    return _failed(image, (Attempt(image.trouble.slug, str(image.trouble)),))


def not_asked(image: Recorded, *, offline: bool) -> Settled:
    """Say how an image fares that this build does not ask about.

    Offline, what is recorded stands; else (another image was named) everything stays as the last build left it.
    """
    before = image.remembered
    if image.shown is None:
        slug, reason = before.slug, before.reason or _NEVER_ASKED
        if image.trouble is not None:
            slug, reason = image.trouble.slug, str(image.trouble)
        outcome = _outcome(image, "missing", None, slug, reason)
    elif offline or not before.state:
        outcome = _outcome(image, "offline", image.shown, "", _NOT_ASKED if offline else _NEVER_ASKED)
    elif before.state == "missing":  # recorded by hand since
        outcome = _outcome(image, "stale", image.shown, before.slug, before.reason, before.attempts)
    else:
        outcome = _outcome(image, before.state, image.shown, before.slug, before.reason, before.attempts)
    return Settled(outcome, _remember(image, outcome))


def _outcome(
    image: Recorded,
    state: str,
    observation: Observation | None,
    slug: str = "",
    reason: str = "",
    attempts: tuple[str, ...] = (),
) -> Outcome:
    return Outcome(
        name=image.target.name,
        platform=image.platform,
        state=state,
        observation=observation,
        slug=slug,
        reason=reason,
        attempts=attempts,
    )


def _remember(
    image: Recorded,
    outcome: Outcome,
    source: str = "",
    fingerprint: str | None = None,
    subject: Digest | None = None,
) -> ImageState:
    before = image.remembered
    if not source:
        source, fingerprint, subject = before.source, before.fingerprint, before.subject
    return ImageState(
        state=outcome.state,
        slug=outcome.slug,
        reason=outcome.reason,
        attempts=outcome.attempts,
        source=source,
        fingerprint=fingerprint,
        subject=subject,
    )


def _sentences(attempts: tuple[Attempt, ...]) -> tuple[str, ...]:
    return tuple(attempt.sentence for attempt in attempts)


def _portable(fingerprint: str | None) -> str | None:
    """Keep a fingerprint that means the same on every machine: a digest does, a file's time does not."""
    try:
        return parse_digest(fingerprint) if fingerprint else None
    except InvalidDigest:
        return None
