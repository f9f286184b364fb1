"""One image → its analysis document: layers streamed once, squashed, inspected, summed up.

Everything that a document says comes together here. An inspector that fails costs its own section; anything that
makes the bytes doubtful costs the document.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from generator import __version__, text
from generator.allocator import fix_mapping_threshold, give_back, without_collector
from generator.analysis.document import (
    SCHEMA_VERSION,
    Document,
    Identity,
    Layer,
    Sizes,
    Step,
)
from generator.analysis.sections import Sections
from generator.analysis.sections.base import Failure
from generator.errors import BasedexError, FormatError
from generator.image import Budget, Image, ImageLayer, read_layer
from generator.inspectors import INSPECTORS
from generator.limits import Limits
from generator.oci.digest import Digest, chain_ids
from generator.oci.documents import Config
from generator.oci.instruction import instruction_of
from generator.oci.media_type import Compression
from generator.oci.platform import Platform
from generator.oci.time import read_created
from generator.probes import PROBES
from generator.probes.base import FactCache, Reading
from generator.probes.cache import SqliteCache
from generator.source import open_source
from generator.source.base import Opened, Progress, Surroundings
from generator.stored import stored_members
from generator.tar import Entry
from generator.tree.columns import Columns, to_columns
from generator.tree.filesystem import SquashedFilesystem
from generator.tree.squash import LayerCounts, Squash
from generator.warnings import Noted, WarningLog

DEFAULT_LIMITS: Final = Limits()
_KEPT: Final = {
    path: max(one.kept_size for one in INSPECTORS if path in one.keeps)
    for path in sorted(frozenset[str]().union(*(one.keeps for one in INSPECTORS)))
}
"""Path or pattern → bytes of the largest file that is kept for it."""
_PATTERNS: Final = {path: re.compile(re.escape(path).replace(r"\*", "[^/]+")) for path in _KEPT if "*" in path}
_ANY_PATTERN: Final = re.compile("|".join(pattern.pattern for pattern in _PATTERNS.values()) or r"(?!)")


@dataclass(frozen=True, slots=True)
class Analyzed:
    """A document, and what the source knew about the way to the image, which is no part of the document."""

    document: Document
    opened: Opened


@dataclass(frozen=True, slots=True)
class _LayerFacts:
    """What one pass over a layer told."""

    counts: LayerCounts
    diff_id: Digest
    tar_size: int
    compression: Compression


def analyze_source(
    source: str, platform: Platform, surroundings: Surroundings, limits: Limits = DEFAULT_LIMITS
) -> Analyzed:
    """Fetch and analyze `source` (`transport:details`); raises UsageError, SourceError or ContentError."""
    fix_mapping_threshold()
    opening: AbstractContextManager[Opened] = open_source(source, platform, surroundings)
    with without_collector(), opening as opened, SqliteCache(surroundings.cache_folder / "facts.sqlite") as cache:
        document = analyze(opened, platform, limits=limits, progress=surroundings.progress, cache=cache)
        return Analyzed(document, opened)


def analyze(opened: Opened, platform: Platform, *, limits: Limits, progress: Progress, cache: FactCache) -> Document:
    """Analyze an opened image; raises SourceError or ContentError, never gives a part for the whole."""
    log = WarningLog()
    image = Image.of(opened, platform, log)
    squash = Squash(log, entry_limit=limits.entries)
    facts = _read_layers(image, squash, log, limits, progress, cache)
    sections = _inspect(squash, image.config)
    give_back()
    columns = to_columns(squash.root)  # takes the tree apart: the last one to see it
    return _document(image, platform, facts, columns, sections, log)


def _read_layers(
    image: Image, squash: Squash, log: WarningLog, limits: Limits, progress: Progress, cache: FactCache
) -> tuple[_LayerFacts, ...]:
    """Stream and apply every layer, lowest first. A layer that comes again is not read again."""
    budget = Budget.of(limits)
    wanted = _repeated(image.layers)
    remembered: dict[Digest, tuple[list[Entry], _LayerFacts]] = {}
    facts = []
    for layer in image.layers:
        known = remembered.get(layer.diff_id) if layer.diff_id else None
        if known is not None:
            entries, read = known
            facts.append(_LayerFacts(squash.apply(entries, layer.index), read.diff_id, read.tar_size, read.compression))
            continue
        reading = Reading(PROBES, _keeps, cache)
        with read_layer(layer, budget=budget, keep=reading.wants, log=log, progress=progress) as stream:
            judged = reading.read(stream.entries)
            entries = list(judged) if layer.diff_id in wanted else []
            counts = squash.apply(entries or judged, layer.index)
        read = _LayerFacts(counts, stream.content.digest, stream.content.size, stream.compression)
        facts.append(read)
        if layer.diff_id in wanted:
            remembered[layer.diff_id] = (entries, read)
    return tuple(facts)


def _repeated(layers: tuple[ImageLayer, ...]) -> set[Digest]:
    """Return the diff_ids that occur more than once, with the same stored bytes behind them."""
    seen: dict[Digest, Digest | None] = {}
    repeated = set()
    for layer in layers:
        if layer.diff_id is None:
            continue
        if layer.diff_id in seen and seen[layer.diff_id] == layer.raw.digest:
            repeated.add(layer.diff_id)
        seen.setdefault(layer.diff_id, layer.raw.digest)
    return repeated


def _keeps(path: str, size: int) -> bool:
    """Tell whether an inspector needs the file whole."""
    if size <= _KEPT.get(path, -1):
        return True
    if not _ANY_PATTERN.match(path):  # nearly all files end here
        return False
    return any(size <= _KEPT[kept] and pattern.fullmatch(path) is not None for kept, pattern in _PATTERNS.items())


def _inspect(squash: Squash, config: Config | None) -> Sections:
    filesystem = SquashedFilesystem(squash.root)
    made: dict[str, Any] = {}
    for inspector in INSPECTORS:
        inspect: Callable[[SquashedFilesystem, Config | None], Any] = inspector.inspect
        try:
            section = inspect(filesystem, config)
            msgspec.json.encode(section)  # a name that is not UTF-8 must not get as far as the document
            made[inspector.name] = section
        except FormatError as err:
            made[inspector.name] = inspector.failed(state="failed", failure=Failure(err.slug, str(err)))
        except BasedexError:
            raise
        except Exception as err:  # noqa: BLE001 - a mistake of ours in one section must not cost the image
            failure = Failure("bug", f"{type(err).__name__} in the {inspector.name} inspector")
            made[inspector.name] = inspector.failed(state="failed", failure=failure)
    return Sections(**made)


def _document(
    image: Image,
    platform: Platform,
    facts: tuple[_LayerFacts, ...],
    columns: Columns,
    sections: Sections,
    log: WarningLog,
) -> Document:
    layers = _layers(image, facts, columns)
    created = read_created(image.config.created if image.config else None)
    if created.note == "unreadable":
        log.warn("unreadable-date")
    steps = _steps(image, log)
    has_config = image.config is not None
    unknown: dict[str, str] = {}
    if image.manifest is None:
        unknown |= dict.fromkeys(
            ("identity.digest", "identity.media_type", "identity.manifest_size", "sizes.podman_size"), "no-manifest"
        )
        compressed = ("sizes.compressed_size", "layers.digest", "layers.media_type", "layers.compressed_size")
        unknown |= dict.fromkeys((*compressed, "layers.compression", "stored.oci_archive"), "no-compressed-layers")
    if not has_config:
        unknown |= dict.fromkeys(
            ("identity.image_id", "identity.config_size", "identity.created", "config", "steps"), "no-config"
        )
        unknown |= dict.fromkeys(("sizes.podman_size", "stored.docker_archive"), "no-config")
        unknown |= dict.fromkeys(_of_config(sections), "no-config")
    diff_ids = tuple(layer.diff_id for layer in layers)
    subject = image.digest or image.image_id or (diff_ids[0] if diff_ids else None)
    assert subject is not None, "a source without manifest and configuration has one layer"
    manifest_size = None if image.opened.manifest is None else len(image.opened.manifest)
    config_size = None if image.opened.config is None else len(image.opened.config)
    return Document(
        schema_version=SCHEMA_VERSION,
        generator_version=__version__,
        subject=subject,
        identity=Identity(
            digest=image.digest,
            image_id=image.image_id,
            media_type=image.manifest.media_type if image.manifest else None,
            manifest_size=manifest_size,
            config_size=config_size,
            platform=_platform(image, platform),
            created=created.at,
            created_note=created.note if has_config else "absent",
        ),
        sizes=_sizes(layers, columns, manifest_size, config_size),
        layers=layers,
        steps=steps,
        config=image.config,
        stored=stored_members(manifest=image.opened.manifest, config=image.opened.config, layers=layers),
        sections=sections,
        warnings=tuple(
            Noted(noted.slug, text.visible(noted.text), text.visible(noted.path), noted.layer) for noted in log.noted
        ),
        warning_counts=dict(sorted(log.counts.items())),
        unknown=dict(sorted(unknown.items())),
        tree=columns.tree,
    )


def _of_config(sections: Sections) -> Iterator[str]:
    """Yield the fields of found sections that only a configuration could tell."""
    for inspector in INSPECTORS:
        if getattr(sections, inspector.name).state == "found":
            yield from (f"sections.{inspector.name}.found.{field}" for field in inspector.of_config)


def _platform(image: Image, asked: Platform) -> Platform:
    """The configuration's platform; what it leaves out, and everything without one, is as it was asked for."""
    said = image.config.platform if image.config else Platform("", "")
    if not said.architecture:
        return asked
    return Platform(said.os or asked.os, said.architecture, said.variant, said.os_version)


def _layers(image: Image, facts: tuple[_LayerFacts, ...], columns: Columns) -> tuple[Layer, ...]:
    chains = chain_ids(tuple(one.diff_id for one in facts))
    return tuple(
        Layer(
            digest=layer.raw.digest,
            diff_id=one.diff_id,
            chain_id=chain,
            media_type=layer.raw.media_type,
            compression=one.compression if layer.raw.digest else None,
            compressed_size=layer.raw.size,
            tar_size=one.tar_size,
            docker_vfs_size=one.counts.file_size,
            docker_size=one.counts.file_size + one.counts.symlink_size,
            entry_count=one.counts.entry_count,
            added_count=one.counts.added_count,
            changed_count=one.counts.changed_count,
            removed_count=one.counts.removed_count,
            hidden_size=one.counts.file_size - columns.seen_sizes.get(layer.index, 0),
            extra_count=one.counts.extra_count,
        )
        for layer, one, chain in zip(image.layers, facts, chains, strict=True)
    )


def _sizes(layers: tuple[Layer, ...], columns: Columns, manifest_size: int | None, config_size: int | None) -> Sizes:
    compressed = [layer.compressed_size for layer in layers if layer.digest is not None]
    tar_size = sum(layer.tar_size for layer in layers)
    engine_overhead = None if manifest_size is None or config_size is None else 2 * manifest_size + config_size
    return Sizes(
        compressed_size=sum(size or 0 for size in compressed) if manifest_size is not None else None,
        docker_vfs_size=sum(layer.docker_vfs_size for layer in layers),
        docker_size=sum(layer.docker_size for layer in layers),
        podman_size=None if engine_overhead is None else tar_size + engine_overhead,
        tar_size=tar_size,
        rootfs_size=columns.rootfs_size,
    )


def _steps(image: Image, log: WarningLog) -> tuple[Step, ...]:
    """The history, each step with its layer where history and layers agree."""
    if image.config is None:
        return ()
    history = image.config.history
    agree = sum(not step.empty_layer for step in history) == len(image.layers)
    if history and not agree:
        log.warn("history-mismatch")
    steps = []
    layer = 0
    for step in history:
        instruction = instruction_of(step.created_by)
        steps.append(
            Step(
                instruction=instruction.keyword,
                text=instruction.text,
                created_by=step.created_by,
                created=read_created(step.created).at,
                comment=step.comment,
                layer=layer if agree and not step.empty_layer else None,
                empty_layer=step.empty_layer,
            )
        )
        layer += not step.empty_layer
    return tuple(steps)
