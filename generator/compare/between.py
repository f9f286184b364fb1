"""Two documents → everything that differs between them. Linear in their entries, packages and options."""

from generator.analysis.document import Document, Layer
from generator.compare import capabilities, command_changes, files, packages, settings, surroundings
from generator.compare.changes import CapabilityChange, Changes, LayerChanges, Rest, SizeChange
from generator.compare.matrix import SIZE_NAMES


def between(before: Document, after: Document) -> Changes:
    """Compare two documents; equal ones have no change anywhere."""
    return Changes(
        is_same_image=before.subject == after.subject,
        sizes=tuple(SizeChange(name, getattr(before.sizes, name), getattr(after.sizes, name)) for name in SIZE_NAMES),
        layers=_layers(before.layers, after.layers),
        settings=settings.changes(before, after),
        capabilities=_capabilities(before, after),
        packages=packages.changes(before.sections.packages, after.sections.packages),
        commands=command_changes.changes(before, after),
        files=files.changes(before.tree, after.tree),
        libraries=surroundings.libraries(before, after),
        certificates=surroundings.certificates(before, after),
        zones=surroundings.zones(before, after),
        places=surroundings.places(before, after),
        users=surroundings.users(before, after),
        groups=surroundings.groups(before, after),
        permissions=surroundings.permissions(before, after),
        distributions=(_distribution(before), _distribution(after)),
        rest=_rest(before, after),
    )


def _layers(before: tuple[Layer, ...], after: tuple[Layer, ...]) -> LayerChanges:
    shared = 0
    while shared < min(len(before), len(after)) and before[shared].chain_id == after[shared].chain_id:
        shared += 1
    ours = {one.diff_id for one in before[shared:]}
    theirs = {one.diff_id for one in after[shared:]}
    return LayerChanges(before[:shared], before[shared:], after[shared:], len(ours & theirs))


def _capabilities(before: Document, after: Document) -> tuple[CapabilityChange, ...]:
    lines = zip(capabilities.sheet(before), capabilities.sheet(after), strict=True)
    return tuple(
        CapabilityChange(one, other) for one, other in lines if (one.state, one.words) != (other.state, other.words)
    )


def _distribution(document: Document) -> str:
    section = document.sections.os_release
    return section.found.pretty_name if section and section.found else ""


def _rest(before: Document, after: Document) -> Rest:
    steps = [
        [(one.instruction, one.text, one.created_by, one.comment, one.empty_layer) for one in document.steps]
        for document in (before, after)
    ]
    return Rest(
        times=before.tree.mtimes != after.tree.mtimes or before.identity.created != after.identity.created,
        steps=steps[0] != steps[1],
        packing=_packed(before.layers) != _packed(after.layers) or _recompressed(before.layers, after.layers),
    )


def _packed(layers: tuple[Layer, ...]) -> list[tuple[object, ...]]:
    """Return how layers are cut and stored; the compressed size follows from the contents' times, too."""
    return [(one.media_type, one.compression, one.tar_size, one.entry_count) for one in layers]


def _recompressed(before: tuple[Layer, ...], after: tuple[Layer, ...]) -> bool:
    sizes = {one.diff_id: one.compressed_size for one in before}
    return any(sizes.get(one.diff_id, one.compressed_size) != one.compressed_size for one in after)
