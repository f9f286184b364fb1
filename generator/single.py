"""Jobs about one image: `basedex analyze`, `sbom` and `record`. A source in; its document, bill or observation out."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from generator import targets
from generator.analysis import codec
from generator.errors import UsageError
from generator.limits import Limits
from generator.oci.platform import Platform
from generator.recorded import observation_of
from generator.refresh import make
from generator.sbom import Subject, sbom
from generator.source import check_source
from generator.source.base import Progress, silent
from generator.store import documents, history
from generator.store.lock import locked
from generator.store.observation import Observation
from generator.targets import SourceSettings

if TYPE_CHECKING:
    from generator.build import Places


def analyze(
    places: "Places",
    source: str,
    platform: Platform,
    *,
    environment: Mapping[str, str] = os.environ,
    progress: Progress = silent,
) -> bytes:
    """Analyze one image and return its document, encoded. Settings of images.yml count where there is one."""
    check_source(source)
    settings, limits = _settings(places)
    return make(source, None, platform, places.surroundings(settings, environment, progress), limits).content


def bill(
    places: "Places",
    source: str,
    form: str,
    platform: Platform | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    progress: Progress = silent,
) -> bytes:
    """Return an image's bill of materials, in one of `sbom.FORMATS`.

    A `source` that is a name of images.yml is the image's recorded document, and nothing is fetched.
    """
    configuration = targets.load(places.configuration, check_source) if places.configuration.exists() else None
    target = next((one for one in configuration.targets if one.name == source), None) if configuration else None
    if target is None:
        content = analyze(places, source, platform or Platform(), environment=environment, progress=progress)
        return sbom(codec.decode(content, path=source), Subject.of(source), form)
    platform = platform or target.platforms[0]
    last = history.last(places.store, target.name, platform)
    if last is None:
        raise UsageError(problem=f"nothing is recorded of {target.name} for {platform}; name a source instead")
    return sbom(documents.load(places.store, last.subject), Subject.of(last.source, target.name), form)


def record(
    places: "Places",
    name: str,
    source: str,
    *,
    provenance: str,
    at: str,
    platform: Platform | None = None,
    environment: Mapping[str, str] = os.environ,
    progress: Progress = silent,
) -> Observation:
    """Analyze `source` and record it as what is known of the image `name`, with a sentence on what it really is.

    `at` is when that is: RFC 3339, UTC.
    """
    configuration = targets.load(places.configuration, check_source)
    configuration.check_names((name,))
    check_source(source)
    if not provenance.strip():
        raise UsageError(problem="the provenance must say what the recorded bytes really are")
    target = next(target for target in configuration.targets if target.name == name)
    platform = platform or target.platforms[0]
    if platform not in target.platforms:
        listed = ", ".join(map(str, target.platforms))
        raise UsageError(problem=f"{places.configuration} has {name} for {listed}, not for {platform}")
    surroundings = places.surroundings(configuration.sources, environment, progress)
    with locked(places.store):
        made = make(source, None, platform, surroundings, configuration.limits)
        documents.save_encoded(places.store, made.subject, made.content)
        observation = observation_of(made, _without_folder(source), at, provenance.strip())
        history.append(places.store, name, platform, observation)
    return observation


def _settings(places: "Places") -> tuple[SourceSettings, Limits]:
    if not places.configuration.exists():
        return SourceSettings(), Limits()
    configuration = targets.load(places.configuration, lambda source: None)  # its sources are not asked here
    return configuration.sources, configuration.limits


def _without_folder(source: str) -> str:
    """Take the folders of this machine, which are nobody else's business, off a source that is a file."""
    transport, _, details = source.partition(":")
    if transport not in ("oci", "oci-archive", "docker-archive", "rootfs"):
        return source
    path, colon, rest = details.partition(":")
    return f"{transport}:{Path(path).resolve().name}{colon}{rest}"
